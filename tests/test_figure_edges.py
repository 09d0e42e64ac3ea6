"""What leads where in figures as DOT, Mermaid and text: the edges of the network, and no others."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from archspec.diagnostics import SpecError
from archspec.figures.draw import figure_bytes
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import Diagram, leaves
from archspec.figures.outline.flowchart import network_flowchart
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options, request
from archspec.figures.styles.text_figure import as_text, draw_row
from archspec.figures.styles.text_graph import graph_rows
from archspec.figures.theme import PALETTES, THEMES
from archspec.graph import Graph
from archspec.workspace.load import loads
from tests import zoo_graphs
from tests.random_specs import random_spec

NAMES: Final = sorted(file.stem for file in zoo_graphs.FILES)
EACH: Final = 8
"""Scopes of one network that are opened alone: of every block the first one, at most so many."""

CROSSED: Final = """
archspec: 1
name: crossed
input: [3, 16, 16]
blocks:
  Pair:
    inputs: [a, b]
    layers:
      ca: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: a}
      cb: {op: Conv2d, out_channels: 8, kernel_size: 1, from: b}
      add: {op: Add, from: [ca, cb]}
layers:
  x: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  y: {op: Conv2d, out_channels: 6, kernel_size: 3, padding: 1, from: input}
  pair: {op: Pair, from: [x, y]}
  twice: {op: Pair, from: [pair, pair]}
