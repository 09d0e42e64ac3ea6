"""What people ask of a figure, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypedDict, Unpack

from archspec.diagnostics import SpecError, failure, near
from archspec.figures import request as asked
from archspec.figures.formats import FORMATS
from archspec.figures.request import DEFAULTS, STYLES, WIDTHS, Options, width_in_points
from archspec.figures.theme import THEMES

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "direction": ("right", "down"),
    "labels": ("paper", "pytorch"),
    "bars": ("none", "params", "macs", "both"),
}


class Choices(TypedDict, total=False):
    """What a figure shows; see Options."""

    style: str
    """One of STYLES; ``module NAME`` and ``dense NAME`` say of what."""
    module: str | None
    """The block or scope that the style ``module`` shows, or ``dense``."""
    width: str | None
    """``a4``, ``column``, ``120mm``. (What is needed, at most A4)"""
    direction: asked.Direction | None
    """Where the data flows. (``right``, where that fits a page)"""
    fold: bool
    """Draw equal parts once, as ×6. (True)"""
    depth: int | None
    """Show the inside of scopes down to this depth."""
    open: Sequence[str]
    """Paths of scopes whose inside is shown, whatever the depth."""
    close: Sequence[str]
    """Paths of scopes whose inside is not shown."""
    labels: asked.Labels
    """As papers tell layers, or as PyTorch does. (``paper``)"""
    bars: asked.Bars
    """Shares of what is counted. (``both``)"""
    legend: bool
    """Tell what the colours mean. (True)"""
    title: bool
    """Name and numbers above the figure. (True)"""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_depth(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_paths(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


Kind = tuple[Callable[[object], bool], str]
"""What an option may be: a check of its type, and that in words."""


def _one_of(known: Iterable[str]) -> Kind:
    return _is_text, f"one of {', '.join(known)}"


TRUTH: Final[Kind] = (_is_truth, "True or False")
PATHS: Final[Kind] = (_are_paths, "a list of paths of scopes, such as ['layer1.0']")
KINDS: Final[Mapping[str, Kind]] = {
    "style": _one_of(STYLES),
    "module": (_is_text, "the name of a block or scope"),
    "width": (_is_text, f"one of {', '.join(WIDTHS)}, or millimetres such as '120mm'"),
    "direction": _one_of(CHOICES["direction"]),
    "fold": TRUTH,
    "depth": (_is_depth, "a number from 0"),
    "open": PATHS,
    "close": PATHS,
    "labels": _one_of(CHOICES["labels"]),
    "bars": _one_of(CHOICES["bars"]),
    "legend": TRUTH,
    "title": TRUTH,
    "format": _one_of(FORMATS),
    "theme": _one_of(THEMES),
    "force": TRUTH,
    "diff": TRUTH,
}
"""Every option of ``draw``."""
OPTIONAL: Final = frozenset({"module", "width", "direction", "depth", "format", "theme"})
"""Options that are None where nobody says anything."""


def check_options(options: Mapping[str, object]) -> None:
    """Raises SpecError for an option that does not exist, or that is of another type."""
    for name, value in options.items():
        if name not in KINDS:
            raise failure(
                "cannot-draw", f"a figure has no option '{name}'",
                help=near(name, KINDS) or f"the options are {', '.join(KINDS)}",
            )  # fmt: skip
        fits, words = KINDS[name]
        if not fits(value) and not (value is None and name in OPTIONAL):
            raise failure("cannot-draw", f"'{name}' cannot be {value!r:.60}", help=f"it is {words}")


def chosen(**choices: Unpack[Choices]) -> Options:
    """Checked options. Raises SpecError."""
    check_options(choices)
    style, _, name = choices.get("style", "paper").partition(" ")
    if style not in STYLES:
        raise no_choice("style", style, STYLES)
    module = choices.get("module") or name.strip() or None
    width = choices.get("width")
    points = None if width is None else width_in_points(width)
    if width is not None and points is None:
        raise failure(
            "cannot-draw",
            f"'{width}' is not a width of a figure",
            help=near(width, WIDTHS) or f"{', '.join(WIDTHS)}, or millimetres such as 120mm",
        )
    for key, known in CHOICES.items():
        value = choices.get(key)
        if value is not None and value not in known:
            raise no_choice(key, str(value), known)
    return Options(
        style=style,  # type: ignore[arg-type]
        module=module,
        width=points,
        direction=choices.get("direction"),
        fold=choices.get("fold", True),
        depth=choices.get("depth"),
        open=tuple(choices.get("open", ())),
        close=tuple(choices.get("close", ())),
        labels=choices.get("labels", "paper"),
        bars=choices.get("bars", "both"),
        legend=choices.get("legend", True),
        title=choices.get("title", True),
    )


def no_choice(name: str, value: str, known: Sequence[str]) -> SpecError:
    help = near(value, known) or f"one of {', '.join(known)}"
    return failure("cannot-draw", f"there is no {name} '{value}'", help=help)


WITHOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "full": ("fold", "depth", "bars"),
    "module": ("depth", "bars"),
    "blocks": ("fold", "depth", "open", "close", "bars"),
    "dense": ("direction", "fold", "depth", "open", "close", "labels", "bars"),
    "volumes": ("direction", "fold", "depth", "open", "close", "labels", "bars", "module"),
    "table": ("direction", "fold", "depth", "open", "close", "labels", "bars", "legend", "module"),
    "text": ("width", "direction", "bars", "legend", "module"),
    "paper": ("module",),
}
"""What means nothing to a style."""


def without_effect(options: Options) -> Iterator[str]:
    """Choices that differ from the usual and that the style does not know."""
    for name in WITHOUT[options.style]:
        if getattr(options, name) != getattr(DEFAULTS, name):
            yield f"the style '{options.style}' has no {name}: it is without effect"
    if options.style == "blocks" and options.direction == "right":
        yield "the style 'blocks' runs down"
