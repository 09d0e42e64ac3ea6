"""``archspec diff``: what is aligned with what, what is said about it, and that the numbers add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.difference import NetworkDiff, diff
from archspec.cli import app

HEAD = "archspec: 1\nname: net\ninput: [3, 16, 16]\nlayers:\n"
LIST = HEAD + "".join(
    f"  - {{op: Conv2d, out_channels: {width}, kernel_size: 3, padding: 1}}\n  - ReLU\n"
    for width in (8, 16, 16)
)


def texts(found: NetworkDiff) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.fate, each.text, each.paths) for each in found.entries]


def edited(text: str, edits: str) -> NetworkDiff:
    return diff(archspec.loads(text), archspec.loads(f"{text}edits:\n{edits}"))


def test_an_insertion_into_a_list_is_an_insertion() -> None:
    lines = LIST.splitlines(keepends=True)
    longer = "".join([*lines[:5], "  - BatchNorm2d\n", *lines[5:]])
    found = diff(archspec.loads(LIST), archspec.loads(longer))
    assert texts(found) == [("added", "BatchNorm2d", ("1",))]
    assert found.renamed == {"1": "2", "2": "3", "3": "4", "4": "5", "5": "6"}
    assert not found.same


def test_a_change_of_arguments_is_said_as_the_spec_does() -> None:
    found = edited(LIST, "  - {set: {path: '2'}, to: {kernel_size: 5, padding: 2}}\n")
    (entry,) = found.entries
    assert entry.text == "Conv2d kernel_size 3 → 5, padding 1 → 2"
    assert entry.paths == ("2",)
    assert entry.params == 8 * 16 * (25 - 9)
    assert not found.following


def test_what_only_follows_is_counted_below() -> None:
    found = edited(LIST, "  - {set: {path: '2'}, to: {out_channels: 32}}\n")
    assert [each.text for each in found.entries] == ["Conv2d out_channels 16 → 32"]
    assert found.following == ("3", "4")
    assert found.following_params == 16 * 16 * 9


def test_another_op_at_the_place_is_a_change() -> None:
    found = edited(LIST, "  - {replace: {op: ReLU}, with: {op: ELU, alpha: 0.5}}\n")
    assert texts(found) == [("changed", "ReLU → ELU alpha 0.5", ("1", "3", "5"))]


def test_another_source_is_a_change() -> None:
    text = HEAD + (
        "  a: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
        "  b: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
        "  c: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
        "  sum: {op: Add, from: [c, a]}\n"
    )
    found = diff(archspec.loads(text), archspec.loads(text.replace("[c, a]", "[c, b]")))
    assert texts(found) == [("changed", "Add reads a → b", ("sum",))]


def test_names_alone_make_another_network() -> None:
    renamed = LIST.replace("layers:\n", "layers:\n  body:\n").replace("  - ", "    - ")
    found = diff(archspec.loads(LIST), archspec.loads(renamed))
    assert not found.entries
    assert found.renamed["0"] == "body.0"
    assert not found.same
    assert "the same layers" in str(found)


def test_outputs_and_inputs_are_compared() -> None:
    text = HEAD + "  a: {op: Conv2d, out_channels: 4, kernel_size: 1}\n  b: ReLU\n"
    other = text.replace("[3, 16, 16]", "[1, 16, 16]") + "outputs: {first: a, last: b}\n"
    other = other.replace("b: ReLU", "b: {op: ReLU, from: a}")
    found = diff(archspec.loads(text), archspec.loads(other))
    assert texts(found) == [("changed", "Input shape [3, 16, 16] → [1, 16, 16]", ("input",))]
    assert found.outputs == ("− output output", "+ output first from a", "+ output last from b")


def test_blocks_that_are_new_are_one_row() -> None:
    found = diff("resnet50", "resnet101")
    (entry,) = found.entries
    assert entry.text == "Bottleneck width: 256, stride: 1, inner: 256"
    assert entry.paths == tuple(f"layer3.{k}" for k in range(6, 23))
    assert entry.layers == 170
    assert found.params == {"depths": ("[3, 4, 6, 3]", "[3, 4, 23, 3]")}


PAIRS = [
    ("resnet50", "resnet101"),
    ("resnet18", "resnet50"),
    ("vgg11", "vgg16"),
    ("vgg16", "vgg16_bn"),
    ("alexnet_2012", "caffenet"),
    ("densenet121", "resnet50"),
    ("googlenet_v1", "bn_inception"),
    ("densenet121", "densenet201"),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_rows_add_up_to_the_difference(first: str, second: str) -> None:
    """Of the networks with what exists in training only."""
    before, after = archspec.load(first), archspec.load(second)
    found = diff(before, after)
    params = sum(each.params for each in found.entries) + found.following_params
    macs = sum(each.macs for each in found.entries) + found.following_macs
    assert params == after.total_params - before.total_params
    assert macs == after.total_macs - before.total_macs
    back = diff(after, before)
    assert sum(each.params for each in back.entries) + back.following_params == -params


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "resnet50", "densenet121", "unet"])
def test_a_network_is_the_same_as_itself(name: str) -> None:
    found = diff(name, name)
    assert found.same
    assert "the same network" in str(found)
    assert repr(found) == f"<NetworkDiff {name} → {name}: 0 differences>"


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(app, ["diff", *args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_exit_code_is_for_ci(tmp_path: Path) -> None:
    assert run("resnet18", "resnet18")[0] == 0
    assert run("resnet18", "resnet34")[0] == 1
    code, out, err = run("resnet18", "resnet35")
    assert (code, out) == (2, "")
    assert "error[not-found]" in err
    file = tmp_path / "changes.svg"
    assert run("resnet18", "resnet34", "-o", str(file))[0] == 1
    assert "<svg" in file.read_text("utf-8")
    assert run("resnet18", "resnet34", "-o", str(file), "--format", "json")[0] == 2


def test_all_formats_have_the_differences() -> None:
    data = json.loads(run("vgg16", "vgg16_bn", "--format", "json")[1])
    assert data["same"] is False
    assert data["totals"]["params"] == {"before": 138357544, "after": 138365992, "change": 8448}
    (entry,) = data["differences"]
    assert (entry["difference"], entry["what"], len(entry["paths"])) == ("added", "BatchNorm2d", 13)
    header, *rows = run("vgg16", "vgg16_bn", "--format", "csv")[1].splitlines()
    assert header == "difference,what,path,layers,params,macs"
    assert len(rows) == 13
    assert json.loads(run("vgg16", "vgg16", "--format", "json")[1])["differences"] == []
