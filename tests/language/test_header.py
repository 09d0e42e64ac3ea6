"""Version, name, description and citation; types of keys."""

from __future__ import annotations

import pytest

from archspec.diagnostics import SpecError
from archspec.workspace.load import loads
from tests.marked_specs import diagnose, diagnostics, net


def test_3_version() -> None:
    diagnose(
        "«archspec: 2»\nlayers: [ReLU]".replace("«archspec: 2»", "archspec: «2»"), "bad-version"
    )
    diagnose("archspec: «true»\nlayers: [ReLU]", "bad-version")
    with pytest.raises(SpecError) as caught:
        loads("input: [3, 8, 8]\nlayers: [ReLU]")
    assert caught.value.diagnostics[0].code == "missing-key"


def test_3_what_a_network_needs() -> None:
    assert diagnostics("name: x")[0].message == "a spec needs 'layers' (or 'extends')"
    with pytest.raises(SpecError) as caught:
        loads("archspec: 1\nlayers: [ReLU]")
    assert caught.value.diagnostics[0].message == "a spec needs 'input'"


def test_3_name_description_cite() -> None:
    graph = net("name: small-net_1.0\ndescription: a net\ncite: me\nlayers: [ReLU]")
    assert (graph.name, graph.description, graph.cite) == ("small-net_1.0", "a net", "me")
    assert net("layers: [ReLU]").name == "network"


@pytest.mark.parametrize("name", ["a; import os", "a/b", "a:b", "' '", "é", "x" * 81])
def test_3_names_of_networks(name: str) -> None:
    diagnose(f"name: «{name}»\nlayers: [ReLU]", "bad-name")
    if ":" not in name:
        diagnose(f"layers: [ReLU]\nvariants: {{«{name}»: {{}}}}", "bad-name")


@pytest.mark.parametrize(
    "text",
    [
        "name: «1»\nlayers: [ReLU]",
        "layers: «3»",
        "layers: «ReLU»",
        "layers: [«3»]",
        "layers: {a: «true»}",
        "params: «[1]»\nlayers: [ReLU]",
        "layers: [ReLU]\nedits: «{}»",
        "layers: [ReLU]\nexpect: {params: «1.5»}",
        "layers: [ReLU]\nexpect: {params: «true»}",
        "layers: {a: {op: ReLU, from: «0»}}",
        "layers: {a: {op: ReLU, from: [input, «0»]}}",
        "layers: {a: {op: ReLU, when: «3»}}",
        "layers: {a: {op: ReLU, repeat: «1.5»}}",
        "layers: {a: {op: ReLU, repeat: «[1, 2]»}}",
        "layers: {a: {op: ReLU, note: «3»}}",
        "layers: {a: {op: «3»}}",
        "layers: {a: {use: «3»}}",
        "layers: {a: ReLU}\noutputs: {x: {from: a, only: «inference»}}",
    ],
)
def test_3_types_are_reported_once(text: str) -> None:
    diagnose(text, "wrong-type")
