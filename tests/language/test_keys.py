"""Keys of every layer."""

from __future__ import annotations

import pytest

from archspec.diagnostics import SpecError
from archspec.language.model import ITEM_KEYS
from archspec.ops import registry
from archspec.workspace.load import loads
from tests.language.graphs import paths
from tests.marked_specs import diagnose, net


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


def test_names_in_quotes() -> None:
    graph = net(
        """
        layers:
          "1x1": ReLU
          'block1-0': ReLU
          "block1-{i + 1}": {op: Conv2d, out_channels: 8, kernel_size: 1, repeat: 2}
          "0": {layers: {"a-b": ReLU, sum: {op: Add, from: [a-b, input]}}}
          last: {op: Concat, from: ["0", "block1-*", 1x1]}
        edits: [{after: {path: "0.a-b"}, insert: Tanh}, {set: {path: "block1-{1,2}"}, to: {bias: false}}]
        expect: {keys: 2, shapes: {"block1-1": [8, 16, 16]}}
        """
    )
    assert [node.path for node in graph.layers] == [
        "1x1", "block1-0", "block1-1", "block1-2", "0.a-b", "0.a-b_tanh", "0.sum", "last",
    ]  # fmt: skip
    assert graph.state_keys == ("block1-1.weight", "block1-2.weight")


def test_names_that_quotes_do_not_help() -> None:
    for name in ("a b", "-a", "a.b", "a/b", "class", "half", "é"):
        diagnose(f'layers: {{«"{name}"»: ReLU}}', "bad-name")
    diagnose("layers: {«block1-0»: ReLU}", "bad-name")


STUDY = """archspec: 1
name: a
input: [3, 8, 8]
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 1}
study: {recipe: cifar10, seeds: 3, vary: {optimizer.lr: [0.1, 1]}, set: {epochs: 2}}
variants:
  b: {study: {set: {l1: 1e-5}}}
"""


def test_what_a_study_says_changes_no_network() -> None:
    without = STUDY.replace(STUDY[STUDY.index("study:") : STUDY.index("variants:")], "")
    assert loads(STUDY).total_params == loads(without).total_params


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds: 3", "seeds: 0", "'seeds' must be at least 1, not the number 0"),
        ("seeds: 3", "folds: 1", "'folds' must be at least 2, not the number 1"),
        ("vary:", "vray:", "unknown key 'vray'"),
        ("[0.1, 1]", "0.1", "'optimizer.lr' must be a list [...], not the number 0.1"),
        ("{set: {l1: 1e-5}}", "{seeds: 3}", "unknown key 'seeds'"),
    ],
)
def test_what_a_study_says_is_checked(old: str, new: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        loads(STUDY.replace(old, new))
    assert [each.message for each in error.value.diagnostics] == [message]
