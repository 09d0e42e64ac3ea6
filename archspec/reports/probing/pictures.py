"""Pictures of what a network sees: filters, feature maps, draws by chance, class activations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from archspec.escaping import clean
from archspec.reports.probing.tiles import GAP, around_grey, as_picture, by_colour, tiles
from archspec.reports.run.evaluation_report import class_name
from archspec.reports.run.plotting import DPI, WIDTH, PlotFormat, as_bytes, plot_style
from archspec.training.probing.sight import ClassActivation, Draw, FeatureMaps

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MAX_TILES: Final = 256
"""Of one layer."""
TILE: Final = 0.76
"""Inches: width of a tile, where there is room for it."""
MARGIN: Final = 0.1
HEAD: Final = 0.28
"""Inches above the pictures of a strip, for its title."""
CAPTION: Final = 0.2
"""Inches below them."""
IN_A_ROW: Final = 8
HEATED: Final = 0.55
"""How much of a picture gives way to the colour of the heat on it."""


def filters_picture(layer: str, weights: NDArray[np.float32], format: PlotFormat) -> bytes:
    """Filters (O, I, h, w): in colour if they read three channels, else in grey, a row of tiles for each
    filter if it reads several. All have one scale, on which 0 is grey."""
    import numpy as np

    count, channels, height, width = weights.shape
    largest = float(np.abs(weights).max())
    if channels in (1, 3):
        maps = [around_grey(each.transpose(1, 2, 0), largest) for each in weights]
        columns = _columns(min(count, MAX_TILES), width / height)
    else:
        columns = min(channels, 32)
        some = weights[: MAX_TILES // columns, :columns].reshape(-1, height, width, 1)
        maps = [around_grey(each, largest) for each in some]
    shown = f"{count} filters of {channels}×{height}×{width}"
    if channels not in (1, 3):
        shown += f", {columns} channels of {len(maps) // columns} of them"
    elif count > MAX_TILES:
        shown += f", the first {MAX_TILES}"
    title = f"{layer}: {shown}; grey is 0, white {largest:.3g}, black {-largest:.3g}"
    return _drawn([_tiled(title, maps[:MAX_TILES], columns)], format)


def maps_picture(
    pixels: NDArray[np.uint8],
    found: Sequence[FeatureMaps],
    format: PlotFormat,
    count: int | None = None,
) -> bytes:
    """The picture as the network reads it, and of each layer its first maps in one scale: in a row, or,
    where it is one layer, in a square."""
    alone = len(found) == 1
    count = count or (MAX_TILES if alone else IN_A_ROW)
    read = f"what is read, {_size(pixels.shape)}"
    strips = [_tiled(read, [as_picture(pixels)], 1)]
    for each in found:
        low, high = float(each.maps.min()), float(each.maps.max())
        maps = [by_colour(values, low, high) for values in each.maps[:count]]
        columns = _columns(len(maps)) if alone else count
        first = f"the first {count} of " if len(each.maps) > count else ""
        title = (
            f"{each.layer} ({each.op}): {first}{_size(each.maps.shape)}, {low:.3g} to {high:.3g}"
        )
        strips.append(_tiled(title, maps, columns))
    return _drawn(strips, format)


def draws_picture(found: Sequence[Draw], format: PlotFormat) -> bytes:
    """A row for each layer: channels that it read, which numbers passed, and what it gave."""
    strips = []
    for each in found:
        high = max(float(each.read.max()), float(each.given.max()))
        low = min(float(each.read.min()), float(each.given.min()))
        shown = (
            [by_colour(values, low, high) for values in each.read],
            [by_colour(values, 0, float(each.passed.max())) for values in each.passed],
            [by_colour(values, low, high) for values in each.given],
        )
        columns = math.ceil(math.sqrt(len(each.channels)))
        kept = 100 * float((each.passed != 0).mean())
        one = "channel" if len(each.channels) == 1 else "channels"
        channels = f"{one} {', '.join(map(str, each.channels))}"
        title = f"{each.layer} ({each.op}), {channels}: {kept:.0f} % of their numbers pass"
        strips.append(_beside(title, shown, ("read", "passes", "given"), columns))
    return _drawn(strips, format)


def activations_picture(
    pixels: NDArray[np.uint8],
    found: Sequence[ClassActivation],
    names: Sequence[str],
    format: PlotFormat,
) -> bytes:
    """The picture, and the heat of each class on it."""
    shown = [[as_picture(pixels)], *([_heated(pixels, each)] for each in found)]
    captions = [
        f"what is read, {_size(pixels.shape)}",
        *(f"{class_name(names, each.category)}, {100 * each.probability:.1f} %" for each in found),
    ]
    layer = found[0]
    title = f"Grad-CAM at {layer.layer}, {_size(layer.heat.shape)}"
    return _drawn([_beside(title, shown, captions)], format)


def _heated(pixels: NDArray[np.uint8], activation: ClassActivation) -> NDArray[np.uint8]:
    """The heat, interpolated to the picture's size, over the picture in grey."""
    import numpy as np
    from matplotlib import colormaps
    from PIL.Image import Resampling, fromarray

    _, height, width = pixels.shape
    heat = np.asarray(
        fromarray(activation.heat.astype(np.float32)).resize((width, height), Resampling.BILINEAR)
    )
    shares = heat / (float(heat.max()) or 1)
    colours = colormaps["inferno"](shares)[..., :3] * 255
    grey = np.broadcast_to(pixels.mean(0)[..., None], colours.shape)
    mixed: NDArray[np.uint8] = (HEATED * colours + (1 - HEATED) * grey).round().astype(np.uint8)
    return mixed


