"""What a network sees in pictures: a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archspec.escaping import json_text
from archspec.reports.run.evaluation_report import class_name
from archspec.reports.table import Column, Table


class Prediction(NamedTuple):
    """How probable each class is for a picture."""

    path: Path
    probabilities: Sequence[float]

    def top(self, count: int) -> list[tuple[int, float]]:
        """The most probable classes, the most probable first."""
        ranked = sorted(enumerate(self.probabilities), key=lambda pair: (-pair[1], pair[0]))
        return ranked[:count]


def prediction_table(
    found: Sequence[Prediction], names: Sequence[str], top: int, notes: Sequence[str] = ()
) -> Table:
    """A row for each of the most probable classes; the picture's name stands in the first."""
    rows = [
        (str(each.path) if rank == 0 else "", class_name(names, k), f"{100 * probability:.2f}%")
        for each in found
        for rank, (k, probability) in enumerate(each.top(top))
    ]
    columns = (Column("image"), Column("class"), Column("probability", right=True))
    return Table(columns, tuple(rows), notes=tuple((note,) for note in notes))


def prediction_json(found: Sequence[Prediction], names: Sequence[str], top: int) -> str:
    rows = [json_text(_row(each, names, top)) for each in found]
    return "[\n  " + ",\n  ".join(rows) + "\n]" if rows else "[]"


def _row(each: Prediction, names: Sequence[str], top: int) -> dict[str, Any]:
    classes = [
        {"class": class_name(names, k), "index": k, "probability": probability}
        for k, probability in each.top(top)
    ]
    return {"image": str(each.path), "classes": classes}
