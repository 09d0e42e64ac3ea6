"""Values, keys and expressions as they are written."""

from __future__ import annotations

import pytest

from archspec.language.expression import TRUTHS
from tests.language.graphs import argument, paths
from tests.marked_specs import diagnose, diagnostics, net


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-4", 1e-4), ("0.5", 0.5), ("1", 1), (".5", 0.5), ("1.5e+3", 1.5e3)],
)
def test_1_numbers(written: str, value: float) -> None:
    graph = net(f"layers: [{{op: LeakyReLU, negative_slope: {written}}}]")
    assert argument(graph, "0", "negative_slope") == value


@pytest.mark.parametrize("word", ["no", "off", "yes", "on", "True", "FALSE"])
def test_1_other_truth_values_are_words(word: str) -> None:
    found = diagnose(f"layers: [{{op: BatchNorm2d, when: «{word}»}}]", "bad-scalar")
    assert found.help in ("write true", "write false")


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


@pytest.mark.parametrize("word", TRUTHS)
@pytest.mark.parametrize("form", ["{}", "not {}", "1 < 2 and {}"])
def test_1_other_truth_values_have_one_fix_wherever_they_stand(form: str, word: str) -> None:
    (found,) = diagnostics(f"layers: [{{op: ReLU, when: {form.format(word)}}}]")
    assert found.code == "bad-scalar"
    assert found.fix is not None
    assert found.fix.text == TRUTHS[word]
