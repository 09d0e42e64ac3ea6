"""The ops, one family a file. A new class in one of these files is a new word of the language.

Other packages add ops through the entry point ``archspec.ops``: its value is a module whose public
classes are ops by the same contract (``archspec.contract.broken`` checks it).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from types import ModuleType

from archspec.diagnostics import failure
from archspec.op import Op


@cache
def registry() -> Mapping[str, type[Op]]:
    """Every op by name: those of this folder, then those of other packages.

    Raises SpecError if a package's ops cannot be loaded, or have names that are taken.
    """
    found: dict[str, type[Op]] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        found |= _ops(import_module(f"{__name__}.{module}"))
    for point in sorted(entry_points(group="archspec.ops"), key=lambda point: point.name):
        added = _ops(_loaded(point))
        if taken := sorted(added.keys() & found.keys()):
            raise failure(
                "bad-plugin", f"'{point.name}' ({point.value}) has an op '{taken[0]}', and there is one",
                help="uninstall the package, or rename its op",
            )  # fmt: skip
        found |= added
    return found


def _ops(module: ModuleType) -> dict[str, type[Op]]:
    """The public ops that a module defines."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Op)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }


def _loaded(point: EntryPoint) -> ModuleType:
    try:
        module = point.load()
    except Exception as error:  # whatever a package does when it is imported
        raise failure(
            "bad-plugin", f"the ops of '{point.name}' ({point.value}) cannot be loaded: {error}",
            help="mend or uninstall the package",
        ) from error  # fmt: skip
    if not isinstance(module, ModuleType):
        raise failure(
            "bad-plugin", f"'{point.name}' ({point.value}) is not a module of ops",
            help="name the module alone, without a class: swish = \"my_package.ops\"",
        )  # fmt: skip
    return module
