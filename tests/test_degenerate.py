"""Networks of which little or nothing is left, and names at the edge: a graph or a diagnostic, never a
traceback, and what is accepted is counted and printed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.analyses.stats import stats
from archspec.backends.torch.source import source
from archspec.diagnostics import SpecError
from archspec.diagnostics.render.terminal import render
from archspec.figures.draw import figure_bytes
from archspec.figures.request import STYLES
from archspec.graph import Graph
from archspec.workspace.load import loads
from tests.marked_specs import diagnose, diagnostics, net

GONE = "{op: ReLU, when: in_channels > 99}"
NOTHING_LEFT = {
    "every layer absent": f"layers: {{a: {GONE}, b: {GONE}}}",
    "every layer of a list absent": f"layers: [{GONE}]",
    "no copies": "layers: {a: {op: ReLU, repeat: 0}}",
    "an absent group": "params: {on: false}\nlayers: {(g): {when: on, layers: {a: ReLU}}}",
    "a block of nothing": f"blocks: {{B: {{layers: [{GONE}]}}}}\nlayers: {{b: B}}",
    "a scope of nothing": f"layers: {{a: {{layers: {{b: {GONE}}}}}}}",
    "the main path removed": "layers: {a: ReLU, b: ReLU}\nedits: [{remove: {op: ReLU}}]",
    "everything removed": "layers: {a: {layers: [ReLU, ReLU]}}\nedits: [{remove: {path: '**'}}]",
    "outputs of what is removed": "layers: {a: ReLU}\noutputs: {x: a, y: a}\n"
    "edits: [{remove: {path: a}}]",
    "outputs of two modes": "layers: {a: ReLU}\noutputs: {x: a, y: {from: a, only: training}}\n"
    "edits: [{remove: {path: a}}]",
    "an output that is the input instead": "layers:\n  a: ReLU\n"
    "  b: {op: ReLU, from: a, when: in_channels > 99, else: input}\noutputs: {x: a, y: b}",
    "a merge of which the input is left": "layers:\n  a: {op: ReLU, when: in_channels > 99, "
    "else: none}\n  b: {op: Add, from: [a, input]}",
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING_LEFT)
def test_an_output_is_made_by_a_layer(name: str) -> None:
    assert [diagnostic.code for diagnostic in diagnostics(NOTHING_LEFT[name])] == ["bad-output"]


def test_an_output_that_is_an_input_says_which() -> None:
    diagnostic = diagnose(
        "layers:\n  a: ReLU\n  b: {op: ReLU, from: a, when: in_channels > 99, else: input}\n"
        "outputs: {x: a, «y»: b}",
        "bad-output",
    )
    assert diagnostic.message == "no layer is left between the input 'input' and this output"
    assert diagnostic.help == "keep a layer there, if only an Identity"


LITTLE_LEFT = [
    f"layers: {{a: {GONE}, b: Identity}}",
    "layers: [{op: ReLU, repeat: 0}, ReLU]",
    f"blocks: {{B: {{layers: [{GONE}]}}}}\nlayers: [B, ReLU, B]",
    f"layers: {{a: {{layers: [{GONE}, ReLU, {GONE}]}}}}",
    "layers: {a: ReLU, b: ReLU}\nedits: [{remove: {path: a}}]",
    "layers:\n  a: {op: ReLU, when: in_channels > 99, else: none}\n"
    "  b: {op: Add, from: [a, input]}\n  c: ReLU",
    "layers: {a: ReLU, b: {op: Add, from: [a, a]}}\noutputs: {count: a, index: b}",
    "input: [1]\nlayers: [Identity]",
]


@pytest.mark.parametrize("text", LITTLE_LEFT)
def test_little_is_left(text: str) -> None:
    graph = net(text)
    use(graph)
    for style in STYLES:
        with suppress(SpecError):  # styles for what is not in the network
            assert figure_bytes(graph, "txt" if style == "text" else "svg", style=style)
    for format in ("html", "dot", "mmd", "tex", "json"):
        assert figure_bytes(graph, format)


def use(graph: Graph) -> None:
    """Count a network in both modes, and print it."""
    stats(graph)
    stats(graph, "training")
    source(graph)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(("name", "help"), [("_aux", "write 'aux'"), ("_", "write 'out'")])
def test_an_output_that_no_named_tuple_holds(name: str, help: str) -> None:
    diagnostic = diagnose(f"layers: {{a: ReLU}}\noutputs: {{out: a, «{name}»: a}}", "bad-name")
    assert diagnostic.help == help


@pytest.mark.parametrize("name", ["class", "None", "forward", "__doc__", "a.b", ""])
def test_other_names_that_no_output_has(name: str) -> None:
    (diagnostic,) = diagnostics(f"layers: {{a: ReLU}}\noutputs: {{out: a, '{name}': a}}")
    assert diagnostic.code == "bad-name"


# ---------------------------------------------------------------- any spec


def item(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A layer, perhaps absent, repeated, or reading others."""
    control = {
        "when": st.sampled_from([True, False, "n > 1", "in_channels > 3"]),
        "repeat": st.sampled_from([0, 1, 2, {"k": 2}, "n"]),
        "from": st.sampled_from(["input", "a", "*", ["a", "input"], ["a", "a"]]),
    }
    layer = st.one_of(
        st.sampled_from(["ReLU", "Add", "Concat", "Multiply", "Flatten", "B", "Identity"]).map(
            lambda op: {"op": op}
        ),
        st.sampled_from(["n", 2, "in_channels"]).map(
            lambda width: {"op": "Conv2d", "out_channels": width, "kernel_size": 1}
        ),
        st.sampled_from([True, False]).map(lambda on: {"op": "B", "on": on}),
        st.just({"use": "a"}),
        inner.map(lambda body: {"layers": body}),
    )
    return st.builds(
        lambda made, more, instead: made | more | (instead if "when" in more else {}),
        layer,
        st.fixed_dictionaries({}, optional=control),
        st.fixed_dictionaries(
            {}, optional={"else": st.sampled_from(["input", "none", "a", "Tanh"])}
        ),
    )


