"""The style `table`: architectures side by side, as papers print them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from archspec.diagnostics import SpecError
from archspec.figures.request import Options
from archspec.figures.scene import Line as SceneLine
from archspec.figures.scene import Scene
from archspec.figures.sizes import PAGES, SMALLEST_TEXT
from archspec.figures.styles.table import architecture_table, as_html, as_latex, as_markdown, scene
from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellBlock,
    CellLine,
    CellPart,
    TableRow,
    in_one,
)
from archspec.figures.styles.table.path_reader import main_path
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests.networks import specs, zoo

NETWORKS = zoo()
RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
VGGS = ("vgg11", "vgg13", "vgg16_c", "vgg16", "vgg19")

RESNETS_MARKDOWN = """\
| layer name | output size | resnet18 | resnet34 | resnet50 |
| --- | --- | --- | --- | --- |
| conv1 | 112×112 | 7×7, 64, /2 | 7×7, 64, /2 | 7×7, 64, /2 |
| layer1 | 56×56 | max pool 3×3, /2<br>\\[3×3, 64; 3×3, 64\\] ×2 | max pool 3×3, /2<br>\\[3×3, 64; 3×3, 64\\] **×3** | max pool 3×3, /2<br>\\[**1×1, 64**; **3×3, 64**; **1×1, 256**\\] **×3** |
| layer2 | 28×28 | \\[3×3, 128; 3×3, 128\\] ×2 | \\[3×3, 128; 3×3, 128\\] **×4** | \\[**1×1, 128**; **3×3, 128**; **1×1, 512**\\] **×4** |
| layer3 | 14×14 | \\[3×3, 256; 3×3, 256\\] ×2 | \\[3×3, 256; 3×3, 256\\] **×6** | \\[**1×1, 256**; **3×3, 256**; **1×1, 1024**\\] **×6** |
| layer4 | 7×7 | \\[3×3, 512; 3×3, 512\\] ×2 | \\[3×3, 512; 3×3, 512\\] **×3** | \\[**1×1, 512**; **3×3, 512**; **1×1, 2048**\\] **×3** |
| fc | 1×1 | global avg pool<br>linear 1000 | global avg pool<br>linear 1000 | global avg pool<br>linear 1000 |
| weight layers |  | 18 | 34 | 50 |
| parameters |  | 11.7 M | 21.8 M | 25.6 M |
| MACs |  | 1.81 G | 3.66 G | 4.09 G |

