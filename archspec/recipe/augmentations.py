"""What pictures can go through on their way to a network. Names and defaults are torchvision's."""

from __future__ import annotations

from typing import Annotated, Final, Literal, final

from pydantic import AfterValidator, Field

from archspec.recipe.part import RecipePart

Extent = tuple[int, int | None, int | None]
"""Channels, height and width of a picture; None where pictures differ or nobody knows."""

Side = Annotated[int, Field(ge=1, le=100_000)]
Sides = Side | tuple[Side, Side]
"""One number for both directions, or (height, width)."""
Byte = Annotated[int, Field(ge=0, le=255)]
Fill = Byte | Annotated[tuple[Byte, ...], Field(min_length=1, max_length=64)]
"""What stands where a picture has nothing: for all channels, or for each."""
Width = Annotated[int, Field(ge=0, le=10_000)]
Border = Width | tuple[Width, Width] | tuple[Width, Width, Width, Width]
"""Pixels: all around, (left and right, top and bottom), or (left, top, right, bottom)."""
Probability = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
PaddingMode = Literal["constant", "edge", "reflect", "symmetric"]
Interpolation = Literal["nearest", "nearest-exact", "bilinear", "bicubic"]


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("the smaller number stands first")
    return pair


def _odd(number: int) -> int:
    if number % 2 == 0:
        raise ValueError("must be odd")
    return number


Area = Annotated[tuple[Probability, Probability], AfterValidator(_in_order)]
Range = Annotated[tuple[Positive, Positive], AfterValidator(_in_order)]
Jitter = Amount | Annotated[tuple[Amount, Amount], AfterValidator(_in_order)]
Turn = Annotated[float, Field(ge=-0.5, le=0.5)]
HueJitter = (
    Annotated[float, Field(ge=0, le=0.5)] | Annotated[tuple[Turn, Turn], AfterValidator(_in_order)]
)
Degrees = Amount | Annotated[tuple[float, float], AfterValidator(_in_order)]
Odd = Annotated[int, Field(ge=1, le=1001), AfterValidator(_odd)]


class Augmentation(RecipePart):
    """A change of a picture, random or not."""

    def output(self, extent: Extent) -> Extent:
        """What comes out, by what goes in."""
        return extent


# Computed here, for a batch at once.


@final
class RandomCrop(Augmentation):
    """A part of the padded picture, anywhere in it (He et al. 2015, section 4.2: padding 4)."""

    size: Sides | None = None
    """Of the part; that of the picture if it is not given."""
    padding: Border | None = None
    pad_if_needed: bool = False
    """Whether a picture that is smaller than the part is padded more."""
    fill: Fill = 0
    padding_mode: PaddingMode = "constant"

    def output(self, extent: Extent) -> Extent:
        return extent if self.size is None else (extent[0], *pair(self.size))


@final
class CenterCrop(Augmentation):
    """The middle of a picture, padded with black where it is smaller."""

    size: Sides

    def output(self, extent: Extent) -> Extent:
        return (extent[0], *pair(self.size))


@final
class Pad(Augmentation):
    """Pixels around a picture: 2 make MNIST's 28×28 the 32×32 of LeNet-5."""

    padding: Border
    fill: Fill = 0
    padding_mode: PaddingMode = "constant"

    def output(self, extent: Extent) -> Extent:
        channels, height, width = extent
        left, top, right, bottom = borders(self.padding)
        return channels, _plus(height, top + bottom), _plus(width, left + right)


@final
class RandomHorizontalFlip(Augmentation):
    """The picture or its mirror image."""

    p: Probability = 0.5


@final
class RandomVerticalFlip(Augmentation):
    """The picture or the picture upside down."""

    p: Probability = 0.5


@final
class Lighting(Augmentation):
    """Colours moved along the principal components of ImageNet's pixels, as AlexNet was trained
    (Krizhevsky et al. 2012, section 4.1)."""

    std: Amount = 0.1
    """Standard deviation of the three random numbers."""


@final
class ShufflePixels(Augmentation):
    """The pixels of every picture in one other order, the same for all: what were neighbours are
    none any more (Zhang et al. 2016, section 2.1)."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Of the order, which is that of all pictures and of all runs with this number."""


# Computed by torchvision, a picture at a time.


@final
class Resize(Augmentation):
    """A picture scaled: its shorter side to ``size``, or to (height, width)."""

    size: Sides
    interpolation: Interpolation = "bilinear"
    max_size: Side | None = None
    """Of the longer side."""
    antialias: bool = True

    def output(self, extent: Extent) -> Extent:
        channels, height, width = extent
        if isinstance(self.size, tuple):
            return (channels, *self.size)
        if height is None or width is None:
            return channels, None, None
        short, long = sorted((height, width))
        size, longer = self.size, int(self.size * long / short)
        if self.max_size is not None and longer > self.max_size:
            size, longer = int(self.max_size * size / longer), self.max_size
        return (channels, size, longer) if height <= width else (channels, longer, size)


