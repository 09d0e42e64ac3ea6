"""Pictures in files: DOT as it is, the other formats laid out by Graphviz."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final, TypedDict, Unpack

from archspec.backends.dot import box_count, write
from archspec.backends.dot.columns import Direction
from archspec.diagnostics import SpecError, failure, near
from archspec.graph import Graph

FORMATS: Final = ("dot", "gv", "svg", "png", "pdf")
"""Suffixes of files."""
RESOLUTION: Final = 144
"""Pixels an inch of a PNG."""
MAX_BOXES: Final = 5_000
"""Of a picture that is laid out."""
MAX_SECONDS: Final = 300

INSTALL: Final = "install Graphviz (its program 'dot'), from https://graphviz.org/download"


class Options(TypedDict, total=False):
    """What a picture shows."""

    fold: bool
    """Equal parts are drawn once, with ``×6``. (True)"""
    depth: int | None
    """Scopes deeper than this are closed. (As is readable)"""
    direction: Direction
    """Where the arrows point. (Down)"""
    legend: bool
    title: bool


def draw(
    graph: Graph,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    force: bool = True,
    **options: Unpack[Options],
) -> None:
    """Write a picture to a file, or to standard output for ``-``. Raises SpecError.

    The suffix says the format if ``format`` does not. Without ``force`` no file is overwritten.
    """
    name = os.fspath(path)
    picture = rendered(graph, _format(name) if format is None else format, **options)
    if name == "-":
        sys.stdout.buffer.write(picture)
    else:
        _save(picture, Path(name), force)


def rendered(graph: Graph, format: str, **options: Unpack[Options]) -> bytes:
    """A picture as the bytes of a file. Raises SpecError."""
    format = format.lower()
    if format not in FORMATS:
        raise _unknown(f"there are no pictures in the format '{format}'", format)
    text = write(graph, **options)
    if format in ("dot", "gv"):
        return text.encode()
    if box_count(text) > MAX_BOXES:
        raise failure(
            "cannot-draw",
            f"'{graph.name}' has more than {MAX_BOXES:,} boxes to draw",
            help="a smaller depth has fewer; DOT is written at any size",
        )
    return _laid_out(text, format)


def _format(name: str) -> str:
    suffix = Path(name).suffix[1:].lower()
    if suffix in FORMATS:
        return suffix
    if name == "-":
        raise _unknown("a picture for standard output needs a format", "")
    if not suffix:
        raise _unknown(f"'{name}' has no suffix that says the format", "")
    raise _unknown(f"there are no pictures in the format of '{name}'", suffix)


def _unknown(message: str, format: str) -> SpecError:
    known = f"the formats are {', '.join(FORMATS)}"
    return failure("cannot-draw", message, help=near(format, FORMATS) or known)


# ---------------------------------------------------------------- engines


def _laid_out(text: str, format: str) -> bytes:
    """What the Graphviz of the system makes of it, or else the one that pip has installed."""
    if format == "png":
        text = text.replace("graph [", f"graph [dpi={RESOLUTION}, ", 1)
    problem = None
    if shutil.which("dot"):
        try:
            return _with_system(text, format)
        except (OSError, subprocess.SubprocessError) as error:
            problem = _told(error)
    if format != "pdf" and (program := _graphviz_pure()):
        try:
            return _with_program(program, text, format)
        except (OSError, subprocess.SubprocessError) as error:
            problem = problem or _told(error)
    raise _no_engine(format) if problem is None else _no_layout(problem)


def _with_system(text: str, format: str) -> bytes:
    import graphviz  # type: ignore[import-untyped]

    return bytes(graphviz.pipe("dot", format, text.encode(), quiet=True))


def _with_program(program: str, text: str, format: str) -> bytes:
    command = [program, "-q", f"-T{format}"]
    done = subprocess.run(
        command, input=text.encode(), capture_output=True, check=True, timeout=MAX_SECONDS
    )
    return done.stdout


def _graphviz_pure() -> str | None:
    """The program beside this Python, or on the path."""
    folders = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent))
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    return shutil.which("graphviz-pure", path=path)


def _told(error: Exception) -> str:
    """The first line of what a program said."""
    said = getattr(error, "stderr", None) or b""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[0] if lines else str(error)


def _no_layout(problem: str) -> SpecError:
    return failure("cannot-draw", f"Graphviz cannot draw this: {problem}", help="DOT needs none")


def _no_engine(format: str) -> SpecError:
    if format == "pdf":
        return failure("cannot-draw", "PDF needs Graphviz", help=f"{INSTALL}, or draw SVG")
    message = f"{format.upper()} needs Graphviz"
    help = f"pip install graphviz-pure; or {INSTALL}; or write DOT"
    return failure("cannot-draw", message, help=help)


# ---------------------------------------------------------------- files


def _save(picture: bytes, path: Path, force: bool) -> None:
    """All of the file or none of it; a device or a pipe is written to as it is."""
    if path.is_dir():
        raise failure("cannot-draw", f"'{path}' is a folder")
    if path.exists() and not force:
        raise failure("cannot-draw", f"'{path}' exists already", help="--force overwrites it")
    if not path.parent.is_dir():
        raise failure("cannot-draw", f"there is no folder '{path.parent}'")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(picture)
        else:
            _replace(picture, path.resolve())
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise failure("cannot-draw", f"'{path}' cannot be written: {problem}") from None


def _replace(picture: bytes, path: Path) -> None:
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(None, "the file is read-only")
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(picture)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _mode(path: Path) -> int:
    """The rights of the file there is, or those of a new one."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
