"""The estimate of time: each layer by its arithmetic and its traffic, clearly an estimate."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.views.roofline import ASSUMPTIONS, DEVICES, device_of, roofline
from archspec.cli.app import app
from archspec.diagnostics import SpecError


def run(*args: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["stats", *args])
    assert found.exit_code == code, found.output
    return found.output


@pytest.mark.parametrize("dtype", ["float32", "float16", "mixed"])
@pytest.mark.parametrize("device", DEVICES)
def test_each_layer_takes_the_longer_of_two_times(device: str, dtype: Any) -> None:
    found = roofline(archspec.stats("resnet50", batch=8, dtype=dtype), DEVICES[device])
    peak, bandwidth = found.device.flops[dtype], found.device.bandwidth
    view = found.stats.view(
        by="layer", columns=["flops", "elementwise", "read_bytes", "written_bytes"]
    )
    for layer, row in zip(found.layers, view.rows, strict=True):
        operations = row["flops"] + row["elementwise"]
        moved = row["read_bytes"] + row["written_bytes"]
        assert (layer.operations, layer.moved) == (operations, moved)
        assert layer.seconds == max(operations / peak, moved / bandwidth)
        assert (layer.bound == "memory") == (moved / bandwidth > operations / peak)
        if moved and layer.bound == "memory":
            assert operations / moved < found.ridge
    assert found.seconds == sum(layer.seconds for layer in found.layers)
    assert found.share("memory") + found.share("arithmetic") == pytest.approx(1)


def test_every_form_is_an_estimate_with_its_assumptions() -> None:
    text = " ".join(
        run("resnet50", "--device", "a100", "--batch", "32", "--dtype", "float16").split()
    )
    assert "on a100, estimated" in text
    assert "no measurement" in text
    assert "of the time is bound by memory" in text
    data = json.loads(run("resnet50", "--device", "a100", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(run("resnet50", "--device", "a100", "--format", "csv"))))
    assert len(ASSUMPTIONS) == 2
    for assumption in ASSUMPTIONS:
        assert assumption in text
        assert assumption in data["assumptions"]
    assert [layer["name"] for layer in data["layers"]] == [row["name"] for row in rows]
    assert data["seconds"] == sum(float(row["seconds"]) for row in rows)


def test_a_device_of_ones_own() -> None:
    device = device_of("19.5 TFLOPS, 1555 GB/s", "float32")
    assert (device.flops["float32"], device.bandwidth) == (19.5e12, 1555e9)
    assert "19.5TFLOPS,1555GB/s" in run("mlp", "--device", "19.5TFLOPS,1555GB/s")


def test_wrong_devices() -> None:
    for text in ("a1000", "", "0TFLOPS,1GB/s", "1TFLOPS", "-1TFLOPS,1GB/s", "9" * 40):
        with pytest.raises(SpecError, match="there is no device"):
            device_of(text, "float32")
    assert "is not known" in run("mlp", "--device", "v100", "--dtype", "int8", code=2)
    assert "did you mean" in run("mlp", "--device", "a10", code=2)
    for option in (["--by", "op"], ["--depth", "1"], ["--counting", "thop"], ["--units", "M"]):
        assert "has no effect" in run("mlp", "--device", "a100", *option, code=2)
    run("mlp", "lenet5", "--device", "a100", code=2)


def test_layers_that_compute_nothing_take_no_time() -> None:
    found = roofline(archspec.stats("vgg16"), DEVICES["a100"])
    (flatten,) = [layer for layer in found.layers if layer.name == "flatten"]
    assert (flatten.operations, flatten.moved, flatten.seconds) == (0, 0, 0)
