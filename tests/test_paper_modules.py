"""The modules of the zoo in PyTorch: parameters, operations, gradients, outputs, initial weights."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import archspec
from archspec.analyses.stats import stats
from archspec.graph import Graph
from archspec.workspace.load import load
from archspec.workspace.locate import zoo_names
from tests.networks import zoo
from tests.zoo_graphs import FILES, counts, edit, graph

if TYPE_CHECKING:
    from torch import Tensor

SMALL: Final = {
    28: 8,
    32: 8,
    48: 8,
    128: 67,
    227: 67,
    299: 96,
    300: 300,
    451: 227,
    500: 32,
    572: 188,
}
"""A smaller side of the image that is still large enough, where it is not 64."""


HUGE: Final = ("alexnet_fc", "regnet_y_128gf")
"""Networks whose gradients fill a machine."""
NARROW: Final = "{set: {path: 'classifier.{0,3}'}, to: {out_features: 64}, sites: 2}"
"""An edit: most of the weights of VGG are in two linear layers."""
SHALLOW: Final[dict[str, dict[str, Any]]] = {
    "resnet164_preact": {"n": 2},
    "resnet200_preact": {"depths": [2, 2, 2, 2]},
}
"""The same blocks, repeated less often."""


FIXED: Final = ("lenet", "caffenet28", "googlenet_v1", "inception_v3")
"""What has parts of a fixed size, or is as small as it can be."""


def small(name: str, **more: Any) -> Graph:
    """A network for ten classes and small images."""
    settings: dict[str, Any] = {"num_classes": 10, "block_size": 2}
    image, *others = graph(name).inputs
    if others:
        return graph(name)
    if not image.output.is_map:
        return load(name, **more)
    channels, *_, side = image.output.shape
    if not name.startswith(FIXED):
        side = SMALL.get(side, min(side, 64))
    known = {key: value for key, value in settings.items() if key in graph(name).params}
    sides = {1: [2048], 2: [side, side], 3: [*image.output.spatial[:1], 32, 32]}
    known |= {"input": [channels, *sides[image.output.rank]], **more}
    return edit(name, NARROW, **known) if re.match(r"vgg1\d", name) else load(name, **known)


def images_of(network: Graph, batch: int) -> tuple[Tensor, ...]:
    """A batch for each input."""
    import torch

    return tuple(torch.randn(batch, *image.output.shape) for image in network.inputs)


def tensors(output: Any) -> tuple[Tensor, ...]:
    """All outputs of a network, of which most have one."""
    return output if isinstance(output, tuple) else (output,)


def total(output: Any) -> Tensor:
    """One number of all outputs."""
    import torch

    return torch.stack([tensor.sum() for tensor in tensors(output)]).sum()


def are_equal(first: Any, second: Any) -> bool:
    import torch

    return all(map(torch.equal, tensors(first), tensors(second)))


@pytest.mark.torch
@pytest.mark.parametrize("name", zoo_names())
def test_the_module_has_the_parameters_and_operations_that_were_counted(name: str) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network = archspec.build(graph(name)).eval()
        x = images_of(graph(name), 1)
    training = stats(graph(name), "training")
    assert sum(parameter.numel() for parameter in network.parameters()) == training.params
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = network(*x)
    shapes = [tuple(tensor.shape[1:]) for tensor in tensors(output)]
    assert shapes == list(counts(name).outputs.values())
    distances = counts(name).by_op.get("RBF")  # differences and squares: no matrix product
    covered = counts(name).macs - (distances.macs if distances else 0)
    assert counter.get_total_flops() == 2 * covered


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("name", zoo(without=HUGE))
def test_a_gradient_reaches_every_parameter(name: str) -> None:
    import torch

    graph_of_ten = small(name)
    network = archspec.build(graph_of_ten).train()
    total(network(*images_of(graph_of_ten, 2))).backward()  # type: ignore[no-untyped-call]
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key


@pytest.mark.torch
def test_a_network_too_large_for_a_machine_has_a_backward_pass() -> None:
    import torch

    with torch.device("meta"):
        network = archspec.build(graph("alexnet_fc")).train()
        total(network(*images_of(graph("alexnet_fc"), 2))).backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in network.parameters())


ELSEWHERE: Final = ("alexnet", "alexnet_fc", "densenet121", "googlenet", "resnet50", "vgg16")


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem not in ELSEWHERE], ids=lambda p: p.stem
)
def test_modern_pytorch_takes_it(path: Path) -> None:
    """As for the networks of torchvision, in ``tests/test_zoo.py``."""
    import torch

    graph_of_ten = small(path.stem, **SHALLOW.get(path.stem, {}))
    network, x = archspec.build(graph_of_ten).eval(), images_of(graph_of_ten, 2)
    torch.compiler.reset()
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    with torch.inference_mode():
        assert are_equal(compiled(*x), network(*x))
        assert are_equal(torch.fx.symbolic_trace(network)(*x), network(*x))
    torch.fx.symbolic_trace(network.train())  # torchvision's feature extractor traces both
    network.eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(network, x, dynamic_shapes=({0: batch},) * len(x))
    assert tensors(exported.module()(*images_of(graph_of_ten, 3)))[0].shape[0] == 3


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_linear_layers_as_convolutions_give_equal_outputs() -> None:
    import torch

    linear = archspec.build(graph("alexnet_2012")).eval()
    convolutional = archspec.build(graph("alexnet_conv")).eval()
    shapes = {key: tensor.shape for key, tensor in convolutional.state_dict().items()}
    state = linear.state_dict()
    convolutional.load_state_dict({key: state[key].reshape(shapes[key]) for key in shapes})
    x = torch.randn(2, 3, 227, 227)
    with torch.inference_mode():
        assert torch.allclose(linear(x), convolutional(x).flatten(1), atol=1e-5)
        assert convolutional(torch.randn(1, 3, 451, 451)).shape == (1, 1000, 8, 8)


def half_of(key: str) -> tuple[str, int | None]:
    """The tensor of alexnet_2012 that a tensor of alexnet_towers is a half of, and which."""
    found = re.fullmatch(r"gpu([12])_(?:(?:front|back)\.(\w+)|(fc[67])\.fc)\.(\w+)", key)
    if found is None:
        return key, None
    return f"{found[2] or found[3]}.{found[4]}", int(found[1]) - 1


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_the_towers_give_the_outputs_of_the_groups() -> None:
    """Without the normalisation, which looks at the neighbours across the towers in one of them."""
    import torch

    whole, towers = (
        archspec.build(edit(name, "{remove: {op: LocalResponseNorm}}")).eval()
        for name in ("alexnet_2012", "alexnet_towers")
    )
    state, halves = whole.state_dict(), {}
    for key in towers.state_dict():
        name, half = half_of(key)
        halves[key] = state[name] if half is None else state[name].chunk(2)[half]
    towers.load_state_dict(halves)
    x = torch.randn(2, 3, 227, 227)
    with torch.inference_mode():
        assert torch.allclose(whole(x), towers(x), atol=1e-5)


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("name", ["resnext50_32x4d", "wide_resnet50_2"])
def test_the_wide_and_grouped_relatives_are_those_of_torchvision(name: str) -> None:
    import torch

    models = pytest.importorskip("torchvision.models")
    theirs, ours = getattr(models, name)().eval(), archspec.build(graph(name)).eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 96, 96)
    with torch.inference_mode():
        assert torch.equal(ours(x), theirs(x))


@pytest.mark.torch
def test_the_small_networks_have_the_parameters_of_torchvisions() -> None:
    """Its DenseNet has a larger first convolution with a BatchNorm, its VGG has biases."""
    import torch

    models = pytest.importorskip("torchvision.models")

    def count(network: Any) -> int:
        return sum(parameter.numel() for parameter in network.parameters())

    with torch.device("meta"):
        dense = models.DenseNet(12, (6, 6, 6), num_init_features=24, num_classes=10)
        widths = [128, 128, "M", 256, 256, "M", 512, 512, "M"]
        features = models.vgg.make_layers(widths, batch_norm=True)
    stem, biases = 3 * (7 * 7 - 3 * 3) * 24 + 2 * 24, 2 * (128 + 256 + 512)
    assert counts("densenet_bc_40_k12").params == count(dense) - stem
    classifier = (512 * 4 * 4 + 1) * 10
    assert counts("vgg7_cifar").params == count(features) - biases + classifier


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_a_checkpoint_of_resnet_fits_its_relatives() -> None:
    import torch

    base, v1, dropped = (
        archspec.build(network).eval()
        for network in (
            graph("resnet50"),
            graph("resnet50_v1"),
            load("resnet50_dropblock", block_size=2),
        )
    )
    v1.load_state_dict(base.state_dict())
    dropped.load_state_dict(base.state_dict())
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(base(x), dropped(x))
        assert not torch.equal(base(x), v1(x))


@pytest.mark.torch
def test_gamma_of_dropblock_in_the_two_groups() -> None:
    import torch

    from archspec.layers import set_progress

    with torch.device("meta"):
        network: Any = archspec.build(graph("resnet50_dropblock"))
    group3, group4 = network.layer3[0].add_gap0, network.layer4[0].add_gap0
    assert (group3.gamma(14, 14), group4.gamma(7, 7)) == (
        pytest.approx(0.0015625),
        pytest.approx(0.1),
    )
    set_progress(network, 0.5)
    assert group4.gamma(7, 7) == pytest.approx(0.05)


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_the_initial_weights_are_those_of_the_papers() -> None:
    def state(name: str) -> dict[str, Tensor]:
        return archspec.build(graph(name)).state_dict()

    paper, caffe = state("alexnet_2012"), state("caffenet")
    for conv, bias in (("conv1", 0), ("conv2", 1), ("conv3", 0), ("conv4", 1), ("conv5", 1)):
        assert paper[f"{conv}.bias"].eq(bias).all(), conv
    assert float(paper["fc6.weight"].std()) == pytest.approx(0.01, rel=0.01)
    assert float(caffe["fc6.weight"].std()) == pytest.approx(0.005, rel=0.01)
    xavier = state("googlenet_v1")
    assert xavier["inception5b.branch1.conv.bias"].eq(0.2).all()
    assert xavier["fc.bias"].eq(0).all()
    assert float(xavier["fc.weight"].abs().max()) == pytest.approx(sqrt(3 / 1024), rel=0.01)
    lenet = state("lenet5")
    for layer, inputs in (("c1", 25), ("c5", 400), ("f6", 120)):
        assert float(lenet[f"{layer}.weight"].abs().max()) == pytest.approx(2.4 / inputs, rel=0.1)
    dropped = state("resnet50_dropblock")  # a unit begins as its shortcut
    assert dropped["layer1.0.bn3.weight"].eq(0).all()
    assert dropped["layer1.0.bn2.weight"].eq(1).all()
