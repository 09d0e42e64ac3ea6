"""The remarks of ``archspec lint``: each rule on a pair of specs, on a clean network, on the zoo."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.lint import RULES, Finding, lint
from archspec.cli import app
from archspec.diagnostics import LEVELS, REMARKS, SpecError
from archspec.diagnostics.explanations import REMARK_EXPLANATIONS, Explanation
from archspec.reports.explanations import messages, remarks_on

EACH = pytest.mark.parametrize("page", REMARK_EXPLANATIONS.values(), ids=list(REMARK_EXPLANATIONS))

CLEAN = """\
archspec: 1
input: [3, 32, 32]
blocks:
  Unit:
    params: {width: int}
    layers:
      conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn1: BatchNorm2d
      relu1: ReLU
      conv2: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn2: BatchNorm2d
      add: {op: Add, from: [bn2, input]}
      relu2: ReLU
layers:
  stem: {op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
  relu: ReLU
  unit: {op: Unit, repeat: 4, width: 32}
  pool: {op: MaxPool2d, kernel_size: 2}
  more: {op: Unit, repeat: 4, width: 32}
  avgpool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  drop: Dropout
  fc: {op: Linear, out_features: 10}
"""


def test_rules_levels_and_pages_are_those_of_the_remarks() -> None:
    assert list(RULES) == list(REMARKS) == list(LEVELS) == list(REMARK_EXPLANATIONS)
    for rule in RULES.values():
        assert re.search(r"https://\S+$", rule.reference)
        assert rule.level in ("warning", "note")


@EACH
def test_a_rule_remarks_on_the_one_spec_and_not_on_the_other(page: Explanation) -> None:
    assert [each.code for each in remarks_on(page.wrong)] == [page.code]
    assert not remarks_on(page.right)


@EACH
def test_a_page_is_a_few_sentences(page: Explanation) -> None:
    assert 2 <= len(re.findall(r"[.:;?] |\.\n", page.text)) <= 12
    assert max(map(len, page.text.splitlines())) <= 105
    result = CliRunner().invoke(app, ["explain", page.code])
    assert result.exit_code == 0
    assert messages(page, color=False) in result.stdout


@EACH
def test_a_spec_switches_a_remark_off(page: Explanation) -> None:
    quiet = f"{page.wrong}lint: {{ignore: [{page.code}]}}\n"
    assert not lint(archspec.loads(quiet)).findings
    assert lint(archspec.loads(quiet)).ignored == (page.code,)


def test_a_clean_network_has_no_remarks() -> None:
    assert not lint(archspec.loads(CLEAN)).findings


def found(name: str) -> dict[str, list[Finding]]:
    together: dict[str, list[Finding]] = {}
    for each in lint(name).findings:
        together.setdefault(each.rule.name, []).append(each)
    return together


def test_published_networks_have_the_oddities_that_are_known_of_them() -> None:
    (share,) = found("alexnet_2012")["dense-share"]
    assert share.message.startswith("fully connected layers hold 96.2 % of the 60,965,224")
    assert share.layers == ("fc6",)
    assert found("caffenet")["lrn-constants"][0].layers == ("pool1_norm", "pool2_norm")
    assert "lrn-constants" not in found("alexnet_2012")
    ceiled = found("googlenet_v1")["partial-window"]
    assert [layer for each in ceiled for layer in each.layers] == [
        f"maxpool{k}" for k in (1, 2, 3, 4)
    ]
    assert len(found("vgg16_bn")["bias-before-norm"][0].layers) == 13
    assert found("squeezenet1_0")["activation-before-softmax"][0].layers == ("classifier.2",)
    (skipped,) = found("resnet50")["stride-exceeds-kernel"]
    assert skipped.layers == tuple(f"layer{k}.0.downsample.0" for k in (2, 3, 4))
    assert skipped.message == "a 1×1 window with a stride of 2×2 reads 1 of 4 pixels"
    assert len(found("wide_resnet28_10")["norm-after-dropout"][0].layers) == 12
    assert found("densenet40_k12")["channels-of-8"][0].message.startswith("12 channels")
    assert found("vgg16")["short-field"][0].layers == ("flatten",)


def test_a_bias_that_something_else_reads_is_no_remark() -> None:
    text = """
    archspec: 1
    input: [3, 8, 8]
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      bn: BatchNorm2d
      add: {op: Add, from: [bn, conv]}
    """
    assert not lint(archspec.loads(text)).findings


def test_gates_do_not_shorten_the_field() -> None:
    for name in ("se_resnet50", "sknet50", "resnest50", "deeplabv3_resnet50"):
        assert "short-field" not in found(name)
    assert "channels-of-8" not in found("efficientnet_b0")


def test_a_variant_chooses_what_it_ignores() -> None:
    text = """
    archspec: 1
    input: [3, 8, 8]
    layers:
      conv: {op: Conv2d, out_channels: 12, kernel_size: 3, padding: 1}
      again: {op: Conv2d, out_channels: 12, kernel_size: 3, padding: 1}
    lint: {ignore: [channels-of-8]}
    variants:
      same: {name: same}
      loud: {lint: {ignore: []}}
    """
    file = Path("net.yaml")
    assert archspec.loads(text, name=str(file)).ignored == {"channels-of-8"}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "net.yaml"
    file.write_text(
        REMARK_EXPLANATIONS["bias-before-norm"].wrong
        + "variants:\n  same: {name: same}\n  quiet: {lint: {ignore: [bias-before-norm]}}\n"
    )
    return file


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(app, args)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_warning_fails_and_a_note_does_not(spec: Path) -> None:
    code, out, _ = run("lint", str(spec))
    assert code == 1
    assert "warning[bias-before-norm]" in out
    assert "net.yaml:4:3" in out
    assert out.endswith("1 warning in 1 file\n")
    assert run("lint", f"{spec}:quiet") == (0, "no remarks\n", "")
    assert run("lint", f"{spec}:same")[0] == 1
    assert run("lint", "resnet50")[0] == 0


def test_check_runs_both(spec: Path) -> None:
    assert run("check", str(spec))[0] == 0
    code, out, err = run("check", str(spec), "--lint")
    assert code == 1
    assert out == f"ok  {spec}  3 networks\n"
    assert err.count("warning[bias-before-norm]") == 1  # of two networks of one text
    assert run("check", "resnet50", "--lint")[0] == 0
    remarks = json.loads(run("check", str(spec), "--lint", "--format", "json")[1])
    assert [(each["code"], each["level"], each["line"]) for each in remarks] == [
        ("bias-before-norm", "warning", 4)
    ]
    assert run("check", str(spec), "--lint", "--format", "github")[1].startswith("::warning file=")


def test_all_formats_have_all_remarks(spec: Path) -> None:
    data = json.loads(run("lint", str(spec), "--format", "json")[1])
    (remark,) = data[0]["remarks"]
    assert (remark["remark"], remark["layers"], remark["line"]) == ("bias-before-norm", ["conv"], 4)
    header, *rows = run("lint", "vgg16_bn", "--format", "csv")[1].splitlines()
    assert header == "network,remark,level,layer,message,help,reference"
    assert sum("bias-before-norm" in row for row in rows) == 13
    table = run("lint", "alexnet", "resnet50", "--format", "table")[1]
    assert "stride-exceeds-kernel" in table
    assert "network" in table
    assert "| --- |" in run("lint", "alexnet", "--format", "markdown")[1]
    assert str(archspec.lint("alexnet")).startswith("alexnet: 2 remarks")


@pytest.mark.parametrize(
    ("written", "message", "help"),
    [
        (
            "{ignore: [dens-share]}",
            "there is no remark 'dens-share'",
            "did you mean 'dense-share'?",
        ),
        ("{ignore: [3]}", "there is no remark 3", "the remarks are bias-before-norm"),
        ("{ignore: dense-share}", "'ignore' must be a list [...], not text", ""),
        ("{ignored: []}", "unknown key 'ignored'", "did you mean 'ignore'?"),
        ("[dense-share]", "'lint' must be a mapping, not a list", ""),
    ],
)
def test_what_cannot_be_ignored_is_said(written: str, message: str, help: str) -> None:
    text = f"archspec: 1\ninput: [3, 8, 8]\nlayers: [ReLU]\nlint: {written}\n"
    with pytest.raises(SpecError) as caught:
        archspec.loads(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == message
    assert (diagnostic.help or "").startswith(help)
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3
