"""A figure as PNG: its PDF as pixels."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from math import sqrt
from typing import Final

from archspec.figures.render import pdf
from archspec.figures.scene import Scene
from archspec.figures.theme import ThemeName, paper

POINTS_PER_INCH: Final = 72
MAX_PIXELS: Final = 60_000_000
"""Of an image; a larger figure gets a lower resolution. They take four bytes each, twice."""
TRANSPARENT: Final = (0, 0, 0, 0)
WHITE: Final = (255, 255, 255, 255)


def render(
    scene: Scene, theme: ThemeName = "light", background: str | None = None, dpi: int = 200
) -> bytes:
    """With so many pixels to the inch, if they are not too many in all."""
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

    scale = _scale(scene, dpi)
    is_transparent = paper(theme, background) is None
    with PdfDocument(pdf.render(scene, theme, background)) as document:
        ground = TRANSPARENT if is_transparent else WHITE
        picture = document[0].render(scale=scale, fill_color=ground, maybe_alpha=is_transparent)
        image = picture.to_pil()
    file = BytesIO()
    dots = scale * POINTS_PER_INCH
    image.save(file, "PNG", dpi=(dots, dots))
    return file.getvalue()


def notes(scene: Scene, dpi: int, **_: object) -> Iterator[str]:
    """That a figure is too large for its resolution."""
    dots = _scale(scene, dpi) * POINTS_PER_INCH
    if dots < dpi:
        most = f"an image has at most {MAX_PIXELS // 1_000_000} million pixels"
        yield f"it has {dots:.0f} pixels per inch, not {dpi}: {most}"


def _scale(scene: Scene, dpi: int) -> float:
    """Pixels for each point."""
    return min(dpi / POINTS_PER_INCH, sqrt(MAX_PIXELS / (scene.width * scene.height)))
