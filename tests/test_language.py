"""The language, line by line of its reference: what a right use makes, and what a wrong one is told.

A wrong spec shows with «marks» where its mistake must be told. Whole messages stand in tests/errors.
"""

from __future__ import annotations

import re
from collections.abc import Sized
from textwrap import dedent

import pytest

from archspec.diagnostics import SpecError
from archspec.elaborate import body as builder
from archspec.elaborate import repeat as copies
from archspec.graph import Graph, Node
from archspec.language.model import ITEM_KEYS, MODULE_ATTRIBUTES
from archspec.ops import registry
from archspec.workspace.load import loads
from tests.marked_specs import diagnose, diagnostics, net

CONV = "{op: Conv2d, out_channels: 8, kernel_size: 1}"


def paths(graph: Graph) -> list[str]:
    """The layers by path, in their order."""
    return [node.path for node in graph.layers]


def wiring(graph: Graph) -> dict[str, tuple[str, ...]]:
    """What each layer reads."""
    return {node.path: node.sources for node in graph.layers}


def shape(graph: Graph, path: str) -> tuple[int, ...]:
    return graph.output_type(path).shape


def argument(graph: Graph, path: str, name: str) -> object:
    return getattr(graph.nodes[path].op, name)


def last(graph: Graph) -> Node:
    return graph.layers[-1]


# ---------------------------------------------------------------- 1, 2: the file


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-4", 1e-4), ("0.5", 0.5), ("1", 1), (".5", 0.5), ("1.5e+3", 1.5e3)],
)
def test_1_numbers(written: str, value: float) -> None:
    graph = net(f"layers: [{{op: LeakyReLU, negative_slope: {written}}}]")
    assert argument(graph, "0", "negative_slope") == value


@pytest.mark.parametrize("word", ["no", "off", "yes", "on", "True", "FALSE"])
def test_1_other_truth_values_are_words(word: str) -> None:
    mistake = diagnose(f"layers: [{{op: BatchNorm2d, when: «{word}»}}]", "bad-scalar")
    assert mistake.help in ("write true", "write false")


@pytest.mark.parametrize("word", ["no", "off", "yes", "on", "True", "Off"])
def test_1_other_truth_values_of_arguments(word: str) -> None:
    text = f"layers: [{{op: Conv2d, out_channels: 8, kernel_size: 1, bias: «{word}»}}]"
    assert diagnose(text, "bad-scalar").help in ("write true", "write false")


@pytest.mark.parametrize("number", ["017", "0x10", "1_000", ".inf"])
def test_1_numbers_that_readers_read_differently(number: str) -> None:
    diagnose(f"layers: [{{op: Conv2d, out_channels: «{number}», kernel_size: 1}}]", "bad-scalar")


def test_1_sexagesimal_numbers_are_text() -> None:
    diagnose("layers: [{op: Conv2d, out_channels: 12«:»30, kernel_size: 1}]", "bad-expression")


def test_1_keys_are_text() -> None:
    diagnose("layers: {«1»: ReLU}", "bad-name")
    graph = net("layers: {on: ReLU, y: ReLU}")
    assert paths(graph) == ["on", "y"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("null-value", "layers: {a: {op: ReLU, «note»: }}"),
        ("null-value", "layers: {a: {op: ReLU, «note»: null}}"),
        ("null-value", "layers: {a: {op: ReLU, «note»: ~}}"),
        ("null-value", "layers: [ReLU, «null»]"),
        ("duplicate-key", "layers: {a: ReLU, «a»: ReLU}"),
        ("bad-yaml", "layers: {a: «&x» ReLU}"),
        ("bad-yaml", "layers: {a: {op: ReLU, note: «*x»}}"),
        ("bad-yaml", "layers: {a: «!!str» ReLU}"),
        ("bad-yaml", "params: {d: [1]}\nlayers: {a: {op: ReLU, repeat: «d[0]»}}"),
        ("null-value", "layers: {a: {op: Conv2d, out_channels: 8, kernel_size: max(1, «2)»}}"),
        ("bad-yaml", "params: {residual: true}\nlayers: {a: {op: ReLU, when: «!residual»}}"),
        ("null-value", "layers: {a: {«op:ReLU»}}"),
        ("unknown-key", "«layer»: {a: ReLU}\nlayers: {b: ReLU}"),
        ("unknown-key", "layers: {a: {layers: [ReLU], «kernel_size»: 1}}"),
        ("unknown-key", "layers: {a: {use: b, «kernel_size»: 1}}"),
        ("unknown-key", "blocks: {B: {layers: [ReLU], «param»: {}}}\nlayers: [B]"),
        ("unknown-key", "layers: [ReLU]\nexpect: {«flops»: 1}"),
        ("unknown-key", "layers: [ReLU]\nvariants: {v: {«layers»: [ReLU]}}"),
        ("unknown-key", "layers: [ReLU]\nvariants: {v: {«variants»: {}}}"),
        ("unknown-key", "layers: [ReLU]\nedits: [{remove: {op: ReLU, «name»: a}}]"),
    ],
)
def test_2_what_is_no_part_of_the_language(code: str, text: str) -> None:
    diagnose(text, code)


def test_2_expressions_in_quotes() -> None:
    graph = net('params: {d: [1, 2]}\nlayers: [{op: ReLU, repeat: "d[1]"}]')
    assert paths(graph) == ["0", "1"]


# ---------------------------------------------------------------- 3: top keys


def test_3_version() -> None:
    diagnose(
        "«archspec: 2»\nlayers: [ReLU]".replace("«archspec: 2»", "archspec: «2»"), "bad-version"
    )
    diagnose("archspec: «true»\nlayers: [ReLU]", "bad-version")
    with pytest.raises(SpecError) as caught:
        loads("input: [3, 8, 8]\nlayers: [ReLU]")
    assert caught.value.diagnostics[0].code == "missing-key"


def test_3_what_a_network_needs() -> None:
    assert diagnostics("name: x")[0].message == "a spec needs 'layers' (or 'extends')"
    with pytest.raises(SpecError) as caught:
        loads("archspec: 1\nlayers: [ReLU]")
    assert caught.value.diagnostics[0].message == "a spec needs 'input'"


def test_3_name_description_cite() -> None:
    graph = net("name: small-net_1.0\ndescription: a net\ncite: me\nlayers: [ReLU]")
    assert (graph.name, graph.description, graph.cite) == ("small-net_1.0", "a net", "me")
    assert net("layers: [ReLU]").name == "network"


@pytest.mark.parametrize("name", ["a; import os", "a/b", "a:b", "' '", "é", "x" * 81])
def test_3_names_of_networks(name: str) -> None:
    diagnose(f"name: «{name}»\nlayers: [ReLU]", "bad-name")
    if ":" not in name:
        diagnose(f"layers: [ReLU]\nvariants: {{«{name}»: {{}}}}", "bad-name")


@pytest.mark.parametrize(
    "text",
    [
        "name: «1»\nlayers: [ReLU]",
        "layers: «3»",
        "layers: «ReLU»",
        "layers: [«3»]",
        "layers: {a: «true»}",
        "params: «[1]»\nlayers: [ReLU]",
        "layers: [ReLU]\nedits: «{}»",
        "layers: [ReLU]\nexpect: {params: «1.5»}",
        "layers: [ReLU]\nexpect: {params: «true»}",
        "layers: {a: {op: ReLU, from: «0»}}",
        "layers: {a: {op: ReLU, from: [input, «0»]}}",
        "layers: {a: {op: ReLU, when: «3»}}",
        "layers: {a: {op: ReLU, repeat: «1.5»}}",
        "layers: {a: {op: ReLU, repeat: «[1, 2]»}}",
        "layers: {a: {op: ReLU, note: «3»}}",
        "layers: {a: {op: «3»}}",
        "layers: {a: {use: «3»}}",
        "layers: {a: ReLU}\noutputs: {x: {from: a, only: «inference»}}",
    ],
)
def test_3_types_are_told_once(text: str) -> None:
    diagnose(text, "wrong-type")