# Pages.


class _Strip(NamedTuple):
    """A title, and pictures beside each other below it."""

    title: str
    pictures: Sequence[NDArray[np.uint8]]
    width: float
    """Inches of a picture."""
    captions: Sequence[str] = ()

    @property
    def height(self) -> float:
        """Inches of a picture."""
        return float(max(self.width * each.shape[0] / each.shape[1] for each in self.pictures))


def _tiled(title: str, maps: Sequence[NDArray[np.uint8]], columns: int) -> _Strip:
    """Tiles as one picture."""
    width = min(WIDTH - 2 * MARGIN, columns * TILE)
    scale = max(1, round((width * DPI / columns - GAP) / maps[0].shape[1]))
    return _Strip(title, [tiles(maps, columns, scale)], width)


def _beside(
    title: str,
    pictures: Sequence[Sequence[NDArray[np.uint8]]],
    captions: Sequence[str],
    columns: int = 1,
) -> _Strip:
    """Pictures of some tiles each, with captions."""
    count = max(3, len(pictures))
    width = (WIDTH - (count + 1) * MARGIN) / count
    shown = []
    for maps in pictures:
        scale = max(1, round((width * DPI / columns - GAP) / maps[0].shape[1]))
        shown.append(tiles(maps, columns, scale))
    return _Strip(title, shown, width, captions)


def _columns(count: int, shape: float = 1) -> int:
    """So many that tiles are about twice as wide as high together; ``shape`` is a tile's width by its
    height."""
    return max(1, min(count, round(math.sqrt(2.5 * count / shape))))


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def _drawn(strips: Sequence[_Strip], format: PlotFormat) -> bytes:
    """Strips below each other."""
    with plot_style():
        from matplotlib.figure import Figure

        heights = [HEAD + each.height + (CAPTION if each.captions else 0) for each in strips]
        height = sum(heights) + MARGIN
        figure = Figure(figsize=(WIDTH, height))
        top = height
        for strip, below in zip(strips, heights, strict=True):
            _draw_strip(figure, strip, top)
            top -= below
        return as_bytes(figure, format)


def _draw_strip(figure: Figure, strip: _Strip, top: float) -> None:
    """A strip at a height in inches."""
    height = figure.get_figheight()
    figure.text(
        MARGIN / WIDTH,
        (top - HEAD + 0.07) / height,
        clean(strip.title, 105),
        va="bottom",
        fontsize=8,
    )
    bottom = top - HEAD - strip.height
    for k, picture in enumerate(strip.pictures):
        left = MARGIN + k * (strip.width + MARGIN)
        place = (left / WIDTH, bottom / height, strip.width / WIDTH, strip.height / height)
        ax = figure.add_axes(place)
        ax.imshow(picture, interpolation="nearest", aspect="equal")
        ax.set_axis_off()
        if strip.captions:
            middle = (left + strip.width / 2) / WIDTH
            caption = clean(strip.captions[k], 30)
            figure.text(
                middle, (bottom - 0.05) / height, caption, ha="center", va="top", fontsize=7.5
            )
