"""The command line: results, exit codes, and what goes to which stream."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.frontends.yaml import read
from archspec.language.schema import schema
from archspec.ops import registry
from archspec.workspace.locate import zoo_folder, zoo_names

GOOD = """\
archspec: 1
name: tiny
description: a small one
input: [3, 32, 32]
params: {width: 8}
layers:
  conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
  relu: ReLU
variants:
  wide: {params: {width: 16}}
"""
BAD = GOOD.replace("kernel_size", "kernal_size")


def run(*args: str, input: str | None = None) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    result = CliRunner().invoke(app, args, input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def process(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archspec", *args],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture
def good(tmp_path: Path) -> str:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    return str(file)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    return str(file)


# check


def test_check_says_ok_with_the_number_of_networks(good: str) -> None:
    assert run("check", good) == (0, f"ok  {good}  2 networks\n", "")


def test_check_reports_all_errors_of_all_files(good: str, bad: str) -> None:
    code, out, err = run("check", good, bad, "nothing.yaml")
    assert code == 1
    assert out == f"ok  {good}  2 networks\n"
    assert "kernal_size" in err
    assert "nothing.yaml" in err


def test_check_for_programs(good: str, bad: str) -> None:
    assert run("check", good, "--format", "json")[:2] == (0, "[]\n")
    code, out, err = run("check", bad, "--format", "json")
    assert (code, err) == (1, "")
    error = json.loads(out)[0]
    assert error["file"] == bad
    assert (error["code"], error["line"], error["column"]) == ("unknown-argument", 7, 43)
    fix = error["fix"]
    assert (fix["text"], fix["line"], fix["column"], fix["end_column"]) == (
        "kernel_size", 7, 43, 54,
    )  # fmt: skip


def test_check_for_github(bad: str) -> None:
    code, out, _ = run("check", bad, "--format", "github")
    assert code == 1
    assert out.startswith(f"::error file={bad},line=7,col=43,")
    assert "title=unknown-argument::" in out


# SPEC, --set, --input


def test_a_spec_comes_from_standard_input() -> None:
    code, out, _ = run("stats", "-", "--format", "json", input=GOOD)
    assert code == 0
    assert json.loads(out)["name"] == "tiny"


def test_an_error_in_standard_input_is_reported() -> None:
    code, out, err = run("stats", "-", input=BAD)
    assert (code, out) == (1, "")
    assert "<stdin>:7" in err


def test_a_variant_by_its_file(good: str) -> None:
    assert json.loads(run("stats", f"{good}:wide", "--format", "json")[1])["params"] == 16 * 28


def test_parameters_are_set(good: str) -> None:
    data = json.loads(run("stats", good, "--set", "width=4", "--format", "json")[1])
    assert data["params"] == 4 * 28


@pytest.mark.parametrize("setting", ["width", "width=", "widht=4", "width=[", "width=ReLU"])
def test_a_wrong_setting_is_reported(good: str, setting: str) -> None:
    code, out, err = run("stats", good, "--set", setting)
    assert (code, out) == (1, "")
    assert err.startswith("error[")


@pytest.mark.parametrize("shape", ["3x64x48", "3×64×48", "3X64X48"])
def test_another_input(good: str, shape: str) -> None:
    data = json.loads(run("stats", good, "--input", shape, "--format", "json")[1])
    assert data["input"] == [3, 64, 48]
    assert data["output"] == [8, 64, 48]


@pytest.mark.parametrize(
    ("shape", "note"),
    [
        ("64x48x3", "note: channels come first: 64x48x3 has 64 of them, 3x64x48 has 3\n"),
        ("28x28x1", "note: channels come first: 28x28x1 has 28 of them, 1x28x28 has 1\n"),
        ("3x64x48", ""),
        ("3x64x3", ""),
        ("64x1x1", ""),
        ("64x64x64", ""),
    ],
)
def test_a_shape_whose_channels_stand_last_is_noted(good: str, shape: str, note: str) -> None:
    assert run("stats", good, "--input", shape)[2] == note


def test_a_vector_as_input() -> None:
    text = "archspec: 1\nname: x\ninput: [9]\nlayers: {a: {op: Linear, out_features: 2}}\n"
    data = json.loads(run("stats", "-", "--input", "784", "--format", "json", input=text)[1])
    assert data["params"] == 2 * 785


@pytest.mark.parametrize("shape", ["", "3x", "axbxc", "3x32x32x32x1", "-3x4x4", "3.0x1x1", "²"])
def test_a_wrong_shape_is_wrong_usage(good: str, shape: str) -> None:
    code, out, err = run("stats", good, "--input", shape)
    assert (code, out) == (2, "")
    assert "3x256x256" in err


@pytest.mark.parametrize("shape", ["0x32x32", "3x9999999x3", "99999999999999999999"])
def test_an_impossible_shape_is_an_error(good: str, shape: str) -> None:
    assert run("stats", good, "--input", shape)[0] == 1


@pytest.mark.parametrize(
    "args",
    [
        ["stats", "resnet5"],
        ["stats", "resnet50", "nothing"],
        ["show", "resnet5"],
        ["zoo", "nothing-like-this"],
        ["ops", "conv2d"],
        ["explain", "shap"],
    ],
)
def test_an_unknown_name_is_an_error(args: list[str]) -> None:
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert "error[not-found]" in err
    assert "help" in err


def test_a_network_of_the_zoo_with_a_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("resnet50.yaml", "resnet18.yaml", "resnet50.yaml:variant"):
        err = run("stats", name)[2]
        assert (
            f"the network of the zoo is called '{name.partition('.')[0]}', without a suffix" in err
        )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("vit_b_16", None),
        ("swin_t", None),
        ("resnt50", "resnet50"),
        ("inception", "bn_inception"),
    ],
)
def test_an_unknown_network_leads_to_the_list_of_all(name: str, meant: str | None) -> None:
    err = run("stats", name)[2]
    assert "'archspec zoo' lists all networks" in err
    assert ("did you mean" in err) == (meant is not None)
    assert meant is None or f"'{meant}'" in err


@pytest.mark.parametrize(
    "args",
    [
        ["stats"],
        ["stats", "resnet50", "--format", "xml"],
        ["stats", "resnet50", "--frmat", "json"],
        ["stats", "resnet50", "--depth", "-1"],
        ["stats", "lenet5", "mlp", "--expand"],
        ["stats", "lenet5", "--depth", "1", "--format", "csv"],
        ["stats", "lenet5", "--depth", "1", "--format", "json"],
        ["stats", "lenet5", "--depth", "1", "--expand"],
        ["stat", "resnet50"],
        ["draw"],
        [],
    ],
)
def test_wrong_usage(args: list[str]) -> None:
    code, _, err = run(*args)
    assert code == 2
    assert "Usage" in err


WRONG_CHOICES = ["--style foo", "--width foo", "--theme foo", "--labels foo", "--format foo"]


@pytest.mark.parametrize("choice", [*WRONG_CHOICES, "-o x.foo", "-o x.md", "--diff -o x.svg"])
def test_a_wrong_choice_for_a_figure_is_wrong_usage(
    choice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("draw", "lenet5", *choice.split())
    assert (code, out) == (2, "")
    assert err.startswith("error[bad-option]: ")
    assert " = help: " in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("args", ["--help", "stats --help", "stats lenet5", "check lenet5"])
def test_only_figures_import_figures(args: str) -> None:
    code = (
        "import sys; from archspec.cli import app\n"
        "try: app()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, *args.split()], capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 0
    assert "archspec.cli.app" in found.stderr
    assert "archspec.figures" not in found.stderr


# stats


def test_stats_in_every_form(good: str) -> None:
    code, out, err = run("stats", good)
    assert (code, err) == (0, "")
    assert "Conv2d 3×3, 8 · ReLU" in out
    rows = list(csv.DictReader(io.StringIO(run("stats", good, "--format", "csv")[1])))
    assert [row["name"] for row in rows] == ["conv", "relu"]
    assert "| --- |" in run("stats", good, "--format", "markdown")[1]
    data = json.loads(run("stats", good, "--format", "json")[1])
    assert {"name", "input", "params", "macs", "definitions"} <= data.keys()
    assert {"name", "op", "output", "params", "macs"} <= data["layers"][0].keys()


def test_several_networks_are_compared(good: str) -> None:
    assert "wide" in run("stats", good, f"{good}:wide")[1]
    assert len(json.loads(run("stats", good, f"{good}:wide", "--format", "json")[1])) == 2


def test_the_errors_of_all_networks_are_reported(good: str, bad: str) -> None:
    code, out, err = run("stats", "nothing", good, bad)
    assert (code, out) == (1, "")
    assert "nothing" in err
    assert "kernal_size" in err


def test_training_mode_and_depth() -> None:
    data = json.loads(run("stats", "googlenet", "--mode", "training", "--format", "json")[1])
    assert data["params"] == 13_004_888
    assert len(run("stats", "vgg16", "--expand")[1]) > len(run("stats", "vgg16", "--depth", "0")[1])


# The other commands


def test_show_says_where_every_layer_was_written(good: str) -> None:
    code, out, _ = run("show", good)
    assert code == 0
    assert f"{Path(good).name}:7" in out
    layer = json.loads(run("show", good, "--format", "json")[1])["layers"][0]
    assert (layer["name"], layer["line"], layer["arguments"]["out_channels"]) == ("conv", 7, 8)


def test_the_zoo_is_listed() -> None:
    rows = list(csv.DictReader(io.StringIO(run("zoo", "--format", "csv")[1])))
    assert [row["name"] for row in rows] == list(zoo_names())
    assert all(int(row["params"]) > 0 and int(row["macs"]) > 0 for row in rows)
    found = json.loads(run("zoo", "*resnet50", "--format", "json")[1])
    assert {row["name"]: row["macs"] for row in found}["resnet50"] == 4_089_184_256
    names = run("zoo", "vgg1?_bn", "--format", "csv")[1].splitlines()[1:]
    assert [name.split(",")[0] for name in names] == [
        "vgg11_bn",
        "vgg13_bn",
        "vgg16_bn",
        "vgg19_bn",
    ]


@pytest.mark.parametrize("op", registry())
def test_every_op_has_a_page(op: str) -> None:
    code, out, _ = run("ops", op)
    assert code == 0
    assert op in out
    assert "formula" in out
    assert all(argument in out for argument in registry()[op].model_fields)
    example = out.rpartition("  ")[2]
    text = f"layers:\n  {example}"
    assert "layer" in read(text, "example").data["layers"]


def test_the_ops_are_listed() -> None:
    out = run("ops")[1]
    assert all(f"\n{op} " in out for op in registry())


def test_a_code_is_explained() -> None:
    assert run("explain", "shape")[1].startswith("shape")


def test_help_and_version() -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "archspec stats resnet50" in out
    assert run("stats", "--help")[0] == 0
    assert run("--version")[1].startswith("archspec ")


# The schema


def validator() -> Any:
    jsonschema: Any = pytest.importorskip("jsonschema")
    found = json.loads(run("schema")[1])
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("file", sorted(zoo_folder().glob("*.yaml")), ids=lambda file: file.stem)
def test_the_schema_accepts_the_zoo(file: Path) -> None:
    validator().validate(read(file.read_bytes(), file.name).data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kernel_size: 3", "kernal_size: 3"),
        ("kernel_size: 3", "kernel_size: 0"),
        ("kernel_size: 3, ", ""),
        ("archspec: 1", "archspec: 2"),
        ("layers:", "layer:"),
        ("relu: ReLU", "relu: {layer: ReLU}"),
    ],
)
def test_the_schema_refuses_what_is_wrong(old: str, new: str) -> None:
    assert validator().is_valid(read(GOOD, "good").data)
    assert not validator().is_valid(read(GOOD.replace(old, new, 1), "bad").data)


def test_the_schema_knows_every_op() -> None:
    definitions = schema()["$defs"]
    for name, cls in registry().items():
        assert definitions[f"op_{name}"]["properties"].keys() >= cls.model_fields.keys()


# As a process


def test_without_a_terminal_there_is_no_colour() -> None:
    found = process("stats", "resnet18")
    assert found.returncode == 0
    assert "\x1b" not in found.stdout
    assert max(map(len, found.stdout.splitlines())) > 100, "a pipe has no width"


def test_characters_that_an_encoding_lacks_are_no_error() -> None:
    found = process("stats", "resnet18", PYTHONIOENCODING="ascii")
    assert found.returncode == 0
    assert "11,689,512" in found.stdout


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "archspec", "show", "resnet152", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""


def test_the_door_of_a_checkout() -> None:
    door = Path(__file__).parent.parent / "cli.py"
    found = subprocess.run(
        [sys.executable, str(door), "explain", "shape"], capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_more_layers_than_usual_can_be_allowed(tmp_path: Path) -> None:
    spec = tmp_path / "deep.yaml"
    spec.write_text(
        "archspec: 1\nname: deep\ninput: [2]\nlayers: {body: {op: ReLU, repeat: 150001}}\n"
    )
    refused = CliRunner().invoke(app, ["stats", str(spec)])
    assert refused.exit_code == 1
    assert "allow more with --max-layers" in refused.output
    allowed = CliRunner().invoke(app, ["stats", str(spec), "--max-layers", "200000"])
    assert allowed.exit_code == 0, allowed.output


# Completion


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "family.yaml").write_text(GOOD.replace("8}", "8, depths: [1, 2]}"))
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "deep.yml").write_text(GOOD)
    return tmp_path


def proposed(folder: Path, *words: str) -> list[str]:
    """What bash proposes for the last of some words, which it has parted at colons and ``=``."""
    code = "import sys; sys.argv = ['archspec']; from archspec.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "_ARCHSPEC_COMPLETE": "complete_bash",
            "COMP_WORDS": "\n".join(("archspec", *words)),
            "COMP_CWORD": str(len(words)),
        },
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stats fam", ["family.yaml"]),
        ("stats family.yaml", ["family.yaml", "family.yaml:wide"]),
        ("stats family.yaml :", ["wide"]),
        ("stats family.yaml : wi", ["wide"]),
        ("stats broken.yaml :", []),
        ("stats inn", ["inner/deep.yml"]),
        ("stats inner/deep.yml : w", ["wide"]),
        ("stats vgg16 fami", ["family.yaml"]),
        ("check resnet20", ["resnet200_preact", "resnet20_cifar"]),
        ("study act", ["activations"]),
        ("study fam", ["family.yaml"]),
        ("study activations --only elu_", ["elu_half", "elu_fc_maxout"]),
        ("zoo vgg11", ["vgg11", "vgg11_lrn", "vgg11_bn"]),
        ("weights insp", ["inspect"]),
        ("weights inspect a.pth resnet50_v", ["resnet50_v1"]),
        ("weights inspect a.pth resnet20_cifar --set n", ["n=3", "num_classes=10"]),
        ("draw --width a", ["a4", "a4-landscape"]),
        ("draw --style d", ["dense"]),
        ("draw --format p", ["pdf", "png"]),
        ("draw --theme d", ["dark"]),
        ("draw --bars m", ["macs"]),
        ("stats --format m", ["markdown"]),
        ("build family.yaml --set ", ["width=8", "depths=[1,2]"]),
        ("draw family.yaml : wide --set wid", ["width=16"]),
        ("draw family.yaml --set width =", ["8"]),
        ("draw resnet18 --open layer1", ["layer1", "layer1.0", "layer1.1"]),
        ("draw resnet18 --module B", ["BasicBlock"]),
        ("draw - --module B", []),
        ("draw nothing --module B", []),
        ("ops Conv2", ["Conv2d"]),
        ("explain shap", ["shape"]),
    ],
)
def test_bash_completes_what_is_begun(folder: Path, line: str, words: list[str]) -> None:
    assert sorted(proposed(folder, *line.split(" "))) == sorted(words)


def test_files_stand_before_the_zoo(folder: Path) -> None:
    found = proposed(folder, "stats", "")
    assert found[:2] == ["broken.yaml", "family.yaml"]
    assert found[2:] == list(zoo_names())