# ---------------------------------------------------------------- 4: outputs exclude each other


def test_4_output_or_outputs() -> None:
    diagnose("layers: {a: ReLU}\n«output»: a\noutputs: {x: a}", "bad-output")


# ---------------------------------------------------------------- 5: input


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
        ("bad-value", "input: «[3, 8]»"),
        ("bad-value", "input: «[1, 3, 8, 8]»"),
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


# ---------------------------------------------------------------- 6: params


def test_6_kinds_and_earlier_params() -> None:
    graph = net(
        """
        params:
          width: 4
          double: 2 * width
          slope: 1e-2
          biased: false
          depths: [1, double // 4]
          act: {op: LeakyReLU, negative_slope: slope}
          pool: MaxPool2d
        layers:
          a: {op: Conv2d, out_channels: double, kernel_size: 1, bias: biased, repeat: "depths[1]"}
          b: {op: act, repeat: len(depths)}
          c: {op: pool, kernel_size: 2}
        """
    )
    assert paths(graph) == ["a.0", "a.1", "b.0", "b.1", "c"]
    assert graph.nodes["a.0"].params == 64
    assert argument(graph, "b.1", "negative_slope") == 0.01
    assert graph.params["depths"] == [1, 2]


def test_6_a_long_chain_of_params() -> None:
    chain = "".join(f"  p{k}: p{k - 1} + 1\n" for k in range(1, 5000))
    graph = net(
        f"params:\n  p0: 1\n{chain}layers: [{{op: Conv2d, out_channels: p4999, kernel_size: 1}}]"
    )
    assert shape(graph, "0") == (5000, 16, 16)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknown-name", "params: {a: «b», b: 1}"),
        ("unknown-name", "params: {a: «a»}"),
        ("unknown-name", "params: {a: 2 * «in_channels»}"),
        ("unknown-name", "params: {a: «ReLU» if true else 1}"),
        ("bad-expression", "params: {a: 2 «&&» 3}"),
        ("bad-value", "params: {a: «1 / 0»}"),
        ("bad-value", "params: {a: «{alpha: 1}»}"),
        ("unknown-op", "params: {a: «ReLUU»}"),
        ("unknown-op", "params: {a: {op: «ReLUU»}}"),
        ("unknown-argument", "params: {a: {op: ReLU, «alpha»: 1}}"),
    ],
)
def test_6_wrong_params(code: str, text: str) -> None:
    found = diagnostics(f"{text}\nlayers: [{{op: Conv2d, out_channels: a, kernel_size: 1}}]")
    assert code in [mistake.code for mistake in found]
    assert len(found) <= 2  # an op where a number is due is a mistake of its own


@pytest.mark.parametrize(
    "name", ["Width", "in_channels", "true", "input", "none", "lambda", "int", "op", "2x", "__x"]
)
def test_6_names_of_params(name: str) -> None:
    diagnose(f"params: {{«{name}»: 1}}\nlayers: [ReLU]", "bad-name")


def test_6_a_param_that_nothing_reads() -> None:
    diagnose("params: {«width»: 1}\nlayers: [ReLU]", "unused-parameter")
    # a layer of that name is no reader of it
    diagnose("params: {«a»: 1}\nlayers: {a: ReLU, b: {op: ReLU, from: a}}", "unused-parameter")
    # one that only a variant reads is read
    net("params: {width: 1}\nlayers: [ReLU]\nvariants: {v: {edits: [{after: {op: ReLU}, "
        "insert: {op: Conv2d, out_channels: width, kernel_size: 1}}]}}")  # fmt: skip


# ---------------------------------------------------------------- 7, 8: blocks


