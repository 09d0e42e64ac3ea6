"""A scene in TikZ: a LaTeX document of its own, and a picture where another one reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.render.tikz.characters import LONGEST
from archspec.figures.render.tikz.items import draw, place
from archspec.figures.render.tikz.names import NamedBoxes, Names
from archspec.figures.render.tikz.numbers import point
from archspec.figures.request import FontName
from archspec.figures.scene import Scene
from archspec.figures.theme import ThemeName

LARGEST: Final = 14_400
"""Points: a page of PDF has no longer side, and TeX no much longer length."""
FALLBACKS: Final = ("Noto Sans CJK KR", "Noto Sans CJK SC", "Source Han Sans", "Arial Unicode MS")
"""Fonts with the characters that Helvetica lacks."""

HELVETICA: Final = r"\def\letters{\fontencoding{T1}\fontfamily{phv}}"
OF_THE_DOCUMENT: Final = r"\def\letters{}"

# A document that has begun has made \documentclass an error. A library that is loaded inside of a
# group would be lost behind it, so it is loaded for good. Spaces mean nothing inside of a picture
# only: whatever is not for the preamble is there.
INPUT: Final = r"""\expandafter\ifx\csname @twoclasseserror\endcsname\documentclass
  \def\isinput{}%
  \ifdefined\usetikzlibrary\begingroup\globaldefs=1 \usetikzlibrary{arrows.meta}\endgroup
  \else\errmessage{This figure needs \string\usepackage{tikz} in the preamble}\fi
\else
  \documentclass[border=0pt]{standalone}"""
PREAMBLE: Final = r"""  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
  \usepackage{helvet}"""
BEGIN: Final = r"""  \usepackage{tikz}
  \usetikzlibrary{arrows.meta}
  \begin{document}
\fi"""
END: Final = r"""\ifdefined\isinput\endinput\fi%
\end{document}"""


def render(
    scene: Scene,
    theme: ThemeName = "light",
    background: str | None = None,
    font: FontName = "helvetica",
) -> str:
    """A document whose page is the scene. Raises SpecError if it is too large for a page."""
    if max(scene.width, scene.height) > LARGEST:
        message = f"a page of LaTeX has at most {LARGEST:,} points a side"
        raise failure("cannot-draw", message, help="a smaller depth makes a smaller figure")
    names, boxes = Names(theme), NamedBoxes(scene)
    size = point((scene.width, scene.height))
    body = [rf"\useasboundingbox (0, 0) rectangle {size};"]
    if background != "none":
        body.append(rf"\fill[{names.color(background or 'background')}] (0, 0) rectangle {size};")
    body += [place(box, boxes) for box in scene.boxes]
    body += [line for item in scene.items for line in draw(item, names, boxes)]
    parts = (*_head(scene, font, names), *_picture(body, font, names), END, "")
    return "\n".join(parts)


def _head(scene: Scene, font: FontName, names: Names) -> Iterator[str]:
    yield f"% {_comment(scene.title)}: for pdflatex, xelatex and lualatex, by itself or by \\input in a"
    yield "% document that has \\usepackage{tikz}. One unit is one point, 1bp; y grows downwards. NamedBoxes are"
    yield "% nodes: \\draw[->] (somewhere) -- (NAME); leads to one, and lines follow one that is moved."
    yield INPUT
    if font == "helvetica":
        yield PREAMBLE
    if names.has_rare:
        yield r"  \ifdefined\Umathcode\usepackage{fontspec}\fi"
    yield BEGIN


def _picture(body: Iterable[str], font: FontName, names: Names) -> Iterator[str]:
    yield r"\begin{tikzpicture}["
    yield "  x=1bp, y=-1bp,"
    yield "  place/.style={inner sep=0bp, outer sep=0bp},"
    yield "  round place/.style={place, circle},"
    yield from (f"  {name}/.style={{{options}}}," for options, name in names.styles.items())
    yield "]"
    yield f"  {HELVETICA if font == 'helvetica' else OF_THE_DOCUMENT}"
    for name, value in names.colors.items():
        yield rf"  \definecolor{{{name}}}{{HTML}}{{{value}}}"
    if names.has_rare:
        yield from _rare()
    yield from (f"  {line}" for line in body)
    yield r"\end{tikzpicture}%"


def _comment(text: str) -> str:
    """A text in a comment, where it means nothing; without backslashes it does not even look so."""
    return clean(text, LONGEST).replace("\\", "/")


def _rare() -> Iterator[str]:
    """What Helvetica lacks, in the first font that has it, or else as boxes of the same width."""
    yield r"""  \def\other#1#2{{\fboxsep=0pt\fboxrule=0.05em\kern0.08em%
    \framebox[\dimexpr#2-0.16em]{\rule{0pt}{0.66em}}\kern0.08em}}
  \ifdefined\newfontfamily
    \let\otherfont\undefined"""
    for name in FALLBACKS:
        yield rf"    \ifdefined\otherfont\else\IfFontExistsTF{{{name}}}{{\newfontfamily\otherfont{{{name}}}}}{{}}\fi"
    yield r"""    \ifdefined\otherfont\def\other#1#2{{\otherfont#1}}\fi
  \fi"""
