"""The modules that PyTorch lacks: their formulas, their chances, and their text in a source."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

import archspec
from archspec.backends.torch.source import own_layers as text_of_layers
from archspec.ops import registry
from archspec.ops.base import Op, Role
from archspec.ops.tensor import TensorType
from tests.test_ops import CASES, Case, layer, made
from tests.test_source import assert_clean

torch: Any = pytest.importorskip("torch")
vision: Any = pytest.importorskip("torchvision.ops")

from archspec import layers as own  # noqa: E402
from archspec.layers.activation import Arcsinh, Maxout, ScaledTanh, ShiftedSoftplus  # noqa: E402
from archspec.layers.conv import TableConv2d  # noqa: E402
from archspec.layers.drop import DropBlock2d, StochasticDepth  # noqa: E402
from archspec.layers.learned import APL, FELU, FReLU  # noqa: E402
from archspec.layers.linear import RBF  # noqa: E402
from archspec.layers.norm import ChannelAffine  # noqa: E402
from archspec.layers.pool import StochasticPool2d, SumPool2d  # noqa: E402
from archspec.layers.shape import PadChannels  # noqa: E402

pytestmark = pytest.mark.torch

Tensor = Any
MAP: Final = (4, 12, 10)
C3: Final = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4),
    (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5),
    (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""Table I of LeNet-5."""

LAYERS: Final[dict[str, tuple[Callable[[], Any], tuple[int, ...]]]] = {
    "ScaledTanh": (ScaledTanh, MAP),
    "Arcsinh": (Arcsinh, MAP),
    "ShiftedSoftplus": (ShiftedSoftplus, MAP),
    "Maxout": (Maxout, MAP),
    "FReLU": (lambda: FReLU(4), MAP),
    "FELU": (lambda: FELU(10), (10,)),
    "APL": (lambda: APL(MAP, 5), MAP),
    "TableConv2d": (lambda: TableConv2d(C3, 5), (6, 14, 14)),
    "ChannelAffine": (lambda: ChannelAffine(4), MAP),
    "RBF": (lambda: RBF(84, 10), (84,)),
    "StochasticPool2d": (lambda: StochasticPool2d(3, 2, ceil_mode=True), MAP),
    "SumPool2d": (lambda: SumPool2d((3, 2), 2, 1, divisor_override=5), MAP),
    "DropBlock2d": (lambda: DropBlock2d(0.1, 4), MAP),
    "DropBlock2d-linear": (lambda: DropBlock2d(0.1, 3, schedule="linear"), MAP),
    "StochasticDepth": (lambda: StochasticDepth(0.3), MAP),
    "StochasticDepth-batch": (lambda: StochasticDepth(0.3, "batch", "linear"), (10,)),
    "PadChannels": (lambda: PadChannels(9, "both"), MAP),
}

MODULES: Final = {
    name: case
    for name, case in CASES.items()
    if case.call.target.startswith(("torch.nn.", "archspec.layers."))
}

each_layer = pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


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
    assert POOLINGS.keys() == ops_of(Role.POOL)


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
        except archspec.ops.base.ShapeError:
            assert not distinct
        else:
            assert distinct


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
    x = torch.randn(2, 6, 9, 8, dtype=torch.float64)
    expected = torch.nn.functional.conv2d(x, dense(module, 6), module.bias, stride, padding)
    torch.testing.assert_close(module(x), expected)
    assert gradient_is_right(module, x[:1, :, :6, :6])


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


# Chances


def assert_about(count: float, trials: float, probability: float) -> None:
    """Within four and a half standard deviations of a binomial distribution."""
    deviation = math.sqrt(trials * probability * (1 - probability))
    assert abs(count - trials * probability) <= 4.5 * deviation


def test_stochastic_pooling_draws_in_proportion() -> None:
    window = torch.tensor([[1.0, 0.0, 3.0], [-2.0, 4.0, 2.0]])
    draws = StochasticPool2d((2, 3))(window.expand(20, 1000, 2, 3))
    for value, probability in ((1, 0.1), (0, 0.0), (-2, 0.0), (2, 0.2), (3, 0.3), (4, 0.4)):
        assert_about((draws == value).sum().item(), 20_000, probability)


