"""Curves of trainings: loss, accuracy and learning rate over the epochs, as SVG, PDF and PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.run.plotting import WIDTH, PlotFormat, as_bytes, plot_format, plot_style
from archspec.reports.run.runs import Kind, Measurement, Run
from archspec.reports.run.runs_report import run_names
from archspec.writing import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL: Final = 1.9
"""Inches: height of a panel."""
MANY_POINTS: Final = 40
"""From here on points have no markers: they make a line by themselves."""
OUTLIER: Final = 100
"""So many times the median loss needs a logarithmic axis."""
USED_COLORS: Final = ("ink", "pale", "frame-line", "background", "removed", *CURVE_COLORS)
"""All of them: a page replaces them by its own."""
DASHES: Final[tuple[Any, ...]] = ("-", (0, (5, 2)), (0, (1, 1.3)))
"""Where there are more lines than colours, they begin again with dashes, and then with dots."""
MAX_NAME: Final = 90
"""Characters of a run's name in a legend."""


class Curve(NamedTuple):
    """Measurements that are drawn as one curve, and how."""

    label: str
    measured: Sequence[Measurement]
    color: str
    width: float = 1.5
    dashes: Any = "-"


Quantity = Literal["loss", "top1", "lr"]
QUANTITIES: Final[Mapping[Quantity, str]] = {
    "loss": "loss",
    "top1": "accuracy, %",
    "lr": "learning rate",
}


def run_curves(run: Run, format: PlotFormat) -> bytes:
    """Loss, accuracy and learning rate of one training."""
    kinds: tuple[tuple[Kind, str, str, float], ...] = (
        ("train", "training", "convolution-line", 1.0),
        ("validation", "held out", "normalisation-line", 1.5),
        ("test", "test", "pooling-line", 1.5),
    )
    lines = [
        Curve(label, found, name, width)
        for kind, label, name, width in kinds
        if (found := run.measured(kind))
    ]
    rates = [each for each in run.measured("train") if math.isfinite(each.lr)]
    rate = [Curve("", rates, "block-line", 1.2)] if rates else []
    panels: list[tuple[Quantity, list[Curve]]] = [("loss", lines), ("top1", lines)]
    title = " · ".join(filter(None, (run.record.network, run.record.dataset)))
    return _drawn([*panels, ("lr", rate)] if rate else panels, format, title, columns=3)


def compared_curves(runs: Sequence[Run], format: PlotFormat) -> bytes:
    """Loss and accuracy of several trainings: on test images, else on those held out."""
    lines = [
        Curve(
            name,
            run.judged or run.metrics,
            CURVE_COLORS[k % len(CURVE_COLORS)],
            dashes=DASHES[k // len(CURVE_COLORS) % len(DASHES)],
        )
        for k, (name, run) in enumerate(zip(run_names(runs), runs, strict=True))
    ]
    return _drawn([("loss", lines), ("top1", lines)], format, "", columns=1)


def _drawn(
    panels: Sequence[tuple[Quantity, list[Curve]]], format: PlotFormat, title: str, columns: int
) -> bytes:
    with plot_style():
        from matplotlib.figure import Figure

        shares = [0.5 if quantity == "lr" else 1 for quantity, _ in panels]
        legend = max(1, -(-len(panels[0][1]) // columns)) * 0.19
        height = PANEL * sum(shares) + 0.7 + legend
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=shares)
        for (ax,), (quantity, lines) in zip(axes, panels, strict=True):
            fill_panel(ax, quantity, lines)
        axes[-1][0].set_xlabel("epoch")
        axes[0][0].set_title(clean(title, MAX_NAME), loc="left")
        if panels[0][1]:
            _legend(figure, axes[0][0], columns)
        return as_bytes(figure, format)


def fill_panel(ax: Axes, quantity: Quantity, lines: Sequence[Curve]) -> None:
    """One panel; where a loss is no number any more, a line says so."""
    from matplotlib.ticker import MaxNLocator

    for line in lines:
        ax.plot(
            [each.epoch for each in line.measured],
            [_finite(getattr(each, quantity)) for each in line.measured],
            color=color("light", line.color),
            linewidth=line.width,
            linestyle=line.dashes,
            marker="o" if len(line.measured) <= MANY_POINTS else "",
            markersize=1.6 + line.width,
            label=_shortened(line.label),
        )
    if quantity == "loss":
        _mark_loss_that_is_lost(ax, lines)
    ax.set_ylabel(QUANTITIES[quantity])
    if not any(line.measured for line in lines):
        ax.text(0.5, 0.5, "nothing was measured", ha="center", transform=ax.transAxes)
        return
    epochs = max(each.epoch for line in lines for each in line.measured)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=epochs >= 3, nbins=10))
    _scale(ax, quantity, lines)


def _mark_loss_that_is_lost(ax: Axes, lines: Sequence[Curve]) -> None:
    """A line where a loss is no number for the first time."""
    lost = [each.epoch for line in lines for each in line.measured if not math.isfinite(each.loss)]
    if not lost:
        return
    red = color("light", "removed")
    ax.axvline(min(lost), color=red, linewidth=0.8, linestyle=":")
    ax.annotate(
        "not a number",
        (min(lost), 1),
        (-3, -3),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        color=red,
        ha="right",
        va="top",
    )


def _scale(ax: Axes, quantity: Quantity, lines: Sequence[Curve]) -> None:
    values = [getattr(each, quantity) for line in lines for each in line.measured]
    values = [value for value in values if math.isfinite(value)]
    if quantity == "loss" and values and max(values) > OUTLIER * abs(median(values)) > 0:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_minor_formatter(lambda value, _: "")
    if quantity == "top1":
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, 0), min(high, 101))
    if quantity == "lr":
        ax.set_ylim(bottom=0)


def _shortened(name: str) -> str:
    """A name of a run, whose ends tell it from others."""
    name = clean(name, 1000)
    return name if len(name) <= MAX_NAME else f"{name[:30]}…{name[31 - MAX_NAME :]}"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _legend(figure: Figure, ax: Axes, columns: int) -> None:
    figure.legend(
        *ax.get_legend_handles_labels(),
        loc="outside lower left" if columns == 1 else "outside lower center",
        ncols=columns,
        frameon=False,
        handlelength=2.4,
    )


# Files.


def save_curves(run: Run) -> None:
    """The curves of a training in its folder: curves.svg and curves.png."""
    for format in ("svg", "png"):
        write(run_curves(run, format), str(run.path / f"curves.{format}"))


def save_compared(runs: Sequence[Run], place: str, *, force: bool = False) -> None:
    """The curves of several trainings in a file, or as SVG on standard output. Raises SpecError."""
    format = plot_format(place, force=force, what="curves")
    write(compared_curves(runs, format), place)
