"""Activations without parameters."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ScaledTanh(nn.Module):
    """y = scale·tanh(slope·x) of any shape, so that f(±1) = ±1.

    LeCun et al. 1998, "Gradient-based learning applied to document recognition", A.
    """

    def __init__(self, scale: float = 1.7159, slope: float = 2 / 3) -> None:
        super().__init__()
        self.scale, self.slope = scale, slope

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * torch.tanh(self.slope * x)


class Arcsinh(nn.Module):
    """y = arsinh(x) = log(x + √(x² + 1)) of any shape.

    Mishkin et al. 2016, https://arxiv.org/abs/1606.02228, the benchmark beside it.
    """

    def forward(self, x: Tensor) -> Tensor:
        return torch.asinh(x)


class ShiftedSoftplus(nn.Module):
    """y = log(1 + exp(x)) − log(2) of any shape, so that f(0) = 0.

    Mishkin et al. 2016, https://arxiv.org/abs/1606.02228, the benchmark beside it.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.softplus(x) - math.log(2)


class Maxout(nn.Module):
    """y = largest of ``pieces`` channels in a row; (N, C, ...) -> (N, C/pieces, ...).

    Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389, section 3.
    """

    def __init__(self, pieces: int = 2) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return torch.unflatten(x, 1, (-1, self.pieces)).max(2).values


class BranchSoftmax(nn.Module):
    """Softmax across ``branches`` groups of channels; (N, C, ...) -> (N, C, ...).

    Li et al. 2019, https://arxiv.org/abs/1903.06586, section 3.1.
    """

    def __init__(self, branches: int) -> None:
        super().__init__()
        self.branches = branches

    def forward(self, x: Tensor) -> Tensor:
        return torch.unflatten(x, 1, (self.branches, -1)).softmax(1).flatten(1, 2)
