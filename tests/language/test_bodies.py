"""Lists and mappings of layers, templates, groups, and names."""

from __future__ import annotations

import pytest

from archspec.language.model import MODULE_ATTRIBUTES
from tests.language.graphs import paths, wiring
from tests.marked_specs import diagnose, net


def test_9_lists_and_mappings() -> None:
    graph = net("layers: [ReLU, {layers: {a: ReLU, b: [ReLU, ReLU]}}]")
    assert paths(graph) == ["0", "1.a", "1.b.0", "1.b.1"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("missing-key", "layers: {«a»: {conv: ReLU}}"),
        ("missing-key", "layers: [«{a: ReLU}»]"),
        ("missing-key", "layers: {«a»: {}}"),
        ("missing-key", "layers: {a: {«layers»: {}}}"),
        ("missing-key", "«layers»: []"),
    ],
)
def test_9_what_is_no_body(code: str, text: str) -> None:
    diagnose(text, code)


def test_10_templates() -> None:
    graph = net("layers: {'conv{i + 1}': {op: ReLU, repeat: 3}}")
    assert wiring(graph) == {"conv1": ("input",), "conv2": ("conv1",), "conv3": ("conv2",)}
    graph = net("layers: {'a{i}_{2 * i}_b': {op: ReLU, repeat: 2}}")
    assert paths(graph) == ["a0_0_b", "a1_2_b"]
    graph = net("params: {depth: 18}\nlayers: {'net{depth}': ReLU}")
    assert paths(graph) == ["net18"]


def test_10_groups() -> None:
    graph = net(
        """
        layers:
          (stem): {layers: {a: ReLU, b: Tanh}}
          c: {op: Add, from: [a, b]}
        """
    )
    assert wiring(graph) == {"a": ("input",), "b": ("a",), "c": ("a", "b")}
    (group,) = graph.root.groups
    assert (group.title, group.children) == ("stem", ("a", "b"))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-name", "layers: {«'a{b'»: ReLU}"),
        ("bad-name", "params: {p: 0.5}\nlayers: {«'a{p}'»: ReLU}"),
        ("unknown-name", "layers: {«'a{i}'»: ReLU}"),
        ("unknown-name", "layers: {«'a{in_channels}'»: ReLU}"),
        ("bad-expression", "layers: {«'a{1 +}'»: ReLU}"),
        ("bad-name", "layers: {«'(a'»: {layers: {b: ReLU}}}"),
        ("bad-name", "layers: {«()»: {layers: {b: ReLU}}}"),
        ("bad-name", "layers: {«'(a{i})'»: {repeat: 1, layers: {b: ReLU}}}"),
        ("wrong-type", "layers: {«(a)»: ReLU}"),
        ("wrong-type", "layers: {«(a)»: [ReLU]}"),
        ("bad-output", "layers: {(a): {«output»: b, layers: {b: ReLU}}}"),
        ("absent-layer", "layers: {(a): {when: true, «else»: none, layers: {b: ReLU}}}"),
        ("duplicate-layer", "layers: {(a): {layers: {b: ReLU}}, «b»: ReLU}"),
        ("duplicate-layer", "params: {p: 1}\nlayers: {a1: ReLU, «'a{p}'»: ReLU}"),
        ("duplicate-layer", "layers: {(a): {repeat: 2, layers: {«b»: ReLU}}}"),
    ],
)
def test_10_wrong_keys(code: str, text: str) -> None:
    diagnose(text, code)


@pytest.mark.parametrize(
    "name",
    ["class", "None", "input", "none", "double", "half", "type", "train", "forward", "_modules",
     "append", "a-b", "a.b", "1a", "a b", "é", "__init__", "x" * 81],
)  # fmt: skip
def test_11_names_of_layers(name: str) -> None:
    diagnose(f"layers: {{«{name}»: ReLU}}", "bad-name")


@pytest.mark.parametrize("name", ["_", "_conv", "Mixed_5b", "x" * 80, "match", "torch"])
def test_11_good_names(name: str) -> None:
    assert paths(net(f"layers: {{{name}: ReLU}}")) == [name]


def test_11_a_layer_is_not_called_as_an_input() -> None:
    diagnose("input: {a: [8]}\nlayers: {«a»: {op: ReLU, from: a}}", "duplicate-layer")
    assert paths(net("layers: {a: ReLU, b: {layers: {a: ReLU}}}")) == ["a", "b.a"]


@pytest.mark.torch
def test_11_attributes_of_modules() -> None:
    nn = pytest.importorskip("torch").nn
    found = {name for cls in (nn.Module, nn.Sequential, nn.ModuleList) for name in dir(cls())}
    assert {name for name in found if not name.startswith("__")} == MODULE_ATTRIBUTES
