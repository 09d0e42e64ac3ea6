"""What networks cost beside what was published about them: the points of a scatter."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import filter as matching
from pathlib import Path
from typing import Any, Final, final

from archspec.analyses.search.family import metric_of
from archspec.analyses.stats import stats
from archspec.analyses.study import shipped
from archspec.diagnostics import failure, near
from archspec.display import made_by, show_by
from archspec.language.model import Variant
from archspec.workspace.locate import find, zoo_names
from archspec.workspace.workspace import Workspace

MAX_POINTS: Final = 300
"""Networks of one chart."""
_GLOB: Final = frozenset("*?[")


@final
@dataclass(frozen=True, slots=True)
class Point:
    """One network: what it costs, and a figure that was published."""

    name: str
    family: str
    """Name of its file: networks of one file are a family."""
    cost: int
    figure: float


@final
@dataclass(frozen=True)
class Scatter:
    """Points of networks: ``print`` shows the table of ``archspec plot``."""

    metric: str
    """The count along the horizontal axis."""
    figure: str
    """The published figure along the vertical one, by its name in the specs."""
    points: tuple[Point, ...]
    """In the order of the networks."""
    missing: tuple[str, ...]
    """Networks about which the figure was not published."""
    origin: str = "as published, from the spec"
    """Where the figures are from."""
    unit: str = ""

    @property
    def title(self) -> str:
        """The figure in words, with its unit."""
        words = self.figure.replace("_", " ")
        return f"{words} ({self.unit})" if self.unit else words

    def draw(self, path: str | os.PathLike[str], **choices: Any) -> None:
        """Draw it; the choices are those of ``archspec.draw`` that are for any style. Raises
        SpecError."""
        made_by("archspec.figures.charts.scatter_chart.draw_scatter", self, path=path, **choices)

    def __repr__(self) -> str:
        return f"<Scatter of {self.figure} over {self.metric}: {len(self.points)} networks>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.scatter_report.scatter_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.scatter_report.scatter_html", self)


def scatter(
    networks: str | Iterable[str], figure: str | None = None, metric: str = "params"
) -> Scatter:
    """Networks by a count and a published figure: by default the one that most of them have.

    A network is a name of the zoo or a glob of names, ``path:variant``, a file, of which all variants
    are meant, or a study by its name. Raises SpecError if none has a number of that name.
    """
    key, workspace = metric_of(metric), Workspace()
    found = networks_of(networks, workspace)
    figures = {reference: _figures(reference, workspace) for reference in found}
    chosen = _chosen(figure, figures.values())
    points = []
    for reference, known in figures.items():
        if chosen in known:
            graph = workspace.graph(reference)
            cost = getattr(stats(graph), key)
            points.append(Point(graph.name, find(reference)[0].stem, cost, known[chosen]))
    missing = tuple(reference for reference, known in figures.items() if chosen not in known)
    return Scatter(key, chosen, tuple(points), missing)


def networks_of(named: str | Iterable[str], workspace: Workspace) -> list[str]:
    """The networks of names, globs, files with variants and studies, each once. Raises SpecError."""
    references = [named] if isinstance(named, str) else list(named)
    expanded = [each for reference in references for each in _expanded(reference, workspace)]
    found = list(dict.fromkeys(expanded))
    if len(found) > MAX_POINTS:
        message = f"{len(found):,} networks are too many for one chart"
        raise failure("limit", message, help=f"at most {MAX_POINTS}")
    return found


def _expanded(reference: str, workspace: Workspace) -> Iterator[str]:
    if _GLOB & set(reference) and not Path(reference).exists():
        names = matching(zoo_names(), reference)
        if not names:
            message = f"no network of the zoo matches '{reference:.60}'"
            raise failure("not-found", message, help="'archspec zoo' lists all")
        yield from names
        return
    path = shipped().get(reference) or Path(reference)
    if path.suffix in (".yaml", ".yml") and path.exists():
        for variant in workspace.variants(path):
            yield str(path) if variant is None else f"{path}:{variant}"
        return
    yield reference


def _figures(reference: str, workspace: Workspace) -> Mapping[str, float]:
    """The published numbers of a network, by name."""
    path, variant = find(reference)
    texts: Mapping[str | None, Variant] = workspace.variants(path)
    text = texts.get(variant)
    published = text.published if text is not None else {}
    return {
        name: float(value) for name, value in published.items() if isinstance(value, int | float)
    }


def _chosen(figure: str | None, known: Iterable[Mapping[str, float]]) -> str:
    """The figure of a name, or the one that most networks have."""
    counts = Counter(name for figures in known for name in figures)
    if figure is None and counts:
        return counts.most_common(1)[0][0]
    name = (figure or "").replace(" ", "_")
    if name not in counts:
        message = f"none of the networks has a published number '{name:.60}'"
        if figure is None:
            message = "nothing was published about these networks in numbers"
        help = near(name, counts) or (
            f"there are {', '.join(counts)}"
            if counts
            else "published: {top1_error: 24.7} in a spec"
        )
        raise failure("bad-option", message, help=help)
    return name
