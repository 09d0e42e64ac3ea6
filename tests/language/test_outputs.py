"""Outputs, numbers of items, and layers that nothing reads."""

from __future__ import annotations

import pytest

from tests.language.graphs import paths
from tests.marked_specs import diagnose, diagnostics, net


def test_4_output_or_outputs() -> None:
    diagnose("layers: {a: ReLU}\n«output»: a\noutputs: {x: a}", "bad-output")


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


def test_39_several_unread_layers_are_reported_each() -> None:
    found = diagnostics("layers: {a: ReLU, b: {op: ReLU, from: input}, c: {op: ReLU, from: input}}")
    assert [mistake.code for mistake in found] == ["unread-layer", "unread-layer"]


def test_templates_name_outputs() -> None:
    graph = net(
        """
        params: {n: 2}
        blocks:
          B:
            params: {k: int}
            layers: {"a{i}": {op: ReLU, repeat: 3}}
            output: a{k}
        layers:
          x{i}: {op: ReLU, repeat: 2, from: input}
          side: {op: ReLU, from: "x{n - 1}"}
          main: {op: B, k: n, from: x1}
          part: {layers: {"b{i}": {op: ReLU, repeat: n}, c: {op: ReLU, when: false, else: none}}, output: "b{n - 1}", from: main}
        outputs: {a: "x{n - 2}", b: {from: "x{n - 1}"}, c: side, d: part, e: main}
        """
    )
    assert [output.source for output in graph.outputs] == ["x0", "x1", "side", "part.b1", "main.a2"]


def test_wrong_templates_name_no_outputs() -> None:
    text = "params: {n: 2}\nlayers: {x0: ReLU, x1: {op: ReLU, from: x0, when: n > 0}}\noutputs: {a: x0, b: %s}"
    diagnose(text % '«"x{n}"»', "unknown-layer")
    diagnose(text % '"x{«q»}"', "unknown-name")
    diagnose(text % '«"x{1"»', "bad-name")
    diagnose(text % '"x{«n / 2»}"', "bad-name")
    diagnose(text % '«"y{n}"»', "unknown-layer")
