"""How figures tell layers, names and numbers."""

from __future__ import annotations

import pytest

from archspec.describe.layers import layer
from archspec.describe.values import count, span
from archspec.escaping import clean
from archspec.graph import Node
from archspec.op.tensor import TensorType
from archspec.ops import registry


def test_every_op_has_a_label() -> None:
    for name, op in registry().items():
        for example in op.examples:
            made = op(**dict(example.arguments))
            inputs = tuple(map(TensorType, example.inputs))
            output = made.infer(*inputs)
            node = Node("x", made, ("input",), inputs, output, made.cost(inputs, output))
            label = layer(node)
            assert label.title, name
            assert "None" not in f"{label.title} {label.under}", name


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["a"], "a"),
        (["layer1", "layer6"], "layer1–6"),
        (["0", "11"], "0–11"),
        (["conv9", "conv10"], "conv9–10"),
        (["left", "right"], "left … right"),
        (["a1", "b2"], "a1 … b2"),
        (["layer", "layer2"], "layer … layer2"),
    ],
)
def test_names_that_share_a_label(names: list[str], text: str) -> None:
    assert span(names) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (9_995, "10.0 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (25_557_032, "25.6 M"),
        (138_357_544, "138 M"),
        (4_089_184_256, "4.09 G"),
    ],
)
def test_three_digits_of_a_number(number: int, text: str) -> None:
    assert count(number) == text


def test_lines_of_a_text_are_parted_by_spaces() -> None:
    assert clean("one\n  two\tthree\u2028four\x1b") == "one two three four"
