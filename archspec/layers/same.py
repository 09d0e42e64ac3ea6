"""Layers that pad as TensorFlow's SAME does: by the size of what comes in."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def pad_same(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    value: float = 0.0,
) -> Tensor:
    """So much around a map that a window stands on every ``stride``-th pixel.

    Of an odd number of pixels one more is below and to the right.
    """
    borders: list[int] = []
    for side in (1, 0):
        k, s, d = (
            number if isinstance(number, int) else number[side]
            for number in (kernel_size, stride, dilation)
        )
        size = x.shape[2 + side]
        missing = (-(-size // s) - 1) * s + d * (k - 1) + 1 - size
        border = cast(int, torch.sym_max(missing, 0))
        borders += [border // 2, border - border // 2]
    return F.pad(x, borders, value=value)


class Conv2dSame(nn.Conv2d):
    """Convolution: H×W -> H/stride × W/stride, rounded up, as in TensorFlow."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias
        )

    def forward(self, input: Tensor) -> Tensor:
        x = pad_same(input, self.kernel_size, self.stride, self.dilation)
        return super().forward(x)


class StdConv2dSame(nn.Conv2d):
    """Convolution with standardised weights that pads as in TensorFlow.

    Qiao et al. 2019, https://arxiv.org/abs/1903.10520.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = False,
        eps: float = 1e-6,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias
        )
        self.eps = eps

    def forward(self, input: Tensor) -> Tensor:
        x = pad_same(input, self.kernel_size, self.stride, self.dilation)
        rows = self.weight.reshape(1, self.out_channels, -1)
        rows = F.batch_norm(rows, None, None, training=True, momentum=0, eps=self.eps)
        output: Tensor = self._conv_forward(x, rows.reshape_as(self.weight), self.bias)
        return output


class ScaledStdConv2dSame(nn.Conv2d):
    """Convolution with standardised, scaled weights that pads as in TensorFlow.

    Brock et al. 2021, https://arxiv.org/abs/2102.06171.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        gamma: float = 1.0,
        eps: float = 1e-6,
        gain_init: float = 1.0,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias
        )
        self.scale = gamma * self.weight[0].numel() ** -0.5
        self.eps = eps
        self.gain = nn.Parameter(torch.full((out_channels, 1, 1, 1), float(gain_init)))

    def forward(self, input: Tensor) -> Tensor:
        x = pad_same(input, self.kernel_size, self.stride, self.dilation)
        rows = self.weight.reshape(1, self.out_channels, -1)
        gain = (self.gain * self.scale).view(-1)
        rows = F.batch_norm(
            rows, None, None, gain, training=True, momentum=0, eps=self.eps
        )
        output: Tensor = self._conv_forward(x, rows.reshape_as(self.weight), self.bias)
        return output


class MaxPool2dSame(nn.MaxPool2d):
    """Max pooling: H×W -> H/stride × W/stride, rounded up, as in TensorFlow."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        dilation: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__(kernel_size, stride, 0, dilation)

    def forward(self, input: Tensor) -> Tensor:
        lowest = -float("inf")
        x = pad_same(input, self.kernel_size, self.stride, self.dilation, lowest)
        output: Tensor = super().forward(x)
        return output


class AvgPool2dSame(nn.AvgPool2d):
    """Mean pooling: H×W -> H/stride × W/stride, rounded up, as in TensorFlow.

    TensorFlow does not count what is around the map: ``count_include_pad=False``.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, 0, False, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        x = super().forward(pad_same(input, self.kernel_size, self.stride))
        if self.count_include_pad:
            return x
        inside = pad_same(torch.ones_like(input), self.kernel_size, self.stride)
        return x / super().forward(inside)
