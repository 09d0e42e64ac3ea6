"""The results of a study as a plot: a line of dots for each row, or curves over what is varied."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.numbers import readable
from archspec.reports.run.curves import DASHES
from archspec.reports.run.plotting import WIDTH, PlotFormat, as_bytes, plot_style
from archspec.reports.studies.results import RowResults, StudyResults, lower_is_better, published

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW: Final = 0.24
"""Inches: height of a row."""
PANEL: Final = 3.0
"""Inches: height of a plot of curves."""
WIDE_SPAN: Final = 10
"""So many times the lowest value needs a logarithmic axis."""
LEAST_VALUES: Final = 2
"""Of a key whose values are an axis."""
MAX_NAME: Final = 36
"""Characters of a name; of a longer one both ends are shown."""
LEGEND: Final = 105
"""Characters of a line of the legend, with 9 for the sample of each name."""
ACCURACY: Final = "accuracy, %"


class ResultLine(NamedTuple):
    """The rows of one network, by the value of what is varied."""

    name: str
    rows: Mapping[float, RowResults]


def results_plot(results: StudyResults, format: PlotFormat) -> bytes:
    """The figure of a study's results."""
    key = varied(results)
    with plot_style():
        figure = _dots(results) if key is None else _curves(results, key)
        return as_bytes(figure, format)


def varied(results: StudyResults) -> str | None:
    """The key whose values are an axis: of those with numbers only, the one with the most of them."""
    values: dict[str, set[Any]] = {}
    for row in results.rows:
        for key, value in row.record.point.items():
            values.setdefault(key, set()).add(value if _is_number(value) else None)
    numeric = {key: found for key, found in values.items() if None not in found}
    found = sorted((len(each), key) for key, each in numeric.items() if len(each) >= LEAST_VALUES)
    return found[-1][1] if found else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# A line of dots for each row.


def _dots(results: StudyResults) -> Figure:
    """A dot for each training, the mean with its deviation; beside them what was published."""
    from matplotlib.figure import Figure

    rows, figure_name = results.rows, results.figure
    known = [published(row, figure_name) for row in rows] if figure_name else []
    has_known = any(value is not None for value in known)
    figure = Figure(figsize=(WIDTH, ROW * len(rows) + 1.2), layout="constrained")
    shares = [1.6, 1] if has_known else [1]
    axes = figure.subplots(1, len(shares), sharey=True, squeeze=False, width_ratios=shares)[0]
    _measured(axes[0], rows)
    _mark_lost(axes[0], rows)
    axes[0].set_xlabel(ACCURACY)
    axes[0].set_yticks(range(len(rows)), [_shortened(row.name) for row in rows])
    axes[0].tick_params(axis="y", labelcolor=color("light", "ink"), length=0)
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    if has_known and figure_name:
        _published(axes[1], figure_name, known)
    title = f"{results.record.name} on {results.record.data}"
    axes[0].set_title(clean(title, 2 * MAX_NAME), loc="left")
    _legend(figure, 2)
    return figure


def _measured(ax: Axes, rows: Sequence[RowResults]) -> None:
    """The trainings of each row, and their mean with its deviation."""
    line = color("light", CURVE_COLORS[0])
    pairs = [(value, place) for place, row in enumerate(rows) for value in row.values("accuracy")]
    ax.plot(*_columns(pairs), "o", color=line, alpha=0.4, ms=4, mew=0, label="one training")
    known = [(place, row) for place, row in enumerate(rows) if row.values("accuracy")]
    ax.errorbar(
        [row.mean("accuracy") for _, row in known],
        [place for place, _ in known],
        xerr=[_or_zero(row.deviation("accuracy")) for _, row in known],
        fmt="|",
        color=line,
        markersize=9,
        mew=1.8,
        lw=1.2,
        label="mean ± standard deviation",
    )


def _columns(pairs: Sequence[tuple[float, int]]) -> tuple[list[float], list[int]]:
    return [x for x, _ in pairs], [y for _, y in pairs]


def _mark_lost(ax: Axes, rows: Sequence[RowResults]) -> None:
    """A cross at the edge for a row of which trainings have diverged."""
    red = color("light", "removed")
    if any(row.diverged for row in rows):
        ax.margins(x=0.25)
    for place, row in enumerate(rows):
        if not row.diverged:
            continue
        at = (0.025, place)
        ax.plot(*at, "x", color=red, transform=ax.get_yaxis_transform(), mew=1.5)
        words = "diverged" if row.diverged == len(row.runs) else f"{row.diverged} diverged"
        ax.annotate(
            words,
            at,
            (6, 3),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            color=red,
            va="bottom",
        )


