"""Weights of others: what is read, what is refused, and which tensor goes where."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.weights import MatchReport, head, load, read

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

NET = """
archspec: 1
name: tiny
input: [3, 8, 8]
params: {width: 4, n: 1, num_classes: 10}
blocks:
  Block:
    params: {width: int}
    layers:
      conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn1: BatchNorm2d
      relu: ReLU
      conv2: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn2: BatchNorm2d
      add: {op: Add, from: [bn2, input]}
layers:
  conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
  bn1: BatchNorm2d
  relu: ReLU
  layer1: {op: Block, repeat: n, width: width}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: num_classes}
"""


def network(text: str = NET, **params: Any) -> tuple[archspec.Graph, Any]:
    graph = archspec.loads(text, **params)
    return graph, archspec.build(graph, mode="inference").eval()


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


def filled(module: Any) -> dict[str, Any]:
    """A state with numbers of its own."""
    state = module.state_dict()
    return {
        key: torch.rand_like(value) if value.is_floating_point() else value
        for key, value in state.items()
    }


def refusal(path: Path | str) -> str:
    with pytest.raises(archspec.SpecError) as caught:
        read(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "bad-weights"
    return f"{diagnostic.message} ({diagnostic.help})"


# Reading.


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "best_prec1": 91.5},
        lambda state: {"model": {f"module.{key}": state[key] for key in state}, "optimizer": {}},
        lambda state: {"model_state_dict": {f"_orig_mod.{key}": state[key] for key in state}},
        lambda state: {"state_dict": {"net": {f"module.model.{key}": state[key] for key in state}}},
        lambda state: {"anything": state},
    ],
)
def test_wrappers_are_unwrapped(wrap: Any, tmp_path: Path) -> None:
    _, module = network()
    found = read(saved(tmp_path / "a.pth", wrap(module.state_dict())))
    assert list(found) == list(module.state_dict())


class Code:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_not_run(zipped: bool, tmp_path: Path) -> None:
    content = {"state_dict": {"a": torch.ones(2)}, "x": Code(tmp_path / "mark")}
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    message = refusal(tmp_path / "a.pth")
    assert "would import posix.mkdir" in message
    assert "nothing in it was run" in message
    assert not (tmp_path / "mark").exists()


# Matching.


def loaded(
    tmp_path: Path, content: Any, graph: archspec.Graph, module: Any, **options: Any
) -> MatchReport:
    return load(module, graph, saved(tmp_path / "weights.pth", content), **options)


def test_equal_names(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    report = loaded(tmp_path, state, graph, module)
    assert {pair.how for pair in report.pairs} == {"name"}
    assert not report.missing
    assert not report.unused
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())


def test_other_names_in_the_same_order(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    names = {key.rpartition(".")[0]: None for key in state}
    numbers = {name: str(number) for number, name in enumerate(names)}
    other = {
        f"{numbers[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }
    report = loaded(tmp_path, other, graph, module)
    assert {pair.how for pair in report.pairs} == {"order"}
    assert not report.missing
    assert all(
        torch.equal(value, state[key])
        for key, value in module.state_dict().items()
        if value.is_floating_point()
    )


def test_another_network_is_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    graph, module = network()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    _, other = network(n=2)
    with pytest.raises(archspec.SpecError) as caught:
        loaded(tmp_path, filled(other), graph, module)
    assert caught.value.diagnostics[0].code == "weights-mismatch"
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_another_number_of_classes_begins_fresh(tmp_path: Path) -> None:
    graph, module = network(num_classes=7)
    _, other = network()
    with pytest.raises(archspec.SpecError):
        loaded(tmp_path, filled(other), graph, module)
    report = loaded(tmp_path, filled(other), graph, module, partial=True)
    assert set(report.missing) == {"fc.weight", "fc.bias"} == head(graph)
    assert set(report.unused) == {"fc.weight", "fc.bias"}


def test_a_shallower_network_starts_a_deeper_one(tmp_path: Path) -> None:
    graph, module = network(n=3)
    _, other = network(n=2)
    state = filled(other)
    report = loaded(tmp_path, state, graph, module, partial=True)
    assert {key.rpartition(".")[0].rpartition(".")[0] for key in report.missing} == {"layer1.2"}
    assert all(torch.equal(module.state_dict()[key], value) for key, value in state.items())
