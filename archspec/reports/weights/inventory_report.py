"""What is in a file of weights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from archspec.escaping import json_text
from archspec.reports.table import Column, Table
from archspec.reports.weights.rows import MAX_ROWS
from archspec.weights.inventory import TensorEntry
from archspec.weights.matching.layers import shape_text


def inventory_table(
    name: str, origin: str, entries: Sequence[TensorEntry], *, expand: bool
) -> Table:
    """A row a tensor; of a long file a row for each part of the network."""
    depth = None if expand or len(entries) <= MAX_ROWS else _depth(entries)
    groups = [list(group) for _, group in groupby(entries, lambda each: _part(each.key, depth))]
    rows = tuple(_inventory_row(group, depth) for group in groups)
    dtypes = sorted({each.dtype for each in entries})
    total = ("total", "", "", *_sums(entries))
    notes = [("--expand", "shows every tensor")] if len(groups) < len(entries) else []
    wrong = [each.key for each in entries if not each.is_finite]
    if wrong:
        notes.append((wrong[0], f"has numbers that are not finite, as {len(wrong)} tensors have"))
    return Table(
        (
            Column("tensors" if depth else "tensor"),
            Column("shape"),
            Column("type", rank=1, missed="types"),
            Column("tensors", right=True),
            Column("numbers", right=True),
            Column("bytes", right=True),
        ),
        rows,
        total,
        name,
        f"{origin}{len(entries):,} tensors of {', '.join(dtypes)}",
        tuple(notes),
    )


def _depth(entries: Sequence[TensorEntry]) -> int:
    """The most parts of a key by which the rows are not too many."""
    deepest = max(each.key.count(".") for each in entries)
    depths = range(deepest, 1, -1)
    fitting = (k for k in depths if len({_part(each.key, k) for each in entries}) <= MAX_ROWS)
    return next(fitting, 1)


def _part(key: str, depth: int | None) -> str:
    return key if depth is None else ".".join(key.split(".")[:-1][:depth]) or key


def _inventory_row(group: Sequence[TensorEntry], depth: int | None) -> tuple[str, ...]:
    layers = {each.key.rpartition(".")[0] for each in group}
    shape = shape_text(group[0].shape) if len(layers) == 1 else f"{len(layers)} layers"
    dtypes = sorted({each.dtype for each in group})
    return _part(group[0].key, depth), shape, ", ".join(dtypes), *_sums(group)


def _sums(entries: Sequence[TensorEntry]) -> tuple[str, str, str]:
    sums = (len(entries), sum(each.count for each in entries), sum(each.bytes for each in entries))
    count, numbers, size = (f"{value:,}" for value in sums)
    return count, numbers, size


def inventory_json(path: str, wrappers: Sequence[str], entries: Sequence[TensorEntry]) -> str:
    tensors = [
        {
            "key": each.key,
            "shape": list(each.shape),
            "dtype": each.dtype,
            "numbers": each.count,
            "bytes": each.bytes,
            "finite": each.is_finite,
        }
        for each in entries
    ]
    totals = {"numbers": sum(each.count for each in entries)}
    return json_text({"file": path, "wrappers": list(wrappers), **totals, "tensors": tensors}, 2)
