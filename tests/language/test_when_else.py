"""Layers that exist on a condition, and what stands for absent ones."""

from __future__ import annotations

import pytest

from tests.language.graphs import argument, paths, shape, wiring
from tests.marked_specs import diagnose, diagnostics, net


def test_18_when_is_asked_for_each_copy() -> None:
    graph = net("layers: [{op: ReLU, repeat: 4, when: i % 2 == 0}]")
    assert paths(graph) == ["0", "1"]
    graph = net("layers: {'a{i}': {op: ReLU, repeat: 4, when: i % 2 == 0}}")
    assert paths(graph) == ["a0", "a2"]
    graph = net("layers: {a: {op: ReLU, repeat: 4, when: i % 2 == 1}}")
    assert paths(graph) == ["a.0", "a.1"]


def test_18_when_sees_the_input() -> None:
    text = "params: {n: 8}\nlayers: {a: {op: ReLU, when: in_channels == n}, b: Tanh}"
    assert paths(net(text)) == ["a", "b"]
    assert paths(net(text, n=3)) == ["b"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-value", "layers: [{op: ReLU, when: «1 + 1»}]"),
        ("bad-value", "params: {n: 2}\nlayers: [{op: ReLU, when: «n»}]"),
        ("unknown-name", "layers: [{op: ReLU, when: «n» > 1}]"),
        ("bad-expression", "layers: [{op: ReLU, when: 1 «=» 1}]"),
    ],
)
def test_18_no_truth_values(code: str, text: str) -> None:
    diagnose(text, code)


def test_21_without_else_the_input_goes_on() -> None:
    graph = net("layers: {a: {op: ReLU, when: false}, b: Tanh, c: {op: Add, from: [a, b]}}")
    assert wiring(graph) == {"b": ("input",), "c": ("input", "b")}
    graph = net("layers: {x: ReLU, a: {op: Tanh, from: input, when: false}, b: ReLU}\n"
                "outputs: {o: x, p: b}".replace("x: ReLU, a", "x: {op: ReLU}, a"))  # fmt: skip
    assert wiring(graph)["b"] == ("input",)


def test_21_else_a_layer() -> None:
    graph = net(
        """
        layers:
          a: ReLU
          b: {op: Tanh, from: a, when: false, else: input}
          c: {op: Add, from: [a, b]}
          d: {op: Concat, from: [c, b]}
        """
    )
    assert wiring(graph)["c"] == ("a", "input")
    assert wiring(graph)["d"] == ("c", "input")


def test_21_else_none() -> None:
    graph = net(
        """
        layers:
          a: {op: ReLU, from: input}
          b: {op: Tanh, from: input, when: false, else: none}
          c: {op: Sigmoid, from: input}
          cat: {op: Concat, from: [a, b, c]}
        """
    )
    assert wiring(graph)["cat"] == ("a", "c")
    assert shape(graph, "cat") == (16, 16, 16)


def test_21_else_an_op() -> None:
    text = (
        "layers: {{a: ReLU, b: {{op: Tanh, when: false, else: {}}}, c: {{op: Add, from: [a, b]}}}}"
    )
    graph = net(text.format("Sigmoid"))
    assert (graph.nodes["b"].op_name, wiring(graph)["b"]) == ("Sigmoid", ("a",))
    graph = net(text.format("{op: ELU, alpha: 0.5}"))
    assert argument(graph, "b", "alpha") == 0.5
    graph = net("blocks: {B: {layers: [ReLU]}}\n" + text.format("B"))
    assert paths(graph) == ["a", "b.0", "c"]
    graph = net("params: {act: ReLU}\n" + text.format("{op: act}"))
    assert graph.nodes["b"].op_name == "ReLU"


def test_21_else_of_a_list_item_takes_the_number() -> None:
    graph = net("layers: [{op: ReLU, when: false, else: Tanh}, {op: ReLU, when: false}, ReLU]")
    assert [(node.path, node.op_name) for node in graph.layers] == [("0", "Tanh"), ("1", "ReLU")]


def test_21_else_of_absent_layers_leads_on() -> None:
    graph = net(
        """
        layers:
          a: ReLU
          b: {op: Tanh, from: input, when: false}
          c: {op: Tanh, from: a, when: false, else: b}
          d: {op: Add, from: [a, c]}
        """
    )
    assert wiring(graph)["d"] == ("a", "input")


def test_21_an_absent_merge() -> None:
    text = """
        params: {residual: true}
        layers:
          a: ReLU
          add: {op: Add, from: [a, input], when: residual, else: a}
          b: Tanh
        """
    assert wiring(net(text))["b"] == ("add",)
    assert wiring(net(text, residual=False))["b"] == ("a",)


