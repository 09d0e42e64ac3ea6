"""What plots of results share: their look, their formats, the places where they may be written."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from archspec.diagnostics import failure
from archspec.figures.theme import color
from archspec.writing import STANDARD_OUTPUT, check_place

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PlotFormat = Literal["svg", "pdf", "png"]
PLOT_FORMATS: Final[tuple[PlotFormat, ...]] = ("svg", "pdf", "png")
WIDTH: Final = 6.3
"""Inches: the text of an A4 page."""
DPI: Final = 160
FONT: Final = "archspec"


def plot_format(place: str, *, force: bool = False, what: str = "plots") -> PlotFormat:
    """The format that the name of a file says; SVG on standard output. Raises SpecError where nothing
    can be written."""
    suffix = "svg" if place == STANDARD_OUTPUT else Path(place).suffix[1:].lower()
    format = next((each for each in PLOT_FORMATS if each == suffix), None)
    if format is None:
        message = f"there are no {what} in the format of '{place}'"
        raise failure("bad-option", message, help=f"the formats are {', '.join(PLOT_FORMATS)}")
    if not force and place != STANDARD_OUTPUT and Path(place).exists():
        raise failure("cannot-write", f"'{place}' exists already", help="--force overwrites it")
    check_place(place)
    return format


def as_bytes(figure: Figure, format: PlotFormat) -> bytes:
    """The same figure gives the same bytes: no dates, no versions."""
    nothing: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a box stands for it
        figure.savefig(stream, format=format, dpi=DPI, metadata=nothing[format])
    return stream.getvalue()


@contextmanager
def plot_style() -> Iterator[None]:
    """The look of our figures; texts are shapes, which look the same everywhere."""
    try:
        from matplotlib import rc_context
    except ImportError:
        raise failure(
            "no-torch", "curves are drawn with matplotlib", help="pip install 'archspec-nn[train]'"
        ) from None
    ink, pale, frame = (color("light", name) for name in ("ink", "pale", "frame-line"))
    _add_font()
    with rc_context(
        {
            "svg.hashsalt": "archspec",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
            "text.parse_math": False,
            "axes.unicode_minus": True,
            "font.family": [FONT, "DejaVu Sans"],
            "font.size": 8.5,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "text.color": ink,
            "axes.labelcolor": ink,
            "axes.titlecolor": ink,
            "axes.edgecolor": pale,
            "xtick.color": pale,
            "ytick.color": pale,
            "axes.linewidth": 0.6,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": frame,
            "grid.linewidth": 0.5,
            "lines.solid_capstyle": "round",
            "figure.facecolor": color("light", "background"),
            "axes.facecolor": "none",
        }
    ):
        yield


@cache
def _add_font() -> None:
    """The font of our figures under a name of its own, whatever is installed here."""
    from matplotlib.font_manager import FontEntry, fontManager

    folder = resources.files("archspec.figures.fonts")
    for style, weight in (("Regular", 400), ("Bold", 700)):
        path = str(folder / f"LiberationSans-{style}.ttf")
        fontManager.ttflist.append(FontEntry(fname=path, name=FONT, weight=weight))
