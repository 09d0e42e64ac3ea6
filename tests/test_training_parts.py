"""The parts of a training: groups of parameters, losses, folds, what is frozen, what fits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.diagnostics import SpecError
from archspec.frontends.yaml import read
from archspec.recipe.load import WrittenRecipe, recipe_of
from archspec.recipe.optimizers import OPTIMIZERS
from tests.training_runs import ROOT, SPEC, finish, train, write_files

pytestmark = pytest.mark.torch

RECIPE = """
recipe: 1
data: synthetic
batch_size: 8
epochs: 1
optimizer: {op: SGD, lr: 0.1, momentum: 0.9, weight_decay: 1e-4}
"""


def recipe(more: str = "") -> WrittenRecipe:
    return recipe_of(read(RECIPE + more, "recipe.yaml"))


def parts(spec: str, more: str = "", **options: Any) -> Any:
    import torch

    from archspec.datasets import synthetic
    from archspec.training.fitting.spec import Fitted
    from archspec.training.prepare import Setting, prepare
    from archspec.training.processes import Processes
    from archspec.workspace.workspace import Workspace

    graph = archspec.loads(spec)
    channels, height, width = graph.inputs[0].output.shape
    data = synthetic((channels, height, width), 10, train=64, test=32)
    fitted = Fitted(graph, Workspace().program_of(read(spec, "net.yaml")))
    return prepare(
        Setting(fitted, recipe(more), data, Processes(0, 1, torch.device("cpu")), **options)
    )


def names(made: Any, group: dict[str, Any]) -> set[str]:
    found = {id(parameter): name for name, parameter in made.trainee.module.named_parameters()}
    return {found[id(parameter)] for parameter in group["params"]}


def test_weight_decay_leaves_biases_and_norms_alone() -> None:
    made = parts(SPEC, "no_decay: [biases, norms]")
    decayed, spared = made.trainee.optimizer.param_groups
    assert (decayed["weight_decay"], spared["weight_decay"]) == (1e-4, 0.0)
    assert names(made, decayed) == {"conv1.weight", "conv2.weight", "fc.weight"}
    assert names(made, spared) == {"bn1.weight", "bn1.bias", "conv2.bias", "fc.bias"}


def test_learning_rates_go_by_paths() -> None:
    made = parts(SPEC, "lr_factors: {'conv*': 0.1, conv2: 0.5}")
    rates: dict[str, float] = {}
    for group in made.trainee.optimizer.param_groups:
        rates |= dict.fromkeys(names(made, group), group["lr"])
    assert rates["conv1.weight"] == pytest.approx(0.01)
    assert rates["conv2.weight"] == pytest.approx(0.05)
    assert rates["fc.weight"] == 0.1


def test_frozen_layers_keep_weights_and_statistics() -> None:
    from archspec.training.loop import Hooks, train

    made = parts(SPEC, "freeze: [conv1, bn1]")
    before = {name: tensor.clone() for name, tensor in made.trainee.module.state_dict().items()}
    train(
        made.course,
        made.trainee,
        Hooks(lambda meter, rate: None, lambda: (0.0, False), lambda best: None),
        lambda: 0,
    )
    for name, tensor in made.trainee.module.state_dict().items():
        assert tensor.equal(before[name]) == name.startswith(("conv1", "bn1")), name


@pytest.mark.parametrize("key", ["freeze: [conv9]", "lr_factors: {conv9: 0.1}"])
def test_a_glob_that_matches_nothing_is_reported(key: str) -> None:
    with pytest.raises(SpecError, match="'conv9' matches no layer with weights"):
        parts(SPEC, key)


def test_an_argument_of_a_layer_follows_its_schedule() -> None:
    from archspec.training.loop import apply_schedules

    made = parts(SPEC, "op_schedules: [{op: Dropout, argument: p, start: 0.0, end: 0.4}]")
    apply_schedules(made.course, 0.5)
    assert made.trainee.module.drop.p == pytest.approx(0.2)
    assert made.trainee.module.block.progress == 0.5
    with pytest.raises(SpecError, match="has no Dropout with a number 'q'"):
        parts(SPEC, "op_schedules: [{op: Dropout, argument: q, start: 0.0, end: 0.4}]")


HEADS = """
archspec: 1
name: heads
input: [3, 8, 8]
layers:
  flatten: Flatten
  side: {op: Linear, out_features: 10, from: flatten}
  main: {op: Linear, out_features: 10, from: flatten}
