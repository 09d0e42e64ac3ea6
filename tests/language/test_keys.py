"""Keys of every layer."""

from __future__ import annotations

import pytest

from archspec.language.model import ITEM_KEYS
from archspec.ops import registry
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
