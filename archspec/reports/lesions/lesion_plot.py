"""Lesion studies as plots, in the form of Figures 3, 5 and 6 of Veit et al. (2016)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from archspec.analyses.lesions import NOUNS, LesionStudy, PathGradients, kendall_tau
from archspec.escaping import clean
from archspec.figures.theme import CURVE_COLORS, color
from archspec.reports.run.plotting import (
    WIDTH,
    PlotFormat,
    as_bytes,
    plot_format,
    plot_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL: Final = 2.3
"""Inches: height of a panel with its labels."""
MAX_NAME: Final = 40
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Draw = Callable[["Axes"], None]


def drawable(place: str, *, force: bool) -> PlotFormat:
    """The format of a plot that is drawn later. Raises SpecError where that will not be possible."""
    format = plot_format(place, force=force)
    with plot_style():
        return format


def lesion_plot(studies: Sequence[LesionStudy], format: PlotFormat) -> bytes:
    """A panel for each experiment that was made; one colour a network."""
    with plot_style():
        from matplotlib.figure import Figure

        rows = _panels(studies)
        figure = Figure(figsize=(WIDTH, PANEL * len(rows) + 0.3), layout="constrained")
        grid = figure.add_gridspec(len(rows), 6)
        for k, row in enumerate(rows):
            share = 6 // len(row)
            for position, draw in enumerate(row):
                draw(figure.add_subplot(grid[k, position * share : (position + 1) * share]))
        _name(figure.axes[0], studies)
        return as_bytes(figure, format)


def _name(ax: Axes, studies: Sequence[LesionStudy]) -> None:
    """What is shown, over the first panel; of several networks the colours, inside of it."""
    if len(studies) == 1:
        ax.set_title(_label(studies[0]), loc="left")
        return
    for k, study in enumerate(studies):
        ax.plot([], [], color=_color(k), marker="o", markersize=3, label=_label(study))
    ax.legend(frameon=False, loc="best")


def _panels(studies: Sequence[LesionStudy]) -> list[list[Draw]]:
    """Rows of panels."""
    rows: list[list[Draw]] = []
    if any(study.each for study in studies):
        rows.append([lambda ax: _each_panel(ax, studies)])
    several: list[Draw] = []
    if any(study.random for study in studies):
        several.append(lambda ax: _random_panel(ax, studies))
    if any(study.shuffled for study in studies):
        several.append(lambda ax: _shuffle_panel(ax, studies))
    if several:
        rows.append(several)
    for k, study in enumerate(studies):
        if study.gradients is not None:
            name = clean(study.network, MAX_NAME) if len(studies) > 1 else ""
            rows.append(_gradient_panels(study.gradients, _color(k), name))
    return rows


def _color(number: int) -> str:
    return color("light", CURVE_COLORS[number % len(CURVE_COLORS)])


def _each_panel(ax: Axes, studies: Sequence[LesionStudy]) -> None:
    """The error without each unit; dashed, with all of them; dotted, where the resolution changes."""
    for k, study in enumerate(studies):
        numbers = range(1, len(study.each) + 1)
        errors = [study.percent(each.errors) for each in study.each]
        ax.plot(numbers, errors, color=_color(k), marker="o", markersize=3)
        ax.axhline(study.error, color=_color(k), linewidth=0.8, linestyle=(0, (5, 2)))
    _mark_resolutions(ax, studies[0])
    _chance(ax, studies[0])
    most = max(len(study.each) for study in studies)
    ax.set_xlim(0.5, most + 0.5)
    ax.set_xlabel("deleted unit" if len(studies) == 1 else "deleted unit, or layer")
    ax.set_ylabel("error, %")
    _whole_numbers(ax)


def _mark_resolutions(ax: Axes, study: LesionStudy) -> None:
    """A vertical line at each unit that changes the resolution, with what it makes."""
    pale = color("light", "pale")
    for number, each in enumerate(study.each, start=1):
        (unit,) = each.lesion.deleted
        if unit.changes_resolution:
            ax.axvline(number, color=pale, linewidth=0.8, linestyle=(0, (1, 1.3)))
            ax.annotate(
                f"→ {unit.gives}",
                (number, 0.5),
                (3, 0),
                xycoords=ax.get_xaxis_transform(),
                textcoords="offset points",
                color=pale,
                va="center",
            )


def _label(study: LesionStudy) -> str:
    return f"{clean(study.network, MAX_NAME)}: {len(study.units.units)} {NOUNS[study.units.kind]}s"


def _chance(ax: Axes, study: LesionStudy) -> None:
    pale = color("light", "pale")
    ax.axhline(study.chance, color=pale, linewidth=0.8, linestyle=(0, (1, 1.3)))
    ax.annotate(
        "chance",
        (1, study.chance),
        (-2, 2),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        color=pale,
    )
    ax.set_ylim(0, 100)


def _whole_numbers(ax: Axes, most: int = 10) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=most))


def _random_panel(ax: Axes, studies: Sequence[LesionStudy]) -> None:
    """The error over the trials as boxes: quartiles, and the farthest within 1.5 of their distance."""
    for k, study in enumerate(studies):
        if not study.random:  # it has fewer units than are deleted
            continue
        groups: dict[int, list[float]] = {}
        for each in study.random:
            errors = groups.setdefault(len(each.lesion.deleted), [])
            errors.append(study.percent(each.errors))
        _boxes(ax, groups, _color(k), (k - (len(studies) - 1) / 2) * 0.36, 0.6 / len(studies))
    _chance(ax, studies[0])
    ax.set_xlabel("units deleted at once")
    ax.set_ylabel("error, %")


def _boxes(ax: Axes, groups: dict[int, list[float]], line: str, shift: float, width: float) -> None:
    style = {"color": line, "linewidth": 0.9}
    counts = sorted(groups)
    ax.boxplot(
        [groups[count] for count in counts],
        positions=[count + shift for count in counts],
        widths=width,
        boxprops=style,
        whiskerprops=style,
        capprops=style,
        medianprops={"color": line, "linewidth": 1.6},
        flierprops={"marker": ".", "markersize": 3, "markeredgecolor": line},
        manage_ticks=False,
    )
    _whole_numbers(ax)


def _shuffle_panel(ax: Axes, studies: Sequence[LesionStudy]) -> None:
    """The error against the rank correlation of the orders, from 1 downwards."""
    for k, study in enumerate(studies):
        ax.plot(
            [kendall_tau(study.units, each.lesion) for each in study.shuffled],
            [study.percent(each.errors) for each in study.shuffled],
            color=_color(k),
            marker="o",
            markersize=2.5,
            linestyle="none",
            alpha=0.7,
        )
    _chance(ax, studies[0])
    ax.invert_xaxis()
    ax.set_xlabel("Kendall's τ of the order")
    ax.set_ylabel("error, %")


def _gradient_panels(found: PathGradients, line: str, name: str) -> list[Draw]:
    """How many paths, the gradient of one (the mean, and a band from the first to the last decile), and
    what all of a length carry."""
    from numpy import quantile

    lengths = list(found.norms)

    def numbers(ax: Axes) -> None:
        paths = [100 * found.count(length) / 2**found.units for length in lengths]
        power = str(found.units).translate(SUPERSCRIPTS)
        ax.set_title(name, loc="left")
        _filled(ax, lengths, paths, line, f"share of 2{power} paths, %")

    def norms(ax: Axes) -> None:
        deciles = [quantile(found.norms[length], (0.1, 0.9)) for length in lengths]
        low, high = zip(*deciles, strict=True)
        ax.fill_between(lengths, low, high, color=line, alpha=0.2, linewidth=0)
        ax.plot(lengths, [found.mean(length) for length in lengths], color=line)
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(_power_of_ten)
        ax.yaxis.set_minor_formatter(lambda value, _: "")
        ax.set_xlabel("units on the path")
        ax.set_ylabel("gradient at the input")
        _whole_numbers(ax, 6)

    def products(ax: Axes) -> None:
        shares = [100 * found.shares[length] for length in lengths]
        _filled(ax, lengths, shares, line, "share of the gradient, %")

    return [numbers, norms, products]


def _power_of_ten(value: float, _: float) -> str:
    power = str(round(math.log10(value)))
    return f"10{power.translate(SUPERSCRIPTS)}"


def _filled(ax: Axes, x: Sequence[int], y: Sequence[float], line: str, label: str) -> None:
    ax.plot(x, y, color=line)
    ax.fill_between(x, y, color=line, alpha=0.15, linewidth=0)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("units on the path")
    ax.set_ylabel(label)
    _whole_numbers(ax, 6)
