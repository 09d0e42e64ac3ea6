"""What a shell proposes where a word of the command line is not finished yet."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from archspec.workspace.locate import find, zoo_names
from archspec.workspace.workspace import Workspace

SUFFIXES: Final = (".yaml", ".yml")
BREAKS: Final = re.compile("[:=]+")
"""What parts words in bash, and stands in names of ours."""


# Networks and what they consist of.


def specs(incomplete: str) -> list[str]:
    """Files beside the networks of the zoo; behind a colon, the variants of a file."""
    file, colon, variant = incomplete.rpartition(":")
    if colon:
        return [f"{file}:{name}" for name in _variants(file) if name.startswith(variant)]
    found = [*files(incomplete), *(name for name in zoo_names() if name.startswith(incomplete))]
    if incomplete in found and incomplete.endswith(SUFFIXES):
        found += [f"{incomplete}:{name}" for name in _variants(incomplete)]
    return found


def files(incomplete: str) -> list[str]:
    """Spec files whose name begins so; of a folder that is named, those in it."""
    folder, start = os.path.split(incomplete)
    found = _files_in(folder, start)
    if found or not start:
        return found
    return [
        name
        for inner in _folders_in(folder, start)
        for name in _files_in(os.path.join(folder, inner), "")
    ]


def _files_in(folder: str, start: str) -> list[str]:
    names = (name for name in _list_names(folder) if name.endswith(SUFFIXES))
    return [os.path.join(folder, name) for name in names if name.startswith(start)]


def _folders_in(folder: str, start: str) -> list[str]:
    return [
        name
        for name in _list_names(folder)
        if name.startswith(start) and Path(folder, name).is_dir()
    ]


def _list_names(folder: str) -> list[str]:
    """The visible names in a folder; none if it cannot be looked into."""
    try:
        return sorted(name for name in os.listdir(folder or ".") if not name.startswith("."))
    except (OSError, ValueError):
        return []


def _variants(file: str) -> list[str]:
    path, variant = find(file)
    return (
        [name for name in Workspace().variants(path) if name is not None] if variant is None else []
    )


def params(spec: str) -> list[str]:
    """The parameters of a network with their values, to be changed: ``width=64``."""
    return [
        f"{name}={_value(param.raw)}" for name, param in Workspace().program(spec).params.items()
    ]


def _value(raw: Any) -> str:
    from archspec.describe.values import value

    return value(tuple(raw) if isinstance(raw, list) else raw).replace(" ", "")


def scopes(spec: str) -> list[str]:
    """The paths of what a figure can open."""
    return [path for path in Workspace().graph(spec).scopes if path]


def modules(spec: str) -> list[str]:
    """The blocks of a network, and its scopes."""
    found = Workspace().graph(spec).scopes
    blocks = dict.fromkeys(scope.block for scope in found.values() if scope.block)
    return [*blocks, *(path for path in found if path)]


def studies(incomplete: str) -> list[str]:
    """Shipped studies, and files."""
    from archspec.analyses.study import shipped

    return [*shipped(), *files(incomplete)]


def rows(reference: str) -> list[str]:
    """The network of a study and its variants, by name."""
    from archspec.analyses.study import study_file

    path, workspace = study_file(reference), Workspace()
    texts = workspace.variants(path)
    return [name or workspace.program(str(path)).name for name in texts]


# In bash.


def in_bash(run: Callable[[], None]) -> None:
    """Answer bash, which takes ``net.yaml:wide`` for three words and completes the last.

    The words are put together again, and what stands in front of the last is taken away from what
    is proposed.
    """
    line, current = os.environ.get("COMP_WORDS", ""), os.environ.get("COMP_CWORD", "")
    gap = "\n" if "\n" in line else " "
    words = line.split(gap)
    at = int(current) if current.isdigit() else len(words) - 1
    joined, kept = _join_words(words[: at + 1])
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = gap.join(joined), str(len(joined) - 1)
    output = io.StringIO()
    try:
        with redirect_stdout(output):
            run()
    finally:
        proposals = output.getvalue().splitlines()
        sys.stdout.write("".join(f"{line.removeprefix(kept)}\n" for line in proposals))


def _join_words(words: list[str]) -> tuple[list[str], str]:
    """Words up to the current one, and what of that one bash takes for words in front of it."""
    joined: list[str] = []
    kept = ""
    for word in words:
        is_break = BREAKS.fullmatch(word) is not None
        goes_on = bool(joined) and (is_break or BREAKS.fullmatch(joined[-1][-1:]) is not None)
        if goes_on and len(joined) > 1:
            kept = joined[-1] + word if is_break else joined[-1]
            joined[-1] += word
        else:
            joined.append(word)
            kept = ""
    return joined, kept
