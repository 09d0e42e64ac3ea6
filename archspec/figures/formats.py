"""The formats that a figure may have: a row for everything that can be rendered in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

Content = Literal["scene", "diagram", "table", "text", "page"]
"""What a format renders: places of everything, what leads where, rows, characters, or a page that
readers fold themselves."""


class Format(NamedTuple):
    """A row: what files of a suffix hold, and the function that renders it."""

    suffix: str
    content: Content
    render: str
    """``module:function`` below archspec.figures."""
    about: str = ""
    """What is particular about such files, for the documents."""
    style: str | None = None
    """The only style that has it; None if all have."""
    on_screen: bool = True
    """Whether a terminal can show it."""
    accepts: Sequence[str] = ()
    """Options of the figure that are for such files only: keywords of the function."""
    notes: str = ""
    """The function that says what of them could not be done, if it is not always done."""


FORMATS: Final = (
    Format(
        "svg",
        "scene",
        "render.svg:render",
        "for web pages, Inkscape and Illustrator; text stays text",
        on_screen=False,
        accepts=("background",),
    ),
    Format(
        "pdf",
        "scene",
        "render.pdf:render",
        "for LaTeX; fonts are embedded",
        on_screen=False,
        accepts=("background",),
    ),
    Format(
        "png",
        "scene",
        "render.png:render",
        "200 pixels per inch, or `--dpi`",
        on_screen=False,
        accepts=("background", "dpi"),
        notes="render.png:notes",
    ),
    Format(
        "html",
        "page",
        "render.page:write",
        "[an interactive page](#an-interactive-page)",
        style="paper",
        on_screen=False,
    ),
    Format("html", "table", "styles.table:as_html", style="table", on_screen=False),
    Format(
        "html",
        "scene",
        "render.svg_page:render",
        "a page with the picture for the other styles",
        on_screen=False,
        accepts=("background",),
    ),
    Format("tex", "table", "styles.table:as_latex", "a `tabular` for tables", style="table"),
    Format(
        "tex",
        "scene",
        "render.tikz:render",
        "a standalone TikZ document",
        accepts=("background",),
    ),
    Format(
        "dot", "diagram", "render.dot:render", "for Graphviz, if you want to lay it out yourself"
    ),
    Format("gv", "diagram", "render.dot:render", "the same as `.dot`"),
    Format("mmd", "diagram", "render.mermaid:render", "Mermaid"),
    Format(
        "json",
        "scene",
        "render.scene_json:render",
        "the position of each box, line and text, for your own programs",
    ),
    Format("md", "table", "styles.table:as_markdown", "for the style `table`", style="table"),
    Format("md", "text", "styles.text_figure:as_text", "for the style `text`", style="text"),
    Format("txt", "text", "styles.text_figure:as_text", "characters, for a terminal"),
)
"""Of several rows of one suffix, the first that a style has is taken."""
OF_FORMATS: Final = frozenset(name for row in FORMATS for name in row.accepts)
"""Options that not every format has."""
SUFFIXES: Final = tuple(dict.fromkeys(row.suffix for row in FORMATS))
"""Of files, in the order in which they are proposed."""


def find_format(suffix: str, style: str) -> Format | None:
    """The row of a suffix for a style; None if the style has no such files."""
    for row in FORMATS:
        fits = row.content == "text" if style == "text" else row.style in (None, style)
        if row.suffix == suffix and fits:
            return row
    return None
