"""A chart of the memory of a training step: what is alive at each layer, forward and backward."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from archspec.analyses.memory.needs import MemoryNeeds
from archspec.analyses.memory.timeline import Moment, Timeline
from archspec.figures.charts.axes import Area, axes, height_below, room_for_ticks, rule, scale
from archspec.figures.charts.chart import draw_chart, heading, keys, room, stack
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Anchor, Item, Polygon, Scene, Text

HEIGHT: Final = 170.0
_MIB: Final = 2**20
_KINDS: Final = (
    ("linear", "parameters, buffers, optimizer"),
    ("convolution", "activations"),
    ("pooling", "gradients of activations"),
    ("normalisation", "gradients of parameters"),
)


def memory_chart(needs: MemoryNeeds, options: Options) -> Scene:
    """The step of a training, or of inference in a precision that does not train."""
    timeline = needs.in_training or needs.at_inference
    panels = [heading(needs.name, _facts(needs), options)] if options.title else []
    panels.append(_panel(needs, timeline, options))
    if options.legend:
        shown = _KINDS if needs.in_training else _KINDS[:2]
        panels.append(keys([(c, f"{c}-line", words) for c, words in shown], options))
    return stack(panels, needs.name, "What is alive in memory, layer by layer", options)


def draw_memory(needs: MemoryNeeds, path: str | os.PathLike[str], **choices: Any) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(memory_chart, needs), path, **choices)


def _facts(needs: MemoryNeeds) -> list[str]:
    plural = "s" if needs.batch > 1 else ""
    facts = [f"{needs.batch:,} sample{plural}, {needs.dtype}"]
    moment = needs.training_moment
    if moment is None:
        return [
            *facts,
            f"at most {needs.inference_total / _MIB:,.1f} MiB, at {needs.inference_moment.layer}",
        ]
    at = f"{moment.phase} of {moment.layer}"
    return [*facts, needs.optimizer_name, f"at most {needs.training_total / _MIB:,.1f} MiB, {at}"]


def _fixed(needs: MemoryNeeds) -> int:
    optimizer = needs.optimizer if needs.in_training else 0
    return needs.parameters + needs.buffers + optimizer


def _panel(needs: MemoryNeeds, timeline: Timeline, options: Options) -> Panel:
    sizes, moments, fixed = options.sizes, timeline.moments, _fixed(needs)
    peak = timeline.peak(needs.batch)
    high = (fixed + peak.bytes(needs.batch)) / _MIB
    y = scale(0, high * 1.2, "MiB", ticks=5)
    x = scale(0, len(moments), "layers in the order in which they run", ticks=8, whole=True)
    left, top = room_for_ticks(y, sizes), 2.2 * sizes.small
    area = Area(left, top, room(options) - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    items += _layers(area, moments, needs.batch, fixed)
    items += _passes(area, moments, sizes.small)
    place = moments.index(peak) + 0.5
    across, up = area.point(place, high)
    anchor: Anchor = "end" if place > len(moments) / 2 else "start"
    items.append(Text(across, up - 4, f"{high:,.1f}", sizes.small, anchor, bold=True))
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))


def _layers(area: Area, moments: Sequence[Moment], batch: int, fixed: int) -> Iterator[Item]:
    """An area for each kind, one on top of the other."""
    kinds: tuple[Callable[[Moment], int], ...] = (
        lambda m: fixed,
        lambda m: batch * m.activations + m.once,
        lambda m: batch * m.gradients,
        lambda m: m.weight_gradients,
    )
    below = [0.0] * len(moments)
    for (color, _), size in zip(_KINDS, kinds, strict=True):
        above = [low + size(m) / _MIB for low, m in zip(below, moments, strict=True)]
        shown = [k for k in range(len(moments)) if above[k] > below[k]]
        if shown:
            span = range(shown[0], shown[-1] + 1)
            edge = [area.point(k + side, above[k]) for k in span for side in (0, 1)]
            back = [area.point(k + side, below[k]) for k in span for side in (0, 1)]
            yield Polygon((*edge, *reversed(back)), color, f"{color}-line", 0.4)
        below = above


def _passes(area: Area, moments: Sequence[Moment], size: float) -> Iterator[Item]:
    """Where the backward pass begins."""
    turn = next((k for k, m in enumerate(moments) if m.phase == "backward"), None)
    if turn is None:
        return
    x, _ = area.point(turn, 0)
    yield rule((x, area.top), (x, area.bottom), "ink", 0.7)
    yield Text(x - 4, area.top + size, "forward", size, "end")
    yield Text(x + 4, area.top + size, "backward", size)
