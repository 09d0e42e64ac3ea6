"""Filters whose weights are standardised, fixed, of each place, or slide over the channels."""

from collections.abc import Sequence
from math import comb
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class StdConv2d(nn.Conv2d):
    """Convolution with weights of mean 0 and variance 1 for each output channel.

    Weight standardisation of BiT (Qiao et al. 2019, https://arxiv.org/abs/1903.10520).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = False,
        eps: float = 1e-6,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
        )
        self.eps = eps

    def forward(self, input: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        rows = F.batch_norm(rows, None, None, training=True, momentum=0, eps=self.eps)
        weight = rows.reshape_as(self.weight)
        output: Tensor = self._conv_forward(input, weight, self.bias)
        return output


class ScaledStdConv2d(nn.Conv2d):
    """Convolution with standardised weights, times gamma·gain / √(inputs of a channel).

    Brock et al. 2021, https://arxiv.org/abs/2101.08692, section 4.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        gamma: float = 1.0,
        eps: float = 1e-6,
        gain_init: float = 1.0,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
        )
        self.scale = gamma * self.weight[0].numel() ** -0.5
        self.eps = eps
        self.gain = nn.Parameter(torch.full((out_channels, 1, 1, 1), float(gain_init)))

    def forward(self, input: Tensor) -> Tensor:
        rows = self.weight.reshape(1, self.out_channels, -1)
        gain = (self.gain * self.scale).view(-1)
        rows = F.batch_norm(
            rows, None, None, gain, training=True, momentum=0, eps=self.eps
        )
        weight = rows.reshape_as(self.weight)
        output: Tensor = self._conv_forward(input, weight, self.bias)
        return output


class ChannelConv1d(nn.Conv1d):
    """Convolution along the channels, one kernel for all; (N, C, ...) -> (N, C, ...).

    What surrounds the channels is zeros. Efficient channel attention: Wang et al. 2019,
    https://arxiv.org/abs/1910.03151, section 3.2.
    """

    def __init__(self, kernel_size: int, bias: bool = True) -> None:
        super().__init__(1, 1, kernel_size, padding=kernel_size // 2, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        channels = input.flatten(1).unsqueeze(1)
        return super().forward(channels).view_as(input)


class LocallyConnected2d(nn.Module):
    """Convolution with weights of its own at each place; (N, C, H, W) to N×D×H'×W'.

    Taigman et al. 2014, "DeepFace", section 3.2. The weights are those of a fixed size
    of the input, (H', W', D, C, height, width) with a bias of (D, H', W').
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        channels, *sides = input_shape
        kernel = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
        self.stride = (stride,) * 2 if isinstance(stride, int) else stride
        self.padding = (padding,) * 2 if isinstance(padding, int) else padding
        steps = zip(sides, kernel, self.stride, self.padding, strict=True)
        self.size = [(side + 2 * p - k) // s + 1 for side, k, s, p in steps]
        self.weight = nn.Parameter(
            torch.empty(*self.size, out_channels, channels, *kernel)
        )
        bound = self.weight[0, 0, 0].numel() ** -0.5
        nn.init.uniform_(self.weight, -bound, bound)
        self.bias = None
        if bias:
            self.bias = nn.Parameter(torch.empty(out_channels, *self.size))
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.weight.shape[4:]
        windows = F.unfold(x, kernel, padding=self.padding, stride=self.stride)
        weight = self.weight.flatten(0, 1).flatten(2)
        y = torch.einsum("nkp,pok->nop", windows, weight).contiguous()
        y = torch.unflatten(y, 2, self.size)
        return y if self.bias is None else y + self.bias


class BlurPool2d(nn.Module):
    """Binomial filter over each channel, of which each ``stride``-th pixel is kept.

    Zhang 2019, https://arxiv.org/abs/1904.11486, section 3.1. The filter follows from
    its size: it is no part of the ``state_dict``.
    """

    def __init__(
        self,
        num_channels: int,
        kernel_size: int = 3,
        stride: int = 2,
        padding: int | None = None,
        padding_mode: Literal["reflect", "replicate", "zeros"] = "reflect",
    ) -> None:
        super().__init__()
        self.stride = stride
        self.padding = (stride + kernel_size - 2) // 2 if padding is None else padding
        self.padding_mode = "constant" if padding_mode == "zeros" else padding_mode
        row = torch.tensor(
            [float(comb(kernel_size - 1, k)) for k in range(kernel_size)]
        )
        row = row / 2 ** (kernel_size - 1)
        filt = (row[:, None] * row).repeat(num_channels, 1, 1, 1)
        self.filt = nn.Buffer(filt, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, [self.padding] * 4, self.padding_mode)
        stride, groups = (self.stride, self.stride), len(self.filt)
        return F.conv2d(x, self.filt, None, stride, (0, 0), (1, 1), groups)


class FixedAffine(nn.Module):
    """y = weight·x + bias, neither of them learned; (N, C, ...) -> (N, C, ...).

    One number for all channels or one for each. They are no part of the ``state_dict``.
    """

    def __init__(
        self, weight: float | Sequence[float] = 1.0, bias: float | Sequence[float] = 0.0
    ) -> None:
        super().__init__()
        self.weight = nn.Buffer(
            torch.tensor(weight, dtype=torch.float32), persistent=False
        )
        self.bias = nn.Buffer(torch.tensor(bias, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x.movedim(1, -1) * self.weight + self.bias).movedim(-1, 1)