def test_a_sum_of_windows_is_that_of_torch() -> None:
    for size, height, width, stride in product(range(4, 9), *[range(1, 5)] * 3):
        for padding in range(min(height, width) // 2 + 1):
            x = torch.randn(2, 3, size, size + 1)
            found = SumPool2d((height, width), stride, padding, divisor_override=3)(x)
            torch_pool = torch.nn.AvgPool2d((height, width), stride, padding, divisor_override=3)
            torch.testing.assert_close(found, torch_pool(x))
    exact = torch.nn.AvgPool2d(2, divisor_override=1)
    assert torch.equal(SumPool2d(2, divisor_override=1)(x), exact(x))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the exporter
def test_lenet5_is_exported_to_onnx_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    runtime: Any = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    torch.manual_seed(0)
    network, x = archspec.build(archspec.load("lenet5")).eval(), torch.randn(2, 1, 32, 32)
    torch.onnx.export(network, (x,), tmp_path / "lenet5.onnx", dynamo=True, verbose=False)
    session = runtime.InferenceSession(tmp_path / "lenet5.onnx")
    (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), network(x), atol=1e-3, rtol=1e-5)


def test_stochastic_pooling_draws_for_each_window_by_itself() -> None:
    """Overlapping windows that see the same two numbers agree half of the time."""
    x = torch.tensor([0.0, 1.0, 1.0, 0.0]).expand(10, 1000, 1, 4)
    x = x * torch.tensor([1.0, 1.0, 1.5, 1.0])
    draws = StochasticPool2d((1, 3), stride=1)(x)
    first, second = (draws[..., k] == 1.5 for k in (0, 1))
    assert_about(first.sum().item(), 10_000, 0.6)
    assert_about((first & second).sum().item(), 10_000, 0.36)


