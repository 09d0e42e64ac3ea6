"""The command line as a whole: its commands, and how it ends when something fails."""

# No `from __future__ import annotations`: typer would have to evaluate every annotation.
import errno
import os
import sys
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from archspec.cli.lazy import HELP_OPTIONS, LazyCommands, summarize

COMMANDS: Final = (
    "check",
    "stats",
    "memory",
    "paths",
    "receptive",
    "lint",
    "draw",
    "build",
    "train",
    "evaluate",
    "predict",
    "probe",
    "lesion",
    "runs",
    "recipes",
    "show",
    "zoo",
    "study",
    "diff",
    "match",
    "sweep",
    "plot",
    "weights",
    "ops",
    "schema",
    "explain",
)
"""The modules of archspec.cli.commands, in the order in which help lists them."""

_TRAIN: Final = "pip install 'archspec-nn[train]'"
LIBRARIES: Final = {
    "torch": f"PyTorch: pip install torch, or {_TRAIN} with all that training needs",
    "torchvision": f"torchvision: {_TRAIN}",
    "numpy": f"NumPy: {_TRAIN}",
    "safetensors": f"safetensors: {_TRAIN}",
    "matplotlib": f"matplotlib: {_TRAIN}",
    "psutil": f"psutil: {_TRAIN}",
    "tensorboard": "TensorBoard: pip install 'archspec-nn[tensorboard]'",
}
"""Libraries that some commands need, and how to get them."""

_UNWRITTEN = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}
"""Why what is printed may get nowhere. (EPIPE, a reader that is gone, is no error.)"""


class Commands(TyperGroup):
    """All commands, which print diagnostics instead of raising them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands(COMMANDS)  # type: ignore[assignment]  # nothing is added

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each does in full, on a narrow screen, too."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summarize(name)) for name in COMMANDS])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; what standard output does not take is an error like any other."""
        from archspec.screen import tolerate_encoding

        _open_streams()
        for stream in (sys.stdout, sys.stderr):
            tolerate_encoding(stream)
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.errno not in _UNWRITTEN:
                raise
            _close_output()
            from archspec.writing import unwritable

            _print_diagnostics(unwritable("standard output", error))
            sys.exit(1)
        except Exception as error:
            from archspec.diagnostics import SpecError

            if not isinstance(error, SpecError):
                raise
            sys.exit(1)  # while a word is completed: nothing is proposed, and nothing said

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in LIBRARIES:
                raise
            typer.echo(f"this needs {LIBRARIES[library]}", err=True)
            raise typer.Exit(1) from None
        except Exception as error:
            from archspec.diagnostics import SpecError

            if not isinstance(error, SpecError):
                raise
            _print_diagnostics(error)
            codes = {diagnostic.code for diagnostic in error.diagnostics}
            raise typer.Exit(2 if codes == {"bad-option"} else 1) from None
        finally:
            sys.stdout.flush()  # here, where a reader that is gone (| head) is no traceback


def _print_diagnostics(error: Any) -> None:
    from archspec.diagnostics.render.terminal import print_diagnostics

    print_diagnostics(error.diagnostics)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=HELP_OPTIONS,
    epilog="SPEC is a path, path.yaml:variant, a network of the zoo, or - for standard input. "
    "Exit codes: 0 fine, 1 the spec is wrong, 2 wrong usage.",
)


def main() -> None:
    """Run the command line."""
    if os.environ.get("_ARCHSPEC_COMPLETE") == "complete_bash":
        from archspec.cli.completion import in_bash

        in_bash(app)
    else:
        app()


@app.callback(invoke_without_command=True)
def _about(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Compile CNN architectures: one YAML file gives counts, figures and PyTorch source.

    \b
    archspec stats resnet50
    archspec stats my.yaml --set n=10 --input 3x32x32
    archspec draw densenet121 -o densenet.svg
    archspec build googlenet -o googlenet.py
    """
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"archspec {installed('archspec-nn')}")
        raise typer.Exit()


# Streams.


def _open_streams() -> None:
    """Streams for those that were closed (``>&-``): writing to standard output fails."""
    if sys.stdout is None:
        reading, writing = os.pipe()
        os.close(writing)
        sys.stdout = open(reading, "w", encoding="utf-8")  # noqa: SIM115 -- open to the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _close_output() -> None:
    """Drop what could not be written, which Python would try again at its end."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
