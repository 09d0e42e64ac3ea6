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
