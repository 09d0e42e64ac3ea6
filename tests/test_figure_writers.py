"""Figures for other tools: TikZ, Mermaid, DOT and JSON say what a diagram or a scene says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import fields, replace
from html import unescape
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import SpecError
from archspec.escaping import clean
from archspec.figures import figure
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    leaves,
)
from archspec.figures.outline.edges import edges
from archspec.figures.outline.flowchart import Flowchart
from archspec.figures.render import dot, mermaid, scene_json, tikz
from archspec.figures.render.tikz import characters
from archspec.figures.request import Direction, FontName, Options, request
from archspec.figures.scene import Box, Line, Polygon, Rect, Scene, Text
from archspec.figures.theme import ROLE_NAMES, color
from archspec.workspace.load import load

SPECS: Final = Path(__file__).parent.parent / "specs"

HOSTILE: Final = (
    '"] end',
    "end",
    "<script>alert(1)</script>",
    "&amp; & #quot; #35;",
    '%%{init: {"theme":"dark"}}%%',
    "`x` **b** __i__ $$x$$",
    "1. x",
    "+",
    "\\",
    '\\" \\N \\G',
    "a\nb\r\x00\x1b[31m\x7f\u202e\u2066\ud800\u2028",
    "}; subgraph x {",
    "한글 中文 かな 😀",
    "ﬂ°lt¶ß",
    'click n1 "javascript:alert(1)"',
    "style n1 fill:#f00;",
    "fa:fa-car",
    "|x| --> n1",
    "---",
    "",
    "  ",
    "\\input{/etc/passwd}",
    "}}}\\end{document}\\write18{ls}",
    "^^5cinput ^^M # $ % & _ ~ '",
    "%%% --- ,, <<",
    "]]> --> <!--",
    "é Å ő ß × · → − – … µ ² α",
)


def leaf(path: str, shape: str | None = None, **others: Any) -> Leaf:
    given: dict[str, Any] = {"title": path, "role": "convolution", **others}
    return Leaf(path, shape=shape, layers=(path,), output=path, **given)


def connections(diagram: Diagram) -> list[str]:
    """``a -> b 8×3×3``, dashed edges with ``..>``."""
    names = [part.path for part in leaves(diagram)]
    return [
        f"{names[edge.source]} {'..>' if edge.dashed else '->'} {names[edge.target]}"
        f" {edge.label or ''}".strip()
        for edge in edges(diagram)
    ]


def dot_text(diagram: Diagram, title: str, direction: Direction) -> str:
    return dot.render(Flowchart(title, title, diagram, list(edges(diagram))), direction, "light")


def mermaid_text(diagram: Diagram, title: str, direction: Direction) -> str:
    return mermaid.render(
        Flowchart(title, title, diagram, list(edges(diagram))), direction, "light"
    )


RESIDUAL: Final = Series(
    (
        leaf("x", "8×9×9"),
        Parallel((Wire(), Series((leaf("a"), leaf("b"))))),
        leaf("add", form="circle", role="merge"),
    )
)

# ---------------------------------------------------------------- edges


def test_a_wire_leads_from_the_fork_to_the_merge() -> None:
    assert connections(RESIDUAL) == ["x -> a 8×9×9", "a -> b", "x -> add", "b -> add"]


def test_a_part_of_two_ends_feeds_every_branch_behind_it() -> None:
    two, others = Parallel((leaf("a"), leaf("b"))), Parallel((leaf("c"), leaf("d")))
    assert connections(Series((two, others))) == ["a -> c", "b -> c", "a -> d", "b -> d"]


def test_a_dashed_wire_and_a_dashed_leaf_have_dashed_edges() -> None:
    branches = Parallel((Wire(dashed=True), leaf("a", dashed=True)))
    assert connections(Series((leaf("x"), branches, leaf("add")))) == [
        "x ..> a",
        "x ..> add",
        "a ..> add",
    ]


def test_what_hangs_from_a_leaf_is_dashed_and_leads_nowhere() -> None:
    head = Series((leaf("pool", "8"), leaf("fc")))
    trunk = Series((leaf("x", "8×4×4", side_branches=(head,)), leaf("y"), leaf("z")))
    assert connections(trunk) == ["x ..> pool", "pool ..> fc 8", "x -> y 8×4×4", "y -> z"]


def test_lanes_have_the_edges_of_their_links_and_no_others() -> None:
    lanes = Lanes(
        (leaf("a"), leaf("b"), leaf("c")), ((-1, 0), (-1, 1), (0, 2), (1, 2), (0, 3), (2, 3))
    )
    diagram = Series((leaf("x"), lanes, leaf("y")))
    assert connections(diagram) == ["x -> a", "x -> b", "a -> c", "b -> c", "a -> y", "c -> y"]


def test_a_link_of_lanes_may_lead_right_through() -> None:
    lanes = Lanes((leaf("a"),), ((-1, 0), (0, 1), (-1, 1)))
    assert connections(Series((leaf("x"), lanes, leaf("y")))) == ["x -> a", "a -> y", "x -> y"]


def test_a_frame_changes_nothing_but_a_dashed_one_dashes() -> None:
    inside = Series((leaf("a"), leaf("b")))
    for dashed, arrow in ((False, "->"), (True, "..>")):
        frame = Frame("s", "s", inside, dashed=dashed)
        expected = [f"x {arrow} a", f"a {arrow} b", f"b {arrow} y"]
        assert connections(Series((leaf("x"), frame, leaf("y")))) == expected


def test_rows_are_one_chain() -> None:
    rows = Rows((Series((leaf("a"), leaf("b"))), Series((leaf("c"),))))
    assert connections(rows) == ["a -> b", "b -> c"]


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "densenet121", "alexnet_towers"])
def test_the_edges_of_an_open_network_are_those_of_its_graph(name: str) -> None:
    graph = load(SPECS / f"{name}.yaml")
    diagram = outline(graph, Options(style="full", fold=False, depth=40)).diagram
    boxes = list(leaves(diagram))
    owners = {path: k for k, box in enumerate(boxes) for path in box.layers or (box.path,)}
    wanted = {
        (owners[source], owners[node.path])
        for node in graph.nodes.values()
        for source in node.sources
        if owners[source] != owners[node.path]
    }
    assert {(edge.source, edge.target) for edge in edges(diagram)} == wanted


# ---------------------------------------------------------------- hand-made figures


def hostile_diagram() -> Diagram:
    """Every text at every place that has one."""
    boxes = tuple(
        Leaf(
            path=text,
            title=text,
            under=text if k % 2 else "",
            role=ROLE_NAMES[k % len(ROLE_NAMES)],
            form="circle" if k % 3 == 0 else "box",
            shape=text,
            count=1 + k % 4,
            dashed=k % 5 == 0,
            side_branches=(leaf("aux", title=text),) if k % 7 == 0 else (),
        )
        for k, text in enumerate(HOSTILE)
    )
    frames = [Frame(text, text, box, 2) for text, box in zip(HOSTILE, boxes[:9], strict=False)]
    return Series((Parallel((Wire(), Series(tuple(frames)))), *boxes[9:]))


def scene(*texts: str) -> Scene:
    """A box of every role, one of everything else, and the texts below one another."""
    items: list[Any] = [Rect(4, 4, 392, 90, "frame", "frame-line", 6)]
    for k, role in enumerate(ROLE_NAMES):
        x, y = 10.0 + k % 5 * 78, 12.0 + k // 5 * 42
        rect = Rect(x, y, 64, 28, role, f"{role}-line", 3)
        words = (Text(x + 32, y + 12, "conv 3×3", 8.5, "middle"), Text(x + 32, y + 23, "/2", 7))
        items.append(Box(rect, f"net.{role}", role, words, layers=(f"net.{role}",)))
        if k % 5:
            items.append(Line(((x - 14, y + 14), (x, y + 14)), "a", f"net.{role}"))
    first, badge = items[1], Rect(66, 6, 16, 10, "badge", radius=5)
    behind = (replace(first.rect, x=13, y=9),)
    items[1] = replace(
        first, behind=behind, badge=(badge, Text(74, 13.5, "×6", 7, "middle", True)), count=6
    )
    label = Text(200, 108, "256×56×56", 7, "end", color="pale")
    items += [
        Line(((30, 100), (30, 112), (33, 112), (33, 118)), dashed=True, label=label),
        Line(((60, 100), (70, 120), (120, 120), (130, 100)), smooth=True, color="#cc0000"),
        Line(((5, 5), (5, 5)), arrow=True),
        Polygon(((300, 100), (340, 100), (350, 110)), "merge", "merge-line", opacity=0.55),
        Rect(370, 100, 14, 14, "merge", "merge-line", 7, dashed=True),
    ]
    items += [Text(20, 135 + 13 * k, text, 8.5) for k, text in enumerate(texts)]
    return Scene(400, 140 + 13 * len(texts), tuple(items), "".join(texts) or "figure", "What it is")


# ---------------------------------------------------------------- Mermaid

LABEL: Final = r'"[^"`\\{}\[\]|<>]*(?:<br/>[^"`\\{}\[\]|<>]*)?"'
STATEMENT: Final = re.compile(
    rf"""
    flowchart\ (LR|TD)
    | n\d+\({LABEL}\):::[a-z]+ | n\d+\(\({LABEL}\)\):::[a-z]+
    | subgraph\ f\d+\[{LABEL}\] | end | class\ [fn\d,]+\ (frame|trainingFrame|training)
    | n\d+\ -\.?->(\|{LABEL}\|)?\ n\d+
    | classDef\ [a-zA-Z]+\ (fill:\#[0-9a-f]{{6}},stroke:\#[0-9a-f]{{6}},color:\#[0-9a-f]{{6}},?)?
      (stroke-dasharray:4\ 3)?
    """,
    re.VERBOSE,
)


def statements(text: str) -> list[str]:
    """Without what is in front, which is a title in one line of YAML."""
    front, _, rest = text.partition('"\n---\n')
    assert re.fullmatch(r'---\ntitle: "(?:[^"\\\n%]|\\.)*', front)
    return [line.strip() for line in rest.split("\n")[:-1]]


def shown(label: str) -> str:
    """What Mermaid shows of a label; its entities are those of HTML with another beginning."""
    entities = label.replace("<br/>", "\n").replace("&", "")
    return unescape(re.sub(r"#(\w+);", _html_entity, entities)).replace("\u2060", "")


def _html_entity(entity: re.Match[str]) -> str:
    return f"&#{entity[1]};" if entity[1].isdigit() else f"&{entity[1]};"


def test_mermaid_of_a_residual_unit() -> None:
    assert mermaid_text(RESIDUAL, "unit", "right") == (
        '---\ntitle: "unit"\n---\nflowchart LR\n'
        '  n1("x"):::convolution\n'
        '  n2("a"):::convolution\n'
        '  n3("b"):::convolution\n'
        '  n4(("add")):::merge\n'
        '  n1 -->|"8×9×9"| n2\n'
        "  n2 --> n3\n"
        "  n1 --> n4\n"
        "  n3 --> n4\n"
        f"  classDef convolution fill:{color('light', 'convolution')}"
        f",stroke:{color('light', 'convolution-line')},color:{color('light', 'ink')}\n"
        f"  classDef merge fill:{color('light', 'merge')}"
        f",stroke:{color('light', 'merge-line')},color:{color('light', 'ink')}\n"
    )


def test_mermaid_frames_are_subgraphs_and_stacks_are_counted() -> None:
    frame = Frame("layer1", "layer1", leaf("a", title="Block", under="64", count=6, dashed=True), 3)
    lines = statements(mermaid_text(frame, "t", "down"))
    assert lines[:5] == [
        "flowchart TD",
        'subgraph f1["layer1 ×3"]',
        'n1("Block ×6<br/>64"):::convolution',
        "end",
        "class f1 frame",
    ]
    assert lines[-1] == "class n1 training"


@pytest.mark.parametrize("title", HOSTILE[:6])
def test_mermaid_has_no_statement_but_ours(title: str) -> None:
    lines = statements(mermaid_text(hostile_diagram(), title, "right"))
    assert [line for line in lines if not STATEMENT.fullmatch(line)] == []
    assert "%%" not in "".join(lines)


def test_mermaid_shows_what_was_written() -> None:
    boxes = Series(tuple(leaf("a", title=text) for text in HOSTILE))
    lines = statements(mermaid_text(boxes, "t", "right"))
    labels = [line.split('"')[1] for line in lines if re.match(r"n\d+\(", line)]
    assert [shown(label) for label in labels] == [clean(text).strip() or " " for text in HOSTILE]


@pytest.mark.parametrize("text", ["$$x$$", "fa:fa-car", "ﬂ°lt¶ß"])
def test_mermaid_has_joiners_in_what_it_would_read_twice(text: str) -> None:
    line = statements(mermaid_text(leaf("a", title=text), "t", "right"))[1]
    assert "#8288;" in line
    assert text not in unescape(re.sub(r"#(\d+);", r"&#\1;", line))


def test_mermaid_that_no_page_draws_is_refused() -> None:
    for parts in (502, 400):
        wide = Series(tuple(leaf("a", title="x" * 40, under="y" * 60) for _ in range(parts)))
        with pytest.raises(SpecError, match="Mermaid draws at most"):
            mermaid_text(wide, "t", "right")


def test_mermaid_parses(tmp_path: Path) -> None:
    """With Mermaid's own parser: ``npm install mermaid jsdom`` in the folder ARCHSPEC_MERMAID."""
    folder = os.environ.get("ARCHSPEC_MERMAID")
    if not folder or not shutil.which("node"):
        pytest.skip("no ARCHSPEC_MERMAID with node_modules of mermaid and jsdom, or no node")
    diagrams = {"hostile": hostile_diagram(), "residual": RESIDUAL}
    for name in ("googlenet", "resnet50", "densenet121"):
        diagrams[name] = outline(load(SPECS / f"{name}.yaml")).diagram
    for name, diagram in diagrams.items():
        text = mermaid_text(diagram, HOSTILE[4] + name, "right")
        (tmp_path / f"{name}.mmd").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["node", "--input-type=module", "-e", PARSER, "--", *map(str, tmp_path.glob("*.mmd"))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["flowchart-v2"] * len(diagrams)


PARSER: Final = """
import { JSDOM } from "jsdom";
import { readFileSync } from "node:fs";
globalThis.window = new JSDOM("<body></body>").window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
for (const file of process.argv.slice(1).filter((name) => name.endsWith(".mmd")))
  console.log((await mermaid.parse(readFileSync(file, "utf8"))).diagramType);
"""

# ---------------------------------------------------------------- DOT

HTML_STRING: Final = r"<(?:[^<>]|<[^<>]*>)*>"
NAME: Final = rf'(?:"(?:[^"\\]|\\.)*"|{HTML_STRING}|[A-Za-z_]\w*|-?[\d.]+)'
LIST: Final = rf"[a-z]+={NAME}(?: [a-z]+={NAME})*"
DOT_LINE: Final = re.compile(
    rf"\t(?:graph|node|edge) \[{LIST}\]|\t+{NAME} \[{LIST}\]|\t{NAME} -> {NAME}(?: \[{LIST}\])?"
    rf"|\t+subgraph cluster_\d+ \{{|\t+{LIST}|\t*\}}"
)


def dot_labels(text: str) -> list[str]:
    """The labels of boxes and frames, of which the first one is that of the whole."""
    return [label[1:-1] for label in re.findall(rf"label=({HTML_STRING})", text)]


def test_dot_of_a_residual_unit() -> None:
    lines = [line.strip() for line in dot_text(RESIDUAL, "unit", "down").splitlines()]
    assert lines[0] == "digraph unit {"
    assert "rankdir=TB" in lines[1]
    assert [line for line in lines if " -> " in line] == [
        'x -> a [label=" 8×9×9" weight=8]',
        "a -> b [weight=8]",
        "x -> add",
        "b -> add [weight=8]",
    ]
    (merge,) = (line for line in lines if line.startswith("add ["))
    assert color("light", "merge") in merge
    assert "shape=circle" in merge


def test_dot_boxes_of_one_path_stay_apart() -> None:
    text = dot_text(Series((leaf("a"), leaf("a"), leaf("a"))), "t", "right")
    assert 'a -> "a (2)"' in text
    assert '"a (2)" -> "a (3)"' in text


def test_dot_frames_are_clusters() -> None:
    text = dot_text(Frame("s", "stage <1>", leaf("a", count=6), 3), "t", "right")
    assert "subgraph cluster_1 {" in text
    assert "label=<stage &lt;1&gt; <b>×3</b>>" in text
    assert "label=<a <b>×6</b>>" in text


@pytest.mark.parametrize("title", HOSTILE)
def test_dot_has_no_statement_but_ours(title: str) -> None:
    head, *lines = dot_text(hostile_diagram(), title, "right").rstrip("\n").split("\n")
    assert re.fullmatch(rf"digraph {NAME} \{{|digraph \{{", head)
    assert [line for line in lines if not DOT_LINE.fullmatch(line)] == []
    for label in dot_labels("".join(lines)):
        ElementTree.fromstring(f"<label>{label}</label>")


def test_dot_shows_what_was_written() -> None:
    text = dot_text(Series(tuple(leaf("a", title=text) for text in HOSTILE)), "", "right")
    assert [unescape(label) for label in dot_labels(text)] == [
        clean(text) or " " for text in HOSTILE
    ]


def test_dot_tooltips_and_shapes_have_no_entities_of_a_spec() -> None:
    text = dot_text(Series((leaf("&lt;", "&gt;"), leaf("b"))), "t", "right")
    assert 'tooltip="&amp;lt;"' in text
    assert '-> b [label=" &amp;gt;" weight=8]' in text


def test_graphviz_reads_dot() -> None:
    scripts = sysconfig.get_path("scripts")
    program = shutil.which("dot") or shutil.which("graphviz-pure", path=scripts)
    if program is None:
        pytest.skip("Graphviz is not installed")
    text = dot_text(hostile_diagram(), HOSTILE[0], "right")
    command = [program, "-q", "-Tsvg"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert b"syntax error" not in done.stderr
    picture = ElementTree.fromstring(done.stdout)
    kinds = [group.get("class") for group in picture.iter("{http://www.w3.org/2000/svg}g")]
    assert kinds.count("node") == len(list(leaves(hostile_diagram())))
    assert kinds.count("edge") == len(list(edges(hostile_diagram())))


# ---------------------------------------------------------------- JSON


def test_json_has_the_whole_scene() -> None:
    drawn = scene(*HOSTILE)
    data = json.loads(scene_json.render(drawn))
    assert (data["format"], data["version"]) == ("archspec-scene", 1)
    assert (data["title"], data["style"]) == (drawn.title, "paper")
    assert (data["width"], data["height"]) == (400, drawn.height)
    rows = [row for key in ("boxes", "lines", "texts", "rects", "polygons") for row in data[key]]
    assert sorted(row["order"] for row in rows) == list(range(len(drawn.items)))
    assert [row["content"] for row in data["texts"]] == list(HOSTILE)
    for item, row in zip(drawn.boxes, data["boxes"], strict=True):
        assert (row["path"], row["role"], row["count"]) == (item.path, item.role, item.count)
        assert (row["x"], row["y"], row["width"]) == (item.rect.x, item.rect.y, 64)
        assert row["fill"] in data["colors"]
        assert [text["content"] for text in row["texts"]] == [text.content for text in item.texts]
        assert row["texts"][0]["width"] == pytest.approx(item.texts[0].width, abs=0.005)
    assert data["boxes"][0]["badge"][1]["content"] == "×6"
    assert len(data["boxes"][0]["behind"]) == 1
    dashed = data["lines"][8]
    assert (dashed["dashed"], dashed["label"]["content"]) == (True, "256×56×56")
    assert dashed["points"][:2] == [[30, 100], [30, 112]]


def test_json_has_every_field_of_every_item() -> None:
    """But those that few texts and polygons have."""
    data = json.loads(scene_json.render(scene("a")))
    for key, item_type in scene_json.ITEM_TYPES.items():
        names = {field.name for field in fields(item_type)} - {"rect", "formula", "picture"}
        assert names <= data[key][0].keys()


def test_json_is_ascii_and_one_item_a_line() -> None:
    drawn = scene(*HOSTILE)
    text = scene_json.render(drawn)
    assert text == scene_json.render(drawn)
    assert text.isascii()
    assert text.count('\n    {"order": ') == len(drawn.items)
    assert json.loads(scene_json.render(Scene(1, 2, (), "")))["boxes"] == []


def test_json_numbers_have_two_decimals() -> None:
    row = json.loads(scene_json.render(Scene(1, 1, (Rect(1 / 3, -0.001, 2.0, 7),), "")))["rects"][0]
    assert (row["x"], row["y"], row["width"]) == (0.33, 0, 2)


# ---------------------------------------------------------------- TikZ


def drawn_lines(text: str) -> list[str]:
    """The commands of the picture."""
    inside = text.partition(r"\begin{tikzpicture}")[2].partition(r"\end{tikzpicture}")[0]
    return [line.strip() for line in inside.partition("\n]\n")[2].splitlines() if line.strip()]


def node_texts(text: str) -> list[str]:
    nodes = [
        re.fullmatch(r"\\node\[[^\]]*\] at \([^)]*\) \{(.*)\};", line) for line in drawn_lines(text)
    ]
    return [node[1] for node in nodes if node]


def test_tikz_has_a_line_for_every_item() -> None:
    drawn = scene("a")
    lines = drawn_lines(tikz.render(drawn))
    place = r"\node[place, minimum width=64bp, minimum height=28bp] (net-pooling) at (42, 68) {};"
    assert f"{place}  % net.pooling" in lines
    assert (
        r"\path[pooling box] (net-pooling.north west) rectangle (net-pooling.south east);" in lines
    )
    assert (
        r"\node[ink 8.5 middle] at ([shift={(0, -2)}]net-pooling) {conv 3\texttimes{}3};" in lines
    )
    assert r"\path[line arrow] (net-convolution.east) -- (net-linear.west);" in lines
    assert r"\path[merge circle] (377, 107) circle[radius=7bp];" in lines
    shown = [line for line in lines if line.startswith((r"\path", r"\node["))]
    places = [line for line in shown if "place, minimum width" in line]
    assert len(places) == len(list(drawn.boxes))
    assert len(shown) - len(places) == len(list(drawn.primitives())) - 1, "one goes nowhere"


def test_tikz_defines_every_style_and_colour_that_it_uses() -> None:
    text = tikz.render(scene("한글", "a"), "dark")
    styles = re.findall(r"^  (.*)/\.style=\{", text, re.MULTILINE)
    assert sorted(styles) == sorted(set(styles))
    used = re.findall(r"^  \\(?:path|node)\[(.*?)(?:, minimum [^]]*)?\]", text, re.MULTILINE)
    assert set(used) | {"round place"} == set(styles)
    colors = dict(re.findall(r"\\definecolor\{(.*)\}\{HTML\}\{([0-9A-F]{6})\}", text))
    assert set(re.findall(r"(?:fill|draw|text)=([\w-]+)", text)) <= colors.keys()
    assert colors["merge"] == color("dark", "merge")[1:].upper()
    assert colors["color-cc0000"] == "CC0000"


def test_tikz_corners_leave_room_for_one_another_and_for_the_tip() -> None:
    line = Line(((0, 0), (50, 0), (50, 4), (90, 4), (90, 10)), radius=4)
    (path,) = (
        line for line in drawn_lines(tikz.render(Scene(99, 99, (line,), ""))) if "arrow" in line
    )
    assert path == (
        r"\path[line arrow] (0, 0) [rounded corners=2bp] -- ++(50, 0) -- ++(0, 4)"
        r" [rounded corners=0.5bp] -| (90, 10);"
    )


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("resnet50", {}),
        ("googlenet", {"open": ("inception4a",)}),
        ("densenet121", {"style": "dense"}),
        ("alexnet_towers", {"style": "volumes"}),
        ("resnet18", {"style": "blocks"}),
    ],
)
def test_tikz_lines_lead_from_node_to_node(name: str, choices: dict[str, Any]) -> None:
    """To where they lead in the scene, and by the same corners."""
    drawn = figure([load(name)], request(**choices))
    text = tikz.render(drawn)
    nodes = places_of_nodes(text)
    assert len(nodes) == len(list(drawn.boxes))
    routes = [line for line in drawn_lines(text) if re.match(r"\\path\[.*(arrow|stroke)", line)]
    followed = 0
    for line, route in zip(drawn.lines, routes, strict=True):
        begin, *_, end = re.findall(r"(?<!\+)\((?:\[shift=\{.*?\}\])?[^()]*\)", route)
        assert place_in(begin, nodes) == pytest.approx(line.points[0], abs=0.03)
        assert place_in(end, nodes) == pytest.approx(line.points[-1], abs=0.03)
        followed += "." in begin.rpartition("]")[2] and "." in end.rpartition("]")[2]
    edges = [line for line in drawn.lines if line.source and line.target]
    assert followed >= 0.9 * len(edges)


def places_of_nodes(text: str) -> dict[str, tuple[float, ...]]:
    """Name -> middle and size."""
    rows = re.findall(
        r"width=([\d.]+)bp, minimum height=([\d.]+)bp\] \((.*?)\) at \((.*?), (.*?)\)", text
    )
    return {
        name: (float(x), float(y), float(width), float(height))
        for width, height, name, x, y in rows
    }


def place_in(expression: str, nodes: dict[str, tuple[float, ...]]) -> tuple[float, float]:
    """Where an anchor is, with its shift; or a place itself."""
    shift = re.match(r"\(\[shift=\{\((.*?), (.*?)\)\}\](.*)", expression)
    dx, dy, inside = (*shift.groups(),) if shift else ("0", "0", expression[1:])
    inside = inside.rstrip(")")
    name, point, anchor = inside.rpartition(".")
    if name not in nodes or not point:
        x, y = map(float, inside.split(","))
        return x, y
    x, y, width, height = nodes[name]
    across, down = {"east": (1, 0), "west": (-1, 0), "south": (0, 1), "north": (0, -1)}[anchor]
    return x + across * width / 2 + float(dx), y + down * height / 2 + float(dy)


def test_tikz_names_of_nodes_are_plain_and_unique() -> None:
    rect = Rect(0, 0, 10, 10)
    paths = ("a.b", "a-b", "a,b:(c)", "한", "", "a.b")
    boxes = tuple(Box(rect, path, "block") for path in paths)
    inset = tuple(Box(rect, f"net.0.{path}", "block", inset="Unit") for path in ("x", "y.z"))
    text = tikz.render(Scene(9, 9, (*boxes, *inset), ""))
    found = list(places_of_nodes(text))
    assert found == ["a-b", "a-b no 2", "abc", "box", "box no 2", "a-b no 3", "Unit-x", "Unit-y-z"]


def harmless(text: str) -> None:
    """Commands of a known list, braces in pairs, no comment, no more than one node."""
    known = {
        command
        for text in characters.COMMANDS.values()
        for command in re.findall(r"\\[A-Za-z]+", text)
    }
    known |= {f"\\{accent}" for accent in characters.ACCENTS.values()} | {r"\other"}
    bare = re.sub(r"\\[{}#$%&_ ]", "", text)
    assert set(re.findall(r"\\[A-Za-z]+", bare)) <= known
    assert not re.search(r"[%#&_\n]", bare)
    depth = 0
    for brace in re.findall("[{}]", bare):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("hostile", HOSTILE)
def test_tikz_texts_are_harmless(hostile: str) -> None:
    text = tikz.render(scene(hostile))
    assert text.count(r"\end{document}") - text.splitlines()[0].count(r"\end{document}") == 1
    for content in node_texts(text):
        harmless(content)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_tikz_texts_are_harmless_whatever_they_are(text: str) -> None:
    page = tikz.render(Scene(9, 9, (Text(1, 1, text, 8),), text))
    (content,) = node_texts(page)
    harmless(content)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page
    )


