"""The zoo against torchvision: keys, outputs, a training step, initial weights, modern PyTorch."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import archspec

if TYPE_CHECKING:
    from torch import Tensor, nn

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")
models = pytest.importorskip("torchvision.models")

NETWORKS = [
    "alexnet",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "vgg11_bn",
    "vgg13_bn",
    "vgg16_bn",
    "vgg19_bn",
    "googlenet",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
]
CLIPS = ["r3d_18", "mc3_18", "r2plus1d_18"]
FAMILIES = (
    "alexnet",
    "vgg11_bn",
    "googlenet",
    "resnet18",
    "resnet50",
    "densenet121",
    "shufflenet_v2_x1_0",
)


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def reference(name: str, **arguments: Any) -> nn.Module:
    """torchvision's network, without the slow initialisation where there is a choice."""
    if name == "googlenet":
        arguments = {"init_weights": False, **arguments}
    network: nn.Module = getattr(models, name)(**arguments)
    return network


def twins(name: str) -> tuple[nn.Module, nn.Module]:
    """torchvision's network and ours, with the same state."""
    theirs, ours = reference(name), archspec.build(archspec.load(name))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.mark.parametrize("name", NETWORKS)
def test_the_state_and_the_outputs_are_those_of_torchvision(name: str) -> None:
    theirs, ours = twins(name)
    a, b = theirs.state_dict(), ours.state_dict()
    assert list(a) == list(b) == list(archspec.load(name).state_keys)
    assert [tensor.shape for tensor in a.values()] == [tensor.shape for tensor in b.values()]
    theirs.load_state_dict(b, strict=True)
    theirs.eval(), ours.eval()
    for height, width in ((224, 224), (192, 256)):
        x = torch.randn(1, 3, height, width)
        with torch.inference_mode():
            assert torch.equal(theirs(x), ours(x))


@pytest.mark.parametrize("name", CLIPS)
def test_networks_of_clips_are_those_of_torchvision(name: str) -> None:
    theirs, ours = getattr(models.video, name)(), archspec.build(archspec.load(name))
    a = theirs.state_dict()
    assert list(a) == list(ours.state_dict()) == list(archspec.load(name).state_keys)
    ours.load_state_dict(a, strict=True)
    theirs.eval(), ours.eval()
    for shape in ((4, 32, 32), (5, 40, 36)):
        x = torch.randn(1, 3, *shape)
        with torch.inference_mode():
            assert torch.equal(theirs(x), ours(x))


