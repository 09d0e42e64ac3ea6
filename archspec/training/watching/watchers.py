"""Whoever shows how a training goes: nobody, several, TensorBoard; the command line has more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, final

if TYPE_CHECKING:
    from archspec.training.watching.statistics import LayerValues


class Watcher(Protocol):
    """Whoever shows how a training goes."""

    def begins(self, title: str, steps: int, done: int) -> None: ...
    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None: ...
    def evaluated(self, record: Mapping[str, Any]) -> None: ...
    def layers(self, values: Sequence[LayerValues]) -> None: ...
    def note(self, text: str) -> None: ...


@final
class Silent:
    """Shows nothing."""

    def begins(self, title: str, steps: int, done: int) -> None: ...
    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None: ...
    def evaluated(self, record: Mapping[str, Any]) -> None: ...
    def layers(self, values: Sequence[LayerValues]) -> None: ...
    def note(self, text: str) -> None: ...


@final
class Several:
    """Several watchers, one after the other."""

    def __init__(self, *watchers: Watcher) -> None:
        self.watchers = watchers

    def begins(self, title: str, steps: int, done: int) -> None:
        for watcher in self.watchers:
            watcher.begins(title, steps, done)

    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None:
        for watcher in self.watchers:
            watcher.stepped(step, steps, record)

    def evaluated(self, record: Mapping[str, Any]) -> None:
        for watcher in self.watchers:
            watcher.evaluated(record)

    def layers(self, values: Sequence[LayerValues]) -> None:
        for watcher in self.watchers:
            watcher.layers(values)

    def note(self, text: str) -> None:
        for watcher in self.watchers:
            watcher.note(text)


@final
class TensorBoard:
    """The metrics as events that TensorBoard reads."""

    def __init__(self, folder: Path) -> None:
        import_module("tensorboard")  # missing, it is said which package has it
        self.folder = folder
        self._writer: Any = None

    def begins(self, title: str, steps: int, done: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # What was written of steps that are made again does not count.
        self._writer = SummaryWriter(str(self.folder), purge_step=done + 1)

    def stepped(self, step: int, steps: int, record: Mapping[str, Any]) -> None:
        self._write(record)

    def evaluated(self, record: Mapping[str, Any]) -> None:
        self._write(record)

    def layers(self, values: Sequence[LayerValues]) -> None: ...
    def note(self, text: str) -> None: ...

    def _write(self, record: Mapping[str, Any]) -> None:
        for name, value in record.items():
            if name not in ("kind", "step", "epoch", "seconds") and value is not None:
                self._writer.add_scalar(f"{name}/{record['kind']}", value, record["step"])
        if record:
            self._writer.flush()
