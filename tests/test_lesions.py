"""Lesions: units as the papers count them, changed networks against hooks on the whole one."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.lesions import (
    Lesion,
    PathGradients,
    Unit,
    delete_each,
    delete_random,
    find_units,
    kendall_tau,
    shuffle_pairs,
)
from archspec.analyses.paths import find_modules
from archspec.cli import app
from archspec.graph import Graph
from archspec.transforms.bypass import bypass

if TYPE_CHECKING:
    from torch import Tensor, nn

# What can be deleted.

RESIDUAL = {
    "resnet56_cifar": 27,
    "resnet110_cifar": 54,
    "resnet50": 16,
    "resnet164_preact": 54,
    "resnext50_32x4d": 16,
    "mobilenet_v2": 10,
    "wide_resnet28_10": 12,
}
PLAIN = {"plain20_cifar": 16, "vgg16": 10, "vgg7_cifar": 3, "alexnet": 2}


@pytest.mark.parametrize("name", RESIDUAL)
def test_residual_units_are_those_of_the_papers(name: str) -> None:
    graph = archspec.load(name)
    found = find_units(graph)
    assert (found.kind, len(found.units)) == ("residual", RESIDUAL[name])
    assert len(found.units) == find_modules(graph).count


@pytest.mark.parametrize("name", PLAIN)
def test_layers_of_a_plain_network_are_units_where_they_change_no_shape(name: str) -> None:
    graph = archspec.load(name)
    found = find_units(graph)
    assert (found.kind, len(found.units)) == ("layer", PLAIN[name])
    assert all(unit.reads == unit.gives for unit in found.units)
    weighted = [node for node in graph.layers if "weight" in node.cost.parameters]
    layers = [node.path for node in weighted if node.op_name in ("Conv2d", "Linear")]
    assert len(layers) == len(found.units) + len(found.kept)


def test_units_say_where_the_resolution_changes_and_which_are_alike() -> None:
    found = find_units(archspec.load("resnet56_cifar"))
    assert [unit.path for unit in found.units if unit.changes_resolution] == [
        "layer2.0",
        "layer3.0",
    ]
    assert [len(group) for group in found.alike] == [9, 8, 8]
    assert {kept.path for kept in found.kept} == {"conv1", "fc"}
    projecting = find_units(archspec.load("resnet50"))
    first = projecting.units[0]
    assert (first.changes_shape, first.changes_resolution) == (True, False)
    assert "layer1.0.downsample.0" in {kept.path for kept in projecting.kept}


SCALED = """
archspec: 1
input: [4, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 4, kernel_size: 1}
  b: {op: Conv2d, out_channels: 4, kernel_size: 1}
  twice: {op: Add, from: [b, a], coefficients: [1, 2]}
  c: {op: Conv2d, out_channels: 4, kernel_size: 1}
  add: {op: Add, from: [c, twice]}
"""


def test_what_the_shortcut_cannot_stand_for_is_kept_with_the_reason() -> None:
    found = find_units(archspec.loads(SCALED))
    assert [unit.path for unit in found.units] == ["add"]
    reasons = {kept.path: kept.reason for kept in found.kept}
    assert reasons["twice"] == "its shortcut is multiplied by 2"


SHARED = """
archspec: 1
input: [4, 8, 8]
layers:
  stem: {op: Conv2d, out_channels: 4, kernel_size: 1}
  a: {op: Conv2d, out_channels: 4, kernel_size: 1}
  add: {op: Add, from: [a, stem]}
  again: {use: a}
  more: {op: Add, from: [again, add]}
