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


class Filter2d(nn.Conv2d):
    """A convolution whose arguments have other names."""

    def __init__(self, in_maps: int, maps: int, filter_size: int, hop: int = 1) -> None:
        super().__init__(in_maps, maps, filter_size, hop, filter_size // 2)


class Blend(nn.Module):
    """A sum with a learned weight for each input."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((inputs,), 1 / inputs))

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.stack([x * w for x, w in zip(inputs, self.weight, strict=True)]).sum(0)


def scaled_difference(a: Tensor, b: Tensor, scale: float = 1.0) -> Tensor:
    return scale * (a - b)
