"""The commands. What is heavy is imported inside of them, so that ``--help`` is instant."""

# No `from __future__ import annotations`: typer would have to evaluate every annotation.
import errno
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic
    from archspec.graph import Graph
    from archspec.reports.table import Table


class Mode(StrEnum):
    inference = "inference"
    training = "training"


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class ShowFormat(StrEnum):
    table = "table"
    json = "json"


class CheckFormat(StrEnum):
    text = "text"
    json = "json"
    github = "github"


class Direction(StrEnum):
    right = "right"
    down = "down"


class Labels(StrEnum):
    paper = "paper"
    pytorch = "pytorch"


class Bars(StrEnum):
    none = "none"
    params = "params"
    macs = "macs"
    both = "both"


class Theme(StrEnum):
    light = "light"
    dark = "dark"
    printed = "print"


_UNWRITTEN = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}
"""Why what is printed may get nowhere. (EPIPE, a reader that is gone, is no mistake.)"""
MAX_HELP = 200
"""Characters of what is said about a command in the list of all."""


class _Commands(TyperGroup):
    """All commands, in the order in which they are written, with mistakes told instead of raised."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each does in full, on a narrow screen, too."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(MAX_HELP)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; what standard output does not take is a mistake like any other."""
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

            _print_mistakes(unwritable("standard output", error).diagnostics)
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
            if (error.name or "").partition(".")[0] != "torch":
                raise
            typer.echo("this needs PyTorch: pip install torch", err=True)
            raise typer.Exit(1) from None
        except Exception as error:
            from archspec.diagnostics import SpecError

            if not isinstance(error, SpecError):
                raise
            _print_mistakes(error.diagnostics)
            raise typer.Exit(1) from None
        finally:
            sys.stdout.flush()  # here, where a reader that is gone (| head) is no traceback


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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


def _complete_spec(incomplete: str) -> list[str]:
    from archspec.cli.completion import specs

    return specs(incomplete)


def _complete_zoo() -> list[str]:
    from archspec.workspace.load import zoo_names

    return list(zoo_names())


def _complete_study(incomplete: str) -> list[str]:
    from archspec.cli.completion import studies

    return studies(incomplete)


def _complete_op() -> list[str]:
    from archspec.ops import registry

    return list(registry())


def _complete_code() -> list[str]:
    from archspec.diagnostics import CODES

    return list(CODES)


def _complete_style() -> list[str]:
    from archspec.figures.request import STYLES

    return list(STYLES)


def _complete_width() -> list[str]:
    from archspec.figures.request import WIDTHS

    return list(WIDTHS)


def _complete_format() -> list[str]:
    from archspec.figures.formats import FORMATS

    return list(FORMATS)


def _complete_param(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import params

    return [name for spec in _named(ctx) for name in params(spec)]


def _complete_scope(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import scopes

    return [path for spec in _named(ctx) for path in scopes(spec)]


def _complete_module(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import modules

    return [name for spec in _named(ctx) for name in modules(spec)]


def _named(ctx: typer.Context) -> list[str]:
    """The specs in front of the word that is completed. Behind an option without its value they
    are arguments that nobody has taken yet."""
    found = ctx.params.get("specs") or [ctx.params.get("spec")]
    return [spec for spec in (*found, *ctx.args) if spec and spec != "-"]


Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A path, path.yaml:variant, a network from the zoo, or -.",
        autocompletion=_complete_spec,
        show_default=False,
    ),
]
Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC",
        help="Paths, path.yaml:variant, networks from the zoo, or -.",
        autocompletion=_complete_spec,
        show_default=False,
    ),
]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter of the spec to a value written as in YAML. Can be repeated.",
        autocompletion=_complete_param,
        show_default=False,
    ),
]
MaxLayers = Annotated[
    int | None,
    typer.Option("--max-layers", metavar="N", min=1, help="Allow more layers than 150,000."),
]
Input = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="SHAPE",
        help="Change the input shape: 3x256x256, or 784 for a vector.",
        show_default=False,
    ),
]
Depth = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Open scopes down to this many levels.", show_default=False
    ),
]


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


