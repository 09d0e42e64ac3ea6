"""A network in each format that a figure may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from archspec.diagnostics import failure
from archspec.figures.request import MM, Options
from archspec.figures.scene import Scene, check_boxes
from archspec.figures.theme import ThemeName
from archspec.graph import Graph
from archspec.screen import Screen

FORMATS: Final = ("svg", "pdf", "png", "html", "tex", "dot", "gv", "mmd", "json", "md", "txt")
"""Suffixes of files."""
BY_DIAGRAM: Final = ("dot", "gv", "mmd")
"""Formats without places: what is drawn, and what leads where."""
OF_SCENES: Final = ("svg", "pdf", "png", "html", "tex", "json")
"""Formats of all that has its place."""
OF_FILES: Final = ("svg", "pdf", "png", "html")
"""Formats that mean nothing on a screen."""


class Written(NamedTuple):
    content: str | bytes
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done."""


PAGE: Final = Screen(100)
"""As wide as a text in a file."""


def written(
    graphs: Sequence[Graph],
    format: str,
    theme: ThemeName | None,
    options: Options,
    *,
    diff: bool,
    screen: Screen = PAGE,
) -> Written:
    """Networks in a format. Raises SpecError."""
    if diff:
        return _placed(_difference(graphs, format, options), format, theme, options)
    if options.style == "text" or format == "txt":
        return Written(_text(graphs, format, options, screen))
    if options.style == "table" and format in ("md", "html", "tex"):
        return Written(_table(graphs, format))
    if format == "md":
        raise failure("cannot-draw", "only the style 'table' has Markdown", help="--style table")
    if format in BY_DIAGRAM:
        return Written(_diagram(_one(graphs, format), format, options))
    if format == "html" and options.style == "paper":
        return Written(_page(_one(graphs, format), theme, options))
    from archspec.figures import figure

    return _placed(figure(graphs, options), format, theme, options)


def _difference(graphs: Sequence[Graph], format: str, options: Options) -> Scene:
    if len(graphs) != 2:
        message = f"a difference is that of two networks, not of {len(graphs)}"
        raise failure("cannot-draw", message, help="archspec draw A B --diff -o FILE")
    if format not in OF_SCENES:
        message = f"a difference is not written as {format.upper()}"
        raise failure("cannot-draw", message, help=f"the formats are {', '.join(OF_SCENES)}")
    from archspec.figures.difference import scene

    return scene(graphs[0], graphs[1], options)


def _placed(scene: Scene, format: str, theme: ThemeName | None, options: Options) -> Written:
    check_boxes(sum(1 for _ in scene.boxes), scene.title)
    notes: tuple[str, ...] = ()
    if options.width is not None and scene.width > options.width + 0.5:
        wide, asked = scene.width / MM, options.width / MM
        notes = (f"it is {wide:.0f} mm wide, not {asked:.0f} mm: its text would be too small",)
    return Written(_file(scene, format, theme or "light"), notes)


def _file(scene: Scene, format: str, theme: ThemeName) -> str | bytes:
    if format == "pdf":
        from archspec.figures.render import pdf

        return pdf.write(scene, theme)
    if format == "png":
        from archspec.figures.render import png

        return png.write(scene, theme)
    if format == "tex":
        from archspec.figures.render import tikz

        return tikz.write(scene, theme)
    if format == "json":
        from archspec.figures.render import scene_json

        return scene_json.write(scene, theme)
    from archspec.figures.render import svg

    drawn = svg.write(scene, theme)
    return drawn if format == "svg" else _still(drawn, scene.title)


def _still(drawn: str, title: str) -> str:
    """A page with nothing but a figure in it."""
    from html import escape

    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f"<style>body{{margin:0}} svg{{max-width:100%;height:auto}}</style>\n{drawn}</html>\n"
    )


def _page(graph: Graph, theme: ThemeName | None, options: Options) -> str:
    from archspec.figures.outline.build import outline
    from archspec.figures.render import page

    return page.write(outline(graph, options, deep=True).diagram, graph, theme or "auto")


def _table(graphs: Sequence[Graph], format: str) -> str:
    from archspec.figures.styles import table

    write = {"md": table.as_markdown, "html": table.as_html, "tex": table.as_latex}[format]
    return write(table.architecture_table(graphs))


def _diagram(graph: Graph, format: str, options: Options) -> str:
    from archspec.figures.outline.build import outline
    from archspec.figures.render import dot, mermaid

    if options.style == "full":
        options = replace(options, fold=False)
    write = mermaid.write if format == "mmd" else dot.write
    return write(outline(graph, options).diagram, graph.name, options.direction or "down")


def _text(graphs: Sequence[Graph], format: str, options: Options, screen: Screen) -> str:
    if format not in ("txt", "md"):
        message = f"the style 'text' is not written as {format.upper()}"
        raise failure("cannot-draw", message, help="its suffix is .txt, or draw another style")
    from archspec.figures.outline.build import outline
    from archspec.figures.styles.text_figure import as_text

    return as_text(outline(_one(graphs, format), options), screen.width, screen.ascii)


def _one(graphs: Sequence[Graph], format: str) -> Graph:
    if len(graphs) > 1:
        message = f"{format.upper()} shows one network, not {len(graphs)}"
        raise failure("cannot-draw", message, help="several are shown by --style blocks and table")
    return graphs[0]