- Bold: what differs from the column to the left.
- Not shown: BN, ReLU, projections on shortcuts, the stride of a stage's first block.
- MACs: multiply-accumulates for an input of 3×224×224.
"""

EVIL = "<script>&|`*_[x]()$\\input{/etc/passwd}%#~^\"'{}--"
EXOTIC = "블록 é ł ∑ \x1b[31m\u202e\ud800 – →"


def table(*references: str) -> ArchitectureTable:
    return architecture_table([load(reference) for reference in references])


def text_of(part: CellPart) -> str:
    """``[3×3, 64; 3×3, 64] ×2``, with * around what is bold."""
    if isinstance(part, CellLine):
        return f"*{part.text}*" if part.bold else part.text
    times = f" *{part.times}*" if part.bold else f" {part.times}"
    return f"[{'; '.join(map(text_of, part.lines))}]{times}".rstrip()


def column(whole: ArchitectureTable, number: int) -> list[list[str]]:
    """What a column says, row by row."""
    cells = (in_one(row, len(whole.columns))[number] for row in whole.rows)
    return [[text_of(part) for part in cell.parts] for cell in cells]


# What the papers print.


def test_table_1_of_the_resnet_paper() -> None:
    whole = table(*RESNETS)
    assert whole.columns == RESNETS
    assert [row.heads for row in whole.rows] == [
        ("conv1", "112×112"),
        ("layer1", "56×56"),
        ("layer2", "28×28"),
        ("layer3", "14×14"),
        ("layer4", "7×7"),
        ("fc", "1×1"),
    ]
    counts = [
        [
            part.count
            for row in whole.rows
            for part in in_one(row, 5)[k].parts
            if isinstance(part, CellBlock)
        ]
        for k in range(5)
    ]
    assert counts == [[2, 2, 2, 2], [3, 4, 6, 3], [3, 4, 6, 3], [3, 4, 23, 3], [3, 8, 36, 3]]
    assert column(whole, 0)[2] == ["[3×3, 128; 3×3, 128] ×2"]
    assert column(whole, 2)[2] == ["[*1×1, 128*; *3×3, 128*; *1×1, 512*] *×4*"]
    assert column(whole, 4)[3] == ["[1×1, 256; 3×3, 256; 1×1, 1024] *×36*"]
    assert whole.rows[0].bands == ((Cell((CellLine("7×7, 64, /2"),)),),)
    assert whole.rows[1].bands[0] == (Cell((CellLine("max pool 3×3, /2"),)),)
    assert [row.heads[0] for row in whole.totals] == ["weight layers", "parameters", "MACs"]
    assert [text_of(cell.parts[0]) for cell in whole.totals[0].bands[0]] == [
        name.removeprefix("resnet") for name in RESNETS
    ]


def test_table_1_of_the_vgg_paper() -> None:
    """The added layers are shown in bold."""
    whole = table(*VGGS)
    assert whole.heads == ("output size",)
    assert column(whole, 0)[:2] == [["3×3, 64"], ["max pool 2×2, /2", "3×3, 128"]]
    assert column(whole, 1)[0] == ["3×3, 64", "*3×3, 64*"]
    assert column(whole, 2)[2] == ["max pool 2×2, /2", "3×3, 256", "3×3, 256", "*1×1, 256*"]
    assert column(whole, 3)[2] == ["max pool 2×2, /2", "3×3, 256", "3×3, 256", "*3×3, 256*"]
    assert column(whole, 4)[2][1:] == ["3×3, 256"] * 3 + ["*3×3, 256*"]
    assert whole.rows[-1].heads == ("vector",)
    assert column(whole, 4)[-1] == ["linear 4096", "linear 4096", "linear 1000"]


def test_table_1_of_the_densenet_paper() -> None:
    whole = table("densenet121", "densenet169", "densenet201")
    blocks = [cells for cells in column(whole, 2) if len(cells) > 1][:4]
    assert blocks[0] == ["max pool 3×3, /2", "[1×1, 128; 3×3, 32] ×6", "1×1, 128"]
    assert blocks[2] == ["avg pool 2×2, /2", "[1×1, 128; 3×3, 32] *×48*", "*1×1, 896*"]


def test_table_1_of_the_googlenet_paper() -> None:
    whole = table("googlenet_v1")
    rows = {row.heads[0]: row for row in whole.rows}
    cells = [[text_of(part) for part in cell.parts] for cell in rows["inception3a"].bands[0]]
    assert cells[0] == ["Inception"]
    assert cells[1] == ["[1×1, 64; 1×1, 96 → 3×3, 128; 1×1, 16 → 5×5, 32; max pool 3×3 → 1×1, 32]"]
    assert cells[2:] == [["256×28×28"], ["2"], ["164 k"], ["128 M"]]
    assert [text_of(cell.parts[0]) for cell in whole.totals[0].bands[0][3:]] == [
        "22",
        "7.00 M",
        "1.58 G",
    ]


def test_squeeze_and_excitation_is_a_part_of_its_block() -> None:
    whole = table("se_resnet50")
    assert ["[1×1, 64; 3×3, 64; 1×1, 256; global avg pool; 1×1, 16; 1×1, 256] ×3"] in column(
        whole, 1
    )


def test_networks_that_do_not_align() -> None:
    whole = table("alexnet", "vgg16")
    assert [row.heads[0] for row in whole.rows] == [
        *("224×224", "112×112", "56×56", "55×55", "28×28", "27×27"),
        *("14×14", "13×13", "7×7", "6×6", "vector"),
    ]
    assert not any("*" in line for cells in column(whole, 1) for line in cells)
    assert column(whole, 0)[0] == []


def test_what_no_line_shows_is_in_the_last_rows_if_it_differs() -> None:
    whole = table("vgg11", "vgg11_bn")
    assert whole.totals[0] == TableRow(
        ("normalisation",), ((Cell((CellLine("none"),)), Cell((CellLine("BN"),))),)
    )
    assert "Not shown: ReLU, dropout." in whole.notes


def test_no_network() -> None:
    with pytest.raises(SpecError) as caught:
        architecture_table([])
    assert caught.value.diagnostics[0].code == "cannot-draw"


# Nothing is lost.


def counted_layers(graph: Graph) -> int:
    return sum(len(unit.nodes) for unit in main_path(graph))


@pytest.mark.parametrize("reference", NETWORKS)
def test_every_layer_is_counted_in_one_row(reference: str) -> None:
    graph = load(reference).at("inference")
    counted = [node.path for unit in main_path(graph) for node in unit.nodes]
    assert sorted(counted) == sorted(node.path for node in graph.layers)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_random_networks(text: str) -> None:
    graph = loads(text)
    assert counted_layers(graph) in (0, len(graph.layers))
    for graphs in ([graph], [graph, load("lenet5_modern")]):
        check(scene(graphs, Options(style="table")))


# The figure.


def check(drawn: Scene) -> None:
    """Everything is inside, nothing on top of anything, and no text too small."""
    assert min(text.size for text in drawn.texts) >= SMALLEST_TEXT
    for text in drawn.texts:
        assert text.left >= 0
        assert text.left + text.width <= drawn.width + 0.01
        assert text.size < text.y < drawn.height
    lines = sorted(drawn.texts, key=lambda text: (round(text.y, 3), text.left))
    for first, second in pairwise(lines):
        if abs(first.y - second.y) < 0.001:
            assert first.left + first.width <= second.left + 0.01, (first, second)
    for item in drawn.lines:
        assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in item.points)


@pytest.mark.parametrize("reference", NETWORKS)
def test_the_figure_of_one_network(reference: str) -> None:
    graph = load(reference)
    drawn = scene([graph], Options(style="table"))
    check(drawn)
    assert drawn == scene([graph], Options(style="table"))


@pytest.mark.parametrize(
    "references",
    [
        RESNETS,
        VGGS,
        ("alexnet", "vgg16"),
        ("googlenet", "googlenet_v1", "bn_inception"),
        ("mlp", "lenet5"),
    ],
)
def test_the_figure_of_several(references: tuple[str, ...]) -> None:
    drawn = scene([load(reference) for reference in references], Options(style="table"))
    check(drawn)
    assert drawn.width <= PAGES["a4"].width


def test_a_table_grows_before_its_text_shrinks_below_the_smallest() -> None:
    graphs = [load(reference) for reference in (*RESNETS, *RESNETS, *RESNETS)]
    drawn = scene(graphs, Options(style="table"))
    check(drawn)
    assert drawn.width > PAGES["a4"].width
    narrow = scene(graphs[:5], Options(style="table", width="column"))
    check(narrow)
    assert min(text.size for text in narrow.texts) == SMALLEST_TEXT


def test_a_table_fills_the_width_that_is_asked_for() -> None:
    drawn = scene([load("resnet50")], Options(style="table", width="a4"))
    check(drawn)
    assert drawn.width == PAGES["a4"].width
    rules = [line for line in drawn.lines if len(line.points) == 2]
    assert all(line.points[1][0] == pytest.approx(PAGES["a4"].width - 12) for line in rules)


def test_a_long_name_fits() -> None:
    drawn = scene([replace(load("mlp"), name="W" * 100)], Options(style="table"))
    check(drawn)
    assert drawn.width > 48 * 10


def test_brackets_and_rules_are_lines_without_arrows() -> None:
    drawn = scene([load("resnet18"), load("resnet34")], Options(style="table"))
    lines = [item for item in drawn.items if isinstance(item, SceneLine)]
    assert not any(line.arrow or line.source for line in lines)
    assert sum(len(line.points) == 4 for line in lines) == 2 * 8


# Other forms.


def test_markdown() -> None:
    assert as_markdown(table(*RESNETS[:3])) == RESNETS_MARKDOWN


def hostile() -> ArchitectureTable:
    graph = load("resnet18")
    several = architecture_table([replace(graph, name=name) for name in (EVIL, EXOTIC)])
    block = CellBlock((CellLine(several.columns[0], True), CellLine("1")), 3, True)
    return replace(
        several,
        rows=(*several.rows, TableRow((several.columns[0], ""), ((Cell((block,)), Cell()),))),
    )


def test_hostile_texts_stay_texts_in_markdown() -> None:
    text = as_markdown(hostile())
    assert "<script" not in text
    assert all(line.count("|") - line.count("\\|") == 5 for line in text.splitlines()[:9])
    assert "\x1b" not in text


TAGS = ("style", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "b", "br", "span")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_hostile_texts_stay_texts_in_html() -> None:
    reader = Reader()
    reader.feed(as_html(hostile()))
    assert set(reader.tags) <= {*TAGS}
    assert any(text == EVIL for text in reader.texts)


def test_every_row_of_the_html_fills_all_columns() -> None:
    import xml.etree.ElementTree as ElementTree

    html = as_html(table(*RESNETS)).replace("<br>", "<br/>")
    root = ElementTree.fromstring(html[html.index("<table") :])
    held = 0
    for row in root.iter("tr"):
        cells = list(row)
        width = sum(int(cell.get("colspan", "1")) for cell in cells) + held
        assert width == 7
        held = sum(int(cell.get("rowspan", "1")) > 1 for cell in cells)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(tmp_path: Path) -> None:
    tables = [hostile(), table(*RESNETS), table(*VGGS), table("googlenet"), table("lenet5")]
    pages = "\n\\clearpage\n".join(map(as_latex, tables))
    document = (
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n"
        + pages
        + "\\end{document}"
    )
    (tmp_path / "table.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "table.tex"],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-1500:]
    assert b"Missing character" not in (tmp_path / "table.log").read_bytes()
    assert (tmp_path / "table.pdf").exists()


def test_hostile_texts_are_no_commands_in_latex() -> None:
    text = as_latex(hostile())
    assert "\\input" not in text
    assert "\\textbackslash{}input\\{/etc/passwd\\}\\%" in text
    assert "\\'{e}" in text
    assert "\x1b" not in text
