"""The folder of a run: what was trained, how it went, and the states from which it can go on."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, final

from archspec.diagnostics import failure
from archspec.escaping import json_text
from archspec.writing import TEMPORARY, replacing, unwritable, write

SPEC: Final = "spec.yaml"
RECIPE: Final = "recipe.yaml"
RUN: Final = "run.json"
METRICS: Final = "metrics.jsonl"
EVALUATION: Final = "evaluation.json"
"""Written last: what has one is finished."""
NOT_FINITE: Final = "not_finite.json"
"""The layers of a network whose loss had become no number."""
WEIGHTS: Final = "weights.safetensors"
LOCK: Final = ".lock"
CHECKPOINTS: Final = "checkpoints"
BEST: Final = "best.pt"
_BEFORE_RUN: Final = {SPEC, RECIPE, "model.py", "environment.json", CHECKPOINTS, LOCK}


@contextmanager
def locked(folder: Path, problem: str, help: str, patience: float = 0) -> Iterator[None]:
    """Keep others out of a folder; a process that dies lets go. Raises SpecError with the problem
    after so many seconds."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise failure("bad-run", problem, help=help) from None
    except OSError as error:
        raise unwritable(f"'{folder}'", error) from None
    try:
        yield
    finally:
        lock.release()


@final
class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def locked(self, patience: float = 0) -> AbstractContextManager[None]:
        """Keep other trainings out; a process that dies lets go. Raises SpecError after so many
        seconds."""
        problem = f"another training is writing to '{self.path}'"
        return locked(self.path, problem, "wait for its end, or train with another --out", patience)

    def create(self) -> None:
        """Make the folder. Raises SpecError where there is something already."""
        if self.path.exists() and (not self.path.is_dir() or self.holds_anything()):
            help = f"archspec train --resume {self.path}" if self.is_run() else "name another one"
            raise failure("bad-run", f"'{self.path}' exists already", help=help)
        try:
            (self.path / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(f"'{self.path}'", error) from None

    def holds_anything(self) -> bool:
        """Beside what a training leaves that dies before it has begun: run.json comes last."""
        try:
            names = {file.name for file in self.path.iterdir()} - _BEFORE_RUN
            return any(not name.startswith(TEMPORARY) for name in names)
        except OSError as error:
            raise unwritable(f"'{self.path}'", error) from None

    def is_run(self) -> bool:
        return (self.path / RUN).is_file()

    def write_text(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        write(text.encode(), str(self.path / name))

    def write_json(self, name: str, data: Mapping[str, Any]) -> None:
        self.write_text(name, json.dumps(data, indent=2, ensure_ascii=False) + "\n")

    def read_text(self, name: str) -> str:
        """The text of one of its files. Raises SpecError."""
        if not self.is_run():
            help = "name the folder that 'archspec train --out' has made"
            raise failure("bad-run", f"'{self.path}' is not the folder of a training", help=help)
        try:
            return (self.path / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = error.strerror if isinstance(error, OSError) else "it is not text"
            raise failure("bad-run", f"'{self.path / name}' cannot be read: {problem}") from None

    def read_json(self, name: str) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads(self.read_text(name))
        except ValueError:
            raise failure("bad-run", f"'{self.path / name}' is not JSON") from None
        return data

    # Metrics.

    def log(self, record: Mapping[str, Any]) -> None:
        """Append a line to the metrics."""
        try:
            with (self.path / METRICS).open("a", encoding="utf-8") as stream:
                stream.write(json_text(record) + "\n")
        except OSError as error:
            raise unwritable(f"'{self.path / METRICS}'", error) from None

    def records(self) -> list[dict[str, Any]]:
        """The metrics so far; a line that was cut by a crash is none."""
        file = self.path / METRICS
        found = []
        for line in file.read_text("utf-8").split("\n") if file.exists() else ():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                found.append(record)
        return found

    def forget_after(self, step: int) -> None:
        """Drop the metrics of steps that will be made again."""
        kept = [record for record in self.records() if record.get("step", 0) <= step]
        self.write_text(METRICS, "".join(json_text(record) + "\n" for record in kept))

    # Checkpoints.

    def save(self, state: Mapping[str, Any], keep: int) -> Path:
        """Write a state whole or not at all, and drop the oldest ones. Raises SpecError."""
        path = self.state_path(state["step"])
        save_state(state, path)
        for old in self.checkpoints()[:-keep]:
            old.unlink(missing_ok=True)
        return path

    def state_path(self, step: int) -> Path:
        return self.path / CHECKPOINTS / f"step-{step:08d}.pt"

    def keep_best(self, path: Path) -> None:
        """The state in a file is the best so far."""
        temporary = path.with_name(".best")
        try:
            temporary.unlink(missing_ok=True)
            try:
                os.link(path, temporary)
            except OSError:  # a file system without links
                shutil.copyfile(path, temporary)
            os.replace(temporary, path.with_name(BEST))
        except OSError as error:
            raise unwritable(f"'{path.with_name(BEST)}'", error) from None

    def mend_best(self, state: Mapping[str, Any]) -> None:
        """A crash between a state and its becoming the best leaves an older best one."""
        path = self.state_path(state["step"])
        if state["best"] is None:
            return
        best = load_state(path.with_name(BEST))
        if best is None or best["best"] > state["best"]:
            self.keep_best(path)

    def checkpoints(self) -> list[Path]:
        """The states, the oldest first."""
        return sorted((self.path / CHECKPOINTS).glob("step-*.pt"))

    def remove_leftovers(self) -> None:
        """What a process that was killed had not finished to write."""
        for folder in (self.path, self.path / CHECKPOINTS):
            for file in folder.glob(f"{TEMPORARY}*"):
                file.unlink(missing_ok=True)

    def latest(self) -> tuple[dict[str, Any] | None, list[Path]]:
        """The newest state that can be read, and the files that could not."""
        broken: list[Path] = []
        for path in reversed(self.checkpoints()):
            state = load_state(path)
            if state is not None:
                return state, broken
            broken.append(path)
        return None, broken


def save_state(state: Mapping[str, Any], path: Path) -> None:
    """Write a state whole or not at all: a temporary file, flushed to the disk, then renamed."""
    import torch

    try:
        with replacing(path) as stream:
            torch.save(dict(state), stream)
    except (OSError, RuntimeError) as error:
        raise unwritable(f"'{path}'", _as_os_error(error)) from None


def _as_os_error(error: Exception) -> OSError:
    """torch.save wraps what the system says."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return OSError(str(error).split("\n")[0])


def load_state(path: Path) -> dict[str, Any] | None:
    """The state in a file; None if it is not whole. (PyTorch does not check the sums of its archive.)"""
    import torch

    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return None
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # whatever a broken file makes of its readers
        return None
    return state if isinstance(state, dict) and "step" in state else None
