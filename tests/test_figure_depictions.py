"""What a spec says under ``figure``: labels, colours, notes, braces, what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archspec import loads, source, stats
from archspec.describe.formulas import FormulaError, as_latex, as_unicode
from archspec.figures import figure
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.outline.edges import network_edges
from archspec.figures.outline.flowchart import network_flowchart
from archspec.figures.render.page_data import page_data
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options
from archspec.figures.scene import Box, Scene
from archspec.graph import Depiction, Graph

ZOO = Path(__file__).parents[1] / "specs"
SPEC = r"""
archspec: 1
name: shown
input: [3, 32, 32]
blocks:
  Res:
    params: {width: int}
    layers:
      conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
      bn1: {op: BatchNorm2d, figure: {hide: true}}
      relu1: ReLU
      conv2: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
      add: {op: Add, from: [conv2, input]}
      relu2: {op: ReLU, figure: {label: "$\\sigma(x)$"}}
    figure: {color: teal, note: frozen}
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, figure: {label: "stem $f_0$", color: orange, group: encoder}}
  body: {op: Res, width: 8, repeat: 3, figure: {group: encoder}}
  last: {op: Res, width: 8, figure: {color: pink}}
  drop: {op: Dropout, p: 0.1, figure: {hide: true}}
  pool: {op: AdaptiveAvgPool2d, output_size: 1, figure: {hide: true}}
  flatten: Flatten
  (head):
    layers:
      fc1: {op: Linear, out_features: 8}
      fc: {op: Linear, out_features: 10}
    figure: {color: purple, label: classifier}
"""


@pytest.fixture(scope="module")
def shown() -> Graph:
    return loads(SPEC)


def bare(graph: Graph) -> Graph:
    """The same network, of which the spec says nothing to figures."""
    lines = SPEC.splitlines()
    text = "\n".join(line for line in lines if not line.strip().startswith("figure:"))
    for part in (line.partition(", figure: {")[2] for line in lines if ", figure: {" in line):
        text = text.replace(f", figure: {{{part}", "}")
    return loads(text)


def box(scene: Scene, path: str) -> Box:
    return next(one for one in scene.boxes if one.path == path)


def test_nothing_but_figures_depends_on_it(shown: Graph) -> None:
    plain = bare(shown)
    assert not plain.depictions
    assert stats(shown) == replace(stats(plain), graph=shown) or str(stats(shown)) == str(
        stats(plain)
    )
    assert shown.state_keys == plain.state_keys
    assert source(shown) == source(plain)


def test_labels_colours_and_notes_are_in_the_boxes(shown: Graph) -> None:
    scene = figure(shown, Options())
    stem = box(scene, "stem")
    assert [text.content for text in stem.texts] == ["stem f₀"]
    assert stem.texts[0].formula == "stem $f_0$"
    assert stem.rect.fill == "#fbdcb6"
    body = box(scene, "body")
    assert [text.content for text in body.texts] == ["Res", "body", "frozen"]
    assert (body.rect.fill, body.count) == ("#c5e9e5", 3)
    assert box(scene, "last").rect.fill == "#f9d2e4"
    assert {box(scene, path).rect.fill for path in ("fc1", "fc")} == {"#e0d2f5"}
    assert "classifier" in {text.content for text in scene.texts}
    assert "σ(x)" in {text.content for text in scene.texts}


def test_texts_of_a_box_stay_in_it(shown: Graph) -> None:
    for one in figure(shown, Options()).boxes:
        for text in one.texts:
            assert one.rect.y < text.y - 0.6 * text.size < text.y < one.rect.y + one.rect.height
            assert one.rect.x <= text.left
            assert text.left + text.width <= one.rect.x + one.rect.width


def test_lines_lead_past_what_is_hidden(shown: Graph) -> None:
    scene = figure(shown, Options())
    assert not {"drop", "pool"} & {one.path for one in scene.boxes}
    assert ("last.relu2", "flatten") in {(line.source, line.target) for line in scene.lines}
    chart = network_flowchart(shown, Options())
    boxes = [leaf.path for leaf in leaves(chart.diagram)]
    ends = [(boxes[edge.source], boxes[edge.target]) for edge in chart.edges]
    assert ("last", "flatten") in ends
    assert "BN" not in " ".join(text.content for text in scene.texts)


def test_a_merge_may_be_hidden_and_so_may_a_branch() -> None:
    graph = loads("""
