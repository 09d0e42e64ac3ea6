"""Parameters that hold an op."""

from __future__ import annotations

import pytest

from tests.language.graphs import argument, shape
from tests.marked_specs import diagnose, net


def test_29_arguments_of_both_places() -> None:
    graph = net(
        """
        params: {pool: {op: AvgPool2d, padding: 1}, width: 5, conv: {op: Conv2d, out_channels: width}}
        layers:
          a: {op: pool, kernel_size: 3, stride: 1}
          b: {op: conv, kernel_size: 1}
        """
    )
    assert (argument(graph, "a", "padding"), argument(graph, "a", "stride")) == (1, 1)
    assert shape(graph, "b") == (5, 16, 16)


def test_29_what_it_brings_knows_the_input_of_the_site() -> None:
    graph = net(
        """
        params: {half: {op: Conv2d, out_channels: in_channels // 2, kernel_size: 1}}
        layers: [half, half]
        """
    )
    assert [node.output.channels for node in graph.layers] == [4, 2]


def test_29_an_op_parameter_of_an_op_parameter() -> None:
    text = """
        params:
          pool: {op: MaxPool2d, padding: 1}
          pool3: {op: pool, kernel_size: 3}
        layers: {a: {op: pool3, stride: 1}}
        """
    assert argument(net(text), "a", "kernel_size") == 3
    assert argument(net(text), "a", "padding") == 1


def test_29_the_text_of_a_value_sees_the_names_of_its_own_place() -> None:
    graph = net(
        """
        params: {n: 2}
        blocks:
          B: {params: {n: int, act: op}, layers: {a: {op: Conv2d, out_channels: n, kernel_size: 1}, b: {op: act}}}
        layers: {b: {op: B, n: 7, act: {op: Conv2d, out_channels: n, kernel_size: 1}}}
        """
    )
    assert [node.output.channels for node in graph.layers] == [7, 2]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "duplicate-argument",
            "params: {p: {op: MaxPool2d, padding: 1}}\n"
            "layers: [{op: p, kernel_size: 3, «padding»: 0}]",
        ),
        (
            "duplicate-argument",
            "params: {p: {op: MaxPool2d, padding: 1}, q: {op: p, «padding»: 2}}\n"
            "layers: [{op: q, kernel_size: 3}]",
        ),
        (
            "unknown-argument",
            "params: {p: ReLU}\nlayers: [{op: p, «padding»: 0}]",
        ),
        (
            "unknown-argument",
            "blocks: {B: {params: {n: 1}, layers: [{op: ReLU, repeat: n}]}}\n"
            "params: {p: B}\nlayers: [{op: p, «m»: 0}]",
        ),
        (
            "bad-argument",
            "params: {p: {op: MaxPool2d, padding: «0.5»}}\nlayers: [{op: p, kernel_size: 3}]",
        ),
    ],
)
def test_29_wrong_op_parameters(code: str, text: str) -> None:
    diagnose(text, code)
