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


def test_from_templates() -> None:
    graph = net(
        """
        params: {last: 2}
        layers:
          trunk: ReLU
          paf0: ReLU
          heat0: {op: ReLU, from: trunk}
          (stages):
            repeat: {n: [1, 2]}
            layers:
              cat{n}: {op: Concat, from: ["paf{n - 1}", "heat{n - 1}", trunk]}
              paf{n}: {op: Conv2d, out_channels: 8, kernel_size: 1}
              heat{n}: {op: Conv2d, out_channels: 8, kernel_size: 1, from: "cat{n}"}
          out: {op: Add, from: ["paf{last}", "h*{2}"]}
        """
    )
    assert wiring(graph)["cat1"] == ("paf0", "heat0", "trunk")
    assert wiring(graph)["cat2"] == ("paf1", "heat1", "trunk")
    assert wiring(graph)["out"] == ("paf2", "heat2")


def test_from_above_with_others() -> None:
    """``.`` is what stands above: for a copy, the one before it."""
    graph = net(
        """
        layers:
          down{i}: {op: ReLU, repeat: 3}
          up{k}: {op: Add, repeat: {k: 3}, from: [., "down{2 - k}"]}
          none{k}: {op: Add, repeat: {k: 0}, from: [., "down{k}"]}
          x0: ReLU
          x{k}: {op: ReLU, repeat: {k: [1, 2]}, from: "x{k - 1}"}
        """
    )
    assert wiring(graph)["up0"] == ("down2", "down2")
    assert wiring(graph)["up1"] == ("up0", "down1")
    assert wiring(graph)["x0"] == ("up2",)
    assert wiring(graph)["x2"] == ("x1",)


def test_templates_of_use_and_else() -> None:
    graph = net(
        """
        layers:
          (first):
            repeat: 2
            layers:
              conv{i}: {op: Conv2d, out_channels: 8, kernel_size: 1}
          (again):
            repeat: 2
            layers:
              twin{i}: {use: "conv{i}"}
              act{i}: {op: ReLU, when: i > 0, else: "twin{i}"}
              same{i}: {op: Add, from: [., "twin{i}"], when: i > 0, else: .}
        """
    )
    assert graph.nodes["twin1"].weights == "conv1"
    assert wiring(graph)["twin1"] == ("twin0",)
    assert wiring(graph)["same1"] == ("act1", "twin1")


def test_templates_name_inputs_of_blocks() -> None:
    graph = net(
        """
        blocks:
          Pick:
            inputs: [x0, x1]
            params: {k: int}
            layers: {pick: {op: ReLU, from: "x{k}"}, add: {op: Add, from: [., x0]}}
        layers:
          a: ReLU
          b: {op: Pick, from: [input, a], k: 1}
        """
    )
    assert wiring(graph) == {"a": ("input",), "b.pick": ("a",), "b.add": ("b.pick", "input")}