archspec: 1
input: [3, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 3, kernel_size: 1}
  b: {op: Conv2d, out_channels: 3, kernel_size: 1, from: input, figure: {hide: true}}
  add: {op: Add, from: [a, b], figure: {hide: true}}
  c: {op: Conv2d, out_channels: 3, kernel_size: 1}
""")
    diagram = outline(graph).diagram
    boxes = [leaf.path for leaf in leaves(diagram)]
    assert boxes == ["input", "a", "c"]
    edges = {(boxes[one.source], boxes[one.target]) for one in network_edges(graph, diagram)}
    assert edges == {("input", "a"), ("a", "c"), ("input", "c")}
    drawn = {(line.source, line.target) for line in figure(graph, Options()).lines}
    assert drawn == edges


@pytest.mark.parametrize("direction", ["right", "down"])
def test_a_brace_is_over_all_that_has_its_word(shown: Graph, direction: str) -> None:
    scene = figure(shown, Options(direction=direction))  # type: ignore[arg-type]
    (word,) = (text for text in scene.texts if text.content == "encoder")
    under = [box(scene, path).rect for path in ("stem", "body")]
    if direction == "right":
        assert all(word.y < rect.y for rect in under)
        assert under[0].x < word.x < under[1].x + under[1].width
    else:
        assert all(word.left + word.width < rect.x for rect in under)
        assert under[0].y < word.y < under[1].y + under[1].height


def test_braces_that_overlap_are_at_different_heights() -> None:
    graph = loads("""
archspec: 1
input: [3, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 3, kernel_size: 1, from: input, figure: {group: left}}
  b: {op: Conv2d, out_channels: 4, kernel_size: 1, from: input, figure: {group: right}}
  cat: {op: Concat, from: [a, b]}
""")
    words = [text for text in figure(graph, Options()).texts if text.content in ("left", "right")]
    assert len({text.y for text in words}) == 2


def test_charts_have_braces_as_frames(shown: Graph) -> None:
    dot = render_figure([shown], "dot", Options()).content.decode()
    assert "label=<encoder>" in dot
    mermaid = render_figure([shown], "mmd", Options()).content.decode()
    assert '["encoder"]' in mermaid
    assert "fill:#fbdcb6" in mermaid


def test_the_page_has_them(shown: Graph) -> None:
    diagram = outline(shown, Options(dim=("fc",)), deep=True).diagram
    sent = {leaf["path"]: leaf for leaf in _sent_leaves(page_data(diagram, shown)["diagram"])}
    assert sent["stem"]["title"] == "stem f₀"
    assert sent["stem"]["group"] == "encoder"
    assert sent["stem"]["paint"][0] == "#fbdcb6"
    assert sent["body"]["note"] == ("frozen",)
    assert sent["fc"]["dimmed"] is True
    assert "paint" not in sent["flatten"]
    assert "pool" not in sent


def _sent_leaves(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if part["kind"] == "leaf":
        yield part
    inside = (part.get("inside"), *part.get("parts", ()), *part.get("branches", ()))
    for one in filter(None, inside):
        yield from _sent_leaves(one)


def test_what_does_not_show_it_says_so(shown: Graph) -> None:
    for style, format, keys in (
        ("paper", "svg", None),
        ("paper", "dot", None),
        ("paper", "html", None),
        ("text", "txt", "color, group"),
        ("table", "md", "color, group, hide, label, note"),
        ("blocks", "svg", "group"),
    ):
        notes = render_figure([shown], format, Options(style=style)).notes
        assert len(notes) == (keys is not None)
        assert all(note.endswith(f"under 'figure': {keys}") for note in notes)


def test_equal_neighbours_that_look_different_are_not_drawn_as_one() -> None:
    conv = "{op: Conv2d, out_channels: 3, kernel_size: 1"
    graph = loads(f"""
