"""The same module again."""

from __future__ import annotations

import pytest

from tests.language.graphs import CONV, paths, wiring
from tests.marked_specs import diagnose, net


def test_use_shares_weights() -> None:
    graph = net(
        """
        input: {left: [1, 8, 8], right: [1, 8, 8]}
        blocks: {Tower: {layers: [{op: Conv2d, out_channels: 4, kernel_size: 3}, ReLU, Flatten]}}
        layers:
          tower: {op: Tower, from: left}
          other: {use: tower, from: right}
          both: {op: Concat, from: [tower, other]}
        """
    )
    assert graph.total_params == 4 * 9 + 4
    assert graph.total_macs == 2 * 4 * 9 * 36
    assert graph.state_keys == ("tower.0.weight", "tower.0.bias")
    assert graph.nodes["other.0"].weights == "tower.0"
    assert graph.scopes["other"].weights == "tower"
    assert wiring(graph)["other.0"] == ("right",)
    assert wiring(graph)["both"] == ("tower.2", "other.2")


def test_use_again_and_in_repeats() -> None:
    graph = net(f"layers: {{a: {CONV}, b: {{use: a}}, 'c{{i}}': {{use: b, repeat: 2}}}}")
    assert [node.weights for node in graph.layers] == [None, "a", "a", "a"]
    assert wiring(graph) == {"a": ("input",), "b": ("a",), "c0": ("b",), "c1": ("c0",)}


@pytest.mark.parametrize(("repeat", "name"), [("2", "i"), ("{k: 2}", "k")])
def test_use_in_a_repeat_that_is_a_scope(repeat: str, name: str) -> None:
    """The layer stands above: the message says why it is not seen, and shows the form that works."""
    found = diagnose(f"layers: {{a: {CONV}, b: {{use: «a», repeat: {repeat}}}}}", "unknown-layer")
    assert found.message == "the copies of 'b' are layers of a scope that does not see 'a'"
    assert found.help is not None
    assert f"'b{{{name}}}': {{use: a, repeat: ...}}" in found.help
    graph = net(f"layers: {{a: {CONV}, 'b{{{name}}}': {{use: a, repeat: {repeat}}}}}")
    assert [node.weights for node in graph.layers] == [None, "a", "a"]


@pytest.mark.parametrize(
    "op",
    [
        "{op: BatchNorm2d, affine: false}",
        "{op: LayerNorm, elementwise_affine: false}",
        "{op: GroupNorm, num_groups: 1, affine: false}",
    ],
)
def test_use_of_a_module_without_weights_on_another_size(op: str) -> None:
    text = (
        f"layers: {{a: {op}, c: {{op: Conv2d, out_channels: %d, kernel_size: 1}}, b: «{{use: a}}»}}"
    )
    assert len(net((text % 8).replace("«", "").replace("»", "")).layers) == 3
    found = diagnose(text % 4, "shape")
    assert found.message == "'a' is made for an input of 8×16×16, not 4×16×16"


def test_use_on_another_size_where_the_module_does_not_mind() -> None:
    text = "{op: APL, per: channel}"
    pool = "{op: MaxPool2d, kernel_size: 2}"
    graph = net(
        f"layers: {{a: {text}, p: {pool}, b: {{use: a}}, r: ReLU, q: {pool}, s: {{use: r}}}}"
    )
    assert [node.output.shape[1] for node in graph.layers] == [16, 8, 8, 8, 4, 4]


def test_use_brings_what_edits_put_around() -> None:
    graph = net(
        f"""
        layers: {{a: {CONV}, b: {{use: a}}}}
        edits: [{{after: {{op: Conv2d}}, insert: BatchNorm2d, as: bn}}]
        """
    )
    assert paths(graph) == ["a", "a_bn", "b", "b_bn"]
    assert wiring(graph)["b"] == ("a_bn",)
    assert graph.nodes["b_bn"].weights == "a_bn"


def test_use_of_a_merge_that_leaves_out_an_operand() -> None:
    graph = net(
        """
        layers:
          a: {op: ReLU, from: input}
          b: {op: ReLU, from: input, when: false, else: none}
          c: {op: Tanh, from: input}
          add: {op: Add, from: [a, b, c]}
          again: {use: add, from: [add, a]}
        """
    )
    assert wiring(graph)["again"] == ("add", "a")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknown-layer", "layers: {a: {use: «b»}, b: ReLU}"),
        ("unknown-layer", 'layers: [ReLU, {use: «"0"»}]'),
        ("unknown-layer", "layers: {a: [ReLU], b: {use: «a.0»}}"),
        ("absent-layer", "layers: {a: {op: ReLU, when: false}, b: {use: «a»}}"),
        ("absent-layer", "layers: {a: {use: «input»}}"),
        ("arity", "layers: {a: ReLU, b: {use: a, from: «[a, input]»}}"),
        (
            "shape",
            f"layers: {{a: {CONV}, b: {{op: Conv2d, out_channels: 4, kernel_size: 1}}, "
            "c: «{use: a}»}",
        ),
        ("duplicate-layer", "layers: {a: ReLU, b: ReLU, (x): {layers: {«b»: {use: a}}}}"),
        (
            "unread-layer",
            f"layers: {{a: {CONV}, «b»: {{use: a, from: input}}}}\n"
            "outputs: {y: b, x: {from: a, only: training}}",
        ),
    ],
)
def test_use_wrong(code: str, text: str) -> None:
    diagnose(text, code)