@app.command()
def check(
    specs: Specs,
    format: Annotated[
        CheckFormat, typer.Option(help="How mistakes are reported.")
    ] = CheckFormat.text,
) -> None:
    """Find all mistakes in all networks of some files.

    \b
    archspec check my.yaml
    archspec check specs/*.yaml --format github
    """
    from archspec.diagnostics import SpecError
    from archspec.diagnostics.render.terminal import escape
    from archspec.workspace.load import check_file

    mistakes: list[Diagnostic] = []
    for spec in specs:
        try:
            count = check_file(spec)
        except SpecError as error:
            mistakes += error.diagnostics
        else:
            if format is CheckFormat.text:
                _print(f"ok  {escape(spec)}  {count} network{'s' if count != 1 else ''}")
    if format is CheckFormat.text:
        _print_mistakes(mistakes)
    else:
        from archspec.diagnostics.render.machine import as_github, as_json

        _print_data((as_json if format is CheckFormat.json else as_github)(mistakes))
    if mistakes:
        raise typer.Exit(1)


@app.command()
def stats(
    specs: Specs,
    mode: Annotated[
        Mode, typer.Option(help="Whether to count branches that exist only in training.")
    ] = (Mode.inference),
    format: Annotated[Format, typer.Option(help="Form of the result.")] = Format.table,
    depth: Depth = None,
    expand: Annotated[bool, typer.Option("--expand", help="One row for every layer.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count parameters, multiply-accumulates and bytes.

    Several specs are compared, one row a network.

    \b
    archspec stats resnet50
    archspec stats resnet18 resnet34 --format markdown
    archspec stats my.yaml --set n=10 --input 3x32x32
    """
    from archspec.analyses.stats import stats as count
    from archspec.reports import results
    from archspec.screen import screen

    _check_rows(len(specs), format, depth, expand=expand)
    counted = [count(graph, mode.value) for graph in _networks(specs, settings, input, max_layers)]
    if format is Format.json:
        _print_data(
            results.stats_json(counted[0]) if len(counted) == 1 else results.all_json(counted)
        )
    elif format is Format.csv:
        _print_data(
            results.stats_csv(counted[0]) if len(counted) == 1 else results.comparison_csv(counted)
        )
    elif len(counted) == 1:
        width = screen(sys.stdout).width
        _print_table(
            results.stats_table(counted[0], depth=depth, expand=expand, width=width), format
        )
    else:
        _print_table(results.comparison_table(counted), format)


def _check_rows(specs: int, format: Format, depth: int | None, *, expand: bool) -> None:
    """Refuse what has no effect: rows can be chosen for the table of one network."""
    option = "'--expand'" if expand else "'--depth'"
    if depth is None and not expand:
        return
    if depth is not None and expand:
        raise typer.BadParameter(
            "--expand opens everything: give one of them", param_hint="'--depth'"
        )
    if specs > 1:
        message = f"is for one network, and {specs} are compared, each in one row"
        raise typer.BadParameter(message, param_hint=option)
    if depth is not None and format in (Format.json, Format.csv):
        message = f"is for tables; {format.value.upper()} has a row for every layer"
        raise typer.BadParameter(message, param_hint=option)


@app.command()
def draw(
    specs: Specs,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Its suffix sets the format: svg, pdf, png, html (an interactive page), tex "
            "(TikZ), dot, mmd (Mermaid), json (the position of everything), txt; for tables also md. "
            "- writes to standard output, and so does no FILE: text on a terminal, else SVG, or the "
            "format of --format.",
            show_default=False,
        ),
    ] = "-",
    style: Annotated[
        str,
        typer.Option(
            help="paper, blocks, full, module, dense, volumes, table, text. (paper; text on a "
            "terminal)",
            autocompletion=_complete_style,
        ),
    ] = "",
    module: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The block or scope whose inside is drawn; for --style dense, the dense block.",
            autocompletion=_complete_module,
        ),
    ] = None,
    width: Annotated[
        str | None,
        typer.Option(
            help="a4, a4-landscape, letter, column, slide, or a width in millimetres: 120mm.",
            autocompletion=_complete_width,
        ),
    ] = None,
    direction: Annotated[
        Direction | None,
        typer.Option(help="Direction of the data flow. (right, if it fits on a page)"),
    ] = None,
    fold: Annotated[
        bool, typer.Option(help="Draw identical parts once, with their number.")
    ] = True,
    depth: Annotated[
        int | None, typer.Option(min=0, help="Show the inside of scopes down to this depth.")
    ] = None,
    open: Annotated[
        list[str],
        typer.Option(
            metavar="PATH", help="Show the inside of this scope.", autocompletion=_complete_scope
        ),
    ] = [],  # noqa: B006 -- typer copies it
    close: Annotated[
        list[str],
        typer.Option(
            metavar="PATH",
            help="Do not show the inside of this scope.",
            autocompletion=_complete_scope,
        ),
    ] = [],  # noqa: B006
    labels: Annotated[
        Labels, typer.Option(help="Label layers as papers do, or as PyTorch does.")
    ] = Labels.paper,
    bars: Annotated[Bars, typer.Option(help="Which shares the bars show.")] = Bars.both,
    theme: Annotated[
        Theme | None, typer.Option(help="Colours. (light; a page follows the system of its reader)")
    ] = None,
    legend: Annotated[bool, typer.Option(help="Explain what the colours mean.")] = True,
    title: Annotated[
        bool, typer.Option(help="Put the name and the counts above the figure.")
    ] = True,
    format: Annotated[
        str | None,
        typer.Option(
            help="Format of the file, whatever its suffix.", autocompletion=_complete_format
        ),
    ] = None,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Draw how the second of two networks differs from the first."),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Redraw on every save, and serve the page if it is one.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port where --watch serves the page. (any free one)"),
    ] = None,
    settings: Settings = [],  # noqa: B006
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Draw one network or several, as a paper would.

    \b
    archspec draw resnet50 -o resnet50.svg
    archspec draw resnet50 -o resnet50.html
    archspec draw densenet121 -o densenet.pdf --width column
    archspec draw googlenet -o block.tex --module Inception
    archspec draw plain34 resnet34 -o a.svg --style blocks
    archspec draw vgg11 vgg16 -o table.md --style table
    archspec draw my.yaml --style text
    archspec draw resnet50 resnet101 --diff -o changes.svg
    archspec draw my.yaml --watch -o my.html
    """
    from archspec.diagnostics.render.terminal import escape
    from archspec.figures.draw import write_figure as write

    style = style or ("module" if module else "")
    if output == "-" and format is None:
        style = style or ("text" if sys.stdout.isatty() and not diff else "paper")
        format = "txt" if style == "text" else "svg"
    if port is not None and not watch:
        raise typer.BadParameter("is for --watch", param_hint="'--port'")

    def redraw() -> "list[Graph]":
        graphs = _networks(specs, settings, input, max_layers)
        notes = write(
            graphs, output, format=format, theme=theme.value if theme else None, style=style or "paper", module=module,
            width=width, direction=direction.value if direction else None, fold=fold, depth=depth, open=open, close=close,
            labels=labels.value, bars=bars.value, legend=legend, title=title, diff=diff,
        )  # fmt: skip
        for note in notes:
            print(f"note: {escape(note)}", file=sys.stderr)
        return graphs

    if watch:
        from archspec.cli.watch import watch as keep_drawing

        is_page = (format or Path(output).suffix[1:]).lower() == "html"
        keep_drawing(specs, output, redraw, is_page=is_page, port=port)
    else:
        redraw()


@app.command()
def build(
    spec: Spec,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.py",
            help="By default NAME.py. - writes to standard output.",
        ),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Whether to include branches that exist only in training.")
    ] = Mode.training,
    verify: Annotated[
        bool, typer.Option(help="Run the source with PyTorch and compare it with the spec.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an edited file.")] = False,
    settings: Settings = [],  # noqa: B006
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Write PyTorch source that reads like hand-written code.

    \b
    archspec build resnet50 -o resnet50.py
    archspec build googlenet --mode inference --no-verify
    archspec build vgg16 -o - | less
    """
    from archspec.backends.torch.source_file import build_file
    from archspec.writing import is_standard_output

    (graph,) = _networks([spec], settings, input, max_layers)
    built = build_file(
        graph, output, mode=mode.value, verify=verify, force=force,
        while_verifying=_saying("verifying with PyTorch ..."),
    )  # fmt: skip
    print(built, file=sys.stderr if is_standard_output(built.place) else sys.stdout)
    for note in built.notes:
        typer.echo(f"note: {note}", err=True)


@app.command()
def show(
    spec: Spec,
    format: Annotated[ShowFormat, typer.Option(help="Form of the result.")] = ShowFormat.table,
    settings: Settings = [],  # noqa: B006
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Show every layer with its shape, and where it was written.

    \b
    archspec show my.yaml
    archspec show resnet50 --format json
    """
    from archspec.reports import results

    (graph,) = _networks([spec], settings, input, max_layers)
    if format is ShowFormat.json:
        _print_data(results.layers_json(graph))
    else:
        _print_table(results.layers_table(graph))


@app.command()
def zoo(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATTERN]",
            help="Part of a name, or a glob.",
            autocompletion=_complete_zoo,
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="Form of the result.")] = Format.table,
) -> None:
    """List the networks of the zoo.

    \b
    archspec zoo
    archspec zoo 'resnet*' --format csv
    """
    from archspec.reports import results
    from archspec.workspace.zoo import entries

    found = entries(pattern)
    if format is Format.json:
        _print_data(results.zoo_json(found))
    elif format is Format.csv:
        _print_data(results.zoo_csv(found))
    else:
        _print_table(results.zoo_table(found), format)