def _published(ax: Axes, name: str, values: Sequence[float | None]) -> None:
    """The published figures, the better to the right."""
    line = color("light", CURVE_COLORS[1])
    pairs = [(value, place) for place, value in enumerate(values) if value is not None]
    ax.plot(*_columns(pairs), "D", color=line, ms=4.5)
    ax.set_xlabel(clean(f"published {readable(name)}", MAX_NAME))
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    if lower_is_better(name):
        ax.invert_xaxis()


# Curves over what is varied.


def lines_over(results: StudyResults, key: str) -> list[ResultLine]:
    """The rows of each network, and of each value of what else is varied."""
    found: dict[str, dict[float, RowResults]] = {}
    for row in results.rows:
        if key not in row.record.point:
            continue
        others = [f"{k}={value}" for k, value in row.record.point.items() if k != key]
        name = " ".join([row.record.network, *others])
        found.setdefault(name, {})[row.record.point[key]] = row
    return [ResultLine(name, dict(sorted(rows.items()))) for name, rows in found.items()]


def _curves(results: StudyResults, key: str) -> Figure:
    """Mean accuracy over the values of a key, with bands of the deviation; × where all diverged."""
    from matplotlib.figure import Figure

    lines = lines_over(results, key)
    longest = max(len(_shortened(line.name)) for line in lines)
    columns = min(len(lines) + 1, max(1, LEGEND // (longest + 9)))
    legend = -(-(len(lines) + 1) // columns) * 0.19
    figure = Figure(figsize=(WIDTH, PANEL + legend), layout="constrained")
    ax = figure.subplots()
    for k, line in enumerate(lines):
        _curve(ax, line, k)
    values = sorted({value for line in lines for value in line.rows})
    if values[0] > 0 and values[-1] / values[0] > WIDE_SPAN:
        ax.set_xscale("log")
        ax.minorticks_off()
    if len(values) <= 8:
        ax.set_xticks(values, [f"{value:g}" for value in values])
    ax.set_xlabel(clean(readable(key), MAX_NAME))
    ax.set_ylabel(ACCURACY)
    title = f"{results.record.name} on {results.record.data}"
    ax.set_title(clean(title, 2 * MAX_NAME), loc="left")
    if any(row.diverged for line in lines for row in line.rows.values()):
        ax.plot(
            [],
            [],
            "x",
            color=color("light", "ink"),
            mew=1.6,
            label="diverged, all or some of the trainings",
        )
    _legend(figure, columns)
    return figure


def _legend(figure: Figure, columns: int) -> None:
    figure.legend(loc="outside lower left", ncols=columns, frameon=False, handlelength=2.4)


def _curve(ax: Axes, line: ResultLine, number: int) -> None:
    shade = color("light", CURVE_COLORS[number % len(CURVE_COLORS)])
    dashes = DASHES[number // len(CURVE_COLORS) % len(DASHES)]
    pairs = [(value, row) for value, row in line.rows.items() if row.values("accuracy")]
    x = [value for value, _ in pairs]
    means = [row.mean("accuracy") for _, row in pairs]
    spread = [_or_zero(row.deviation("accuracy")) for _, row in pairs]
    label = _shortened(line.name)
    ax.plot(x, means, "o", ls=dashes, color=shade, lw=1.5, ms=3.5, label=label)
    if any(spread):
        low = [mean - each for mean, each in zip(means, spread, strict=True)]
        high = [mean + each for mean, each in zip(means, spread, strict=True)]
        ax.fill_between(x, low, high, color=shade, alpha=0.15, lw=0)
    lost = [value for value, row in line.rows.items() if row.diverged]
    if lost:
        heights = [0.02 + 0.035 * number] * len(lost)
        edge = ax.get_xaxis_transform()
        ax.plot(lost, heights, "x", color=shade, transform=edge, clip_on=False, mew=1.6)


def _shortened(name: str) -> str:
    name = clean(name, 1000)
    return name if len(name) <= MAX_NAME else f"{name[:12]}…{name[13 - MAX_NAME :]}"


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) else 0.0
