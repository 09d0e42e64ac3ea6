"""Scales and shifts."""

import torch
from torch import Tensor, nn


class ChannelAffine(nn.Module):
    """y = weight·x + bias, a pair for each channel; (N, C, ...) -> (N, C, ...).

    Behind a sum of windows the trainable sub-sampling of LeNet-5: LeCun et al. 1998,
    "Gradient-based learning applied to document recognition", II.B.
    """

    def __init__(self, num_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))

    def forward(self, x: Tensor) -> Tensor:
        return (x.movedim(1, -1) * self.weight + self.bias).movedim(-1, 1)
