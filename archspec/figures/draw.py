"""Figures in files, by their suffix."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Unpack

from archspec.diagnostics import SpecError, failure, near
from archspec.figures.choices import Choices, check_options, chosen, no_choice, without_effect
from archspec.figures.formats import FORMATS, OF_FILES, PAGE, written
from archspec.figures.theme import THEMES, ThemeName
from archspec.graph import Graph
from archspec.screen import Screen, screen
from archspec.workspace.load import Network, as_graphs
from archspec.writing import STANDARD_OUTPUT, check_place, is_standard_output, write


class Drawn(NamedTuple):
    """A figure as the bytes of a file."""

    content: bytes
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done."""


def draw(
    networks: Network | Iterable[Network],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    theme: ThemeName | None = None,
    force: bool = True,
    diff: bool = False,
    **choices: Unpack[Choices],
) -> None:
    """Write a figure to a file, or to standard output for ``-``. Raises SpecError.

    A network is a Graph, or what ``load`` takes; some figures show several. The suffix says the
    format if ``format`` does not. Without ``force`` no file is overwritten. With ``diff`` it shows
    what makes the second of two networks of the first. The other options are those of ``Choices``.
    What was asked for and could not be done is a warning.
    """
    check_options({"format": format, "theme": theme, "force": force, "diff": diff, **choices})
    graphs = as_graphs(networks)
    notes = write_figure(
        graphs, path, format=format, theme=theme, force=force, diff=diff, **choices
    )
    for note in notes:
        warnings.warn(note, stacklevel=2)


def write_figure(
    graphs: Graph | Sequence[Graph],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    theme: ThemeName | None = None,
    force: bool = True,
    diff: bool = False,
    **choices: Unpack[Choices],
) -> tuple[str, ...]:
    """Write a figure as ``draw`` does, and return what was asked for and could not be done, in a
    sentence each. Raises SpecError."""
    name = os.fspath(path)
    format = _format(name) if format is None else format
    if is_standard_output(name):
        return _on_screen(graphs, format, theme, diff, **choices)
    if not force and os.path.exists(name):
        raise failure("cannot-write", f"'{name}' exists already", help="force=True overwrites it")
    check_place(name)
    figure = drawn(graphs, format, theme, diff=diff, **choices)
    write(figure.content, name)
    return figure.notes


def _on_screen(
    graphs: Graph | Sequence[Graph],
    format: str,
    theme: ThemeName | None,
    diff: bool,
    **choices: Unpack[Choices],
) -> tuple[str, ...]:
    """A figure on standard output; a terminal gets text only."""
    if sys.stdout.isatty() and format.lower() in OF_FILES:
        raise failure(
            "cannot-draw",
            f"{format.upper()} is not for a screen",
            help=f"write it to a file: -o FILE.{format.lower()}",
        )
    shown = screen(sys.stdout)
    figure = drawn(graphs, format, theme, diff=diff, screen=shown, **choices)
    if format.lower() == "txt":
        sys.stdout.write(figure.content.decode())
    else:
        write(figure.content, STANDARD_OUTPUT)
    return figure.notes


def rendered(
    graphs: Graph | Sequence[Graph],
    format: str,
    theme: ThemeName | None = None,
    *,
    diff: bool = False,
    **choices: Unpack[Choices],
) -> bytes:
    """A figure as the bytes of a file. Raises SpecError."""
    return drawn(graphs, format, theme, diff=diff, **choices).content


def drawn(
    graphs: Graph | Sequence[Graph],
    format: str,
    theme: ThemeName | None = None,
    *,
    diff: bool = False,
    screen: Screen = PAGE,
    **choices: Unpack[Choices],
) -> Drawn:
    """A figure, and what of the choices it could not keep. Raises SpecError."""
    format = format.lower()
    if format not in FORMATS:
        raise _unknown(f"there are no figures in the format '{format}'", format)
    if theme is not None and theme not in THEMES:
        raise no_choice("theme", theme, THEMES)
    shown = [graphs] if isinstance(graphs, Graph) else list(graphs)
    options = chosen(**choices)
    found = written(shown, format, theme, options, diff=diff, screen=screen)
    content = found.content if isinstance(found.content, bytes) else found.content.encode()
    return Drawn(content, (*without_effect(options), *found.notes))


def _format(name: str) -> str:
    suffix = Path(name).suffix[1:].lower()
    if suffix in FORMATS:
        return suffix
    if name == "-":
        raise _unknown("a figure for standard output needs a format", "")
    if not suffix:
        raise _unknown(f"'{name}' has no suffix that says the format", "")
    raise _unknown(f"there are no figures in the format of '{name}'", suffix)


def _unknown(message: str, format: str) -> SpecError:
    known = f"the formats are {', '.join(FORMATS)}"
    return failure("cannot-draw", message, help=near(format, FORMATS) or known)