"""


def test_a_unit_whose_weights_another_layer_uses_is_kept() -> None:
    found = find_units(archspec.loads(SHARED))
    assert [unit.path for unit in found.units] == ["more"]
    assert "'again' has the weights of 'a'" in {kept.reason for kept in found.kept}


# Trials.


def test_random_units_are_never_the_same_and_all_choices_if_there_are_few() -> None:
    units = find_units(archspec.load("resnet20_cifar"))
    found = delete_random(units, 2, 20, seed=3)
    assert len({frozenset(unit.path for unit in each.deleted) for each in found}) == 20
    assert all(len(each.deleted) == 2 for each in found)
    assert found == delete_random(units, 2, 20, seed=3)
    assert found != delete_random(units, 2, 20, seed=4)
    assert len(delete_random(units, 1, 20, seed=3)) == 9
    assert len(delete_random(units, 9, 20, seed=3)) == 1


def test_tau_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    units = find_units(archspec.load("resnet20_cifar"))
    paths = [unit.path for unit in units.units]
    for pairs in (1, 2, 5, 20):
        for lesion in shuffle_pairs(units, pairs, 5, seed=0):
            moved = {place.path: unit.path for place, unit in lesion.moved}
            order = [paths.index(moved.get(path, path)) for path in paths]
            expected = stats.kendalltau(range(len(order)), order).statistic
            assert kendall_tau(units, lesion) == pytest.approx(expected)
            assert lesion.pairs == pairs
    assert kendall_tau(units, Lesion()) == 1


# Changed networks.


def trained(graph: Graph) -> nn.Module:
    """A network of random weights, whose normalisations are not the identity."""
    import torch

    torch.manual_seed(1)
    module = archspec.build(graph)
    for key, tensor in module.state_dict().items():
        if key.endswith(("running_mean", "bias")):
            tensor.normal_(0, 0.2)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5)
    return module.eval()


def without_branch(graph: Graph, module: nn.Module, unit: Unit, images: Tensor) -> Tensor:
    """The whole network, where a hook makes zeros of what the branch adds to the shortcut."""
    import torch

    node = graph.nodes[unit.output]
    (branch,) = (path for path in node.operands if path != unit.instead)
    hook = module.get_submodule(branch).register_forward_hook(lambda *given: given[2] * 0)
    with torch.no_grad():
        output: Tensor = module(images)
    hook.remove()
    return output


def rebuilt(graph: Graph, module: nn.Module, unit: Unit, images: Tensor) -> Tensor:
    """The printed source of the network without a unit, with the weights that are left."""
    import torch

    state = module.state_dict()
    smaller = archspec.build(bypass(graph, {unit.output: unit.instead}), "inference").eval()
    smaller.load_state_dict({key: state[key] for key in smaller.state_dict()})
    assert len(smaller.state_dict()) < len(state)
    with torch.no_grad():
        output: Tensor = smaller(images)
    return output


def together(graph: Graph, module: nn.Module, lesions: list[Lesion], images: Tensor) -> Any:
    import torch

    from archspec.backends.torch.together import Together
    from archspec.training.lesioned.errors import altered

    run = Together(graph, module, [altered(graph, lesion) for lesion in lesions])
    with torch.no_grad():
        return run, run.run(images)


CASES = [
    ("resnet20_cifar", {"n": 2}, 6),  # padded shortcuts, activations behind the sum
    ("resnet20_cifar", {"n": 1, "shortcut": "Projection"}, 3),
    ("resnet164_preact", {"n": 1}, 3),  # a shared activation, projections
]


@pytest.mark.torch
@pytest.mark.parametrize(("name", "params", "count"), CASES)
def test_a_deleted_unit_is_a_branch_of_zeros(name: str, params: Any, count: int) -> None:
    import torch

    graph = archspec.load(name, **params)
    module, units = trained(graph), find_units(graph)
    images = torch.randn(2, 3, 32, 32)
    lesions = [Lesion(), *delete_each(units)]
    run, outputs = together(graph, module, lesions, images)
    assert len(units.units) == count
    torch.testing.assert_close(outputs[0], module(images).detach())
    for unit, output in zip(units.units, outputs[1:], strict=True):
        assert not torch.allclose(output, outputs[0], rtol=1e-3)
        torch.testing.assert_close(output, without_branch(graph, module, unit, images))
        torch.testing.assert_close(output, rebuilt(graph, module, unit, images))
    assert run.steps < len(graph.layers) * (1 + len(units.units))


@pytest.mark.torch
def test_a_deleted_layer_of_a_plain_network_passes_on_what_it_reads() -> None:
    import torch

    graph = archspec.load("vgg7_cifar", width=4)
    module, units = trained(graph), find_units(graph)
    images = torch.randn(2, 3, 32, 32)
    _, outputs = together(graph, module, list(delete_each(units)), images)
    features = module.get_submodule("features")
    assert isinstance(features, torch.nn.Sequential)
    for unit, output in zip(units.units, outputs, strict=True):
        first = int(unit.path.rpartition(".")[2])
        x = images
        for k, layer in enumerate(features):
            x = x if first <= k < first + 3 else layer(x)
        expected = module.get_submodule("classifier")(x.flatten(1))
        torch.testing.assert_close(output, expected.detach())


@pytest.mark.torch
def test_units_that_change_places_are_those_with_the_weights_of_each_other() -> None:
    import torch

    graph = archspec.load("resnet20_cifar")
    module, units = trained(graph), find_units(graph)
    images = torch.randn(2, 3, 32, 32)
    there = {unit.path: unit for unit in units.units}
    one, other = there["layer1.0"], there["layer1.2"]
    lesions = [Lesion(), Lesion(moved=((one, one),)), Lesion(moved=((one, other), (other, one)))]
    run, outputs = together(graph, module, lesions, images)
    assert torch.equal(outputs[0], outputs[1])
    assert run.steps < 2 * len(graph.layers)  # what is not changed is run once
    state = dict(module.state_dict())
    for key in [key for key in state if key.startswith("layer1.0.")]:
        twin = key.replace("layer1.0.", "layer1.2.")
        state[key], state[twin] = state[twin], state[key]
    swapped = archspec.build(graph).eval()
    swapped.load_state_dict(state)
    torch.testing.assert_close(outputs[2], swapped(images).detach())


# Gradients along single paths.


def every_path(graph: Graph, module: nn.Module, images: Tensor, labels: Tensor) -> Any:
    """The gradient at the input along each path, and along all of them."""
    from archspec.training.lesioned.gradients import SplitGradient

    units = find_units(graph)
    names = [unit.output for unit in units.units]
    gradient = SplitGradient(graph, module, units, images.clone(), labels)
    choices = [combinations(names, length) for length in range(len(names) + 1)]
    return {each: gradient.along(each) for group in choices for each in group}, gradient.whole()


@pytest.mark.torch
@pytest.mark.parametrize(("name", "params", "count"), CASES)
def test_the_gradients_along_all_paths_add_up(name: str, params: Any, count: int) -> None:
    import torch

    graph = archspec.load(name, **params)
    module = trained(graph).double()
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    labels = torch.tensor([3, 7])
    along, whole = every_path(graph, module, images, labels)
    assert len(along) == 2**count
    images.requires_grad_()
    loss = torch.nn.functional.cross_entropy(module(images), labels, reduction="sum")
    (expected,) = torch.autograd.grad(loss, images)
    torch.testing.assert_close(whole, expected)
    torch.testing.assert_close(sum(along.values()), expected)


@pytest.mark.torch
def test_a_path_around_all_units_is_the_gradient_without_their_branches() -> None:
    import torch

    graph = archspec.load("resnet164_preact", n=1)
    module, units = trained(graph), find_units(graph)
    images, labels = torch.randn(2, 3, 32, 32), torch.tensor([3, 7])
    along, _ = every_path(graph, module, images, labels)
    for unit in units.units:
        node = graph.nodes[unit.output]
        (branch,) = (path for path in node.operands if path != unit.instead)
        module.get_submodule(branch).register_forward_hook(lambda *given: given[2].detach())
    images.requires_grad_()
    loss = torch.nn.functional.cross_entropy(module(images), labels, reduction="sum")
    (expected,) = torch.autograd.grad(loss, images)
    torch.testing.assert_close(along[()], expected)


def test_shares_are_the_number_of_paths_times_their_norm() -> None:
    norms = {length: (0.25**length, 0.25**length) for length in range(55)}
    found = PathGradients(1, norms, 54, 1.0)
    expected = archspec.paths("resnet110_preact")
    assert [found.count(k) for k in norms] == [*expected.modules.by_length.values()]
    assert found.effective == expected.effective == (5, 17)
    assert found.decay == pytest.approx(0.25)
    assert {k: float(share) for k, share in expected.gradient.items()} == pytest.approx(
        found.shares
    )


# The command.


SPEC = """
archspec: 1
name: small
input: [3, 32, 32]
params: {num_classes: 10}
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, stride: 4}
  a: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  add1: {op: Add, from: [a, conv]}
  b: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  add2: {op: Add, from: [b, add1]}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: num_classes}
