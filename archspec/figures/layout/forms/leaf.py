"""A box with its texts, the stack behind it, and what stands below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from typing import Final

from archspec.figures.annotations.looks import USUAL, dim, look
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms import side_branches
from archspec.figures.layout.forms.engine import Annotation, Engine, Extent
from archspec.figures.layout.forms.labels import label_at
from archspec.figures.layout.forms.lengths import ARROW, PAD, SHEET, SHEETS, TAP
from archspec.figures.layout.forms.lines import Pending, is_one_a_side
from archspec.figures.outline.diagram import Leaf
from archspec.figures.scene import Box, Rect, Text, recolor
from archspec.op.base import Role

MERGE: Final = Role.MERGE.value


def measure(leaf: Leaf, engine: Engine) -> Extent:
    bare = _measure_bare(leaf, engine)
    if not leaf.side_branches:
        return bare
    return side_branches.measure(leaf.side_branches, bare, leaf.shape, engine)


def _measure_bare(leaf: Leaf, engine: Engine) -> Extent:
    """Without side branches."""
    length, before, after = _measure_box(leaf, engine)
    sides = engine.label_sides(leaf.takes or None)
    return Extent(length + _entry_room(leaf, engine), max(before, sides[0]), max(after, sides[1]))


def _entry_room(leaf: Leaf, engine: Engine) -> float:
    """What the text on the line into it takes of its length, with an arrow behind it."""
    arrow = ARROW if leaf.takes and engine.is_right else 0
    return engine.label_room(leaf.takes or None) + arrow


def _measure_box(leaf: Leaf, engine: Engine) -> Extent:
    """Without the text on the line into it."""
    width, height = box_size(leaf, engine)
    stack = _stack(leaf)
    badge = _badge_size(leaf, engine)
    over = max(stack, badge[1] / 2 + 1) if stack else 0.0
    wide = max(stack, badge[0] / 2 + 1) if stack else 0.0
    note = engine.annotation.size(leaf) if engine.annotation else (0.0, 0.0)
    if engine.is_right:
        below = _below(height, engine) + note[1] if note[1] else height / 2
        return Extent(max(width + wide, note[0]), height / 2 + over + stack, below)
    beside = width / 2 + wide + (note[0] + 5 if note[0] else 0)
    return Extent(max(height + over + stack, note[1]), width / 2, beside)


def box_size(leaf: Leaf, engine: Engine) -> tuple[float, float]:
    """Width and height of the box without what is around it."""
    title, small = engine.sizes.text, engine.sizes.small
    if leaf.form == "circle":
        return 1.7 * title, 1.7 * title
    lines = _small_lines(leaf)
    widths = (text_width(line, small) for line in lines)
    width = max(text_width(leaf.title, title, leaf.role == "block"), *widths, 0)
    return width + 2 * PAD, engine.sizes.box * title + 1.25 * small * len(lines)


def _small_lines(leaf: Leaf) -> tuple[str, ...]:
    """What stands under the title, and notes under that."""
    return (leaf.under, *leaf.mark.note) if leaf.under else leaf.mark.note


def _stack(leaf: Leaf) -> float:
    """How far the sheets behind the box stand out."""
    return SHEET * SHEETS if leaf.count > 1 else 0.0


def _badge_size(leaf: Leaf, engine: Engine) -> tuple[float, float]:
    """Width and height of the ``×6`` of a stack."""
    size = engine.sizes.small
    return text_width(f"×{leaf.count}", size, True) + 7, size * 1.35


def _below(height: float, engine: Engine) -> float:
    """From the axis to what stands below: the same for boxes of one and of two lines."""
    tall = engine.sizes.box * engine.sizes.text + 1.25 * engine.sizes.small
    return max(height, tall) / 2 + 4


def place(
    leaf: Leaf, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    width, height = box_size(leaf, engine)
    stack = _stack(leaf)
    bare = _measure_bare(leaf, engine) if leaf.side_branches else engine.measure(leaf)
    first = main + _entry_room(leaf, engine)
    if engine.is_right:
        start, end = first, first + width + stack
        x, y = first, across - height / 2
    else:
        start = main + bare.length - height - stack if stack else first
        end = start + height + stack
        x, y = across - width / 2, start + stack
    _end_lines(leaf, arriving, start, across, engine)
    if leaf.takes:
        engine.items.append(label_at(engine, leaf.takes, main, across))
    _draw(leaf, _rect(leaf, x, y, width, height), engine)
    if engine.annotation and engine.is_right:
        below = across + _below(height, engine)
        _annotate(leaf, first, below, engine.annotation, engine)
    elif engine.annotation:
        note = engine.annotation.size(leaf)
        middle = (start + end) / 2
        beside = across + bare.after - note[0]
        _annotate(leaf, beside, middle - note[1] / 2, engine.annotation, engine)
    if not leaf.side_branches:
        return [_leave(leaf, end, across, 0, engine)]
    tap = main + bare.length
    below = max(bare.after, engine.label_sides(leaf.shape)[1])
    side_branches.place(leaf, tap, end, across, below, engine)
    line = _leave(leaf, end, across, tap - end + TAP, engine)
    return [line.through((main + engine.measure(leaf).length, across))]


def _annotate(leaf: Leaf, x: float, y: float, annotation: Annotation, engine: Engine) -> None:
    items = annotation.items(leaf, x, y)
    engine.items += [recolor(item, dim) for item in items] if leaf.mark.dimmed else items


def entrance(leaf: Leaf, main: float, port: float, engine: Engine) -> tuple[float, float]:
    """Where on the main direction a line ends that arrives beside the axis; and how far from the
    axis the box reaches."""
    width, height = box_size(leaf, engine)
    deep, side = (width, height) if engine.is_right else (height, width)
    start = main
    if not engine.is_right and _stack(leaf):
        start = main + _measure_bare(leaf, engine).length - height - _stack(leaf)
    if leaf.form == "circle":
        radius = deep / 2
        start += radius - sqrt(max(radius**2 - port**2, 0))
    return start, side / 2


def _end_lines(
    leaf: Leaf, arriving: Sequence[Pending], start: float, across: float, engine: Engine
) -> None:
    """End lines at a box.

    At a merge, a line from beside it ends at its side, as one would draw by hand, if there is one
    for each side. Otherwise lines come in on the axis, and share the last of their way: that is
    drawn with one of them, so that there is one arrow. Dashed ones come last, so that what is
    shared is solid.
    """
    width, height = box_size(leaf, engine)
    deep, side = (width, height) if engine.is_right else (height, width)
    beside = leaf.role == MERGE and is_one_a_side(arriving, across, side)
    joined: set[float | None] = set()
    for line in sorted(arriving, key=lambda line: line.dashed):
        at = line.points[-1][1]
        if beside and line.merge is not None and abs(at - across) > side / 2:
            center, edge = start + deep / 2, side / 2 if at > across else -side / 2
            ended = line.through((center, at), (center, across + edge))
        elif line.merge is not None and line.merge in joined and at != across:
            ended = replace(line.on_axis(across), arrow=False)
        else:
            ended = line.on_axis(across).through((start, across))
            joined.add(line.merge)
        dimmed = leaf.mark.dimmed
        engine.items.append(engine.line(ended, leaf.path, dashed=leaf.dashed, dimmed=dimmed))


def _leave(leaf: Leaf, end: float, across: float, tap: float, engine: Engine) -> Pending:
    """The line out of a box; its text stands behind where side branches begin."""
    shape = leaf.shape
    label = None if shape is None else label_at(engine, shape, end + tap, across)
    dimmed = leaf.mark.dimmed
    return Pending(leaf.output, ((end, across),), leaf.dashed, None, label, dimmed=dimmed)


def _rect(leaf: Leaf, x: float, y: float, width: float, height: float) -> Rect:
    radius = height / 2 if leaf.form == "circle" else 3.5
    colors, dashed = look(leaf.role, leaf.mark), leaf.dashed or leaf.optional
    return Rect(
        x, y, width, height, colors.fill, colors.line, radius, colors.thickness, dashed=dashed
    )


def _draw(leaf: Leaf, rect: Rect, engine: Engine) -> None:
    behind = tuple(
        replace(rect, x=rect.x + SHEET * k, y=rect.y - SHEET * k, thickness=USUAL)
        for k in (range(SHEETS, 0, -1) if leaf.count > 1 else ())
    )
    engine.items.append(
        Box(
            rect, leaf.path, leaf.role, tuple(_texts(leaf, rect, engine)), behind,
            _badge(leaf, rect, engine), leaf.count, () if engine.inset else leaf.layers,
            leaf.path, engine.inset,
        )
    )  # fmt: skip


def _badge(leaf: Leaf, box: Rect, engine: Engine) -> tuple[Rect, Text] | None:
    """``×6``, at the corner of a stack."""
    if leaf.count == 1:
        return None
    width, height = _badge_size(leaf, engine)
    left, top = box.x + box.width + 1 - width / 2, box.y - SHEET * SHEETS - height / 2
    size = engine.sizes.small
    middle, base = left + width / 2, top + height / 2 + size * 0.35
    badge = Rect(left, top, width, height, "badge", None, height / 2)
    number = Text(middle, base, f"×{leaf.count}", size, "middle", True, "on-badge")
    if not leaf.mark.dimmed:
        return badge, number
    return replace(badge, fill=dim("badge")), number


def _texts(leaf: Leaf, box: Rect, engine: Engine) -> Iterator[Text]:
    middle, size, small = box.x + box.width / 2, engine.sizes.text, engine.sizes.small
    bold = leaf.role == "block" or leaf.form == "circle"
    colors = look(leaf.role, leaf.mark)
    lines, formula = _small_lines(leaf), leaf.mark.formula
    if not lines:
        grown = size * 1.2 if leaf.form == "circle" else size
        base = box.y + box.height / 2 + grown * 0.35
        yield Text(middle, base, leaf.title, grown, "middle", bold, colors.ink, formula)
        return
    first = box.y + box.height / 2 - 0.1 * size - 0.625 * small * (len(lines) - 1)
    yield Text(middle, first, leaf.title, size, "middle", bold, colors.ink, formula)
    for k, line in enumerate(lines):
        base = first + small * (1.3 + 1.25 * k)
        yield Text(middle, base, line, small, "middle", color=colors.pale)
