"""A path taken apart into dashes, for programs that make none themselves."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import ceil, dist
from typing import Final

from archspec.figures.render.strokes import Segment
from archspec.figures.scene import Point

DASH: Final = 3.0
GAP: Final = 2.2
STEPS: Final = 16
"""Straight pieces that are as long as a curve, almost."""
FLAT: Final = 0.03
"""Points that a curve may lie off the straight line that is drawn instead of it."""

_Curve = tuple[Point, ...]
"""The ends of a straight line, or the four points of a Bézier curve."""


def dashes(path: Iterable[Segment]) -> Iterator[Segment]:
    """The same path with gaps; a dash leads around corners."""
    here, phase = (0.0, 0.0), 0.0
    for letter, points in path:
        if letter == "M":
            phase = 0.0
        else:
            curve = (here, *points)
            lengths = _lengths(curve)
            for start, end in _drawn(lengths[-1], phase):
                first, last = _share(lengths, start), _share(lengths, end)
                piece = _between(curve, first, last)
                if start > 0 or phase == 0:
                    yield "M", piece[:1]
                yield _segment(piece)
            phase = round(phase + lengths[-1], 6) % (DASH + GAP)
        here = points[-1]


def _drawn(length: float, phase: float) -> Iterator[tuple[float, float]]:
    """Where dashes begin and end on a piece; the phase is what is behind since one began."""
    for place in range(ceil((length + phase) / (DASH + GAP))):
        start = place * (DASH + GAP) - phase
        if min(start + DASH, length) > max(start, 0):
            yield max(start, 0), min(start + DASH, length)


def _lengths(curve: _Curve) -> Sequence[float]:
    """From the beginning to equal shares of a curve."""
    steps = STEPS if len(curve) == 4 else 1
    points = [_at(curve, step / steps) for step in range(steps + 1)]
    return list(accumulate((dist(a, b) for a, b in pairwise(points)), initial=0.0))


def _share(lengths: Sequence[float], length: float) -> float:
    """The parameter of a curve where it is so long."""
    step = min(bisect(lengths, length), len(lengths) - 1)
    before, after = lengths[step - 1], lengths[step]
    inside = (length - before) / (after - before) if after > before else 0.0
    return (step - 1 + inside) / (len(lengths) - 1)


def _segment(piece: _Curve) -> Segment:
    """A curve that nobody sees bend is straight."""
    start, *_, end = piece
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    if len(piece) == 2 or dist(_at(piece, 0.5), middle) < FLAT:
        return "L", (end,)
    return "C", piece[1:]


def _at(curve: _Curve, share: float) -> Point:
    """De Casteljau: the points between neighbours, until one is left."""
    while len(curve) > 1:
        curve = tuple(_mix(a, b, share) for a, b in pairwise(curve))
    return curve[0]


def _between(curve: _Curve, first: float, last: float) -> _Curve:
    """A part of a curve as a curve of the same kind."""
    rest = _tail(curve, first)
    inside = (last - first) / (1 - first) if first < 1 else 0.0
    return _tail(rest[::-1], 1 - inside)[::-1]


def _tail(curve: _Curve, share: float) -> _Curve:
    """What is behind a share of a curve."""
    ends = [curve[-1]]
    while len(curve) > 1:
        curve = tuple(_mix(a, b, share) for a, b in pairwise(curve))
        ends.append(curve[-1])
    return tuple(reversed(ends))


def _mix(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
