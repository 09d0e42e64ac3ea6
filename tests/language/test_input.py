"""Inputs of a network."""

from __future__ import annotations

import pytest

from tests.language.graphs import shape
from tests.marked_specs import diagnose, net


def test_5_inputs() -> None:
    assert shape(net("input: [8]\nlayers: [ReLU]"), "input") == (8,)
    graph = net("params: {side: 4}\ninput: [3, 2 * side, side]\nlayers: [ReLU]")
    assert shape(graph, "input") == (3, 8, 4)
    graph = net(
        """
        input: {left: [1, 8, 8], right: [2, 8, 8]}
        layers: {both: {op: Concat, from: [left, right]}}
        """
    )
    assert [node.path for node in graph.inputs] == ["left", "right"]
    assert shape(graph, "both") == (3, 8, 8)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-value", "input: «[1, 3, 8, 8, 8]»"),
        ("bad-value", "input: «[]»"),
        ("bad-value", "input: «{}»"),
        ("bad-value", "input: [«0», 8, 8]"),
        ("bad-value", "input: [«-3», 8, 8]"),
        ("bad-value", "input: [«1000001», 8, 8]"),
        ("wrong-type", "input: [«3.5», 8, 8]"),
        ("bad-value", "input: [«7 / 2», 8, 8]"),
        ("unknown-name", "input: [«side», 8, 8]"),
        ("wrong-type", "input: «3»"),
        ("bad-name", "input: {«none»: [8]}"),
        ("bad-name", "input: {«a-b»: [8]}"),
        ("bad-name", "input: {«forward»: [8]}"),
    ],
)
def test_5_wrong_inputs(code: str, text: str) -> None:
    diagnose(f"{text}\nlayers: [ReLU]", code)


def test_5_the_named_inputs_are_no_input() -> None:
    text = "input: {left: [8]}\nlayers: {a: {op: ReLU, from: «input»}}"
    assert diagnose(text, "unknown-layer").help == "the inputs here are left"


def test_5_an_input_has_up_to_three_sides() -> None:
    graph = net(
        """
        input: {sound: [2, 100], clip: [3, 4, 8, 8]}
        layers:
          all: {op: AvgPool1d, kernel_size: in_length, from: sound}
          frames: {op: AvgPool3d, kernel_size: "[in_depth, 1, in_width]", from: clip}
        outputs: {all: all, frames: frames}
        """
    )
    assert (shape(graph, "all"), shape(graph, "frames")) == ((2, 1), (3, 1, 8, 1))
    text = "input: [2, 100]\nlayers: [{op: AvgPool1d, kernel_size: «in_height»}]"
    diagnose(text, "unknown-name")


def test_5_a_batch_is_noticed() -> None:
    text = "input: [1, 3, 8, 8]\nlayers: [{op: «Conv2d», out_channels: 8, kernel_size: 3}]"
    help = "a shape has no batch: [3, 8, 8]; Conv3d reads (channels, depth, height, width)"
    assert diagnose(text, "shape").help == help
