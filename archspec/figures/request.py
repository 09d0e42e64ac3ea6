"""What is asked of a figure: each option once, with its type, its default and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from types import NoneType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    final,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
)
from pydantic.dataclasses import dataclass as validated

from archspec.diagnostics import Diagnostic, SpecError, near
from archspec.figures.formats import SUFFIXES
from archspec.figures.sizes import COMPACT, PAGES, Page, Sizes, page_of, points_of
from archspec.figures.style_file import FigureStyle, read_style
from archspec.figures.theme import ThemeName

Direction = Literal["right", "down"]
Labels = Literal["paper", "pytorch"]
Places = Literal["archspec", "dot"]
Bars = Literal["none", "params", "macs", "both"]
Density = Literal["normal", "compact"]
FontName = Literal["helvetica", "document"]

STYLES: Final[Mapping[str, str]] = {
    "paper": "paper",
    "blocks": "blocks",
    "full": "full",
    "module": "module",
    "dense": "dense",
    "volumes": "volumes",
    "table": "table",
    "text": "text_figure",
}
"""What a figure can show -> the module of archspec.figures.styles that does it."""


# ---------------------------------------------------------------- options


class Option(NamedTuple):
    """What an option means, for the command line, the documents and messages."""

    help: str
    unset: str = ""
    """What happens without it, if its default does not say that."""
    example: str = ""
    """A value, for the documents."""
    names: Sequence[str] = ()
    """Values that have a name, if the type does not say them."""
    expects: str = ""
    """What its value is, if neither the type nor names say it."""
    metavar: str | None = None
    of_network: Literal["blocks", "scopes"] | None = None
    """Parts of a network that it names."""
    for_styles: bool = True
    """Whether it depends on the style if it has an effect."""
    in_shell: bool = True
    """Whether the command line has it."""


def _check_name(known: Sequence[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError
        return value

    return AfterValidator(check)


def _check_width(value: str) -> str:
    if page_of(value) is None:
        raise ValueError
    return value


def _check_height(value: str) -> str:
    if points_of(value) is None:
        raise ValueError
    return value


def _check_background(value: str) -> str:
    if not re.fullmatch("none|#[0-9a-fA-F]{6}", value):
        raise ValueError
    return value.lower()


def _check_renames(renames: Sequence[str]) -> tuple[str, ...]:
    if not all(part.strip() for rename in renames for part in rename.partition("=")):
        raise ValueError
    return tuple(renames)


MIN_DPI: Final = 20
MAX_DPI: Final = 2400
Background = Annotated[str, AfterValidator(_check_background)]
Dpi = Annotated[int, Field(ge=MIN_DPI, le=MAX_DPI)]
Style = Annotated[str, _check_name(tuple(STYLES))]
Suffix = Annotated[str, AfterValidator(str.lower), _check_name(SUFFIXES)]
Width = Annotated[str, AfterValidator(_check_width)]
Height = Annotated[str, AfterValidator(_check_height)]
Paths = Annotated[Sequence[str], AfterValidator(tuple)]
Renaming = Annotated[Sequence[str], AfterValidator(_check_renames)]

_SCOPES: Final = "a list of scopes: paths such as 'layer1.0', names of blocks, or globs"
_PARTS: Final = "a list of parts: paths such as 'layer1.0', names of blocks or ops, or globs"


@final
@validated(frozen=True, slots=True, kw_only=True, config=ConfigDict(strict=True))
class Options:
    """What a figure shows, and how. Every field is an option of ``archspec draw``."""

    style: Annotated[
        Style,
        Option(
            f"{', '.join(STYLES)}.",
            unset="paper; text on a terminal",
            names=tuple(STYLES),
            metavar="STYLE",
            for_styles=False,
        ),
    ] = "paper"
    module: Annotated[
        str | None,
        Option(
            "The block or scope whose inside is drawn; for --style dense, the dense block.",
            expects="the name of a block or scope",
            metavar="NAME",
            of_network="blocks",
        ),
    ] = None
    width: Annotated[
        Width | None,
        Option(
            f"Page that the figure fits: {', '.join(PAGES)}, or only its width: 120mm.",
            unset="a4, or more if that is too little",
            example="column",
            names=tuple(PAGES),
            expects=f"one of {', '.join(PAGES)}, or millimetres such as '120mm'",
            metavar="WIDTH",
        ),
    ] = None
    height: Annotated[
        Height | None,
        Option(
            "Height that the figure may take: 80mm.",
            unset="that of the page",
            example="80mm",
            expects="millimetres such as '80mm'",
            metavar="HEIGHT",
        ),
    ] = None
    density: Annotated[
        Density | None,
        Option(
            "Sizes of texts and gaps.",
            unset="compact only where the page asks for it",
            example="compact",
        ),
    ] = None
    direction: Annotated[
        Direction | None,
        Option("Direction of the data flow.", unset="right, if it fits on a page", example="down"),
    ] = None
    layout: Annotated[
        Places,
        Option(
            "Who finds the places of the boxes: archspec, or the program dot of Graphviz.",
            example="dot",
        ),
    ] = "archspec"
    fold: Annotated[bool, Option("Draw identical parts once, with their number.")] = True
    depth: Annotated[
        NonNegativeInt | None,
        Option(
            "Show the inside of scopes down to this depth.", example="1", expects="a number from 0"
        ),
    ] = None
    open: Annotated[
        Paths,
        Option(
            "Show the inside of a scope: its path, the name of its block, or a glob of paths. Can be "
            "repeated.",
            example="layer1",
            expects=_SCOPES,
            metavar="PART",
            of_network="scopes",
        ),
    ] = ()
    close: Annotated[
        Paths,
        Option(
            "Do not show the inside of a scope, whatever the depth. Can be repeated.",
            example="'layer*'",
            expects=_SCOPES,
            metavar="PART",
            of_network="scopes",
        ),
    ] = ()
    highlight: Annotated[
        Paths,
        Option(
            "Draw attention to a part: its path, the name of its block or op, or a glob of paths. Can "
            "be repeated.",
            example="Bottleneck",
            expects=_PARTS,
            metavar="PART",
            of_network="scopes",
        ),
    ] = ()
    dim: Annotated[
        Paths,
        Option(
            "Draw a part pale. Can be repeated.",
            example="'layer[12]'",
            expects=_PARTS,
            metavar="PART",
            of_network="scopes",
        ),
    ] = ()
    rename: Annotated[
        Renaming,
        Option(
            "Other words in boxes: whole words, wherever they stand. Can be repeated.",
            example="'BN=batch norm'",
            expects="a list of texts such as 'BN=batch norm'",
            metavar="OLD=NEW",
        ),
    ] = ()
    style_file: Annotated[
        Annotated[FigureStyle, BeforeValidator(read_style)] | None,
        Option(
            "A YAML file with colours, font, sizes, and what boxes say.",
            example="style.yaml",
            expects="the path of a file",
            metavar="FILE",
            for_styles=False,
        ),
    ] = None
    labels: Annotated[
        Labels, Option("Label layers as papers do, or as PyTorch does.", example="pytorch")
    ] = "paper"
    bars: Annotated[
        Bars | None,
        Option(
            "Which shares the bars show.", unset="both, if the page has the room", example="none"
        ),
    ] = None
    image: Annotated[
        str | None,
        Option(
            "A picture on the first volume: a PNG or a JPEG file.",
            example="cat.jpg",
            expects="the name of a PNG or a JPEG file",
            metavar="FILE",
        ),
    ] = None
    theme: Annotated[
        ThemeName | None,
        Option(
            "Colours; print is for greyscale.",
            unset="light; a page follows the system of its reader",
            example="print",
            for_styles=False,
        ),
    ] = None
    background: Annotated[
        Background | None,
        Option(
            "The colour behind the figure, or none: it is transparent.",
            unset="the theme's",
            example="none",
            names=("none",),
            expects="none, or a colour such as '#f5f0e6'",
            metavar="COLOR",
            for_styles=False,
        ),
    ] = None
    font: Annotated[
        FontName,
        Option(
            "Letters of a TikZ figure: as everywhere, or those of the document around it.",
            example="document",
            for_styles=False,
        ),
    ] = "helvetica"
    dpi: Annotated[
        Dpi,
        Option(
            "Pixels per inch of a PNG.",
            example="300",
            expects=f"a number from {MIN_DPI} to {MAX_DPI}",
            for_styles=False,
        ),
    ] = 200
    legend: Annotated[bool, Option("Explain what the colours mean.")] = True
    title: Annotated[bool, Option("Put the name and the counts above the figure.")] = True
    format: Annotated[
        Suffix | None,
        Option(
            f"Format of the file: {', '.join(SUFFIXES)}.",
            unset="its suffix",
            example="svg",
            names=SUFFIXES,
            metavar="FORMAT",
            for_styles=False,
        ),
    ] = None
    subfigure: Annotated[
        Paths,
        Option(
            "A part of the figure, (a), (b), (c): its style, for each of the networks. Can be repeated.",
            example="'module Bottleneck'",
            names=tuple(STYLES),
            expects="a list of styles, such as ['paper', 'module Bottleneck']",
            metavar="STYLE",
            for_styles=False,
        ),
    ] = ()
    diff: Annotated[
        bool,
        Option("Draw how the second of two networks differs from the first.", for_styles=False),
    ] = False
    force: Annotated[
        bool,
        Option("Overwrite a file that exists already.", for_styles=False, in_shell=False),
    ] = True

    @property
    def is_for_page(self) -> bool:
        """Whether it was said what the figure may take."""
        return self.width is not None or self.height is not None

    @property
    def page(self) -> Page:
        """What the figure may take, in points."""
        page = (self.width and page_of(self.width)) or PAGES["a4"]
        height = self.height and points_of(self.height)
        return page._replace(height=height) if height else page

    @property
    def room(self) -> float:
        """The width that the figure may take, in points."""
        return self.page.width

    @property
    def sizes(self) -> Sizes:
        """Text grows with a slide, and never falls below the smallest."""
        scale = max(min(self.room / PAGES["a4-landscape"].width * 1.45, 3), 1)
        if self.room <= PAGES["a4-landscape"].width:
            scale = 1
        if self.density == "compact":
            return self._own_sizes(COMPACT).scaled(1 + (scale - 1) / 4)
        return self._own_sizes(Sizes()).scaled(scale)

    def _own_sizes(self, usual: Sizes) -> Sizes:
        if self.style_file is None:
            return usual
        own = {name: size for name, size in self.style_file.sizes if size is not None}
        return replace(usual, **own)

    @property
    def palette(self) -> Mapping[str, str]:
        """Colours that have values of somebody's own."""
        return self.style_file.palette if self.style_file else {}

    @property
    def family(self) -> str | None:
        """The font that is asked for."""
        return self.style_file.font if self.style_file else None

    @property
    def is_pytorch(self) -> bool:
        """Whether layers are called as PyTorch calls them."""
        own = self.style_file.boxes.labels if self.style_file else None
        return self.labels == "pytorch" or own == "pytorch"

    @property
    def without(self) -> frozenset[str]:
        """What boxes do not say."""
        return frozenset(self.style_file.boxes.without if self.style_file else ())


