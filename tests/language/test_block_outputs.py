"""Blocks that give several values."""

from __future__ import annotations

import pytest

import archspec
from tests.language.graphs import wiring
from tests.marked_specs import net

BLOCKS = """
blocks:
  Two:
    outputs: [first, second]
    layers:
      first: ReLU
      second: {op: Tanh, from: input}
  Swap:
    inputs: [x, y]
    outputs: [sum, kept]
    layers:
      sum: {op: Add, from: [x, y]}
      kept: {op: ReLU, from: y}
"""


def test_the_first_is_the_value_and_others_have_paths() -> None:
    graph = net(
        f"{BLOCKS}layers: {{two: Two, sum: {{op: Add, from: [two, two.second, two.first]}}}}"
    )
    assert wiring(graph)["sum"] == ("two.first", "two.second", "two.first")
    assert graph.taps == {"two": ("second",)}


def test_a_block_reads_all_that_one_block_gives() -> None:
    graph = net(
        f"{BLOCKS}layers: {{two: Two, a: Swap, b: {{op: Swap, from: [two.second, a]}}, "
        "c: {op: Add, from: [b, b.kept, a.kept]}}"
    )
    assert wiring(graph)["a.sum"] == ("two.first", "two.second")
    assert wiring(graph)["b.sum"] == ("two.second", "a.sum")


@pytest.mark.parametrize("key", ["copies", "'copy{i}'"])
def test_copies_pass_them_on(key: str) -> None:
    graph = net(
        f"{BLOCKS}layers: {{two: Two, {key}: {{op: Swap, repeat: 3}}, last: Swap, "
        "sum: {op: Add, from: [last, last.kept]}}"
    )
    second = "copies.1" if key == "copies" else "copy1"
    first, third = second.replace("1", "0"), second.replace("1", "2")
    assert wiring(graph)[f"{first}.sum"] == ("two.first", "two.second")
    assert wiring(graph)[f"{second}.sum"] == (f"{first}.sum", f"{first}.kept")
    assert wiring(graph)["last.sum"] == (f"{third}.sum", f"{third}.kept")


def test_copies_with_a_name_read_several_layers() -> None:
    graph = net(
        f"{BLOCKS}layers: {{a: ReLU, copies: {{op: Swap, repeat: 2, from: [a, input]}}, "
        "sum: {op: Add, from: [copies.sum, copies.kept]}}"
    )
    assert graph.scopes["copies"].sources == ("a", "input")
    assert wiring(graph)["sum"] == ("copies.1.sum", "copies.1.kept")


@pytest.mark.parametrize(
    "scope",
    [
        "{layers: {one: ReLU, two: Two}}",
        "{layers: {two: Two, last: {op: ReLU, when: false}}, output: two}",
        "Whole",
    ],
)
def test_a_scope_gives_all_that_its_output_gives(scope: str) -> None:
    graph = net(
        f"{BLOCKS}  Whole: {{layers: {{one: ReLU, two: Two}}}}\n"
        f"layers: {{outer: {scope}, a: {{op: Swap, from: outer}}, add: {{op: Add, from: [a, a.kept]}}}}\n"
        "outputs: {add: add, first: outer, second: outer.second}"
    )
    assert wiring(graph)["a.sum"] == ("outer.two.first", "outer.two.second")
    assert graph.outputs[1].source == "outer.two.first"
    assert graph.outputs[2].source == "outer.two.second"
    assert graph.taps["outer"] == ("two.second",)


def test_a_block_is_used_again() -> None:
    graph = net(
        f"{BLOCKS}layers: {{two: Two, a: Swap, b: {{use: a, from: a}}, "
        "c: {op: Add, from: [b, b.kept]}}"
    )
    assert wiring(graph)["b.sum"] == ("a.sum", "a.kept")
    assert wiring(graph)["c"] == ("b.sum", "b.kept")


@pytest.mark.torch
def test_the_source_computes_what_the_graph_says() -> None:
    from archspec.backends.torch.verify import verify_source

    graph = net(
        f"""{BLOCKS}
  Conv:
    inputs: [x, y]
    outputs: [z, y2]
    layers:
      z: {{op: Conv2d, out_channels: 4, kernel_size: 1, from: x}}
      y2: {{op: Add, from: [z, y]}}
input: [4, 8, 8]
layers:
  two: Two
  convs: {{op: Conv, repeat: 2}}
  again: {{use: convs, from: [convs.y2, two.second]}}
  last: Conv
  sum: {{op: Add, from: [last, last.y2, convs]}}
"""
    )
    source = archspec.source(graph)
    verify_source(graph, source, mode="training")
    assert "def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:" in source


@pytest.mark.torch
def test_a_chain_has_one_name_for_what_it_passes_on() -> None:
    from archspec.backends.torch.verify import verify_source

    graph = net(
        f"{BLOCKS}layers: {{two: Two, a: Swap, b: Swap, c: Swap, "
        "sum: {op: Add, from: [c, c.kept, a]}}"
    )
    source = archspec.source(graph)
    verify_source(graph, source, mode="training")
    for statement in (
        "a, kept = self.a(x, second)",
        "x, kept = self.b(a, kept)",
        "x, kept = self.c(x, kept)",
    ):
        assert statement in source


@pytest.mark.torch
def test_what_is_read_later_keeps_its_name() -> None:
    from archspec.backends.torch.verify import verify_source

    graph = net(
        f"{BLOCKS}layers: {{two: Two, a: Swap, b: Swap, c: Swap, "
        "sum: {op: Add, from: [c, c.kept, a.kept]}}"
    )
    source = archspec.source(graph)
    verify_source(graph, source, mode="training")
    for statement in (
        "x, kept = self.a(x, second)",
        "x, kept_ = self.b(x, kept)",
        "x, kept_ = self.c(x, kept_)",
    ):
        assert statement in source


THROUGH = """
blocks:
  Two:
    outputs: [first, input]
    layers: {first: ReLU}
  Keep:
    inputs: [x, y]
    outputs: [sum, y]
    layers: {sum: {op: Add, from: [x, y]}}
"""


def test_an_input_is_passed_on() -> None:
    graph = net(
        f"{THROUGH}layers: {{conv: Tanh, two: Two, copies: {{op: Keep, repeat: 2}}, "
        "sum: {op: Add, from: [copies, copies.y]}}"
    )
    assert wiring(graph)["copies.0.sum"] == ("two.first", "conv")
    assert wiring(graph)["copies.1.sum"] == ("copies.0.sum", "conv")
    assert wiring(graph)["sum"] == ("copies.1.sum", "conv")
    assert graph.taps == {}


@pytest.mark.parametrize("key", ["a", "copies"])
def test_what_a_block_passes_on_when_it_is_used_again_is_its_input(key: str) -> None:
    repeat = "" if key == "a" else ", repeat: 2"
    graph = net(
        f"{THROUGH}layers: {{r: ReLU, {key}: {{op: Keep{repeat}, from: [input, r]}}, "
        f"b: {{use: {key}, from: [{key}, input]}}, c: {{op: Add, from: [b, b.y, {key}.y]}}}}"
    )
    assert wiring(graph)["c"][1:] == ("input", "r")


@pytest.mark.torch
def test_the_source_passes_on_what_the_graph_says() -> None:
    from archspec.backends.torch.verify import verify_source

    graph = net(
        f"{THROUGH}layers: {{conv: Tanh, two: Two, copies: {{op: Keep, repeat: 2}}, "
        "again: {use: copies, from: [copies, two]}, sum: {op: Add, from: [again, again.y, copies.y]}}"
    )
    verify_source(graph, archspec.source(graph), mode="training")
