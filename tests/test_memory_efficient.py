"""Memory-efficient modules: every number is that of the plain module, and fewer bytes are kept."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.stats import saved_bytes, stats
from archspec.cli.app import app
from archspec.diagnostics import SpecError
from archspec.graph import Graph
from archspec.transforms.recompute import recomputing
from archspec.transforms.sites import find_joins, find_sites
from archspec.workspace.load import load, loads
from tests.random_dense_specs import random_dense_spec
from tests.test_stats import bytes_kept

if TYPE_CHECKING:
    from torch import Tensor, nn

HEAD = "archspec: 1\nname: small\ninput: [4, 6, 5]\n"

DENSE = """\
archspec: 1
name: small
input: [3, 12, 10]
blocks:
  DenseLayer:
    layers:
      norm1: BatchNorm2d
      relu1: ReLU
      conv1: {op: Conv2d, out_channels: 8, kernel_size: 1}
      norm2: BatchNorm2d
      relu2: ReLU
      conv2: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: same, bias: false}
      concat: {op: Concat, from: [input, conv2]}
layers:
  conv: {op: Conv2d, out_channels: 6, kernel_size: 3, padding: 1}
  layer{k}: {op: DenseLayer, repeat: {k: 3}}
  norm: BatchNorm2d
  relu: ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: 5}
