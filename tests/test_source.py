"""The printed source: what it looks like, and that it computes what the graph says."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import archspec
from archspec.backends.torch.source import HASH, fingerprint, network_name
from archspec.graph import Graph
from archspec.workspace.locate import zoo_names
from tests.networks import specs

GOLDEN = Path(__file__).parent / "golden"
LONGEST = {"resnet50": 90, "densenet121": 95, "googlenet": 140, "vgg16": 70, "alexnet": 65}


@pytest.mark.parametrize("name", LONGEST)
def test_the_families_are_printed_as_approved(name: str, golden: Any) -> None:
    text = archspec.source(archspec.load(name))
    golden(GOLDEN / f"{name}.py", text)
    assert len(text.splitlines()) <= LONGEST[name]


def test_the_sources_of_the_zoo_stand_alone_and_are_formatted(tmp_path: Path) -> None:
    for name in zoo_names():
        path = tmp_path / f"{name}.py"
        path.write_text(archspec.source(archspec.load(name)))
        tree = ast.parse(path.read_text())
        modules = [
            node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        packages = {module.partition(".")[0] for module in modules}
        assert packages - sys.stdlib_module_names <= {"torch"}
    assert_clean(tmp_path)


def assert_clean(path: Path) -> None:
    """``ruff format --check`` and ``ruff check`` of a file or folder, with their default rules."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    for command in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", str(path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_two_runs_print_the_same() -> None:
    first, second = (archspec.source(archspec.load("googlenet")) for _ in range(2))
    assert first == second


def test_the_header_shows_whether_the_text_was_edited() -> None:
    text = archspec.source(archspec.load("alexnet"))
    written = HASH.search(text)
    assert written is not None
    assert written[1] == fingerprint(text)
    assert written[1] != fingerprint(text + "# mine\n")


HOSTILE = """
archspec: 1
name: hostile
description: "a \\"\\"\\" quote, a backslash \\\\ and {braces} -- and more"
cite: "https://example.org/\\"\\"\\"\\nimport os"
input: [3, 8, 8]
layers: {conv: {op: Conv2d, out_channels: 4, kernel_size: 3}}
"""


def test_no_text_of_a_spec_gets_out_of_the_docstring() -> None:
    tree = ast.parse(archspec.source(archspec.loads(HOSTILE)))
    assert not [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and node.names[0].name == "os"
    ]
    docstring = ast.get_docstring(tree)
    assert docstring is not None
    assert "import os" in docstring


SHARED = """
archspec: 1
name: siamese
input: {left: [1, 28, 28], right: [1, 28, 28]}
blocks:
  Tower:
    layers:
      conv: {op: Conv2d, out_channels: 20, kernel_size: 5}
      relu: ReLU
      pool: {op: AdaptiveAvgPool2d, output_size: 1}
      flatten: Flatten
layers:
  tower: {op: Tower, from: left}
  other: {use: tower, from: right}
  both: {op: Concat, from: [tower, other]}
  out: {op: Linear, out_features: 1}
"""


def test_a_shared_module_is_made_once_and_called_twice() -> None:
    text = archspec.source(archspec.loads(SHARED))
    assert text.count("self.tower = Tower()") == 1
    assert "self.tower(left)" in text
    assert "self.tower(right)" in text


def spec(layers: str, top: str = "") -> Graph:
    return archspec.loads(f"archspec: 1\nname: net\ninput: [8, 16, 16]\n{top}\nlayers:\n{layers}")


def test_an_activation_is_in_place_only_where_nobody_else_reads() -> None:
    text = archspec.source(
        spec(
            "  conv: {op: Conv2d, out_channels: 8, kernel_size: 1}\n"
            "  relu: ReLU\n"
            "  gate: {op: Sigmoid, from: conv}\n"
            "  gated: ReLU\n"
            "  add: {op: Add, from: [relu, gated]}\n"
            "  last: ReLU\n"
        )
    )
    assert "self.relu = nn.ReLU()\n" in text  # conv is read by gate, too
    assert "self.gated = nn.ReLU()\n" in text  # Sigmoid's backward pass reads its output
    assert "self.last = nn.ReLU(inplace=True)\n" in text


def test_the_input_is_never_overwritten() -> None:
    assert "inplace" not in archspec.source(spec("  relu: ReLU\n"))
    assert "inplace" not in archspec.source(spec("  drop: Dropout\n  relu: ReLU\n"))


def test_evenly_growing_channels_become_a_loop() -> None:
    text = archspec.source(archspec.load("densenet121"))
    assert 'self.add_module(f"denselayer{i + 1}", DenseLayer(in_channels + 32 * i))' in text


def test_a_block_with_and_without_projection_is_one_class() -> None:
    text = archspec.source(archspec.load("resnet50"))
    assert text.count("class Bottleneck") == 1
    assert "downsample: bool = False" in text


def test_a_size_that_nothing_follows_from_stays_a_parameter() -> None:
    assert "num_classes: int = 10" in archspec.source(archspec.load("resnet50", num_classes=10))
    head = "  flatten: Flatten\n  fc: {op: Linear, out_features: n}\n"
    assert "n: int = 7" in archspec.source(spec(head, "params: {n: 7}"))
    more = head + "  relu: ReLU\n  more: {op: Linear, out_features: 2}\n"
    assert "n: int" not in archspec.source(spec(more, "params: {n: 7}"))


@pytest.mark.torch
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_random_networks_are_formatted_and_compute_what_their_graph_says(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    pytest.importorskip("torch")
    from archspec.backends.torch.verify import verify_source

    graph = archspec.loads(text)
    path = tmp_path_factory.mktemp("source") / "network.py"
    path.write_text(archspec.source(graph))
    assert_clean(path)
    verify_source(graph, path.read_text(), mode="training")


@pytest.mark.torch
def test_the_class_has_the_name_of_the_network() -> None:
    pytest.importorskip("torch")
    names = {"densenet121": "DenseNet121", "googlenet": "GoogLeNet", "vgg16_bn": "VGG16BN"}
    for name, expected in names.items():
        assert network_name(archspec.load(name)) == expected


def test_deep_networks_are_printed_short_and_fast() -> None:
    text = archspec.source(
        spec(
            "  body:\n    repeat: 3000\n    layers:\n"
            "      conv: {op: Conv2d, out_channels: 8, kernel_size: 1}\n      relu: ReLU\n"
        )
    )
    assert "*[BodyPart() for _ in range(3000)]" in text
    assert len(text.splitlines()) < 30


@pytest.mark.torch
def test_names_of_a_spec_do_not_hide_those_of_the_source() -> None:
    torch = pytest.importorskip("torch")
    graph = archspec.loads(
        """
archspec: 1
name: nn
input: [3, 8, 8]
params: {torch: 4}
blocks:
  Tensor:
    params: {nn: int, range: 1}
    layers:
      torch: {op: Conv2d, out_channels: nn, kernel_size: range}
      super: {op: Sigmoid, from: input}
      x: {op: Concat, from: [super, torch]}
layers:
  x: {op: Tensor, nn: 4}
  nn: {op: Tensor, nn: 4}
  super: {op: Tensor, nn: 6}
  self: {op: Conv2d, out_channels: torch, kernel_size: 1, from: nn}
  last: {op: Conv2d, out_channels: torch, kernel_size: 1, from: super}
  flat: {op: Flatten, from: self}
outputs: {self: last, Outputs: flat}
"""
    )
    outputs = archspec.build(graph)(torch.randn(2, 3, 8, 8))
    assert [tuple(output.shape) for output in outputs] == [(2, 4, 8, 8), (2, 256)]


@pytest.mark.torch
def test_a_rule_for_initial_weights_means_the_layers_of_its_op_and_no_other() -> None:
    torch = pytest.importorskip("torch")
    layers = (
        "  wide: {op: DepthwiseConv2d, kernel_size: 3, bias: false}\n"
        "  point: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
    )
    both = archspec.build(spec(layers, "init: [{op: Conv2d, weight: 0, bias: 1}]"))
    state = both.state_dict()
    assert all(float(state[key].abs().max()) == 0 for key in ("wide.weight", "point.weight"))
    assert torch.equal(state["point.bias"], torch.ones(4))
    one = archspec.build(spec(layers, "init: [{op: DepthwiseConv2d, weight: 0}]")).state_dict()
    assert float(one["wide.weight"].abs().max()) == 0
    assert float(one["point.weight"].abs().max()) > 0
    named = archspec.build(
        spec(layers, "init: [{op: Conv2d, weight: 1}, {path: point, weight: 0}]")
    )
    assert float(named.state_dict()["point.weight"].abs().max()) == 0
    assert float(named.state_dict()["wide.weight"].min()) == 1