def test_21_both_sides_of_a_choice_are_read() -> None:
    diagnose("layers: {a: {op: ReLU, when: true, else: «b»}}", "unknown-layer")
    diagnose("layers: {a: {op: ReLU, when: true, else: «Foo»}}", "unknown-op")
    diagnose("layers: {a: {op: ReLU, when: true, else: {op: ELU, «beta»: 1}}}", "unknown-argument")
    diagnose("layers: {a: {op: ELU, «beta»: 1, when: false}, b: ReLU}", "unknown-argument")
    diagnose(
        "layers: [{op: Conv2d, out_channels: 1 if true else «x», kernel_size: 1}]", "unknown-name"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        # absent, and nothing says what stands for it
        (
            "absent-layer",
            "layers: {a: {op: ReLU, from: input}, b: {op: ReLU, from: input, when: false}, "
            "cat: {op: Concat, from: [a, «b»]}}",
        ),
        (
            "absent-layer",
            "layers: {b1: ReLU, b2: {op: ReLU, from: input, when: false}, "
            'cat: {op: Concat, from: «"b*"»}}',
        ),
        (
            "absent-layer",
            "layers: {a: Sigmoid, b: {op: Tanh, when: false}, c: {op: Multiply, from: [input, «b»]}}",
        ),
        (
            "absent-layer",
            "layers: {a: ReLU, «b»: {op: Add, from: [a, input], when: false}, c: ReLU}",
        ),
        # none stands only where something may be left out
        ("absent-layer", "layers: {a: {op: ReLU, when: false, else: none}, «b»: ReLU}"),
        (
            "absent-layer",
            "layers: {a: {op: ReLU, when: false, else: none}, b: {op: ReLU, from: «a»}}",
        ),
        ("absent-layer", "layers: {b: {layers: {«a»: {op: ReLU, when: false, else: none}}}}"),
        (
            "absent-layer",
            "layers: {a: {op: ReLU, when: false, else: none}, «b»: {op: Concat, from: [a, a]}}",
        ),
        # else without when, and what cannot stand for a layer
        ("absent-layer", "layers: {a: {op: ReLU, «else»: none}}"),
        ("absent-layer", "layers: {a: {layers: [ReLU], «else»: input}}"),
        ("absent-layer", "layers: {a: ReLU, b: {use: a, «else»: a}}"),
        ("unknown-layer", "layers: {a: {op: ReLU, when: false, else: «b»}}"),
        ("unknown-layer", "params: {act: ReLU}\nlayers: {a: {op: act, when: false, else: «act»}}"),
        ("bad-value", 'layers: {b: ReLU, a: {op: ReLU, when: false, else: «"*"»}}'),
        ("bad-value", "layers: {a: {op: ReLU, when: false, else: «3»}}"),
        ("bad-value", "layers: {a: {op: ReLU, when: false, else: «[ReLU]»}}"),
        ("bad-value", "layers: {a: {op: ReLU, when: false, else: «{layers: [ReLU]}»}}"),
        # the layers of a group that is not there
        (
            "absent-layer",
            "layers: {b: ReLU, (g): {when: false, layers: {a: ReLU}}, c: {op: Add, from: [b, «a»]}}",
        ),
    ],
)
def test_21_absent_layers_that_say_nothing(code: str, text: str) -> None:
    diagnose(text, code)


def test_21_a_scope_without_layers_is_absent() -> None:
    branches = "layers: {a: {op: ReLU, from: input}, b: %s, c: {op: %s, from: [a, b]}}"
    empty = "{from: input, layers: [{op: ReLU, when: false}]}"
    assert wiring(net(branches % (empty, "Add")))["c"] == ("a", "input")
    found = diagnostics(branches % (empty, "Concat"))[0]
    assert (found.code, found.labels[1].text) == (
        "absent-layer", "absent: none of its layers exists here",
    )  # fmt: skip
    none = "{op: ReLU, from: input, repeat: 0}"
    assert wiring(net(branches % (none, "Add")))["c"] == ("a", "input")
    assert diagnostics(branches % (none, "Concat"))[0].labels[1].text == "absent: it has 0 copies"


def test_21_an_absent_group_lets_its_input_on() -> None:
    graph = net("layers: {a: ReLU, (g): {when: false, layers: {b: ReLU}}, c: Tanh}")
    assert wiring(graph) == {"a": ("input",), "c": ("a",)}
    graph = net("layers: {a: ReLU, (g): {from: input, when: false, layers: {b: ReLU}}, c: Tanh}\n"
                "outputs: {x: a, y: c}")  # fmt: skip
    assert wiring(graph)["c"] == ("input",)


def test_21_a_layer_of_an_absent_group_can_be_the_other_choice() -> None:
    text = """
        params: {deep: true}
        layers:
          (deep): {when: deep, layers: {a: ReLU}}
          b: {op: Tanh, when: not deep, else: a}
          c: ReLU
        """
    assert wiring(net(text))["c"] == ("a",)
    assert wiring(net(text, deep=False))["c"] == ("b",)
