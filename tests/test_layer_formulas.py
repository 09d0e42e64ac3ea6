"""The layers that PyTorch lacks, and its own activations and poolings, compute their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

import pytest

import archspec
from archspec.op.base import Op, Role
from archspec.op.tensor import TensorType
from archspec.ops import registry
from tests.own_layers import C3, MAP
from tests.test_ops import layer, made

torch: Any = pytest.importorskip("torch")

from archspec.layers.activation import ScaledTanh  # noqa: E402
from archspec.layers.conv import TableConv2d  # noqa: E402
from archspec.layers.learned import APL  # noqa: E402
from archspec.layers.linear import RBF  # noqa: E402
from archspec.layers.norm import ChannelAffine  # noqa: E402
from archspec.layers.pool import SumPool2d  # noqa: E402
from archspec.layers.shape import PadChannels  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("seeded")]

Tensor = Any


# Formulas, in float64

Formula = Callable[..., Tensor]


def normal(x: Tensor) -> Tensor:
    """The distribution function Φ."""
    return (1 + torch.erf(x / math.sqrt(2))) / 2


def per_channel(values: Tensor, x: Tensor) -> Tensor:
    """A value for each channel, as large as x."""
    return torch.stack([torch.full_like(x[:, 0], 1) * value for value in values], 1)


def apl(x: Tensor, slope: Tensor, offset: Tensor) -> Tensor:
    hinges = [a * torch.where(b > x, b - x, 0) for a, b in zip(slope, offset, strict=True)]
    return torch.where(x > 0, x, 0) + sum(hinges)


ACTIVATIONS: Final[dict[str, tuple[dict[str, Any], Formula]]] = {
    "ReLU": ({}, lambda x: torch.where(x > 0, x, 0)),
    "ReLU6": ({}, lambda x: torch.where(x > 0, torch.where(x < 6, x, 6), 0)),
    "LeakyReLU": ({"negative_slope": 0.2}, lambda x: torch.where(x > 0, x, 0.2 * x)),
    "VLReLU": ({}, lambda x: torch.where(x > 0, x, x / 3)),
    "RReLU": ({}, lambda x: torch.where(x > 0, x, (1 / 8 + 1 / 3) / 2 * x)),
    "PReLU": ({"num_parameters": 4}, lambda x, a: torch.where(x > 0, x, per_channel(a, x) * x)),
    "ELU": ({"alpha": 0.5}, lambda x: torch.where(x > 0, x, 0.5 * (x.exp() - 1))),
    "SELU": ({}, lambda x: 1.0507009873554805 * torch.where(x > 0, x, 1.6732632423543772 * (x.exp() - 1))),
    "CELU": ({"alpha": 2.0}, lambda x: torch.where(x > 0, x, 2 * ((x / 2).exp() - 1))),
    "GELU": ({}, lambda x: x * normal(x)),
    "Sigmoid": ({}, lambda x: 1 / (1 + (-x).exp())),
    "Tanh": ({}, lambda x: 1 - 2 / (1 + (2 * x).exp())),
    "ScaledTanh": ({}, lambda x: 1.7159 * (1 - 2 / (1 + (4 / 3 * x).exp()))),
    "Arcsinh": ({}, lambda x: (x + (x**2 + 1) ** 0.5).log()),
    "SiLU": ({}, lambda x: x / (1 + (-x).exp())),
    "Mish": ({}, lambda x: x * torch.tanh((1 + x.exp()).log())),
    "Softplus": ({"beta": 2.0}, lambda x: (1 + (2 * x).exp()).log() / 2),
    "ShiftedSoftplus": ({}, lambda x: ((1 + x.exp()) / 2).log()),
    "Softsign": ({}, lambda x: x / (1 + x.abs())),
    "Softshrink": ({}, lambda x: torch.where(x.abs() > 0.5, x - 0.5 * x.sign(), 0)),
    "Hardshrink": ({}, lambda x: torch.where(x.abs() > 0.5, x, 0)),
    "Hardtanh": ({"max_val": 2.0}, lambda x: torch.where(x > -1, torch.where(x < 2, x, 2), -1)),
    "Hardsigmoid": ({}, lambda x: (x + 3).clamp(0, 6) / 6),
    "Hardswish": ({}, lambda x: x * (x + 3).clamp(0, 6) / 6),
    "LogSigmoid": ({}, lambda x: -(1 + (-x).exp()).log()),
    "Tanhshrink": ({}, lambda x: x - 1 + 2 / (1 + (2 * x).exp())),
    "Threshold": ({"threshold": 0.1, "value": 7.0}, lambda x: torch.where(x > 0.1, x, 7)),
    "GLU": ({}, lambda x: x[:, :2] / (1 + (-x[:, 2:]).exp())),
    "Softmax": ({}, lambda x: x.exp() / x.exp().sum(1, keepdim=True)),
    "LogSoftmax": ({}, lambda x: x - x.exp().sum(1, keepdim=True).log()),
    "BranchSoftmax": ({"branches": 2}, lambda x: 1 / (1 + (x.roll(2, 1) - x).exp())),
    "Softmin": ({}, lambda x: (-x).exp() / (-x).exp().sum(1, keepdim=True)),
    "Maxout": ({}, lambda x: torch.where(x[:, ::2] > x[:, 1::2], x[:, ::2], x[:, 1::2])),
    "FReLU": ({}, lambda x, b: torch.where(x > 0, x, 0) + per_channel(b, x)),
    "FELU": ({"alpha": 0.5}, lambda x, b: torch.where(x > 0, x, 0.5 * (x.exp() - 1)) + per_channel(b, x)),
    "APL": ({"pieces": 3}, apl),
}  # fmt: skip
"""For each activation of the language some arguments, and its formula of the input and weights."""


def test_every_activation_has_a_formula_here() -> None:
    assert ACTIVATIONS.keys() == ops_of(Role.ACTIVATION)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_its_formula(name: str) -> None:
    arguments, formula = ACTIVATIONS[name]
    module = double(layer(name, **arguments), (4, 3, 5))
    weights = list(module.parameters())
    for tensor in weights:
        torch.nn.init.normal_(tensor)
    x = 3 * torch.randn(2, 4, 3, 5, dtype=torch.float64)
    torch.testing.assert_close(module(x), formula(x, *weights), rtol=1e-9, atol=1e-9)
    assert gradient_is_right(module, x)


def ops_of(role: Role) -> set[str]:
    return {name for name, op in registry().items() if op.role is role}


def double(op: Op, shape: tuple[int, ...]) -> Any:
    """The module of an op, in eval mode and float64."""
    return made(op.lowered(TensorType(shape))).double().eval()


def gradient_is_right(module: Any, x: Tensor) -> bool:
    names = [name for name, _ in module.named_parameters()]

    def function(x: Tensor, *weights: Tensor) -> Tensor:
        return torch.func.functional_call(module, dict(zip(names, weights, strict=True)), (x,))

    weights = [tensor.detach().clone().requires_grad_() for tensor in module.parameters()]
    inputs = (x.clone().requires_grad_(), *weights)
    right: bool = torch.autograd.gradcheck(function, inputs)
    return right


def weighted_by_itself(window: Tensor) -> Tensor:
    weight = window.clamp(min=0)
    return (weight * window).sum() / weight.sum()


Window = Callable[[Tensor], Tensor]

POOLINGS: Final[dict[str, tuple[dict[str, Any], Window]]] = {
    "MaxPool2d": ({"kernel_size": 3, "stride": 2, "ceil_mode": True}, lambda w: w.max()),
    "AvgPool2d": ({"kernel_size": 3, "stride": 2, "ceil_mode": True}, lambda w: w.sum() / w.numel()),
    "LPPool2d": ({"norm_type": 3, "kernel_size": (3, 2), "stride": 2}, lambda w: (w**3).sum() ** (1 / 3)),
    "StochasticPool2d": ({"kernel_size": 3, "stride": 2, "ceil_mode": True}, weighted_by_itself),
    "AdaptiveAvgPool2d": ({"output_size": (2, 3)}, lambda w: w.sum() / w.numel()),
    "AdaptiveMaxPool2d": ({"output_size": (2, 3)}, lambda w: w.max()),
}  # fmt: skip


def spans(size: int, count: int, arguments: dict[str, Any], side: int) -> Iterator[slice]:
    """Where the windows stand along one side."""
    for i in range(count):
        if "output_size" in arguments:
            yield slice(i * size // count, -(-(i + 1) * size // count))
        else:
            kernel = arguments["kernel_size"]
            width = kernel[side] if isinstance(kernel, tuple) else kernel
            yield slice(i * arguments["stride"], i * arguments["stride"] + width)


def test_every_pooling_has_a_formula_here() -> None:
    """Those of rows and volumes share the class of their family, and some pool no windows."""
    of_maps = {name for name in ops_of(Role.POOL) if name.endswith("2d")}
    assert POOLINGS.keys() == of_maps - {"BlurPool2d", "MaxUnpool2d"}


@pytest.mark.parametrize("name", POOLINGS)
def test_a_pooling_is_its_formula(name: str) -> None:
    arguments, formula = POOLINGS[name]
    op, shape = layer(name, **arguments), (2, 6, 8)
    module = double(op, shape)
    _, height, width = op.infer(TensorType(shape)).shape
    x = torch.rand(2, *shape, dtype=torch.float64)
    places = product(spans(6, height, arguments, 0), spans(8, width, arguments, 1))
    values = [torch.stack([formula(w[rows, columns]) for rows, columns in places])
              for places in [list(places)] for w in x.flatten(0, 1)]  # fmt: skip
    expected = torch.stack(values).view(2, 2, height, width)
    torch.testing.assert_close(module(x), expected, rtol=1e-12, atol=1e-12)
    assert gradient_is_right(module, x)


def test_scaled_tanh_maps_one_to_one() -> None:
    x = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    y = ScaledTanh()(x)
    torch.testing.assert_close(y, x, rtol=0, atol=1e-5)
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert slope[1] == pytest.approx(1.1439, abs=1e-4)


def test_local_response_normalisation_as_the_paper_writes_it() -> None:
    """The paper does not divide alpha by n: 1e-4 in its formula is 5e-4 for PyTorch."""
    x = 50 * torch.randn(2, 8, 3, 3, dtype=torch.float64)
    neighbours = [x[:, max(0, c - 2) : c + 3].square().sum(1) for c in range(8)]
    expected = x / (2 + 1e-4 * torch.stack(neighbours, 1)) ** 0.75
    module = double(layer("LocalResponseNorm", size=5, alpha=5e-4, beta=0.75, k=2.0), (8, 3, 3))
    torch.testing.assert_close(module(x), expected)


def test_channel_affine() -> None:
    module = ChannelAffine(4).double()
    for tensor in module.parameters():
        torch.nn.init.normal_(tensor)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64)
    expected = x * per_channel(module.weight, x) + per_channel(module.bias, x)
    torch.testing.assert_close(module(x), expected)
    assert gradient_is_right(module, x)


def test_apl_with_hinges_for_each_channel() -> None:
    whole, channels = APL(MAP, 3), APL(MAP, 3, per="channel")
    assert channels.slope.shape == (3, 4, 1, 1)
    with torch.no_grad():
        whole.slope.copy_(channels.slope.expand_as(whole.slope))
        whole.offset.copy_(channels.offset.expand_as(whole.offset))
    x = torch.randn(2, *MAP)
    torch.testing.assert_close(channels(x), whole(x))


def test_rbf_is_the_squared_distance_to_its_codes() -> None:
    module = RBF(84, 10)
    x = torch.randn(3, 84)
    expected = torch.cdist(x.double(), module.codes.double()).square()
    torch.testing.assert_close(module(x).double(), expected, rtol=1e-5, atol=1e-5)
    assert set(module.codes.flatten().tolist()) == {-1.0, 1.0}
    assert not list(module.parameters())
    apart = torch.cdist(module.codes, module.codes).square() / 4
    assert apart[~torch.eye(10, dtype=torch.bool)].min() >= 84 / 2 - 4
    assert torch.equal(module.codes, RBF(84, 10).codes)


@pytest.mark.parametrize("classes", range(1, 40))
def test_rbf_codes_are_different_where_the_op_accepts_them(classes: int) -> None:
    op = layer("RBF", out_features=classes)
    for features in range(1, 40):
        module = RBF(features, classes)
        distinct = len({tuple(code) for code in module.codes.tolist()}) == classes
        try:
            op.infer(TensorType((features,)))
        except archspec.op.base.ShapeError:
            assert not distinct
        else:
            assert distinct


def test_a_sum_of_windows_is_that_of_torch() -> None:
    for size, height, width, stride in product(range(4, 9), *[range(1, 5)] * 3):
        for padding in range(min(height, width) // 2 + 1):
            x = torch.randn(2, 3, size, size + 1)
            found = SumPool2d((height, width), stride, padding, divisor_override=3)(x)
            torch_pool = torch.nn.AvgPool2d((height, width), stride, padding, divisor_override=3)
            torch.testing.assert_close(found, torch_pool(x))
    exact = torch.nn.AvgPool2d(2, divisor_override=1)
    assert torch.equal(SumPool2d(2, divisor_override=1)(x), exact(x))


# Convolution by a table, and zeros for a shortcut


def dense(module: TableConv2d, in_channels: int) -> Tensor:
    """The weight of the whole convolution, zero where nothing is connected."""
    weight = torch.zeros(len(C3), in_channels, *module.weight.shape[2:], dtype=torch.float64)
    kernels = iter(module.weight[:, 0])
    for out, row in enumerate(C3):
        for channel in row:
            weight[out, channel] = next(kernels)
    return weight


@pytest.mark.parametrize(("stride", "padding", "bias"), [(1, 0, True), (2, (1, 2), False)])
def test_table_convolution_is_a_masked_one(stride: int, padding: Any, bias: bool) -> None:
    module = TableConv2d(C3, 5, stride, padding, bias).double()
    x = torch.randn(2, 6, 9, 8, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.conv2d(x, dense(module, 6), module.bias, stride, padding)
    torch.testing.assert_close(module(x), expected)
    weights = torch.randn_like(expected)
    inputs = (x, *module.parameters())
    gradients, wanted = (
        torch.autograd.grad((weights * y).sum(), inputs) for y in (module(x), expected)
    )
    for gradient, other in zip(gradients, wanted, strict=True):
        torch.testing.assert_close(gradient, other)


def test_table_convolution_of_lenet() -> None:
    op = layer("TableConv2d", table=C3, kernel_size=5)
    x = TensorType((6, 14, 14))
    cost = op.cost((x,), op.infer(x))
    assert cost.params == 1516
    assert cost.macs + cost.elementwise == 151_600  # the paper's connections
    bound = TableConv2d(C3, 5).weight.abs().flatten(1).amax(1)
    fan_in = torch.tensor([25.0 * len(row) for row in C3 for _ in row])
    assert (bound <= fan_in**-0.5).all()
    assert (bound >= 0.5 * fan_in**-0.5).all()


def test_the_two_shortcuts_differ_by_a_permutation() -> None:
    x = torch.randn(2, 16, 4, 4)
    end, both = PadChannels(32)(x), PadChannels(32, "both")(x)
    assert torch.equal(end, torch.cat([x, torch.zeros(2, 16, 4, 4)], 1))
    permutation = [*range(8, 24), *range(8), *range(24, 32)]
    assert torch.equal(both[:, permutation], end)
    odd = PadChannels(19, "both")(x)
    assert torch.equal(odd[:, 1:17], x)
    assert odd.shape[1] == 19