@final
class RandomShortestSize(Augmentation):
    """A picture scaled so that its shorter side has one of some sizes, as VGG was trained between
    256 and 512 (Simonyan and Zisserman 2014, section 3.1)."""

    min_size: Side | Annotated[tuple[Side, ...], Field(min_length=1, max_length=1000)]
    max_size: Side | None = None
    interpolation: Interpolation = "bilinear"
    antialias: bool = True

    def output(self, extent: Extent) -> Extent:
        return extent[0], None, None


@final
class RandomResizedCrop(Augmentation):
    """A part of random area and shape, scaled to one size (Szegedy et al. 2014, section 6)."""

    size: Sides
    scale: Area = (0.08, 1.0)
    ratio: Range = (3 / 4, 4 / 3)
    interpolation: Interpolation = "bilinear"
    antialias: bool = True

    def output(self, extent: Extent) -> Extent:
        return (extent[0], *pair(self.size))


@final
class RandomRotation(Augmentation):
    """A picture turned by up to so many degrees."""

    degrees: Degrees
    interpolation: Interpolation = "nearest"
    expand: bool = False
    center: tuple[float, float] | None = None
    fill: Fill = 0

    def output(self, extent: Extent) -> Extent:
        return (extent[0], None, None) if self.expand else extent


@final
class RandomAffine(Augmentation):
    """A picture turned, moved, scaled and sheared."""

    degrees: Degrees
    translate: tuple[Probability, Probability] | None = None
    scale: Range | None = None
    shear: Amount | tuple[float, float] | tuple[float, float, float, float] | None = None
    interpolation: Interpolation = "nearest"
    fill: Fill = 0
    center: tuple[float, float] | None = None


@final
class ColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue changed by random factors (Howard 2013)."""

    brightness: Jitter | None = None
    contrast: Jitter | None = None
    saturation: Jitter | None = None
    hue: HueJitter | None = None


@final
class Grayscale(Augmentation):
    """A picture without its colours, in one channel or in three."""

    num_output_channels: Literal[1, 3] = 1

    def output(self, extent: Extent) -> Extent:
        return self.num_output_channels, extent[1], extent[2]


@final
class RandomGrayscale(Augmentation):
    """The picture or the picture without its colours."""

    p: Probability = 0.1


@final
class GaussianBlur(Augmentation):
    """A picture out of focus."""

    kernel_size: Odd | tuple[Odd, Odd]
    sigma: Positive | Range = (0.1, 2.0)


@final
class RandomErasing(Augmentation):
    """A rectangle of one colour over a part of the picture (Zhong et al. 2017)."""

    p: Probability = 0.5
    scale: Area = (0.02, 0.33)
    ratio: Range = (0.3, 3.3)
    value: Annotated[float, Field(ge=0, le=255)] = 0.0


@final
class AutoAugment(Augmentation):
    """A policy that was searched for a data set (Cubuk et al. 2018)."""

    policy: Literal["imagenet", "cifar10", "svhn"] = "imagenet"
    interpolation: Interpolation = "nearest"
    fill: Fill | None = None


@final
class RandAugment(Augmentation):
    """Some random changes of one magnitude (Cubuk et al. 2019)."""

    num_ops: Annotated[int, Field(ge=0, le=100)] = 2
    magnitude: Annotated[int, Field(ge=0)] = 9
    num_magnitude_bins: Annotated[int, Field(ge=1, le=1000)] = 31
    interpolation: Interpolation = "nearest"
    fill: Fill | None = None


@final
class TrivialAugmentWide(Augmentation):
    """One random change of random magnitude (Müller and Hutter 2021)."""

    num_magnitude_bins: Annotated[int, Field(ge=1, le=1000)] = 31
    interpolation: Interpolation = "nearest"
    fill: Fill | None = None


HERE: Final[dict[str, type[Augmentation]]] = {
    cls.__name__: cls
    for cls in (
        *(RandomCrop, CenterCrop, Pad, RandomHorizontalFlip, RandomVerticalFlip),
        *(Lighting, ShufflePixels),
    )
}
"""Those that need no torchvision."""
AUGMENTATIONS: Final[dict[str, type[Augmentation]]] = HERE | {
    cls.__name__: cls
    for cls in (
        *(Resize, RandomShortestSize, RandomResizedCrop, RandomRotation, RandomAffine),
        *(ColorJitter, Grayscale, RandomGrayscale, GaussianBlur, RandomErasing),
        *(AutoAugment, RandAugment, TrivialAugmentWide),
    )
}
"""All of them by their names."""


def pair(size: Sides) -> tuple[int, int]:
    """Height and width."""
    return size if isinstance(size, tuple) else (size, size)


def borders(padding: Border | None) -> tuple[int, int, int, int]:
    """Left, top, right, bottom."""
    if padding is None:
        return 0, 0, 0, 0
    if isinstance(padding, int):
        return padding, padding, padding, padding
    if len(padding) == 2:
        return (*padding, *padding)
    return padding


def _plus(side: int | None, pixels: int) -> int | None:
    return None if side is None else side + pixels
