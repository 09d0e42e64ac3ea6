"""Options, two at a time, in every format: each has an effect, or is refused."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from archspec.cli.app import app

SPEC: Final = """\
archspec: 1
name: small
params: {width: 8}
input: [3, 16, 16]
blocks:
  Unit:
    layers:
      norm: BatchNorm2d
      relu: ReLU
      conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
layers:
  stem: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
  side: {op: AdaptiveAvgPool2d, output_size: 2}
  units: {op: Unit, from: stem, repeat: 3}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flat: {op: Flatten}
  fc: {op: Linear, out_features: 10}
outputs: {logits: fc, side: {from: side, only: training}}
"""
OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "mode": ("--mode", "training"),
    "columns": ("--columns", "macs,saved_bytes"),
    "by": ("--by", "op"),
    "sort": ("--sort", "macs"),
    "top": ("--top", "2"),
    "units": ("--units", "M"),
    "batch": ("--batch", "8"),
    "dtype": ("--dtype", "bfloat16"),
    "freeze": ("--freeze", "stem"),
    "counting": ("--counting", "fvcore"),
    "device": ("--device", "a100"),
    "memory-efficient": ("--memory-efficient",),
    "depth": ("--depth", "0"),
    "expand": ("--expand",),
    "another network": ("{other}",),
    "set": ("--set", "width=4"),
    "input": ("--input", "3x8x8"),
}
FORMATS: Final = ("table", "json", "csv")
"""Markdown, LaTeX and HTML are the table's."""
SAYS_NOTHING_NEW: Final = {("expand", "sort"), ("expand", "top")}
"""What is sorted, or cut after some rows, has a row for every layer."""


@cache
def shown(path: Path, options: frozenset[str], format: str) -> str | None:
    """What is printed, None if it is refused."""
    chosen = [word for name in OPTIONS if name in options for word in OPTIONS[name]]
    words = [word.format(other=path.with_name("other.yaml")) for word in chosen]
    found = CliRunner().invoke(app, ["stats", str(path), *words, "--format", format])
    assert found.exit_code in (0, 1, 2)
    if found.exit_code:
        assert found.output.strip()
        return None
    return found.output


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "small.yaml"
    path.write_text(SPEC)
    path.with_name("other.yaml").write_text(SPEC.replace("repeat: 3", "repeat: 2"))
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_of_two_options_none_is_ignored(small: Path, format: str) -> None:
    ignored = {
        (one, other)
        for pair in combinations(OPTIONS, 2)
        if (both := shown(small, frozenset(pair), format)) is not None
        for one, other in (pair, pair[::-1])
        if both == shown(small, frozenset({other}), format)
    }
    assert ignored <= SAYS_NOTHING_NEW


def test_every_option_has_an_effect_on_a_table(small: Path) -> None:
    plain = shown(small, frozenset(), "table")
    for name in OPTIONS:
        assert shown(small, frozenset({name}), "table") not in (plain, None), name


def test_the_longest_layers_are_data_too(small: Path) -> None:
    device = ["stats", str(small), "--device", "a100", "--format"]
    whole = json.loads(CliRunner().invoke(app, [*device, "json"]).output)
    cut = json.loads(CliRunner().invoke(app, [*device, "json", "--top", "3"]).output)
    longest = sorted(whole["layers"], key=lambda layer: -layer["seconds"])[:3]
    assert cut == {**whole, "layers": longest}
    rows = CliRunner().invoke(app, [*device, "csv", "--top", "3"]).output.splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == [layer["name"] for layer in longest]


CHARTS: Final = {
    "plot": ("vgg11",),
    "paths": ("lenet5",),
    "receptive": ("lenet5",),
    "memory": ("lenet5",),
    "sweep": ("lenet5_modern", "--set", "num_classes=2,3"),
    "diff": ("lenet5", "lenet5_modern"),
}
"""Commands that draw what they print, with what they need."""


@pytest.mark.parametrize("command", CHARTS)
def test_a_chart_has_no_format_beside_its_file(command: str, tmp_path: Path) -> None:
    output = tmp_path / "chart.svg"
    words = [command, *CHARTS[command], "-o", str(output), "--format", "json"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert "'--format'" in found.output
    assert not output.exists()


def test_nothing_is_frozen_where_nothing_is_trained() -> None:
    words = ["memory", "lenet5", "--dtype", "int8", "--freeze", "c1"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert "nothing is trained in int8" in found.output
