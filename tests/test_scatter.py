"""``archspec plot``: published figures over counts, and names that stand on nothing."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.published import scatter
from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.figures.charts.scatter_chart import scatter_chart
from archspec.figures.request import request
from archspec.figures.scene import Text
from archspec.figures.theme import THEMES


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
