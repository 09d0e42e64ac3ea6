"""The paths of networks: a table, JSON and CSV with the same integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, Literal

from archspec.analyses.paths import Lengths, PathCounts
from archspec.describe.values import number
from archspec.diagnostics import failure
from archspec.escaping import json_text
from archspec.reports.numbers import fraction, large
from archspec.reports.table import Column, Table, csv, html, plain

Unit = Literal["modules", "layers"]

PATH_DEFINITIONS: Final = {
    "paths": "ways through the network, from layer to layer; each operand of a merge is one",
    "layers": "convolutions and linear layers that learn, on a path",
    "modules": "parts on a path that another path goes around, by a shortcut or a Concat",
    "share": "of all paths",
    "up to": "of all paths those that are not longer",
    "gradient": "share of the gradient on all paths of this length",
    "left": "paths that are left when so many modules are deleted",
    "connections": "tensors that layers of dense blocks read: L(L + 1)/2 of a block of L layers",
    "effective": "lengths in modules that carry 95 % of the gradient, 2.5 % cut off at each end",
    "shortest": "weight layers on the shortest path",
    "longest": "weight layers on the longest path",
    "mean": "weight layers on a path, the mean over all paths",
    "deviation": "standard deviation of that",
}
"""What is shown, in one line each."""
LEAST: Final = Fraction(1, 1000)
"""The share of paths, or of the gradient, below which a length has no row."""


def paths_table(paths: PathCounts, by: Unit | None = None, *, everything: bool = False) -> Table:
    """A row for every length, in modules if there are some. Raises SpecError if there are none."""
    if by == "modules" and not paths.module_count:
        message = f"'{paths.name}' has no modules that a path goes around"
        help = "by layers: additions with a shortcut have them, and dense blocks"
        raise failure("bad-option", message, help=help)
    unit: Unit = by or ("modules" if paths.module_count else "layers")
    lengths = paths.modules if unit == "modules" else paths.layers
    occurring = [length for length, count in lengths.by_length.items() if count]
    shown = [k for k in occurring if everything or _is_seen(paths, lengths, k)]
    names = [unit, "paths", "share", *(["gradient", "left"] if unit == "modules" else ["up to"])]
    rows = tuple(tuple(_cells(paths, lengths, k, unit)) for k in shown)
    notes: list[tuple[str, ...]] = [(name, "", PATH_DEFINITIONS[name]) for name in names]
    if missing := len(occurring) - len(shown):
        notes.append((f"without {missing} lengths of less than 0.1%: --all shows them",))
    return Table(
        tuple(Column(name, right=True) for name in names),
        rows,
        title=f"{paths.name}: {_how_many(paths)} from {paths.begin} to {paths.end}",
        subtitle=" · ".join(_facts(paths)),
        notes=tuple(notes),
    )


def _is_seen(paths: PathCounts, lengths: Lengths, length: int) -> bool:
    share = Fraction(lengths.by_length[length], lengths.total)
    if lengths is paths.modules:
        share = max(share, paths.gradient[length])
    return share >= LEAST


def _cells(paths: PathCounts, lengths: Lengths, length: int, unit: Unit) -> Iterator[str]:
    count = lengths.by_length[length]
    yield str(length)
    yield large(count)
    yield fraction(Fraction(count, lengths.total))
    if unit == "layers":
        yield fraction(lengths.share(0, length))
        return
    yield fraction(paths.gradient[length])
    yield large(paths.remaining(length))


def _how_many(paths: PathCounts) -> str:
    return "1 path" if paths.count == 1 else f"{large(paths.count)} paths"


def _facts(paths: PathCounts) -> Iterator[str]:
    layers, modules = paths.layers, paths.modules
    if layers.shortest == layers.longest:
        yield f"{layers.longest} weight layers"
    else:
        yield f"{layers.shortest} to {layers.longest} weight layers, mean {_mean_text(layers)}"
    if paths.module_count:
        first, last = paths.effective
        yield f"{paths.module_count} modules, mean {_mean_text(modules)}"
        decay = number(float(paths.decay))
        yield f"{first} to {last} modules carry 95 % of the gradient if each leaves {decay} of it"
    if paths.connections > paths.module_count:
        yield f"{paths.connections:,} connections in dense blocks"


def _mean_text(lengths: Lengths) -> str:
    return f"{float(lengths.mean):.5g} ± {lengths.deviation:.4g}"


def compared_paths_table(networks: Sequence[PathCounts]) -> Table:
    """A row a network."""
    names = ("paths", "shortest", "longest", "mean", "deviation", "modules", "effective")
    notes = [(name, "", PATH_DEFINITIONS[name]) for name in names]
    return Table(
        (Column("network"), *(Column(name, right=True) for name in names)),
        tuple(_network_cells(paths) for paths in networks),
        notes=tuple(notes),
    )


def _network_cells(paths: PathCounts) -> tuple[str, ...]:
    layers, (first, last) = paths.layers, paths.effective
    return (
        paths.name,
        large(paths.count),
        str(layers.shortest),
        str(layers.longest),
        f"{float(layers.mean):.5g}",
        f"{layers.deviation:.4g}",
        str(paths.module_count),
        f"{first}–{last}" if paths.module_count else "",
    )


def paths_json(paths: PathCounts) -> str:
    """All there is to know; counts are exact, whatever their size."""
    data = {
        "name": paths.name,
        "from": paths.begin,
        "to": paths.end,
        "paths": paths.count,
        "layers": _lengths_data(paths.layers),
        "modules": {
            "count": paths.module_count,
            **_lengths_data(paths.modules),
            "decay": float(paths.decay),
            "gradient": {str(k): float(share) for k, share in paths.gradient.items()},
            "effective": list(paths.effective),
            "left": {str(k): _exact(paths.remaining(k)) for k in range(paths.module_count + 1)},
        },
        "connections": paths.connections,
        "shortest_path": list(paths.shortest),
        "longest_path": list(paths.longest),
        "definitions": PATH_DEFINITIONS,
    }
    lines = ",\n".join(f"  {json_text(key)}: {json_text(value)}" for key, value in data.items())
    return f"{{\n{lines}\n}}"


def _lengths_data(lengths: Lengths) -> dict[str, Any]:
    return {
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "mean": float(lengths.mean),
        "deviation": lengths.deviation,
        "lengths": {str(k): count for k, count in lengths.by_length.items()},
    }


def _exact(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)


def compared_paths_json(networks: Sequence[PathCounts]) -> str:
    return "[\n" + ",\n".join(map(paths_json, networks)) + "\n]"


def paths_csv(paths: PathCounts) -> str:
    """A row for every length, in modules and in layers."""
    header = ("unit", "length", "paths", "share", "gradient", "left")
    rows: list[tuple[Any, ...]] = []
    for length, count in paths.modules.by_length.items():
        share = count / paths.count
        gradient, left = float(paths.gradient[length]), _exact(paths.remaining(length))
        rows.append(("modules", length, count, share, gradient, left))
    for length, count in paths.layers.by_length.items():
        rows.append(("layers", length, count, count / paths.count, "", ""))
    return csv(header, rows)


def compared_paths_csv(networks: Sequence[PathCounts]) -> str:
    header = ("name", "from", "to", "paths", "shortest", "longest", "mean", "deviation")
    rows = (
        (
            *(paths.name, paths.begin, paths.end, paths.count),
            *(paths.layers.shortest, paths.layers.longest),
            *(float(paths.layers.mean), paths.layers.deviation),
            *(paths.module_count, *paths.effective, paths.connections),
        )
        for paths in networks
    )
    return csv((*header, "modules", "effective_first", "effective_last", "connections"), rows)


def paths_text(paths: PathCounts) -> str:
    return plain(paths_table(paths))


def paths_html(paths: PathCounts) -> str:
    return html(paths_table(paths))
