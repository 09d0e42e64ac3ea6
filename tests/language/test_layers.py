"""Layers: ops by name, inline scopes, what is suggested for a slip."""

from __future__ import annotations

import re

import pytest

from tests.language.graphs import paths, wiring
from tests.marked_specs import diagnose, net


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
    ("op", "why"),
    [
        ("Bilinear", "torch.nn.Bilinear is not part of the language"),
        ("GRU", "the language has no recurrence"),
        ("LSTM", "the language has no recurrence"),
        ("RMSNorm", "torch.nn.RMSNorm is not part of the language"),
        ("Unfold", "torch.nn.Unfold is not part of the language"),
    ],
)
def test_12_what_torch_has_and_the_language_has_not_is_no_slip(op: str, why: str) -> None:
    found = diagnose(f"layers: [{{op: «{op}»}}]", "unknown-op")
    assert (found.help, found.fix) == (f"{why}; an op of your own, one class, can be added", None)


@pytest.mark.parametrize("name", ["Deconv2d", "PixelUnshufle", "UnLinear"])
def test_12_an_opposite_is_no_suggestion(name: str) -> None:
    opposite = {"Deconv2d": "Conv2d", "PixelUnshufle": "'PixelShuffle'", "UnLinear": "Linear"}[name]
    found = diagnose(f"layers: [{{op: «{name}»}}]", "unknown-op")
    assert found.fix is None or found.fix.text in ("ConvTranspose2d", "PixelUnshuffle")
    assert f"'{opposite}'" not in (found.help or "")


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
    found = diagnose(text, code)
    said = f"{found.message} {found.help}"
    assert re.search(r"\(U\+[0-9A-F]{4}\) is a (Cyrillic|Fullwidth) letter that looks like '", said)
    assert (found.fix.text if found.fix else None) == mended


def test_a_description_of_several_lines_is_one() -> None:
    graph = net("description: |\n  a network\n  of one layer\ncite: >\n  a\n\n  b\nlayers: [ReLU]")
    assert (graph.description, graph.cite) == ("a network of one layer", "a b")


@pytest.mark.parametrize("word", ["YES", "ON", "Yes", "yes", "TRUE", "NO", "OFF", "off"])
def test_8_truth_values_of_other_readers(word: str) -> None:
    found = diagnose(f"layers: [{{op: Linear, out_features: 3, bias: «{word}»}}]", "bad-scalar")
    right = "true" if word.lower() in ("yes", "on", "true") else "false"
    assert found.fix is not None
    assert (found.help, found.fix.text) == (f"write {right}", right)


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
    found = diagnose(f"layers: [{{op: ReLU, «{key}»: [ReLU]}}]", "unknown-argument")
    assert found.help == f"a layer has 'op' or '{key}', not both"


def test_15_scopes_and_their_outputs() -> None:
    graph = net("layers: {a: {layers: {b: ReLU, c: Tanh}, output: c}, d: ReLU}")
    assert wiring(graph)["d"] == ("a.c",)
    diagnose("layers: {a: {layers: {b: ReLU}, output: «c»}}", "unknown-layer")
    diagnose('layers: {a: {layers: [ReLU], output: «"0"»}}', "unknown-layer")
