"""Figures in files, by their suffix."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from html import escape
from inspect import Parameter, cleandoc, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, final, get_type_hints

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
_MakeFigure = Callable[Concatenate[Network | Iterable[Network], _P], "Figure"]


def _with_options(options: Callable[_P, Options]) -> Callable[[Callable[..., Any]], Any]:
    """Let a function take the options of a figure, for ``help``."""

    def declare(function: Callable[..., Any]) -> Any:
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


def _drawing(options: Callable[_P, Options]) -> Callable[[Callable[..., None]], _Draw[_P]]:
    """The same for type checkers, of a function that writes a file."""
    declare: Callable[[Callable[..., None]], _Draw[_P]] = _with_options(options)
    return declare


def _making(options: Callable[_P, Options]) -> Callable[[Callable[..., Figure]], _MakeFigure[_P]]:
    """The same of a function that makes a figure."""
    declare: Callable[[Callable[..., Figure]], _MakeFigure[_P]] = _with_options(options)
    return declare


@final
class Figure:
    """A figure that a notebook shows, and that can be saved as a file of any format."""

    def __init__(self, graphs: Sequence[Graph], options: Options) -> None:
        self._graphs = tuple(graphs)
        self._options = options
        self.svg: str = self._rendered("svg", stacklevel=4)

    def __repr__(self) -> str:
        names = ", ".join(graph.name for graph in self._graphs)
        return f"<Figure of {names}, {self._options.style}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: _Place) -> None:
        """Write it to a file, whose suffix says the format. Raises SpecError."""
        for note in save_figure(self._graphs, path, self._options):
            warnings.warn(note, stacklevel=2)

    def page(self, height: int = 600) -> NotebookPage:
        """The page that one clicks through, for a cell of a notebook. Raises SpecError."""
        return NotebookPage(self._rendered("html", stacklevel=3), height)

    def _rendered(self, format: str, *, stacklevel: int) -> str:
        content, notes = render_figure(self._graphs, format, self._options)
        for note in notes:
            warnings.warn(note, stacklevel=stacklevel)
        return content.decode()


@final
class NotebookPage:
    """A page of HTML in a frame of a cell, apart from the notebook's own styles and scripts."""

    def __init__(self, html: str, height: int) -> None:
        self.html = html
        self._height = height

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" width="100%" height="{self._height}" '
            'style="border:0"></iframe>'
        )


@_making(Options)
def figure(networks: Network | Iterable[Network], **given: Any) -> Figure:
    """A figure of a network, or of several, as a value: a notebook shows it; ``save(path)`` writes a
    file, ``svg`` is its text, and ``page()`` shows the page that one clicks through. Raises SpecError.

    A network is a Graph, or what ``load`` takes. What was asked for and could not be done is a
    warning.
    """
    return Figure(as_graphs(networks), request(**given))


@_drawing(Options)
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
