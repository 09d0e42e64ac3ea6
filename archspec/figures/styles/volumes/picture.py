"""A picture of one's own on the first volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archspec.diagnostics import SpecError, failure
from archspec.escaping import clean
from archspec.figures.scene import Box, Item, Polygon, Raster
from archspec.op.tensor import TensorType

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES: Final = 20_000_000
"""Of a file."""
MAX_PIXELS: Final = 40_000_000
LONGEST: Final = 400
"""Pixels of the longer side in a figure."""
FORMATS: Final = ("PNG", "JPEG")


def with_picture(items: Sequence[Item], name: str, output: TensorType) -> Iterator[Item]:
    """The items of volumes, with a picture on the side of the first. Raises SpecError."""
    first = next(k for k, item in enumerate(items) if isinstance(item, Box))
    side, shadow = items[first - 2 : first] if first > 1 else (None, None)
    if not isinstance(side, Polygon) or not isinstance(shadow, Polygon) or output.rank != 2:
        raise failure(
            "cannot-draw",
            f"the first volume is one of {output}, and has no side for a picture",
            help="leave out --image",
        )
    picture = read_raster(name, output)
    yield from items[: first - 1]
    yield Polygon(side.points, None, side.stroke, side.thickness, picture=picture)
    yield from items[first:]


def read_raster(name: str, output: TensorType) -> Raster:
    """The middle of a picture, in the form of a map, and grey if that has one channel. Raises
    SpecError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        if Path(name).stat().st_size > MAX_BYTES:
            raise _refused(name, f"has more than {MAX_BYTES // 1_000_000} MB")
        with Image.open(name, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refused(name, f"has more than {MAX_PIXELS // 1_000_000} million pixels")
            kind = image.format or ""
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except UnidentifiedImageError:
        raise _refused(name, "is no PNG and no JPEG") from None
    except SpecError:
        raise
    except OSError as error:
        raise _refused(name, f"cannot be read: {error.strerror or 'it is broken'}") from None
    except Exception:  # Pillow's readers raise whatever a broken file leads them to
        raise _refused(name, "cannot be read: it is broken") from None
    paper = Image.new("RGBA", upright.size, "white")
    return _in_form(Image.alpha_composite(paper, upright), kind, output)


def _in_form(image: Image, kind: str, output: TensorType) -> Raster:
    from PIL import ImageOps

    rows, columns = output.spatial
    scale = min(LONGEST, max(image.size)) / max(rows, columns)
    size = max(round(columns * scale), 1), max(round(rows * scale), 1)
    fitted = ImageOps.fit(image, size).convert("L" if output.channels == 1 else "RGB")
    file = BytesIO()
    fitted.save(file, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return Raster(kind.lower(), *size, file.getvalue())


def _refused(name: str, why: str) -> SpecError:
    message = f"the image '{clean(name, 60)}' {why}"
    return failure("bad-option", message, help="--image takes a PNG or a JPEG file")
