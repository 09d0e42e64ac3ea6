"""Convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TableConv2d(nn.Module):
    """Convolution whose output channel o reads the input channels in table[o] only.

    (N, C, H, W) -> (N, len(table), H', W'), a kernel for each number of the table.
    LeCun et al. 1998, "Gradient-based learning applied to document recognition", II.B.
    """

    def __init__(
        self,
        table: tuple[tuple[int, ...], ...],
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.stride = (stride,) * 2 if isinstance(stride, int) else stride
        self.padding = (padding,) * 2 if isinstance(padding, int) else padding
        self.inputs = nn.Buffer(torch.tensor(sum(table, ())), persistent=False)
        self.rows = [len(row) for row in table]
        convs = [nn.Conv2d(row, 1, kernel_size, bias=bias) for row in self.rows]
        weights = [conv.weight[0] for conv in convs]
        biases = [conv.bias for conv in convs if conv.bias is not None]
        self.weight = nn.Parameter(torch.cat(weights)[:, None])
        self.bias = nn.Parameter(torch.cat(biases)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        x, groups = x[:, self.inputs], sum(self.rows)
        x = F.conv2d(x, self.weight, None, self.stride, self.padding, (1, 1), groups)
        parts = torch.split(x, self.rows, 1)
        y = torch.stack([parts[o].sum(1) for o in range(len(self.rows))], 1)
        return y if self.bias is None else y + self.bias.view(-1, 1, 1)
