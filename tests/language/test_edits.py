"""Edits: after, before, replace, set, remove, cut."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archspec.graph import Graph
from tests.language.graphs import argument, paths, shape, wiring
from tests.marked_specs import diagnose, diagnostics, net

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


def test_43_cut_leaves_other_unread_layers_to_be_reported() -> None:
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


SCOPES = """
blocks:
  Unit:
    layers:
      act: ReLU
      side: {layers: {conv: {op: Conv2d, out_channels: 8, kernel_size: 1}, norm: BatchNorm2d}}
layers:
  head: {layers: [ReLU, Tanh]}
  unit0: Unit
  unit1: Unit
  many: {op: ReLU, repeat: 2}
edits:
"""


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (
            "- {replace: {path: head}, with: SiLU}\n- {remove: {path: '*.side'}, sites: 2}",
            "head unit0.act unit1.act many.0 many.1",
        ),
        (
            "- {after: {path: '**.side'}, insert: Mish, sites: 2}\n- {remove: {path: unit1.side}}",
            "head.0 head.1 unit0.act unit0.side.conv unit0.side.norm unit0.side_mish unit1.act "
            "unit1.side_mish many.0 many.1",
        ),
        (
            "- {before: {path: head}, insert: Tanh}\n"
            "- {replace: {path: unit0.side}, with: {layers: [GELU]}}\n"
            "- {replace: {path: unit0.side}, with: Mish}\n"
            "- {remove: {path: 'unit1.side.*'}, sites: 2}",
            "head_tanh head.0 head.1 unit0.act unit0.side unit1.act many.0 many.1",
        ),
    ],
)
def test_scopes_are_selected_by_their_name(edits: str, expected: str) -> None:
    assert " ".join(paths(net(SCOPES + edits))) == expected


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("bad-edit", "{set: {path: head}, «to»: {p: 1}}"),
        ("bad-edit", "{replace: {path: head}, with: Dropout, «keep»: [p]}"),
        ("bad-edit", "{cut: «{path: head}», operand: input}"),
        ("edit-sites", "{remove: «{path: 'hea*'}»}"),
        ("edit-sites", "{remove: «{path: many}»}"),
        ("edit-sites", "{remove: «{path: head, op: ReLU}»}"),
    ],
)
def test_scopes_that_an_edit_cannot_change(code: str, edit: str) -> None:
    diagnose(f"{SCOPES}- {edit}", code)