outputs: {logits: main, aux: {from: side, only: training}}
"""


def test_heads_for_training_weigh_less() -> None:
    import torch
    from torch.nn import functional as F

    made = parts(HEADS)
    x, labels = torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 2, 3])
    outputs = made.trainee.module.train()(x)
    loss, scores = made.course.objective(outputs, [(1.0, labels)])
    wanted = F.cross_entropy(outputs.logits, labels) + 0.3 * F.cross_entropy(outputs.aux, labels)
    torch.testing.assert_close(loss, wanted)
    assert scores.equal(outputs.logits)
    with pytest.raises(SpecError, match="has no output 'aux1'"):
        parts(HEADS, "loss_weights: {aux1: 0.3}")


def test_outputs_of_rbf_are_penalties() -> None:
    import torch
    from torch.nn import functional as F

    spec = (
        HEADS.split("layers:")[0]
        + "layers: {flatten: Flatten, f6: {op: Linear, out_features: 84}, rbf: {op: RBF, out_features: 10}}\n"
    )
    made = parts(spec)
    outputs, labels = torch.rand(4, 10), torch.tensor([0, 1, 2, 3])
    loss, _ = made.course.objective(outputs, [(1.0, labels)])
    torch.testing.assert_close(loss, F.cross_entropy(-outputs, labels))


def test_folds_are_apart_and_make_the_whole() -> None:
    from archspec.training.pictures.batches import hold_out

    held = [hold_out(103, (fold, 5), seed=1) for fold in range(5)]
    assert sorted(int(k) for _, part in held for k in part) == list(range(103))
    for learned, part in held:
        assert set(learned.tolist()).isdisjoint(part.tolist())
        assert len(learned) + len(part) == 103
    assert len(hold_out(103, 0.1, seed=1)[1]) == 10
    assert len(hold_out(103, 7, seed=1)[1]) == 7


def test_a_run_may_learn_from_few_pictures() -> None:
    def learned(more: str) -> list[int]:
        return sorted(parts(SPEC, more).course.order.indices.tolist())

    few = learned("train_size: 24")
    assert len(few) == 24
    assert learned("train_size: 24") == few
    assert learned("train_size: 24\nseed: 1") != few
    assert set(few) < set(learned("train_size: 40"))
    held = parts(SPEC, "validation: 40\ntrain_size: 24").evaluators["validation"].order.indices
    assert set(learned("validation: 40\ntrain_size: 24")).isdisjoint(held.tolist())
    with pytest.raises(SpecError, match="30 training pictures to learn from"):
        parts(SPEC, "validation: 40\ntrain_size: 30")


def test_each_process_has_its_part_of_the_one_order() -> None:
    import numpy as np

    from archspec.training.pictures.batches import Order

    def order(size: int, rank: int, count: int) -> list[list[int]]:
        made = Order(np.arange(100), size, 3, rank=rank, processes=count)
        made.first, made.last = 2, 14
        return [draw[1].tolist() for draw in made]

    parts = zip(order(8, 0, 2), order(8, 1, 2), strict=True)
    assert [a + b for a, b in parts] == order(16, 0, 1)


def test_a_step_that_is_too_large_says_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from archspec.training.fitting import memory
    from archspec.training.processes import Processes

    graph = archspec.load("resnet50")
    written = recipe_of(read(RECIPE.replace("batch_size: 8", "batch_size: 512"), "recipe.yaml"))
    alone = Processes(0, 1, torch.device("cpu"))
    monkeypatch.setattr(memory, "free_bytes", lambda processes: 10 * 2**30)
    with pytest.raises(SpecError) as caught:
        memory.require_memory(graph, written.recipe, alone)
    (found,) = caught.value.diagnostics
    assert "and 10.0 GiB are free" in found.message
    assert found.help is not None
    fits = int(found.help.split()[0])
    fixed, each = memory.fixed_bytes(graph, written.recipe, alone), memory.bytes_per_picture(graph)
    assert fixed + fits * each <= 10 * 2**30 < fixed + (fits + 1) * each


def test_a_spec_is_fitted_to_the_data() -> None:
    from archspec.training.fitting.spec import fit

    fitted = fit("resnet20_cifar", {}, None, (1, 28, 28), 7)
    assert fitted.graph.inputs[0].output.shape == (1, 28, 28)
    assert fitted.graph.nodes["fc"].output.shape == (7,)
    assert len(fitted.notes) == 2


def test_what_cannot_be_fitted_says_why(tmp_path: Path) -> None:
    from archspec.training.fitting.spec import fit
    from archspec.workspace.settings import setting

    with pytest.raises(SpecError, match="the pictures are 1×28×28, and vgg16 reads 3×224×224"):
        fit("vgg16", {}, None, (1, 28, 28), 10)
    with pytest.raises(SpecError, match="10 classes, and resnet20_cifar has 7") as caught:
        fit("resnet20_cifar", dict([setting("num_classes=7")]), None, (3, 32, 32), 10)
    assert "--set num_classes=10" in str(caught.value)
    with pytest.raises(SpecError, match="leave '--input' out"):
        fit("resnet20_cifar", {}, [3, 64, 64], (3, 32, 32), 10)
    message = r"m5 reads 1×32000 \(channels, length\), and the data are pictures"
    with pytest.raises(SpecError, match=message):
        fit("m5", {}, None, (3, 32, 32), 10)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_resolved_spec_is_the_same_network(kept: int) -> None:
    from archspec.workspace.locate import zoo_names
    from archspec.workspace.standalone import standalone
    from archspec.workspace.workspace import Workspace

    for name in list(zoo_names())[kept::7]:
        program = Workspace().program(name)
        graph = archspec.load(name)
        again = archspec.loads(standalone(program))
        assert list(again.nodes) == list(graph.nodes), name
        assert [node.op for node in again.layers] == [node.op for node in graph.layers], name
        assert archspec.stats(again).params == archspec.stats(graph).params


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_undecorated_step_is_torchs_step(name: str) -> None:
    import torch

    from archspec.training.learning.undecorated import undecorated, undecorated_step

    def trained(plain: bool) -> list[torch.Tensor]:
        torch.manual_seed(0)
        parameters = [torch.nn.Parameter(torch.randn(3, 4)), torch.nn.Parameter(torch.randn(5))]
        optimizer = getattr(torch.optim, name)(parameters, lr=0.1, weight_decay=0.01)
        step = undecorated_step(optimizer) if plain else optimizer.step
        for _ in range(4):
            for parameter in parameters:
                parameter.grad = torch.randn_like(parameter)
            step()
            optimizer.zero_grad()
        state = optimizer.state_dict()["state"]
        return [
            *parameters,
            *(v for each in state.values() for v in each.values() if v is not None),
        ]

    with undecorated():
        plain = trained(plain=True)
    for one, other in zip(plain, trained(plain=False), strict=True):
        assert torch.equal(one, other)


def test_no_compiler_is_imported_where_none_is_used(tmp_path: Path) -> None:
    """It would take longer than the import of torch, before the first step."""
    files = write_files(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\natexit.register(lambda: print('torch._dynamo' in sys.modules))\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    out = ["--out", str(tmp_path / "run"), "--set", "steps=12"]
    code, output = finish(train(*files, *out, PYTHONPATH=paths))
    assert code == 0, output
    assert output.splitlines()[-1] == "False"
