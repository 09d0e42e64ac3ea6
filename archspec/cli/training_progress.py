"""How a training goes, while it goes: a bar on a terminal, lines elsewhere, JSON for programs."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

from archspec.escaping import json_text
from archspec.reports.numbers import duration

if TYPE_CHECKING:
    from rich.progress import Progress

    from archspec.training.finish import Outcome
    from archspec.training.watching.statistics import LayerValues
    from archspec.training.watching.watchers import Watcher


@contextmanager
def progress(*, quiet: bool, json: bool) -> "Iterator[Watcher]":
    """Whoever shows the training: nobody, standard output, or standard error."""
    from archspec.training.watching.watchers import Silent

    if json:
        yield JsonLines()
    elif quiet:
        yield Silent()
    elif sys.stderr.isatty():
        with progress_bar() as bar:
            yield Bar(bar)
    else:
        yield Lines()


def progress_bar() -> "Progress":
    """A bar on standard error, with what is done and the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(compact=True))
    console = Console(stderr=True, highlight=False)
    return Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)


@final
class JsonLines:
    """The metrics on standard output, one object a line, as in the run's folder."""

    def begins(self, title: str, steps: int, done: int) -> None: ...

    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None:
        if record:
            print(json_text(record), flush=True)

    def evaluated(self, record: Mapping[str, Any]) -> None:
        print(json_text(record), flush=True)

    def layers(self, values: "Sequence[LayerValues]") -> None:
        print(json_text({"layers": [value.as_data() for value in values]}), flush=True)

    def note(self, text: str) -> None:
        print(f"note: {text}", file=sys.stderr, flush=True)


@final
class Lines:
    """A line now and then on standard error."""

    def begins(self, title: str, steps: int, done: int) -> None:
        _print(title)

    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None:
        if record:
            left = (steps - step) / max(1e-9, step) * record["seconds"]
            _print(f"{describe(record)}, {duration(left)} left")

    def evaluated(self, record: Mapping[str, Any]) -> None:
        _print(describe(record))

    def layers(self, values: "Sequence[LayerValues]") -> None:
        _print(layers_text(values))

    def note(self, text: str) -> None:
        _print(f"note: {text}")


@final
class Bar:
    """A bar with what was measured last; evaluations stay above it."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task: Any = None

    def begins(self, title: str, steps: int, done: int) -> None:
        self._bar.print(title, markup=False)
        self._task = self._bar.add_task("", total=steps, completed=done)

    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None:
        from rich.markup import escape

        shown = {"description": escape(describe(record))} if record else {}
        self._bar.update(self._task, completed=step, **shown)

    def evaluated(self, record: Mapping[str, Any]) -> None:
        self._bar.print(describe(record), markup=False)

    def layers(self, values: "Sequence[LayerValues]") -> None:
        self._bar.print(layers_text(values), markup=False)

    def note(self, text: str) -> None:
        self._bar.print(f"note: {text}", markup=False)


def describe(record: Mapping[str, Any]) -> str:
    """``epoch 1.20  step 563: loss 0.412, 84.2 %, 431 images/s``."""
    where = f"epoch {record['epoch']:.2f}  step {record['step']:,}"
    loss = "not finite" if record["loss"] is None else f"{record['loss']:.4f}"
    numbers = [f"loss {loss}", f"{record['top1']:.2f} %"]
    if record["kind"] != "train":
        return f"{where}  {record['kind']}: {', '.join(numbers)}"
    speed = f"{record['images_per_second']:,.0f} images/s"
    return f"{where}: {', '.join(numbers)}, {speed}, lr {record['lr']:.3g}"


MAX_LAYERS = 12
"""Layers that are shown before and from the first whose output is not finite."""


def layers_text(values: "Sequence[LayerValues]") -> str:
    """The outputs around the first layer that is not finite."""
    bad = next((k for k, value in enumerate(values) if not value.is_finite), len(values))
    shown = values[max(0, bad - MAX_LAYERS // 2) :][:MAX_LAYERS]
    width = max((len(value.layer) for value in shown), default=5)
    lines = [
        f"{'layer':<{width}}  {'mean':>10}  {'deviation':>10}  {'largest':>10}  not finite  largest weight"
    ]
    for value in shown:
        weight = "" if value.largest_weight is None else f"{value.largest_weight:14.4g}"
        lines.append(
            f"{value.layer:<{width}}  {value.mean:10.4g}  {value.deviation:10.4g}  "
            f"{value.largest:10.4g}  {value.not_finite:8.1f} %  {weight}"
        )
    return "\n".join(lines)


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def outcome_text(outcome: "Outcome") -> str:
    """What was reached and where it is, or how to go on."""
    folder = outcome.folder
    if outcome.stopped:
        return f"stopped and saved; archspec train --resume {folder} goes on"
    found = outcome.evaluation
    reached = f"{found.top1:.2f} % of {found.images:,} pictures right; " if found else ""
    return (
        f"{reached}the weights are {folder}/weights.safetensors, the report is {folder}/report.html"
    )
