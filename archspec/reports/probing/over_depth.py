"""Networks over their depth: outputs, gradients, dead units and updates, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.probing.probe_report import probe_names
from archspec.reports.run.curves import DASHES
from archspec.reports.run.plotting import WIDTH
from archspec.training.probing.numbers import LayerNumbers
from archspec.training.probing.states import Probe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL: Final = 1.35
"""Inches: height of a panel."""
MAX_NAMES: Final = 40
"""From here on layers have numbers in place of names."""
MAX_NAME: Final = 24
LEGEND_COLUMNS: Final = 4
DECADE: Final = 10
USUAL_RATIO: Final = 1e-3
"""Of updates and weights: a rule of thumb."""


class _Panel(NamedTuple):
    """A quantity of layers."""

    title: str
    of: Callable[[LayerNumbers], float | None]
    is_log: bool = True
    has_guide: bool = False


_PANELS: Final = (
    _Panel("deviation of\noutputs", lambda each: each.deviation),
    _Panel("gradient by\noutputs, RMS", lambda each: each.gradient),
    _Panel("dead units, %", lambda each: each.dead, is_log=False),
    _Panel("gradient of\nweights, norm", lambda each: each.weight_gradient),
    _Panel("update / weights", lambda each: each.update_ratio, has_guide=True),
)


@final
@dataclass(frozen=True)
class _Series:
    """Layers whose points are one curve."""

    label: str
    color: str
    dashes: Any
    layers: Sequence[tuple[int, LayerNumbers]]
    """Each with its place."""

    def points(self, panel: _Panel) -> list[tuple[int, float]]:
        """What can be drawn of a quantity."""
        return [
            (place, value)
            for place, each in self.layers
            if (value := panel.of(each)) is not None
            and math.isfinite(value)
            and (value > 0 or not panel.is_log)
        ]


def depth_figure(probes: Sequence[Probe]) -> Figure:
    """A panel for each quantity. Of one network there is a curve for each kind of layers, and the mean of
    outputs, too; of several a curve for each."""
    from matplotlib.figure import Figure

    layers = [probe.states[0].layers for probe in probes]
    alone = len(probes) == 1
    series = _by_role(probes[0]) if alone else _by_network(probes)
    panels = [
        each for each in _PANELS if any(value for some in series for _, value in some.points(each))
    ]
    names = _shared_names(layers)
    below = 0.075 * max(map(len, names), default=4) if names else 0.3
    count = len(panels) + alone
    height = PANEL * count + below + 0.3 + 0.2 * -(-len(series) // LEGEND_COLUMNS)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = list(figure.subplots(max(1, count), 1, sharex=True, squeeze=False)[:, 0])
    if alone:
        _draw_means(axes[0], series)
        axes[0].set_title(clean(probes[0].name, 80), loc="left")
    for ax, panel in zip(axes[alone:], panels, strict=True):
        _draw_panel(ax, panel, series)
    _name_layers(axes[-1], names, max(map(len, layers)))
    axes[-1].set_xlabel("\n".join(dict.fromkeys(clean(f"on {each.batch}", 100) for each in probes)))
    handles = axes[min(alone, len(axes) - 1)].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=LEGEND_COLUMNS, frameon=False)
    return figure


def _by_role(probe: Probe) -> list[_Series]:
    """The layers of one network, by what they are for."""
    numbered = list(enumerate(probe.states[0].layers, 1))
    roles = {each.layer: probe.graph.nodes[each.layer].op.role for _, each in numbered}
    return [
        _Series(
            role.value,
            color("light", f"{role.value}-line"),
            "-",
            [(place, each) for place, each in numbered if roles[each.layer] is role],
        )
        for role in dict.fromkeys(roles.values())
    ]


def _by_network(probes: Sequence[Probe]) -> list[_Series]:
    return [
        _Series(
            clean(name, 40),
            color("light", CURVE_COLORS[k % len(CURVE_COLORS)]),
            DASHES[k // len(CURVE_COLORS) % len(DASHES)],
            list(enumerate(probe.states[0].layers, 1)),
        )
        for k, (name, probe) in enumerate(zip(probe_names(probes), probes, strict=True))
    ]


def _shared_names(layers: Sequence[Sequence[LayerNumbers]]) -> list[str]:
    """The layers' names, if they are the same in all networks, and not too many."""
    first, *others = ([each.layer for each in some] for some in layers)
    if len(first) > MAX_NAMES or any(names != first for names in others):
        return []
    return [name if len(name) <= MAX_NAME else f"…{name[1 - MAX_NAME :]}" for name in first]


def _draw_means(ax: Axes, series: Sequence[_Series]) -> None:
    """A bar from the mean minus to the mean plus the deviation."""
    for each in series:
        finite = [(k, layer) for k, layer in each.layers if math.isfinite(layer.deviation)]
        ax.vlines(
            [place for place, _ in finite],
            [layer.mean - layer.deviation for _, layer in finite],
            [layer.mean + layer.deviation for _, layer in finite],
            color=each.color,
            linewidth=1.6,
            alpha=0.45,
        )
        ax.scatter(
            [place for place, _ in finite],
            [layer.mean for _, layer in finite],
            color=each.color,
            s=7,
            zorder=3,
        )
    ax.set_ylabel("outputs, mean\n± deviation")


def _draw_panel(ax: Axes, panel: _Panel, series: Sequence[_Series]) -> None:
    drawn: list[float] = []
    for each in series:
        points = each.points(panel)
        drawn += [value for _, value in points]
        ax.plot(
            [place for place, _ in points],
            [value for _, value in points],
            label=each.label,
            color=each.color,
            linestyle=each.dashes,
            linewidth=1.3,
            marker="o",
            markersize=2.5,
        )
    ax.set_ylabel(panel.title)
    if panel.is_log:
        logarithmic(ax, drawn)
    else:
        ax.set_ylim(-3, max(10, *drawn) * 1.08)
    if panel.has_guide:
        ax.axhline(USUAL_RATIO, color=color("light", "pale"), linewidth=0.8, linestyle=":")


def logarithmic(ax: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis for positive values, a decade long at least."""
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    ax.set_yscale("log")
    low, high = min(values), max(values)
    if high < DECADE * low:
        middle = math.sqrt(high * low)
        low, high = middle / math.sqrt(DECADE), middle * math.sqrt(DECADE)
    ax.set_ylim(low / 1.3, high * 1.3)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 30 * low else (1,), numticks=5))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    if high > 1e4 * low:
        ax.yaxis.set_minor_locator(NullLocator())


def _name_layers(ax: Axes, names: Sequence[str], count: int) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlim(0.5, count + 0.5)
    if names:
        ax.set_xticks(range(1, count + 1), map(clean, names), rotation=90)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
