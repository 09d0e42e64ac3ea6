"""A file with the look of a figure: its colours, its font, its sizes, and what its boxes say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from archspec.describe.colours import EXPECTED, colour_value
from archspec.diagnostics import Diagnostic, Label, SpecError, fix_key, near
from archspec.figures.sizes import SMALLEST_TEXT
from archspec.figures.theme import PALETTES
from archspec.text import Origin, Source

LARGEST_TEXT: Final = 72
COLOUR_NAMES: Final = (*PALETTES["light"], "highlight")
"""Those that a palette may change."""

TextSize = Annotated[float, Field(ge=SMALLEST_TEXT, le=LARGEST_TEXT)]
Word = Literal["normalisation", "activation", "dropout", "reshape", "names", "shapes"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class TextSizes(_Part):
    """In points, before a page makes them larger."""

    title: TextSize | None = None
    heading: TextSize | None = None
    text: TextSize | None = None
    small: TextSize | None = None


@final
class BoxWords(_Part):
    """What boxes say."""

    labels: Literal["paper", "pytorch"] | None = None
    without: tuple[Word, ...] = ()
    """Words that are left out: of layers that follow another one, names of scopes, shapes on lines."""


@final
class FigureStyle(_Part):
    """All that a file of this kind may say."""

    palette: dict[str, str] = {}
    font: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}$")] | None = None
    sizes: TextSizes = TextSizes()
    boxes: BoxWords = BoxWords()

    @field_validator("palette", mode="after")
    @classmethod
    def _values(cls, palette: dict[str, str]) -> dict[str, str]:
        for name, written in palette.items():
            if name not in COLOUR_NAMES:
                raise PydanticCustomError("name", "{name}", {"name": name})
            if colour_value(written) is None:
                raise PydanticCustomError("colour", "{name}", {"name": name})
        return {name: colour_value(written) or written for name, written in palette.items()}

    def __hash__(self) -> int:
        return hash((tuple(self.palette.items()), self.font, self.sizes, self.boxes))


def read_style(given: Any) -> Any:
    """The style of a file; what is none already is left to be refused. Raises SpecError."""
    from archspec.workspace.documents import Documents  # it reads YAML: only where it is wanted

    if not isinstance(given, str | os.PathLike):
        return given
    source = Documents().source(Path(given), os.fspath(given))
    try:
        return FigureStyle.model_validate(source.data)
    except ValidationError as error:
        raise SpecError(list(_diagnostics(source, error))) from None


def _diagnostics(source: Source, error: ValidationError) -> Iterator[Diagnostic]:
    seen = set[tuple[Any, ...]]()
    for details in error.errors():
        at = Origin(source)
        for key in details["loc"]:
            if (*at.route, key) in source.marks:
                at = at / key
        if at.route not in seen:
            seen.add(at.route)
            yield _diagnostic(at, details)


def _diagnostic(at: Origin, details: ErrorDetails) -> Diagnostic:
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown(at, str(details["loc"][-1]), _KEYS[details["loc"][:-1]], "key")
    if kind == "name":
        name = details["ctx"]["name"]
        return _unknown(at / name, name, COLOUR_NAMES, "colour in figures")
    if kind == "colour":
        at = at / details["ctx"]["name"]
        message = f"there is no colour '{at.raw}'"
        return Diagnostic("bad-option", message, (Label(at.value),), EXPECTED)
    called = next((key for key in reversed(at.route) if isinstance(key, str)), "the file")
    message = details["msg"].replace("Input should be", "it is").rstrip(".")
    if kind == "string_pattern_mismatch":
        message = "the name of a font has letters, numbers, spaces, points and hyphens"
    help = f"no text is smaller than {SMALLEST_TEXT:g} points" if "than_equal" in kind else None
    return Diagnostic("bad-option", f"'{called}': {message}", (Label(at.value),), help)


def _unknown(at: Origin, name: str, known: tuple[str, ...], what: str) -> Diagnostic:
    help = near(name, known) or f"known here: {', '.join(known)}"
    label = Label(at.key)
    return Diagnostic(
        "bad-option", f"there is no {what} '{name}'", (label,), help, fix_key(name, known, at)
    )


_KEYS: Final[dict[tuple[int | str, ...], tuple[str, ...]]] = {
    (): tuple(FigureStyle.model_fields),
    ("sizes",): tuple(TextSizes.model_fields),
    ("boxes",): tuple(BoxWords.model_fields),
}
