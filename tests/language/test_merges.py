"""Paths of layers, and merges."""

from __future__ import annotations

import pytest

from tests.language.graphs import CONV, shape, wiring
from tests.marked_specs import diagnose, net


def test_34_paths_are_the_keys_of_the_state() -> None:
    graph = net(
        "layers: {a: {layers: [{op: Conv2d, out_channels: 2, kernel_size: 1}, BatchNorm2d]}}"
    )
    assert graph.state_keys == (
        "a.0.weight", "a.0.bias", "a.1.weight", "a.1.bias",
        "a.1.running_mean", "a.1.running_var", "a.1.num_batches_tracked",
    )  # fmt: skip


def test_35_merges() -> None:
    graph = net(
        """
        layers:
          a: {op: Conv2d, out_channels: 4, kernel_size: 1}
          b: {op: Conv2d, out_channels: 4, kernel_size: 1, from: input}
          add: {op: Add, from: [b, a, b]}
          cat: {op: Concat, from: [add, a]}
          pool: {op: AdaptiveAvgPool2d, output_size: 1}
          gate: {op: Multiply, from: [pool, cat]}
        """
    )
    assert wiring(graph)["add"] == ("b", "a", "b")
    assert shape(graph, "cat") == (8, 16, 16)
    assert shape(graph, "gate") == (8, 16, 16)
    graph = net("input: [8]\nlayers: {a: ReLU, b: {op: Concat, from: [a, input]}}")
    assert shape(graph, "b") == (16,)


def test_35_one_operand_passes() -> None:
    text = """
        layers:
          a: {op: ReLU, from: input}
          b1: {op: ReLU, from: input, when: false, else: none}
          cat: {op: Concat, from: %s}
          c: ReLU
        """
    graph = net(text % "[a, b1]")
    assert wiring(graph) == {"a": ("input",), "c": ("a",)}
    graph = net("layers: {b: ReLU, cat: {op: Concat, from: 'b*'}, c: ReLU}")
    assert wiring(graph)["c"] == ("b",)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("arity", "layers: [«Add»]"),
        ("arity", "layers: {a: {op: Concat, from: «input»}}"),
        ("arity", "layers: {a: {op: Concat, from: «[input]»}}"),
        (
            "absent-layer",
            "layers: {a: {op: ReLU, when: false, else: none}, «b»: {op: Add, from: [a, a]}}",
        ),
        (
            "shape",
            f"layers: {{a: {CONV}, b: {{op: MaxPool2d, kernel_size: 2}}, "
            "c: {op: Add, from: «[a, b]»}}",
        ),
        (
            "shape",
            "layers: {a: {op: Conv2d, out_channels: 4, kernel_size: 1}, "
            "c: {op: Add, from: «[a, input]»}}",
        ),
        (
            "shape",
            "layers: {a: {op: MaxPool2d, kernel_size: 2}, c: {op: Concat, from: «[a, input]»}}",
        ),
        (
            "shape",
            "layers: {a: {op: MaxPool2d, kernel_size: 2}, c: {op: Multiply, from: «[a, input]»}}",
        ),
    ],
)
def test_35_wrong_merges(code: str, text: str) -> None:
    diagnose(text, code)
