"""What can be wrong with a spec, as values: message, labelled spans of the user's text, help."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Final, final

from archspec.look_alikes import in_latin, look_alike
from archspec.text import Origin, Span

MAX_NAMES: Final = 2000
"""Names among which similar ones are looked for."""
MAX_COMPARED: Final = 100_000
"""Letters of a name times letters of those that it is compared with closely."""
MAX_SIMILAR: Final = 200
"""Letters of the longest name for which similar ones are looked for."""
MAX_TEXT: Final = 1000
"""Characters of a message or of its help: names in it may be as long as a file."""
MIN_RATIO: Final = 0.77
"""How much of two names is the same when one is surely a slip for the other."""

CODES: Final = {
    "bad-file": "the file cannot be read, or is not UTF-8 text",
    "bad-yaml": "the text is not YAML, or uses a part of YAML that the language leaves out",
    "null-value": "a key without a value",
    "duplicate-key": "the same key twice in one mapping",
    "bad-scalar": "a number or boolean in a spelling that YAML parsers disagree about",
    "limit": "a limit of the language is exceeded",
    "unknown-key": "a key that the language does not know here",
    "missing-key": "a key that is required here",
    "wrong-type": "a value of the wrong type",
    "bad-name": "a name that cannot be the name of a layer, block or parameter",
    "bad-version": "a version of the language that this program does not know",
    "unknown-op": "no op or block with that name",
    "unknown-argument": "the op or block has no such argument",
    "missing-argument": "the op or block needs an argument that is not given",
    "bad-argument": "an argument's value does not fit",
    "inferred-argument": "an argument that follows from the graph and must not be written",
    "duplicate-argument": "the same argument from an op parameter and at its site",
    "bad-expression": "the text is not an expression of the language",
    "unknown-name": "a name that means nothing here",
    "bad-value": "an expression without a value, or with one of the wrong type",
    "unknown-layer": "a layer that does not exist in this scope, or is further down",
    "missing-input": "a layer whose input is unclear",
    "absent-layer": "a layer that is absent here is read, and nothing says what replaces it",
    "arity": "the wrong number of inputs",
    "shape": "the shapes do not fit",
    "duplicate-layer": "the same layer name twice in one scope",
    "rebound-name": "a repeat name that would hide a visible one",
    "bad-repeat": "a repeat that cannot be counted",
    "unread-layer": "a layer or input that no output reads",
    "unused-parameter": "a parameter that nothing reads",
    "override-without-effect": "an override that changes nothing",
    "unknown-parameter": "no parameter with that name",
    "bad-block": "a block that cannot be used like this",
    "bad-edit": "an edit that cannot be carried out",
    "edit-sites": "an edit that matches a different number of layers than it says",
    "bad-output": "an output that does not exist",
    "bad-extends": "a file that cannot be extended",
    "bad-import": "a file that cannot be imported",
    "bad-variant": "no variant with that name",
    "bad-init": "an initialisation that cannot be carried out",
    "expect": "the network does not match `expect`",
    "not-found": "no such file, network or op",
    "bad-plugin": "a package that adds ops and cannot be used",
    "no-torch": "something that needs PyTorch, which is not installed",
    "cannot-draw": "a picture that cannot be made",
    "cannot-write": "a place where nothing can be written",
    "edited-file": "a file that someone has changed would be overwritten",
    "cannot-verify": "a built network that is too large to be run here",
    "not-verified": "a built network is not the one that was counted",
}
"""Every code with what it stands for in one line."""


@final
@dataclass(frozen=True, slots=True)
class Label:
    """A stretch of the user's text and what is to be said about it."""

    span: Span
    text: str = ""


@final
@dataclass(frozen=True, slots=True)
class Fix:
    """What the user surely meant: a text that takes the place of a stretch of one line."""

    span: Span
    text: str

    @property
    def line(self) -> str:
        """The user's line, corrected."""
        line = self.span.source.lines[self.span.line]
        return line[: self.span.column] + self.text + line[self.span.end_column :]

    @property
    def whole(self) -> str:
        """The user's whole text, corrected."""
        lines = list(self.span.source.lines)
        lines[self.span.line] = self.line
        return "\n".join(lines)


@final
@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. The first label is where it is; the others are places it has to do with."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    fix: Fix | None = None

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code
        object.__setattr__(self, "message", shortened(self.message))
        if self.help is not None:
            object.__setattr__(self, "help", shortened(self.help))

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None

    @property
    def place(self) -> Hashable:
        """Equal for mistakes of one kind at one place: the same one, found again."""
        if self.span is None:
            return self.code, self.message
        return self.code, self.span.source, self.span.line, self.span.column


