"""Trainings over their steps: how outputs are distributed, dead units, updates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.probing.over_depth import USUAL_RATIO, logarithmic
from archspec.reports.probing.probe_report import probe_names
from archspec.reports.run.plotting import WIDTH
from archspec.training.probing.layers import PERCENTILES
from archspec.training.probing.numbers import LayerNumbers
from archspec.training.probing.states import Probe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL: Final = 1.35
"""Inches: height of a panel."""
MAX_COLUMNS: Final = 4
"""Trainings beside each other."""
MAX_LAYERS: Final = 4
"""Panels of outputs."""


class _Curves(NamedTuple):
    """A quantity of layers, a curve for each layer."""

    title: str
    of: Callable[[LayerNumbers], float | None]
    is_log: bool


_CURVES: Final = (
    _Curves("dead units, %", lambda each: each.dead, False),
    _Curves("update / weights", lambda each: each.update_ratio, True),
)


def training_figure(probes: Sequence[Probe]) -> Figure:
    """A column for each training; percentiles of the outputs of some layers, then what has a curve for
    each of its layers, and is not 0 everywhere. Raises SpecError for too many trainings."""
    from matplotlib.figure import Figure

    if len(probes) > MAX_COLUMNS:
        message = f"{len(probes)} trainings do not fit beside each other"
        raise failure("cannot-draw", message, help=f"at most {MAX_COLUMNS} of them")
    shown = [_spread(_outputs(probe)) for probe in probes]
    values = {each: _drawn_values(each, probes) for each in _CURVES}
    curves = [each for each in _CURVES if any(values[each])]
    above = max(map(len, shown))
    rows = above + len(curves)
    figure = Figure(figsize=(WIDTH, PANEL * rows + 0.9), layout="constrained")
    axes = figure.subplots(rows, len(probes), sharex="col", sharey="row", squeeze=False)
    for column, (name, probe) in enumerate(zip(probe_names(probes), probes, strict=True)):
        axes[0][column].set_title(clean(name, 100 // len(probes)), loc="left")
        for row in range(above):
            if row < len(shown[column]):
                _draw_percentiles(axes[row][column], probe, shown[column][row])
            else:
                axes[row][column].axis("off")
        for row, each in enumerate(curves, above):
            _draw_curves(axes[row][column], probe, each, values[each])
        axes[-1][column].set_xlabel("epoch")
    for row in axes:
        for ax in row[1:]:
            ax.set_ylabel("")
    return figure


def _outputs(probe: Probe) -> list[int]:
    """The layers whose outputs are worth a panel: what activations read, or themselves."""
    layers, nodes = probe.states[0].layers, probe.graph.nodes
    activations = [k for k, each in enumerate(layers) if each.dead is not None]
    read = {source for k in activations for source in nodes[layers[k].layer].sources}
    before = [k for k, each in enumerate(layers) if each.layer in read]
    return before or activations or list(range(len(layers)))


def _spread(places: Sequence[int]) -> list[int]:
    """A few of them, the first and the last included."""
    if len(places) <= MAX_LAYERS:
        return list(places)
    step = (len(places) - 1) / (MAX_LAYERS - 1)
    return [places[round(k * step)] for k in range(MAX_LAYERS)]


def _points(curves: _Curves, probe: Probe, place: int) -> list[tuple[float, float]]:
    """What can be drawn of a quantity of one layer, with epochs."""
    return [
        (state.epoch, value)
        for state in probe.states
        if (value := curves.of(state.layers[place])) is not None
        and math.isfinite(value)
        and (value > 0 or not curves.is_log)
    ]


def _drawn_values(curves: _Curves, probes: Sequence[Probe]) -> list[float]:
    return [
        value
        for probe in probes
        for place in range(len(probe.states[0].layers))
        for _, value in _points(curves, probe, place)
    ]


def _draw_percentiles(ax: Axes, probe: Probe, place: int) -> None:
    epochs = [state.epoch for state in probe.states]
    low, middle, high = (
        [_finite(state.layers[place].percentiles[k]) for state in probe.states]
        for k in range(len(PERCENTILES))
    )
    line = color("light", CURVE_COLORS[0])
    ax.fill_between(epochs, low, high, color=line, alpha=0.18, linewidth=0)
    for values in (low, high):
        ax.plot(epochs, values, color=line, linewidth=0.8)
    ax.plot(epochs, middle, color=line, linewidth=1.5)
    first, *_, last = PERCENTILES
    ax.set_ylabel(f"outputs at\n{first}, 50, {last} %")
    name = clean(probe.states[0].layers[place].layer, 30)
    ax.set_title(name, loc="right", fontsize=8, fontweight="normal", pad=3)
    ax.set_xlim(left=0)


def _draw_curves(ax: Axes, probe: Probe, curves: _Curves, values: Sequence[float]) -> None:
    """The curves of one training, on an axis for the values of all."""
    layers = probe.states[0].layers
    found = {place: _points(curves, probe, place) for place in range(len(layers))}
    places = [place for place, points in found.items() if points]
    for number, place in enumerate(places):
        is_named = len(places) <= len(CURVE_COLORS) or number in (0, len(places) - 1)
        ax.plot(
            [epoch for epoch, _ in found[place]],
            [value for _, value in found[place]],
            color=_curve_color(number, len(places)),
            linewidth=1.0,
            label=clean(layers[place].layer, 30) if is_named else None,
        )
    ax.set_ylabel(curves.title)
    if curves.is_log:
        logarithmic(ax, values)
        ax.axhline(USUAL_RATIO, color=color("light", "pale"), linewidth=0.8, linestyle=":")
    else:
        ax.set_ylim(-3, max(10, *values) * 1.08)
    ax.legend(frameon=False, fontsize=7, loc="best", handlelength=1.4, ncols=2)


def _curve_color(number: int, count: int) -> str | tuple[float, ...]:
    """The colour of a layer: its own if there are few, else one between those of the first and the
    last."""
    if count <= len(CURVE_COLORS):
        return color("light", CURVE_COLORS[number])
    share = number / (count - 1)
    ends = [
        [int(color("light", name)[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        for name in ("convolution-line", "pooling-line")
    ]
    return tuple(a + share * (b - a) for a, b in zip(*ends, strict=True))


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
