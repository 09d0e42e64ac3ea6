"""The house: folders, names and words, as docs/architecture.md and CONTRIBUTING.md describe them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "archspec"
MODULES = sorted(PACKAGE.glob("**/*.py"))
FOLDERS = sorted(
    {p.parent for p in PACKAGE.glob("**/*.*") if p.suffix in (".py", ".ts", ".md", ".css")}
)
MAX_MODULES = 12
"""Loose modules of one folder."""
MAX_LINES = 38
"""Of a function, without its docstring."""


def code_map() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    return re.findall(r"^\| `([\w/.]+)` \|", text, re.MULTILINE)


def test_every_folder_has_a_row_in_the_map() -> None:
    rows = set(code_map())
    folders = {f"{path.relative_to(PACKAGE)}/" for path in FOLDERS if path != PACKAGE}
    assert folders - {"specs/"} == {row for row in rows if row.endswith("/")}
    loose = {path.name for path in PACKAGE.glob("*.py") if not path.name.startswith("__")}
    assert loose == {row for row in rows if not row.endswith("/")}


LISTS = {"cli/commands"}
"""Folders whose modules are all alike: whoever knows one of them knows all."""


@pytest.mark.parametrize("folder", FOLDERS, ids=[str(f.relative_to(ROOT)) for f in FOLDERS])
def test_no_folder_has_more_modules_than_one_can_look_over(folder: Path) -> None:
    if folder.relative_to(PACKAGE).as_posix() in LISTS:
        return
    modules = [path for path in folder.iterdir() if path.suffix in (".py", ".ts")]
    assert len([path for path in modules if path.stem != "__init__"]) <= MAX_MODULES


def classes() -> Iterator[str]:
    """Names of all classes but those of archspec.layers: there a class has the name of its op."""
    for path in MODULES:
        if path.parent.name != "layers":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    yield node.name


def test_a_class_name_means_one_thing() -> None:
    assert [name for name, count in Counter(classes()).items() if count > 1] == []


def test_private_words_are_gone() -> None:
    private = re.compile(r"\b(un)?told\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("archspec", "tests", "docs", "benchmarks")
        for path in (ROOT / folder).glob("**/*")
        if path.suffix in (".py", ".ts", ".md") and path != Path(__file__)
        for line in path.read_text("utf-8").splitlines()
        if private.search(line)
    ]
    assert found == []


def functions() -> Iterator[tuple[str, int]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                yield f"{path.relative_to(ROOT)}: {node.name}", lines


def test_a_function_fits_on_a_screen() -> None:
    assert [(name, lines) for name, lines in functions() if lines > MAX_LINES] == []


ASKING = re.compile(
    r"""arguments\(\)(\.get\(|\[)|["'](kernel_size|stride|dilation|scale_factor|output_size)["']"""
)
KNOWN = {"elaborate/rules/arguments.py", "figures/outline/formulas.py"}
"""Words of other libraries with what they are called here, and usual parameters of blocks."""


def test_nothing_but_an_op_asks_for_an_argument_by_its_name() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in MODULES
        if path.parent.name not in ("op", "ops", "layers")
        and str(path.relative_to(PACKAGE)) not in KNOWN
        for line in path.read_text("utf-8").splitlines()
        if ASKING.search(line) and '"""' not in line
    ]
    assert found == []
