"""Layers that drop or pool by chance: how often, and as training progresses."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, Final

import pytest

import archspec
from tests.own_layers import MAP, WITH_DROPS

torch: Any = pytest.importorskip("torch")
vision: Any = pytest.importorskip("torchvision.ops")

from archspec import layers as own  # noqa: E402
from archspec.layers.drop import DropBlock2d, StochasticDepth  # noqa: E402
from archspec.layers.pool import StochasticPool2d  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("seeded")]

Tensor = Any


def assert_about(count: float, trials: float, probability: float) -> None:
    """Within four and a half standard deviations of a binomial distribution."""
    deviation = math.sqrt(trials * probability * (1 - probability))
    assert abs(count - trials * probability) <= 4.5 * deviation


def test_stochastic_pooling_draws_in_proportion() -> None:
    window = torch.tensor([[1.0, 0.0, 3.0], [-2.0, 4.0, 2.0]])
    draws = StochasticPool2d((2, 3))(window.expand(20, 1000, 2, 3))
    for value, probability in ((1, 0.1), (0, 0.0), (-2, 0.0), (2, 0.2), (3, 0.3), (4, 0.4)):
        assert_about((draws == value).sum().item(), 20_000, probability)


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


def drop_mask(module: DropBlock2d, *shape: int) -> Tensor:
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
    kept = 1 - drop_mask(module, 100, 200, side, side).double().mean((2, 3)).flatten()
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
    drops = drop_mask(DropBlock2d(0.3, 1), 10, 20, 40, 50)
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


DROPS_OF_A_SPEC: Final = ("DropBlock2d", "StochasticDepth")


def test_a_checkpoint_of_the_base_loads_into_the_network_that_drops() -> None:
    lines = WITH_DROPS.splitlines()
    base = "\n".join(line for line in lines if not any(drop in line for drop in DROPS_OF_A_SPEC))
    first, second = (archspec.build(archspec.loads(text)) for text in (base, WITH_DROPS))
    second.load_state_dict(first.state_dict(), strict=True)
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(first.eval()(x), second.eval()(x))
    assert not torch.equal(second.train()(x), second(x))