"""
PLAIN_SPEC = SPEC.replace("  add1: {op: Add, from: [a, conv]}\n", "").replace(
    "  add2: {op: Add, from: [b, add1]}\n", ""
)

LABELS = (0, 0, 1, 1, 2, 9)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two specs, their weights, and six pictures as CIFAR-10 in data."""
    import numpy as np
    import torch

    torch.manual_seed(0)
    for name, text in (("small", SPEC), ("plain", PLAIN_SPEC.replace("small", "plain"))):
        (tmp_path / f"{name}.yaml").write_text(text)
        torch.save(archspec.build(tmp_path / f"{name}.yaml").state_dict(), tmp_path / f"{name}.pth")
    records = np.random.default_rng(1).integers(0, 256, (6, 3073), dtype=np.uint8)
    records[:, 0] = LABELS
    (tmp_path / "data").mkdir()
    records.tofile(tmp_path / "data" / "test_batch.bin")
    return tmp_path


def lesion(place: Path, *words: object, spec: str = "small", weights: str = "small") -> Any:
    arguments = (
        *("lesion", place / f"{spec}.yaml", "--weights", place / f"{weights}.pth"),
        *("--data", place / "data", "--quiet", *words),
    )
    return CliRunner().invoke(app, [str(word) for word in arguments])


