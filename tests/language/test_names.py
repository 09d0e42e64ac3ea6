"""What names mean at a place."""

from __future__ import annotations

import pytest

from tests.language.graphs import shape
from tests.marked_specs import diagnose, net


def test_30_only_the_taken_side_is_evaluated() -> None:
    text = "params: {n: 0}\nlayers: [{op: Conv2d, out_channels: 8 // n if n > 0 else 4, kernel_size: 1}]"
    assert shape(net(text), "0") == (4, 16, 16)
    diagnose(
        "params: {n: 0}\nlayers: [{op: Conv2d, out_channels: «8 // n», kernel_size: 1}]",
        "bad-value",
    )


def test_32_repeat_then_block_then_file() -> None:
    graph = net(
        """
        params: {width: 2, other: 3}
        blocks:
          B:
            params: {width: int}
            layers:
              - {op: Conv2d, out_channels: width, kernel_size: 1}
              - {op: Conv2d, out_channels: other, kernel_size: 1}
              - {op: Conv2d, out_channels: k, kernel_size: 1, repeat: {k: [4]}}
        layers: [{op: B, width: 5}, {op: Conv2d, out_channels: width, kernel_size: 1}]
        """
    )
    assert [node.output.channels for node in graph.layers] == [5, 3, 4, 2]


def test_32_in_channels_is_that_of_the_line() -> None:
    graph = net(
        """
        layers:
          a: {op: Conv2d, out_channels: 3, kernel_size: 1}
          b:
            from: input
            layers:
              - {op: Conv2d, out_channels: 2 * in_channels, kernel_size: 1}
              - {op: Conv2d, out_channels: 2 * in_channels, kernel_size: 1}
          c: {op: Concat, from: [a, b]}
        """
    )
    assert [node.output.channels for node in graph.layers] == [3, 16, 32, 35]


@pytest.mark.parametrize(
    "text",
    [
        "layers: {a: {layers: {b: {op: ReLU, repeat: «in_channels»}}}}",
        "blocks: {B: {layers: [{op: ReLU, repeat: «in_channels»}]}}\nlayers: [B]",
        "params: {n: «in_channels»}\nlayers: [{op: ReLU, repeat: n}]",
        "layers: {a: ReLU, b: {op: Add, from: [a, input], when: «in_channels» > 1, else: a}}",
        "blocks: {B: {inputs: [x, y], params: {n: «in_channels»}, layers: {a: {op: Concat, "
        "from: [x, y]}, b: {op: ReLU, repeat: n}}}}\nlayers: {c: {op: B, from: [input, input]}}",
    ],
)
def test_32_where_in_channels_is_not(text: str) -> None:
    diagnose(text, "unknown-name")
