"""The folder of a study: what was asked for, what its rows are made of, and their trainings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, final

from pydantic import BaseModel, ConfigDict, ValidationError

from archspec.diagnostics import failure
from archspec.training.run_folder import EVALUATION, LOCK, METRICS, NOT_FINITE, RUN, locked
from archspec.writing import TEMPORARY, unwritable, write

STUDY: Final = "study.json"
_BEFORE_STUDY: Final = {"rows", LOCK}

Ending = Literal["finished", "diverged"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


@final
class RowRecord(_Record):
    """A row, as the folder of a study has it."""

    name: str
    folder: str
    network: str
    point: dict[str, Any]
    """What of it is varied, by key."""
    seeds: tuple[int, ...]
    steps: int
    """Of each training."""
    params: int
    macs: int
    changes: str = ""
    """What makes its network another one than the base."""
    published: dict[str, int | float | str] = {}
    note: str | None = None


@final
class StudyRecord(_Record):
    """What a study is, as its folder has it."""

    study: Literal[1] = 1
    """The version of this record."""
    name: str
    description: str | None = None
    cite: str | None = None
    spec: str
    recipe: str
    dataset: str
    dataset_title: str = ""
    data_folder: str | None = None
    folds: int | None = None
    threads: int = 1
    archspec: str = ""
    torch: str = ""
    command: str = ""
    rows: tuple[RowRecord, ...]

    @property
    def data(self) -> str:
        """What the data set is called."""
        return self.dataset_title or self.dataset


@final
class StudyFolder:
    """The files of one study."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def row(self, folder: str) -> Path:
        """Where the spec and the recipe of a row are."""
        return self.path / "rows" / folder

    def run(self, folder: str, seed: int, fold: int | None) -> Path:
        """Where one training of a row is."""
        held = "" if fold is None else f"-fold-{fold}"
        return self.path / "runs" / folder / f"seed-{seed}{held}"

    def is_study(self) -> bool:
        return (self.path / STUDY).is_file()

    def record(self) -> StudyRecord:
        """What the study is. Raises SpecError if the folder is none of a study."""
        path = self.path / STUDY
        try:
            return StudyRecord.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            what = f"is no folder of a study: it has no {STUDY}"
            message = f"'{self.path}' {what if self.path.is_dir() else 'does not exist'}"
        except OSError as error:
            message = f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}"
        except ValidationError as error:
            message = f"'{path}' is broken: {error.errors()[0]['msg'].lower()}"
        help = "'archspec study FILE --train --out FOLDER' makes such folders"
        raise failure("bad-run", message, help=help)

    def require_free(self) -> None:
        """Raises SpecError where there is something that is no study."""
        if not self.path.exists() or self.is_study():
            return
        if not self.path.is_dir():
            raise failure("bad-run", f"'{self.path}' is no folder", help="name another one")
        if (self.path / RUN).exists():
            message = f"'{self.path}' is the folder of one training, not of a study"
            raise failure("bad-run", message, help="name another one with --out")
        names = {file.name for file in self.path.iterdir()} - _BEFORE_STUDY
        if any(not name.startswith(TEMPORARY) for name in names):
            message = f"'{self.path}' exists already, and is not the folder of a study"
            raise failure("bad-run", message, help="name another one with --out")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others that train out; a process that dies lets go. Raises SpecError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(f"'{self.path}'", error) from None
        problem = f"another process is training the study in '{self.path}'"
        with locked(self.path, problem, "wait for its end, or name another --out"):
            yield

    def write_row(self, folder: str, files: Mapping[str, str]) -> None:
        """The spec, the recipe, and what the spec is made of."""
        for name, text in files.items():
            path = self.row(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write(text.encode(), str(path))

    def read_row(self, folder: str, names: Iterable[str]) -> dict[str, str]:
        """The texts of some files that a row is made of. Raises SpecError."""
        found = {}
        for name in names:
            path = self.row(folder) / name
            try:
                found[name] = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                problem = getattr(error, "strerror", None) or "it is not text"
                raise failure("bad-run", f"'{path}' cannot be read: {problem.lower()}") from None
        return found

    def write_record(self, record: StudyRecord) -> None:
        text = json.dumps(record.model_dump(mode="json"), indent=2, ensure_ascii=False)
        write(f"{text}\n".encode(), str(self.path / STUDY))


def ending(run: Path) -> Ending | None:
    """How a training ended that need not be made again; None if it has not."""
    if (run / EVALUATION).exists():
        return "finished"
    return "diverged" if (run / NOT_FINITE).exists() else None


def steps_made(run: Path) -> int:
    """The last step of which there are metrics."""
    try:
        with (run / METRICS).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, 2) - _TAIL))
            lines = stream.read().splitlines()
    except OSError:
        return 0
    for line in reversed(lines):
        found = _STEP.search(line)
        if found is not None:
            return int(found[1])
    return 0


_TAIL: Final = 2_000
"""Bytes at the end of the metrics that have a whole line in them."""
_STEP: Final = re.compile(rb'"step": ?(\d+)')


def folder_names(names: Mapping[str, str], wanted: list[str]) -> dict[str, str]:
    """A folder for each row that has none, also where capitals do not count: those that are taken
    already, by name, come first."""
    found = dict(names)
    taken = {folder.lower() for folder in found.values()}
    for name in wanted:
        if name in found:
            continue
        stem = re.sub(r"[^A-Za-z0-9_.=+-]+", "-", name).strip("-.")[:100] or "row"
        folder, number = stem, 2
        while folder.lower() in taken:
            folder, number = f"{stem}-{number}", number + 1
        found[name] = folder
        taken.add(folder.lower())
    return found
