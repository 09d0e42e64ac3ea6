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
    """y = x / (k + alpha·mean of x² around it)^beta; (N, C, H, W) -> (N, C, H, W).

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


class ChannelScale(nn.Module):
    """y = weight·x, a number for each channel; (N, C, ...) -> (N, C, ...).

    Layer scale: Touvron et al. 2021, https://arxiv.org/abs/2103.17239, section 2.
    """

    def __init__(self, num_channels: int, init: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((num_channels,), float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return (x.movedim(1, -1) * self.weight).movedim(-1, 1)


class LayerScale(nn.Module):
    """y = weight·x, a number for each channel; (N, C, ...) -> (N, C, ...).

    Touvron et al. 2021, https://arxiv.org/abs/2103.17239, section 2.
    """

    def __init__(self, num_channels: int, init: float = 1.0, sides: int = 2) -> None:
        super().__init__()
        shape = (num_channels, *[1] * sides)
        self.weight = nn.Parameter(torch.full(shape, float(init)))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x


class ScalarAffine(nn.Module):
    """y = weight·x + bias, one pair for all numbers, or one of the two; of any shape.

    De & Smith 2020, https://arxiv.org/abs/2002.10444; Zhang et al. 2019,
    https://arxiv.org/abs/1901.09321.
    """

    def __init__(
        self, weight: bool = True, bias: bool = True, init: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(init))) if weight else None
        self.bias = nn.Parameter(torch.tensor(0.0)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.weight is None else x * self.weight
        return x if self.bias is None else x + self.bias


class LayerNorm2d(nn.Module):
    """LayerNorm of the channels of each pixel; (N, C, H, W) -> (N, C, H, W).

    Liu et al. 2022, https://arxiv.org/abs/2201.03545.
    """

    def __init__(
        self,
        num_channels: int,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.shape, self.eps = (num_channels,), eps
        self.weight = (
            nn.Parameter(torch.ones(self.shape)) if elementwise_affine else None
        )
        has_bias = elementwise_affine and bias
        self.bias = nn.Parameter(torch.zeros(self.shape)) if has_bias else None

    def forward(self, x: Tensor) -> Tensor:
        y = F.layer_norm(x.movedim(1, -1), self.shape, self.weight, self.bias, self.eps)
        return y.movedim(-1, 1)


class FrozenBatchNorm2d(nn.Module):
    """BatchNorm2d with fixed numbers; (N, C, H, W) -> (N, C, H, W).

    The four tensors of torchvision.ops.FrozenBatchNorm2d.
    """

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Buffer(torch.ones(num_features))
        self.bias = nn.Buffer(torch.zeros(num_features))
        self.running_mean = nn.Buffer(torch.zeros(num_features))
        self.running_var = nn.Buffer(torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)


class GRN(nn.Module):
    """y = x + weight·x·n + bias, n a channel's relative length; (N, C, H, W) -> same.

    Global response normalisation: Woo et al. 2023, https://arxiv.org/abs/2301.00808,
    section 3.
    """

    def __init__(self, num_channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))

    def forward(self, x: Tensor) -> Tensor:
        length = x.norm(dim=(2, 3), keepdim=True)
        n = length / (length.mean(1, keepdim=True) + self.eps)
        weight, bias = self.weight.view(-1, 1, 1), self.bias.view(-1, 1, 1)
        return x + torch.addcmul(bias, weight, x * n)


class EvoNormB0(nn.Module):
    """y = x / max(σ_batch, v·x + σ_sample)·weight + bias; (N, C, H, W) -> same.

    Liu et al. 2020, https://arxiv.org/abs/2004.02967, table 2. σ_batch is that of a
    channel over the batch, in eval mode the running one; σ_sample over one's pixels.
    """

    def __init__(
        self, num_features: int, eps: float = 1e-3, momentum: float = 0.1
    ) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.v = nn.Parameter(torch.ones(num_features))
        self.running_var = nn.Buffer(torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias, v = (p.view(-1, 1, 1) for p in (self.weight, self.bias, self.v))
        batch_var: Tensor = self.running_var
        if self.training:
            batch_var = x.var(dim=(0, 2, 3), correction=0)
            with torch.no_grad():
                n = x.numel() / x.shape[1]
                self.running_var.lerp_(batch_var * n / (n - 1), self.momentum)
        sample_var = x.var(dim=(2, 3), correction=0, keepdim=True)
        batch_var = batch_var.view(-1, 1, 1).expand_as(sample_var)
        batch_std = (batch_var + self.eps).sqrt()
        sample_std = (sample_var + self.eps).sqrt()
        return x / torch.maximum(batch_std, v * x + sample_std) * weight + bias


class EvoNormS0(nn.Module):
    """y = x·sigmoid(v·x) / σ_group·weight + bias; (N, C, H, W) -> (N, C, H, W).

    Liu et al. 2020, https://arxiv.org/abs/2004.02967, table 2.
    """

    def __init__(self, num_features: int, groups: int = 32, eps: float = 1e-5) -> None:
        super().__init__()
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.v = nn.Parameter(torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias, v = (p.view(-1, 1, 1) for p in (self.weight, self.bias, self.v))
        shape = (self.groups, -1)
        var = torch.unflatten(x, 1, shape).var(
            dim=(2, 3, 4), correction=0, keepdim=True
        )
        y = (
            torch.unflatten(x * torch.sigmoid(v * x), 1, shape)
            / (var + self.eps).sqrt()
        )
        return y.flatten(1, 2) * weight + bias
