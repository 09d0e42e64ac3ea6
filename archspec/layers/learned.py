"""Activations with parameters."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class FReLU(nn.Module):
    """y = max(0, x) + bias, one bias a channel; (N, C, ...) -> (N, C, ...).

    Flexible ReLU, Qiu et al. 2017, https://arxiv.org/abs/1706.08098.
    """

    def __init__(self, num_channels: int, init: float = 0.0) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.full((num_channels,), float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return (F.relu(x).movedim(1, -1) + self.bias).movedim(-1, 1)


class FELU(nn.Module):
    """y = ELU(x) + bias, one bias a channel; (N, C, ...) -> (N, C, ...).

    ELU(x) = x if x > 0 else alpha·(exp(x) − 1). Mishkin et al. 2016,
    https://arxiv.org/abs/1606.02228, the benchmark beside it.
    """

    def __init__(
        self, num_channels: int, alpha: float = 1.0, init: float = 0.0
    ) -> None:
        super().__init__()
        self.alpha = alpha
        self.bias = nn.Parameter(torch.full((num_channels,), float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return (F.elu(x, self.alpha).movedim(1, -1) + self.bias).movedim(-1, 1)


class APL(nn.Module):
    """y = max(0, x) + Σ_s slope_s·max(0, offset_s − x), s from 1 to ``pieces``.

    Agostinelli et al. 2014, https://arxiv.org/abs/1412.6830, section 2. x and y are
    (N, *shape); every element has hinges of its own, or every channel.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        pieces: int = 2,
        per: Literal["element", "channel"] = "element",
    ) -> None:
        super().__init__()
        channels, *sides = shape
        self.pieces = pieces
        size = (pieces, channels, *(sides if per == "element" else [1] * len(sides)))
        self.slope = nn.Parameter(
            torch.empty(size).uniform_(-0.5 / pieces, 0.5 / pieces)
        )
        self.offset = nn.Parameter(torch.empty(size).normal_(std=0.5))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(x)
        for s in range(self.pieces):
            y = y + self.slope[s] * F.relu(self.offset[s] - x)
        return y
