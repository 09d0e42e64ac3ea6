"""What a layer reads: from, globs, the item above."""

from __future__ import annotations

import pytest

from tests.language.graphs import paths, wiring
from tests.marked_specs import diagnose, net


def test_17_names_lists_and_globs() -> None:
    graph = net(
        """
        layers:
          branch1: {op: ReLU, from: input}
          side: {op: Tanh, from: input}
          branch2: {op: ReLU, from: [input]}
          cat: {op: Concat, from: "branch*"}
          all: {op: Concat, from: [side, "*"]}
        """
    )
    assert wiring(graph)["cat"] == ("branch1", "branch2")
    assert wiring(graph)["all"] == ("side", "branch1", "side", "branch2", "cat")


def test_17_groups_are_transparent() -> None:
    graph = net(
        """
        layers:
          a: ReLU
          (one): {layers: {b: {op: Tanh, from: input}}}
          (two): {from: a, layers: {c: ReLU, d: {op: Add, from: [a, b, c]}}}
        """
    )
    assert wiring(graph)["c"] == ("a",)
    assert wiring(graph)["d"] == ("a", "b", "c")


def test_17_the_same_layer_twice() -> None:
    assert wiring(net("layers: {a: {op: Add, from: [input, input]}}"))["a"] == ("input", "input")


def test_17_the_default_is_the_item_above() -> None:
    graph = net("layers: {a: {layers: {b: ReLU, c: ReLU}}, d: ReLU}")
    assert wiring(graph) == {"a.b": ("input",), "a.c": ("a.b",), "d": ("a.c",)}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknown-layer", "layers: {a: {op: ReLU, from: «b»}, b: ReLU}"),
        ("unknown-layer", "layers: {a: {op: ReLU, from: «a»}}"),
        ("unknown-layer", "layers: {a: {layers: {b: ReLU}}, c: {op: ReLU, from: «b»}}"),
        ("unknown-layer", "layers: {a: {layers: {b: ReLU}}, c: {op: ReLU, from: «a.b»}}"),
        ("unknown-layer", "layers: {a: ReLU, b: {layers: {c: {op: ReLU, from: «a»}}}}"),
        ("unknown-layer", 'layers: [ReLU, {op: ReLU, from: «"0"»}]'),
        ("unknown-layer", 'layers: {a: {op: Concat, from: «"b*"»}}'),
        ("missing-input", "layers: {a: {op: ReLU, from: «[]»}}"),
        (
            "unknown-layer",
            "blocks: {B: {layers: {b: {op: ReLU, from: «a»}}}}\nlayers: {a: ReLU, c: B}",
        ),
        (
            "unknown-layer",
            "blocks: {B: {inputs: [x], layers: {b: {op: ReLU, from: «input»}}}}\nlayers: {c: B}",
        ),
        ("missing-input", "input: {a: [8], b: [8]}\nlayers: {«c»: ReLU}"),
        (
            "missing-input",
            "blocks: {B: {inputs: [x, y], layers: {«b»: ReLU, c: {op: Add, from: [b, x, y]}}}}\n"
            "layers: {c: {op: B, from: [input, input]}}",
        ),
        ("arity", "layers: {a: ReLU, b: {op: Tanh, from: «[a, input]»}}"),
        ("arity", "layers: {a: ReLU, b: {layers: [Tanh], from: «[a, input]»}}"),
        ("arity", "layers: {a: ReLU, (b): {layers: {c: Tanh}, from: «[a, input]»}}"),
        (
            "arity",
            "blocks: {B: {layers: [ReLU]}}\nlayers: {a: ReLU, b: {op: B, from: «[a, input]»}}",
        ),
    ],
)
def test_17_wrong_readers(code: str, text: str) -> None:
    diagnose(text, code)


def test_17_what_the_mistake_suggests() -> None:
    def help(text: str) -> str | None:
        return diagnose(text, "unknown-layer").help

    assert help("layers: {conv1: ReLU, b: {op: ReLU, from: «conv2»}}") == "did you mean 'conv1'?"
    assert "lists" in "lists " + str(help('layers: [ReLU, {op: ReLU, from: «"0"»}]'))
    assert "inside" in str(help("layers: {a: [ReLU], b: {op: ReLU, from: «a.0»}}"))


def test_17_after_an_output_from_is_required() -> None:
    layers = "layers: {a: ReLU, b: {op: Tanh, from: input}, %s}\noutputs: {x: c, y: b}"
    diagnose(layers % "«c»: ReLU", "missing-input")
    assert wiring(net(layers % "c: {op: ReLU, from: a}"))["c"] == ("a",)
    diagnose(layers % "(g): {layers: {«c»: ReLU}}", "missing-input")
    diagnose(layers % "«c»: [ReLU]", "missing-input")
    assert paths(net(layers % "(g): {from: a, layers: {c: ReLU}}"))[-1] == "c"


def test_17_an_output_inside_of_its_scope_is_the_item_above() -> None:
    graph = net(
        "layers: {a: {layers: {b: ReLU, c: Tanh}}, c: {op: ReLU, from: a}}\noutputs: {x: c}"
    )
    assert wiring(graph)["a.c"] == ("a.b",)