@pytest.mark.torch
def test_the_command_counts_what_is_wrong_without_each_unit(place: Path) -> None:
    import numpy as np
    import torch

    found = lesion(place, "--normalize", "none", "--format", "json")
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    (network,) = data["networks"]
    records = np.fromfile(place / "data" / "test_batch.bin", np.uint8).reshape(6, 3073)
    images = torch.from_numpy(records[:, 1:].reshape(6, 3, 32, 32)).float() / 255
    labels = torch.tensor(LABELS)
    graph = archspec.load(place / "small.yaml")
    module = archspec.build(graph).eval()
    module.load_state_dict(torch.load(place / "small.pth", weights_only=True))

    def wrong(output: Tensor) -> int:
        return int((output.argmax(1) != labels).sum())

    assert (data["images"], data["dataset"]) == (6, "CIFAR-10")
    assert network["errors"] == wrong(module(images))
    assert network["chance"] == 90
    assert [each["deleted"] for each in network["each"]] == [["add1"], ["add2"]]
    for unit, each in zip(find_units(graph).units, network["each"], strict=True):
        assert each["errors"] == wrong(without_branch(graph, module, unit, images))


@pytest.mark.torch
def test_every_experiment_as_tables_and_csv_and_as_a_plot(place: Path) -> None:
    several = ("--each", "--random", "1..2", "--shuffle", "1,2", "--gradients")
    words = (*several, "--repeats", 3, "--images", 4)
    against = ("--against", place / "plain.yaml", "--against-weights", place / "plain.pth")
    found = lesion(place, *words, *against, "-o", place / "plot.svg")
    assert found.exit_code == 0, found.output
    for title in (
        "small: each residual unit deleted alone",
        "small: random residual units deleted together",
        "small: pairs of equal residual units change places",
        "small: the gradient at the input along single paths",
        "plain: each layer deleted alone",
        "4 test images of CIFAR-10; by chance 90 % are wrong",
        "not deleted: conv, fc: no shortcut leads around it",
    ):
        assert title in found.stdout
    assert (place / "plot.svg").read_text("utf-8").startswith("<?xml")
    again = lesion(place, *words, *against, "--format", "csv")
    rows = list(csv.DictReader(again.stdout.splitlines()))
    count = {"none": 1, "each": 2, "random": 2 + 1, "shuffled": 6}
    for network in ("small", "plain"):
        of_network = [row["experiment"] for row in rows if row["network"] == network]
        gradients = {"gradients": 9 if network == "small" else 0}
        assert Counter(of_network) == Counter({**count, **gradients})
    errors = [row["errors"] for row in rows if row["experiment"] != "gradients"]
    assert all(0 <= int(each) <= 4 for each in errors)