"""


def sites(text: str) -> list[str]:
    """The convolutions that recompute."""
    return [site.conv.path for site in find_sites(loads(text))]


def chain(*layers: str, end: str = "") -> str:
    return HEAD + "layers:\n" + "".join(f"  {layer}\n" for layer in layers) + end


CONV = "{op: Conv2d, out_channels: 4, kernel_size: 1}"
FROM_CAT = "norm: {op: BatchNorm2d, from: cat}"
ENDS = "outputs: {{a: {{from: conv}}, b: {{from: {}}}}}\n"
BEFORE = ("norm: BatchNorm2d", "relu: ReLU")


# What is found.


def test_densenet121_keeps_the_pieces_of_its_concatenations() -> None:
    plain, efficient = (
        stats("densenet121", memory_efficient=flag).saved_bytes for flag in (False, True)
    )
    assert efficient <= 0.28 * plain


@pytest.mark.parametrize("name", ["densenet121", "resnet50", "googlenet", "resnet164_preact"])
def test_all_else_is_counted_as_without(name: str) -> None:
    plain, efficient = (stats(name, "training", memory_efficient=flag) for flag in (False, True))
    assert efficient.saved_bytes < plain.saved_bytes
    for key in ("params", "macs", "elementwise", "train_macs", "weight_layers", "by_op", "layers"):
        assert getattr(efficient, key) == getattr(plain, key)
    graph = load(name)
    assert recomputing(graph).state_keys == graph.state_keys


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "lenet5", "mlp", "nin"])
def test_a_network_of_which_nothing_can_be_recomputed_is_itself(name: str) -> None:
    graph = load(name)
    assert recomputing(graph) is graph
    assert archspec.source(graph, memory_efficient=True) == archspec.source(graph)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (chain(*BEFORE, f"conv: {CONV}"), ["conv"]),
        (chain(*BEFORE, "conv: {op: DepthwiseConv2d, kernel_size: 3, padding: 1}"), ["conv"]),
        (chain("norm: BatchNorm", "relu: ReLU", f"conv: {CONV}"), ["conv"]),
        (chain("norm: BatchNorm2d", "relu: ReLU6", f"conv: {CONV}"), []),
        (chain("norm: BatchNorm2d", f"conv: {CONV}"), []),
        (chain("relu: ReLU", f"conv: {CONV}"), []),
        (chain(*BEFORE, f"conv: {CONV[:-1]}, padding: 1, padding_mode: reflect}}"), []),
        (chain(*BEFORE, "conv: {op: Conv2d, out_channels: 4, kernel_size: 2, padding: same}"), []),
        (chain(*BEFORE, f"conv: {CONV}", "add: {op: Add, from: [relu, conv]}"), []),
        (chain(*BEFORE, f"conv: {CONV}", "add: {op: Add, from: [norm, conv]}"), []),
        (
            chain(*BEFORE, f"conv: {CONV[:-1]}, from: relu}}", end=ENDS.format("relu")),
            [],
        ),
        (
            chain(*BEFORE, f"conv: {CONV}", "more: {use: norm, from: conv}"),
            [],
        ),
    ],
)
def test_only_what_nothing_else_reads_is_recomputed(text: str, expected: list[str]) -> None:
    assert sites(text) == expected


def concat(*readers: str, end: str = "") -> str:
    first = "conv0: {op: Conv2d, out_channels: 4, kernel_size: 1}"
    return chain(first, "cat: {op: Concat, from: [input, conv0]}", *readers, end=end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (concat(*BEFORE, f"conv: {CONV}"), {"cat"}),
        (concat("pool: {op: AvgPool2d, kernel_size: 2}", *BEFORE, f"conv: {CONV}"), set()),
        (
            concat(FROM_CAT, BEFORE[1], f"conv: {CONV}", end=ENDS.format("cat")),
            set(),
        ),
        (
            concat(
                *BEFORE,
                f"conv: {CONV}",
                "drop: {op: Dropout, from: cat}",
                "both: {op: Concat, from: [drop, conv]}",
            ),
            set(),
        ),
        (
            concat(
                *BEFORE,
                f"conv: {CONV}",
                "both: {op: Concat, from: [cat, conv]}",
                "norm2: BatchNorm2d",
                "relu2: ReLU",
                f"conv2: {CONV}",
            ),
            {"cat", "both"},
        ),
    ],
)
def test_a_concatenation_stays_in_pieces_where_nobody_needs_it_whole(
    text: str, expected: set[str]
) -> None:
    graph = loads(text)
    assert find_joins(graph, find_sites(graph)) == expected


# What is printed.


def test_one_class_does_for_all_instances_of_a_block() -> None:
    text = archspec.source(loads(DENSE), memory_efficient=True)
    assert text.count("class DenseLayer") == 1
    assert "Memory-efficient:" in text
    assert "        return join(input, x)\n" in text
    assert "def forward(self, input: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:" in text
    assert "= torch.cat(" in text  # for the normalisation that is not recomputed
    assert text.count("class Conv(") == 0
    googlenet = archspec.source("googlenet", memory_efficient=True)
    assert googlenet.count("class Conv(") == 1
    assert "Conv(in_channels, r3, deferred=True)" in googlenet


def test_a_network_may_have_the_name_of_a_layer_that_is_printed() -> None:
    for name in ("deferred", "recomputing_conv2d", "join"):
        text = DENSE.replace("name: small", f"name: {name}")
        assert "class Deferred(NamedTuple)" in archspec.source(loads(text), memory_efficient=True)


# What is computed.


def pair(graph: Graph) -> tuple[nn.Module, nn.Module]:
    """The plain and the memory-efficient module with the same weights."""
    import torch

    torch.manual_seed(0)
    plain, efficient = archspec.build(graph), archspec.build(graph, memory_efficient=True)
    efficient.load_state_dict(plain.state_dict())
    plain.load_state_dict(efficient.state_dict())
    return plain, efficient


def step(network: nn.Module, x: Tensor) -> Tensor:
    """One forward and backward pass."""
    import torch

    output: Tensor = network(x)
    torch.autograd.backward(output.square().sum())
    return output


@pytest.mark.torch
@pytest.mark.parametrize("format", ["contiguous_format", "channels_last"])
def test_every_bit_is_that_of_the_plain_module(format: str) -> None:
    import torch

    networks = [n.to(memory_format=getattr(torch, format)) for n in pair(loads(DENSE))]
    for _ in range(2):
        x = torch.randn(4, 3, 12, 10).to(memory_format=getattr(torch, format))
        plain, efficient = (step(network.train(), x) for network in networks)
        assert torch.equal(plain, efficient)
        for (name, tensor), other in zip(
            networks[0].named_parameters(), networks[1].parameters(), strict=True
        ):
            assert tensor.grad is not None
            assert other.grad is not None
            bound = 1e-6 * tensor.grad.norm() + (1e-4 if name.endswith("conv1.bias") else 0)
            assert (tensor.grad - other.grad).norm() <= bound, name
        for buffers in zip(*(network.buffers() for network in networks), strict=True):
            assert torch.equal(*buffers)
        with torch.no_grad():
            assert torch.equal(*(network.eval()(x) for network in networks))


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("seed", range(30))
def test_random_networks_are_verified_and_keep_what_is_counted(seed: int) -> None:
    from archspec.backends.torch.verify import verify_source

    try:
        graph = loads(random_dense_spec(seed))
    except SpecError:
        return
    source = archspec.source(graph, memory_efficient=True)
    verify_source(graph, source, mode="training", memory_efficient=True)
    module = archspec.build(graph, memory_efficient=True).train()
    two, three = (bytes_kept(module, graph, batch) for batch in (2, 3))
    counted = stats(graph, "training", memory_efficient=True).saved_bytes
    assert counted == 2 * two - three  # of one: statistics of a batch count once
    assert counted <= stats(graph, "training").saved_bytes


@pytest.mark.torch
@pytest.mark.parametrize("name", ["densenet40_k12", "resnet18", "bn_inception"])
def test_the_zoo_keeps_what_is_counted(name: str) -> None:
    graph = load(name)
    module = archspec.build(graph, memory_efficient=True).train()
    two, three = (bytes_kept(module, graph, batch) for batch in (2, 3))
    assert stats(graph, "training", memory_efficient=True).saved_bytes == 2 * two - three


@pytest.mark.torch
@pytest.mark.parametrize("frozen", ["norm", "conv", "layer", "0.", "bias", "weight"])
def test_what_is_frozen_gets_no_gradient_and_the_rest_its_own(frozen: str) -> None:
    import torch

    networks = pair(loads(DENSE))
    for network in networks:
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(frozen not in name)
        step(network, torch.ones(2, 3, 12, 10).tril())
    for tensor, other in zip(*(network.parameters() for network in networks), strict=True):
        assert (tensor.grad is None) == (other.grad is None)
        if tensor.grad is not None and other.grad is not None:
            assert torch.allclose(tensor.grad, other.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.torch
def test_a_normalisation_in_eval_mode_does_its_own_work() -> None:
    import torch

    networks = pair(loads(DENSE))
    for network in networks:
        for module in network.train().modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
    x = torch.randn(2, 3, 12, 10)
    assert torch.equal(*(step(network, x) for network in networks))


@pytest.mark.torch
def test_statistics_may_be_the_mean_of_all_batches() -> None:
    """As torch.optim.swa_utils.update_bn computes them for averaged weights."""
    import torch
    from torch.optim.swa_utils import update_bn

    networks = pair(loads(DENSE))
    for network in networks:
        torch.manual_seed(1)
        update_bn([torch.randn(3, 3, 12, 10) for _ in range(3)], network)
    for buffers in zip(*(network.buffers() for network in networks), strict=True):
        assert torch.equal(*buffers)


@pytest.mark.torch
def test_a_batch_of_one_number_a_channel_is_refused_as_always() -> None:
    import torch

    network = archspec.build(loads(chain(*BEFORE, f"conv: {CONV}")), memory_efficient=True)
    with pytest.raises(ValueError, match="more than 1 value"):
        network(torch.rand(1, 4, 1, 1))


@pytest.mark.torch
def test_a_second_derivative_is_refused() -> None:
    import torch

    network = archspec.build(loads(DENSE), memory_efficient=True)
    parameters = list(network.parameters())
    total = network(torch.rand(2, 3, 12, 10)).square().sum()
    gradients = torch.autograd.grad(total, parameters, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        torch.autograd.backward([gradient.sum() for gradient in gradients])


@pytest.mark.torch
@pytest.mark.parametrize("whole", [False, True], ids=["autocast", "weights"])
def test_bfloat16(whole: bool) -> None:
    import torch

    networks = pair(loads(DENSE))
    x = torch.randn(8, 3, 12, 10, dtype=torch.bfloat16 if whole else None)
    for network in networks:
        network.to(torch.bfloat16 if whole else torch.float32)
        with torch.autocast("cpu", torch.bfloat16, enabled=not whole):
            output = network(x)
        assert output.dtype == torch.bfloat16
        torch.autograd.backward(output.float().square().sum())
    for tensor, other in zip(*(network.parameters() for network in networks), strict=True):
        assert tensor.grad is not None
        assert other.grad is not None
        assert other.grad.dtype == tensor.dtype
        assert (tensor.grad - other.grad).norm() <= 0.05 * tensor.grad.norm() + 0.2


@pytest.mark.torch
def test_it_is_copied_pickled_compiled_and_exported() -> None:
    import torch

    network = archspec.build(loads(DENSE), memory_efficient=True)
    x = torch.randn(2, 3, 12, 10)
    copies = [copy.deepcopy(network), pickle.loads(pickle.dumps(network))]
    compiled = torch.compile(copy.deepcopy(network), fullgraph=True, backend="eager")
    expected = step(network, x)
    for other in (*copies, compiled):
        assert torch.equal(step(other, x), expected)
        for tensor, wanted in zip(other.parameters(), network.parameters(), strict=True):
            assert wanted.grad is not None
            assert torch.equal(tensor.grad, wanted.grad)
        for buffers in zip(other.buffers(), network.buffers(), strict=True):
            assert torch.equal(*buffers)
    exported = torch.export.export(network.eval(), (x,)).module()
    assert torch.equal(exported(x), network(x))


# The commands.


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result


def test_stats_says_what_is_saved() -> None:
    text = run("stats", "densenet121", "--memory-efficient").stdout
    assert "35,254,912" in text
    assert "memory-efficient: 27.0% of the 130,695,936 bytes" in text
    data = json.loads(run("stats", "densenet121", "--memory-efficient", "--format", "json").stdout)
    assert (data["memory_efficient"], data["saved_bytes"]) == (True, 35_254_912)
    assert "changes nothing" in run("stats", "vgg16", "--memory-efficient").stdout
    both = run("stats", "densenet121", "vgg16", "--memory-efficient").stdout
    assert "densenet121: memory-efficient: 27.0%" in both
    assert "vgg16: memory-efficient changes nothing" in both


def test_build_writes_it_and_overwrites_what_it_wrote(tmp_path: Path) -> None:
    spec, place = tmp_path / "small.yaml", tmp_path / "small.py"
    spec.write_text(DENSE)
    flags = ("-o", str(place), "--no-verify")
    run("build", str(spec), *flags, "--memory-efficient")
    assert place.read_text() == archspec.source(load(spec), memory_efficient=True)
    run("build", str(spec), *flags)
    assert place.read_text() == archspec.source(load(spec))
    assert "changes nothing" in run("build", "vgg16", *flags, "--memory-efficient").stderr
    inference = run("build", str(spec), *flags, "--memory-efficient", "--mode", "inference")
    assert "saves memory in training" in inference.stderr


@pytest.mark.torch
def test_what_build_writes_is_verified(tmp_path: Path) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(DENSE)
    result = run("build", str(spec), "-o", str(tmp_path / "net.py"), "--memory-efficient")
    assert "as interpreted" in result.stdout


def test_saved_bytes_of_the_graph_are_those_of_its_module() -> None:
    graph = loads(DENSE)
    assert stats(graph, memory_efficient=True).saved_bytes == saved_bytes(recomputing(graph))
