"""What people ask of a figure, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypedDict, Unpack

from archspec.diagnostics import SpecError, failure, near
from archspec.figures import options as asked
from archspec.figures.options import DEFAULTS, STYLES, WIDTHS, Options, width_in_points

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
    width: str | None
    """``a4``, ``column``, ``120mm``. (What is needed, at most A4)"""
    direction: asked.Direction | None
    fold: bool
    depth: int | None
    open: Sequence[str]
    close: Sequence[str]
    labels: asked.Labels
    bars: asked.Bars
    legend: bool
    title: bool


def chosen(**choices: Unpack[Choices]) -> Options:
    """Checked options. Raises SpecError."""
    style, _, name = choices.get("style", "paper").partition(" ")
    if style not in STYLES:
        raise no_choice("style", style, STYLES)
    module = choices.get("module") or name.strip() or None
    width = choices.get("width")
    points = None if width is None else width_in_points(width)
    if width is not None and points is None:
        raise failure(
            "cannot-draw",
            f"'{width}' is no width of a figure",
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
