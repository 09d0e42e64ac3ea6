"""Figures in files, by their suffix."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypedDict, Unpack

from archspec.diagnostics import SpecError, failure, near
from archspec.figures import options as asked
from archspec.figures.files import save
from archspec.figures.options import STYLES, WIDTHS, Options, width_in_points
from archspec.figures.scene import Scene
from archspec.figures.theme import THEMES, ThemeName
from archspec.graph import Graph

FORMATS: Final = ("svg", "pdf", "png", "html", "tex", "dot", "gv", "mmd", "json", "md", "txt")
"""Suffixes of files."""
BY_DIAGRAM: Final = ("dot", "gv", "mmd")
"""Formats without places: what is drawn, and what leads where."""
OF_SCENES: Final = ("svg", "pdf", "png", "html", "tex", "json")
"""Formats of all that has its place."""
MAX_BOXES: Final = 50_000
"""Of a figure; so many take some seconds."""


class Choices(TypedDict, total=False):
    """What a figure shows; see Options."""

    style: str
    """One of STYLES; ``module NAME`` and ``dense NAME`` say of what."""
    module: str | None
    width: str | None
    """``a4``, ``column``, ``120mm``. (What is needed, at most A4)"""
    direction: asked.Direction | None
    fold: bool
    depth: int | None
    open: Sequence[str]
    close: Sequence[str]
    labels: asked.Labels
    bars: asked.Bars
    legend: bool
    title: bool


def draw(
    graphs: Graph | Sequence[Graph],
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    theme: ThemeName | None = None,
    force: bool = True,
    diff: bool = False,
    **choices: Unpack[Choices],
) -> None:
    """Write a figure to a file, or to standard output for ``-``. Raises SpecError.

    The suffix says the format if ``format`` does not. Without ``force`` no file is overwritten.
    With ``diff`` it shows what makes the second of two networks of the first.
    """
    name = os.fspath(path)
    format = _format(name) if format is None else format
    figure = rendered(graphs, format, theme, diff=diff, **choices)
    if name == "-":
        sys.stdout.buffer.write(figure)
    else:
        save(figure, Path(name), force)


def rendered(
    graphs: Graph | Sequence[Graph],
    format: str,
    theme: ThemeName | None = None,
    *,
    diff: bool = False,
    **choices: Unpack[Choices],
) -> bytes:
    """A figure as the bytes of a file. Raises SpecError."""
    format = format.lower()
    if format not in FORMATS:
        raise _unknown(f"there are no figures in the format '{format}'", format)
    if theme is not None and theme not in THEMES:
        raise _no_choice("theme", theme, THEMES)
    shown = [graphs] if isinstance(graphs, Graph) else list(graphs)
    options = chosen(**choices)
    written = (_difference if diff else _written)(shown, format, theme, options)
    return written if isinstance(written, bytes) else written.encode()


def _written(
    graphs: list[Graph], format: str, theme: ThemeName | None, options: Options
) -> str | bytes:
    if options.style == "text" or format == "txt":
        return _text(graphs, format, options)
    if options.style == "table" and format in ("md", "html", "tex"):
        return _table(graphs, format)
    if format == "md":
        raise failure("cannot-draw", "only the style 'table' has Markdown", help="--style table")
    if format in BY_DIAGRAM:
        return _diagram(_one(graphs, format), format, options)
    if format == "html" and options.style == "paper":
        from archspec.figures.outline import outline
        from archspec.figures.writers import page

        graph = _one(graphs, format)
        return page.write(outline(graph, options, deep=True).diagram, graph, theme or "auto")
    return _scene(graphs, format, theme or "light", options)


def _difference(
    graphs: list[Graph], format: str, theme: ThemeName | None, options: Options
) -> str | bytes:
    if len(graphs) != 2:
        message = f"a difference is that of two networks, not of {len(graphs)}"
        raise failure("cannot-draw", message, help="archspec draw A B --diff -o FILE")
    if format not in OF_SCENES:
        message = f"a difference is not written as {format.upper()}"
        raise failure("cannot-draw", message, help=f"the formats are {', '.join(OF_SCENES)}")
    from archspec.figures.difference import scene

    first, second = graphs
    return _file(scene(first, second, options), format, theme or "light")


def _scene(graphs: list[Graph], format: str, theme: ThemeName, options: Options) -> str | bytes:
    from archspec.figures import figure

    return _file(figure(graphs, options), format, theme)


def _file(scene: Scene, format: str, theme: ThemeName) -> str | bytes:
    if sum(1 for _ in scene.boxes) > MAX_BOXES:
        raise failure(
            "cannot-draw",
            f"'{scene.title}' has more than {MAX_BOXES:,} boxes to draw",
            help="a smaller depth has fewer, and so has --fold",
        )
    if format == "pdf":
        from archspec.figures.writers import pdf

        return pdf.write(scene, theme)
    if format == "png":
        from archspec.figures.writers import png

        return png.write(scene, theme)
    if format == "tex":
        from archspec.figures.writers import tikz

        return tikz.write(scene, theme)
    if format == "json":
        from archspec.figures.writers import scene_json

        return scene_json.write(scene, theme)
    from archspec.figures.writers import svg

    drawn = svg.write(scene, theme)
    return drawn if format == "svg" else _still(drawn, scene.title)


def _still(drawn: str, title: str) -> str:
    """A page with nothing but a figure in it."""
    from html import escape

    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f"<style>body{{margin:0}} svg{{max-width:100%;height:auto}}</style>\n{drawn}</html>\n"
    )


def _table(graphs: list[Graph], format: str) -> str:
    from archspec.figures.styles import table

    write = {"md": table.as_markdown, "html": table.as_html, "tex": table.as_latex}[format]
    return write(table.architecture_table(graphs))


def _diagram(graph: Graph, format: str, options: Options) -> str:
    from archspec.figures.outline import outline
    from archspec.figures.writers import dot, mermaid

    if options.style == "full":
        options = replace(options, fold=False)
    write = mermaid.write if format == "mmd" else dot.write
    return write(outline(graph, options).diagram, graph.name, options.direction or "down")


def _text(graphs: list[Graph], format: str, options: Options) -> str:
    if format not in ("txt", "md"):
        message = f"the style 'text' is not written as {format.upper()}"
        raise failure("cannot-draw", message, help="its suffix is .txt, or draw another style")
    from archspec.figures.outline import outline
    from archspec.figures.styles.text import as_text

    return as_text(outline(_one(graphs, format), options))


def _one(graphs: list[Graph], format: str) -> Graph:
    if len(graphs) > 1:
        message = f"{format.upper()} shows one network, not {len(graphs)}"
        raise failure("cannot-draw", message, help="several are shown by --style blocks and table")
    return graphs[0]


# ---------------------------------------------------------------- choices


def chosen(**choices: Unpack[Choices]) -> Options:
    """Checked options. Raises SpecError."""
    style, _, name = choices.get("style", "paper").partition(" ")
    if style not in STYLES:
        raise _no_choice("style", style, STYLES)
    module = choices.get("module") or name.strip() or None
    width = choices.get("width")
    points = None if width is None else width_in_points(width)
    if width is not None and points is None:
        raise failure(
            "cannot-draw",
            f"'{width}' is no width of a figure",
            help=near(width, WIDTHS) or f"{', '.join(WIDTHS)}, or millimetres such as 120mm",
        )
    for key, known in CHOICES.items():
        value = choices.get(key)
        if value is not None and value not in known:
            raise _no_choice(key, str(value), known)
    return Options(
        style=style,  # type: ignore[arg-type]
        module=module,
        width=points,
        direction=choices.get("direction"),
        fold=choices.get("fold", True),
        depth=choices.get("depth"),
        open=tuple(choices.get("open", ())),
        close=tuple(choices.get("close", ())),
        labels=choices.get("labels", "paper"),
        bars=choices.get("bars", "both"),
        legend=choices.get("legend", True),
        title=choices.get("title", True),
    )


CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "direction": ("right", "down"),
    "labels": ("paper", "pytorch"),
    "bars": ("none", "params", "macs", "both"),
}


def _no_choice(name: str, value: str, known: Sequence[str]) -> SpecError:
    help = near(value, known) or f"one of {', '.join(known)}"
    return failure("cannot-draw", f"there is no {name} '{value}'", help=help)


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
