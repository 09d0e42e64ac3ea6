"""An evaluation as tables and JSON, and read from that JSON again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from archspec.escaping import json_text
from archspec.reports.table import Column, Table
from archspec.training.evaluation import Evaluation

MAX_CONFUSION: Final = 20
"""Classes of which a confusion matrix is shown with its numbers."""
MAX_CLASSES: Final = 100
"""Classes that are all listed; of more only the worst."""
WORST: Final = 20
DEFINITIONS: Final[Mapping[str, str]] = {
    "top-1": "images whose most probable class is theirs",
    "top-5": "images whose class is among the five most probable",
    "loss": "mean cross-entropy, in nats",
    "confidence": "mean probability of the predicted class",
    "calibration error": "expected difference of confidence and accuracy, in 15 bins",
}


def class_name(names: Sequence[str], number: int) -> str:
    """The name of a class; its number if it has none."""
    return names[number] if number < len(names) else str(number)


def in_percent(value: float | None) -> str:
    return "" if value is None else "–" if math.isnan(value) else f"{value:.2f}%"


def numbers(evaluation: Evaluation) -> dict[str, str]:
    """The numbers that sum an evaluation up, as texts."""
    found = {
        "top-1": in_percent(evaluation.top1),
        "top-5": in_percent(evaluation.top5),
        "loss": f"{evaluation.loss:.4f}",
        "confidence": in_percent(evaluation.confidence),
        "calibration error": in_percent(evaluation.calibration_error),
    }
    return {name: text for name, text in found.items() if text}


def evaluation_tables(
    evaluation: Evaluation, names: Sequence[str], title: str, subtitle: str | None = None
) -> tuple[Table, ...]:
    """A table of the classes with what sums them up, and for few classes the confusion matrix."""
    classes = _class_table(evaluation, names, title, subtitle)
    if evaluation.classes > MAX_CONFUSION:
        return (classes,)
    return classes, _confusion_table(evaluation, names)


def _class_table(
    evaluation: Evaluation, names: Sequence[str], title: str, subtitle: str | None
) -> Table:
    columns = (
        Column("class"),
        Column("images", right=True),
        Column("correct", right=True),
        Column("accuracy", right=True),
        Column("most often taken for"),
    )
    shown = list(range(evaluation.classes))
    notes: list[tuple[str, ...]] = [
        (name, text, DEFINITIONS[name]) for name, text in numbers(evaluation).items()
    ]
    if len(shown) > MAX_CLASSES:
        shown = worst_classes(evaluation)[:WORST]
        notes.append((f"the {WORST} worst of {evaluation.classes} classes; JSON has all",))
    if not math.isfinite(evaluation.loss):
        notes.append(("some outputs of the network are no finite numbers",))
    total = (
        "all",
        f"{evaluation.images:,}",
        f"{evaluation.correct:,}",
        in_percent(evaluation.top1),
    )
    rows = tuple(_class_cells(evaluation, names, k) for k in shown)
    return Table(columns, rows, (*total, ""), title, subtitle, tuple(notes))


def _class_cells(evaluation: Evaluation, names: Sequence[str], label: int) -> tuple[str, ...]:
    row = evaluation.confusion[label]
    others = [(count, -k) for k, count in enumerate(row) if count and k != label]
    count, other = max(others, default=(0, 0))
    return (
        class_name(names, label),
        f"{sum(row):,}",
        f"{row[label]:,}",
        in_percent(evaluation.per_class[label]),
        f"{class_name(names, -other)} ({count:,})" if count else "",
    )


def worst_classes(evaluation: Evaluation) -> list[int]:
    """The classes that have images, the least accurate first."""
    seen = [k for k, accuracy in enumerate(evaluation.per_class) if not math.isnan(accuracy)]
    return sorted(seen, key=lambda k: evaluation.per_class[k])


def _confusion_table(evaluation: Evaluation, names: Sequence[str]) -> Table:
    labels = [class_name(names, k) for k in range(evaluation.classes)]
    columns = (Column("label"), *(Column(label, right=True) for label in labels))
    rows = tuple(
        (label, *(f"{count:,}" if count else "·" for count in row))
        for label, row in zip(labels, evaluation.confusion, strict=True)
    )
    return Table(columns, rows, title="confusion: a row a label, a column a prediction")


def evaluation_json(
    evaluation: Evaluation, names: Sequence[str], head: Mapping[str, Any] | None = None
) -> str:
    """All that was counted, with one line for each class, bin and mistake."""
    fields: dict[str, Any] = {
        **(head or {}),
        "images": evaluation.images,
        "top1": _number(evaluation.top1),
        "top5": _number(evaluation.top5),
        "loss": _number(evaluation.loss),
        "confidence": _number(evaluation.confidence),
        "calibration_error": _number(evaluation.calibration_error),
        "correct": evaluation.correct,
        "correct5": evaluation.correct5,
    }
    rows: dict[str, list[Any]] = {
        "classes": list(_class_rows(evaluation, names)),
        "confusion": [list(row) for row in evaluation.confusion],
        "calibration": [asdict(part) for part in evaluation.calibration],
        "mistakes": [asdict(mistake) for mistake in evaluation.mistakes],
    }
    parts = [f"  {json_text(name)}: {json_text(value)}" for name, value in fields.items()]
    for name, values in rows.items():
        inner = ",\n".join(f"    {json_text(value)}" for value in values)
        parts.append(f"  {json_text(name)}: [\n{inner}\n  ]" if values else f'  "{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}"


def _class_rows(evaluation: Evaluation, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(evaluation.confusion):
        yield {
            "name": class_name(names, number),
            "images": sum(row),
            "correct": row[number],
            "accuracy": _number(evaluation.per_class[number]),
        }


def _number(value: float | None) -> float | None:
    """JSON has no numbers that are not finite."""
    return value if value is not None and math.isfinite(value) else None


def read_evaluation(text: str) -> Evaluation:
    """An evaluation from its JSON. Raises ValueError where the text is something else."""
    from pydantic import TypeAdapter

    data = json.loads(text)
    if isinstance(data, dict) and data.get("loss", 0) is None:
        data = {**data, "loss": math.nan}
    return TypeAdapter(Evaluation).validate_python(data)
