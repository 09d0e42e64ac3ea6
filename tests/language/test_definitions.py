"""Definitions and references of names, as an editor asks for them."""

from __future__ import annotations

from archspec.elaborate.resolve.definitions import Resolution
from archspec.elaborate.resolve.resolver import resolve
from archspec.elaborate.rules.desugar import Bodies
from archspec.frontends.yaml import read
from archspec.workspace.workspace import Workspace

SPEC = """archspec: 1
input: [8, 16, 16]
params: {width: 8, act: ReLU}
blocks:
  Unit:
    params: {k: int}
    layers:
      conv: {op: Conv2d, out_channels: k + width, kernel_size: 1}
      relu: act
layers:
  unit{i}: {op: Unit, k: width + i, repeat: 2}
  last: {op: Add, from: ["unit*", unit0], when: width > 4, else: unit1}
"""


def names() -> Resolution:
    program = Workspace().program_of(read(SPEC, "spec.yaml"))
    return resolve(program, Bodies(), lambda error: None)


def places(form: str, name: str) -> list[str]:
    """Where something is used: line and column, from one."""
    found = names()
    (definition,) = [d for d in found.definitions if (d.form, d.name) == (form, name)]
    return [str(use.span).partition(":")[2] for use in found.uses_of(definition)]


def test_every_name_of_a_file_has_one_definition() -> None:
    found = [(definition.form, definition.name) for definition in names().definitions]
    assert sorted(found) == [
        ("block", "Unit"),
        ("block parameter", "k"),
        ("input", "input"),
        ("input", "input"),
        ("layer", "conv"),
        ("layer", "last"),
        ("layer", "relu"),
        ("layer", "unit{i}"),
        ("parameter", "act"),
        ("parameter", "width"),
        ("repeat", "i"),
    ]


def test_the_uses_of_a_name() -> None:
    assert places("parameter", "width") == ["11:26", "12:49", "8:44"]
    assert places("parameter", "act") == ["9:13"]
    assert places("block", "Unit") == ["11:17"]
    assert places("block parameter", "k") == ["8:40"]
    assert places("repeat", "i") == ["11:3", "11:34"]
    assert places("layer", "unit{i}") == ["12:26", "12:35", "12:66"]