def shortened(text: str) -> str:
    """A text whose beginning stands for it if it is too long to be read."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


@final
class SpecError(Exception):
    """One or more mistakes in a spec, or in what was asked of it."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(plain(diagnostic) for diagnostic in self.diagnostics))


def failure(
    code: str,
    message: str,
    *labels: Span | Label | None,
    help: str | None = None,
    fix: Fix | None = None,
) -> SpecError:
    """A SpecError of one diagnostic; a bare span is a label without words."""
    marked = tuple(
        label if isinstance(label, Label) else Label(label) for label in labels if label is not None
    )
    return SpecError([Diagnostic(code, message, marked, help, fix)])


def plain(diagnostic: Diagnostic) -> str:
    """One line: place, code, message, help."""
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"{place}error[{diagnostic.code}]: {diagnostic.message}{help}"


def near(name: str, names: Iterable[str], least: float = 0.6) -> str | None:
    """``did you mean 'a' or 'b'?`` for at most three names of which so much is the same."""
    found = _nearest(name, names, least)
    meant = f"did you mean {' or '.join(map(repr, found))}?" if found else None
    return "; ".join(filter(None, (look_alike(name), meant))) or None


def _nearest(name: str, names: Iterable[str], least: float = 0.6) -> list[str]:
    known = sorted(set(islice(names, MAX_NAMES)))
    folded = {candidate.lower(): candidate for candidate in reversed(known)}
    wanted = in_latin(name).lower()
    if wanted in folded:
        return [folded[wanted]]
    return [folded[match] for match in _similar(wanted, tuple(folded), least)]


@lru_cache(maxsize=64)
def _similar(name: str, names: tuple[str, ...], least: float) -> list[str]:
    """The three most similar names, of those that have most letters in common."""
    if len(name) > MAX_SIMILAR:
        return []
    matcher = SequenceMatcher(None, "", name)
    likely: list[tuple[float, str]] = []
    for candidate in names:
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() >= least and not _is_opposite(name, candidate):
            likely.append((matcher.quick_ratio(), candidate))
    found: list[tuple[float, str]] = []
    compared = 0
    for most, candidate in sorted(likely, reverse=True):
        third = found[2][0] if len(found) == 3 else least
        compared += len(name) * len(candidate)
        if most < third or compared > MAX_COMPARED:
            break
        matcher.set_seq1(candidate)
        ratio = matcher.ratio()
        if ratio >= least:
            found = sorted([*found, (ratio, candidate)], reverse=True)[:3]
    return [candidate for _, candidate in found]


def _is_opposite(name: str, other: str) -> bool:
    """Whether one takes back what the other does: MaxUnpool2d is no slip for MaxPool2d."""
    longer, shorter = (name, other) if len(name) > len(other) else (other, name)
    for prefix in ("un", "de", "non"):
        at = longer.find(prefix)
        while at >= 0:
            if longer[:at] + longer[at + len(prefix) :] == shorter:
                return True
            at = longer.find(prefix, at + 1)
    return False


def renamed(name: str, names: Iterable[str], span: Span) -> Fix | None:
    """The name that this one must be meant for in its place, where the file has it by letters."""
    found = _nearest(name, names)
    return replaced(name, found[0], span) if len(found) == 1 and _is_slip(name, found[0]) else None


def _is_slip(name: str, meant: str) -> bool:
    """Whether few letters differ, and no digit: conv2 is not conv1."""
    old, new = in_latin(name).lower(), meant.lower()
    if [*filter(str.isdigit, old)] != [*filter(str.isdigit, new)]:
        return False
    return sorted(old) == sorted(new) or SequenceMatcher(None, old, new).ratio() > MIN_RATIO


def renamed_key(name: str, names: Iterable[str], at: Origin) -> Fix | None:
    """The same for a key, if its mapping does not have the near one already."""
    fix = renamed(name, names, at.key)
    if fix is None or (*at.route[:-1], fix.text) in at.source.marks:
        return None
    return fix


def replaced(old: str, new: str, span: Span) -> Fix | None:
    """A new text for one that a span has, perhaps in quotes; None where the file has another."""
    if span.is_quoted:
        span = span.narrowed(1, len(old))
    line = span.source.lines[span.line]
    if span.line != span.end_line or line[span.column : span.end_column] != old:
        return None
    return Fix(span, new)
