"""An estimate of time as a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.analyses.views.roofline import ASSUMPTIONS, LayerTime, Roofline
from archspec.describe.values import number
from archspec.escaping import json_text
from archspec.reports.numbers import share
from archspec.reports.table import Column, Table, csv
from archspec.reports.views.units import in_units

MAX_SHOWN: Final = 15
"""Layers of a table unless more are asked for: those that take longest."""
DEFINITIONS: Final = (
    ("FLOPs", "", "2 × MACs, and all other operations"),
    ("moved", "", "bytes of inputs, parameters and output"),
    ("intensity", "", "FLOPs for each byte that is moved"),
    ("time", "", "the longer of FLOPs at the peak and bytes at the bandwidth"),
    ("bound by", "", "which of the two that is"),
)
_HEADER: Final = ("name", "operations", "moved_bytes", "arithmetic_seconds", "memory_seconds", "seconds",
           "bound")  # fmt: skip


def roofline_table(found: Roofline, top: int | None = None) -> Table:
    """The layers that take longest, and all of them together."""
    shown = _longest(found, top or MAX_SHOWN)
    columns = (
        Column("layer"),
        *(Column(title, right=True) for title in ("FLOPs", "moved", "intensity", "time", "")),
        Column("bound by"),
    )
    rows = tuple(_cells(layer, found) for layer in shown)
    stats, device = found.stats, found.device
    plural = "s" if stats.batch > 1 else ""
    title = (
        f"{stats.name}: {stats.batch:,} sample{plural} in {stats.dtype} on {device.name}, estimated"
    )
    total = ("total", *_sums(found.layers), milliseconds(found.seconds), "", "")
    return Table(
        columns, rows, total, title, None, tuple(_notes(found, len(found.layers) - len(shown)))
    )


def _longest(found: Roofline, top: int) -> list[LayerTime]:
    return sorted(found.layers, key=lambda layer: -layer.seconds)[:top]


def _cells(layer: LayerTime, found: Roofline) -> tuple[str, ...]:
    part = share(round(layer.seconds * 1e15), round(found.seconds * 1e15))
    bound = layer.bound if layer.seconds else ""
    return (layer.name, *_sums([layer]), milliseconds(layer.seconds), part, bound)


def _sums(layers: Sequence[LayerTime]) -> tuple[str, str, str]:
    operations = sum(layer.operations for layer in layers)
    moved = sum(layer.moved for layer in layers)
    intensity = f"{operations / moved:,.1f}" if moved else "–"
    return in_units(operations, "auto"), in_units(moved, "auto", is_bytes=True), intensity


def _notes(found: Roofline, rest: int) -> list[tuple[str, ...]]:
    device, dtype = found.device, found.stats.dtype
    part = 100 * found.share("memory")
    notes: list[tuple[str, ...]] = [*DEFINITIONS]
    if rest:
        notes.append((f"{rest:,} more layers take less time each",))
    notes += [
        (f"{part:.0f} % of the time is bound by memory",),
        (
            f"{device.name}: {number(device.flops[dtype] / 1e12)} TFLOPS in {dtype}, "
            f"{number(device.bandwidth / 1e9)} GB/s ({device.source}); "
            f"arithmetic is the bound from {found.ridge:,.1f} FLOPs a byte on",
        ),
        ("an estimate, no measurement",),
        *((assumption,) for assumption in ASSUMPTIONS),
    ]
    return notes


def milliseconds(seconds: float) -> str:
    """``1.52 ms``, with three digits of any time."""
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-6 else f"{seconds * 1e9:.3g} ns"


def _chosen(found: Roofline, top: int | None) -> Sequence[LayerTime]:
    """Every layer in its order; those that take longest, the longest first, if so many are asked for."""
    return found.layers if top is None else _longest(found, top)


def roofline_json(found: Roofline, top: int | None = None) -> str:
    """The whole, the assumptions, and every layer, or the ``top`` that take longest."""
    head = {
        "name": found.stats.name,
        "batch": found.stats.batch,
        "dtype": found.stats.dtype,
        "device": found.device.name,
        "flops_per_second": found.device.flops[found.stats.dtype],
        "bytes_per_second": found.device.bandwidth,
        "seconds": found.seconds,
        "memory_bound_share": found.share("memory"),
        "assumptions": list(ASSUMPTIONS),
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    rows = (dict(zip(_HEADER, _plain(layer), strict=True)) for layer in _chosen(found, top))
    layers = ",\n".join(f"    {json_text(row)}" for row in rows)
    return "\n".join(["{", *lines, '  "layers": [', layers, "  ]", "}"])


def roofline_csv(found: Roofline, top: int | None = None) -> str:
    return csv(_HEADER, map(_plain, _chosen(found, top)))


def _plain(layer: LayerTime) -> tuple[str | int | float, ...]:
    times = (layer.arithmetic, layer.traffic, layer.seconds)
    return (layer.name, layer.operations, layer.moved, *times, layer.bound)
