"""The style `text`: figures in characters."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from archspec.figures.outline.build import Inset, Outline, outline
from archspec.figures.outline.diagram import Diagram, Lanes, Leaf, Parallel, Series, Wire
from archspec.figures.request import Options
from archspec.figures.styles.text_figure import as_text
from archspec.figures.styles.text_graph import DOWN, LEFT, MARK, RIGHT, UP, TextRow, graph_rows
from archspec.screen import cell_width
from archspec.workspace.load import load, loads
from tests.networks import specs, zoo

NETWORKS = zoo()

RESNET18 = """\
resnet18 · 11,689,512 parameters · 1.81 G MACs · 3×224×224

                                            output  parameters   MACs
○  image                                 3×224×224
●  conv 7×7, 64       /2 · BN · ReLU    64×112×112      9.54 k  118 M
●  max pool 3×3       /2                  64×56×56
■  BasicBlock 64 ×2   layer1                             148 k  462 M
■  BasicBlock 128 ×2  layer2 · /2        128×28×28       526 k  411 M
■  BasicBlock 256 ×2  layer3 · /2        256×14×14      2.10 M  411 M
■  BasicBlock 512 ×2  layer4 · /2          512×7×7      8.39 M  411 M
●  avg pool           global · flatten         512
●  linear 1000                                1000       513 k  512 k

BasicBlock (width, stride)
○    in
├─╮
● │  conv 3×3, width  /stride · BN · ReLU
● │  conv 3×3, width  BN
│ ◇  conv 1×1, width  /2 · BN
⊕─╯
●    ReLU

          width    stride  downsample
  layer1     64         1           –
  layer2    128  2 then 1  yes then –
  layer3    256  2 then 1  yes then –
  layer4    512  2 then 1  yes then –

◇ not in every copy, or in training only
"""

GOOGLENET_ASCII = """\
googlenet - 6,624,904 parameters - 1.50 G MACs - 3x224x224

                                                    output  parameters    MACs
o    image                                       3x224x224
*    conv 7x7, 64   /2 - BN - ReLU              64x112x112      9.54 k   118 M
*    max pool 3x3   /2                            64x56x56
*    conv 1x1, 64   BN - ReLU                                   4.22 k  12.8 M
*    conv 3x3, 192  BN - ReLU                    192x56x56       111 k   347 M
*    max pool 3x3   /2                           192x28x28
#    Inception x2   3a 3b                        480x28x28       496 k   387 M
*    max pool 3x3   /2                           480x14x14
#    Inception      4a                           512x14x14       365 k  71.2 M
+-+
| ~  AuxHead        aux1 - training only                        3.19 M  4.17 M
#    Inception x3   4b 4c 4d                     528x14x14      1.48 M   290 M
+-+
| ~  AuxHead        aux2 - training only                        3.19 M  4.20 M
#    Inception      4e                           832x14x14       804 k   157 M
*    max pool 2x2   /2                             832x7x7
#    Inception x2   5a 5b                         1024x7x7      2.33 M   114 M
*    avg pool       global - flatten - dropout        1024
*    linear 1000                                      1000      1.02 M  1.02 M