def test_tikz_characters_that_pdflatex_lacks_have_their_width() -> None:
    text = tikz.render(scene("한a"))
    assert node_texts(text)[-1] == r"\other{한}{0.92em}a"
    assert r"\def\other" in text
    assert r"\other" not in tikz.render(scene("é × · →"))


def test_tikz_has_no_ligatures_and_all_spaces() -> None:
    texts = node_texts(tikz.render(scene("--- ,,", " a  b ")))
    assert texts[-2:] == ["-{}-{}- ,{},", r"\ a \ b\ "]


def test_tikz_that_no_page_holds_is_refused() -> None:
    with pytest.raises(SpecError, match="14,400 points"):
        tikz.render(Scene(100, 20_000, (), ""))


# ---------------------------------------------------------------- what LaTeX makes of it


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDF of a scene that has all of the hostile texts."""
    folder = tmp_path_factory.mktemp("tikz")
    return compiled(scene(*HOSTILE), folder)


def compiled(drawn: Scene, folder: Path, *, figure: str = "", document: str = "") -> Path:
    """The PDF of a figure, or of a document that reads it."""
    for program in ("pdflatex", "pdftotext", "pdftoppm", "pdffonts"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    (folder / "figure.tex").write_text(figure or tikz.render(drawn), encoding="utf-8")
    (folder / "document.tex").write_text(document, encoding="utf-8")
    name = "document" if document else "figure"
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    done = subprocess.run([*command, name], cwd=folder, capture_output=True, timeout=120)
    said = done.stdout.decode(errors="replace")
    for file in ("standalone.cls", "standalone.sty", "tikz.sty", "beamer.cls"):
        if f"{file}' not found" in said:
            pytest.skip(f"this LaTeX has no {file}")
    assert done.returncode == 0, said[-2000:]
    return folder / f"{name}.pdf"


DOCUMENTS: Final = {
    "article": r"""
