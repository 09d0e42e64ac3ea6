"""The results of a study: a table, JSON and CSV."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from archspec.escaping import json_text
from archspec.reports.numbers import duration, readable
from archspec.reports.studies.comparison import Choice, RankCorrelation, RowComparison
from archspec.reports.studies.results import RowResults, RunResult, StudyResults, as_number
from archspec.reports.table import Column, Table, csv

QUANTITIES: Final = ("accuracy", "train_accuracy", "validation_accuracy", "loss", "seconds")
WORDS: Final = {
    "accuracy": "percent, of the final weights on test images if there are some, else on those held out",
    "training": "percent, over the last epoch, while it is learned",
    "validation": "percent, of the final weights on the images held out",
}


def results_table(results: StudyResults, compared: RowComparison) -> Table:
    """A row a network, with the mean and the deviation over its trainings."""
    record = results.record
    has_held = any(row.values("validation_accuracy") for row in results.rows)
    columns = (
        Column("network"),
        Column("params", right=True, rank=2, missed="params"),
        Column("MACs", right=True, rank=3, missed="MACs"),
        Column("accuracy", right=True),
        *([Column("validation", right=True)] if has_held else []),
        Column("training", right=True),
        Column("loss", right=True, rank=1, missed="loss"),
        Column("time", right=True, rank=4, missed="time"),
        Column("runs", right=True),
        *(Column(f"published {readable(name)}", right=True) for name in results.figures),
        Column("changes", wraps=True, rank=5, missed="changes"),
    )
    cells = tuple(tuple(_cells(row, results, has_held=has_held)) for row in results.rows)
    shown = ("accuracy", *(["validation"] if has_held else []), "training")
    notes: list[tuple[str, ...]] = [(name, "", WORDS[name]) for name in shown]
    notes += [(row.name, row.record.note) for row in results.rows if row.record.note]
    notes += _comparisons(compared)
    title = f"{record.name}: {record.description}" if record.description else record.name
    subtitle = f"{record.data}, {record.recipe}"
    return Table(columns, cells, None, title, subtitle, tuple(notes))


def _comparisons(compared: RowComparison) -> Iterator[tuple[str, ...]]:
    """What cross-validation chooses, and whether the order is the published one."""
    if compared.chosen is not None:
        yield ("chosen", "", choice_text(compared.chosen))
    if compared.order is not None:
        yield ("order", "", ranks_text(compared.order))


def choice_text(found: Choice) -> str:
    """Which row, by what margin against the noise, and what is to be reported of it."""
    text = f"{found.row}, {found.validation:.2f} % of the images held out"
    if math.isfinite(found.margin):
        text += f", {found.margin:.2f} ± {found.error:.2f} above {found.other}"
    if math.isfinite(found.p):
        text += f" (corrected t-test of {found.pairs} pairs: p = {found.p:.2g})"
    if math.isfinite(found.seed_deviation):
        text += f"; from seed to seed ± {found.seed_deviation:.2f}"
    if math.isfinite(found.test):
        spread = found.test_deviation
        text += (
            f"; accuracy {found.test:.2f}{f' ± {spread:.2f}' if math.isfinite(spread) else ''} %"
        )
    return text


def ranks_text(found: RankCorrelation) -> str:
    """How far the order of the measured means is that of the published figure."""
    low, high = found.spearman_interval
    first, last = found.kendall_interval
    rows = f"{found.rows} rows{', the best of each network' if found.best_of_each else ''}"
    return (
        f"against the published {readable(found.figure)}, {rows}: Spearman's ρ {found.spearman:.2f} "
        f"({low:.2f} to {high:.2f}), Kendall's τ {found.kendall:.2f} ({first:.2f} to {last:.2f}), "
        "with 95 % intervals of a bootstrap over rows and seeds"
    )


def _cells(row: RowResults, results: StudyResults, *, has_held: bool) -> Iterator[str]:
    yield row.name
    yield f"{row.record.params:,}"
    yield f"{row.record.macs:,}"
    yield with_deviation(row, "accuracy", 2)
    if has_held:
        yield with_deviation(row, "validation_accuracy", 2)
    yield with_deviation(row, "train_accuracy", 2)
    yield with_deviation(row, "loss", 3)
    yield duration(row.mean("seconds"))
    yield runs_text(row)
    for name in results.figures:
        value = row.record.published.get(name, "")
        yield value if isinstance(value, str) else f"{value:,}"
    yield row.record.changes


def with_deviation(row: RowResults, quantity: str, digits: int) -> str:
    """``91.20 ± 0.15``; of one training without a deviation, and – of none."""
    mean, deviation = row.mean(quantity), row.deviation(quantity)
    if not math.isfinite(mean):
        return "–"
    spread = f" ± {deviation:.{digits}f}" if math.isfinite(deviation) else ""
    return f"{mean:.{digits}f}{spread}"


def runs_text(row: RowResults) -> str:
    """``3``, or ``2, 1 diverged``: how many have finished, and what became of the others."""
    counts = Counter(run.state for run in row.runs)
    finished = counts.pop("finished", 0)
    return ", ".join([f"{finished}", *(f"{count} {state}" for state, count in counts.items())])


def results_json(results: StudyResults, compared: RowComparison) -> str:
    """All that was measured, a line for each training."""
    chosen, order = compared.chosen, compared.order
    more = {"chosen": chosen and _plain(chosen), "order": order and _plain(order)}
    record = results.record.model_dump(mode="json", exclude={"rows", "command"})
    parts = [f"  {json_text(key)}: {json_text(value)}" for key, value in record.items()]
    parts += [f"  {json_text(key)}: {json_text(value)}" for key, value in more.items() if value]
    rows = ",\n".join(_row_json(row) for row in results.rows)
    return "{\n" + ",\n".join([*parts, f'  "rows": [\n{rows}\n  ]']) + "\n}"


def _row_json(row: RowResults) -> str:
    head = row.record.model_dump(mode="json")
    head |= {"mean": {name: as_number(row.mean(name)) for name in QUANTITIES}}
    head |= {"deviation": {name: as_number(row.deviation(name)) for name in QUANTITIES}}
    parts = [f"      {json_text(key)}: {json_text(value)}" for key, value in head.items()]
    runs = ",\n".join(f"        {json_text(_plain(run))}" for run in row.runs)
    return "    {\n" + ",\n".join([*parts, f'      "runs": [\n{runs}\n      ]']) + "\n    }"


def _plain(found: RunResult | Choice | RankCorrelation) -> dict[str, Any]:
    """The fields as JSON has them."""
    return {
        name: as_number(value) if isinstance(value, float) else value
        for name, value in asdict(found).items()
    }


def results_csv(results: StudyResults) -> str:
    """A line for each training."""
    keys = list(dict.fromkeys(key for row in results.rows for key in row.record.point))
    header = ("row", "network", *keys, "params", "macs", "seed", "fold", "state", *QUANTITIES)
    return csv(
        (*header, *(f"published_{name}" for name in results.figures)),
        (
            (
                row.name,
                row.record.network,
                *(row.record.point.get(key, "") for key in keys),
                row.record.params,
                row.record.macs,
                run.seed,
                "" if run.fold is None else run.fold,
                run.state,
                *(as_number(getattr(run, name)) for name in QUANTITIES),
                *(row.record.published.get(name, "") for name in results.figures),
            )
            for row in results.rows
            for run in row.runs
        ),
    )
