"""Layers that move numbers."""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F


class PadChannels(nn.Module):
    """Appends channels of zeros, or half of them before; (N, C, H, W) -> (N, C', H, W).

    The shortcut without parameters: He et al. 2015, https://arxiv.org/abs/1512.03385,
    section 3.3, option A.
    """

    def __init__(
        self, out_channels: int, where: Literal["end", "both"] = "end"
    ) -> None:
        super().__init__()
        self.out_channels, self.where = out_channels, where

    def forward(self, x: Tensor) -> Tensor:
        extra = self.out_channels - x.shape[1]
        before = extra // 2 if self.where == "both" else 0
        return F.pad(x, (0, 0, 0, 0, before, extra - before))


class Crop(nn.Module):
    """A part of a map, in its middle or from an offset (top, left) on.

    (N, C, H, W) -> (N, C, *size), or to the height and width of a second map. Of an odd
    border the smaller half is before the part.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        offset: Literal["center"] | int | tuple[int, int] = "center",
    ) -> None:
        super().__init__()
        self.size = (size, size) if isinstance(size, int) else size
        self.offset = (offset, offset) if isinstance(offset, int) else offset

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        height, width = self.size or (0, 0)
        if like is not None:
            height, width = like.shape[2:]
        if isinstance(self.offset, tuple):
            top, left = self.offset
        else:
            top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
        return x[:, :, top : top + height, left : left + width]


class Crop1d(nn.Module):
    """A part of a row, in its middle or from an offset on; (N, C, L) -> (N, C, size).

    Or as long as a second row. Of an odd border the smaller half is before the part.
    """

    def __init__(
        self,
        size: int | None = None,
        offset: Literal["center"] | int = "center",
    ) -> None:
        super().__init__()
        self.size, self.offset = size, offset

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        length = (self.size or 0) if like is None else like.shape[2]
        start = self.offset
        if isinstance(start, str):
            start = (x.shape[2] - length) // 2
        return x[:, :, start : start + length]


class Crop3d(nn.Module):
    """A part of a volume, in its middle or from an offset (front, top, left) on.

    (N, C, D, H, W) -> (N, C, *size), or to the sides of a second volume. Of an odd
    border the smaller half is before the part.
    """

    def __init__(
        self,
        size: int | tuple[int, int, int] | None = None,
        offset: Literal["center"] | int | tuple[int, int, int] = "center",
    ) -> None:
        super().__init__()
        self.size = (size,) * 3 if isinstance(size, int) else size
        self.offset = (offset,) * 3 if isinstance(offset, int) else offset

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        depth, height, width = self.size or (0, 0, 0)
        if like is not None:
            depth, height, width = like.shape[2:]
        if isinstance(self.offset, tuple):
            front, top, left = self.offset
        else:
            front = (x.shape[2] - depth) // 2
            top, left = (x.shape[3] - height) // 2, (x.shape[4] - width) // 2
        x = x[:, :, front : front + depth]
        return x[:, :, :, top : top + height, left : left + width]