Inception (n1, r3, n3, r5, n5, proj)
o        in
+-+-+-+
* | | |  conv 1x1, n1    BN - ReLU
| * | |  conv 1x1, r3    BN - ReLU
| * | |  conv 3x3, n3    BN - ReLU
| | * |  conv 1x1, r5    BN - ReLU
| | * |  conv 3x3, n5    BN - ReLU
| | | *  max pool 3x3
| | | *  conv 1x1, proj  BN - ReLU
*-+-+-+  concat
"""


def figure(reference: str) -> Outline:
    return outline(load(reference), Options(style="text"))


def test_the_text_of_resnet18() -> None:
    assert as_text(figure("resnet18")) == RESNET18


def test_the_text_of_googlenet_in_ascii() -> None:
    assert as_text(figure("googlenet"), ascii=True).startswith(GOOGLENET_ASCII)


@pytest.mark.parametrize("reference", NETWORKS)
def test_no_line_is_too_long_and_ascii_is_ascii(reference: str) -> None:
    whole = figure(reference)
    for width in (40, 60, 100):
        for ascii in (False, True):
            text = as_text(whole, width, ascii)
            assert not too_long(text, width)
            assert text.isascii() or not ascii
            assert text == as_text(whole, width, ascii)


def too_long(text: str, width: int) -> list[str]:
    """Lines wider than the screen that have a place to break."""
    lines = (line for line in text.splitlines() if cell_width(line) > width)
    return [line for line in lines if len(re.findall(r"\w+(?:\S*\w)?", line)) > 1]


def test_text_is_wrapped_where_there_is_no_room() -> None:
    narrow, wide = (as_text(figure("resnet18"), width) for width in (30, None))
    assert "…" not in narrow
    assert "●  conv 7×7, 64\n│    /2 · BN · ReLU\n●  max pool 3×3" in narrow
    assert narrow.replace("\n", " ").count("a wider screen also shows output and") == 1
    assert "◇    conv" not in narrow
    assert wide == RESNET18


@pytest.mark.parametrize("reference", NETWORKS)
def test_every_line_leads_somewhere(reference: str) -> None:
    whole = figure(reference)
    assert loose_ends(graph_rows(whole.diagram, 20, starts=True, ends=True)) == []
    for inset in whole.insets:
        assert loose_ends(graph_rows(inset.diagram, 20)) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_random_networks(text: str) -> None:
    whole = outline(loads(text), Options(style="text"))
    assert not too_long(as_text(whole), 100)
    assert loose_ends(graph_rows(whole.diagram, 1_000, starts=True, ends=True)) == []


def test_the_check_of_lines_can_fail() -> None:
    assert loose_ends([TextRow((MARK | RIGHT, 0)), TextRow((MARK, UP))]) != []


def test_lanes_are_columns_beside_the_axis() -> None:
    a, b, c, d = (leaf(name) for name in "abcd")
    links = ((-1, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 4))
    found = graph_rows(Lanes((a, b, c, d), links), 20)
    assert loose_ends(found) == []
    assert [row.leaf.title for row in found if row.leaf] == ["a", "b", "c", "d"]
    assert max(len(row.cells) for row in found) == 3


def test_what_is_too_wide_is_listed() -> None:
    wide = Parallel(tuple(leaf(str(k)) for k in range(500)))
    found = graph_rows(wide, 20)
    assert max(len(row.cells) for row in found) <= 20
    assert sum(row.leaf is not None for row in found) == 500
    jumps = tuple((k, 60) for k in range(60))
    axis = tuple((k, k + 1) for k in range(60))
    found = graph_rows(Lanes(tuple(leaf(str(k)) for k in range(61)), jumps + axis), 20)
    assert max(len(row.cells) for row in found) <= 20


def test_what_is_nested_too_deep_is_a_plain_list() -> None:
    nested: Diagram = leaf("inner")
    for k in range(400):
        nested = Series((leaf(str(k)), Parallel((Wire(), nested))))
    found = graph_rows(nested, 20)
    assert sum(row.leaf is not None for row in found) == 401
    assert max(len(row.cells) for row in found) <= 20


def test_wide_characters_count_twice() -> None:
    graph = replace(load("lenet5_modern"), name="신경망")
    parts = [
        replace(leaf("합성곱 블록" * k), under="정규화", count=k, shape="1") for k in (1, 2, 9)
    ]
    whole = Outline(graph, Series(tuple(parts)))
    for width in range(20, 100, 3):
        lines = as_text(whole, width).splitlines()
        assert max(map(cell_width, lines)) <= width
    assert cell_width("합성곱 블록") == 11
    assert max(map(cell_width, as_text(whole).splitlines())) <= 100
    assert "\\ud569\\uc131" in as_text(whole, 200, ascii=True)


def test_what_a_terminal_would_obey_is_removed() -> None:
    evil = "a\x1b[2J\u202e\nb\x9b\ud800"
    graph = replace(load("lenet5_modern"), name=evil)
    box = Leaf(evil, evil, evil, "block", block=evil, shape="1")
    inset = Inset(evil, (evil,), Parallel((box, Wire())), (("", evil), (evil, evil)))
    text = as_text(Outline(graph, box, (inset,)))
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert text.startswith("a[2J b · ")
    assert text.count("\n") == 13


def leaf(title: str) -> Leaf:
    return Leaf(title, title, role="convolution")


def loose_ends(rows: list[TextRow]) -> list[tuple[int, int, str]]:
    """Lines that end where the next cell has none."""
    width = max(len(row.cells) for row in rows)
    empty = (MARK,) * width
    grid = [empty, *((*row.cells, *[0] * (width - len(row.cells))) for row in rows), empty]
    found = []
    for y in range(1, len(grid) - 1):
        for x, cell in enumerate(grid[y]):
            right = grid[y][x + 1] if x + 1 < width else 0
            left = grid[y][x - 1] if x else 0
            below, above = grid[y + 1][x], grid[y - 1][x]
            found += [(x, y, "down")] if cell & DOWN and not below & (UP | MARK) else []
            found += [(x, y, "up")] if cell & UP and not (above | cell) & (DOWN | MARK) else []
            found += [(x, y, "right")] if cell & RIGHT and not right & LEFT else []
            found += [(x, y, "left")] if cell & LEFT and not left & RIGHT else []
    return found