\documentclass{article}
\usepackage{tikz}
\begin{document}
A\begin{figure}\input{figure}\caption{One}\end{figure}
\begin{figure}\fbox{\input{figure.tex}}\end{figure}
B\input{figure}C
\end{document}
""",
    "beamer": r"""
\documentclass{beamer}
\usepackage{tikz}
\begin{document}
\begin{frame}{A}\input{figure}\end{frame}
\begin{frame}{B}\only<2>{\resizebox{\textwidth}{!}{\input{figure}}}\end{frame}
\end{document}
""",
    "standalone": r"""
\documentclass{article}
\usepackage{standalone}
\usepackage{tikz}
\usetikzlibrary{arrows.meta}
\begin{document}
\input{figure}
\end{document}
""",
    "annotated": r"""
\documentclass{article}
\usepackage{tikz}
\usepackage{mathptmx}
\tikzset{every picture/.style={remember picture}}
\begin{document}
\input{figure}
\begin{tikzpicture}[overlay]
  \draw[->] (0, 0) node[left] {here} -- (net-pooling);
  \node[above] at (net-merge.north) {merge};
\end{tikzpicture}
\end{document}
""",
}


@pytest.mark.parametrize("font", ["helvetica", "document"])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_other_documents_read_a_figure(kind: str, font: FontName, tmp_path: Path) -> None:
    """In groups, twice, without any library; the figure has no page of its own there."""
    drawn = scene("한글 é", '{} "quoted" |x| <y> ß þ')
    figure = tikz.render(drawn, font=font)
    page = compiled(drawn, tmp_path, figure=figure, document=DOCUMENTS[kind])
    assert "conv" in {word for word, _, _ in words(page)}
    log = page.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    assert "Undefined" not in log
    assert "Missing character" not in log
    fonts = subprocess.run(["pdffonts", str(page)], capture_output=True, text=True, check=True)
    assert ("NimbusSan" in fonts.stdout) == (font == "helvetica")
    if kind == "annotated" and font == "document":
        assert "NimbusRom" in fonts.stdout


def test_a_document_without_tikz_is_said_what_is_missing(tmp_path: Path) -> None:
    document = "\\documentclass{article}\\begin{document}\\input{figure}\\end{document}"
    with pytest.raises(AssertionError, match="This figure needs "):
        compiled(scene("a"), tmp_path, document=document)


def words(page: Path) -> list[tuple[str, float, float]]:
    """Every word of a page, with its left and its right end."""
    command = ["pdftotext", "-bbox", str(page), "-"]
    output = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout
    found = re.findall(r'<word xMin="(.*?)" .*? xMax="(.*?)" .*?>(.*)</word>', output)
    return [(unescape(word), float(left), float(right)) for left, right, word in found]


def test_pdflatex_sets_a_page_of_the_size_of_the_scene(page: Path) -> None:
    output = subprocess.run(["pdftotext", "-bbox", str(page), "-"], capture_output=True, check=True)
    width, height = re.findall(rb'<page width="(.*?)" height="(.*?)">', output.stdout)[0]
    assert float(width) == pytest.approx(400, abs=0.05)
    assert float(height) == pytest.approx(scene(*HOSTILE).height, abs=0.05)


def test_pdflatex_sets_the_texts_where_they_are(page: Path) -> None:
    found = words(page)
    expected = [text for text in scene().texts if " " not in text.content]
    expected += [
        Text(20, 0, word, 8.5) for word in ("<script>alert(1)</script>", "\\input{/etc/passwd}")
    ]
    for text in expected:
        places = [(left, right) for word, left, right in found if word == text.content]
        right, kerning = text.left + text.width, 0.4 + 0.02 * text.width
        assert any(
            left == pytest.approx(text.left, abs=0.4) and end == pytest.approx(right, abs=kerning)
            for left, end in places
        ), (text, places)
    assert not any("root:" in word for word, _, _ in found)


def test_pdflatex_paints_the_boxes_where_they_are(page: Path) -> None:
    command = ["pdftoppm", "-r", "72", str(page)]
    picture = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    head = re.match(rb"P6\n(\d+) (\d+)\n255\n", picture)
    assert head
    for box in scene().boxes:
        x, y = int(box.rect.x) + 3, int(box.rect.y) + 20
        place = head.end() + 3 * (y * int(head[1]) + x)
        assert picture[place : place + 3].hex() == color("light", box.role)[1:]


def test_pdflatex_has_every_command_that_stands_for_a_character(tmp_path: Path) -> None:
    known = [*characters.COMMANDS, *map(chr, range(0xC0, 0x180))]
    lines = ["".join(known[k : k + 40]) for k in range(0, len(known), 40)]
    page = compiled(scene(*lines), tmp_path)
    log = page.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    assert "not provided by" not in log
    assert "Missing character" not in log
