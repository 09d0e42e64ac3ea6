"""The shipped networks with the numbers that their specs promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, final

from archspec.diagnostics import failure, near
from archspec.workspace.locate import zoo_names
from archspec.workspace.workspace import Workspace

GLOB: Final = frozenset("*?[")


@final
@dataclass(frozen=True, slots=True)
class ZooEntry:
    """One network of the zoo."""

    name: str
    params: int
    macs: int
    file: str
    description: str
    published: Mapping[str, int | float | str]
    """Figures from the paper by name, ``source``, and perhaps a ``note``."""


def entries(pattern: str | None = None) -> list[ZooEntry]:
    """The networks whose name, file or description has the pattern in it, or whose name matches it
    as a glob. Raises SpecError if there is none."""
    found = [
        entry
        for entry in _all(Workspace())
        if pattern is None or is_match(pattern, entry.name, entry.file, entry.description)
    ]
    if pattern is not None and not found:
        raise failure(
            "not-found",
            f"no network of the zoo matches '{pattern}'",
            help=near(pattern, zoo_names()) or "'archspec zoo' lists all",
        )
    return found


def is_match(pattern: str, name: str, *texts: str) -> bool:
    """Whether a glob matches a name, or a pattern is in it or in one of the other texts."""
    if GLOB.intersection(pattern):
        return fnmatchcase(name, pattern)
    return any(pattern.lower() in text.lower() for text in (name, *texts))


def _all(workspace: Workspace) -> Iterator[ZooEntry]:
    """What the files promise is tested, so their plain data is enough: nothing is compiled."""
    for name, (path, variant) in zoo_names().items():
        data = workspace.source(path, path.name).data
        text = data if variant is None else data["variants"][variant]
        params, macs = _counts(name, text.get("expect", {}), workspace)
        description = text.get("description") or data.get("description") or ""
        published = text.get("published", {})
        yield ZooEntry(name, params, macs, path.name, " ".join(description.split()), published)


def _counts(name: str, expect: Mapping[str, Any], workspace: Workspace) -> tuple[int, int]:
    """What the spec expects; counted if it does not say."""
    params, macs = expect.get("params"), expect.get("macs")
    if isinstance(params, int) and isinstance(macs, int):
        return params, macs
    graph = workspace.graph(name).at("inference")
    return graph.total_params, graph.total_macs
