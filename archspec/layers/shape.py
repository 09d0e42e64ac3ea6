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
