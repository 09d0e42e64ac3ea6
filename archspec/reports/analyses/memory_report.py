"""What a network needs of a memory: a table, JSON, and CSV with every moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archspec.analyses.memory.needs import DEFINITIONS, MemoryNeeds
from archspec.analyses.memory.timeline import Moment
from archspec.analyses.precision import PRECISIONS
from archspec.escaping import json_text
from archspec.reports.numbers import OF_TRAINING_STEP
from archspec.reports.table import Column, Table, csv, plain
from archspec.reports.views.units import in_units


def memory_table(needs: MemoryNeeds, memory: int | None = None) -> Table:
    """A row for each kind of bytes, and the batch that fits a memory."""
    rows = [
        (
            key.replace("_", " "),
            f"{size:,}",
            in_units(size, "auto", is_bytes=True),
            _where(needs, key),
        )
        for key, size in _sizes(needs)
    ]
    columns = (
        Column("memory"),
        Column("bytes", right=True),
        Column("", right=True),
        Column("at"),
    )
    notes: list[tuple[str, ...]] = [
        (key.replace("_", " "), "", DEFINITIONS[key]) for key, _ in _sizes(needs)
    ]
    plural = "s" if needs.batch > 1 else ""
    title = f"{needs.name}: {needs.batch:,} sample{plural}, {needs.dtype}, {needs.optimizer_name}"
    notes = [*(_fitting(needs, memory) if memory is not None else ()), *notes]
    return Table(columns, tuple(rows), None, title, None, tuple(notes))


def _sizes(needs: MemoryNeeds) -> Iterator[tuple[str, int]]:
    trains = PRECISIONS[needs.dtype].trains
    for key in DEFINITIONS:
        if trains or key not in OF_TRAINING_STEP:
            yield key, getattr(needs, key)


def _where(needs: MemoryNeeds, key: str) -> str:
    """The layer at which a peak stands."""
    if key == "inference_peak":
        return needs.inference_moment.layer
    moment = needs.training_moment if key == "training_peak" else None
    return f"{moment.phase} of {moment.layer}" if moment else ""


def _fitting(needs: MemoryNeeds, memory: int) -> Iterator[tuple[str, ...]]:
    running, training = needs.largest_batches(memory)
    room = in_units(memory, "auto", is_bytes=True)
    text = f"largest batch in {room}: {running:,} at inference"
    yield (text if training is None else f"{text}, {training:,} in training",)


def memory_text(needs: MemoryNeeds) -> str:
    return plain(memory_table(needs))


def memory_json(needs: MemoryNeeds, memory: int | None = None) -> str:
    """All sizes, and where the peaks stand."""
    head: dict[str, Any] = {
        "name": needs.name,
        "batch": needs.batch,
        "dtype": needs.dtype,
        "optimizer_name": needs.optimizer_name,
        **dict(_sizes(needs)),
        "inference_peak_at": needs.inference_moment.layer,
        "training_peak_at": _where(needs, "training_peak") or None,
        "definitions": DEFINITIONS,
    }
    if memory is not None:
        running, training = needs.largest_batches(memory)
        head |= {"memory": memory, "largest_batch": {"inference": running, "training": training}}
    lines = ",\n".join(f"  {json_text(key)}: {json_text(value)}" for key, value in head.items())
    return f"{{\n{lines}\n}}"


def memory_csv(needs: MemoryNeeds) -> str:
    """One line for each layer of each pass, with what is alive then."""
    header = ("phase", "layer", "activation_bytes", "gradient_bytes", "once_bytes",
              "weight_gradient_bytes", "bytes")  # fmt: skip
    moments: list[Moment] = [*needs.at_inference.moments]
    moments += needs.in_training.moments if needs.in_training else ()
    rows = (
        (m.phase, m.layer, needs.batch * m.activations, needs.batch * m.gradients, m.once,
         m.weight_gradients, m.bytes(needs.batch))
        for m in moments
    )  # fmt: skip
    return csv(header, rows)