archspec: 1
input: [3, 8, 8]
layers:
  a: {conv}}}
  b: {conv}}}
  c: {conv}, figure: {{color: red}}}}
  d: {conv}, figure: {{color: red}}}}
  e: {conv}, figure: {{label: last}}}}
""")
    found = [(leaf.path, leaf.count) for leaf in leaves(outline(graph).diagram)]
    assert found == [("input", 1), ("a", 2), ("c", 2), ("e", 1)]


def test_an_item_goes_before_its_block_and_a_copy_has_it_too() -> None:
    graph = loads("""
archspec: 1
input: [3, 8, 8]
blocks:
  B:
    layers: {conv: {op: Conv2d, out_channels: 3, kernel_size: 1}}
    figure: {color: red, note: a}
layers:
  one: {op: B, figure: {color: blue}}
  two{i}: {op: B, repeat: 2, figure: {note: b}}
  again: {use: one, figure: {label: again}}
  scope: {layers: {conv: {op: Conv2d, out_channels: 3, kernel_size: 1}}, figure: {group: g}}
""")
    found = graph.depictions
    assert found["one"] == Depiction(color="#cbddf9", note="a")
    assert found["two1"] == Depiction(color="#f8cdc8", note="b")
    assert found["again"] == Depiction(label="again")
    assert found["scope.conv"] == Depiction(group="g")


@pytest.mark.parametrize(
    ("label", "unicode", "latex"),
    [
        ("plain_text", "plain_text", "plain_text"),
        (r"stage $s_1$", "stage s₁", "stage $s_{1}$"),
        (r"$x^{k+1}$", "x^(k+1)", "$x^{k+1}$"),
        (r"$x \in \mathbb{R}^{C\times H}$", "x ∈ R^(C×H)", r"$x \in  \mathbf{R}^{C\times H}$"),
        (r"$\hat{y} = \frac{a}{b}$", "y\u0302 = a/b", r"$\hat{y} = \frac{a}{b}$"),
        ("$α−β$", None, None),
        (r"$\write18{rm}$", None, None),
        ("$a", None, None),
        (r"$\frac{a}$", None, None),
        ("$" + 7 * "{" + 7 * "}" + "$", None, None),
    ],
)
def test_formulas(label: str, unicode: str | None, latex: str | None) -> None:
    if unicode is None:
        with pytest.raises(FormulaError):
            as_unicode(label)
    else:
        assert as_unicode(label) == unicode
        assert as_latex(label, str) == latex


def test_a_u_has_braces_over_its_sides() -> None:
    text = (ZOO / "unet.yaml").read_text("utf-8")
    text = text.replace(
        "      down{n + 1}: {op: DoubleConv, width: width * 2 ** (n + 1)}",
        "      down{n + 1}: {op: DoubleConv, width: width * 2 ** (n + 1), figure: {group: encoder}}",
    ).replace("    op: Up\n", "    op: Up\n    figure: {group: decoder}\n")
    scene = figure(loads(text), Options())
    words = {text.content: text for text in scene.texts if text.content in ("encoder", "decoder")}
    assert words["encoder"].x < words["decoder"].x
    assert words["encoder"].y == words["decoder"].y < min(one.rect.y for one in scene.boxes)
    dot = render_figure([loads(text)], "dot", Options()).content.decode()
    assert dot


def test_charts_know_branches_without_boxes() -> None:
    graph = loads("""
archspec: 1
input: [3, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 3, kernel_size: 1, figure: {group: g}}
  add: {op: Add, from: [a, a], figure: {group: g, note: twice}}
""")
    assert "twice" in render_figure([graph], "dot", Options()).content.decode()
