"""The layers that PyTorch lacks do what its own can: compile, export, trace, quantise, copy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import archspec
from tests.own_layers import LAYERS, MAP, each_layer
from tests.test_ops import CASES, Case, made

torch: Any = pytest.importorskip("torch")

from archspec.layers.activation import BranchSoftmax, Maxout  # noqa: E402
from archspec.layers.filters import LocallyConnected2d  # noqa: E402
from archspec.layers.norm import EvoNormS0  # noqa: E402
from archspec.layers.pool import StochasticPool2d  # noqa: E402
from archspec.layers.reorder import MoveChannels, SpaceToDepth  # noqa: E402
from archspec.layers.shape import Crop, Crop1d, Crop3d  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("seeded")]

Tensor = Any

MODULES: Final = {
    name: case
    for name, case in CASES.items()
    if not case.call.is_function and len(case.inputs) == 1
}
OF_A_LAYOUT: Final = (
    *(StochasticPool2d, Maxout, BranchSoftmax, EvoNormS0),
    *(Crop, Crop1d, Crop3d, LocallyConnected2d, MoveChannels, SpaceToDepth),
)
"""Layers whose output has a layout of its own: views of the input, and what moves its numbers."""


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
        if type(module) not in OF_A_LAYOUT:
            assert last.is_contiguous(memory_format=torch.channels_last), type(module)


@pytest.mark.filterwarnings("ignore")  # torch.ao warns of its own end in many words
@each_layer
def test_a_layer_is_part_of_a_quantised_network(
    make: Callable[[], Any], shape: tuple[int, ...]
) -> None:
    network = torch.nn.Sequential(torch.nn.Identity(), make()).eval()
    x = torch.rand(8, *shape)
    expected = network(x)
    error = (quantise(network, x)(x) - expected).abs().max().item()
    assert error <= 0.05 * expected.abs().max().item()


def quantise(network: Any, x: Tensor) -> Any:
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
        "c1": (6, 28, 28),
        "s2.affine": (6, 14, 14),
        "c3": (16, 10, 10),
        "rbf": (10,),
    }
    expected = network(x)
    assert torch.equal(found["rbf"], expected)
    y = quantise(network, x)(x)
    assert (y - expected).abs().max() <= 0.05 * expected.abs().max()


@each_layer
def test_a_layer_is_copied_and_saved(make: Callable[[], Any], shape: tuple[int, ...]) -> None:
    module, other = make().eval(), make().eval()
    other.load_state_dict(module.state_dict(), strict=True)
    x = torch.rand(3, *shape)
    for same in (copy.deepcopy(module), other):
        assert torch.equal(same(x), module(x))
    learned = {
        "weight",
        "bias",
        "v",
        "running_mean",
        "running_var",
        "slope",
        "offset",
        "codes",
        "gain",
    }
    assert learned.issuperset(module.state_dict())


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
