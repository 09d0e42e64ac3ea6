"""Writes the tables of options and formats in docs/figures.md: ``python docs/generate_figures.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archspec.figures.formats import FORMATS, SUFFIXES
from archspec.figures.request import OPTIONS, OptionField

DOCUMENT: Final = Path(__file__).parent / "figures.md"
OWN_SECTION: Final = ("style", "module", "format", "diff")
"""Options that the document explains elsewhere."""


def page(text: str) -> str:
    """The whole document, with its tables made anew."""
    for name, rows in (("options", _options()), ("formats", _formats())):
        table = re.compile(f"(<!-- {name}: .*? -->\n).*?(?=\n\n)", re.DOTALL)
        made = "\n".join(rows)
        text, count = table.subn(lambda found, made=made: f"{found[1]}\n{made}", text)  # type: ignore[misc]
        assert count == 1, f"one table of {name}"
    return text


def _options() -> Iterator[str]:
    yield "| option | | default |\n|---|---|---|"
    for name, field in OPTIONS.items():
        if name not in OWN_SECTION:
            yield f"| {_written(name, field)} | {_meaning(field)} | {_default(name, field)} |"


def _written(name: str, field: OptionField) -> str:
    if not field.option.in_shell:
        return f"`{name}={not field.default}`, in Python only"
    if field.type is bool:
        return f"`--{name}`, `--no-{name}`" if field.default else f"`--{name}`"
    return f"`--{name} {field.option.example}`"


def _meaning(field: OptionField) -> str:
    values = ", ".join(f"`{value}`" for value in field.values)
    return f"{field.option.help.removesuffix('.')}: {values}." if values else field.option.help


def _default(name: str, field: OptionField) -> str:
    if field.type is bool:
        return f"`--{name}`" if field.option.in_shell else f"`{field.default}`"
    return f"`{field.default}`" if field.default else field.option.unset


def _formats() -> Iterator[str]:
    yield "| suffix | |\n|---|---|"
    for suffix in SUFFIXES:
        about = [row.about for row in FORMATS if row.suffix == suffix and row.about]
        yield f"| `.{suffix}` | {'; '.join(about)} |"


if __name__ == "__main__":
    DOCUMENT.write_text(page(DOCUMENT.read_text("utf-8")), "utf-8")
