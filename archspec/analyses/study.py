"""Studies: a network, its variants, what each changes, and what was published about it.

A study is a spec file: its variants are the rows, their ``published`` figures the last columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from archspec.analyses.diff import Change, changes
from archspec.diagnostics import failure, near
from archspec.graph import Graph
from archspec.workspace.locate import find, zoo_folder
from archspec.workspace.workspace import Workspace

WORDS: Final = frozenset({"source", "note"})
"""What is published beside figures."""

Figure = int | float | str


@final
@dataclass(frozen=True, slots=True)
class StudyRow:
    """One network of a study."""

    name: str
    graph: Graph
    figures: Mapping[str, Figure]
    """What was published, by name."""
    changes: tuple[Change, ...]
    """The layers in which it differs from the base."""
    note: str | None = None

    @property
    def params(self) -> int:
        return self.graph.total_params

    @property
    def macs(self) -> int:
        return self.graph.total_macs


@final
@dataclass(frozen=True, slots=True)
class Study:
    name: str
    description: str | None
    cite: str | None
    rows: tuple[StudyRow, ...]
    """The base, then its variants as the file has them."""

    @property
    def base(self) -> StudyRow:
        return self.rows[0]

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of all published figures, in the order in which they first come."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.figures))


def study(reference: str) -> Study:
    """Count every variant of a file: of a path, or of a shipped study by its name.

    Raises SpecError if there is no such file, or if one of its networks is wrong.
    """
    path, workspace = study_file(reference), Workspace()
    texts = workspace.variants(path)
    base = workspace.graph(str(path))
    rows = []
    for variant, text in texts.items():
        graph = base if variant is None else workspace.graph(f"{path}:{variant}")
        published = text.published
        rows.append(
            StudyRow(
                variant or base.name,
                graph.at("inference"),
                {name: figure for name, figure in published.items() if name not in WORDS},
                changes(base, graph),
                str(published["note"]) if "note" in published else None,
            )
        )
    return Study(path.stem, base.description, base.cite, tuple(rows))


def shipped() -> dict[str, Path]:
    """The studies that are there from the start, by name."""
    return {path.stem: path for path in sorted((zoo_folder() / "studies").glob("*.yaml"))}


def study_file(reference: str) -> Path:
    """The file of a path, or of a shipped study by its name. Raises SpecError."""
    if Path(reference).suffix in (".yaml", ".yml"):
        return find(reference)[0]
    studies = shipped()
    if reference not in studies:
        raise failure(
            "not-found",
            f"there is no study called '{reference}'",
            help=near(reference, studies) or f"there are {', '.join(studies)}",
        )
    return studies[reference]
