"""Other tools' numbers: what was measured, and what the tools print here."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.views.counting import COUNTINGS, counting_of
from archspec.cli.app import app
from archspec.diagnostics import SpecError

NETWORKS = ("alexnet", "vgg16", "googlenet", "resnet50", "densenet121")
MACS = (714_188_480, 15_470_264_320, 1_498_376_192, 4_089_184_256, 2_834_161_664)
MEASURED = {
    "torch": (1, (0, 0, 0, 0, 0)),
    "calflops": (1, (1_364_224, 33_249_792, 12_604_368, 32_739_840, 48_557_824)),
    "torchinfo": (0, (494_184, 13_556_712, 15_560, 54_120, 84_648)),
    "fvcore": (0, (9_216, 25_088, 6_502_496, 22_328_320, 31_385_088)),
    "thop": (0, (18_432, 50_176, 12_955_840, 44_558_336, 62_845_440)),
    "ptflops": (0, (2_252_648, 52_961_256, 15_531_256, 43_252_712, 65_681_384)),
}
"""What they print of torchvision's networks: so many times 2, and what is beside the MACs."""


@pytest.mark.parametrize("tool", MEASURED)
@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_are_those_that_were_measured(tool: str, name: str) -> None:
    twice, extras = MEASURED[tool]
    k = NETWORKS.index(name)
    assert counting_of(tool).count(archspec.stats(name)) == (1 + twice) * MACS[k] + extras[k]


def printed(tool: str, module: Any, x: Any) -> int:
    """What a tool that is installed prints of a module."""
    if tool == "torch":
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            module(x)
        return int(counter.get_total_flops())
    if tool == "torchinfo":
        torchinfo = pytest.importorskip("torchinfo")
        return int(torchinfo.summary(module, input_data=x, verbose=0).total_mult_adds)
    if tool == "fvcore":
        fvcore = pytest.importorskip("fvcore.nn")
        counted = fvcore.FlopCountAnalysis(module, x)
        return int(counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())
    if tool == "thop":
        thop = pytest.importorskip("thop")
        return int(thop.profile(module, inputs=(x,), verbose=False)[0])
    ptflops = pytest.importorskip("ptflops")
    options = {"as_strings": False, "print_per_layer_stat": False, "backend": "pytorch"}
    return int(ptflops.get_model_complexity_info(module, tuple(x.shape[1:]), **options)[0])


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tool", ["torch", "torchinfo", "fvcore", "thop", "ptflops"])
@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_are_those_that_the_tools_print(tool: str, name: str) -> None:
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("torchvision.models")
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    module = getattr(models, name)(weights=None, **options).eval()
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        found = printed(tool, module, torch.rand(1, 3, 224, 224))
    assert counting_of(tool).count(archspec.stats(name)) == found


def test_keras_counts_moving_statistics_among_the_parameters() -> None:
    assert counting_of("keras").count(archspec.stats("resnet50")) == 25_557_032 + 53_120
    assert counting_of("keras").count(archspec.stats("vgg16", batch=8)) == 138_357_544


def test_a_batch_multiplies_operations() -> None:
    for tool in set(COUNTINGS) - {"keras", "torchinfo"}:
        one, eight = (counting_of(tool).count(archspec.stats("alexnet", batch=b)) for b in (1, 8))
        assert eight == 8 * one


def run(*args: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["stats", *args])
    assert found.exit_code == code, found.output
    return found.output


@pytest.mark.parametrize("tool", COUNTINGS)
def test_every_form_says_why(tool: str) -> None:
    text = " ".join(run("alexnet", "googlenet", "--counting", tool).split())
    assert COUNTINGS[tool].why in text
    data = json.loads(run("alexnet", "--counting", tool, "--format", "json"))
    assert data[0]["number"] == COUNTINGS[tool].count(archspec.stats("alexnet"))
    assert f"{data[0]['number']}" in run("alexnet", "--counting", tool, "--format", "csv")
    assert f"{data[0]['number']:,}" in text


def test_options_without_effect() -> None:
    for option in (["--by", "op"], ["--depth", "1"], ["--freeze", "*"], ["--memory-efficient"]):
        assert "has no effect" in run("alexnet", "--counting", "thop", *option, code=2)
    run("alexnet", "--counting", "tensorflow", code=2)
    with pytest.raises(SpecError, match="nothing is known"):
        counting_of("tensorflow")
