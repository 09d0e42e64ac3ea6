"""Scales and shifts."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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


class SpatialResponseNorm(nn.Module):
    """y = x / (k + alpha·mean of x² around the pixel)^beta; (N, C, H, W) -> (N, C, H, W).

    The mean is that of a square of ``size`` pixels in the channel itself, with zeros
    around the map. Caffe's LRN within channels, the rnorm of cuda-convnet.
    """

    def __init__(
        self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Tensor) -> Tensor:
        power = F.avg_pool2d(x.square(), self.size, 1, self.size // 2)
        return x * (self.k + self.alpha * power).pow(-self.beta)
