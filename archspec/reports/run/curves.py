"""Curves of trainings: loss, accuracy and learning rate over the epochs, as SVG, PDF and PNG."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.run.runs import Kind, Measurement, Run
from archspec.reports.run.runs_report import run_names
from archspec.writing import STANDARD_OUTPUT, check_place, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CurveFormat = Literal["svg", "pdf", "png"]
CURVE_FORMATS: Final[tuple[CurveFormat, ...]] = ("svg", "pdf", "png")
WIDTH: Final = 6.3
"""Inches: the text of an A4 page."""
PANEL: Final = 1.9
"""Inches: height of a panel."""
DPI: Final = 160
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
FONT: Final = "archspec"


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


def run_curves(run: Run, format: CurveFormat) -> bytes:
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


def compared_curves(runs: Sequence[Run], format: CurveFormat) -> bytes:
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
    panels: Sequence[tuple[Quantity, list[Curve]]], format: CurveFormat, title: str, columns: int
) -> bytes:
    with _style():
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
        return _saved(figure, format)


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
    suffix = "svg" if place == STANDARD_OUTPUT else Path(place).suffix[1:].lower()
    format = next((each for each in CURVE_FORMATS if each == suffix), None)
    if format is None:
        message = f"there are no curves in the format of '{place}'"
        raise failure("bad-option", message, help=f"the formats are {', '.join(CURVE_FORMATS)}")
    if not force and place != STANDARD_OUTPUT and Path(place).exists():
        raise failure("cannot-write", f"'{place}' exists already", help="--force overwrites it")
    check_place(place)
    write(compared_curves(runs, format), place)


def _saved(figure: Figure, format: CurveFormat) -> bytes:
    """The same figure gives the same bytes: no dates, no versions."""
    nothing: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a box stands for it
        figure.savefig(stream, format=format, dpi=DPI, metadata=nothing[format])
    return stream.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    """The look of our figures; texts are shapes, which look the same everywhere."""
    try:
        from matplotlib import rc_context
    except ImportError:
        raise failure(
            "no-torch", "curves are drawn with matplotlib", help="pip install 'archspec-nn[train]'"
        ) from None
    ink, pale, frame = (color("light", name) for name in ("ink", "pale", "frame-line"))
    _add_font()
    with rc_context(
        {
            "svg.hashsalt": "archspec",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
            "text.parse_math": False,
            "axes.unicode_minus": True,
            "font.family": [FONT, "DejaVu Sans"],
            "font.size": 8.5,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "text.color": ink,
            "axes.labelcolor": ink,
            "axes.titlecolor": ink,
            "axes.edgecolor": pale,
            "xtick.color": pale,
            "ytick.color": pale,
            "axes.linewidth": 0.6,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": frame,
            "grid.linewidth": 0.5,
            "lines.solid_capstyle": "round",
            "figure.facecolor": color("light", "background"),
            "axes.facecolor": "none",
        }
    ):
        yield


@cache
def _add_font() -> None:
    """The font of our figures under a name of its own, whatever is installed here."""
    from matplotlib.font_manager import FontEntry, fontManager

    folder = resources.files("archspec.figures.fonts")
    for style, weight in (("Regular", 400), ("Bold", 700)):
        path = str(folder / f"LiberationSans-{style}.ttf")
        fontManager.ttflist.append(FontEntry(fname=path, name=FONT, weight=weight))
