"""Parameters of a file."""

from __future__ import annotations

import pytest

from tests.language.graphs import argument, paths, shape
from tests.marked_specs import diagnose, diagnostics, net


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