DEFAULTS: Final = Options()


# ---------------------------------------------------------------- what derives from them


class OptionField(NamedTuple):
    """An option with its type and its default."""

    option: Option
    type: type[Any]
    """bool, int, str, or list for several texts."""
    values: tuple[str, ...]
    """All that it can be, if they are few."""
    default: Any

    @property
    def expects(self) -> str:
        """What its value is, in words."""
        if self.type is bool:
            return "True or False"
        return self.option.expects or f"one of {', '.join(self.names)}"

    @property
    def names(self) -> Sequence[str]:
        """Values to choose from, or to propose."""
        return self.values or self.option.names


def _option_fields() -> Iterator[tuple[str, OptionField]]:
    hints = get_type_hints(Options, include_extras=True)
    for field in fields(Options):
        hint = hints[field.name]
        (option,) = (found for found in hint.__metadata__ if isinstance(found, Option))
        form = _without_none(hint.__origin__)
        values = get_args(form) if get_origin(form) is Literal else ()
        is_list = get_origin(form) is not None and not values
        form = str if form is FigureStyle else form
        yield (
            field.name,
            OptionField(
                option, list if is_list else str if values else form, values, field.default
            ),
        )


def _without_none(hint: Any) -> Any:
    """``int | None`` -> ``int``, without what checks it."""
    if get_origin(hint) is Annotated:
        return _without_none(hint.__origin__)
    if NoneType in get_args(hint):
        return _without_none(next(each for each in get_args(hint) if each is not NoneType))
    return hint


