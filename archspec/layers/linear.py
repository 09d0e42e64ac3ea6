"""Layers of vectors."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RBF(nn.Module):
    """y[i] = Σ_j (x[j] − codes[i, j])²; (N, in_features) -> (N, out_features).

    LeCun et al. 1998, "Gradient-based learning applied to document recognition", II.B.
    The codes are ±1 and not learned. The paper draws digits of 7×12 pixels; here code i
    is row i + 1 of a Walsh matrix, and ``codes.copy_`` puts in others.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        rows, columns = range(1, out_features + 1), range(in_features)
        odd = torch.tensor([[(i & j).bit_count() % 2 for j in columns] for i in rows])
        self.codes = nn.Buffer(1.0 - 2.0 * odd)

    def forward(self, x: Tensor) -> Tensor:
        return (x.unsqueeze(1) - self.codes).square().sum(2)


class LinearTranspose(nn.Module):
    """Linear with the weight of a Linear the other way round; (N, C) -> (N, C').

    So a decoder has the weight of its encoder: Vincent et al. 2010, "Stacked denoising
    autoencoders", section 2.2.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(in_features**-0.5), in_features**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.t(), self.bias)


class ChannelLinear(nn.Linear):
    """Linear for the channels of each pixel; (N, C, H, W) -> (N, C', H, W).

    Liu et al. 2022, https://arxiv.org/abs/2201.03545, section 2.4.
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, bias)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)
