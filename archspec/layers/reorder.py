"""Layers that put numbers elsewhere."""

from typing import Literal

from torch import Tensor, nn


class SpaceToDepth(nn.Module):
    """Makes channels of blocks of pixels; (N, C, H, W) -> (N, C·r², H/r, W/r).

    The channels of the first pixel of every block come first, as in TensorFlow. Darknet
    reads the numbers as a map of C/r² channels with sides r times as long, and writes
    what that gives, in its order: the "reorg" of YOLOv2.
    """

    def __init__(
        self, block_size: int, order: Literal["tensorflow", "darknet"] = "tensorflow"
    ) -> None:
        super().__init__()
        self.block_size, self.order = block_size, order

    def forward(self, x: Tensor) -> Tensor:
        (channels, height, width), r = x.shape[1:], self.block_size
        shape = (channels * r * r, height // r, width // r)
        if self.order == "darknet":
            channels, height, width = channels // r**2, height * r, width * r
        x = x.reshape(-1, channels, height // r, r, width // r, r)
        return x.permute(0, 3, 5, 1, 2, 4).reshape(-1, *shape)


class MoveChannels(nn.Module):
    """The channels behind the sides of a map, or back; (N, C, ...) -> (N, ..., C).

    Liu et al. 2022, https://arxiv.org/abs/2201.03545, section 2.4.
    """

    def __init__(self, to: Literal["last", "first"]) -> None:
        super().__init__()
        self.places = (1, -1) if to == "last" else (-1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(*self.places)