@pytest.mark.torch
def test_the_other_network_is_tried_with_as_many_units_as_it_has(place: Path) -> None:
    import torch

    second = "  b: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}\n"
    assert second in PLAIN_SPEC
    (place / "plain.yaml").write_text(PLAIN_SPEC.replace(second, ""))
    torch.save(archspec.build(place / "plain.yaml").state_dict(), place / "plain.pth")
    against = ("--against", place / "plain.yaml", "--against-weights", place / "plain.pth")
    found = lesion(place, "--random", 2, *against, "--format", "json", "-o", place / "plot.png")
    assert found.exit_code == 0, found.output
    first, other = json.loads(found.stdout)["networks"]
    assert (len(first["random"]), len(first["each"])) == (1, 0)
    assert (other["random"], other["each"], len(other["units"])) == ([], [], 1)


WRONG: list[tuple[tuple[object, ...], str]] = [
    (("--random", "3"), "'small' has 2 residual units, and 3 are to be deleted"),
    (("--random", "0"), "'--random' cannot be '0'"),
    (("--shuffle", "a"), "'--shuffle' cannot be 'a'"),
    (("--images", "7"), "7 images are asked for, and there are 6"),
    (("--images", "0"), "Invalid value for '--images'"),
    (("--against-weights", "x.pth"), "add --against SPEC"),
    (("--each", "--repeats", "3"), "is for --random, --shuffle and --gradients"),
    (("--seed", "3"), "is for --images, --random, --shuffle and --gradients"),
    (("-o", "plot.gif"), "there are no plots in the format of 'plot.gif'"),
]


@pytest.mark.torch
@pytest.mark.parametrize(("words", "message"), WRONG)
def test_wrong_use_is_said_before_anything_is_run(
    place: Path, words: tuple[object, ...], message: str
) -> None:
    found = lesion(place, *words)
    assert found.exit_code == 2, found.output
    assert message in " ".join(found.output.replace("│", " ").split())
    assert found.stdout == ""


NOTHING = """
archspec: 1
name: small
input: [3, 32, 32]
layers:
  relu: ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: 10}
"""


@pytest.mark.torch
def test_what_has_no_units_and_weights_of_another_network_are_refused(place: Path) -> None:
    (place / "none.yaml").write_text(NOTHING)
    found = lesion(place, spec="none")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "'small' has nothing that can be deleted alone" in found.output
    assert "fc: it makes 10 of 3" in found.output
    (place / "wide.yaml").write_text(SPEC.replace("out_channels: 4", "out_channels: 5"))
    (place / "empty").mkdir()
    found = lesion(place, "--gradients", spec="plain", weights="plain")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "'plain' is no chain of residual units" in found.output
    for words, spec in (((), "wide"), (("--data", place / "empty"), "small")):
        found = lesion(place, *words, spec=spec)
        assert (found.exit_code, found.stdout) == (1, "")
        assert "error[" in found.output
