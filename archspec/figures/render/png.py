"""A figure as PNG: its PDF as pixels."""

from __future__ import annotations

from io import BytesIO
from math import sqrt
from typing import Final

from archspec.figures.render import pdf
from archspec.figures.scene import Scene
from archspec.figures.theme import ThemeName

POINTS_PER_INCH: Final = 72
MAX_PIXELS: Final = 60_000_000
"""Of an image; a larger figure gets a lower resolution. They take four bytes each, twice."""


def render(scene: Scene, theme: ThemeName = "light", resolution: float = 200) -> bytes:
    """Pixels to the inch."""
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

    scale = min(resolution / POINTS_PER_INCH, sqrt(MAX_PIXELS / (scene.width * scene.height)))
    with PdfDocument(pdf.render(scene, theme)) as document:
        image = document[0].render(scale=scale).to_pil()
    file = BytesIO()
    dots = scale * POINTS_PER_INCH
    image.save(file, "PNG", dpi=(dots, dots))
    return file.getvalue()
