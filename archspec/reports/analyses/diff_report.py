"""What makes one network of another: a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from archspec.analyses.difference import DiffEntry, NetworkDiff
from archspec.analyses.stats import DEFINITIONS
from archspec.describe.values import span
from archspec.escaping import json_text
from archspec.reports.numbers import readable, shape
from archspec.reports.table import Column, Table, csv, html, plain

SIGNS: Final = {"added": "+", "removed": "−", "changed": "~"}
DIFF_DEFINITIONS: Final = {
    "+ − ~": "added, removed, changed",
    "where": "path of the first layer or scope, and how many others are alike",
    "layers": "how many layers it is on, or that the scopes have",
    "± params": "learnable numbers there are more of",
    "± MACs": "multiply-accumulates there are more of",
}
"""What is shown, in one line each."""


def diff_table(found: NetworkDiff) -> Table:
    """A row for every kind of difference; the counts of both networks below."""
    columns = (
        Column("what", wraps=True),
        Column("where"),
        Column("layers", right=True),
        Column("± params", right=True),
        Column("± MACs", right=True),
    )
    rows = tuple(tuple(_cells(entry)) for entry in found.entries)
    title = f"{found.before.name} → {found.after.name}"
    subtitle = _settings(found) or None
    notes = (*_totals(found), *_others(found))
    if rows:
        notes += tuple((name, "", words) for name, words in DIFF_DEFINITIONS.items())
    if not rows:
        return Table((Column("difference"),), ((_same(found),),), None, title, subtitle, notes)
    return Table(columns, rows, None, title, subtitle, notes)


def _same(found: NetworkDiff) -> str:
    if found.same:
        return "none: the same network"
    return "none but names and outputs: the same layers"


def _settings(found: NetworkDiff) -> str:
    """``depths [3, 4, 6, 3] → [3, 4, 23, 3]``"""
    texts = []
    for name, (old, new) in found.params.items():
        change = f"{old} → {new}" if old and new else new or "gone"
        texts.append(f"{'' if old else '+ '}{name} {change}")
    return " · ".join(texts)


def _cells(entry: DiffEntry) -> Iterator[str]:
    yield f"{SIGNS[entry.fate]} {entry.text}"
    first, *others = entry.paths
    yield f"{first} +{len(others)}" if others else first
    yield str(entry.layers)
    yield signed(entry.params)
    yield signed(entry.macs)


def signed(number: int) -> str:
    """``+1,024``, and nothing of nothing."""
    return f"{number:+,}".replace("-", "−") if number else ""


def _totals(found: NetworkDiff) -> Iterator[tuple[str, ...]]:
    for key, (old, new) in found.totals.items():
        if old == new:
            yield (readable(key), f"{new:,}", "as before")
        else:
            yield (readable(key), f"{new:,}", f"from {old:,}: {change(old, new)}")


def change(old: int, new: int) -> str:
    """``+18,992,128, +74.3 %``"""
    if not old:
        return signed(new)
    percent = 100 * (new - old) / old
    digits = ".1f" if abs(percent) >= 0.1 else ".1g"
    return f"{signed(new - old)}, {percent:+{digits}} %".replace("-", "−")


def _others(found: NetworkDiff) -> Iterator[tuple[str, ...]]:
    yield from ((text,) for text in found.outputs)
    if found.renamed:
        old, new = next(iter(found.renamed.items()))
        yield (f"{len(found.renamed):,} layers have other names: {old} → {new}",)
    if found.following:
        text = f"{len(found.following):,} layers follow with other shapes: {span(found.following)}"
        counts = {"params": found.following_params, "MACs": found.following_macs}
        yield (", ".join([text, *(f"{signed(n)} {name}" for name, n in counts.items() if n)]),)


def diff_json(found: NetworkDiff) -> str:
    data = {
        "before": _network(found, 0),
        "after": _network(found, 1),
        "same": found.same,
        "totals": {
            key: {"before": old, "after": new, "change": new - old}
            for key, (old, new) in found.totals.items()
        },
        "params": {name: list(pair) for name, pair in found.params.items()},
        "outputs": found.outputs,
        "renamed": dict(found.renamed),
        "following": {
            "layers": found.following,
            "params": found.following_params,
            "macs": found.following_macs,
        },
        "definitions": DEFINITIONS,
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in data.items()]
    entries = ",\n".join(f"    {json_text(_entry(each))}" for each in found.entries)
    return "\n".join(["{", *lines, '  "differences": [', *([entries] * bool(entries)), "  ]", "}"])


def _network(found: NetworkDiff, side: int) -> dict[str, Any]:
    stats = (found.before, found.after)[side]
    return {"name": stats.name, "input": {name: shape(s) for name, s in stats.inputs.items()}}


def _entry(entry: DiffEntry) -> dict[str, Any]:
    return {
        "difference": entry.fate,
        "what": entry.text,
        "paths": entry.paths,
        "layers": entry.layers,
        "params": entry.params,
        "macs": entry.macs,
    }


def diff_csv(found: NetworkDiff) -> str:
    """A row for every layer or scope that differs."""
    header = ("difference", "what", "path", "layers", "params", "macs")
    rows = (
        (each.fate, each.text, path, *_each(each, len(each.paths)))
        for each in found.entries
        for path in each.paths
    )
    return csv(header, rows)


def _each(entry: DiffEntry, paths: int) -> tuple[Any, ...]:
    """What one of several equal differences adds, where all add the same."""
    counts = (entry.layers, entry.params, entry.macs)
    return tuple(count // paths if count % paths == 0 else "" for count in counts)


def diff_text(found: NetworkDiff) -> str:
    return plain(diff_table(found))


def diff_html(found: NetworkDiff) -> str:
    return html(diff_table(found))
