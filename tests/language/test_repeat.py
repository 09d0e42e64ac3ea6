"""Copies: under templates, in scopes of their own, one after the other."""

from __future__ import annotations

from collections.abc import Sized

import pytest

from archspec.elaborate.expand import body as builder
from archspec.elaborate.rules import repeat as copies
from tests.language.graphs import paths, wiring
from tests.marked_specs import diagnose, diagnostics, net


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
    (found,) = diagnostics(text % 15, max_layers=10)
    assert found.code == "limit"


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
