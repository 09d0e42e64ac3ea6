"""Layers that drop, with a probability that may grow with the progress of training."""

from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DropBlock2d(nn.Module):
    """Drops squares of each channel in training; (N, C, H, W) -> (N, C, H, W).

    Ghiasi et al. 2018, https://arxiv.org/abs/1810.12890, section 3. Every place where a
    whole block fits starts one with probability gamma, so that about p of the numbers
    fall; the rest is divided by the kept fraction of the batch. With the linear
    schedule p grows with ``progress``, which any loop may set, from 0 to 1.
    """

    def __init__(
        self,
        p: float,
        block_size: int,
        schedule: Literal["constant", "linear"] = "constant",
    ) -> None:
        super().__init__()
        self.p, self.block_size, self.schedule = p, block_size, schedule
        self.progress = 1.0

    def probability(self) -> float:
        return self.p * self.progress if self.schedule == "linear" else self.p

    def block(self, height: int, width: int) -> int:
        """The side of a block, as a minimum that torch.fx can trace."""
        return cast(int, torch.sym_min(self.block_size, torch.sym_min(height, width)))

    def gamma(self, height: int, width: int) -> float:
        block = self.block(height, width)
        places = (height - block + 1) * (width - block + 1)
        return self.probability() / block**2 * height * width / places

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.probability() == 0:
            return x
        batch, channels, height, width = x.shape
        block = self.block(height, width)
        places = (batch, channels, height - block + 1, width - block + 1)
        draws = x.new_empty(places, dtype=torch.float32).uniform_()
        starts = draws < self.gamma(height, width)
        starts = F.pad(starts.to(x.dtype), [block - 1] * 4)
        mask = 1 - F.max_pool2d(starts, block, stride=1)
        kept = mask.sum(dtype=torch.float32).clamp(min=1)
        return x * (mask * (mask.numel() / kept))


class StochasticDepth(nn.Module):
    """Drops whole samples, or the whole batch, in training; any shape.

    y = x / (1 − p) with probability 1 − p, else 0. Huang et al. 2016,
    https://arxiv.org/abs/1603.09382, section 3. With the linear schedule p grows with
    ``progress``, which any loop may set, from 0 to 1.
    """

    def __init__(
        self,
        p: float,
        mode: Literal["row", "batch"] = "row",
        schedule: Literal["constant", "linear"] = "constant",
    ) -> None:
        super().__init__()
        self.p, self.mode, self.schedule = p, mode, schedule
        self.progress = 1.0

    def probability(self) -> float:
        return self.p * self.progress if self.schedule == "linear" else self.p

    def forward(self, x: Tensor) -> Tensor:
        p = self.probability()
        if not self.training or p == 0:
            return x
        size = x.shape[0] if self.mode == "row" else 1
        kept = x.new_empty(size, dtype=torch.float32).uniform_() >= p
        return (x.movedim(0, -1) * (kept.to(x.dtype) / (1 - p))).movedim(-1, 0)
