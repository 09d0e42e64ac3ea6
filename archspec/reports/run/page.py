"""The page of one training: what was run, its curves, what it gets wrong, the network; one file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archspec.diagnostics import SpecError
from archspec.escaping import clean
from archspec.figures.theme import PALETTES, ThemeName
from archspec.graph import Graph
from archspec.reports.numbers import duration
from archspec.reports.run.evaluation_page import evaluation_sections
from archspec.reports.run.evaluation_report import in_percent, numbers
from archspec.reports.run.runs import Run
from archspec.writing import write

if TYPE_CHECKING:
    from archspec.datasets import Images

PAGE: Final = "report.html"
SPEC: Final = "spec.yaml"
MAX_TEXT: Final = 400
"""Characters of a value in a table of facts."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def save_page(run: Run, images: Images | None = None, graph: Graph | None = None) -> None:
    """Write a training's page into its folder; of the evaluated images it shows some mistakes.

    The network is that of the folder, if it is not given.
    """
    write(run_page(run, images, graph).encode(), str(run.path / PAGE))


def run_page(run: Run, images: Images | None = None, graph: Graph | None = None) -> str:
    """The page as one file, without scripts and without anything from elsewhere."""
    names = run.record.classes
    sections = [
        ("What was run", _facts(run)),
        ("Curves", _curves(run)),
        *(evaluation_sections(run.evaluation, names, images) if run.evaluation else ()),
        ("The network", _network(graph or run.path / SPEC)),
        ("Files", _texts(run.path)),
    ]
    body = "\n".join(
        f"<section><h2>{escape(title)}</h2>\n{content}</section>"
        for title, content in sections
        if content
    )
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            f'<title>{_text(_title(run))}</title>\n<link rel="icon" href="data:,">\n',
            f"<style>{_variables()}{files(__package__).joinpath('page.css').read_text('utf-8')}",
            f"</style>\n</head>\n<body>\n{_heading(run)}\n{body}\n</body>\n</html>\n",
        )
    )


def _title(run: Run) -> str:
    return " on ".join(filter(None, (run.record.network, run.record.dataset)))


def _text(text: str, limit: int = MAX_TEXT) -> str:
    return escape(clean(text, limit))


def _variables() -> str:
    """The colours of our figures, for light and dark screens and for paper."""

    def block(theme: ThemeName) -> str:
        return ":root{" + "".join(f"--{name}:{c};" for name, c in PALETTES[theme].items()) + "}"

    dark = f"@media screen and (prefers-color-scheme:dark){{{block('dark')}}}"
    return f"{block('light')}{dark}\n"


def _heading(run: Run) -> str:
    cards: dict[str, str] = {}
    if run.evaluation is not None:
        cards = {**numbers(run.evaluation), "images": f"{run.evaluation.images:,}"}
    elif run.judged:
        cards = {"accuracy so far": in_percent(run.final), "best": in_percent(run.best)}
    if run.metrics:
        cards = {**cards, "epochs": f"{round(run.epochs, 2):g}", "time": duration(run.seconds)}
    items = (f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in cards.items())
    state = run.state if run.state == "finished" else f"<b>{run.state}</b>"
    name = (
        f"run {_text(run.path.resolve().name)}, {state}"
        if run.metrics or run.evaluation is None
        else ""
    )
    return (
        f'<h1>{_text(_title(run))}</h1>\n<p class="pale">{name}</p>\n'
        f'<dl class="cards">{"".join(items)}</dl>'
    )


# What was run.


def _facts(run: Run) -> str:
    record = run.record
    command = record.command if isinstance(record.command, str) else shlex.join(record.command)
    normalize = record.normalize
    facts = {
        "network": record.network,
        "spec": record.spec,
        "recipe": record.recipe,
        "weights": record.weights or "",
        "data": record.dataset,
        "classes": f"{len(record.classes):,}" if record.classes else "",
        "input": "×".join(map(str, record.input)),
        "normalised": f"mean {_list(normalize.mean)}, deviation {_list(normalize.std)}"
        if normalize
        else "",
        "processes": str(record.processes),
        "archspec": record.archspec,
        "PyTorch": record.torch,
        **_environment(run.path / "environment.json"),
    }
    rows = "".join(
        f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in facts.items()
        if value
    )
    shown = f'<pre class="command">{escape(command)}</pre>' if command else ""
    notes = "".join(f'<p class="pale">{_text(note)}</p>' for note in run.notes)
    return (
        f'{shown}<div class="wide"><table class="facts"><tbody>{rows}</tbody></table></div>{notes}'
    )


def _list(values: Iterable[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _environment(path: Path) -> dict[str, str]:
    """What the training wrote about the machine, one line a fact."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return dict(_flat(data)) if isinstance(data, dict) else {}


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, dict):
            text = ", ".join(f"{key} {each}" for key, each in value.items())
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if value not in (None, "", [], {}):
            yield name.replace("_", " "), text


def _texts(folder: Path) -> str:
    """The recipe and the spec as they were resolved, to unfold."""
    found = ""
    for name in ("recipe.yaml", SPEC):
        try:
            text = (folder / name).read_text("utf-8")
        except (OSError, ValueError):
            continue
        found += f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>\n"
    return found


# Pictures.


def _curves(run: Run) -> str:
    """The curves in colours that follow the screen."""
    from archspec.reports.run.curves import USED_COLORS, run_curves

    if not run.metrics:
        return ""
    svg = run_curves(run, "svg").decode()
    svg = svg[svg.index("<svg") :]
    for name in USED_COLORS:
        svg = svg.replace(PALETTES["light"][name], f"var(--{name})")
    return f'<div class="wide curves" role="img" aria-label="curves of loss, accuracy and learning rate">{svg}</div>\n'


def _network(network: Graph | Path) -> str:
    """The network's figure for light and for dark screens; a spec that is not there has none."""
    from archspec.figures.draw import figure_bytes
    from archspec.workspace.workspace import Workspace

    if isinstance(network, Path) and not network.is_file():
        return ""
    try:
        graph = Workspace().graph(str(network)) if isinstance(network, Path) else network
        drawn = {t: figure_bytes(graph, "svg", theme=t).decode() for t in ("light", "dark")}
    except SpecError:
        return '<p class="pale">The network cannot be drawn.</p>'
    about = f"<p>{_text(graph.description, 1000)}</p>" if graph.description else ""
    counts = (
        f"{graph.total_params:,} parameters, {graph.total_macs:,} multiply-accumulates an image"
    )
    figures = "".join(f'<div class="wide {theme}">{svg}</div>' for theme, svg in drawn.items())
    return f'{about}<p class="pale">{counts}</p>{figures}\n'
