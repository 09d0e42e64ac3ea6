"""The classes of ``archspec.layers`` as text: a printed source holds those that it uses."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from archspec.graph import Graph

PACKAGE: Final = "archspec.layers."
FOLDER: Final = Path(__file__).parents[3] / "layers"


def own_targets(graph: Graph) -> frozenset[str]:
    """Dotted names of the classes of ``archspec.layers`` that a network uses."""
    return frozenset(target for target in _targets(graph) if target.startswith(PACKAGE))


def foreign_modules(graph: Graph) -> frozenset[str]:
    """Modules of other packages whose classes a network uses: the source imports them."""
    known = ("torch.", PACKAGE)
    return frozenset(t.rpartition(".")[0] for t in _targets(graph) if not t.startswith(known))


def _targets(graph: Graph) -> frozenset[str]:
    """Dotted names of what the layers of a network are, one of each op."""
    one_of_each = {type(node.op): node for node in graph.layers}.values()
    calls = (node.op.lowered(*node.inputs) for node in one_of_each)
    return frozenset(call.target for call in calls if call.infix is None)


def own_names(targets: Collection[str]) -> frozenset[str]:
    """Names that mean something in a source that holds these classes."""
    return frozenset(map(printed_name, targets)) | ({"F", "Literal"} if targets else set())


def printed_name(target: str) -> str:
    """``nn.Conv2d``, or the bare name of a class that the source itself holds."""
    if target.startswith(PACKAGE):
        return target.rpartition(".")[2]
    return target.replace("torch.nn.", "nn.")


def inlined(targets: Collection[str]) -> tuple[frozenset[str], list[str]]:
    """The import lines that some classes need, and their text with two blank lines before each.

    It is read from the files, file by file in their order; nothing is imported.
    """
    imports: set[str] = set()
    text: list[str] = []
    for module, group in groupby(sorted(targets), key=lambda target: target.rpartition(".")[0]):
        lines, classes, imported = _file(module.removeprefix(PACKAGE))
        wanted = {target.rpartition(".")[2] for target in group}
        for tree in classes:
            if tree.name in wanted:
                text += ["", "", *lines[tree.lineno - 1 : tree.end_lineno]]
                used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
                imports |= {line for name, line in imported.items() if name in used}
    return frozenset(imports), text


@cache
def _file(name: str) -> tuple[list[str], list[ast.ClassDef], dict[str, str]]:
    """A file's lines, its classes, and for each name that it imports the line that does."""
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    classes: list[ast.ClassDef] = []
    imported: dict[str, str] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ClassDef):
            classes.append(statement)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                alone = type(statement)(**{**vars(statement), "names": [alias]})
                imported[alias.asname or alias.name] = ast.unparse(alone)
    return text.splitlines(), classes, imported
