"""The module itself."""

import torch
from torch import Tensor, nn


class LearnedSwish(nn.Module):
    def __init__(self, channels: int, init: float = 1.0) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((channels,), init))

    def forward(self, input: Tensor) -> Tensor:
        slope = self.slope.view(-1, *[1] * (input.dim() - 2))
        return input * torch.sigmoid(slope * input)
