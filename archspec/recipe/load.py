"""From what a user calls a recipe to the recipe: its file, what it extends, and what is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from archspec.diagnostics import Diagnostic, SpecError, failure, near
from archspec.language.program import Written
from archspec.recipe.augmentations import AUGMENTATIONS
from archspec.recipe.check import check
from archspec.recipe.model import (
    NORMALIZE,
    RECIPE_VERSION,
    Checkpoints,
    Folds,
    Normalize,
    OpSchedule,
    Recipe,
)
from archspec.recipe.optimizers import OPTIMIZERS
from archspec.recipe.part import OP, Entries, RecipePart, make, make_one_of
from archspec.recipe.schedules import SCHEDULES, Warmup
from archspec.text import Origin, Source
from archspec.workspace.documents import Documents, standard_input
from archspec.workspace.locate import SUFFIXES, exists, is_inside, specs_in

MAX_DEPTH: Final = 16
"""Recipes that extend each other in a row."""

DEFAULT: Final = "none"
"""Takes a key back that a base has: ``warmup: none``."""
LENGTHS: Final = ("epochs", "steps")
"""Keys that exclude each other."""

_PACKAGE: Final = Path(__file__).parents[1]


@final
@dataclass(frozen=True, slots=True)
class WrittenRecipe:
    """A recipe, and where its keys were written."""

    recipe: Recipe
    entries: Entries
    reference: str
    """As the user called it."""

    def at(self, key: str) -> Origin | None:
        """Where a key was written; None if it has its default."""
        return self.entries[key].origin if key in self.entries else None


def load_recipe(
    reference: str, settings: Mapping[str, Written[Any]] | None = None
) -> WrittenRecipe:
    """The recipe of a file, or a shipped one by its name, with some keys set: ``epochs``, or
    ``optimizer.lr``. Raises SpecError."""
    source = standard_input() if reference == "-" else _open(find_recipe(reference), reference)
    entries = _whole(source, [])
    for name, setting in (settings or {}).items():
        entries = _set(entries, name.split("."), setting)
    recipe = _recipe(entries, source)
    check(recipe, entries)
    return WrittenRecipe(recipe, entries, reference)


def recipe_of(source: Source) -> WrittenRecipe:
    """The recipe of a text. Raises SpecError."""
    entries = _whole(source, [])
    recipe = _recipe(entries, source)
    check(recipe, entries)
    return WrittenRecipe(recipe, entries, source.name)


def recipes_folder() -> Path:
    """Where the shipped recipes are: beside the code, or above it in a checkout."""
    shipped = _PACKAGE / "recipes"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "recipes"


def shipped_recipes() -> dict[str, Path]:
    """The shipped recipes by name."""
    return {path.stem: path for path in sorted(recipes_folder().glob("*.yaml"))}


def is_recipe_key(name: str) -> bool:
    """Whether a setting is one of the recipe: ``epochs``, ``optimizer.lr``."""
    return name.partition(".")[0] in Recipe.model_fields


def find_recipe(reference: str) -> Path:
    """The file that a reference means. Raises SpecError."""
    path, shipped = Path(reference), shipped_recipes()
    if reference in shipped:
        return shipped[reference]
    if path.suffix in SUFFIXES and exists(path):
        return path
    if path.suffix in SUFFIXES:
        help = near(path.name, specs_in(path.parent))
        raise failure("not-found", f"there is no file '{reference}'", help=help)
    raise failure(
        "not-found",
        f"there is no recipe '{reference}'",
        help=near(reference, shipped) or "'archspec recipes' lists all",
    )


def _open(path: Path, name: str) -> Source:
    shown = path.name if name == path.stem else name
    return Documents().source(path, shown)


def _whole(source: Source, chain: list[Path]) -> dict[str, Written[Any]]:
    """What a file says, over what it extends."""
    origin, entries = Origin(source), _entries(source.data, Origin(source))
    version = entries.pop("recipe", None)
    extends = entries.pop("extends", None)
    if version is None and extends is None:
        raise failure(
            "missing-key",
            "the file does not say that it is a recipe",
            at=source.start,
            help=f"begin with the line 'recipe: {RECIPE_VERSION}'",
        )
    if (version is not None and version.value != RECIPE_VERSION) or (
        version and version.value is True
    ):
        raise failure(
            "bad-version",
            f"version {version.value!r} of recipes is not known",
            at=version.origin.value,
            help=f"this program reads 'recipe: {RECIPE_VERSION}'",
        )
    if "name" not in entries:
        stem = source.path.stem if source.path else "recipe"
        entries["name"] = Written(stem, origin)
    if extends is None:
        return entries
    base = _whole(_base(source, extends, chain), chain)
    for own in ("description", "cite", "networks"):
        base.pop(own, None)
    return _merge(base, entries)


def _base(source: Source, extends: Written[Any], chain: list[Path]) -> Source:
    """The file that a recipe extends: beside it or below, or a shipped one."""
    at, reference = extends.origin.value, extends.value
    if not isinstance(reference, str):
        raise failure("wrong-type", "'extends' is the name of a recipe", at=at)
    shipped = shipped_recipes()
    folder = (source.path.parent if source.path else Path()).resolve()
    path = shipped.get(reference, folder / reference)
    if reference not in shipped and not is_inside(path, (folder,)):
        raise failure("bad-file", f"'{reference}' is outside of the recipe's folder", at=at)
    if reference not in shipped and (path.suffix not in SUFFIXES or not exists(path)):
        names = [*shipped, *specs_in(folder)]
        raise failure(
            "not-found", f"there is no recipe '{reference}'", at=at, help=near(reference, names)
        )
    if path.resolve() in chain or len(chain) >= MAX_DEPTH:
        raise failure("bad-extends", f"'{reference}' leads back to itself", at=at)
    chain.append(path.resolve())
    return Documents().source(path, path.name, at)


def _entries(data: Mapping[str, Any], at: Origin) -> dict[str, Written[Any]]:
    return {
        str(key): Written(_entries(value, at / key) if isinstance(value, dict) else value, at / key)
        for key, value in data.items()
    }


def _merge(base: Entries, change: Entries) -> dict[str, Written[Any]]:
    """Key by key; a mapping is merged, too, unless it names another op. Of the two ways to give a
    length the later one holds."""
    merged = dict(base)
    for one, other in (LENGTHS, LENGTHS[::-1]):
        if one in change and other not in change:
            merged.pop(other, None)
    for key, entry in change.items():
        old = merged.get(key)
        if old is not None and isinstance(old.value, dict) and isinstance(entry.value, dict):
            before, after = old.value.get(OP), entry.value.get(OP)
            if after is None or (before is not None and before.value == after.value):
                entry = Written(_merge(old.value, entry.value), entry.origin)
        merged[key] = entry
    return merged


def _set(entries: Entries, names: list[str], setting: Written[Any]) -> dict[str, Written[Any]]:
    """The entries with a value set from outside."""
    name, *rest = names
    if rest:
        inner = entries[name].value if name in entries else {}
        if not isinstance(inner, dict):
            inner = {OP: entries[name]} if isinstance(inner, str) else {}
        value: Any = _set(inner, rest, setting)
    elif isinstance(setting.value, dict):
        value = _entries(setting.value, setting.origin)
    else:
        value = setting.value
    return _merge(entries, {name: Written(value, setting.origin)})


# Parts.


def _recipe(entries: Entries, source: Source) -> Recipe:
    made: dict[str, Written[Any]] = {}
    diagnostics: list[Diagnostic] = []
    for key, entry in entries.items():
        if entry.value == DEFAULT:
            continue
        try:
            build = _PARTS.get(key)
            value = entry.value if build is None else build(entry)
            made[key] = Written(_raw(value), entry.origin)
        except SpecError as error:
            diagnostics += error.diagnostics
    missing = [key for key, entry in entries.items() if key not in made and entry.value != DEFAULT]
    try:
        complete = {**made, **{key: _STAND_INS[key] for key in missing if key in _STAND_INS}}
        recipe = make(Recipe, complete, Origin(source), "a recipe")
    except SpecError as error:
        raise SpecError([*diagnostics, *error.diagnostics]) from None
    if diagnostics:
        raise SpecError(diagnostics)
    return recipe


def _raw(value: Any) -> Any:
    """Entries as plain data."""
    if isinstance(value, dict):
        return {
            key: _raw(item.value if isinstance(item, Written) else item)
            for key, item in value.items()
        }
    return value


def _part(cls: type[RecipePart], called: str) -> Callable[[Written[Any]], RecipePart]:
    return lambda entry: make(cls, _mapping(entry, called), entry.origin, called)


def _one_of(classes: Mapping[str, type[Any]], what: str) -> Callable[[Written[Any]], Any]:
    def build(entry: Written[Any]) -> Any:
        return make_one_of(classes, _call(entry, what), entry.origin, what)

    return build


def _list_of(build: Callable[[Written[Any]], Any], what: str) -> Callable[[Written[Any]], Any]:
    def all_of(entry: Written[Any]) -> tuple[Any, ...]:
        if not isinstance(entry.value, list):
            raise failure("wrong-type", f"'{what}' must be a list", at=entry.origin.value)
        items = (Written(item, entry.origin / k) for k, item in enumerate(entry.value))
        return tuple(
            build(
                Written(_entries(item.value, item.origin), item.origin)
                if isinstance(item.value, dict)
                else item
            )
            for item in items
        )

    return all_of


def _call(entry: Written[Any], what: str) -> Entries:
    """``SGD`` is short for ``{op: SGD}``."""
    if isinstance(entry.value, str):
        return {OP: entry}
    return _mapping(entry, what)


def _mapping(entry: Written[Any], what: str) -> Entries:
    if not isinstance(entry.value, dict):
        raise failure("wrong-type", f"{what} is a mapping {{key: value}}", at=entry.origin.value)
    return entry.value


def _validation(entry: Written[Any]) -> Any:
    if not isinstance(entry.value, dict):
        return entry.value
    return make(Folds, entry.value, entry.origin, "validation")


def _normalize(entry: Written[Any]) -> Any:
    if not isinstance(entry.value, str):
        return make(Normalize, _mapping(entry, "normalize"), entry.origin, "normalize")
    if entry.value not in NORMALIZE:
        raise failure(
            "bad-argument",
            f"the mean and deviation of '{entry.value}' are not known",
            at=entry.origin.value,
            help=near(entry.value, NORMALIZE)
            or f"one of {', '.join(NORMALIZE)}, or {{mean: [...], std: [...]}}",
        )
    return NORMALIZE[entry.value]


_AUGMENTATION: Final = _one_of(AUGMENTATIONS, "transform of pictures")
_PARTS: Final[Mapping[str, Callable[[Written[Any]], Any]]] = {
    "validation": _validation,
    "normalize": _normalize,
    "transform": _list_of(_AUGMENTATION, "transform"),
    "augment": _list_of(_AUGMENTATION, "augment"),
    "optimizer": _one_of(OPTIMIZERS, "optimizer"),
    "schedule": _one_of(SCHEDULES, "schedule"),
    "warmup": _part(Warmup, "warmup"),
    "op_schedules": _list_of(_part(OpSchedule, "a schedule of an argument"), "op_schedules"),
    "checkpoint": _part(Checkpoints, "checkpoint"),
}
"""How what stands under a key becomes a part."""
_STAND_INS: Final[Mapping[str, Written[Any]]] = {
    "optimizer": Written(OPTIMIZERS["SGD"](lr=0.0), Origin(Source("", "")))
}
"""For required parts that are wrong, so that the rest is checked."""