"""


# ---------------------------------------------------------------- states of folding


def states(graph: Graph) -> Iterator[Options]:
    """Nothing open, everything open, each scope alone."""
    yield Options()
    yield Options(depth=40)
    yield Options(depth=40, fold=False)
    seen = set[str]()
    for path, scope in graph.scopes.items():
        if path and (scope.block or path) not in seen and len(seen) < EACH:
            seen.add(scope.block or path)
            yield Options(open=(path,))


Edges = list[tuple[str, str]]
"""Between boxes, by the paths of the layers or scopes that they begin with."""


def wanted(graph: Graph, diagram: Diagram) -> Edges:
    """The edges of the graph between the boxes that are shown."""
    boxes = [leaf for leaf in leaves(diagram) if not leaf.is_entry]
    owners = {path: box for box in boxes for path in box.layers or (box.path,)}
    assert len({box.path for box in boxes}) == len(boxes)
    outputs = {box.path: box.feed for box in boxes if box.feed}
    assert len(owners) == len(graph.nodes) + len(outputs)
    order = {box.path: k for k, box in enumerate(boxes)}
    found = {
        (owners[source].path, owners[node.path].path)
        for node in graph.nodes.values()
        for source in (node.sources if owners[node.path].role == "block" else node.operands)
    }
    found |= {(owners[source].path, name) for name, source in outputs.items()}
    return sorted((first, second) for first, second in found if order[first] < order[second])


def choices(options: Options) -> dict[str, object]:
    return {"depth": options.depth, "open": options.open, "fold": options.fold}


# ---------------------------------------------------------------- what is written


def dot_arrows(text: str) -> Edges:
    found = re.findall(r'^\t+("[^"]*"|\S+) -> ("[^"]*"|[^\s;]+)', text, re.MULTILINE)
    return sorted((first.strip('"'), second.strip('"')) for first, second in found)


def dot_edges(graph: Graph, options: Options) -> Edges:
    text = figure_bytes(graph, "dot", **choices(options)).decode()
    return dot_arrows(text)


def wrong_frames(graph: Graph, options: Options) -> list[str]:
    """Open scopes around which DOT has a frame that holds something else, or not all."""
    text = figure_bytes(graph, "dot", **choices(options)).decode()
    around: list[str] = []
    found: dict[str, set[str]] = {}
    boxes: list[str] = []
    for line in text.splitlines():
        line = line.strip()
        name = line.partition(" [")[0].strip('"')
        if line.startswith("subgraph"):
            around.append("")
        elif line == "}" and around:
            around.pop()
        elif around and not around[-1]:
            is_scope = re.search(r"label=<[^ <]", line)  # what repeats has no heading
            around[-1] = line.rpartition("tooltip=")[2].strip('"') if is_scope else "-"
        elif line.endswith("]") and " -> " not in line and name not in ("graph", "node", "edge"):
            boxes.append(name)
            for path in around:
                found.setdefault(path, set()).add(name)
    return [
        path
        for path, held in found.items()
        if path in graph.scopes
        and held != {name for name in boxes if f"{path}." in name[: len(path) + 1]}
    ]


def mermaid_edges(graph: Graph, options: Options, names: Sequence[str]) -> Edges | None:
    """None where there are more than Mermaid draws."""
    try:
        text = figure_bytes(graph, "mmd", **choices(options)).decode()
    except SpecError as error:
        if "Mermaid draws at most" in error.diagnostics[0].message:
            return None
        raise
    ends = re.findall(r'^  n(\d+) (?:-->|-\.->)(?:\|"[^"]*"\|)? n(\d+)$', text, re.MULTILINE)
    return sorted((names[int(first) - 1], names[int(second) - 1]) for first, second in ends)


UP, DOWN = 1, 2
LEADS: Final = {
    **dict.fromkeys("│┆├┤┼", UP | DOWN),
    **dict.fromkeys("╭╮┬╷", DOWN),
    **dict.fromkeys("╰╯┴╵", UP),
    **dict.fromkeys("─ ", 0),
}
"""Where lines lead; what is no line is a box."""


def text_edges(diagram: Diagram) -> Edges:
    """The lines of a text, followed from one box to the next as a reader does."""
    found: set[tuple[str, str]] = set()
    live: dict[int, set[str]] = {}
    for row in graph_rows(diagram, 10_000, starts=True, ends=True):
        line = draw_row(row).ljust(2 * len(row.cells))
        box = row.leaf.path if row.leaf else ""
        below: dict[int, set[str]] = {}
        for columns in runs(line):
            cells = {at: line[2 * at] for at in columns}
            arriving = {
                source
                for at, cell in cells.items()
                if LEADS.get(cell, UP) & UP
                for source in live.get(at, ())
            }
            if any(cell not in LEADS for cell in cells.values()):
                found |= {(source, box) for source in arriving}
                arriving = {box}
            onwards = [at for at, cell in cells.items() if LEADS.get(cell, DOWN) & DOWN]
            if line[2 * columns[0] + 1] == "◂":
                below |= {at: live[at] for at in onwards[1:]}
                onwards = columns[:1]
            below |= dict.fromkeys(onwards, arriving)
        bridges = [at for at in range(len(row.cells)) if is_bridge(line, at)]
        live = below | {at: live[at] for at in bridges}
    return sorted(found)


def is_bridge(line: str, at: int) -> bool:
    """A line that passes under another: ``─│─``."""
    return line[2 * at] in "│┆" and "─" in line[2 * at + 1 : 2 * at + 2]


def runs(line: str) -> Iterator[list[int]]:
    """Columns that one horizontal line connects."""
    run: list[int] = []
    for at in range(len(line) // 2):
        if not is_bridge(line, at):
            run.append(at)
        if line[2 * at + 1] == " ":
            yield run
            run = []


def check(graph: Graph) -> None:
    for options in states(graph):
        diagram = outline(graph, options).diagram
        expected = wanted(graph, diagram)
        names = [leaf.path for leaf in leaves(network_flowchart(graph, options).diagram)]
        assert wrong_frames(graph, options) == []
        assert dot_edges(graph, options) == expected, options
        assert mermaid_edges(graph, options, names) in (expected, None), options
        diagram = outline(graph, replace(options, style="text"), flat=True).diagram
        assert text_edges(diagram) == wanted(graph, diagram), options


@cache
def random_graph(seed: int) -> Graph | None:
    try:
        return loads(random_spec(seed))
    except SpecError:
        return None


# ---------------------------------------------------------------- tests


@pytest.mark.parametrize("name", NAMES)
def test_the_zoo_is_written_with_its_edges(name: str) -> None:
    check(zoo_graphs.graph(name))


@pytest.mark.parametrize("seed", range(0, 300, 20))
def test_random_networks_are_written_with_their_edges(seed: int) -> None:
    for graph in filter(None, map(random_graph, range(seed, seed + 20))):
        check(graph)


def test_an_open_block_of_two_inputs_says_what_enters_where() -> None:
    text = figure_bytes(loads(CROSSED), "dot", open=["pair"]).decode()
    assert re.findall(r'(\S+) -> "(pair\S+)".*headlabel=(\w)', text) == [
        ("x", "pair.ca", "a"),
        ("y", "pair.cb", "b"),
    ]
    text = figure_bytes(loads(CROSSED), "mmd", open=["pair"]).decode()
    assert re.findall(r'-->\|"(. · .*?)"\| n\d', text) == ["a · 4×16×16", "b · 6×16×16"]


def test_the_skip_of_a_u_net_ends_at_its_concatenation() -> None:
    text = figure_bytes(zoo_graphs.graph("unet"), "dot", open=["up3"]).decode()
    assert [ends for ends in dot_arrows(text) if ends[1].startswith("up3.")] == [
        ("down3", "up3.crop"),
        ("down4", "up3.up"),
        ("up3.concat", "up3.conv"),
        ("up3.crop", "up3.concat"),
        ("up3.up", "up3.concat"),
    ]


def test_a_module_is_drawn_with_the_edges_between_its_inputs_and_its_layers() -> None:
    text = figure_bytes(loads(CROSSED), "dot", style="module Pair").decode()
    assert text.startswith('digraph "crossed: Pair"')
    assert dot_arrows(text) == [
        ("pair.a", "pair.ca"),
        ("pair.b", "pair.cb"),
        ("pair.ca", "pair.add"),
        ("pair.cb", "pair.add"),
    ]
    with pytest.raises(SpecError, match="has no block or scope 'Nope'"):
        figure_bytes(loads(CROSSED), "mmd", style="module Nope")


CROSSED_TEXT: Final = """\
○    image
├─╮
● │  conv 3×3, 4
│ │  pair · Pair
● │    conv 3×3, 8
│ ●  conv 3×3, 6
│ │  pair · Pair
│ ●    conv 1×1, 8
⊕─╯
■    Pair
"""


def test_the_parts_of_an_open_block_of_two_inputs_have_its_name_above() -> None:
    text = figure_bytes(loads(CROSSED), "txt", open=["pair"]).decode()
    lines = [re.match(r".*?(?=  +[\dt]|$)", line) for line in text.splitlines()[3:13]]
    assert "".join(f"{line[0]}\n" for line in lines if line) == CROSSED_TEXT
    assert "Pair\n○    a\n●    conv 3×3, 8\n│ ○  b\n│ ●  conv 1×1, 8\n⊕─╯\n" in text


def test_lines_that_meet_look_unlike_those_that_cross() -> None:
    chain = "".join(f"  {name}: ReLU\n" for name in "abcd")
    layers = f"{chain}  e: {{op: Add, from: [a, d]}}\n  f: {{op: Add, from: [b, e, a]}}"
    graph = loads(f"archspec: 1\nname: x\ninput: [3, 4, 4]\nlayers:\n{layers}\n")
    text = figure_bytes(graph, "txt").decode()
    assert "├─│─╮\n● │ │  ReLU ×2\n├◂┤ │\n⊕ │ │\n├─┴─╯\n⊕\n" in text
    assert "+-|-+\n* | |  ReLU x2\n+<+ |\n" in as_text(outline(graph), ascii=True)


def test_a_shortcut_of_a_module_leads_from_its_input() -> None:
    text = figure_bytes(zoo_graphs.graph("densenet121"), "dot", style="module").decode()
    ends = {second: first for first, second in dot_arrows(text)[::-1]}
    (concat,) = (name for name in ends if name.endswith("concat") or name.endswith("cat"))
    assert ("input", concat) in dot_arrows(text)


@pytest.mark.parametrize("style", ["dense", "volumes", "table"])
@pytest.mark.parametrize("format", ["dot", "gv", "mmd", "txt"])
def test_a_style_that_is_no_chart_is_refused(style: str, format: str) -> None:
    with pytest.raises(SpecError, match=f"the style '{style}' cannot be saved as {format.upper()}"):
        figure_bytes(zoo_graphs.graph("densenet121"), format, style=style)


@pytest.mark.parametrize(
    ("format", "option", "value"),
    [
        ("dot", "bars", "params"),
        ("mmd", "legend", False),
        ("gv", "width", "column"),
        ("txt", "bars", "none"),
        ("txt", "theme", "dark"),
        ("md", "direction", "right"),
    ],
)
def test_options_without_effect_have_a_note(format: str, option: str, value: object) -> None:
    style = "text" if format == "md" else "paper"
    options = request(style=style, **{option: value})
    (note,) = render_figure([zoo_graphs.graph("lenet5")], format, options).notes
    assert note in (
        f"{format.upper()} has no {option}: it is without effect",
        f"the style 'text' has no {option}: it is without effect",
    )


@pytest.mark.parametrize("format", ["dot", "mmd"])
def test_charts_have_the_colours_of_the_theme(format: str) -> None:
    graph = zoo_graphs.graph("lenet5")
    texts = {figure_bytes(graph, format, theme=theme, title=False) for theme in THEMES}
    assert len(texts) == len(THEMES)
    for theme in PALETTES:
        text = figure_bytes(graph, format, theme=theme, title=False).decode()
        assert set(re.findall(r"#[0-9a-f]{6}", text)) <= set(PALETTES[theme].values())
        assert "title" not in text
        assert 'point-size="18"' not in text


# ---------------------------------------------------------------- what other programs read


SOME: Final = ["googlenet", "unet", "siamese", "yolov3"]


def written(folder: Path, suffix: str) -> dict[Path, Edges]:
    """Files of some networks in all states, with the edges that are in them."""
    files: dict[Path, Edges] = {}
    for name in SOME:
        graph = zoo_graphs.graph(name)
        for k, options in enumerate(states(graph)):
            diagram = outline(graph, options).diagram
            names = [leaf.path for leaf in leaves(network_flowchart(graph, options).diagram)]
            if mermaid_edges(graph, options, names) is not None:
                file = folder / f"{name}-{k}.{suffix}"
                file.write_bytes(figure_bytes(graph, suffix, **choices(options)))
                files[file] = wanted(graph, diagram)
    return files


def test_graphviz_reads_the_edges(tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        pytest.skip("NOT CHECKED with Graphviz: the program dot is not installed")
    for file, expected in written(tmp_path, "dot").items():
        done = subprocess.run(["dot", "-Tcanon", str(file)], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert dot_arrows(done.stdout) == expected, file.name


def test_mermaid_reads_the_edges(tmp_path: Path) -> None:
    """With Mermaid's own parser: ``npm install mermaid jsdom`` in the folder ARCHSPEC_MERMAID."""
    folder = os.environ.get("ARCHSPEC_MERMAID")
    if not folder or not shutil.which("node"):
        pytest.skip("NOT CHECKED with Mermaid: no ARCHSPEC_MERMAID with node_modules, or no node")
    files = written(tmp_path, "mmd")
    done = subprocess.run(
        ["node", "--input-type=module", "-e", MERMAID, "--", *map(str, files)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for line, expected in zip(done.stdout.splitlines(), files.values(), strict=True):
        assert len({tuple(ends) for ends in json.loads(line)}) == len(expected)


MERMAID: Final = """
import { JSDOM } from "jsdom";
import { readFileSync } from "node:fs";
globalThis.window = new JSDOM("<body></body>").window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
for (const file of process.argv.slice(1).filter((name) => name.endsWith(".mmd"))) {
  const text = readFileSync(file, "utf8");
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  console.log(JSON.stringify(db.getEdges().map((edge) => [edge.start, edge.end])));
}
"""
