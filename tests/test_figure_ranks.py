"""Parts in ranks: each behind what it reads, with few crossings, and the longest path straight."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from archspec.figures import figure
from archspec.figures.layout.forms.ranks.form import suits
from archspec.figures.layout.forms.ranks.layering import BEGIN, Layering, Turn, tracks
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import Lanes, chain
from archspec.figures.request import Options
from archspec.workspace.load import load, loads
from tests.figure_checks import faults

SIDES = (10.0, 10.0)
LADDER = [
    (BEGIN, 0),
    (0, 1),
    (0, 2),
    (1, 3),
    (1, 4),
    (3, 5),
    (4, 6),
    (5, 6),
    (6, 7),
    (2, 7),
    (7, 8),
]
"""A pyramid: down over 0, 1, 3, up over 5, 6, 7, and two laterals."""
CELL = """
archspec: 1
name: cell
input: [4, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  b: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  ab: {op: Add, from: [a, b]}
  c: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: b}
  end: {op: Concat, from: [ab, c]}
"""


def layering(count: int, links: list[tuple[int, int]]) -> Layering:
    return Layering([SIDES] * count, links, (3.0, 3.0), 7.0)


def test_the_longest_path_is_straight() -> None:
    found = layering(8, LADDER)
    assert [found.across[part] for part in (0, 1, 3, 5, 6, 7)] == pytest.approx([0] * 6, abs=1e-6)
    assert abs(found.across[2]) >= 26.9
    assert abs(found.across[4]) >= 26.9


@pytest.mark.parametrize("seed", range(20))
def test_nothing_in_a_row_overlaps_and_links_lead_to_the_next_row(seed: int) -> None:
    random = Random(seed)
    count = random.randrange(2, 20)
    links = {(random.randrange(BEGIN, part), part) for part in range(count) for _ in range(2)}
    links |= {(part, count) for part in range(count) if part not in {a for a, _ in links}}
    found = layering(count, sorted(links))
    rank = {vertex: k for k, row in enumerate(found.rows) for vertex in row}
    for k, row in enumerate(found.rows):
        for left, right in pairwise(row):
            room = found.across[right] - found.across[left]
            assert room >= found.sides(left)[1] + 7 + found.sides(right)[0] - 1e-6
        assert all(rank[end] == k + 1 for fan in found.fans(k) for end in fan.targets)
    assert all(rank[source] < rank[end] for source, end in links)


def test_turns_do_not_lie_on_each_other() -> None:
    turns = [Turn(0, (40,)), Turn(40, (0,)), Turn(20, (60,)), Turn(90, (100,))]
    found = tracks(turns)
    assert len({found[0], found[1], found[2]}) == 3
    assert found[3] == 0, "it meets no other"


def test_what_stands_side_by_side_is_in_ranks_and_what_skips_far_is_in_lanes() -> None:
    (lanes,) = [p for p in chain(outline(loads(CELL)).diagram) if isinstance(p, Lanes)]
    assert suits(lanes)
    count = 12
    links = tuple((a, b) for b in range(count + 1) for a in range(BEGIN, b))
    assert not suits(Lanes(lanes.parts[:1] * count, links))


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("name", ["fpn_resnet50", "yolov8n", "sknet50", "nasnet_a_mobile"])
def test_figures_in_ranks_have_no_faults(name: str, direction: str) -> None:
    assert not faults(figure(load(name), Options(direction=direction)))  # type: ignore[arg-type]
