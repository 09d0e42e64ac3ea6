"""Convolutions that make what they read once more for the backward pass, instead of keeping it."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


def join(*maps: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The pieces of a concatenation; whoever reads them puts them together."""
    return tuple(piece for x in maps for piece in (x if isinstance(x, tuple) else (x,)))


class Deferred(NamedTuple):
    """The pieces of a map, with the BatchNorm2d that waits for the next convolution."""

    pieces: tuple[Tensor, ...]
    weight: Tensor | None
    bias: Tensor | None
    running_mean: Tensor | None
    running_var: Tensor | None
    momentum: float
    eps: float


class DeferredBatchNorm2d(nn.BatchNorm2d):
    """A BatchNorm2d that in training leaves its work to the next RecomputingConv2d."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        deferred: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats)
        self.deferred = deferred

    def forward(self, input: Tensor | tuple[Tensor, ...]) -> Any:
        pieces = join(input)
        if not (self.training and self.deferred):
            x = torch.cat(pieces, 1) if len(pieces) > 1 else pieces[0]
            return super().forward(x)
        self._check_input_dim(pieces[0])
        batch, _, height, width = pieces[0].shape
        if batch * height * width == 1:
            raise ValueError("training a BatchNorm2d takes more than 1 value a channel")
        momentum = self.momentum or 0.0
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the mean of all batches
                momentum = 1.0 / float(self.num_batches_tracked)
        tensors = (self.weight, self.bias, self.running_mean, self.running_var)
        return Deferred(pieces, *tensors, momentum, self.eps)


class DeferredReLU(nn.ReLU):
    """A ReLU that passes a deferred BatchNorm2d on, for the RecomputingConv2d behind it."""

    def forward(self, input: Any) -> Any:
        return input if isinstance(input, Deferred) else super().forward(input)


class RecomputingConv2d(nn.Conv2d):
    """A Conv2d that does a deferred BatchNorm2d and ReLU, again in the backward pass.

    Kept are the pieces as they came, and no concatenation, normalised map or own input.
    """

    def forward(self, input: Any) -> Tensor:
        if not isinstance(input, Deferred):
            return super().forward(input)
        pieces, scale, shift, *statistics = input
        padding = self.padding
        if isinstance(padding, str):
            sides = zip(self.kernel_size, self.dilation, strict=True)
            same = [dilation * (size - 1) // 2 for size, dilation in sides]
            padding = (same[0], same[1]) if padding == "same" else (0, 0)
        options = (self.stride, padding, self.dilation, self.groups)
        parameters = (scale, shift, self.weight, self.bias)
        output: Tensor = NormReLUConv2d.apply(statistics, options, *parameters, *pieces)
        return output


class NormReLUConv2d(torch.autograd.Function):
    """Concatenation, BatchNorm2d, ReLU and Conv2d as one step of the backward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        statistics: Any,
        options: Any,
        scale: Tensor | None,
        shift: Tensor | None,
        weight: Tensor,
        bias: Tensor | None,
        *pieces: Tensor,
    ) -> Tensor:
        mean, var, momentum, eps = statistics
        x = torch.cat(pieces, 1) if len(pieces) > 1 else pieces[0]
        y, mean, inverse = torch.native_batch_norm(
            x, scale, shift, mean, var, True, momentum, eps
        )
        del x
        ctx.save_for_backward(scale, shift, weight, mean, inverse, *pieces)
        ctx.eps, ctx.options = eps, options
        return torch.conv2d(torch.relu_(y), weight, bias, *options)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        scale, shift, weight, mean, inverse, *pieces = ctx.saved_tensors
        of_scale, of_shift, of_weight, of_bias, *of_pieces = ctx.needs_input_grad[2:]
        of_x = any(of_pieces)
        of_y = of_scale or of_shift or of_x
        x = torch.cat(pieces, 1) if len(pieces) > 1 else pieces[0]
        # The forward pass's kernel, so that all bits are the same; var + eps is 1.
        factor = inverse if scale is None else inverse * scale
        half = torch.full_like(mean, 0.5)
        y, _, _ = torch.native_batch_norm(x, factor, shift, mean, half, False, 0.0, 0.5)
        torch.relu_(y)
        stride, padding, dilation, groups = ctx.options
        grad_y, *grads = torch.ops.aten.convolution_backward(
            grad, y.to(grad.dtype), weight.to(grad.dtype), [len(weight)],
            stride, padding, dilation, False, (0, 0), groups, (of_y, of_weight, of_bias),
        )  # fmt: skip
        if not of_y:
            return None, None, None, None, *grads, *(None for _ in pieces)
        grad_y = torch.ops.aten.threshold_backward(grad_y.to(y.dtype), y, 0)
        del y
        grad_x, *of_norm = torch.ops.aten.native_batch_norm_backward(
            grad_y, x, scale, None, None, mean, inverse, True, ctx.eps,
            (of_x, of_scale, of_shift),
        )  # fmt: skip
        sizes = [piece.shape[1] for piece in pieces]
        parts = grad_x.split(sizes, 1) if of_x else [None for _ in pieces]
        return None, None, *of_norm, *grads, *parts