@app.command()
def study(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A spec file, or an included study.",
            autocompletion=_complete_study,
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="Form of the result.")] = Format.table,
) -> None:
    """Compare a network with its variants: counts, changes, and published results.

    \b
    archspec study
    archspec study activations
    archspec study my.yaml --format csv
    """
    from archspec.analyses import study as studies
    from archspec.reports import results

    if file is None:
        _print("\n".join(studies.shipped()))
        return
    found = studies.study(file)
    if format is Format.json:
        _print_data(results.study_json(found))
    elif format is Format.csv:
        _print_data(results.study_csv(found))
    else:
        _print_table(results.study_table(found), format)


@app.command()
def ops(
    op: Annotated[
        str | None, typer.Argument(metavar="[OP]", help="One op.", autocompletion=_complete_op)
    ] = None,
) -> None:
    """List the ops of the language, or describe one.

    \b
    archspec ops
    archspec ops Conv2d
    """
    from archspec.reports.op_pages import op_page, ops_table
    from archspec.screen import screen

    if op is None:
        _print_table(ops_table())
    else:
        _print(op_page(op, screen(sys.stdout)))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the language, for editors.

    \b
    archspec schema > archspec.schema.json
    """
    from archspec.language.schema import schema_json

    _print_data(schema_json())


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="As in error[CODE].", autocompletion=_complete_code),
    ] = None,
) -> None:
    """List the diagnostics, or explain one with a wrong and a corrected spec.

    \b
    archspec explain
    archspec explain shape
    """
    from archspec.diagnostics.render.terminal import wants_color
    from archspec.reports.explanations import overview, page
    from archspec.screen import screen

    shown = screen(sys.stdout)
    if code is None:
        _print(overview(shown))
    else:
        _print(page(code, color=wants_color(sys.stdout), screen=shown))


# What the commands share.


def _networks(
    specs: Sequence[str], settings: Sequence[str], input: str | None, max_layers: int | None
) -> "list[Graph]":
    """The networks that were asked for. Raises SpecError with the mistakes of all."""
    from archspec.diagnostics import SpecError
    from archspec.elaborate import elaborate
    from archspec.elaborate.nodes import MAX_LAYERS
    from archspec.workspace.load import note_on_input, program, setting

    shape = None if input is None else _shape(input)
    if shape is not None and (note := note_on_input(shape)):
        sys.stderr.write(f"note: {note}\n")
    chosen = dict(map(setting, settings))
    found: list[Graph] = []
    mistakes: list[Diagnostic] = []
    gc.disable()  # what is made here stays to the end: there is nothing to collect
    for spec in specs:
        try:
            found.append(elaborate(program(spec, chosen, shape), max_layers or MAX_LAYERS))
        except SpecError as error:
            mistakes += error.diagnostics
    gc.freeze()
    gc.enable()
    if mistakes:
        raise SpecError(mistakes)
    return found


def _shape(text: str) -> list[int]:
    """``3x256x256`` or ``784`` as a shape."""
    sizes = text.lower().replace("×", "x").split("x")
    if len(sizes) in (1, 3) and all(size.isascii() and size.isdigit() for size in sizes):
        return [int(size) for size in sizes]
    from archspec.diagnostics.render.terminal import escape

    raise typer.BadParameter(
        f"'{escape(text)}' is not a shape: 3x256x256 (channels, height, width), or 784 for a vector",
        param_hint="'--input'",
    )


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _print_data(text: str) -> None:
    """What programs read is UTF-8, whatever the screen has."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    _print(text)


def _print_table(table: "Table", format: Format = Format.table) -> None:
    from archspec.reports.table import markdown, print_table

    if format is Format.markdown:
        _print_data(markdown(table))
    else:
        print_table(table)


def _print_mistakes(diagnostics: "Sequence[Diagnostic]") -> None:
    from archspec.diagnostics.render.terminal import print_diagnostics

    print_diagnostics(diagnostics)


@contextmanager
def _saying(text: str) -> Iterator[None]:
    """Say on standard error what takes its time; on a terminal only until it is done."""
    passes = sys.stderr.isatty()
    print(text, end="" if passes else "\n", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if passes:
            print(f"\r{' ' * len(text)}\r", end="", file=sys.stderr, flush=True)


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
