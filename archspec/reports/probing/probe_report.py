"""The layers of networks in numbers: a table, JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from archspec.escaping import json_text
from archspec.reports.table import Column, Table, csv
from archspec.training.probing.layers import PERCENTILES
from archspec.training.probing.numbers import LayerNumbers, folded
from archspec.training.probing.states import Probe, ProbedState

MANY_ROWS: Final = 60
"""From here on a table shows scopes instead of layers."""
MAX_STATES: Final = 5
"""Of a training in a table."""
FIELDS: Final = (
    "network",
    "step",
    "epoch",
    "layer",
    "op",
    "mean",
    "deviation",
    *(f"percentile_{k}" for k in PERCENTILES),
    "zeros",
    "dead",
    "gradient",
    "weight",
    "weight_gradient",
    "update",
    "update_ratio",
)


class _LayerRow(NamedTuple):
    """One layer of one network at one time."""

    network: str
    step: int
    epoch: float
    numbers: LayerNumbers


def probe_names(probes: Sequence[Probe]) -> list[str]:
    """What networks and trainings are called, with a number where names are the same."""
    names = [probe.name for probe in probes]
    return [
        name if names.count(name) == 1 else f"{name} ({names[:k].count(name) + 1})"
        for k, name in enumerate(names)
    ]


def probe_table(probes: Sequence[Probe], depth: int | None = None) -> Table:
    """A row for each layer of each network, or for each state of a training."""
    notes = [(note,) for probe in probes for note in probe.notes]
    if depth is None:
        depth = min(map(_readable_depth, probes))
        deepest = max(map(_depth, probes))
        if depth < deepest:
            notes.append((f"scopes stand for their layers; --depth {deepest} shows them",))
    shown_probes = [replace(probe, states=_some(probe.states)) for probe in probes]
    if any(len(probe.states) > MAX_STATES for probe in probes):
        notes.append((f"{MAX_STATES} states of each training; --format csv has all",))
    rows = list(_rows(shown_probes, depth))
    over_time = any(len(probe.states) > 1 for probe in probes)
    shown = [each for each in _COLUMNS if any(each.of(row.numbers) is not None for row in rows)]
    columns = (
        *((Column("network"),) if len(probes) > 1 else ()),
        Column("layer"),
        Column("op", rank=1, missed="op"),
        *((Column("epoch", right=True),) if over_time else ()),
        *(Column(each.title, right=True, rank=each.rank, missed=each.title) for each in shown),
    )
    cells = tuple(
        (
            *((row.network,) if len(probes) > 1 else ()),
            row.numbers.layer if row.step == _first(row, rows) else "",
            row.numbers.op if row.step == _first(row, rows) else "",
            *((f"{row.epoch:.4g}",) if over_time else ()),
            *(each.cell(row.numbers) for each in shown),
        )
        for row in rows
    )
    explained = [each.note for each in shown if each.note]
    title = " and ".join(probe_names(probes)) if len(probes) < 4 else f"{len(probes)} networks"
    return Table(columns, cells, title=title, subtitle=_batches(probes), notes=(*explained, *notes))


def _first(row: _LayerRow, rows: Sequence[_LayerRow]) -> int:
    return next(each.step for each in rows if each.network == row.network)


def _batches(probes: Sequence[Probe]) -> str:
    return "; ".join(dict.fromkeys(f"on {probe.batch}" for probe in probes))


class _NumberColumn(NamedTuple):
    """One number of a layer as a column."""

    title: str
    field: str
    note: tuple[str, str, str] | None = None
    rank: int = 0
    percent: bool = False

    def of(self, numbers: LayerNumbers) -> float | None:
        value: float | None = getattr(numbers, self.field)
        return value

    def cell(self, numbers: LayerNumbers) -> str:
        value = self.of(numbers)
        if value is None:
            return ""
        if not math.isfinite(value):
            return str(value)
        return f"{value:.1f}%" if self.percent else _short(value)


_COLUMNS: Final = (
    _NumberColumn("mean", "mean"),
    _NumberColumn("deviation", "deviation", ("mean, deviation", "", "of all outputs of the batch")),
    _NumberColumn("zeros", "zeros", rank=2, percent=True),
    _NumberColumn(
        "dead",
        "dead",
        ("dead", "", "units of an activation (channels of a map) that are 0 for every sample"),
        percent=True,
    ),
    _NumberColumn(
        "gradient",
        "gradient",
        ("gradient", "", "root mean square of the derivatives of a sample's loss by the outputs"),
    ),
    _NumberColumn("weights", "weight", ("weights", "", "their norm, biases left out")),
    _NumberColumn(
        "their gradient", "weight_gradient", ("their gradient", "", "norm of that of the batch")
    ),
    _NumberColumn(
        "update/weights",
        "update_ratio",
        ("update/weights", "", "norm of what the next step adds, by that of the weights"),
    ),
)


def _short(value: float) -> str:
    """Three digits: ``0.0123``, ``1.23``, ``1.23e-05``."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:#.3g}".rstrip(".")
    return f"{value:.2e}"


def _some(states: Sequence[ProbedState]) -> tuple[ProbedState, ...]:
    """A few of them, the first and the last included."""
    if len(states) <= MAX_STATES:
        return tuple(states)
    step = (len(states) - 1) / (MAX_STATES - 1)
    return tuple(states[round(k * step)] for k in range(MAX_STATES))


# Folding.


def _rows(probes: Sequence[Probe], depth: int | None) -> Iterator[_LayerRow]:
    """Network by network, layer by layer, and of a layer state by state."""
    for name, probe in zip(probe_names(probes), probes, strict=True):
        states = [
            state.layers if depth is None else folded(probe.graph, state.layers, depth)
            for state in probe.states
        ]
        for of_layer in zip(*states, strict=True):
            for state, numbers in zip(probe.states, of_layer, strict=True):
                yield _LayerRow(name, state.step, state.epoch, numbers)


def _depth(probe: Probe) -> int:
    return max(each.layer.count(".") + 1 for each in probe.states[0].layers)


def _readable_depth(probe: Probe) -> int:
    """The deepest with not too many rows."""
    layers = probe.states[0].layers
    for depth in range(_depth(probe), 1, -1):
        if len({".".join(each.layer.split(".")[:depth]) for each in layers}) <= MANY_ROWS:
            return depth
    return 1


# For programs.


def _values(row: _LayerRow) -> dict[str, Any]:
    """All numbers with all digits."""
    numbers = row.numbers
    values = (
        *(row.network, row.step, row.epoch, numbers.layer, numbers.op),
        *(numbers.mean, numbers.deviation, *numbers.percentiles, numbers.zeros, numbers.dead),
        *(numbers.gradient, numbers.weight, numbers.weight_gradient),
        *(numbers.update, numbers.update_ratio),
    )
    return dict(zip(FIELDS, values, strict=True))


def probe_json(probes: Sequence[Probe], depth: int | None = None) -> str:
    rows = [
        json_text({k: _jsonable(v) for k, v in _values(row).items()})
        for row in _rows(probes, depth)
    ]
    return "[\n  " + ",\n  ".join(rows) + "\n]"


def _jsonable(value: Any) -> Any:
    """JSON has no words for what is not finite."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def probe_csv(probes: Sequence[Probe], depth: int | None = None) -> str:
    return csv(FIELDS, (tuple(_values(row).values()) for row in _rows(probes, depth)))