def test_7_blocks() -> None:
    graph = net(
        """
        blocks:
          Join:
            description: two maps as one
            inputs: [a, b]
            params: {width: int}
            output: conv
            layers:
              cat: {op: Concat, from: [b, a]}
              conv: {op: Conv2d, out_channels: width, kernel_size: 1}
        layers:
          x: {op: Conv2d, out_channels: 3, kernel_size: 1}
          y: {op: Conv2d, out_channels: 5, kernel_size: 1}
          z: {op: Join, width: 7, from: [x, y]}
        """
    )
    assert wiring(graph)["z.cat"] == ("y", "x")
    scope = graph.scopes["z"]
    assert (scope.block, scope.inputs, scope.sources) == ("Join", ("a", "b"), ("x", "y"))
    assert scope.arguments == {"width": 7}
    assert shape(graph, "z") == (7, 16, 16)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-name", "blocks: {«conv»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {«Conv2d»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {«A-B»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«when»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«output»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«Width»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {inputs: [a, «b c»], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {«inputs»: [a, a], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {«inputs»: [], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("missing-key", "blocks: {«B»: {params: {}}}\nlayers: [ReLU]"),
        ("bad-block", "blocks: {B: {layers: [«B»]}}\nlayers: [B]"),
        ("bad-block", "blocks: {A: {layers: [B]}, B: {layers: [«A»]}}\nlayers: [A]"),
        ("unused-parameter", "blocks: {B: {params: {«p»: 1}, layers: [ReLU]}}\nlayers: [B]"),
        (
            "unread-layer",
            "blocks: {B: {inputs: [a, «b»], layers: {c: {op: ReLU, from: a}}}}\n"
            "layers: {x: {op: B, from: [input, input]}}",
        ),
        (
            "unknown-layer",
            "blocks: {B: {output: «c», layers: {a: ReLU}}}\nlayers: [B]",
        ),
    ],
)
def test_7_wrong_blocks(code: str, text: str) -> None:
    diagnose(text, code)


def test_7_a_block_that_nothing_uses_is_read_too() -> None:
    text = """
        blocks:
          Unused:
            params: {width: int}
            layers:
              a: {op: Conv2d, out_channels: width, «kernal_size»: 1}
        layers: [ReLU]
        """
    diagnose(text, "unknown-argument")


def test_8_types_and_defaults() -> None:
    graph = net(
        """
        params: {base: 4}
        blocks:
          B:
            params: {width: int, half: width // 2, same: in_channels, file: base, act: op, p: float}
            layers:
              a: {op: Conv2d, out_channels: half, kernel_size: 1}
              b: {op: Conv2d, out_channels: same, kernel_size: 1}
              c: {op: Conv2d, out_channels: file, kernel_size: 1}
              d: {op: act}
              e: {op: Dropout, p: p}
        layers:
          - {op: B, width: 6, act: {op: ELU, alpha: 0.5}, p: 0}
        """
    )
    assert graph.scopes["0"].arguments == {
        "width": 6, "half": 3, "same": 8, "file": 4, "act": "ELU", "p": 0,
    }  # fmt: skip
    assert [node.output.channels for node in graph.layers][:3] == [3, 8, 4]
    assert argument(graph, "0.d", "alpha") == 0.5


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("bad-argument", "n: «1.5», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: «4 / 2», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: «true», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: 1, flag: «1», act: ReLU, items: [1]"),
        ("bad-argument", "n: 1, flag: true, act: «2», items: [1]"),
        ("bad-argument", "n: 1, flag: true, act: ReLU, items: «1»"),
        ("unknown-argument", "n: 1, flag: true, act: ReLU, items: [1], «m»: 3"),
        ("unknown-op", "n: 1, flag: true, act: «Relu», items: [1]"),
        ("unknown-name", "n: «m», flag: true, act: ReLU, items: [1]"),
    ],
)
def test_8_arguments_of_blocks(code: str, call: str) -> None:
    text = """
        blocks:
          B:
            params: {n: int, flag: bool, act: op, items: list}
            layers: [{op: act, repeat: n, when: flag}, {op: ReLU, repeat: len(items)}]
        layers: [{op: B, %s}]
        """
    diagnose(text % call, code)


def test_8_a_required_argument() -> None:
    diagnose("blocks: {B: {params: {n: int}, layers: [{op: ReLU, repeat: n}]}}\nlayers: [«B»]",
         "missing-argument")  # fmt: skip


def test_8_defaults_are_read_from_top_to_bottom() -> None:
    text = """
        blocks:
          B: {params: {a: «b», b: 1}, layers: [{op: ReLU, repeat: a + b}]}
        layers: [B]
        """
    diagnose(text, "unknown-name")


# ---------------------------------------------------------------- 9, 10, 11: bodies and keys


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
        ("bad-name", "layers: {«'a{-1}'»: ReLU}"),
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


# ---------------------------------------------------------------- 12 - 15: items


def test_12_bare_names() -> None:
    graph = net(
        """
        params: {act: {op: ELU, alpha: 0.5}}
        blocks: {B: {layers: {c: Tanh}}}
        layers: {a: ReLU, b: B, d: act}
        """
    )
    assert [(node.path, node.op_name) for node in graph.layers] == [
        ("a", "ReLU"), ("b.c", "Tanh"), ("d", "ELU"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknown-op", "layers: [«Relu»]"),
        ("unknown-op", "layers: [«relu»]"),
        ("unknown-op", "layers: {a: «conv 3x3»}"),
        ("unknown-op", "layers: [«ReLU if true else Tanh»]"),
        ("bad-value", "params: {n: 1}\nlayers: [«n»]"),
        ("unknown-op", "layers: [{op: «Conv»}]"),
        ("unknown-op", "blocks: {Conv: {layers: [ReLU]}}\nlayers: [{op: «conv»}]"),
        ("unknown-op", "params: {act: «Relu»}\nlayers: [{op: act}]"),
    ],
)
def test_12_unknown_ops(code: str, text: str) -> None:
    diagnose(text, code)


def test_12_a_near_name_is_suggested() -> None:
    assert diagnose("layers: [«relu»]", "unknown-op").help == "did you mean 'ReLU'?"


@pytest.mark.parametrize(
    "op", ["Unflatten", "MaxUnpool2d", "Bilinear", "GRU", "LSTM", "RMSNorm", "Unfold"]
)
def test_12_what_torch_has_and_the_language_has_not_is_no_slip(op: str) -> None:
    mistake = diagnose(f"layers: [{{op: «{op}»}}]", "unknown-op")
    help = f"torch.nn.{op} is not part of the language; 'archspec ops' lists what is"
    assert (mistake.help, mistake.fix) == (help, None)


@pytest.mark.parametrize("name", ["Deconv2d", "PixelUnshufle", "UnLinear"])
def test_12_an_opposite_is_no_suggestion(name: str) -> None:
    opposite = {"Deconv2d": "Conv2d", "PixelUnshufle": "'PixelShuffle'", "UnLinear": "Linear"}[name]
    mistake = diagnose(f"layers: [{{op: «{name}»}}]", "unknown-op")
    assert mistake.fix is None or mistake.fix.text == "PixelUnshuffle"
    assert f"'{opposite}'" not in (mistake.help or "")


@pytest.mark.parametrize(
    ("code", "text", "mended"),
    [
        ("unknown-op", "layers: {a: {op: «Сonv2d», out_channels: 3, kernel_size: 1}}", "Conv2d"),
        ("unknown-op", "layers: [«Ｌinear»]", "Linear"),
        ("unknown-argument", "layers: {a: {op: Dropout, «р»: 0.1}}", "p"),
        ("unknown-layer", "layers: {conv: ReLU, b: {op: ReLU, from: «сonv»}}", "conv"),
        ("unknown-key", "layers: [ReLU]\n«оutput»: a", "output"),
        ("bad-name", "layers: {«сonv»: ReLU}", None),
        ("bad-name", "params: {«аct»: ReLU}\nlayers: [ReLU]", None),
        ("bad-expression", "params: {width: 1}\nlayers: [{op: ReLU, when: «wіdth» > 0}]", None),
    ],
)
def test_12_a_letter_that_looks_like_a_latin_one_is_named(
    code: str, text: str, mended: str | None
) -> None:
    mistake = diagnose(text, code)
    said = f"{mistake.message} {mistake.help}"
    assert re.search(r"\(U\+[0-9A-F]{4}\) is a (Cyrillic|Fullwidth) letter that looks like '", said)
    assert (mistake.fix.text if mistake.fix else None) == mended


def test_a_description_of_several_lines_is_one() -> None:
    graph = net("description: |\n  a network\n  of one layer\ncite: >\n  a\n\n  b\nlayers: [ReLU]")
    assert (graph.description, graph.cite) == ("a network of one layer", "a b")


@pytest.mark.parametrize("word", ["YES", "ON", "Yes", "yes", "TRUE", "NO", "OFF", "off"])
def test_8_truth_values_of_other_readers(word: str) -> None:
    mistake = diagnose(f"layers: [{{op: Linear, out_features: 3, bias: «{word}»}}]", "bad-scalar")
    right = "true" if word.lower() in ("yes", "on", "true") else "false"
    assert mistake.fix is not None
    assert (mistake.help, mistake.fix.text) == (f"write {right}", right)


def test_13_a_list_is_a_scope() -> None:
    assert paths(net("layers: {a: [ReLU, [ReLU, ReLU]], b: ReLU}")) == [
        "a.0",
        "a.1.0",
        "a.1.1",
        "b",
    ]


def test_14_ops_of_repeats() -> None:
    graph = net("params: {acts: [ReLU, Tanh]}\nlayers: [{op: act, repeat: {act: acts}}]")
    assert [node.op_name for node in graph.layers] == ["ReLU", "Tanh"]


@pytest.mark.parametrize("key", ["layers", "use", "output"])
def test_14_an_op_is_no_scope(key: str) -> None:
    mistake = diagnose(f"layers: [{{op: ReLU, «{key}»: [ReLU]}}]", "unknown-argument")
    assert mistake.help == f"a layer has 'op' or '{key}', not both"


def test_15_scopes_and_their_outputs() -> None:
    graph = net("layers: {a: {layers: {b: ReLU, c: Tanh}, output: c}, d: ReLU}")
    assert wiring(graph)["d"] == ("a.c",)
    diagnose("layers: {a: {layers: {b: ReLU}, output: «c»}}", "unknown-layer")
    diagnose('layers: {a: {layers: [ReLU], output: «"0"»}}', "unknown-layer")


# ---------------------------------------------------------------- 16: control


def test_16_notes() -> None:
    graph = net("layers: {a: {op: ReLU, note: a note}, b: {layers: [ReLU], note: another}}")
    assert paths(graph) == ["a", "b.0"]


def test_16_no_argument_has_the_name_of_a_key() -> None:
    for cls in registry().values():
        assert not ITEM_KEYS & set(cls.model_fields), cls


@pytest.mark.parametrize("key", ["when", "from", "repeat", "note"])
def test_16_keys_where_no_item_is(key: str) -> None:
    text = f"layers: [{{op: ReLU, when: false, else: {{op: Tanh, «{key}»: x}}}}]"
    diagnose(text, "unknown-argument")


# ---------------------------------------------------------------- 17: from


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


# ---------------------------------------------------------------- 18, 21: when and else


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
    mistake = diagnostics(branches % (empty, "Concat"))[0]
    assert (mistake.code, mistake.labels[1].text) == (
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


# ---------------------------------------------------------------- 23 - 26: repeat


def test_23_a_number_counts_i() -> None:
    graph = net("layers: [{op: Conv2d, out_channels: i + 1, kernel_size: 1, repeat: 3}]")
    assert [node.output.channels for node in graph.layers] == [1, 2, 3]


def test_23_lists_go_together() -> None:
    graph = net(
        """
        params: {widths: [4, 6], kernels: [1, 3]}
        layers:
          - repeat: {width: widths, kernel: kernels, k: 2, pair: [[1, 2], [3, 4]]}
            op: Conv2d
            out_channels: width + k + pair[0]
            kernel_size: kernel
        """
    )
    assert [node.output.channels for node in graph.layers] == [5, 10]


@pytest.mark.parametrize(
    ("code", "repeat"),
    [
        ("bad-repeat", "«{a: 2, b: 3}»"),
        ("bad-repeat", "«-1»"),
        ("bad-repeat", "{a: «0 - 1»}"),
        ("bad-repeat", "«2 / 1»"),
        ("wrong-type", "«true»"),
        ("bad-repeat", "«{}»"),
        ("bad-repeat", "«ReLU»"),
        ("unknown-name", "«n»"),
        ("unknown-name", "«in_channels»"),
        ("bad-name", "{«A»: 2}"),
        ("bad-name", "{«input»: 2}"),
        ("bad-name", "{«in_channels»: 2}"),
        ("bad-name", "{«a-b»: 2}"),
        ("limit", "«1000000»"),
        ("limit", "«10**12»"),
        ("wrong-type", "{a: «{b: 1}»}"),
    ],
)
def test_23_what_cannot_be_counted(code: str, repeat: str) -> None:
    diagnose(f"layers: [{{op: ReLU, repeat: {repeat}}}]", code)


@pytest.mark.parametrize(
    "text",
    [
        "params: {n: 2}\nlayers: [{op: ReLU, repeat: {«n»: n}}]",
        "layers: [{repeat: 2, layers: [{op: ReLU, «repeat»: 2}]}]",
        "layers: {(a): {repeat: 2, layers: {'b{i}': {op: ReLU, repeat: {«i»: 2}}}}}",
        "blocks: {B: {params: {n: int}, layers: [{op: ReLU, repeat: {«n»: n}}]}}\n"
        "layers: [{op: B, n: 1}]",
        "params: {i: 3}\nblocks: {B: {layers: [{op: ReLU, «repeat»: i}]}}\nlayers: [B]",
    ],
)
def test_23_names_are_not_bound_again(text: str) -> None:
    diagnose(text, "rebound-name")


def test_23_a_block_does_not_see_what_its_caller_counts() -> None:
    graph = net("blocks: {B: {layers: [{op: ReLU, repeat: 2}]}}\nlayers: [{op: B, repeat: 2}]")
    assert paths(graph) == ["0.0", "0.1", "1.0", "1.1"]
    diagnose("blocks: {B: {layers: [{op: ReLU, when: «i» > 0}]}}\nlayers: [{op: B, repeat: 2}]",
         "unknown-name")  # fmt: skip


def test_23_the_product_of_repeats_is_refused_at_once() -> None:
    text = "params: {n: 1000}\nlayers: [{repeat: {a: n}, layers: [{repeat: «{b: n}», layers: [ReLU]}]}]"
    assert (
        diagnose(text, "limit").message == "1,000,000 copies; a network has at most 150,000 layers"
    )


def test_23_counts_beyond_the_addresses_of_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where addresses have 32 bits, ``len`` of a longer range is an OverflowError."""

    def narrow(sized: Sized) -> int:
        if len(sized) >= 2**31:
            raise OverflowError
        return len(sized)

    for module in (copies, builder):
        monkeypatch.setattr(module, "len", narrow, raising=False)
    text = "params: {p: true}\nlayers: [{op: ReLU, repeat: «2**40», when: p}]"
    assert diagnose(text, "limit").message.startswith(
        "1,099,511,627,776 copies; a network has at most"
    )


@pytest.mark.parametrize(
    "text",
    [
        "layers: {a: {op: ReLU, repeat: %d}}",
        "layers: [{op: ReLU, repeat: %d}]",
        "layers: {'a{i}': {op: ReLU, repeat: %d}}",
        "params: {n: %d}\nlayers: [{repeat: {k: n}, layers: [ReLU]}]",
        "params: {n: %d}\nlayers: [{repeat: {k: n // 5}, layers: [{op: ReLU, repeat: 5}]}]",
        "blocks: {B: {layers: [ReLU]}}\nlayers: [{op: B, repeat: %d}]",
        "input: {x: [3, 8, 8], y: [3, 8, 8]}\nlayers:\n  a: {op: Add, from: [x, y]}\n"
        "  b: {op: ReLU, repeat: %d - 1}",
    ],
)
def test_23_as_many_layers_as_the_limit_says_and_no_more(text: str) -> None:
    assert len(net(text % 10, max_layers=10).layers) == 10
    (mistake,) = diagnostics(text % 15, max_layers=10)
    assert mistake.code == "limit"


def test_23_as_many_written_layers_as_the_limit_says() -> None:
    assert len(net(f"layers: [{', '.join(['ReLU'] * 10)}]", max_layers=10).layers) == 10
    diagnose(f"layers: [«ReLU», {', '.join(['ReLU'] * 10)}]", "limit", max_layers=10)


def test_24_a_plain_key_is_a_scope_of_its_own() -> None:
    assert paths(net("layers: {a: {op: ReLU, repeat: 2}}")) == ["a.0", "a.1"]
    graph = net("layers: {a: {repeat: 2, layers: {b: ReLU, c: ReLU}}}")
    assert paths(graph) == ["a.0.b", "a.0.c", "a.1.b", "a.1.c"]
    graph = net("layers: {a: {repeat: 2, layers: [ReLU, {op: Tanh, when: i == 0}]}, b: ReLU}")
    assert wiring(graph) == {
        "a.0": ("input",), "a.1": ("a.0",), "a.2": ("a.1",), "b": ("a.2",),
    }  # fmt: skip


def test_24_a_plain_key_reads_one_input() -> None:
    graph = net(
        "layers: {a: ReLU, b: {op: Tanh, repeat: 2, from: input}, c: {op: Add, from: [a, b]}}"
    )
    assert wiring(graph) == {
        "a": ("input",), "b.0": ("input",), "b.1": ("b.0",), "c": ("a", "b.1"),
    }  # fmt: skip
    diagnose("layers: {a: ReLU, b: {op: Add, repeat: 2, from: «[a, input]»}}", "arity")


def test_24_each_copy_has_its_else() -> None:
    graph = net("layers: {a: {op: ReLU, repeat: 3, when: i < 2, else: Tanh}}")
    assert [(node.path, node.op_name) for node in graph.layers] == [
        ("a.0", "ReLU"), ("a.1", "ReLU"), ("a.2", "Tanh"),
    ]  # fmt: skip
    graph = net("layers: {z: ReLU, a: {op: ReLU, repeat: 3, when: i > 0, else: input}}")
    assert wiring(graph)["a.0"] == ("z",)
    diagnose("layers: {z: ReLU, a: {op: ReLU, repeat: 2, when: i < 1, else: «z»}}", "unknown-layer")


def test_25_a_template_makes_copies_around() -> None:
    graph = net(
        """
        layers:
          a: ReLU
          b{k}: {op: Tanh, repeat: {k: 3}, from: a}
          c: {op: Concat, from: "b*"}
        """
    )
    assert wiring(graph) == {
        "a": ("input",), "b0": ("a",), "b1": ("a",), "b2": ("a",), "c": ("b0", "b1", "b2"),
    }  # fmt: skip
    graph = net("layers: {a: ReLU, 'b{k}': {op: Add, repeat: {k: 2}, from: [a, input]}, c: {op: Add, "
                "from: [b0, b1]}}")  # fmt: skip
    assert wiring(graph)["b1"] == ("a", "input")


def test_25_a_template_of_other_names_is_a_plain_key() -> None:
    text = """
        layers:
          (stages):
            repeat: {stage: 2, depth: [1, 2]}
            layers:
              layer{stage + 1}: {op: ReLU, repeat: {i: depth}}
        """
    assert paths(net(text)) == ["layer1.0", "layer2.0", "layer2.1"]


def test_26_list_items_and_groups_chain() -> None:
    graph = net("layers: {a: {layers: [{op: ReLU, repeat: 2, from: input}, Tanh]}}")
    assert wiring(graph) == {"a.0": ("input",), "a.1": ("a.0",), "a.2": ("a.1",)}


def test_26_groups_repeat() -> None:
    graph = net(
        """
        layers:
          a: ReLU
          (rows): {repeat: {k: 2}, from: input, layers: {'b{k}': Tanh, 'c{k}': ReLU}}
          d: {op: Concat, from: ["b*", a]}
          e: {op: Concat, from: [c1, d]}
        """
    )
    assert wiring(graph)["b0"] == ("input",)
    assert wiring(graph)["b1"] == ("c0",)
    assert wiring(graph)["d"] == ("b0", "b1", "a")
    assert [group.children for group in graph.root.groups] == [("b0", "c0"), ("b1", "c1")]


def test_26_numbers_run_through() -> None:
    graph = net(
        """
        layers:
          - repeat: {a: 2}
            layers:
              - ReLU
              - {repeat: {b: a + 1}, layers: [Tanh]}
          - Sigmoid
          - {repeat: {k: 2}, layers: {x: ReLU}}
          - {layers: [ReLU]}
        """
    )
    assert paths(graph) == ["0", "1", "2", "3", "4", "5", "6.x", "7.x", "8.0"]
    assert [node.op_name for node in graph.layers][:6] == [
        "ReLU", "Tanh", "ReLU", "Tanh", "Tanh", "Sigmoid",
    ]  # fmt: skip


def test_26_what_runs_through_has_no_output() -> None:
    diagnose("layers: [{repeat: 2, «output»: a, layers: [ReLU]}]", "bad-output")
    diagnose("layers: [{repeat: 2, when: true, «else»: none, layers: [ReLU]}]", "absent-layer")
    diagnose("layers: {a: {repeat: 2, «output»: b, layers: [ReLU]}}", "bad-output")


def test_23_no_copies() -> None:
    text = "params: {n: 0}\nlayers: {a: ReLU, %s, z: Tanh}"
    for item in ("b: {op: ReLU, repeat: n}", "'b{i}': {op: ReLU, repeat: n}",
                 "(b): {repeat: n, layers: {c: ReLU}}"):  # fmt: skip
        assert wiring(net(text % item)) == {"a": ("input",), "z": ("a",)}
    assert paths(net("layers: [ReLU, {op: Tanh, repeat: 0}, ReLU]")) == ["0", "1"]
    diagnose("layers: {a: ReLU, 'b{k}': {op: ReLU, repeat: {k: 0}}, c: {op: Add, from: [a, «b0»]}}",
         "absent-layer")  # fmt: skip


# ---------------------------------------------------------------- 27, 28: arguments


def test_27_literals_come_first() -> None:
    graph = net(
        """
        params: {same: 3}
        layers:
          - {op: Conv2d, out_channels: 8, kernel_size: same, padding: same}
          - {op: Conv2d, out_channels: 8, kernel_size: [same, same + 2], padding: [1, same - 1]}
        """
    )
    assert argument(graph, "0", "padding") == "same"
    assert argument(graph, "1", "kernel_size") == (3, 5)
    assert shape(graph, "1") == (8, 16, 16)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("bad-argument", "out_channels: 8, kernel_size: 3, padding: «some»"),
        ("bad-argument", "out_channels: 8, kernel_size: 3, padding: «true»"),
        ("bad-argument", "out_channels: «0», kernel_size: 3"),
        ("bad-argument", "out_channels: «-1», kernel_size: 3"),
        ("bad-argument", "out_channels: «10**7», kernel_size: 3"),
        ("bad-argument", "out_channels: «8.0», kernel_size: 3"),
        ("bad-argument", "out_channels: «in_channels / 2», kernel_size: 3"),
        ("bad-argument", "out_channels: «true», kernel_size: 3"),
        ("bad-argument", "out_channels: «[8]», kernel_size: 3"),
        ("bad-argument", "out_channels: «ReLU», kernel_size: 3"),
        ("bad-argument", "out_channels: «{op: ReLU}», kernel_size: 3"),
        ("bad-argument", "out_channels: 8, kernel_size: «[3, 3, 3]»"),
        ("bad-argument", "out_channels: 8, kernel_size: 3, bias: «1»"),
        ("bad-value", "out_channels: '8 * «[2]»', kernel_size: 3"),
        ("bad-value", "out_channels: 8, kernel_size: «{size: 3}»"),
        ("unknown-argument", "out_channels: 8, kernel_size: 3, «pading»: 1"),
        ("inferred-argument", "out_channels: 8, kernel_size: 3, «in_channels»: 8"),
        ("inferred-argument", "out_channels: 8, kernel_size: 3, «inplace»: true"),
        ("shape", "out_channels: 8, kernel_size: «17»"),
        ("shape", "out_channels: 8, kernel_size: 3, groups: «3»"),
        ("shape", "out_channels: «9», kernel_size: 3, groups: 2"),
        ("shape", "out_channels: 8, kernel_size: 3, stride: 2, padding: «same»"),
    ],
)
def test_27_arguments_of_ops(code: str, arguments: str) -> None:
    diagnose(f"layers: {{a: {{op: Conv2d, {arguments}}}}}", code)


def test_27_two_wrong_arguments_are_two_mistakes() -> None:
    found = diagnostics("layers: [{op: Conv2d, out_channels: 0, kernel_size: 0}]")
    assert [mistake.code for mistake in found] == ["bad-argument", "bad-argument"]
    found = diagnostics("layers: [{op: ReLU, a: 0, b: 0}]")
    assert [mistake.code for mistake in found] == ["unknown-argument", "unknown-argument"]


def test_27_a_required_argument() -> None:
    mistake = diagnose("layers: [{op: «Conv2d», kernel_size: 3}]", "missing-argument")
    assert mistake.help == "{op: Conv2d, out_channels: ...}"
    diagnose("layers: {a: «Conv2d»}", "missing-argument")


def test_28_no_rounding() -> None:
    mistake = diagnose(
        "layers: [{op: Conv2d, out_channels: «in_channels / 2», kernel_size: 1}]", "bad-argument"
    )
    assert mistake.message == "'out_channels' of Conv2d is 4.0, which is not a whole number"
    assert mistake.help == "divide with // to get a whole number"


# ---------------------------------------------------------------- 29: op parameters


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


# ---------------------------------------------------------------- 30 - 33: names


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


# ---------------------------------------------------------------- 34, 35: paths and merges


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


# ---------------------------------------------------------------- 36 - 39: outputs


def test_36_output() -> None:
    graph = net("layers: {a: ReLU, b: Tanh}")
    assert [(output.name, output.source) for output in graph.outputs] == [("output", "b")]
    graph = net("layers: {a: ReLU, b: {layers: [Tanh]}}\noutput: b")
    assert graph.outputs[0].source == "b.0"
    diagnose("layers: {a: ReLU, «b»: Tanh}\noutput: a", "unread-layer")
    diagnose("layers: {a: ReLU}\noutput: «b»", "unknown-layer")
    diagnose("layers: [ReLU]\noutput: «'0'»", "unknown-layer")


def test_36_an_absent_output() -> None:
    graph = net("layers: {a: ReLU, b: {op: Tanh, when: false}}\noutput: b")
    assert graph.outputs[0].source == "a"
    diagnose("layers: {a: ReLU, «b»: {op: Tanh, when: false, else: none}}", "absent-layer")


HEADS = """
params: {aux: true, spare: false}
layers:
  a: ReLU
  aux: {op: Conv2d, out_channels: 3, kernel_size: 1, when: aux}
  spare: {op: Tanh, from: a, when: spare, else: a}
  b: {op: Conv2d, out_channels: 2, kernel_size: 1, from: a}
outputs:
  main: b
  aux: {from: aux, only: training}
  spare: spare
"""


def test_37_outputs() -> None:
    graph = net(HEADS)
    assert [(o.name, o.source, o.training_only) for o in graph.outputs] == [
        ("main", "b", False), ("aux", "aux", True), ("spare", "a", False),
    ]  # fmt: skip
    assert graph.training_only == {"aux"}
    assert paths(graph.at("inference")) == ["a", "b"]
    assert graph.at("inference").total_params == 18
    assert graph.at("training").total_params == 18 + 27
    assert [output.name for output in net(HEADS, aux=False).outputs] == ["main", "spare"]


@pytest.mark.parametrize(
    ("code", "outputs"),
    [
        ("unknown-layer", "{x: «c»}"),
        ("unknown-layer", "{x: {from: «c»}}"),
        ("unknown-layer", "{x: «input»}"),
        ("missing-key", "{«x»: {only: training}}"),
        ("bad-output", "{x: {from: a, only: training}}"),
        ("bad-output", "{}"),
        ("bad-name", "{«x y»: a}"),
    ],
)
def test_37_wrong_outputs(code: str, outputs: str) -> None:
    diagnose(f"layers: {{a: ReLU}}\noutputs: {outputs}", code)


def test_38_absent_items_take_no_number() -> None:
    text = "params: {bn: true}\nlayers: [ReLU, {op: BatchNorm2d, when: bn}, Tanh]"
    assert paths(net(text)) == ["0", "1", "2"]
    assert paths(net(text, bn=False)) == ["0", "1"]


@pytest.mark.parametrize(
    "text",
    [
        "layers: {«a»: ReLU, b: {op: Tanh, from: input}}",
        "layers: {«a»: {layers: {c: ReLU, d: ReLU}}, b: {op: Tanh, from: input}}",
        "layers: {x: {layers: {«a»: ReLU, b: {op: Tanh, from: input}}}}",
        "blocks: {B: {layers: {«a»: ReLU, b: {op: Tanh, from: input}}}}\nlayers: [B, B, B]",
        "input: {l: [8], «r»: [8]}\nlayers: {a: {op: ReLU, from: l}}",
        "layers: {«a»: ReLU, b: {op: Tanh, from: input, when: false, else: input}, c: Tanh}",
    ],
)
def test_39_unread_layers(text: str) -> None:
    diagnose(text, "unread-layer")


def test_39_several_unread_layers_are_told_each() -> None:
    found = diagnostics("layers: {a: ReLU, b: {op: ReLU, from: input}, c: {op: ReLU, from: input}}")
    assert [mistake.code for mistake in found] == ["unread-layer", "unread-layer"]


# ---------------------------------------------------------------- 40 - 48: edits

CHAIN = """
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 1, bias: false}
  relu1: ReLU
  conv2: {op: Conv2d, out_channels: 8, kernel_size: 1}
  relu2: ReLU
  add: {op: Add, from: [relu2, input]}
"""
"""A residual unit with an identity shortcut."""


def edited(edits: str, text: str = CHAIN, more: str = "", **overrides: object) -> Graph:
    return net(f"{more}\n{text}\nedits:\n  {edits}", **overrides)


def test_41_after_is_for_all_readers() -> None:
    graph = edited("- {after: {path: relu1}, insert: Tanh}", "layers: {relu1: ReLU, a: Sigmoid, "
                   "b: {op: Add, from: [relu1, a]}}")  # fmt: skip
    assert wiring(graph) == {
        "relu1": ("input",), "relu1_tanh": ("relu1",), "a": ("relu1_tanh",),
        "b": ("relu1_tanh", "a"),
    }  # fmt: skip


def test_41_after_the_last_layer_is_before_the_output() -> None:
    graph = edited("- {after: {path: add}, insert: ReLU}")
    assert graph.outputs[0].source == "add_relu"
    assert wiring(graph)["add_relu"] == ("add",)


def test_41_before_is_on_each_edge_the_identity_too() -> None:
    graph = edited("- {before: {op: Add}, insert: {op: Dropout, p: 0.1}, as: drop, sites: 2}")
    assert wiring(graph)["add_drop0"] == ("relu2",)
    assert wiring(graph)["add_drop1"] == ("input",)
    assert wiring(graph)["add"] == ("add_drop0", "add_drop1")
    graph = edited("- {before: {path: relu1}, insert: BatchNorm2d}")
    assert wiring(graph)["relu1"] == ("relu1_batchnorm2d",)


def test_41_before_a_block_of_several_inputs() -> None:
    text = """
        blocks: {J: {inputs: [x, y], layers: {a: {op: Add, from: [x, y]}}}}
        layers: {j: {op: J, from: [input, input]}}
        edits: [{before: {op: J}, insert: Tanh, sites: 2}]
        """
    assert net(text).scopes["j"].sources == ("j_tanh0", "j_tanh1")


def test_41_edits_go_in_their_order() -> None:
    one = "- {after: {path: conv1}, insert: BatchNorm2d, as: bn}"
    two = "- {after: {path: conv1}, insert: Tanh, as: tanh}"
    graph = edited(f"{one}\n  {two}")  # the second is on the output again, nearer to the layer
    assert wiring(graph)["conv1_tanh"] == ("conv1",)
    assert wiring(graph)["conv1_bn"] == ("conv1_tanh",)
    assert wiring(graph)["relu1"] == ("conv1_bn",)
    one = one.replace("after", "before")
    two = two.replace("after", "before")
    graph = edited(f"{one}\n  {two}")
    assert wiring(graph)["conv1"] == ("conv1_tanh",)
    assert wiring(graph)["conv1_tanh"] == ("conv1_bn",)


def test_40_a_later_edit_sees_what_an_earlier_one_made() -> None:
    graph = edited("- {after: {op: Conv2d}, insert: BatchNorm2d, as: bn, sites: 2}\n"
                   "  - {set: {op: BatchNorm2d}, to: {affine: false}, sites: 2}\n"
                   "  - {after: {path: conv1_bn}, insert: Tanh}")  # fmt: skip
    assert argument(graph, "conv2_bn", "affine") is False
    assert wiring(graph)["conv1_bn_tanh"] == ("conv1_bn",)
    assert wiring(graph)["relu1"] == ("conv1_bn_tanh",)


def test_45_an_edit_does_not_select_what_it_made() -> None:
    more = "blocks: {P: {layers: {a: {op: MaxPool2d, kernel_size: 2}, b: ReLU}}}"
    graph = edited("- {replace: {op: [MaxPool2d, ReLU]}, with: P, sites: 2}",
                   "layers: {x: {op: MaxPool2d, kernel_size: 1}, y: ReLU}", more)  # fmt: skip
    assert paths(graph) == ["x.a", "x.b", "y.a", "y.b"]
    graph = edited("- {after: {op: ReLU}, insert: ReLU}")
    assert "relu1_relu" in paths(graph)
    assert "relu1_relu_relu" not in paths(graph)
    graph = edited("- {replace: {op: Conv2d}, with: {layers: [{op: Conv2d, out_channels: 8, "
                   "kernel_size: 1}, ReLU]}, sites: 2}")  # fmt: skip
    assert paths(graph)[:3] == ["conv1.0", "conv1.1", "relu1"]


def test_45_the_next_edit_does() -> None:
    graph = edited(
        "- {after: {op: Conv2d}, insert: ReLU}\n  - {after: {op: ReLU}, insert: Tanh, sites: 4}"
    )
    assert "conv1_relu_tanh" in paths(graph)


def test_42_replace_keeps_the_name_and_what_is_said() -> None:
    pool = "layers: {p: {op: MaxPool2d, kernel_size: 3, stride: 2, ceil_mode: true}, q: {op: MaxPool2d, kernel_size: 2}}"
    graph = edited("- {replace: {op: MaxPool2d}, with: {op: AvgPool2d}, keep: [kernel_size, stride, "
                   "ceil_mode, padding]}", pool)  # fmt: skip
    assert graph.nodes["p"].op_name == "AvgPool2d"
    assert (argument(graph, "p", "stride"), argument(graph, "p", "ceil_mode")) == (2, True)
    assert (argument(graph, "q", "stride"), argument(graph, "q", "ceil_mode")) == (None, False)
    graph = edited("- {replace: {path: conv1}, with: {op: Conv2d, kernel_size: 3, padding: 1}, "
                   "keep: [out_channels]}")  # fmt: skip
    assert graph.nodes["conv1"].params == 8 * 8 * 9 + 8  # total: the bias is back


def test_42_replace_sees_the_input_of_the_site() -> None:
    graph = edited("- {replace: {op: ReLU}, with: {op: PReLU, num_parameters: in_channels * n}}",
                   more="params: {n: 1}")  # fmt: skip
    assert argument(graph, "relu1", "num_parameters") == 8


def test_42_set() -> None:
    graph = edited(
        "- {set: {op: Conv2d}, to: {out_channels: 2 * in_channels // 2, bias: true}, sites: 2}"
    )
    assert argument(graph, "conv1", "bias") is True
    assert shape(graph, "conv1") == (8, 16, 16)


def test_42_set_a_parameter_of_a_block() -> None:
    graph = net(
        """
        blocks: {B: {params: {n: 1}, layers: [{op: ReLU, repeat: n}]}}
        layers: {b: B, c: B}
        edits: [{set: {op: B, path: b}, to: {n: 3}}]
        """
    )
    assert paths(graph) == ["b.0", "b.1", "b.2", "c.0"]


def test_43_remove() -> None:
    graph = edited("- {remove: {op: ReLU}, sites: 2}")
    assert paths(graph) == ["conv1", "conv2", "add"]
    assert wiring(graph)["add"] == ("conv2", "input")


def test_43_what_was_inserted_stays_when_its_anchor_goes() -> None:
    graph = edited("- {after: {path: relu1}, insert: Tanh}\n  - {remove: {path: relu1}}")
    assert wiring(graph)["relu1_tanh"] == ("conv1",)
    assert wiring(graph)["conv2"] == ("relu1_tanh",)
    graph = edited("- {before: {path: relu1}, insert: Tanh}\n  - {remove: {path: relu1}}")
    assert wiring(graph)["conv2"] == ("relu1_tanh",)


def test_43_cut_and_its_orphans() -> None:
    text = """
        layers:
          a: ReLU
          b: {op: Tanh, from: input}
          c: {op: Sigmoid}
          add: {op: Add, from: [a, c]}
          d: ReLU
        """
    graph = edited("- {cut: {op: Add}, operand: c, sites: 1}", dedent(text))
    assert wiring(graph) == {"a": ("input",), "d": ("a",)}  # b and c vanish
    graph = edited("- {cut: {op: Add}, operand: input}")
    assert wiring(graph)["relu2"] == ("conv2",)
    assert graph.outputs[0].source == "relu2"
    graph = edited("- {cut: {path: cat}, operand: b}", "layers: {a: {op: ReLU, from: input}, b: {op: "
                   "ReLU, from: input}, c: {op: ReLU, from: input}, cat: {op: Concat, from: [a, b, "
                   "c]}}")  # fmt: skip
    assert wiring(graph)["cat"] == ("a", "c")


def test_43_cut_leaves_other_unread_layers_to_be_told() -> None:
    diagnose(CHAIN.replace("  relu2", "  «x»: {op: Tanh, from: conv1}\n  relu2").replace(
        "relu2: ReLU", "relu2: {op: ReLU, from: conv2}") +
        "edits: [{cut: {op: Add}, operand: input}]", "unread-layer")  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("{op: ReLU}", ["a1.r", "a2.r", "b.c.r"]),
        ("{op: [ReLU, Tanh]}", ["a1.r", "a2.r", "b.c.r", "b.t"]),
        ("{path: a1.r}", ["a1.r"]),
        ("{path: 'a*.r'}", ["a1.r", "a2.r"]),
        ("{path: '*.r'}", ["a1.r", "a2.r"]),
        ("{path: '**.r'}", ["a1.r", "a2.r", "b.c.r"]),
        ("{path: '**', op: ReLU}", ["a1.r", "a2.r", "b.c.r"]),
        ("{path: 'b.**'}", ["b.c.r", "b.t"]),
        ("{path: '**.c.**'}", ["b.c.r"]),
        ("{path: 'a[12].r'}", ["a1.r", "a2.r"]),
        ("{path: 'a[2].r'}", ["a2.r"]),
        ("{path: '{a1,b.c}.r'}", None),
        ("{path: '{a1,a2}.r'}", ["a1.r", "a2.r"]),
        ("{path: [a1.r, b.t]}", ["a1.r", "b.t"]),
        ("{op: Tanh, path: 'b.*'}", ["b.t"]),
    ],
)
def test_44_selectors(selector: str, selected: list[str] | None) -> None:
    text = "layers: {a1: {layers: {r: ReLU}}, a2: {layers: {r: ReLU}}, b: {layers: {c: {layers: {r: ReLU}}, t: Tanh}}}"
    if selected is None:
        assert (
            diagnostics(f"{text}\nedits: [{{after: {selector}, insert: ELU}}]")[0].code
            == "bad-edit"
        )
        return
    graph = edited(f"- {{after: {selector}, insert: ELU, as: x}}", text)
    assert [path[:-2] for path in paths(graph) if path.endswith("_x")] == selected


def test_44_an_op_parameter_counts_as_what_it_holds() -> None:
    graph = edited("- {after: {op: Tanh}, insert: ELU, sites: 2}", "layers: {a: act, b: {op: act}}",
                   "params: {act: Tanh}")  # fmt: skip
    assert paths(graph) == ["a", "a_elu", "b", "b_elu"]


def test_45_absent_layers_are_no_sites() -> None:
    text = "layers: {a: ReLU, b: {op: ReLU, when: false}, c: {op: Tanh, when: false, else: ReLU}}"
    assert paths(edited("- {after: {op: ReLU}, insert: ELU, sites: 2}", text)) == [
        "a", "a_elu", "c", "c_elu",
    ]  # fmt: skip


def test_46_what_an_edit_makes() -> None:
    more = "params: {act: ELU}\nblocks: {B: {layers: [Tanh]}}"
    for made, found in (
        ("ELU", ["a", "a_x"]),
        ("B", ["a", "a_x.0"]),
        ("{op: act, alpha: 0.5}", ["a", "a_x"]),
        ("{layers: {c: act, b: {op: B}}}", ["a", "a_x.c", "a_x.b.0"]),
        ("{layers: {c: ReLU, d: {op: Add, from: [c, input]}}, output: d}", ["a", "a_x.c", "a_x.d"]),
    ):
        unread = "" if "act" in made else more
        head = more if "act" in made else unread.replace("params: {act: ELU}\n", "")
        assert paths(edited(f"- {{after: {{path: a}}, insert: {made}, as: x}}", "layers: {a: ReLU}",
                            head)) == found  # fmt: skip


def test_47_names() -> None:
    assert paths(edited("- {after: {path: '0'}, insert: {layers: [Tanh]}}", "layers: [ReLU, ReLU]")) == [
        "0", "0_inserted.0", "1",
    ]  # fmt: skip
    assert paths(edited("- {after: {path: '0'}, insert: LeakyReLU}", "layers: [ReLU, ReLU]"))[
        1
    ] == ("0_leakyrelu")


def test_47_nothing_is_renumbered() -> None:
    text = "layers: [ReLU, Tanh, {layers: [Tanh]}, ReLU]"
    assert paths(edited("- {remove: {op: Tanh}, sites: 2}", text)) == ["0", "3"]
    assert paths(edited("- {after: {path: '0'}, insert: ELU}", text)) == [
        "0", "0_elu", "1", "2.0", "3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("edit-sites", "{remove: «{op: Tanh}»}"),
        ("edit-sites", "{remove: {op: ReLU}, sites: «1»}"),
        ("edit-sites", "{remove: {op: Tanh}, sites: «1»}"),
        ("edit-sites", "{before: {op: Add}, insert: ELU, sites: «1»}"),
        ("edit-sites", "{cut: «{op: Add}», operand: conv9}"),
        ("edit-sites", "{set: «{path: conv1.0}», to: {bias: true}}"),
        ("unknown-op", "{remove: {op: «Relu»}}"),
        ("unknown-op", "{remove: {op: [ReLU, «act»]}}"),
        ("unknown-op", "{after: {op: ReLU}, insert: «Elu»}"),
        ("unknown-op", "{replace: {op: ReLU}, with: {op: «Elu»}}"),
        ("unknown-name", "{replace: {op: ReLU}, with: {op: ELU, alpha: «a»}}"),
        ("unknown-name", "{set: {op: ReLU6}, to: {alpha: «a»}}"),
        ("unknown-argument", "{set: {op: Conv2d}, to: {«kernel»: 3}}"),
        ("unknown-argument", "{set: {op: Conv2d}, to: {«when»: false}}"),
        ("inferred-argument", "{set: {op: Conv2d}, to: {«in_channels»: 3}}"),
        ("unknown-argument", "{replace: {op: Conv2d}, with: ReLU, keep: [«bias»]}"),
        ("unknown-argument", "{replace: {op: ReLU}, with: ELU, keep: [«bias»]}"),
        (
            "duplicate-argument",
            "{replace: {path: conv1}, with: {op: Conv2d, out_channels: 8, kernel_size: 1}, "
            "keep: [«out_channels»]}",
        ),
        ("bad-edit", "{replace: {path: conv1}, with: {layers: [ReLU]}, «keep»: [bias]}"),
        ("bad-edit", "{remove: «{op: Add}»}"),
        ("bad-edit", "{cut: «{op: ReLU}», operand: conv1}"),
        ("bad-edit", "«{after: {op: ReLU}}»"),
        ("bad-edit", "«{insert: ELU}»"),
        ("bad-edit", "«{after: {op: ReLU}, before: {op: ReLU}, insert: ELU}»"),
        ("bad-edit", "«{after: {op: ReLU}, insert: ELU, keep: [x]}»"),
        ("bad-edit", "«{remove: {op: ReLU}, as: x}»"),
        ("bad-edit", "{remove: «{}»}"),
        ("bad-edit", "{remove: {path: «'relu['»}}"),
        ("bad-edit", "{remove: {path: «relu/1»}}"),
        ("bad-edit", "{remove: {path: [relu1, «'re**'»]}}"),
        ("bad-edit", "{after: {op: ReLU}, insert: {op: ELU, «from»: conv1}}"),
        ("bad-edit", "{after: {op: ReLU}, insert: {op: ELU, «when»: true}}"),
        ("bad-edit", "{after: {op: ReLU}, insert: {op: ELU, «repeat»: 2}}"),
        ("bad-edit", "{after: {op: ReLU}, insert: «{use: conv1}»}"),
        ("bad-edit", "{after: {op: ReLU}, insert: «[ELU]»}"),
        ("wrong-type", "{after: {op: ReLU}, insert: «3»}"),
        ("wrong-type", "{after: «ReLU», insert: ELU}"),
        ("wrong-type", "{remove: {op: ReLU}, sites: «-1»}"),
        ("missing-key", "{after: {op: ReLU}, «insert»: {alpha: 3}}"),
        ("bad-name", "{after: {op: ReLU}, insert: ELU, as: «a b»}"),
        ("duplicate-layer", "{before: {op: ReLU}, insert: «ELU», as: x}, {after: {op: ReLU}, "
         "insert: ELU, as: x}"),
        ("shape", "{set: {path: conv1}, to: {out_channels: «7», groups: 2}}"),
        ("arity", "{replace: {op: Add}, with: «ReLU»}"),
    ],
)  # fmt: skip
def test_40_wrong_edits(code: str, edit: str) -> None:
    found = diagnostics(f"{CHAIN}edits: [{edit}]")
    assert [mistake.code for mistake in found] == [code], [mistake.message for mistake in found]
    if code not in ("duplicate-layer", "arity", "bad-name"):
        diagnose(f"{CHAIN}edits: [{edit}]", code)


def test_48_inherited_edits_may_select_nothing() -> None:
    text = """
        params: {act: ReLU}
        layers: {a: act}
        edits: [{after: {op: ReLU}, insert: ELU, sites: 1}]
        """
    assert paths(net(text)) == ["a", "a_elu"]
    assert paths(net(text, act="Tanh")) == ["a"]


def test_40_absent_operands_when_a_merge_becomes_a_strict_one() -> None:
    text = CHAIN.replace("[relu2, input]", "[relu2, short]").replace(
        "  add:", "  short: {op: Tanh, from: input, when: false}\n  add:"
    )
    assert wiring(net(text))["add"] == ("relu2", "input")
    found = diagnostics(text + "edits: [{replace: {op: Add}, with: Concat}]")
    assert [mistake.code for mistake in found] == ["absent-layer"]


# ---------------------------------------------------------------- 19 of the rules: use


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
    """The layer stands above: what is told is why it is not seen, and the form that works."""
    mistake = diagnose(f"layers: {{a: {CONV}, b: {{use: «a», repeat: {repeat}}}}}", "unknown-layer")
    assert mistake.message == "the copies of 'b' are layers of a scope that does not see 'a'"
    assert mistake.help is not None
    assert f"'b{{{name}}}': {{use: a, repeat: ...}}" in mistake.help
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
    mistake = diagnose(text % 4, "shape")
    assert mistake.message == "'a' is made for an input of 8×16×16, not 4×16×16"


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
