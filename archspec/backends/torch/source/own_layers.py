"""What ``archspec.layers`` defines, as text: a printed source holds what it uses of it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from archspec.graph import Graph

PACKAGE: Final = "archspec.layers."
FOLDER: Final = Path(__file__).parents[3] / "layers"


def own_targets(graph: Graph) -> frozenset[str]:
    """Dotted names of the layers and functions of ``archspec.layers`` that a network uses."""
    return frozenset(target for target in _targets(graph) if target.startswith(PACKAGE))


def foreign_modules(graph: Graph) -> frozenset[str]:
    """Modules of other packages whose classes a network uses: the source imports them."""
    known = ("torch.", PACKAGE)
    return frozenset(t.rpartition(".")[0] for t in _targets(graph) if not t.startswith(known))


def _targets(graph: Graph) -> frozenset[str]:
    """Dotted names of what the layers of a network are, one of each op with its arguments."""
    one_of_each = {(id(node.op), len(node.inputs)): node for node in graph.layers}.values()
    calls = (node.op.lowered(*node.inputs) for node in one_of_each)
    return frozenset(
        call.target for call in calls if not (call.infix or call.is_subscript or call.tensor)
    )


def own_names(targets: Collection[str]) -> frozenset[str]:
    """Names that mean something in a source that holds these layers."""
    return frozenset(map(printed_name, targets)) | ({"F", "Literal"} if targets else set())


def defined_names(module: str) -> frozenset[str]:
    """Names of all that a file of ``archspec.layers`` defines."""
    return frozenset(_file(module)[1])


def printed_name(target: str) -> str:
    """``nn.Conv2d``, or the bare name of what the source itself holds."""
    if target.startswith(PACKAGE):
        return target.rpartition(".")[2]
    return target.replace("torch.nn.functional.", "F.").replace("torch.nn.", "nn.")


def inlined(targets: Collection[str]) -> tuple[frozenset[str], list[str]]:
    """The import lines that some layers need, and their text with two blank lines before each.

    It is read from the files, file by file in their order, with what they use of their file;
    nothing is imported.
    """
    imports: set[str] = set()
    text: list[str] = []
    for module, group in groupby(sorted(targets), key=lambda target: target.rpartition(".")[0]):
        lines, defined, imported = _file(module.removeprefix(PACKAGE))
        wanted = _with_used({target.rpartition(".")[2] for target in group}, defined)
        for name, tree in defined.items():
            if name in wanted:
                text += ["", "", *lines[tree.lineno - 1 : tree.end_lineno]]
                imports |= {imported[name] for name in _used(tree) & imported.keys()}
    return frozenset(imports), text


_Definition = ast.ClassDef | ast.FunctionDef


def _with_used(names: set[str], defined: Mapping[str, _Definition]) -> set[str]:
    """Some definitions of a file and those that they use."""
    found, waiting = set(names), list(names)
    while waiting:
        used = _used(defined[waiting.pop()]) & defined.keys() - found
        found |= used
        waiting += used
    return found


def _used(tree: _Definition) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@cache
def _file(name: str) -> tuple[list[str], dict[str, _Definition], dict[str, str]]:
    """A file's lines, its definitions, and for each name that it imports the line that does."""
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    defined: dict[str, _Definition] = {}
    imported: dict[str, str] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, _Definition):
            defined[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                alone = type(statement)(**{**vars(statement), "names": [alias]})
                imported[alias.asname or alias.name] = ast.unparse(alone)
    return text.splitlines(), defined, imported
