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
    """The message says where the copies would stand, and shows the form that works."""
    found = diagnose(f"layers: {{a: {CONV}, b: {{use: «a», repeat: {repeat}}}}}", "bad-repeat")
    assert found.message == "the copies of 'b' would be layers of a scope of their own"
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
        ("unknown-layer", "layers: {a: [ReLU], b: {use: «a.1»}}"),
        ("unknown-layer", "layers: {a: [ReLU], b: {use: «c.0»}}"),
        ("unknown-layer", "layers: {a: {layers: {x: [ReLU]}}, b: {layers: [{use: «a.y»}]}}"),
        ("unknown-layer", "layers: {a: {layers: [{use: «b»}]}, b: ReLU}"),
        ("unknown-layer", "blocks: {B: {layers: [{use: «a»}]}}\nlayers: {a: ReLU, b: B}"),
        ("bad-argument", "layers: {a: ReLU, b: {op: Dropout, p: «{use: a}»}}"),
        (
            "unknown-argument",
            "blocks: {B: {layers: [ReLU]}}\nlayers: {a: ReLU, b: {op: B, «p»: {use: a}}}",
        ),
        (
            "bad-argument",
            "blocks: {B: {params: {p: op}, layers: [{op: p, «alpha»: 2}]}}\n"
            "layers: {a: ELU, b: {op: B, p: {use: a}}}",
        ),
        (
            "bad-argument",
            "blocks: {B: {params: {p: int}, layers: [{op: Dropout, p: p}]}}\n"
            "layers: {a: ELU, b: {op: B, p: «{use: a}»}}",
        ),
        ("bad-value", "layers: {a: ReLU, b: {op: ReLU, when: false, else: «{use: a}»}}"),
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


SHARED = f"""
    blocks:
      Unit: {{params: {{act: op}}, layers: {{conv: {CONV}, act: {{op: act}}}}}}
      Stage: {{params: {{act: op}}, layers: [{{op: Unit, act: act, repeat: 2}}]}}
    layers:
      act: PReLU
      stage: {{op: Stage, act: {{use: act}}}}
      tail: {{layers: {{conv: {CONV}, act: {{use: act}}, again: {{use: act}}}}}}
    """


def test_a_layer_of_an_outer_scope_has_a_key_in_each_scope() -> None:
    graph = net(SHARED)
    assert [key for key in graph.state_keys if "act" in key] == [
        "act.weight",
        "stage.0.act.weight",
        "stage.1.act.weight",
        "tail.act.weight",
    ]
    assert {n.weights for n in graph.layers if n.op_name == "PReLU"} == {None, "act"}
    assert graph.total_params == 1 + 3 * (8 * 8 + 8)


def test_paths_lead_to_layers_inside_of_scopes() -> None:
    graph = net(
        f"layers: {{a: {{layers: {{x: [{CONV}, ReLU]}}}}, b: {{use: a.x.0}}, c: {{use: b}}, "
        "d: {layers: [{use: a.x}]}, e: {use: a.x}}"
    )
    assert [(n.path, n.weights) for n in graph.layers][2:] == [
        ("b", "a.x.0"),
        ("c", "a.x.0"),
        ("d.0.0", "a.x.0"),
        ("d.0.1", "a.x.1"),
        ("e.0", "a.x.0"),
        ("e.1", "a.x.1"),
    ]
    assert graph.state_keys[::2] == ("a.x.0.weight", "b.weight", "d.0.0.weight", "e.0.weight")


def test_a_scope_that_uses_a_layer_twice_keeps_its_keys_wherever_it_stands() -> None:
    """What is one module in a scope is one in all of its uses, also in a use of a use."""
    graph = net(
        f"layers: {{a: {{layers: {{x: {CONV}, y: {{use: x}}}}}}, b: {{use: a}}, "
        "c: {layers: {d: {use: b}}}}"
    )
    assert graph.state_keys == ("a.x.weight", "a.x.bias", "c.d.x.weight", "c.d.x.bias")


def test_names_of_outer_scopes_are_templates_too() -> None:
    graph = net(
        "layers: {'a{i}': {op: PReLU, repeat: 2}, "
        "(b): {repeat: {k: 2}, layers: {'s{k}': {layers: [{use: 'a{k}'}]}}}}"
    )
    assert [node.weights for node in graph.layers] == [None, None, "a0", "a1"]


def test_a_tied_weight_counts_once_and_has_two_keys() -> None:
    graph = net(
        """
        input: [20]
        layers:
          encoder: {layers: [{op: Linear, out_features: 8}, ReLU]}
          decoder: {op: Linear, out_features: 20, weight: encoder.0}
          again: {op: Linear, out_features: 8, weight: encoder.0, bias: false}
          over: {op: Linear, out_features: 20, weight: again}
        """
    )
    ops = {node.path: (node.op_name, dict(node.tied), node.params) for node in graph.layers}
    assert ops == {
        "encoder.0": ("Linear", {}, 20 * 8 + 8),
        "encoder.1": ("ReLU", {}, 0),
        "decoder": ("LinearTranspose", {"weight": "encoder.0"}, 20),
        "again": ("Linear", {"weight": "encoder.0"}, 0),
        "over": ("LinearTranspose", {"weight": "encoder.0"}, 20),
    }
    assert len(graph.state_keys) == 7


def test_an_argument_called_weight_is_an_argument() -> None:
    text = "params: {w: true}\nlayers: {a: {op: ScalarAffine, weight: w}}"
    assert net(text).layers[0].op.arguments()["weight"] is True


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-argument", f"layers: {{a: {CONV}, b: {{op: ReLU, weight: «a»}}}}"),
        (
            "bad-argument",
            "layers: {a: ReLU, b: {op: Conv2d, out_channels: 8, kernel_size: 1, weight: «a»}}",
        ),
        (
            "bad-argument",
            f"layers: {{a: {{layers: {{x: {CONV}}}}}, "
            "b: {op: Conv2d, out_channels: 8, kernel_size: 1, weight: «a»}}",
        ),
        (
            "bad-argument",
            f"layers: {{a: {CONV}, "
            "b: {op: Conv2d, out_channels: 8, kernel_size: 1, bias: false, weight: a}, "
            "c: {op: BatchNorm2d, affine: false, weight: «a»}}",
        ),
        ("shape", f"layers: {{a: {CONV}, b: {{op: BatchNorm2d, weight: «a»}}}}"),
        (
            "unknown-layer",
            "layers: {b: {op: Conv2d, out_channels: 8, kernel_size: 1, weight: «a»}}",
        ),
        (
            "absent-layer",
            "layers: {b: {op: Conv2d, out_channels: 8, kernel_size: 1, weight: «input»}}",
        ),
        (
            "bad-value",
            "params: {a: 1}\n"
            "layers: {b: {op: Conv2d, out_channels: 8 * a, kernel_size: 1, weight: «a»}}",
        ),
        (
            "unread-layer",
            f"layers: {{a: {CONV}, b: {{op: Conv2d, from: input, out_channels: 8, kernel_size: 1, "
            "weight: a}}\noutputs: {y: b, x: {from: a, only: training}}",
        ),
    ],
)
def test_tied_wrong(code: str, text: str) -> None:
    if code == "unread-layer":
        text = text.replace("b: {op", "«b»: {op")
    diagnose(text, code)
