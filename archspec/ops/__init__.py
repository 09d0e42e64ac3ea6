"""The ops, one family a file. A new class in one of these files is a new word of the language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archspec.op import Op


@cache
def registry() -> Mapping[str, type[Op]]:
    """Every op by name: the public classes of the files in this folder."""
    found: dict[str, type[Op]] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        home = f"{__name__}.{module}"
        for name, value in vars(import_module(home)).items():
            if isinstance(value, type) and issubclass(value, Op) and value.__module__ == home:
                found[name] = value
    return {name: cls for name, cls in found.items() if not name.startswith("_")}
