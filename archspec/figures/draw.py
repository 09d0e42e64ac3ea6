"""Figures in files, by their suffix."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter, cleandoc, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, get_type_hints

from archspec.diagnostics import SpecError, failure, near
from archspec.figures.formats import FORMATS, SUFFIXES
from archspec.figures.rendering import (
    find_row_of_scenes,
    render_digraph,
    render_figure,
    render_scene,
)
from archspec.figures.request import OPTIONS, Options, request
from archspec.figures.scene import Scene
from archspec.graph import Graph
from archspec.screen import screen
from archspec.workspace.load import Network, as_graphs
from archspec.writing import STANDARD_OUTPUT, check_place, is_standard_output, write

if TYPE_CHECKING:
    from graphviz import Digraph  # type: ignore[import-untyped]

_P = ParamSpec("_P")
_Place = str | os.PathLike[str]
_Draw = Callable[Concatenate[Network | Iterable[Network], _Place, _P], None]


def _with_options(options: Callable[_P, Options]) -> Callable[[Callable[..., None]], _Draw[_P]]:
    """Let a function take the options of a figure, for type checkers and for ``help``."""

    def declare(function: Callable[..., None]) -> _Draw[_P]:
        own = [each for each in signature(function).parameters.values() if each.name != "given"]
        types = get_type_hints(options)  # without what the options mean, which is for the shell
        keywords = [
            each.replace(kind=Parameter.KEYWORD_ONLY, annotation=types[each.name])
            for each in signature(options).parameters.values()
        ]
        shown = signature(function).replace(parameters=[*own, *keywords])
        function.__signature__ = shown  # type: ignore[attr-defined]
        meanings = (f"    {name}: {field.option.help}" for name, field in OPTIONS.items())
        function.__doc__ = "\n".join([cleandoc(function.__doc__ or ""), "", *meanings])
        return function

    return declare


@_with_options(Options)
def draw(networks: Network | Iterable[Network], path: _Place, **given: Any) -> None:
    """Draw a figure to a file, or to standard output for ``-``. Raises SpecError.

    A network is a Graph, or what ``load`` takes; some figures show several. The suffix says the
    format if ``format`` does not. Without ``force`` no file is overwritten. With ``diff`` it shows
    what makes the second of two networks of the first. What was asked for and could not be done is
    a warning.
    """
    options = request(**given)
    for note in save_figure(as_graphs(networks), path, options):
        warnings.warn(note, stacklevel=2)


def save_figure(graphs: Sequence[Graph], path: _Place, options: Options) -> tuple[str, ...]:
    """Save a figure as ``draw`` does, and return what was asked for and could not be done, in a
    sentence each. Raises SpecError."""
    name = os.fspath(path)
    format = find_suffix(name, options)
    if is_standard_output(name):
        return _print_figure(graphs, format, options)
    _check_file(name, options)
    content, notes = render_figure(graphs, format, options)
    write(content, name)
    return notes


def save_scene(
    compose: Callable[[Options], Scene], path: _Place, options: Options
) -> tuple[str, ...]:
    """Save a chart in the same ways. Raises SpecError."""
    name = os.fspath(path)
    format = find_suffix(name, options)
    find_row_of_scenes(format, "a chart")
    if is_standard_output(name):
        _check_screen(format)
    else:
        _check_file(name, options)
    content, notes = render_scene(compose(options), format, options)
    write(content, name)
    return notes


def _check_file(name: str, options: Options) -> None:
    if not options.force and os.path.exists(name):
        raise failure("cannot-write", f"'{name}' exists already", help="force=True overwrites it")
    check_place(name)


def find_suffix(name: str, options: Options) -> str:
    """The format of a file: as the options say, or as its name says. Raises SpecError."""
    suffix = options.format or Path(name).suffix[1:].lower()
    if suffix in SUFFIXES:
        return suffix
    if name == STANDARD_OUTPUT:
        raise _no_format("a figure for standard output needs a format", "")
    if not suffix:
        raise _no_format(f"'{name}' has no suffix that says the format", "")
    raise _no_format(f"there are no figures in the format of '{name}'", suffix)


def _no_format(message: str, format: str) -> SpecError:
    known = f"the formats are {', '.join(SUFFIXES)}"
    return failure("bad-option", message, help=near(format, SUFFIXES) or known)


def _print_figure(graphs: Sequence[Graph], format: str, options: Options) -> tuple[str, ...]:
    """A figure on standard output; a terminal gets text only."""
    _check_screen(format)
    content, notes = render_figure(graphs, format, options, screen(sys.stdout))
    if format == "txt":
        sys.stdout.write(content.decode())
    else:
        write(content, STANDARD_OUTPUT)
    return notes


def _check_screen(format: str) -> None:
    is_for_files = any(row.suffix == format and not row.on_screen for row in FORMATS)
    if is_for_files and sys.stdout.isatty():
        message = f"{format.upper()} is not for a screen"
        raise failure("bad-option", message, help=f"write it to a file: -o FILE.{format}")


def digraph(graph: Graph, **given: Any) -> Digraph:
    """A network as a graph of the package ``graphviz``, which a notebook shows as our own figure
    where Graphviz itself is not installed. Raises SpecError."""
    drawn, notes = render_digraph(graph, request(**given))
    for note in notes:
        warnings.warn(note, stacklevel=4)
    drawn.picture = lambda: figure_bytes(graph, "svg", **given).decode()
    return drawn


def figure_bytes(graphs: Graph | Sequence[Graph], format: str, **given: Any) -> bytes:
    """A figure as the bytes of a file. Raises SpecError."""
    options = request(format=format, **given)
    shown = [graphs] if isinstance(graphs, Graph) else list(graphs)
    assert options.format is not None
    return render_figure(shown, options.format, options).content
