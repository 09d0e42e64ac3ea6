"""A figure that is redrawn whenever its spec is saved."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archspec.describe.values import count
from archspec.diagnostics import SpecError, failure
from archspec.diagnostics.render.terminal import print_diagnostics, render
from archspec.escaping import clean
from archspec.graph import Graph
from archspec.workspace.locate import find
from archspec.workspace.workspace import Workspace
from archspec.writing import is_standard_output

if TYPE_CHECKING:
    from archspec.cli.server import Board

INTERVAL: Final = 0.3
"""Seconds between two looks at the files."""
SETTLED: Final = 0.1
"""Seconds in which a file that was saved changes no more."""
PATIENCE: Final = 2.0
"""Seconds that an editor may take to save: a file that it renames is gone for a moment."""
NOT_OF_A_SPEC: Final = frozenset({"bad-option", "cannot-draw", "cannot-write"})
"""Codes of errors that no change of a spec fixes."""

States = Mapping[Path, tuple[int, int, int] | None]
"""When every file was written, its size, and which file it is; None if there is none."""


def watch(
    specs: Sequence[str],
    output: str,
    redraw: Callable[[], Sequence[Graph]],
    *,
    is_page: bool = False,
    port: int | None = None,
) -> None:
    """Call ``redraw``, which writes the output, at once and then after every change, until Ctrl-C.

    A page is also served, at a port of this machine. Raises SpecError if there is nothing to
    watch, or if the first figure cannot be drawn for another reason than an error in its spec.
    """
    _check(specs, output, is_page=is_page, port=port)
    mains = [find(spec)[0] for spec in specs]
    try:
        with ExitStack() as stack:
            board = None
            if is_page:
                from archspec.cli.server import Board, serve

                board = Board(Path(output).name)
                url = stack.enter_context(serve(board, port or 0))
                _say(f"{url} shows {clean(Path(output).name)}; Ctrl-C ends it")
            _keep_drawing(mains, output, redraw, board)
    except KeyboardInterrupt:
        return


def _check(specs: Sequence[str], output: str, *, is_page: bool, port: int | None) -> None:
    if "-" in specs:
        message = "standard input is not a file that could be watched"
        raise failure("bad-option", message, help="save the spec, and watch that file")
    if is_standard_output(output):
        raise failure("bad-option", "--watch draws to a file", help="-o FILE")
    if port is not None and not is_page:
        raise failure("bad-option", "only pages are served", help="-o FILE.html")


def _keep_drawing(
    mains: Sequence[Path],
    output: str,
    redraw: Callable[[], Sequence[Graph]],
    board: Board | None,
) -> None:
    watched: set[Path] = set()
    is_first = True
    while True:
        found = {path for main in mains for path in Workspace().files(main)}
        seen = _states(watched | found)
        diagnostics = _redraw(output, redraw, is_first=is_first)
        watched = found if diagnostics is None else watched | found
        if board is not None and diagnostics is None:
            board.show_figure(Path(output).read_bytes())
        elif board is not None:
            board.show_errors("\n\n".join(render(each, color=False) for each in diagnostics or ()))
        _wait_for_change({path: seen[path] for path in watched})
        is_first = False


def _redraw(
    output: str, redraw: Callable[[], Sequence[Graph]], *, is_first: bool
) -> Sequence[Any] | None:
    """Draw, and say in one line what; or print what is wrong with the spec, and return it."""
    name = clean(Path(output).name)
    gc.unfreeze()  # of the network before, nothing is needed any more
    gc.collect()
    try:
        graphs = redraw()
    except SpecError as error:
        if is_first and {each.code for each in error.diagnostics} & NOT_OF_A_SPEC:
            raise
        _say(f"{_now()} {name}  not drawn")
        print_diagnostics(error.diagnostics)
        return error.diagnostics
    _say(f"{_now()} {name}  {', '.join(map(_totals, graphs))}")
    return None


def _totals(graph: Graph) -> str:
    network = graph.at("inference")
    return f"{count(network.total_params)} params · {count(network.total_macs)} MACs"


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- changes


def _states(paths: Iterable[Path]) -> States:
    return {path: _state(path) for path in paths}


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _wait_for_change(seen: States) -> None:
    """Return once a file is not what it was, and whoever writes it has finished."""
    while (now := _states(seen)) == seen:
        time.sleep(INTERVAL)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        time.sleep(SETTLED)
        before, now = now, _states(seen)
        is_lost = any(seen[path] is not None and now[path] is None for path in seen)
        if now == before and not is_lost:
            return
