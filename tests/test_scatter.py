"""``archspec plot``: figures over counts, names that stand on nothing, and costs over the depth."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.cumulative import cumulative
from archspec.analyses.published import scatter
from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.figures.charts.cumulative_chart import cumulative_chart
from archspec.figures.charts.scatter_chart import scatter_chart
from archspec.figures.request import request
from archspec.figures.scene import Text
from archspec.figures.theme import THEMES
from archspec.reports.run.measured import measured_scatter
from archspec.workspace.standalone import standalone
from archspec.workspace.workspace import Workspace
from tests.run_folders import make_run, metrics


def test_the_points_are_what_specs_publish() -> None:
    found = scatter(["resnet*_cifar"], metric="macs")
    assert found.figure == "cifar10_augmented_error"
    assert [(point.name, point.cost, point.figure) for point in found.points][:2] == [
        ("resnet20_cifar", 40_551_040, 8.75),
        ("resnet32_cifar", 68_862_592, 7.51),
    ]
    assert {point.family for point in found.points} == {"resnet20_cifar"}


def test_a_file_is_all_of_its_variants(tmp_path: Path) -> None:
    file = tmp_path / "family.yaml"
    file.write_text(
        "archspec: 1\nname: base\ninput: [3, 8, 8]\nparams: {width: 4}\nlayers:\n"
        "  conv: {op: Conv2d, out_channels: width, kernel_size: 1}\npublished: {error: 9}\n"
        "variants:\n  wide: {params: {width: 8}, published: {error: 7.5}}\n  other: {name: other}\n"
    )
    found = scatter(str(file))
    assert [(point.name, point.cost, point.figure) for point in found.points] == [
        ("base", 16, 9.0),
        ("wide", 32, 7.5),
    ]
    assert found.missing == (f"{file}:other",)
    assert "1 have no such number" in str(found)
    assert [point.name for point in scatter(f"{file}:wide").points] == ["wide"]


@pytest.mark.parametrize(
    ("networks", "choices", "message"),
    [
        ("resnet*_cifar", {"figure": "top1_eror"}, "none of the networks has a published number"),
        ("resnet*_cifar", {"metric": "flop"}, "there is no count 'flop'"),
        ("nothing*", {}, "no network of the zoo matches 'nothing*'"),
        ("nothing", {}, "there is no file or network of the zoo called 'nothing'"),
        ("unet", {}, "nothing was published about these networks in numbers"),
    ],
)
def test_what_cannot_be_plotted_is_said(
    networks: str, choices: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        scatter(networks, **choices)
    assert caught.value.diagnostics[0].message.startswith(message)
    assert caught.value.diagnostics[0].help


@pytest.mark.parametrize("width", ["a4", "column"])
@pytest.mark.parametrize(
    ("networks", "figure"),
    [("activations", "accuracy"), (("densenet*", "resnet*"), "cifar10_augmented_error")],
)
def test_no_name_stands_on_another_one(
    networks: str | tuple[str, ...], figure: str, width: str
) -> None:
    found = scatter(networks, figure)
    scene = scatter_chart(found, request(width=width, legend=False, title=False))
    names = {point.name for point in found.points}
    labels = [text for text in scene.texts if text.content in names]
    assert len(labels) > len(names) / 2
    assert not [pair for pair in combinations(labels, 2) if _overlap(*pair)]


def _overlap(one: Text, other: Text) -> bool:
    return (
        one.left < other.left + other.width
        and other.left < one.left + one.width
        and abs(one.y - other.y) < 0.7 * one.size
    )


def test_it_is_printed_and_drawn(tmp_path: Path) -> None:
    runner = CliRunner(env={"COLUMNS": "120"})
    data = json.loads(runner.invoke(app, ["plot", "resnet*_cifar", "--format", "json"]).stdout)
    assert data["networks"][0]["cifar10_augmented_error"] == 8.75
    lines = runner.invoke(app, ["plot", "resnet*_cifar", "--format", "csv"]).stdout.splitlines()
    assert lines[0] == "name,family,params,cifar10_augmented_error"
    for theme in THEMES:
        archspec.scatter("resnet*_cifar").draw(tmp_path / f"{theme}.svg", theme=theme)
    assert runner.invoke(app, ["plot", "resnet*_cifar", "--theme", "dark"]).exit_code == 2


# What trainings measured.


def _run(folder: Path, epochs: int, **changes: Any) -> str:
    make_run(folder, metrics(epochs), **changes)
    text = Workspace().program(changes.get("spec", "resnet20_cifar"))
    (folder / "spec.yaml").write_text(standalone(text))
    return str(folder)


def test_trainings_are_plotted_by_what_they_measured(tmp_path: Path) -> None:
    _run(tmp_path / "runs" / "first", 6)
    _run(tmp_path / "runs" / "deep", 9, spec="resnet32_cifar", network="resnet32_cifar")
    _run(tmp_path / "runs" / "begun", 0, network="begun")
    found = measured_scatter([str(tmp_path)])
    costs = {point.name: (point.family, point.cost) for point in found.points}
    assert costs == {
        "resnet32_cifar": ("resnet20_cifar", 464_154),
        "resnet20_cifar": ("resnet20_cifar", 269_722),
    }
    last = {"resnet20_cifar": metrics(6)[-1]["top1"], "resnet32_cifar": metrics(9)[-1]["top1"]}
    assert {point.name: point.figure for point in found.points} == pytest.approx(last, abs=1e-4)
    assert found.missing == ("begun",)
    assert "accuracy (%)  of the final weights" in str(found)
    errors = measured_scatter([str(tmp_path)], "error")
    assert [100 - point.figure for point in errors.points] == pytest.approx(
        [point.figure for point in found.points]
    )
    runner = CliRunner()
    data = json.loads(runner.invoke(app, ["plot", str(tmp_path), "--format", "json"]).stdout)
    assert data["networks"][0]["accuracy"] == found.points[0].figure


def test_wrong_trainings(tmp_path: Path) -> None:
    run, runner = _run(tmp_path / "run", 0), CliRunner()
    for words, code, message in (
        ([str(tmp_path)], 1, "none of 1 trainings has measured its accuracy yet"),
        ([run, "--figure", "acuracy"], 2, "did you mean 'accuracy' or"),
        ([run, "resnet18"], 2, "do not mix"),
        ([run, "--cumulative"], 2, "is for networks"),
        (["resnet18", "--cumulative", "--figure", "top1_error"], 2, "has no effect"),
        (["resnet18", "--cumulative", "--metric", "mac"], 2, "did you mean 'macs'?"),
        ([str(tmp_path / "run" / "checkpoints")], 1, "there is no file"),
    ):
        found = runner.invoke(app, ["plot", *words])
        assert found.exit_code == code
        assert message in " ".join(found.output.split())
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is no folder of a training" in runner.invoke(app, ["plot", str(empty)]).output


# Costs over the depth.


def test_costs_add_up_to_the_network() -> None:
    found = cumulative(["vgg16", "googlenet", "densenet121", "mlp"])
    for growth in found.networks:
        stats = archspec.stats(growth.name)
        assert growth.depth == stats.weight_layers
        for metric, sums in growth.upto.items():
            assert list(sums) == sorted(sums)
            assert (sums[0], sums[-1]) == (0, getattr(stats, metric))


def test_a_chain_adds_a_layer_at_each_depth() -> None:
    (vgg,) = cumulative("vgg11", "params").networks
    shares = [
        row["params"] for row in archspec.stats("vgg11").view(by="layer", columns="params").rows
    ]
    weighted = [share for share in shares if share]
    assert [after - before for before, after in pairwise(vgg.upto["params"])] == weighted


def test_costs_over_depth_are_printed_and_drawn(tmp_path: Path) -> None:
    runner = CliRunner(env={"COLUMNS": "120"})
    two = ["plot", "vgg11", "resnet18", "--cumulative"]
    data = json.loads(runner.invoke(app, [*two, "--format", "json"]).stdout)
    lines = runner.invoke(app, [*two, "--format", "csv"]).stdout.splitlines()
    assert lines[0] == "name,depth,params,macs"
    rows = [line.split(",") for line in lines[1:]]
    for network in data:
        own = [row for row in rows if row[0] == network["name"]]
        assert [int(row[2]) for row in own] == network["params"]
        assert [int(row[3]) for row in own] == network["macs"]
    table = runner.invoke(app, ["plot", "resnet152", "--cumulative"]).stdout
    assert len(table.splitlines()) < 40
    assert "60,192,808  100.0%" in table
    for theme in THEMES:
        archspec.cumulative("resnet18").draw(tmp_path / f"{theme}.svg", theme=theme)
    several = cumulative(["resnet18", "vgg11"], "macs")
    texts = [text.content for text in cumulative_chart(several, request()).texts]
    assert "vgg11: 7.61 G MACs" in texts
    with pytest.raises(SpecError, match=r"1\d curves, more than 8"):
        cumulative_chart(cumulative(["mlp", "lenet5", "vgg*", "alexnet"]), request())
