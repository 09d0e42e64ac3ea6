"""One file of a picture as an array of bytes, channel by channel."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archspec.diagnostics import failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

SUFFIXES: Final = frozenset(("jpg", "jpeg", "png", "bmp", "webp", "ppm", "pgm", "tif", "tiff"))
FORMATS: Final = ("JPEG", "PNG", "BMP", "WEBP", "PPM", "TIFF", "GIF")
"""What a file may hold, whatever its suffix: none of these runs another program."""
BYTES_OF_16_BITS: Final = 256


def read_picture(path: Path, channels: int) -> NDArray[np.uint8]:
    """A picture in grey (1 channel) or red, green, blue (3). Raises SpecError."""
    import numpy as np

    try:
        with _warnings_as_wanted(), _open(path) as image:
            decoded = _in_bytes(image).convert("L" if channels == 1 else "RGB")
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to
        raise _broken(path, error) from None
    pixels = np.asarray(decoded)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def size_of(path: Path) -> tuple[int, int]:
    """Width and height, by the file's header. Raises SpecError if it is no picture."""
    try:
        with _warnings_as_wanted(), _open(path) as image:
            return image.size
    except Exception as error:
        raise _broken(path, error) from None


@contextmanager
def _warnings_as_wanted() -> Iterator[None]:
    """What Pillow warns of does not change the pixels (metadata of ImageNet are often broken),
    but for pictures that are too large."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _open(path: Path) -> Image:
    from PIL import Image

    return Image.open(path, formats=FORMATS)


def _in_bytes(image: Image) -> Image:
    """The picture with a byte a channel: of 16 bits the upper ones, not those that fit."""
    from PIL import Image

    if image.mode.startswith("I"):
        import numpy as np

        pixels = np.asarray(image)
        scale = BYTES_OF_16_BITS if image.mode != "I" or pixels.max() > 255 else 1
        return Image.fromarray(np.clip(pixels // scale, 0, 255).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if image.mode in ("P", "PA", "LA"):  # a palette may have transparent colours
        return image.convert("RGBA")
    return image


def _broken(path: Path, error: Exception) -> Exception:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return failure(
            "bad-data",
            f"'{path}' is a picture of more than {Image.MAX_IMAGE_PIXELS:,} pixels",
            help="scale it down, or take it out of the folder",
        )
    if isinstance(error, UnidentifiedImageError):
        return failure(
            "bad-data",
            f"'{path}' is not a picture",
            help="take it out of the folder, or put the right file in its place",
        )
    return failure(
        "bad-data",
        f"the picture '{path}' cannot be read: {_reason(error)}",
        help="it is damaged or incomplete; take it out of the folder, or download it again",
    )


def _reason(error: Exception) -> str:
    """What a library says about a file, as the end of a sentence of ours."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = text.strip().rstrip(".") or type(error).__name__
    return text[0].lower() + text[1:]
