"""A border with a heading around an open scope, and side branches below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms import side_branches
from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label, label_behind
from archspec.figures.layout.forms.lengths import INSIDE, PAD, TAP, WIRE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import Frame, has_entries
from archspec.figures.scene import Rect, Text


def heading(frame: Frame) -> str:
    """What stands over what is inside."""
    return f"{frame.heading} ×{frame.count}".strip() if frame.count > 1 else frame.heading


def measure(frame: Frame, engine: Engine) -> Extent:
    bare = _measure_bare(frame, engine)
    if not frame.side_branches:
        return bare
    return side_branches.measure(frame.side_branches, bare, exit_label(frame.inside), engine)


def _measure_bare(frame: Frame, engine: Engine) -> Extent:
    """Without side branches."""
    inside = engine.measure(frame.inside)
    size = engine.sizes.small
    wide = text_width(heading(frame), size, True) + 2 * PAD
    top = _top(frame, engine)
    if engine.is_right:
        length = max(inside.length + 2 * INSIDE, wide)
        before = max(inside.before, WIRE) + INSIDE + top
        return Extent(length, before, max(inside.after, WIRE) + INSIDE)
    before = max(inside.before + INSIDE, wide + 4 if top else 0)
    return Extent(inside.length + 2 * INSIDE + top, before, inside.after + INSIDE)


def _top(frame: Frame, engine: Engine) -> float:
    """The height that the heading takes."""
    return engine.sizes.small * 1.5 if heading(frame) else 0.0


def place(
    frame: Frame, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    bare, inside = _measure_bare(frame, engine), engine.measure(frame.inside)
    _draw(frame, main, across - bare.before, bare, engine)
    top = 0 if engine.is_right else _top(frame, engine)
    free = bare.length - inside.length - top
    lines = [line.on_axis(across) for line in arriving]
    if has_entries(frame.inside):
        _end_at_border(frame, lines, main, across, engine)
        lines = []
    leaving = engine.place(frame.inside, main + free / 2 + top, across, lines)
    border = main + bare.length
    label = exit_label(frame.inside)
    if label is not None:
        leaving = [label_behind(engine, line, border) for line in leaving]
    leaving = [line.on_axis(across).straight_on(border) for line in leaving]
    if not frame.side_branches:
        return leaving
    below = max(bare.after, engine.label_sides(label)[1])
    side_branches.place(frame, border, border, across, below, engine)
    if label is not None:
        leaving = [label_behind(engine, line, border + TAP) for line in leaving]
    end = main + engine.measure(frame).length
    return [line.straight_on(end) for line in leaving]


def _end_at_border(
    frame: Frame, arriving: Sequence[Pending], main: float, across: float, engine: Engine
) -> None:
    """Lines to a scope of several inputs, whose names stand inside."""
    for k, line in enumerate(sorted(arriving, key=lambda line: line.dashed)):
        ended = replace(line.through((main, across)), arrow=not k)
        engine.items.append(engine.line(ended, frame.path))


def _draw(frame: Frame, main: float, across: float, bare: Extent, engine: Engine) -> None:
    x, y = engine.xy(main, across)
    width, height = engine.xy(bare.length, bare.before + bare.after)
    border = Rect(x, y, width, height, "frame", "frame-line", 5, dashed=frame.dashed)
    engine.items.append(border)
    if text := heading(frame):
        size = engine.sizes.small
        engine.items.append(Text(x + PAD, y + size * 1.25, text, size, bold=True, color="pale"))
