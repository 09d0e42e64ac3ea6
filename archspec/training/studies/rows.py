"""The rows of a study: a network, and what it is trained with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any, Final, final

from archspec.analyses.study import study_file
from archspec.describe.values import value as value_text
from archspec.diagnostics import failure, near
from archspec.language.model import RowText, StudyText, Variant
from archspec.language.program import Written
from archspec.recipe.load import shipped_recipes
from archspec.recipe.part import OP
from archspec.text import Origin
from archspec.training.studies.request import Grid, Settings, StudyRequest
from archspec.workspace.locate import is_inside
from archspec.workspace.workspace import Workspace

MAX_ROWS: Final = 1_000
"""Rows of a study, the points of its grids counted."""


@final
@dataclass(frozen=True)
class PlannedRow:
    """One row: which network, by which recipe, and what is set."""

    name: str
    network: str
    """The name of the network, which rows of a grid share."""
    reference: str
    """The network, as a workspace finds it."""
    recipe: str
    settings: Settings
    point: Mapping[str, Any]
    """What of it is varied, by key."""
    text: Variant


@final
@dataclass(frozen=True)
class Plan:
    """What a study trains."""

    path: Path
    description: str | None
    cite: str | None
    rows: tuple[PlannedRow, ...]
    """All of them, in their order."""
    chosen: frozenset[str]
    """The names of those that are asked for now."""
    seeds: int
    folds: int | None

    @property
    def name(self) -> str:
        return self.path.stem


def plan(request: StudyRequest) -> Plan:
    """The rows of a study's file. Raises SpecError."""
    path, workspace = study_file(request.spec), Workspace()
    texts = workspace.variants(path)
    base = workspace.program(str(path))
    source = workspace.source(path, str(path))
    whole = texts[None].study
    about = whole if isinstance(whole, StudyText) else StudyText()
    rows: list[PlannedRow] = []
    for variant, text in texts.items():
        name = variant or (f"{base.name} (base)" if base.name in texts else base.name)
        at = Origin(source) / "variants" / variant if variant else Origin(source)
        reference = f"{path}:{variant}" if variant else str(path)
        said = _Said.of(request, path, (about, Origin(source)), (text.study, at))
        rows += _points(said, name, reference, text)
        _require_names_once(rows)
        if len(rows) > MAX_ROWS:
            raise failure("limit", f"the study has more than {MAX_ROWS:,} rows")
    chosen = _chosen([row.name for row in rows], request.only)
    seeds, folds = request.seeds or about.seeds or 1, request.folds or about.folds
    return Plan(path, base.description, base.cite, tuple(rows), chosen, seeds, folds)


def _require_names_once(rows: Sequence[PlannedRow]) -> None:
    """Raises SpecError where a value is varied twice."""
    seen: set[str] = set()
    for row in rows:
        if row.name in seen:
            message = f"two rows of the study are called '{row.name}'"
            raise failure("bad-value", message, help="each value of what is varied is there once")
        seen.add(row.name)


@final
@dataclass(frozen=True)
class _Said:
    """What holds for one network: as its file says it, and over that the command line."""

    recipe: str
    settings: Settings
    vary: Grid

    @classmethod
    def of(
        cls,
        request: StudyRequest,
        path: Path,
        about: tuple[RowText, Origin],
        own: tuple[RowText | None, Origin],
    ) -> _Said:
        settings: dict[str, Written[Any]] = {}
        vary: dict[str, Sequence[Written[Any]]] = {}
        recipe = request.recipe
        if about[0] is own[0]:
            own = (None, own[1])
        for text, origin in (about, own):
            if text is None:
                continue
            at = origin / "study"
            if text.recipe is not None and request.recipe is None:
                recipe = _beside(path, text.recipe, at / "recipe")
            _put(settings, vary, _settings(text, at), _grid(text, at))
        _put(settings, vary, request.settings, request.vary)
        if recipe is None:
            raise failure(
                "bad-option",
                "the study does not say by which recipe it trains",
                help="--recipe NAME, or 'study: {recipe: NAME}' in its file; "
                "'archspec recipes' lists what is shipped",
            )
        return cls(recipe, settings, vary)


def _put(
    settings: dict[str, Written[Any]],
    vary: dict[str, Sequence[Written[Any]]],
    more: Settings,
    grid: Grid,
) -> None:
    """What is said later holds: what is set is not varied any more, and the other way round."""
    for key, value in more.items():
        settings[key] = value
        vary.pop(key, None)
    for key, values in grid.items():
        vary[key] = values
        settings.pop(key, None)


def _settings(text: RowText, at: Origin) -> Settings:
    return {key: Written(value, at / "set" / key) for key, value in text.set.items()}


def _grid(text: RowText, at: Origin) -> Grid:
    return {
        key: [Written(value, at / "vary" / key / k) for k, value in enumerate(values)]
        for key, values in text.vary.items()
    }


def _beside(path: Path, recipe: str, at: Origin) -> str:
    """A shipped recipe, or a file beside the study's or below. Raises SpecError."""
    if recipe in shipped_recipes():
        return recipe
    folder = path.parent.resolve()
    if not is_inside(folder / recipe, (folder,)):
        raise failure("bad-file", f"'{recipe}' is outside of the study's folder", at=at.value)
    if not (folder / recipe).is_file():
        help = near(recipe, shipped_recipes()) or "'archspec recipes' lists all"
        raise failure("not-found", f"there is no recipe '{recipe}'", at=at.value, help=help)
    return str(path.parent / recipe)


def _points(said: _Said, name: str, reference: str, text: Variant) -> Iterator[PlannedRow]:
    """A row for each point of the grid."""
    keys = list(said.vary)
    for values in product(*said.vary.values()):
        point = dict(zip(keys, values, strict=True))
        words = [f"{_short(key, keys)}={_in_words(v.value)}" for key, v in point.items()]
        yield PlannedRow(
            " ".join([name, *words]),
            name,
            reference,
            said.recipe,
            {**said.settings, **point},
            {key: written.value for key, written in point.items()},
            text,
        )


def _in_words(value: Any) -> str:
    """``0.1``; of a part of a recipe ``SGD(lr=0.1)``."""
    if not isinstance(value, dict):
        return value_text(value)
    inner = ", ".join(f"{key}={_in_words(item)}" for key, item in value.items() if key != OP)
    return f"{value.get(OP, '')}({inner})"


def _short(key: str, keys: Sequence[str]) -> str:
    """``lr`` of ``optimizer.lr``, where no other key ends so."""
    last = key.rpartition(".")[2]
    return last if sum(other.rpartition(".")[2] == last for other in keys) == 1 else key


def _chosen(names: Sequence[str], globs: Sequence[str]) -> frozenset[str]:
    """The rows that are asked for; all without a glob. Raises SpecError for a glob of none."""
    if not globs:
        return frozenset(names)
    found: set[str] = set()
    for glob in globs:
        matching = {name for name in names if name == glob or fnmatchcase(name, glob)}
        if not matching:
            help = near(glob, names) or f"there are {', '.join(names)}"
            raise failure("bad-option", f"no row of the study is called '{glob}'", help=help)
        found |= matching
    return frozenset(found)
