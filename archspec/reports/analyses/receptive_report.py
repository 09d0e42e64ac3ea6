"""The receptive fields of a network's layers: a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from archspec.analyses.fields import Fields, LayerField
from archspec.describe.values import number
from archspec.escaping import json_text
from archspec.reports.numbers import shape
from archspec.reports.table import Column, Table, csv, html, plain

FIELD_DEFINITIONS: Final = {
    "output": "channels and sides of what the layer gives",
    "field": "pixels of the input that a unit sees through all branches, those of padding too",
    "smallest": "the same through the branch in which it sees least",
    "covers": "the field as a share of the input's side; above 100% it sees padding",
    "jump": "pixels of the input from the field of one unit to that of its neighbour",
    "centre": "pixel in the middle of the first unit's field; that in the corner is 0",
}
"""What is shown, in one line each."""
WHOLE: Final = "all"
"""In the place of a jump where a layer has no units that see different parts."""


def fields_table(fields: Fields, *, everything: bool = False) -> Table:
    """A row for every layer that changes the field, or for every layer."""
    layers = [layer for layer in fields.layers if everything or layer.changes]
    notes: list[tuple[str, ...]] = [(name, "", text) for name, text in FIELD_DEFINITIONS.items()]
    if any(layer.whole for layer in layers):
        notes.append((WHOLE, "", "every unit sees the same: what the layer reads, in full"))
    if missing := len(fields.layers) - len(layers):
        notes.append((f"without {missing:,} layers that change nothing: --all shows them",))
    return Table(
        (
            Column("layer"),
            Column("op"),
            *(Column(name, right=True) for name in FIELD_DEFINITIONS),
        ),
        tuple(tuple(_cells(fields, layer)) for layer in layers),
        title=f"{fields.name}: receptive fields in an input of {shape(fields.input)}",
        subtitle=passing_in_words(fields),
        notes=tuple(notes),
    )


def passing_in_words(fields: Fields) -> str:
    """Where the fields become as large as the input."""
    passing = fields.passing
    if passing is None:
        largest = max(fields.layers, key=fields.covers)
        return f"no layer sees the whole input: {largest.name} sees most, {shape(largest.size)}"
    if passing.whole:
        return f"the first layer that sees as much as the input is {passing.name}, which reads a map whole"
    return (
        f"the first layer that sees as much as the input is {passing.name}, {shape(passing.size)}"
    )


def _cells(fields: Fields, layer: LayerField) -> Iterator[str]:
    yield layer.name
    yield layer.op
    yield shape(layer.output)
    yield shape(layer.size)
    yield shape(layer.smallest)
    yield f"{100 * float(fields.covers(layer)):,.0f}%"
    yield WHOLE if layer.whole else _sides_text(layer.stride)
    yield _sides_text(layer.centre)


def _sides_text(sides: tuple[Fraction, ...]) -> str:
    """``4``, or ``1×2×2`` where the sides differ."""
    texts = [number(float(side)).replace("-", "−") for side in sides]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def fields_json(fields: Fields) -> str:
    passing, last = fields.passing, fields.last_map
    data = {
        "name": fields.name,
        "input": fields.input,
        "passes_input_at": passing.name if passing else None,
        "last_map": last.name if last else None,
        "definitions": FIELD_DEFINITIONS,
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in data.items()]
    layers = ",\n".join(f"    {json_text(_layer_data(fields, each))}" for each in fields.layers)
    return "\n".join(["{", *lines, '  "layers": [', layers, "  ]", "}"])


def _layer_data(fields: Fields, layer: LayerField) -> dict[str, Any]:
    return {
        "name": layer.name,
        "op": layer.op,
        "output": layer.output,
        "field": layer.size,
        "smallest": layer.smallest,
        "covers": float(fields.covers(layer)),
        "jump": [float(side) for side in layer.stride],
        "centre": [float(side) for side in layer.centre],
        "whole": layer.whole,
        "middle": layer.region(),
    }


def fields_csv(fields: Fields) -> str:
    """A row for every layer."""
    header = ("name", "op", "output", "field", "smallest", "covers", "jump", "centre", "whole")
    return csv(header, (_row(fields, layer) for layer in fields.layers))


def _row(fields: Fields, layer: LayerField) -> tuple[Any, ...]:
    def text(sides: tuple[Any, ...]) -> str:
        return "x".join(number(float(side)) for side in sides)

    return (
        *(layer.name, layer.op, text(layer.output), text(layer.size), text(layer.smallest)),
        *(float(fields.covers(layer)), text(layer.stride), text(layer.centre), layer.whole),
    )


def fields_text(fields: Fields) -> str:
    return plain(fields_table(fields))


def fields_html(fields: Fields) -> str:
    return html(fields_table(fields))
