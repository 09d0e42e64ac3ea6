"""The ops, one family a file. A new class in one of these files is a new word of the language.

Other packages add ops through the entry point ``archspec.ops``: its value is a module whose public
classes are ops by the same contract (``archspec.op.contract.violations`` checks it).
"""

# The files have no `from __future__ import annotations`: Pydantic would compile those of a base anew
# for every op, a third of the time that it takes to import them.
from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archspec.op.base import Op
from archspec.op.plugins import ops_of, plugins, taken


def signs() -> Mapping[str, str]:
    """The signs that figures draw in a circle, each with the name of its op."""
    return {op.sign: op.short_name for op in registry().values() if op.sign is not None}


@cache
def registry() -> Mapping[str, type[Op]]:
    """Every op by name: those of this folder, then those of other packages.

    Raises SpecError if a package's ops cannot be used, or have names that are taken.
    """
    found: dict[str, type[Op]] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        found |= ops_of(import_module(f"{__name__}.{module}"))
    for name, op in plugins():
        if name in found:
            raise taken(op)
        found[name] = op
    return found
