"""Networks that meet a budget, and sweeps over parameters: tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archspec.analyses.search import BudgetMatch, Sweep, SweepRow
from archspec.analyses.search.family import METRICS
from archspec.analyses.stats import DEFINITIONS
from archspec.describe.values import value
from archspec.escaping import json_text
from archspec.reports.analyses.diff_report import change
from archspec.reports.numbers import readable
from archspec.reports.table import Column, Table, csv, html, plain


def match_table(found: BudgetMatch) -> Table:
    """A row for every count: as the spec has it, what was asked for, and what was found."""
    columns = (
        Column("count"),
        Column("as written", right=True),
        Column("asked for", right=True),
        Column("found", right=True),
        Column("from the budget", right=True),
    )
    notes: list[tuple[str, ...]] = [(readable(key), "", DEFINITIONS[key]) for key in METRICS]
    notes.append((f"{found.tried} networks were counted",))
    return Table(
        columns,
        tuple(tuple(_match_cells(found, key)) for key in METRICS),
        title=f"{found.name}: {_chosen(found)}",
        subtitle=f"as written {_settings(found.original)}",
        notes=tuple(notes),
    )


def _chosen(found: BudgetMatch) -> str:
    return f"{_settings(found.values)} for {' and '.join(t.text for t in found.targets)}"


def _settings(values: Any) -> str:
    return ", ".join(f"{name}={value(each)}" for name, each in values.items())


def _match_cells(found: BudgetMatch, key: str) -> Iterator[str]:
    targets = [target for target in found.targets if target.metric == key]
    yield readable(key)
    yield f"{found.before[key]:,}"
    yield " ".join(f"{'' if t.sign == '=' else f'{t.sign} '}{t.count:,}" for t in targets)
    yield f"{found.counts[key]:,}"
    yield "; ".join(change(t.count, found.counts[key]) or "exactly" for t in targets)


def match_json(found: BudgetMatch) -> str:
    data = {
        "name": found.name,
        "values": dict(found.values),
        "as_written": dict(found.original),
        "targets": [
            {
                "metric": target.metric,
                "sign": target.sign,
                "count": target.count,
                "found": found.counts[target.metric],
            }
            for target in found.targets
        ],
        "counts": dict(found.counts),
        "counts_as_written": dict(found.before),
        "networks_counted": found.tried,
        "definitions": DEFINITIONS,
    }
    return json_text(data, indent=2)


def match_csv(found: BudgetMatch) -> str:
    """The network as written, and the one that was found."""
    rows = ((found.original, found.before), (found.values, found.counts))
    header = ("name", *found.values, *METRICS)
    return csv(
        header,
        (
            (found.name, *map(_plain, values.values()), *(counts[key] for key in METRICS))
            for values, counts in rows
        ),
    )


# ---------------------------------------------------------------- sweeps


def sweep_table(found: Sweep, metrics: Sequence[str] = METRICS) -> Table:
    """A row a network."""
    names = list(found.rows[0].values)
    columns = (
        *(Column(name, right=bool(k)) for k, name in enumerate(names)),
        *(Column(readable(key), right=True) for key in metrics),
    )
    notes: list[tuple[str, ...]] = [(readable(key), "", DEFINITIONS[key]) for key in metrics]
    problems = [row for row in found.rows if row.counts is None]
    if problems:
        where = _settings(problems[0].values)
        several = f"{len(problems)} of {len(found.rows)} are no networks"
        notes.append((f"{several}, such as {where}: {problems[0].problem}",))
    return Table(
        columns,
        tuple((*_texts(row), *_counts(row, metrics)) for row in found.rows),
        title=f"{found.name}: {len(found.rows)} networks",
        notes=tuple(notes),
    )


def _texts(row: SweepRow) -> Iterator[str]:
    return map(value, row.values.values())


def _counts(row: SweepRow, metrics: Sequence[str]) -> Iterator[str]:
    return (f"{row.counts[key]:,}" if row.counts is not None else "–" for key in metrics)


def sweep_json(found: Sweep, metrics: Sequence[str] = METRICS) -> str:
    data = {
        "name": found.name,
        "varied": found.varied,
        "definitions": {key: DEFINITIONS[key] for key in metrics},
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in data.items()]
    rows = ",\n".join(f"    {json_text(_row_data(row, metrics))}" for row in found.rows)
    return "\n".join(["{", *lines, '  "networks": [', rows, "  ]", "}"])


def _row_data(row: SweepRow, metrics: Sequence[str]) -> dict[str, Any]:
    counts = None if row.counts is None else {key: row.counts[key] for key in metrics}
    return {"values": dict(row.values), "counts": counts, "problem": row.problem or None}


def sweep_csv(found: Sweep, metrics: Sequence[str] = METRICS) -> str:
    header = (*found.rows[0].values, *metrics, "problem")
    return csv(
        header,
        (
            (
                *map(_plain, row.values.values()),
                *(row.counts[key] if row.counts is not None else "" for key in metrics),
                row.problem,
            )
            for row in found.rows
        ),
    )


def _plain(given: Any) -> Any:
    return given if isinstance(given, int | float) else value(given)


def match_text(found: BudgetMatch) -> str:
    return plain(match_table(found))


def match_html(found: BudgetMatch) -> str:
    return html(match_table(found))


def sweep_text(found: Sweep) -> str:
    return plain(sweep_table(found))


def sweep_html(found: Sweep) -> str:
    return html(sweep_table(found))
