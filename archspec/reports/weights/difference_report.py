"""What differs between two files of weights."""

from __future__ import annotations

import math

from archspec.escaping import json_text
from archspec.reports.table import Column, Table
from archspec.reports.weights.rows import MAX_ROWS, shortened
from archspec.weights.difference import WeightsDifference
from archspec.weights.matching.layers import shape_text


def difference_table(names: tuple[str, str], found: WeightsDifference, *, expand: bool) -> Table:
    """A row for each tensor that differs, the most changed first."""
    rows: list[tuple[str, ...]] = [
        (each.key, shape_text(each.shape), f"{each.largest:.3g}", _percent(each.relative), "")
        for each in found.changed
    ]
    hidden = len(rows) - MAX_ROWS
    if hidden > 0 and not expand:
        rows = rows[:MAX_ROWS]
    notes = [("--expand", f"shows {hidden:,} tensors more")] if hidden > 0 and not expand else []
    rows += [
        (key, " and ".join(map(shape_text, shapes)), "", "", "other shape")
        for key, shapes in found.reshaped.items()
    ]
    for name, keys in zip(names, (found.only_first, found.only_second), strict=True):
        rows += shortened([(key, "", "", "", f"only in {name}") for key in keys], expand=expand)
    verdict = "the same numbers in all tensors" if found.is_empty else _counts(found)
    return Table(
        (
            Column("tensor"),
            Column("shape", rank=1, missed="shapes"),
            Column("largest difference", right=True),
            Column("of its length", right=True),
            Column(""),
        ),
        tuple(rows),
        None,
        f"{names[0]} and {names[1]}: {verdict}",
        None,
        tuple(notes),
    )


def _counts(found: WeightsDifference) -> str:
    parts = {
        "equal": found.equal,
        "changed": len(found.changed),
        "of other shapes": len(found.reshaped),
        "in one of them only": len(found.only_first) + len(found.only_second),
    }
    return ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)


def _percent(part: float) -> str:
    return f"{100 * part:.3g}%" if math.isfinite(part) else str(part)


def difference_json(names: tuple[str, str], found: WeightsDifference) -> str:
    return json_text(
        {
            "files": list(names),
            "identical": found.is_empty,
            "equal": found.equal,
            "changed": [
                {
                    "key": each.key,
                    "shape": list(each.shape),
                    "largest": _number(each.largest),
                    "relative": _number(each.relative),
                }
                for each in found.changed
            ],
            "reshaped": {
                key: [list(shape) for shape in pair] for key, pair in found.reshaped.items()
            },
            "only_first": list(found.only_first),
            "only_second": list(found.only_second),
        },
        2,
    )


def _number(value: float) -> float | str:
    """JSON has no word for infinity and NaN."""
    return value if math.isfinite(value) else str(value)