bodies: st.SearchStrategy[Any] = st.recursive(
    st.just({"a": "ReLU"}),
    lambda inner: (
        st.lists(item(inner), min_size=1, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "b", "c{i}", "count", "x"]), item(inner), min_size=1, max_size=3
        )
    ),
    max_leaves=6,
)
CHANGES: list[dict[str, Any]] = [
    {"remove": {"op": "ReLU"}}, {"remove": {"path": "**"}}, {"remove": {"path": "a"}},
    {"cut": {"op": ["Add", "Concat"]}, "operand": "input"}, {"cut": {"op": "Add"}, "operand": "a"},
    {"replace": {"path": "*"}, "with": {"layers": ["ReLU"]}}, {"replace": {"op": "ReLU"}, "with": "B"},
    {"after": {"op": "ReLU"}, "insert": {"op": "B", "on": False}},
    {"before": {"op": "Add"}, "insert": "Tanh"},
    {"after": {"path": "a"}, "insert": {"layers": [{"op": "ReLU", "when": False}]}},
]  # fmt: skip
outputs = st.dictionaries(
    st.sampled_from(["out", "aux", "_aux", "count", "index", "x", "self", "torch", "nn"]),
    st.sampled_from(["a", "b", {"from": "a", "only": "training"}, {"from": "b"}]),
    max_size=3,
)
INPUTS = [[3, 8, 8], [3, 8, 8], [4], [1, 1, 1], {"x": [3, 8, 8]}, {"x": [3, 8, 8], "a": [3, 8, 8]}]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    bodies,
    st.sampled_from(INPUTS),
    outputs,
    st.lists(st.sampled_from(CHANGES), max_size=2),
    st.lists(
        st.sampled_from([{"bias": 0}, {"op": "Conv2d", "weight": 1}, {"path": "a.*", "bias": 1}]),
        max_size=1,
    ),
    st.integers(0, 2),
)
def test_whatever_is_written(
    body: Any, shape: Any, named: dict[str, Any], changes: list[Any], rules: list[Any], n: int
) -> None:
    """Loading raises SpecError only, and what it accepts is counted and printed."""
    unit = {"a": {"op": "ReLU", "when": "on"}, "z": {"op": "Add", "from": ["a", "input"]}}
    document = {
        "archspec": 1,
        "name": "net",
        "input": shape,
        "params": {"n": n},
        "blocks": {"B": {"params": {"on": "n > 0"}, "layers": unit}},
        "layers": body,
        "edits": changes,
    }
    if named and isinstance(body, dict):
        document["outputs"] = named
    if rules:
        document["init"] = rules
    try:
        graph = loads(json.dumps(document), input=shape)  # so that edits may select nothing
    except SpecError as error:
        for diagnostic in error.diagnostics:
            render(diagnostic, color=False)
        return
    use(graph)
