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
    styles: tuple[str, ...] = ()
    """Those that have it; all that have scenes if it names none."""
    ignores: frozenset[str] = frozenset()
    """Options that have no effect in it, whatever the style."""
    on_screen: bool = True
    """Whether a terminal can show it."""
    accepts: Sequence[str] = ()
    """Options of the figure that are for such files only: keywords of the function."""
    notes: str = ""
    """The function that says what of them could not be done, if it is not always done."""


_DRAWN_BY_OTHERS: Final = ("paper", "full", "blocks", "module")
_NOT_IN_CHARTS: Final = frozenset({"width", "height", "density", "layout", "bars", "legend"})
_NOT_IN_TEXTS: Final = _NOT_IN_CHARTS | {"direction", "theme", "highlight", "dim"}

FORMATS: Final = (
    Format(
        "svg",
        "scene",
        "render.svg:render",
        "for web pages, Inkscape and Illustrator; text stays text",
        on_screen=False,
        accepts=("background", "family"),
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
        styles=("paper",),
        ignores=frozenset({"layout"}),
        on_screen=False,
    ),
    Format("html", "table", "styles.table:as_html", styles=("table",), on_screen=False),
    Format(
        "html",
        "scene",
        "render.svg_page:render",
        "a page with the picture for the other styles",
        on_screen=False,
        accepts=("background", "family"),
    ),
    Format("tex", "table", "styles.table:as_latex", "a `tabular` for tables", styles=("table",)),
    Format(
        "tex",
        "scene",
        "render.tikz:render",
        "TikZ: a document of its own, and a picture in another one",
        ignores=frozenset({"image"}),
        accepts=("background", "font"),
    ),
    Format(
        "dot",
        "diagram",
        "render.dot:render",
        "for Graphviz, if you want to lay it out yourself",
        _DRAWN_BY_OTHERS,
        _NOT_IN_CHARTS,
    ),
    Format(
        "gv",
        "diagram",
        "render.dot:render",
        "the same as `.dot`",
        _DRAWN_BY_OTHERS,
        _NOT_IN_CHARTS,
    ),
    Format("mmd", "diagram", "render.mermaid:render", "Mermaid", _DRAWN_BY_OTHERS, _NOT_IN_CHARTS),
    Format(
        "json",
        "scene",
        "render.scene_json:render",
        "the position of each box, line and text, for your own programs",
    ),
    Format("md", "table", "styles.table:as_markdown", "for the style `table`", styles=("table",)),
    Format(
        "md",
        "text",
        "styles.text_figure:render",
        "for the style `text`",
        ("text",),
        _NOT_IN_TEXTS,
    ),
    Format(
        "txt",
        "text",
        "styles.text_figure:render",
        "characters, for a terminal",
        ("text", *_DRAWN_BY_OTHERS),
        _NOT_IN_TEXTS,
    ),
)
"""Of several rows of one suffix, the first that a style has is taken."""
OF_FORMATS: Final = frozenset(name for row in FORMATS for name in row.accepts)
"""Options that not every format has."""
SUFFIXES: Final = tuple(dict.fromkeys(row.suffix for row in FORMATS))
"""Of files, in the order in which they are proposed."""


def find_format(suffix: str, style: str) -> Format | None:
    """The row of a suffix for a style; None if the style has no such files."""
    for row in FORMATS:
        fits = style in row.styles if row.styles else style != "text"
        if row.suffix == suffix and fits:
            return row
    return None
