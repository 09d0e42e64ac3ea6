"""Poolings."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SumPool2d(nn.AvgPool2d):
    """Sum of each window through ``divisor_override``, which ONNX would lose."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, divisor = self.kernel_size, self.divisor_override or 1
        area = kernel**2 if isinstance(kernel, int) else kernel[0] * kernel[1]
        return F.avg_pool2d(x, kernel, self.stride, self.padding) * (area / divisor)


class SumPool3d(nn.AvgPool3d):
    """Sum of each window through ``divisor_override``, which ONNX would lose."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, divisor = self.kernel_size, self.divisor_override or 1
        sides = (kernel,) * 3 if isinstance(kernel, int) else kernel
        volume = sides[0] * sides[1] * sides[2]
        return F.avg_pool3d(x, kernel, self.stride, self.padding) * (volume / divisor)


class StochasticPool2d(nn.Module):
    """One number x_i of each window by chance, p_i = x_i / Σ x; in eval mode Σ p_i·x_i.

    (N, C, H, W) -> (N, C, H', W'). Zeiler & Fergus 2013,
    https://arxiv.org/abs/1301.3557, section 3. The numbers should be those of a ReLU:
    a negative one has probability 0.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        stride = stride or kernel_size
        self.kernel_size = (
            (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
        )
        self.stride = (stride,) * 2 if isinstance(stride, int) else stride
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            weight = self.windows(x).clamp(min=0)
            total = weight.sum(-1, keepdim=True)
            return (weight / total.masked_fill(total == 0, 1) * weight).sum(-1)
        weight = self.windows(x.detach()).clamp(min=0)
        race = torch.rand_like(weight, dtype=torch.float32).log() / weight
        winner = race.argmax(-1, keepdim=True)  # it is i with probability p_i
        one = torch.ones_like(x[:1, :1], dtype=torch.int64)
        pixel = one.flatten().cumsum(0).view_as(one) - 1  # 0, 1, 2, ...
        pixel = self.windows(pixel).expand_as(weight).gather(-1, winner).squeeze(-1)
        return x.flatten(2).gather(2, pixel.flatten(2)).view_as(pixel)

    def windows(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H', W', numbers of a window)."""
        (height, width), (down, right) = self.kernel_size, self.stride
        if self.ceil_mode:  # the last window may reach over the end
            below, beside = (height - x.shape[2]) % down, (width - x.shape[3]) % right
            below, beside = below * (below < height), beside * (beside < width)
            x = F.pad(x, (0, beside, 0, below))
        return x.unfold(2, height, down).unfold(3, width, right).flatten(4)


class MaxUnpool2d(nn.Module):
    """Puts each number where the largest of its window stood; zeros elsewhere.

    (N, C, H', W') and what the pooling read, (N, C, H, W) -> (N, C, H, W).
    Badrinarayanan et al. 2015, https://arxiv.org/abs/1511.00561, section 3.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        stride = stride or kernel_size
        self.kernel_size, self.stride, self.padding = (
            (number, number) if isinstance(number, int) else number
            for number in (kernel_size, stride, padding)
        )

    def forward(self, x: Tensor, pooled: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        _, indices = F.max_pool2d_with_indices(pooled.detach(), *window)
        return F.max_unpool2d(x, indices, *window, pooled.shape[2:])
