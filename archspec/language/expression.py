"""The arithmetic of the language: a small part of Python's expressions, checked and bounded."""

from __future__ import annotations

import ast
import keyword
import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, final

from archspec.diagnostics.look_alikes import look_alike

MAX_TEXT: Final = 500
"""Characters of one expression."""
MAX_DEPTH: Final = 50
"""Levels of operators, calls and brackets, and of lists in lists."""
MAX_INTEGER: Final = 2**53
"""The largest whole number, as a number and as a result: a float still holds it exactly."""
MAX_LENGTH: Final = 10_000
"""Items of one list, counted with those of the lists in it."""

Lookup = Callable[[str], Any]
Run = Callable[[Lookup], Any]
Place = tuple[int, int]
"""Where a part of the text begins, and its length, in characters."""


@final
class ExpressionError(Exception):
    """What is wrong with an expression, and which characters of its text are to blame."""

    def __init__(self, message: str, start: int, length: int, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = length
        self.help = help


@final
@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its text, the names it may read, and how to compute it."""

    text: str
    names: frozenset[str]
    _run: Run = field(repr=False, compare=False)

    def evaluate(self, lookup: Lookup) -> Any:
        """The value; ``lookup`` gives that of a name, and a KeyError of it means there is none."""
        return self._run(lookup)


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Check the text of an expression and compile it."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression of more than {MAX_TEXT} characters", 0, len(text))
    tokens = list(_tokens(text))
    _check_order(tokens, text)
    body = _syntax_tree(tokens, text)
    return Expression(text, _names(body), _compile(body, 1))


# ---------------------------------------------------------------- tokens

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

_CONSTANTS: Final = {"true": True, "false": False}
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
    "True": "write `true`",
    "False": "write `false`",
    "None": "there is no null; a parameter that means 'nothing' can be 0, false or []",
    "is": "write `==` to compare",
    "in": "write out the comparisons: `x == 1 or x == 2`",
    "for": "use `repeat` to repeat a layer; an expression has no loops",
}
_TRUTH_HELP: Final = {
    **dict.fromkeys(("yes", "on", "Yes", "On", "YES", "ON", "TRUE"), "write `true`"),
    **dict.fromkeys(("no", "off", "No", "Off", "NO", "OFF", "FALSE"), "write `false`"),
}


@final
@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    is_value: bool = False
    """A number or a name."""

    def error(self, message: str, help: str | None = None) -> ExpressionError:
        return ExpressionError(message, self.start, len(self.text), help=help)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, _Token(match.group(), match.start())
        if kind in ("foreign", "other"):
            help = _HELP.get(token.text) or look_alike(token.text)
            raise token.error(f"`{token.text}` is not part of an expression", help)
        if kind in ("number", "numeral"):
            _check_number(token)
            yield _Token(token.text, token.start, is_value=True)
        elif kind == "word":
            yield _word(token)
        elif kind == "operator":
            yield token


def _word(token: _Token) -> _Token:
    if token.text in _INFIX_WORDS or token.text == "not":
        return token
    if keyword.iskeyword(token.text):
        raise token.error(f"`{token.text}` is not part of an expression", _HELP.get(token.text))
    return _Token(token.text, token.start, is_value=True)


def _check_number(token: _Token) -> None:
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


def _check_size(token: _Token) -> None:
    try:
        _bounded(_literal(token.text))
    except _Failure as failure:
        raise token.error(str(failure)) from None


def _literal(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


# ---------------------------------------------------------------- grammar


@final
@dataclass(frozen=True, slots=True)
class _Bracket:
    token: _Token
    may_be_empty: bool
    """An empty list, or a call without arguments."""


_TORN: Final = "an expression with a comma or bracket inside { } or [ ] must be quoted"


def _check_order(tokens: Sequence[_Token], text: str) -> None:
    """Values and operators take turns, and brackets close: the mistakes made most often."""
    if not tokens:
        raise ExpressionError("an empty expression", 0, len(text))
    opened: list[_Bracket] = []
    value_due = True
    for index, token in enumerate(tokens):
        if token.text in _OPENING:
            opened.append(_Bracket(token, may_be_empty=(token.text == "[") is value_due))
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


def _check_levels(opened: Sequence[_Bracket]) -> None:
    if len(opened) > MAX_DEPTH:
        raise opened[-1].token.error(f"an expression of more than {MAX_DEPTH} levels")


def _close(token: _Token, opened: list[_Bracket], value_due: bool, previous: _Token) -> bool:
    """No value is due after a bracket that closes rightly."""
    if not opened:
        raise token.error(f"`{token.text}` closes nothing", _TORN)
    bracket = opened.pop()
    if _OPENING[bracket.token.text] != token.text:
        raise token.error(f"`{token.text}` does not close `{bracket.token.text}`")
    if value_due and not (bracket.may_be_empty and bracket.token is previous):
        raise token.error(f"a value is missing before `{token.text}`")
    return False


def _take_value(token: _Token) -> bool:
    """Whether a value is still due after a token that stands where one begins."""
    if token.is_value:
        return False
    if token.text in ("(", "[", "-", "not"):
        return True
    help = "a number needs no `+` before it" if token.text == "+" else None
    raise token.error(f"a value is missing before `{token.text}`", help)


def _take_infix(token: _Token) -> bool:
    """Whether a value is due after a token that stands behind a value."""
    if token.is_value or token.text == "not":
        raise token.error(f"an operator is missing before `{token.text}`")
    return True


def _syntax_tree(tokens: Sequence[_Token], text: str) -> ast.expr:
    """The tree of the text in parentheses: its columns count from one."""
    flat = re.sub(r"[\t\r\n]", " ", text)
    try:
        return ast.parse(f"({flat})", mode="eval").body
    except SyntaxError as error:
        raise _syntax_error(tokens, text, error.offset or 0) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("an expression that is too deep", 0, len(text)) from None


def _syntax_error(tokens: Sequence[_Token], text: str, offset: int) -> ExpressionError:
    conditions = [token for token in tokens if token.text == "if"]
    alternatives = [token for token in tokens if token.text == "else"]
    help = "write `a if condition else b`"
    if len(conditions) > len(alternatives):
        return conditions[-1].error("`if` without `else`", help)
    if len(conditions) < len(alternatives):
        return alternatives[-1].error("`else` without `if`", help)
    start = min(max(offset - 2, 0), len(text) - 1)
    return ExpressionError(
        "words in an order that makes no expression", start, 1, help="add parentheses"
    )


def _names(body: ast.expr) -> frozenset[str]:
    nodes = list(ast.walk(body))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    return frozenset(names - _CONSTANTS.keys())


# ---------------------------------------------------------------- values


class _Failure(Exception):
    """A value that cannot be computed; whoever knows the place makes an ExpressionError of it."""

    def at(self, place: Place) -> ExpressionError:
        return ExpressionError(str(self), *place)


_NUMBERS: Final = (int, float)
_TOO_LARGE: Final = "a whole number larger than 2**53"
_LISTS: Final = (list, tuple)


def describe(value: object) -> str:
    """What kind of value this is, with its article."""
    kinds = {bool: "a boolean", int: "a whole number", float: "a number"}
    if type(value) in _LISTS:
        return "a list"
    return kinds.get(type(value), "an op")


def _bounded(value: Any) -> Any:
    """A number that is small enough; complex ones come from roots only."""
    if type(value) is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise _Failure(_TOO_LARGE)
    if type(value) is float:
        if math.isfinite(value):
            return value
        raise _Failure("a number that is too large")
    raise _Failure("a root of a negative number")


def _measure(values: Sequence[Any]) -> int:
    """Count items; fail for lists in lists that are too many or too deep; one list may stand in many places."""
    count, waiting = 0, [(values, 1)]
    while waiting:
        items, depth = waiting.pop()
        count += len(items)
        if count > MAX_LENGTH:
            raise _Failure(f"a list of more than {MAX_LENGTH} items")
        if depth > MAX_DEPTH:
            raise _Failure(f"lists in more than {MAX_DEPTH} levels")
        waiting.extend((item, depth + 1) for item in items if type(item) in _LISTS)
    return count


def check_list(values: Sequence[Any]) -> int:
    """The items of a list, counted with those of the lists in it. Raises ExpressionError for lists
    that are too many or too deep."""
    try:
        return _measure(values)
    except _Failure as failure:
        raise ExpressionError(str(failure), 0, 1) from None


def _power(base: Any, exponent: Any) -> Any:
    if type(base) is int and type(exponent) is int and exponent > 0:
        least_bits = (abs(base).bit_length() - 1) * exponent
        if least_bits > MAX_INTEGER.bit_length():
            raise _Failure(_TOO_LARGE)
    return base**exponent


_ARITHMETIC: Final[dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", _power),
}


def _compute(apply: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    try:
        return _bounded(apply(left, right))
    except ZeroDivisionError:
        raise _Failure("division by zero") from None
    except OverflowError:
        raise _Failure("a number that is too large") from None


def _equal(left: Any, right: Any) -> bool:
    """Equality of numbers, truth values or lists, whose items must be of the same kinds too."""
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return bool(left == right)
    if type(left) is bool and type(right) is bool:
        return left is right
    if type(left) in _LISTS and type(right) in _LISTS:
        _measure(left)
        _measure(right)
        return len(left) == len(right) and all(map(_equal, left, right))
    raise _Failure(f"{describe(left)} cannot be compared with {describe(right)}")


def _order(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        for value in (left, right):
            if type(value) not in _NUMBERS:
                raise _Failure(f"`{symbol}` compares numbers, not {describe(value)}")
        return compare(left, right)

    return ordered


_COMPARISONS: Final[dict[type[ast.AST], Callable[[Any, Any], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _order("<", operator.lt),
    ast.LtE: _order("<=", operator.le),
    ast.Gt: _order(">", operator.gt),
    ast.GtE: _order(">=", operator.ge),
}


# ---------------------------------------------------------------- functions


def _number(name: str, value: Any) -> Any:
    if type(value) not in _NUMBERS:
        raise _Failure(f"`{name}` takes numbers, not {describe(value)}")
    return value


def _list(name: str, value: Any) -> Sequence[Any]:
    if type(value) not in _LISTS:
        raise _Failure(f"`{name}` takes a list, not {describe(value)}")
    if len(value) > MAX_LENGTH:
        raise _Failure(f"a list of more than {MAX_LENGTH} items")
    return value  # type: ignore[no-any-return]


def _rounding(name: str, apply: Callable[[Any], int]) -> Callable[..., Any]:
    return lambda value: _bounded(apply(_number(name, value)))


def _extreme(name: str, apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def choose(*values: Any) -> Any:
        numbers = _list(name, values[0]) if len(values) == 1 else values
        if not numbers:
            raise _Failure(f"`{name}` of an empty list")
        return apply([_number(name, number) for number in numbers])

    return choose


def _sum(values: Any) -> Any:
    return _bounded(sum(_number("sum", number) for number in _list("sum", values)))


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "round": _rounding("round", round),
    "ceil": _rounding("ceil", math.ceil),
    "floor": _rounding("floor", math.floor),
    "len": lambda value: len(_list("len", value)),
    "sum": _sum,
}
_OF_MANY: Final = ("min", "max")


# ---------------------------------------------------------------- compilation


def _compile(node: ast.expr, depth: int) -> Run:
    """A function of the lookup that computes this node."""
    place = _place(node)
    if depth > MAX_DEPTH:
        raise ExpressionError(f"an expression of more than {MAX_DEPTH} levels", *place)
    compiler = _COMPILERS.get(type(node))
    if compiler is None:
        raise ExpressionError("this is not part of an expression", *place)
    return compiler(node, place, depth + 1)


def _place(node: ast.expr) -> Place:
    """Without the parenthesis that stands before the text while it is parsed."""
    start, end = node.col_offset, node.end_col_offset or node.col_offset
    return max(start - 1, 0), max(end - start, 1)


def _compile_constant(node: ast.Constant, place: Place, depth: int) -> Run:
    value = node.value
    if type(value) not in _NUMBERS:
        raise ExpressionError("this is not part of an expression", *place)
    return lambda lookup: value


def _compile_name(node: ast.Name, place: Place, depth: int) -> Run:
    name = node.id
    if name in _CONSTANTS:
        constant = _CONSTANTS[name]
        return lambda lookup: constant

    def run(lookup: Lookup) -> Any:
        try:
            return lookup(name)
        except KeyError:
            help = _TRUTH_HELP.get(name)
            raise ExpressionError(f"unknown name '{name}'", *place, help=help) from None

    return run


def _compile_arithmetic(node: ast.BinOp, place: Place, depth: int) -> Run:
    symbol, apply = _ARITHMETIC[type(node.op)]
    left, right = _compile(node.left, depth), _compile(node.right, depth)

    def run(lookup: Lookup) -> Any:
        first, second = left(lookup), right(lookup)
        if type(first) not in _NUMBERS:
            raise _not_a_number(symbol, first, node.left)
        if type(second) not in _NUMBERS:
            raise _not_a_number(symbol, second, node.right)
        try:
            return _compute(apply, first, second)
        except _Failure as failure:
            raise failure.at(place) from None

    return run


def _not_a_number(symbol: str, value: Any, node: ast.expr) -> ExpressionError:
    return ExpressionError(f"`{symbol}` takes numbers, not {describe(value)}", *_place(node))


def _compile_unary(node: ast.UnaryOp, place: Place, depth: int) -> Run:
    operand = _compile(node.operand, depth)
    if isinstance(node.op, ast.Not):
        condition = _condition("not", operand, node.operand)
        return lambda lookup: not condition(lookup)

    def negative(lookup: Lookup) -> Any:
        value = operand(lookup)
        if type(value) not in _NUMBERS:
            raise _not_a_number("-", value, node.operand)
        return -value

    return negative


def _condition(word: str, run: Run, node: ast.expr) -> Callable[[Lookup], bool]:
    """The same value, which has to be true or false."""

    def decide(lookup: Lookup) -> bool:
        value = run(lookup)
        if value is True or value is False:
            return value
        message = f"`{word}` takes a boolean, not {describe(value)}"
        help = "compare it, for example with `> 0`" if type(value) in _NUMBERS else None
        raise ExpressionError(message, *_place(node), help=help)

    return decide


def _compile_logic(node: ast.BoolOp, place: Place, depth: int) -> Run:
    word = "and" if isinstance(node.op, ast.And) else "or"
    operands = [_condition(word, _compile(value, depth), value) for value in node.values]
    if word == "and":
        return lambda lookup: all(operand(lookup) for operand in operands)
    return lambda lookup: any(operand(lookup) for operand in operands)


def _compile_choice(node: ast.IfExp, place: Place, depth: int) -> Run:
    condition = _condition("if", _compile(node.test, depth), node.test)
    yes, no = _compile(node.body, depth), _compile(node.orelse, depth)
    return lambda lookup: yes(lookup) if condition(lookup) else no(lookup)


def _compile_comparison(node: ast.Compare, place: Place, depth: int) -> Run:
    first = _compile(node.left, depth)
    others = [
        (_COMPARISONS[type(comparison)], _compile(other, depth))
        for comparison, other in zip(node.ops, node.comparators, strict=True)
    ]

    def run(lookup: Lookup) -> bool:
        left = first(lookup)
        for compare, other in others:
            right = other(lookup)
            try:
                if not compare(left, right):
                    return False
            except _Failure as failure:
                raise failure.at(place) from None
            left = right
        return True

    return run


def _compile_list(node: ast.List, place: Place, depth: int) -> Run:
    items = [_compile(item, depth) for item in node.elts]

    def run(lookup: Lookup) -> list[Any]:
        values = [item(lookup) for item in items]
        for value, item in zip(values, node.elts, strict=True):
            if type(value) not in (int, float, bool, list, tuple):
                raise ExpressionError(f"a list cannot hold {describe(value)}", *_place(item))
        try:
            _measure(values)
        except _Failure as failure:
            raise failure.at(place) from None
        return values

    return run


def _compile_tuple(node: ast.Tuple, place: Place, depth: int) -> Run:
    message = "a comma outside a call and outside a list"
    start, end = _place(node.elts[0]), _place(node.elts[-1])
    length = end[0] + end[1] - start[0]
    raise ExpressionError(message, start[0], length, help="write a list as [a, b]")


def _compile_item(node: ast.Subscript, place: Place, depth: int) -> Run:
    values, index = _compile(node.value, depth), _compile(node.slice, depth)

    def run(lookup: Lookup) -> Any:
        items, position = values(lookup), index(lookup)
        if type(items) not in _LISTS:
            raise ExpressionError(f"{describe(items)} has no items", *_place(node.value))
        if type(position) is not int:
            message = f"an index is a whole number, not {describe(position)}"
            raise ExpressionError(message, *_place(node.slice))
        if not -len(items) <= position < len(items):
            message = f"there is no item {position} in a list of {len(items)}"
            raise ExpressionError(message, *place, help="items are counted from 0")
        return items[position]

    return run


def _compile_call(node: ast.Call, place: Place, depth: int) -> Run:
    name = _function_name(node, place)
    function = _FUNCTIONS[name]
    arguments = [_compile(argument, depth) for argument in node.args]

    def run(lookup: Lookup) -> Any:
        try:
            return function(*[argument(lookup) for argument in arguments])
        except _Failure as failure:
            raise failure.at(place) from None

    return run


def _function_name(node: ast.Call, place: Place) -> str:
    """The function that is called, with as many arguments as it takes."""
    known = f"the functions are {', '.join(_FUNCTIONS)}"
    if not isinstance(node.func, ast.Name):
        raise ExpressionError("only a function can be called", *_place(node.func), help=known)
    name = node.func.id
    if name not in _FUNCTIONS:
        raise ExpressionError(f"no function '{name}'", *_place(node.func), help=known)
    if name not in _OF_MANY and len(node.args) != 1:
        help = "it gives a whole number" if name == "round" else None
        raise ExpressionError(f"`{name}` takes one value", *place, help=help)
    if not node.args:
        raise ExpressionError(f"`{name}` of nothing", *place)
    return name


_COMPILERS: Final[dict[type[ast.AST], Callable[[Any, Place, int], Run]]] = {
    ast.Constant: _compile_constant,
    ast.Name: _compile_name,
    ast.BinOp: _compile_arithmetic,
    ast.UnaryOp: _compile_unary,
    ast.BoolOp: _compile_logic,
    ast.IfExp: _compile_choice,
    ast.Compare: _compile_comparison,
    ast.List: _compile_list,
    ast.Tuple: _compile_tuple,
    ast.Subscript: _compile_item,
    ast.Call: _compile_call,
}