OPTIONS: Final[Mapping[str, OptionField]] = dict(_option_fields())
"""Every option by its name."""


def request(**given: Any) -> Options:
    """Options as somebody gives them, checked. Raises SpecError with all that are wrong.

    ``style`` may name a part, too: ``module Inception``.
    """
    problems = [_unknown(name) for name in given if name not in OPTIONS]
    if isinstance(style := given.get("style"), str) and " " in style.strip():
        style, _, part = style.partition(" ")
        given = {**given, "style": style, "module": given.get("module") or part.strip()}
    try:
        options = Options(**{name: given[name] for name in OPTIONS if name in given})
    except ValidationError as error:
        wrong = dict.fromkeys(str(each["loc"][0]) for each in error.errors())
        problems += [_refused(name, given[name]) for name in wrong]
    if problems:
        raise SpecError(problems)
    return options


def _unknown(name: str) -> Diagnostic:
    help = near(name, OPTIONS) or f"the options are {', '.join(OPTIONS)}"
    return Diagnostic("bad-option", f"a figure has no option '{name}'", help=help)


def _refused(name: str, value: object) -> Diagnostic:
    field = OPTIONS[name]
    if not isinstance(value, str) or not field.names:
        message = f"'{name}' cannot be {value!r:.60}"
        return Diagnostic("bad-option", message, help=f"it is {field.expects}")
    are = "are" if name.endswith("s") else "is"
    help = near(value, field.names) or field.expects
    return Diagnostic("bad-option", f"there {are} no {name} '{value}'", help=help)
