r"""Texts with formulas in them, ``stage $s_1$``: in Unicode, and as LaTeX in which nothing else means
anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, final

MAX_DEPTH: Final = 6
"""Braces in braces."""
GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
SYMBOLS: Final[Mapping[str, str]] = {
    **dict(zip(GREEK.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True)),
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "oplus": "⊕",
    "otimes": "⊗",
    "odot": "⊙",
    "ast": "*",
    "in": "∈",
    "leq": "≤",
    "geq": "≥",
    "neq": "≠",
    "approx": "≈",
    "to": "→",
    "rightarrow": "→",
    "leftarrow": "←",
    "infty": "∞",
    "partial": "∂",
    "nabla": "∇",
    "sum": "∑",
    "prod": "∏",
    "ldots": "…",
    "dots": "…",
    "ell": "ℓ",
    "log": "log",
    "exp": "exp",
    "max": "max",
    "min": "min",
    "tanh": "tanh",
    ",": " ",
}
"""Command without arguments -> Unicode."""
COMMAND_OF: Final = {
    sign: name for name, sign in SYMBOLS.items() if len(sign) == 1 != sign.isascii()
}
WRAPPED: Final[Mapping[str, Callable[[str], str]]] = {
    **dict.fromkeys(("mathrm", "mathbf", "mathbb", "mathit", "mathcal", "text"), str),
    "sqrt": lambda inside: f"√{inside}" if len(inside) == 1 else f"√({inside})",
    "hat": lambda inside: f"{inside}\u0302",
    "bar": lambda inside: f"{inside}\u0304",
    "tilde": lambda inside: f"{inside}\u0303",
}
"""Command with one argument -> what becomes of its Unicode."""
RAISED: Final = dict(
    zip("123456789abcdefghjklmnoprstuvwxyz", "¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)
)
LOWERED: Final = dict(zip("0123456789aeioruvx", "₀₁₂₃₄₅₆₇₈₉ₐₑᵢₒᵣᵤᵥₓ", strict=True))
"""Characters that the fonts of figures have."""
WITHOUT_PACKAGES: Final = {"mathbb": "mathbf", "text": "mathrm"}
"""Commands of which LaTeX itself has no more than these."""
TOKEN: Final = re.compile(r"\\([A-Za-z]+|,)|([{}^_])|([A-Za-z0-9 +\-=*/().,:;!|<>\[\]'])|(.)", re.S)


class FormulaError(ValueError):
    """A text whose formulas cannot be read."""


def has_formula(text: str) -> bool:
    return "$" in text


def as_unicode(text: str) -> str:
    """The text with its formulas in characters. Raises FormulaError."""
    return "".join(
        _Reader(part).read()[0] if is_formula else part for is_formula, part in _parts(text)
    )


def as_latex(text: str, escape: Callable[[str], str]) -> str:
    """The text for LaTeX: what is no formula is escaped, and of formulas there is left what they may
    be made of. Raises FormulaError."""
    return "".join(
        f"${_Reader(part).read()[1]}$" if is_formula else escape(part)
        for is_formula, part in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    parts = text.split("$")
    if len(parts) % 2 == 0:
        raise FormulaError("a formula begins with $ and ends with $, and there is one $ alone")
    for place, part in enumerate(parts):
        if part:
            yield place % 2 == 1, part


@final
class _Reader:
    """Reads one formula from left to right, as Unicode and as LaTeX at once."""

    def __init__(self, formula: str) -> None:
        self._tokens = [found.groups() for found in TOKEN.finditer(formula)]
        self._place = 0

    def read(self, depth: int = 0) -> tuple[str, str]:
        """All up to the end, or up to the brace that closes."""
        shown, latex = "", ""
        while self._place < len(self._tokens):
            if self._tokens[self._place][1] == "}":
                if not depth:
                    raise FormulaError("there is a } without its { in a formula")
                return shown, latex
            mark = self._tokens[self._place][1]
            if mark in ("^", "_"):
                self._place += 1
                inside, code = self._argument(depth)
                shown += _shifted(inside, mark)
                latex += f"{mark}{{{code}}}"
                continue
            is_brace = mark == "{"
            is_symbol = self._tokens[self._place][0] in SYMBOLS
            inside, code = self._argument(depth)
            latex += f"{{{code}}}" if is_brace else code
            if is_symbol and not shown.endswith(" "):
                self._skip_space()
            shown += inside
        if depth:
            raise FormulaError("there is a { without its } in a formula")
        return shown, latex

    def _skip_space(self) -> None:
        """What ends the name of a command, and is none where it stands between two signs."""
        if self._place < len(self._tokens) and self._tokens[self._place][2] == " ":
            self._place += 1

    def _argument(self, depth: int) -> tuple[str, str]:
        """One character or command, or what is between a pair of braces."""
        if self._place >= len(self._tokens):
            raise FormulaError("a formula ends where something is missing")
        command, mark, plain, other = self._tokens[self._place]
        self._place += 1
        if command:
            return self._command(command, depth)
        if mark == "{":
            if depth >= MAX_DEPTH:
                raise FormulaError(f"a formula has braces nested more than {MAX_DEPTH} deep")
            found = self.read(depth + 1)
            self._place += 1
            return found
        if plain:
            return {"-": "−"}.get(plain, plain), plain
        if other in COMMAND_OF:
            return other, f"\\{COMMAND_OF[other]} "
        raise FormulaError(f"a formula cannot have '{other or mark}' here")

    def _command(self, name: str, depth: int) -> tuple[str, str]:
        if name in SYMBOLS:
            return SYMBOLS[name], f"\\{name} "
        if name == "frac":
            (above, first), (below, second) = self._argument(depth), self._argument(depth)
            return f"{above}/{below}", rf"\frac{{{first}}}{{{second}}}"
        if name not in WRAPPED:
            raise FormulaError(f"formulas have no \\{name}; they have {_known()}")
        shown, latex = self._argument(depth)
        return WRAPPED[name](shown), rf"\{WITHOUT_PACKAGES.get(name, name)}{{{latex}}}"


def _known() -> str:
    return "Greek letters, " + ", ".join(
        f"\\{name}" for name in ("times", "oplus", *WRAPPED, "frac")
    )


def _shifted(text: str, mark: str) -> str:
    """Above or below the line, if all of it has such characters."""
    signs = RAISED if mark == "^" else LOWERED
    plain = text.replace("−", "-")
    if all(letter in signs for letter in plain):
        return "".join(signs[letter] for letter in plain)
    is_clear = len(text) == 1 or (text[0], text[-1]) == ("(", ")")
    return f"{mark}{text}" if is_clear else f"{mark}({text})"
