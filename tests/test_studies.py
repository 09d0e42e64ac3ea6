"""The studies: every variant compiles to its counts, and what it changes is described."""

from __future__ import annotations

from typing import Final

import pytest
from typer.testing import CliRunner

from archspec.analyses.diff import changes, summary
from archspec.analyses.study import shipped, study
from archspec.cli import app
from archspec.workspace.load import loads
from archspec.workspace.locate import zoo_folder

OTHERWISE_TRAINED: Final = {"efficient_backprop", "initial_weights", "shuffled_pixels"}
"""Studies with rows of one network that begins with other weights, or is trained in another way."""


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_study_compiles(name: str) -> None:
    found = study(name)
    assert len(found.rows) > 2
    names = [row.name for row in found.rows]
    assert len(set(names)) == len(names)
    assert not found.base.changes
    assert found.cite
    trained_alike = [row for row in found.rows[1:] if name not in OTHERWISE_TRAINED]
    assert all(row.changes for row in trained_alike)


def test_a_change_is_described_with_its_layers() -> None:
    rows = {row.name: row for row in study("activations").rows}
    (change,) = rows["elu_half"].changes
    assert str(change) == "ReLU → ELU alpha 0.5 ×7"
    assert change.paths == tuple(f"relu{k}" for k in range(1, 8))
    assert rows["prelu"].params - rows["relu"].params == 5472
    assert rows["maxout_narrow"].params == 12_469_892
    assert [str(change) for change in summary(rows["maxout_wide"].changes)][:2] == [
        "Conv2d out_channels ×5",
        "ReLU → Maxout ×7",
    ]


def test_layers_that_come_and_go_are_described() -> None:
    head = "archspec: 1\nname: a\ninput: [3, 8, 8]\nlayers:\n"
    base = loads(head + "  conv: {op: Conv2d, out_channels: 4, kernel_size: 1}\n  relu: ReLU\n")
    other = loads(
        head
        + "  conv: {op: Conv2d, out_channels: 4, kernel_size: 1, bias: false}\n  bn: BatchNorm2d\n"
    )
    assert [str(change) for change in changes(base, other)] == [
        "Conv2d bias true → false",
        "+ BatchNorm2d",
        "− ReLU",
    ]
    assert changes(base, base) == ()


def test_the_command_prints_tables_and_lists() -> None:
    runner = CliRunner(env={"COLUMNS": "100"})
    listed = runner.invoke(app, ["study"])
    assert listed.exit_code == 0
    assert listed.output.split() == list(shipped())
    result = runner.invoke(app, ["study", "activations"])
    assert result.exit_code == 0
    assert "12,469,892" in result.output
    assert max(map(len, result.output.splitlines())) <= 100
    assert '"networks": [' in runner.invoke(app, ["study", "pooling", "--format", "json"]).output
    rows = runner.invoke(app, ["study", "pooling", "--format", "csv"]).output.splitlines()
    assert rows[0] == "name,params,macs,accuracy,logloss,changes"
    assert runner.invoke(app, ["study", "poolign"]).exit_code == 1


def test_any_spec_with_variants_is_a_study() -> None:
    found = study(str(zoo_folder() / "resnet50.yaml"))
    assert {"resnet50", "resnet18", "resnet34"} <= {row.name for row in found.rows}