def test_stochastic_pooling_sends_the_gradient_to_what_it_drew() -> None:
    x = torch.rand(2, *MAP, requires_grad=True)
    y = StochasticPool2d(2)(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert gradient.sum() == y.numel()
    assert set(gradient.flatten().tolist()) == {0.0, 1.0}
    windows = torch.nn.functional.avg_pool2d(x * gradient, 2, divisor_override=1)
    torch.testing.assert_close(windows, y)


@pytest.mark.parametrize("training", [False, True])
def test_stochastic_pooling_of_nothing_is_nothing(training: bool) -> None:
    module = StochasticPool2d(3, 2, ceil_mode=True).train(training)
    assert torch.equal(module(torch.zeros(1, 1, 6, 6)), torch.zeros(1, 1, 3, 3))


GAMMAS: Final = [
    (0.9, 7, 14, 0.00625), (0.9, 7, 7, 0.1), (0.9, 7, 28, 0.0033057851),
    (0.9, 3, 14, 0.0151234568), (0.9, 5, 14, 0.00784), (0.75, 7, 14, 0.015625),
    (0.975, 7, 14, 0.0015625),
]  # fmt: skip
KEPT: Final = [
    (0.9, 7, 14, 0.907060), (0.9, 7, 7, 0.900000), (0.9, 7, 28, 0.906058),
    (0.9, 3, 14, 0.904919), (0.9, 5, 14, 0.906217), (0.75, 7, 14, 0.790481),
]  # fmt: skip
"""Keep probability, block, side of the map, and what follows from them."""


@pytest.mark.parametrize(("keep", "block", "side", "gamma"), GAMMAS)
def test_gamma(keep: float, block: int, side: int, gamma: float) -> None:
    assert DropBlock2d(1 - keep, block).gamma(side, side) == pytest.approx(gamma, rel=1e-8)


@pytest.mark.parametrize("block", range(1, 9))
def test_gamma_is_at_most_p(block: int) -> None:
    for height, width in product(range(block, 12), repeat=2):
        gamma = DropBlock2d(0.1, block).gamma(height, width)
        assert gamma <= 0.1 + 1e-15
        if block == 1 or block == height == width:
            assert gamma == pytest.approx(0.1)


def dropped(module: DropBlock2d, *shape: int) -> Tensor:
    """Where a layer drops."""
    return module(torch.ones(shape)) == 0


@pytest.mark.parametrize(("keep", "block", "side", "expected"), KEPT)
def test_the_kept_fraction_is_the_exact_one(
    keep: float, block: int, side: int, expected: float
) -> None:
    module = DropBlock2d(1 - keep, block)
    starts = torch.ones(1, 1, side - block + 1, side - block + 1)
    over = torch.nn.functional.conv_transpose2d(starts, torch.ones(1, 1, block, block))
    exact = ((1 - module.gamma(side, side)) ** over).mean().item()
    assert exact == pytest.approx(expected, abs=2e-6)
    kept = 1 - dropped(module, 100, 200, side, side).double().mean((2, 3)).flatten()
    error = kept.std().item() / math.sqrt(len(kept))
    assert abs(kept.mean().item() - exact) <= 4.5 * error
    assert error < 0.004


@pytest.mark.parametrize("block", range(1, 7))
@pytest.mark.parametrize("size", [(6, 6), (7, 9), (12, 8)])
def test_blocks_start_where_they_fit(block: int, size: tuple[int, int]) -> None:
    module = DropBlock2d(0.2, block)
    shape = (3, 4, size[0] - block + 1, size[1] - block + 1)
    x = torch.randn(3, 4, *size)
    torch.manual_seed(block)
    output = module(x)
    torch.manual_seed(block)
    mask = torch.ones(3, 4, *size)
    for sample, channel, i, j in (torch.rand(shape) < module.gamma(*size)).nonzero().tolist():
        mask[sample, channel, i : i + block, j : j + block] = 0
    torch.testing.assert_close(output, x * mask * mask.numel() / mask.sum())


@pytest.mark.parametrize("block", [1, 3, 5, 7])
@pytest.mark.parametrize("size", [(7, 7), (14, 14), (9, 12)])
def test_drop_block_is_that_of_torchvision(
    block: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same numbers drawn: compiled, its way of drawing has one graph for each p."""
    monkeypatch.setattr(
        torch.Tensor, "bernoulli_", lambda noise, p: noise.copy_(torch.rand(noise.shape) < p)
    )
    x = torch.randn(3, 5, *size)
    torch.manual_seed(1)
    expected = vision.drop_block2d(x, 0.1, block)
    torch.manual_seed(1)
    torch.testing.assert_close(DropBlock2d(0.1, block)(x), expected)
    assert (expected == 0).any()


def test_a_block_of_one_is_a_dropout() -> None:
    drops = dropped(DropBlock2d(0.3, 1), 10, 20, 40, 50)
    assert_about(drops.sum().item(), drops.numel(), 0.3)
    for one, other in ((drops[..., 1:], drops[..., :-1]), (drops[:, 1:], drops[:, :-1])):
        assert_about((one & other).sum().item(), one.numel(), 0.3**2)
    x = torch.randn(4, 5, 6, 7)
    y = DropBlock2d(0.3, 1)(x)
    torch.testing.assert_close(y[y != 0], x[y != 0] * x.numel() / (y != 0).sum())


@pytest.mark.parametrize(("mode", "trials"), [("row", 20_000), ("batch", 1)])
@pytest.mark.parametrize("p", [0.1, 0.6])
def test_stochastic_depth_is_that_of_torchvision(
    mode: Any, trials: int, p: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        torch.Tensor, "bernoulli_", lambda noise, p: noise.copy_(torch.rand(noise.shape) >= 1 - p)
    )
    x = torch.randn(trials, 3, 2)
    for number in range(10):
        torch.manual_seed(number)
        expected = vision.stochastic_depth(x, p, mode)
        torch.manual_seed(number)
        y = StochasticDepth(p, mode)(x)
        torch.testing.assert_close(y, expected)
    if mode == "row":
        assert_about((y == 0).all(2).all(1).sum().item(), trials, p)


DROPS: Final[list[Callable[[], Any]]] = [lambda: DropBlock2d(0.2, 3), lambda: StochasticDepth(0.2)]


@pytest.mark.parametrize("make", DROPS)
def test_drops_do_nothing_at_inference(make: Any) -> None:
    x = torch.randn(2, 3, 8, 8)
    assert make().eval()(x) is x
    still = make()
    still.p = 0.0
    assert still(x) is x


def test_drop_block_in_half_precision_and_where_nothing_is_kept() -> None:
    ones = torch.ones(4, 64, 28, 28, dtype=torch.float16)  # more than float16 can count
    y = DropBlock2d(0.1, 7)(ones)
    assert y.dtype == torch.float16
    assert y.float().mean().item() == pytest.approx(1, abs=1e-2)
    assert torch.equal(DropBlock2d(0.9999999, 28)(ones[:1]), 0 * ones[:1])


def test_the_gradient_of_a_drop() -> None:
    for make in DROPS:
        x = torch.randn(4, 3, 8, 8, requires_grad=True)
        y = make()(x)
        (gradient,) = torch.autograd.grad(y.sum(), x)
        torch.testing.assert_close(gradient * x, y)


# Schedules


def test_the_probability_follows_the_progress() -> None:
    model = torch.nn.Sequential(
        DropBlock2d(0.4, 3, "linear"), torch.nn.Sequential(StochasticDepth(0.2, "row", "linear")),
        DropBlock2d(0.4, 3), torch.nn.Identity(),
    )  # fmt: skip
    for progress in (1, 0, 0.25, 0.5):
        own.set_progress(model, progress)
        linear, (depth,), constant, _ = model
        assert linear.probability() == 0.4 * progress
        assert linear.gamma(7, 7) == 0.4 * progress / 9 * 49 / 25
        assert depth.probability() == 0.2 * progress
        assert constant.probability() == 0.4
    assert not model.state_dict()
    own.set_progress(model, 0)
    x = torch.randn(2, 3, 7, 7)
    assert linear(x) is x
    with pytest.raises(ValueError, match="from 0 to 1"):
        own.set_progress(model, 1.5)


def test_the_progress_reaches_a_compiled_network() -> None:
    """It may change in each step: a graph for each value would soon be too many."""
    model = torch.nn.Sequential(
        DropBlock2d(0.4, 3, "linear"), StochasticDepth(0.1, "row", "linear")
    )
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    x = torch.ones(50, 20, 9, 9)
    torch._dynamo.utils.counters.clear()
    fractions = []
    for step in range(21):
        own.set_progress(model, step / 20)
        fractions.append((compiled(x) == 0).float().mean().item())
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] <= 3
    assert fractions[0] == 0
    assert sum(fractions[:7]) < sum(fractions[7:14]) < sum(fractions[14:])


def test_a_loop_without_archspec_can_set_it() -> None:
    model: Any = archspec.build(archspec.loads(WITH_DROPS))
    for module in model.modules():
        if hasattr(module, "progress"):
            module.progress = 0.5
    assert model.block.probability() == 0.05
    own.set_progress(model, 0.1)
    assert model.block.probability() == 0.1 * 0.1


WITH_DROPS: Final = """
archspec: 1
name: net
input: [3, 16, 16]
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 3}
  norm: BatchNorm2d
  block: {op: DropBlock2d, p: 0.1, block_size: 5, schedule: linear}
  conv2: {op: Conv2d, out_channels: 8, kernel_size: 3}
  depth: {op: StochasticDepth, p: 0.1}
"""
DROPS_OF_A_SPEC: Final = ("DropBlock2d", "StochasticDepth")


def test_a_checkpoint_of_the_base_loads_into_the_network_that_drops() -> None:
    lines = WITH_DROPS.splitlines()
    base = "\n".join(line for line in lines if not any(drop in line for drop in DROPS_OF_A_SPEC))
    first, second = (archspec.build(archspec.loads(text)) for text in (base, WITH_DROPS))
    second.load_state_dict(first.state_dict(), strict=True)
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(first.eval()(x), second.eval()(x))
    assert not torch.equal(second.train()(x), second(x))


# What every module of PyTorch can


@each_layer
@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_a_layer_compiles_and_is_exported(
    make: Callable[[], Any], shape: tuple[int, ...], training: bool
) -> None:
    module = make().train(training)
    x = torch.rand(3, *shape, requires_grad=True)
    expected = module(x)
    y = torch.compile(module, backend="aot_eager", fullgraph=True)(x)
    assert y.shape == expected.shape
    y.sum().backward()
    batch = {0: torch.export.Dim("batch", min=2)}
    exported = torch.export.export(module, (x.detach(),), dynamic_shapes=(batch,)).module()
    assert exported(torch.rand(5, *shape)).shape[0] == 5
    if not training:
        torch.testing.assert_close(y, expected)
        torch.testing.assert_close(exported(x), expected)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
@pytest.mark.parametrize("case", MODULES.values(), ids=MODULES)
def test_a_module_is_traced(case: Case, training: bool) -> None:
    """As part of a network: torch.fx traces through what torch.nn lacks, and stops at its own."""
    module = torch.nn.Sequential(made(case.call)).train(training)
    traced = torch.fx.symbolic_trace(module)
    for memory_format in (torch.contiguous_format, torch.channels_last):
        x = torch.rand(3, *case.inputs[0].shape)
        x = x.to(memory_format=memory_format) if x.dim() == 4 else x
        expected, found = drawn_with(7, module, x), drawn_with(7, traced, x)
        assert torch.equal(found, expected)
        assert found.stride() == expected.stride()


def drawn_with(seed: int, module: Any, x: Tensor) -> Tensor:
    torch.manual_seed(seed)
    return module(x)


@pytest.mark.parametrize("training", [True, False], ids=["training", "eval"])
def test_a_layer_keeps_the_layout_of_its_input(training: bool) -> None:
    """A network in channels_last stays in it; the shift along the channels copies nothing."""
    for make, shape in LAYERS.values():
        if shape != MAP:
            continue
        module, x = make().train(training), torch.rand(3, *shape)
        last = drawn_with(7, module, x.to(memory_format=torch.channels_last))
        torch.testing.assert_close(last, drawn_with(7, module, x))
        if type(module) not in (StochasticPool2d, Maxout):
            assert last.is_contiguous(memory_format=torch.channels_last), type(module)


@pytest.mark.filterwarnings("ignore")  # torch.ao warns of its own end in many words
@each_layer
def test_a_layer_is_part_of_a_quantised_network(
    make: Callable[[], Any], shape: tuple[int, ...]
) -> None:
    network = torch.nn.Sequential(torch.nn.Identity(), make()).eval()
    x = torch.rand(8, *shape)
    expected = network(x)
    error = (quantised(network, x)(x) - expected).abs().max().item()
    assert error <= 0.05 * expected.abs().max().item()


def quantised(network: Any, x: Tensor) -> Any:
    from torch.ao.quantization import get_default_qconfig_mapping, quantize_fx

    prepared = quantize_fx.prepare_fx(network, get_default_qconfig_mapping("x86"), (x,))
    prepared(x)
    return quantize_fx.convert_fx(prepared)


@pytest.mark.filterwarnings("ignore")  # torch.ao warns of its own end in many words
def test_the_features_of_lenet5_and_its_quantisation() -> None:
    features: Any = pytest.importorskip("torchvision.models.feature_extraction")
    network = archspec.build(archspec.load("lenet5")).eval()
    x = torch.rand(8, 1, 32, 32)
    found = features.create_feature_extractor(network, ["c1", "s2.affine", "c3", "rbf"])(x)
    assert {name: tuple(value.shape[1:]) for name, value in found.items()} == {
        "c1": (6, 28, 28), "s2.affine": (6, 14, 14), "c3": (16, 10, 10), "rbf": (10,),
    }  # fmt: skip
    expected = network(x)
    assert torch.equal(found["rbf"], expected)
    y = quantised(network, x)(x)
    assert (y - expected).abs().max() <= 0.05 * expected.abs().max()


@each_layer
def test_a_layer_is_copied_and_saved(make: Callable[[], Any], shape: tuple[int, ...]) -> None:
    module, other = make().eval(), make().eval()
    other.load_state_dict(module.state_dict(), strict=True)
    x = torch.rand(3, *shape)
    for same in (copy.deepcopy(module), other):
        assert torch.equal(same(x), module(x))
    learned = {"weight", "bias", "slope", "offset", "codes"}
    assert learned.issuperset(module.state_dict())


# Their text in a printed source

ALL_OF_THEM: Final = """
archspec: 1
name: maxout
input: [4, 24, 20]
params: {drop: 0.1}
layers:
  table:
    op: TableConv2d
    table: [[0, 1, 2], [1, 3], [2], [0, 1, 2, 3], [0, 1], [2, 3], [0, 1, 2, 3], [3, 0, 1, 2]]
    kernel_size: [3, 5]
    padding: 1
  tanh: ScaledTanh
  affine: ChannelAffine
  asinh: Arcsinh
  depth: {op: DepthwiseConv2d, kernel_size: 3, padding: 1, multiplier: 2}
  maxout: Maxout
  frelu: FReLU
  block: {op: DropBlock2d, p: drop, block_size: 3, schedule: linear}
  softplus: ShiftedSoftplus
  felu: {op: FELU, init: 0.5}
  apl: APL
  rbf1: {layers: {pad: {op: PadChannels, out_channels: 12, where: both}, act: VLReLU}}
  rbf2: {layers: {pad: {op: PadChannels, out_channels: 14}, act: VLReLU}}
  rbf3: {layers: {pad: {op: PadChannels, out_channels: 16}, act: VLReLU}}
  pool: {op: StochasticPool2d, kernel_size: 3, stride: 2, ceil_mode: true}
  sd: {op: StochasticDepth, p: 0.2}
  sum: {op: AvgPool2d, kernel_size: 2, divisor_override: 1}
  gap: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  rbf: {op: RBF, out_features: 10}
init:
  - {op: TableConv2d, weight: {normal: {std: 0.1}}, bias: 0}
"""

ALONE: Final = """
import sys
sys.modules["archspec"] = None
sys.path.insert(0, ".")
import torch
import network
model = network.Maxout2()
print(model(torch.randn(2, 4, 24, 20)).shape, model.eval()(torch.randn(2, 4, 24, 20)).shape)
"""


def test_a_printed_source_holds_its_layers(tmp_path: Path) -> None:
    graph = archspec.loads(ALL_OF_THEM)
    path = tmp_path / "network.py"
    path.write_text(archspec.source(graph))
    assert_clean(path)
    used = text_of_layers.own_targets(graph)
    assert {target.rpartition(".")[2] for target in used} == {
        name.partition("-")[0] for name in LAYERS
    }
    code = [sys.executable, "-c", ALONE]
    done = subprocess.run(code, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout == "torch.Size([2, 10]) torch.Size([2, 10])\n", done.stderr
    model = archspec.build(graph)
    assert list(model.state_dict()) == list(graph.state_keys)
    assert sum(tensor.numel() for tensor in model.parameters()) == graph.total_params


def test_only_what_is_used_is_printed() -> None:
    text = archspec.source(archspec.loads(WITH_DROPS))
    assert text.count("\nclass ") == 3
    assert "ScaledTanh" not in text
    assert "archspec.layers" not in text
    plain = archspec.source(archspec.load("resnet18"))
    assert "functional" not in plain


OWN_CASES: Final = {
    name: case for name, case in CASES.items() if case.call.target.startswith("archspec.layers.")
}


@pytest.mark.parametrize("case", OWN_CASES.values(), ids=OWN_CASES)
def test_the_text_of_a_layer_stands_alone(case: Case, tmp_path: Path) -> None:
    (x,) = case.inputs
    given = {"op": type(case.op).__name__, **case.op.arguments()}
    given = {name: value for name, value in given.items() if value is not None}
    text = json.dumps({"archspec": 1, "name": "n", "input": x.shape, "layers": {"one": given}})
    path = tmp_path / "network.py"
    path.write_text(archspec.source(archspec.loads(text)))
    assert_clean(path)  # an import too few or too many is a mistake, too
    _, lines = text_of_layers.inlined([case.call.target])
    assert all(len(line) <= 88 for line in lines)


def test_layers_are_printed_without_torch() -> None:
    code = (
        "import sys; from archspec.backends.torch.source.own_layers import inlined;"
        "inlined(['archspec.layers.drop.DropBlock2d']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
