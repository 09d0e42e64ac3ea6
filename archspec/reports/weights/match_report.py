"""How a file of weights fits a network, or does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from archspec.escaping import json_text
from archspec.reports.table import Column, Table
from archspec.reports.weights.rows import MAX_ROWS, shortened
from archspec.weights.matching.layers import shape_text
from archspec.weights.matching.match import MatchTask
from archspec.weights.mismatch import TensorMismatch, first_of_layers
from archspec.weights.report import HOW, MatchReport, TensorPair


def match_table(report: MatchReport, *, expand: bool) -> Table:
    """A row a layer: what it is called in both, and how that was found out."""
    layers = [
        (file, network, HOW[how])
        for (file, network, how), _ in groupby(report.pairs, lambda pair: _layers_of(pair))
    ]
    layers += [("", path, "stays fresh") for path in _paths(report.missing)]
    layers += [(path, "", "unused") for path in _paths(report.unused)]
    rows: list[tuple[str, ...]] = []
    for _, run in groupby(layers, lambda row: row[2]):
        rows += shortened(list(run), expand=expand)
    return Table(
        (Column("file"), Column(report.network), Column("found")),
        tuple(rows),
        None,
        report.summary,
        None,
        tuple((note,) for note in report.notes),
    )


def _layers_of(pair: TensorPair) -> tuple[str, str, Any]:
    return pair.file.rpartition(".")[0], pair.network.rpartition(".")[0], pair.how


def _paths(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key.rpartition(".")[0] or key for key in keys))


def match_json(report: MatchReport) -> str:
    return json_text(
        {
            "file": report.path,
            "network": report.network,
            "pairs": [
                {"file": pair.file, "network": pair.network, "how": pair.how}
                for pair in report.pairs
            ],
            "missing": list(report.missing),
            "unused": list(report.unused),
            "notes": list(report.notes),
        },
        2,
    )


def mismatch_table(
    names: tuple[str, str], found: Sequence[TensorMismatch], work: MatchTask, *, expand: bool
) -> Table:
    """A row for each layer of a file and of a network that does not fit the other."""
    shown = found if expand else first_of_layers(found)[:MAX_ROWS]
    hidden = len(found) - len(shown)
    rows = (
        (
            each.file or "",
            shape_text(work.file[each.file]) if each.file else "",
            each.network or "",
            shape_text(work.network[each.network]) if each.network else "",
        )
        for each in shown
    )
    columns = (Column(names[0]), Column("shape"), Column(names[1]), Column("shape"))
    notes = (("--expand", f"shows {hidden:,} tensors more"),) if hidden else ()
    return Table(columns, tuple(rows), notes=notes)


def mismatch_json(found: Sequence[TensorMismatch]) -> str:
    pairs = [{"file": each.file, "network": each.network} for each in found]
    return json_text({"mismatches": pairs}, 2)
