"""The text of an expression: its tokens, their order, and its syntax tree."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.diagnostics.look_alikes import look_alike
from archspec.language.expression.values import MAX_DEPTH, ExpressionError, Failure, bounded

_NUMBER: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TOKEN: Final = re.compile(
    rf"""
      (?P<space> [ \t\r\n]+ )
    | (?P<number> {_NUMBER} (?![\w.]) )
    | (?P<numeral> [0-9] [\w.]* | \.[0-9] [\w.]* )
    | (?P<word> [A-Za-z_] [A-Za-z0-9_]* (?!\w) )
    | (?P<foreign> && | \|\| | << | >> | := | !(?!=) | =(?!=) | \w+ )
    | (?P<operator> \*\* | // | == | != | <= | >= | [-+*/%<>()\[\],] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)

CONSTANTS: Final = {"true": True, "false": False}
_INFIX_WORDS: Final = frozenset({"and", "or", "if", "else"})
_OPENING: Final = {"(": ")", "[": "]"}

_MULTIPLY, _DIVIDE, _MINUS = "write `*`", "write `/`", "write `-`"
_QUOTED: Final = "an expression has no text in it; leave the quotes out"
_HELP: Final = {
    "&&": "write `and`",
    "&": "write `and`",
    "||": "write `or`",
    "|": "write `or`",
    "!": "write `not`",
    "~": "write `not`",
    "=": "write `==` to compare",
    ":=": "write `==` to compare",
    "^": "write `**` for a power",
    "?": "write `a if condition else b`",
    ":": "write `a if condition else b` for a choice; a list has no slices",
    ".": "names have no parts, lists and numbers no methods",
    "'": _QUOTED,
    '"': _QUOTED,
    "{": "a list is written in square brackets",
    "}": "a list is written in square brackets",
    "#": "in YAML a comment goes outside the quotes",
    "×": _MULTIPLY,
    "·": _MULTIPLY,
    "∗": _MULTIPLY,
    "÷": _DIVIDE,
    "∕": _DIVIDE,
    "−": _MINUS,
    "–": _MINUS,
    "—": _MINUS,
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
    "None": "there is no null; a parameter that means 'nothing' can be 0, false or []",
    "is": "write `==` to compare",
    "in": "write out the comparisons: `x == 1 or x == 2`",
    "for": "use `repeat` to repeat a layer; an expression has no loops",
}
TRUTHS: Final = {
    **dict.fromkeys(("yes", "on", "True", "TRUE", "Yes", "On", "YES", "ON"), "true"),
    **dict.fromkeys(("no", "off", "False", "FALSE", "No", "Off", "NO", "OFF"), "false"),
}
"""Booleans of other YAML readers and of Python, and how they are written here."""


@final
@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    is_value: bool = False
    """A number or a name."""

    def error(self, message: str, help: str | None = None) -> ExpressionError:
        return ExpressionError(message, self.start, len(self.text), help=help)


def tokenize(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, Token(match.group(), match.start())
        if kind in ("foreign", "other"):
            help = _HELP.get(token.text) or look_alike(token.text)
            raise token.error(f"`{token.text}` is not part of an expression", help)
        if kind in ("number", "numeral"):
            _check_number(token)
            yield Token(token.text, token.start, is_value=True)
        elif kind == "word":
            yield _word(token)
        elif kind == "operator":
            yield token


def _word(token: Token) -> Token:
    if token.text in _INFIX_WORDS or token.text == "not":
        return token
    if keyword.iskeyword(token.text):
        raise token.error(f"`{token.text}` is not part of an expression", _word_help(token.text))
    return Token(token.text, token.start, is_value=True)


def _word_help(word: str) -> str | None:
    return f"write `{TRUTHS[word]}`" if word in TRUTHS else _HELP.get(word)


def _check_number(token: Token) -> None:
    text = token.text
    if re.fullmatch(r"0[0-9]+", text):
        raise token.error(f"the number {text} begins with a zero", f"write {text.lstrip('0') or 0}")
    if re.fullmatch(_NUMBER, text):
        _check_size(token)
        return
    if re.match(r"0[xXoObB]", text):
        raise token.error(f"{text} is not a decimal number", "write it in decimal digits")
    if re.fullmatch(r"[0-9][0-9_]*", text):
        raise token.error(f"{text} has an underscore", f"write {text.replace('_', '')}")
    raise token.error(f"{text} is not a number")


def _check_size(token: Token) -> None:
    try:
        bounded(_literal(token.text))
    except Failure as failure:
        raise token.error(str(failure)) from None


def _literal(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


@final
@dataclass(frozen=True, slots=True)
class _OpenBracket:
    token: Token
    may_be_empty: bool
    """An empty list, or a call without arguments."""


_TORN: Final = "an expression with a comma or bracket inside { } or [ ] must be quoted"


def check_order(tokens: Sequence[Token], text: str) -> None:
    """Values and operators take turns, and brackets close: the errors made most often."""
    if not tokens:
        raise ExpressionError("an empty expression", 0, len(text))
    opened: list[_OpenBracket] = []
    value_due = True
    for index, token in enumerate(tokens):
        if token.text in _OPENING:
            opened.append(_OpenBracket(token, may_be_empty=(token.text == "[") is value_due))
            _check_levels(opened)
        if token.text in _OPENING.values():
            value_due = _close(token, opened, value_due, tokens[index - 1])
        else:
            value_due = _take_value(token) if value_due else _take_infix(token)
    if opened:
        token = opened[-1].token
        raise token.error(f"`{token.text}` is never closed", _TORN)
    if value_due:
        raise tokens[-1].error(f"a value is missing after `{tokens[-1].text}`")


def _check_levels(opened: Sequence[_OpenBracket]) -> None:
    if len(opened) > MAX_DEPTH:
        raise opened[-1].token.error(f"an expression nested more than {MAX_DEPTH} levels deep")


def _close(token: Token, opened: list[_OpenBracket], value_due: bool, previous: Token) -> bool:
    """No value is due after a bracket that closes rightly."""
    if not opened:
        raise token.error(f"`{token.text}` closes nothing", _TORN)
    bracket = opened.pop()
    if _OPENING[bracket.token.text] != token.text:
        raise token.error(f"`{token.text}` does not close `{bracket.token.text}`")
    if value_due and not (bracket.may_be_empty and bracket.token is previous):
        raise token.error(f"a value is missing before `{token.text}`")
    return False


def _take_value(token: Token) -> bool:
    """Whether a value is still due after a token that stands where one begins."""
    if token.is_value:
        return False
    if token.text in ("(", "[", "-", "not"):
        return True
    help = "a number needs no `+` before it" if token.text == "+" else None
    raise token.error(f"a value is missing before `{token.text}`", help)


def _take_infix(token: Token) -> bool:
    """Whether a value is due after a token that stands behind a value."""
    if token.is_value or token.text == "not":
        raise token.error(f"an operator is missing before `{token.text}`")
    return True


def syntax_tree(tokens: Sequence[Token], text: str) -> ast.expr:
    """The tree of the text in parentheses: its columns count from one."""
    flat = re.sub(r"[\t\r\n]", " ", text)
    try:
        return ast.parse(f"({flat})", mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(tokens, text, error.offset or 0) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("an expression that is nested too deeply", 0, len(text)) from None


def _syntax_error(tokens: Sequence[Token], text: str, offset: int) -> ExpressionError:
    conditions = [token for token in tokens if token.text == "if"]
    alternatives = [token for token in tokens if token.text == "else"]
    help = "write `a if condition else b`"
    if len(conditions) > len(alternatives):
        return conditions[-1].error("`if` without `else`", help)
    if len(conditions) < len(alternatives):
        return alternatives[-1].error("`else` without `if`", help)
    start = min(max(offset - 2, 0), len(text) - 1)
    return ExpressionError(
        "the order of the words makes no sense as an expression", start, 1, help="add parentheses"
    )
