"""Put what studies came to into the pages of ``docs/experiments``: their tables and plots.

``python docs/generate_experiments.py studies/small_depth ...``, with the folders of trained studies:
each one's page, called as the study, has its table between two comments.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PAGES: Final = Path(__file__).parent / "experiments"
TABLE: Final = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)


def write(folder: Path) -> None:
    """The table and the plot of a study, into its page."""
    results = json.loads((folder / "results.json").read_text("utf-8"))
    page = PAGES / f"{results['name']}.md"
    table = "\n".join([*table_lines(results["rows"]), *order_lines(results.get("order"))])
    text, found = TABLE.subn(rf"\g<1>{table}\n\g<2>", page.read_text("utf-8"))
    assert found == 1, page
    page.write_text(text, "utf-8")
    shutil.copyfile(folder / "plot.svg", page.with_suffix(".svg"))


def table_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Accuracies in percent, mean ± standard deviation over the trainings."""
    figures = list(dict.fromkeys(name for row in rows for name in numbers(row)))
    titles = ["network", "test, %", "training, %", "trainings", "parameters", "MACs"]
    titles += [f"published {name}" for name in figures]
    yield f"| {' | '.join(title.replace('_', ' ') for title in titles)} |"
    yield f"|---|{'---:|' * (len(titles) - 1)}"
    for row in rows:
        measured = [measure(row, "accuracy"), measure(row, "train_accuracy"), trainings(row)]
        counts = [f"{row['params']:,}", f"{row['macs']:,}"]
        published = [str(numbers(row).get(name, "")) for name in figures]
        yield f"| `{row['name']}` | {' | '.join([*measured, *counts, *published])} |"


def order_lines(order: dict[str, Any] | None) -> Iterator[str]:
    """How far the order of the rows is the published one."""
    if order is not None:
        found = [
            f"{name} {order[key]:.2f} ({' to '.join(f'{end:.2f}' for end in order[f'{key}_interval'])})"
            for name, key in (("Spearman's ρ", "spearman"), ("Kendall's τ", "kendall"))
        ]
        yield f"\nOrder of the {order['rows']} networks against the published {order['figure']}: {found[0]},"
        yield f"{found[1]}, with intervals of 95 %."


def numbers(row: dict[str, Any]) -> dict[str, float]:
    """The published ones."""
    return {k: v for k, v in row["published"].items() if isinstance(v, int | float)}


def measure(row: dict[str, Any], key: str) -> str:
    mean, deviation = row["mean"][key], row["deviation"][key]
    if mean is None:
        return "—"
    return f"{mean:.2f}" if deviation is None else f"{mean:.2f} ± {deviation:.2f}"


def trainings(row: dict[str, Any]) -> str:
    states = [run["state"] for run in row["runs"]]
    diverged = states.count("diverged")
    return f"{len(states)}, {diverged} diverged" if diverged else str(len(states))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write(Path(argument))