@pytest.mark.parametrize("name", ["convnext_tiny", "convnext_small"])
def test_convnext_is_that_of_torchvision_with_any_layer_scales(name: str) -> None:
    """As they begin, the blocks add next to nothing."""
    theirs, ours = reference(name), archspec.build(archspec.load(name))
    assert list(theirs.state_dict()) == list(ours.state_dict())
    for key, tensor in theirs.state_dict().items():
        if key.endswith("layer_scale"):
            tensor.normal_()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.eval(), ours.eval()
    for height, width in ((224, 224), (64, 96)):
        x = torch.randn(1, 3, height, width)
        with torch.inference_mode():
            assert torch.equal(theirs(x), ours(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_shapes_are_those_that_hooks_see(name: str) -> None:
    graph = archspec.load(name)
    with torch.device("meta"):
        network = archspec.build(graph)
    seen: dict[str, tuple[int, ...]] = {}
    for path, module in network.named_modules():
        module.register_forward_hook(
            lambda _module, _inputs, output, path=path: (
                seen.__setitem__(path, output.shape[1:]) if path else None
            )
        )
    network(torch.zeros(2, 3, 224, 224, device="meta"))
    modules = dict(network.named_modules())
    for node in graph.layers:
        if node.path in modules:
            assert tuple(seen[node.path]) == node.output.shape, node.path
    scopes = [path for path in graph.scopes if path in modules and path]
    for path in scopes:
        assert tuple(seen[path]) == graph.output_type(path).shape, path
    assert seen


@pytest.mark.parametrize("name", FAMILIES)
def test_a_training_step_leaves_the_same_bits(name: str) -> None:
    theirs, ours = twins(name)
    size = 224 if name == "alexnet" else 128
    x, y = torch.randn(2, 3, size, size), torch.randint(0, 1000, (2,))
    for network in (theirs, ours):
        torch.manual_seed(1)
        optimizer = torch.optim.SGD(network.train().parameters(), 0.01, momentum=0.9)
        loss: Any = loss_of(network(x), y)
        loss.backward()
        optimizer.step()
    for key, expected in theirs.state_dict().items():
        found = ours.state_dict()[key]
        if name == "googlenet":  # the gradients of the heads are summed in another order
            error = float((expected.double() - found.double()).norm())
            assert error <= 1e-4 * float(expected.double().norm()), key
        else:
            assert torch.equal(expected, found), key


def loss_of(output: Any, y: Tensor) -> Any:
    cross_entropy = torch.nn.functional.cross_entropy
    if isinstance(output, torch.Tensor):
        return cross_entropy(output, y)
    logits, aux2, aux1 = output  # the order of torchvision
    return cross_entropy(logits, y) + 0.3 * cross_entropy(aux2, y) + 0.3 * cross_entropy(aux1, y)


@pytest.mark.parametrize(
    "name",
    [
        "fcn_resnet50",
        "fcn_resnet101",
        "deeplabv3_resnet50",
        "deeplabv3_resnet101",
        "deeplabv3_mobilenet_v3_large",
    ],
)
def test_a_segmentation_network_has_the_outputs_of_torchvision(name: str) -> None:
    make = getattr(models.segmentation, name)
    theirs = make(weights=None, weights_backbone=None, aux_loss=True)
    ours = archspec.build(archspec.load(name))
    state = theirs.state_dict()
    assert list(state) == list(ours.state_dict())
    ours.load_state_dict(state, strict=True)
    x = torch.randn(2, 3, 65, 97)
    torch.manual_seed(1)
    expected = theirs.train()(x)
    torch.manual_seed(1)
    found = ours.train()(x)
    assert torch.equal(expected["out"], found.out)
    assert torch.equal(expected["aux"], found.aux)
    with torch.inference_mode():
        assert torch.equal(theirs.eval()(x)["out"], ours.eval()(x))


def test_lraspp_is_that_of_torchvision() -> None:
    name = "lraspp_mobilenet_v3_large"
    theirs = getattr(models.segmentation, name)(weights=None, weights_backbone=None)
    ours = archspec.build(archspec.load(name))
    state = theirs.state_dict()
    assert list(state) == list(ours.state_dict())
    ours.load_state_dict(state, strict=True)
    x = torch.randn(2, 3, 65, 97)
    assert torch.equal(theirs.train()(x)["out"], ours.train()(x))
    with torch.inference_mode():
        assert torch.equal(theirs.eval()(x)["out"], ours.eval()(x))


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_googlenet_has_both_modes() -> None:
    graph = archspec.load("googlenet")
    assert count(archspec.build(graph)) == 13_004_888
    assert count(archspec.build(graph, mode="inference")) == 6_624_904
    output = archspec.build(graph).train()(torch.randn(2, 3, 96, 96))
    assert output._fields == ("logits", "aux2", "aux1")
    assert isinstance(
        archspec.build(graph, mode="inference").train()(torch.randn(2, 3, 96, 96)), torch.Tensor
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_modern_pytorch_takes_it(name: str) -> None:
    network = archspec.build(archspec.load(name)).eval()
    x = torch.randn(2, 3, 64, 64)
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    with torch.inference_mode():
        expected = network(x)
        assert torch.equal(compiled(x), expected)
        assert torch.equal(torch.fx.symbolic_trace(network)(x), expected)
        last = network(x.to(memory_format=torch.channels_last))
        assert torch.allclose(last, expected, rtol=1e-2, atol=1e-3)
        with torch.autocast("cpu", torch.bfloat16):
            assert network(x).dtype == torch.bfloat16
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(network, (x,), dynamic_shapes=({0: batch},))
    assert exported.module()(torch.randn(3, 3, 64, 64)).shape == (3, 1000)
    copied = copy.deepcopy(network)
    assert all(
        torch.equal(a, b)
        for a, b in zip(network.state_dict().values(), copied.state_dict().values(), strict=True)
    )
    assert network.to("meta")(x.to("meta")).shape == (2, 1000)


@pytest.mark.parametrize("name", FAMILIES)
def test_initial_weights_have_the_distribution_of_torchvision(name: str) -> None:
    arguments = {"init_weights": True} if name == "googlenet" else {}
    theirs = reference(name, **arguments).state_dict()
    for key, found in archspec.build(archspec.load(name)).state_dict().items():
        expected = theirs[key].double()
        found = found.double()
        if expected.std(correction=0) == 0 or expected.numel() == 1:
            assert torch.equal(expected, found), key
            continue
        n = expected.numel()
        deviation = float(expected.std())
        assert abs(float(found.mean() - expected.mean())) <= 7 * deviation * (2 / n) ** 0.5, key
        assert abs(float(found.std()) / deviation - 1) <= 7 / n**0.5, key
