"""``archspec probe layers``: outputs, gradients, dead units and updates, at the beginning and in training."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.cli import app
from archspec.diagnostics import SpecError
from tests.training_runs import SPEC, write_files

pytestmark = pytest.mark.torch

SMALL = """
archspec: 1
name: small
input: [2, 6, 6]
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 3, bias: BIAS}
  relu: ReLU
  block:
    layers:
      conv1: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      sum: {op: Add, from: [conv1, input]}
  flatten: Flatten
  fc: {op: Linear, out_features: 3}
init: [{op: Conv2d, bias: VALUE}]
"""
MLP = """
archspec: 1
name: mlp
input: [256]
layers:
  body:
    repeat: 10
    layers:
      fc: {op: Linear, out_features: 256}
      act: {op: ReLU}
  head: {op: Linear, out_features: 10}
init: [{op: Linear, weight: WEIGHT, bias: 0}]
"""


def run_archspec(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def network(folder: Path, text: str, **values: str) -> Path:
    for name, value in values.items():
        text = text.replace(name, value)
    (folder / "net.yaml").write_text(text)
    return folder / "net.yaml"


def probed(*words: object) -> dict[str, dict[str, str]]:
    """The rows of the CSV, by layer."""
    result = run_archspec("probe", *words, "--format", "csv", "--quiet")
    assert result.exit_code == 0, result.output
    return {row["layer"]: row for row in csv.DictReader(io.StringIO(result.stdout))}


def number(row: dict[str, str], name: str) -> float:
    return float(row[name])


def test_numbers_are_those_of_hooks(tmp_path: Path) -> None:
    import numpy as np
    import torch

    from archspec.training.probing.layers import probe_layers
    from archspec.training.probing.noise import NoiseLoss

    graph = archspec.load(network(tmp_path, SMALL, BIAS="true", VALUE="0"))
    module = archspec.build(graph)
    x = torch.randn(8, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    found = {each.layer: each for each in probe_layers(graph, module, [x], NoiseLoss(graph, 0))}
    outputs: dict[str, torch.Tensor] = {}
    returned: dict[str, torch.Tensor] = {}
    for layer in module.modules():
        if hasattr(layer, "inplace"):
            layer.inplace = False  # type: ignore[assignment]  # else it overwrites what is looked at
    for name in ("conv", "relu", "block.conv1", "fc"):

        def note(layer: Any, args: Any, output: torch.Tensor, name: str = name) -> None:
            outputs[name] = output.detach()
            hook: Any = output.register_hook
            hook(lambda gradient: returned.update({name: gradient}))

        module.get_submodule(name).register_forward_hook(note)
    total: Any = NoiseLoss(graph, 0)((module(x),))
    total.backward()
    assert set(found) == {"conv", "relu", "block.conv1", "block.sum", "fc"}
    for name, output in outputs.items():
        each = found[name]
        assert each.mean == pytest.approx(float(output.mean()), abs=1e-6)
        assert each.deviation == pytest.approx(float(output.numpy().std()), rel=1e-5)
        assert each.percentiles == pytest.approx(
            np.percentile(output.numpy(), [15, 50, 85]), rel=1e-5
        )
        assert each.gradient == pytest.approx(
            8 * float(returned[name].square().mean().sqrt()), rel=1e-4
        )
    for name in ("conv", "block.conv1", "fc"):
        weight = module.get_parameter(f"{name}.weight")
        gradient = weight.grad
        assert gradient is not None
        assert found[name].weight == pytest.approx(float(weight.detach().norm()), rel=1e-5)
        assert found[name].weight_gradient == pytest.approx(float(gradient.norm()), rel=1e-4)


@pytest.mark.parametrize(("bias", "dead"), [("-100", 100.0), ("100", 0.0)])
def test_units_that_never_fire_are_dead(bias: str, dead: float, tmp_path: Path) -> None:
    rows = probed(network(tmp_path, SMALL, BIAS="true", VALUE=bias))
    assert number(rows["relu"], "dead") == dead
    assert number(rows["relu"], "zeros") == dead
    assert rows["conv"]["dead"] == ""


@pytest.mark.parametrize(
    ("weight", "factor"), [("xavier_normal", math.sqrt(0.5)), ("kaiming_normal", 1.0)]
)
def test_he_keeps_what_xavier_loses_behind_relu(weight: str, factor: float, tmp_path: Path) -> None:
    """He et al. (2015), section 2.2: each ReLU halves the variance, Var[w] = 2/n makes up for it."""
    given = "{kaiming_normal: {nonlinearity: relu}}" if "kaiming" in weight else weight
    rows = probed(network(tmp_path, MLP, WEIGHT=given), "--op", "Linear", "--samples", 256)
    first, last = (number(rows[f"body.{k}.fc"], "deviation") for k in (0, 9))
    assert (last / first) ** (1 / 9) == pytest.approx(factor, rel=0.06)


def test_a_step_of_sgd_changes_by_rate_times_gradient(tmp_path: Path) -> None:
    spec, _, recipe = write_files(
        tmp_path,
        recipe="recipe: 1\ndata: synthetic\nbatch_size: 16\nsteps: 5\noptimizer: {op: SGD, lr: 0.02}\n",
        spec=SPEC.replace("drop: {op: Dropout, p: 0.3}", "drop: Identity").replace(
            "p: 0.1", "p: 0"
        ),
    )
    rows = probed(spec, "--recipe", recipe)
    for layer in ("conv1", "bn1", "conv2", "fc"):
        row = rows[layer]
        expected = 0.02 * number(row, "weight_gradient") / number(row, "weight")
        assert number(row, "update_ratio") == pytest.approx(expected, rel=1e-3)


def trained(folder: Path, *words: str) -> Path:
    spec, flag, recipe = write_files(folder)
    run = folder / "run"
    settings = ["--set", "warmup=none", *words]
    result = run_archspec("train", spec, flag, recipe, "--out", run, "--quiet", *settings)
    assert result.exit_code == 0, result.output
    return run


def test_states_of_a_training_are_those_that_it_went_through(tmp_path: Path) -> None:
    import torch

    run = trained(tmp_path, "--set", "checkpoint={steps: 1, keep: 100}", "--set", "steps=4")
    result = run_archspec("probe", run, "--format", "json", "--quiet", "--op", "Conv2d")
    rows = [each for each in json.loads(result.stdout) if each["layer"] == "conv2"]
    assert [each["step"] for each in rows] == [0, 1, 2, 3, 4]
    assert rows[-1]["update"] is None, "the run makes no more steps"
    states = [
        torch.load(path, weights_only=True)["model"]["conv2.weight"]
        for path in sorted((run / "checkpoints").glob("step-*.pt"))
    ]
    for row, before, after in zip(rows[1:], states, states[1:], strict=False):
        assert row["weight"] == pytest.approx(float(before.norm()), rel=1e-6)
        assert row["update"] == pytest.approx(float((after - before).norm()), rel=1e-4)


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_plots_are_the_same_each_time(suffix: str, tmp_path: Path) -> None:
    from archspec.reports.probing.probe_plot import probe_plot
    from archspec.training.probing.states import probe_initial

    graph = archspec.load(network(tmp_path, SMALL, BIAS="true", VALUE="0"))
    for count in (1, 2):
        first, second = (probe_plot([probe_initial(graph, "cpu")] * count, suffix) for _ in "ab")  # type: ignore[arg-type]
        assert first == second


def test_a_plot_over_a_training(tmp_path: Path) -> None:
    run = trained(tmp_path, "--set", "steps=6")
    result = run_archspec("probe", run, run, "-o", tmp_path / "over.svg", "--quiet")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "over.svg").read_text().startswith("<?xml")
    again = run_archspec("probe", run, "-o", tmp_path / "over.svg")
    assert again.exit_code == 1
    assert "--force overwrites it" in again.output


def test_scopes_stand_for_their_layers(tmp_path: Path) -> None:
    place = network(tmp_path, SMALL, BIAS="true", VALUE="0")
    deep, flat = probed(place), probed(place, "--depth", 1)
    assert [*flat] == ["conv", "relu", "block", "fc"]
    assert flat["block"]["mean"] == deep["block.sum"]["mean"]
    assert flat["block"]["weight"] == deep["block.conv1"]["weight"]


def test_one_unit_of_each_layer(tmp_path: Path) -> None:
    """The units of a layer have its mean between them."""
    place = network(tmp_path, SMALL, BIAS="true", VALUE="0")
    all_units = number(probed(place)["relu"], "mean")
    each = [number(probed(place, "--unit", k, "--op", "ReLU")["relu"], "mean") for k in range(4)]
    assert len(set(each)) == 4
    assert sum(each) / 4 == pytest.approx(all_units, rel=1e-5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--unit", "3"], "'fc' has 3 units, and none is 3"),
        (["--op", "Relu"], "did you mean 'ReLU'"),
        (["--op", "Tanh"], "has no layer Tanh"),
        (["--layer", "blok.*"], "'blok.*' matches no layer"),
        (["--data", "."], "--recipe NAME"),
        (["-o", "plot.gif"], "in the format of 'plot.gif'"),
        (["--recipe", "cifar10", "--samples", "3"], "is for noise"),
        (["--weights", "gone.pth"], "gone.pth"),
    ],
)
def test_wrong_use(words: list[str], message: str, tmp_path: Path) -> None:
    result = run_archspec("probe", network(tmp_path, SMALL, BIAS="true", VALUE="0"), *words)
    assert result.exit_code != 0
    assert message in result.output


def test_wrong_use_of_a_training(tmp_path: Path) -> None:
    run = trained(tmp_path, "--set", "steps=1")
    for words in (["--recipe", "cifar10"], ["--set", "epochs=3"], ["--weights", "x.pth"]):
        result = run_archspec("probe", run, *words)
        assert result.exit_code == 2
        assert "which has its own" in result.output
    (run / "checkpoints").rename(run / "gone")
    assert run_archspec("probe", run, "-q").exit_code == 0, "the beginning is still known"


def test_every_kind_of_output_has_a_loss(tmp_path: Path) -> None:
    from archspec.training.probing.states import probe_initial

    for text in (
        "input: [1, 8, 8]\nlayers: {c: {op: Conv2d, out_channels: 1, kernel_size: 3}}",
        "input: [3, 8]\nlayers: {c: {op: Conv1d, out_channels: 4, kernel_size: 3}}",
    ):
        (tmp_path / "net.yaml").write_text(f"archspec: 1\n{text}\n")
        graph = archspec.load(tmp_path / "net.yaml")
        (layer,) = probe_initial(graph, "cpu", samples=4).states[0].layers
        assert layer.weight_gradient is not None
        assert layer.weight_gradient > 0


def test_too_many_trainings_do_not_fit_a_page(tmp_path: Path) -> None:
    from archspec.reports.probing.over_training import training_figure
    from archspec.training.probing.states import probe_initial

    probe = probe_initial(archspec.load(network(tmp_path, SMALL, BIAS="true", VALUE="0")), "cpu")
    with pytest.raises(SpecError, match="do not fit"):
        training_figure([probe] * 5)


def test_what_cannot_be_run(tmp_path: Path) -> None:
    text = "archspec: 1\ninput: [8]\nlayers: {fc: {op: Linear, out_features: 4}, bn: BatchNorm1d}\n"
    (tmp_path / "net.yaml").write_text(text)
    one = run_archspec("probe", tmp_path / "net.yaml", "--samples", 1)
    assert one.exit_code == 2
    assert "PyTorch cannot run 'bn' on 1 samples" in one.output
    many = run_archspec("probe", "vgg16", "--samples", 10**7)
    assert "--samples" in many.output
    assert "are free" in many.output
    (tmp_path / "run").mkdir()
    assert "no folder of a training" in run_archspec("probe", tmp_path / "run").output


def test_numbers_that_are_none(tmp_path: Path) -> None:
    """A network that has diverged is looked at all the same."""
    import torch

    place = network(tmp_path, SMALL, BIAS="true", VALUE="0")
    state = archspec.build(place).state_dict()
    state["conv.weight"].fill_(float("nan"))
    torch.save(state, tmp_path / "net.pth")
    words = ("probe", place, "--weights", tmp_path / "net.pth", "-q")
    rows = json.loads(run_archspec(*words, "--format", "json").stdout)
    assert rows[0]["mean"] == "nan"
    drawn = run_archspec(*words, "-o", tmp_path / "net.svg")
    assert drawn.exit_code == 0, drawn.output
    assert "nan" in drawn.output


def test_probabilities_are_those_of_the_training(tmp_path: Path) -> None:
    import archspec.training.probing.states as states
    from archspec.training.probing.states import probe_initial

    text = """
archspec: 1
input: [1, 9, 9]
layers:
  block: {op: DropBlock2d, p: 0.5, block_size: 3, schedule: linear}
  conv: {op: Conv2d, out_channels: 1, kernel_size: 1, bias: false}
"""
    graph = archspec.load(network(tmp_path, text))
    module: Any = archspec.build(graph)
    for progress, dropped in ((0.0, False), (1.0, True)):
        module.block.progress = progress
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(states, "initial", lambda graph, seed: module)
            (conv,) = probe_initial(graph, "cpu").states[0].layers
        assert (conv.zeros > 0) == dropped
