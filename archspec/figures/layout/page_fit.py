"""The way to draw a figure with which it fits its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import isfinite, sqrt
from typing import Any, Final

from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.figures.sizes import MM

ROOM_FOR_ROWS: Final = 300.0
"""With less, a row has about one box: the figure rather runs down."""
RATIO: Final = 0.6
"""The aspect ratio (width by height) of what may be larger than a page, as no page was asked for."""

WAYS_OUT: Final[dict[str, dict[str, Any]]] = {
    "--no-legend": {"legend": False},
    "--no-legend --no-title": {"legend": False, "title": False},
    "--bars none": {"bars": "none"},
    "--depth 0": {"depth": 0, "open": ()},
    "--width a4": {"width": "a4", "height": None},
    "--width a4-landscape": {"width": "a4-landscape", "height": None},
}
"""What is tried for a figure that is too large, the smallest change first."""

Compose = Callable[[Options, float], Scene]
"""The figure in one way of those of ``ways``, in a room of that width."""


def fit(compose: Compose, options: Options) -> Scene:
    """The figure in the first way in which it fits its page; or else in that in which it exceeds it
    least, larger than a page where none was asked for."""
    found = {}
    for way in ways(options):
        found[way] = scene = compose(way, options.room)
        if excess(scene, options) <= 1:
            break
    way, scene = min(found.items(), key=lambda item: excess(item[1], options))
    if way.bars == "none" and options.bars is None:
        return replace(scene, notes=("there are no bars: the page has no room for them",))
    if options.is_for_page or excess(scene, options) <= 1:
        return scene
    ratio = scene.width / scene.height
    wider = compose(next(iter(found)), options.room * sqrt(max(RATIO / ratio, 1)))
    return min(scene, wider, key=lambda scene: abs(scene.width / scene.height - RATIO))


def ways(options: Options) -> Iterator[Options]:
    """The options with all decided that was left open, the most generous first."""
    densities = [options.density or "normal"]
    bars = [options.bars or "both"]
    if options.is_for_page:
        densities += ["compact"] * (options.density is None)
        bars += ["none"] * (options.bars is None)
    directions = [options.direction or "right"]
    if options.direction is None:
        directions = ["right", "down"] if options.room >= ROOM_FOR_ROWS else ["down", "right"]
    for bar, density, direction in product(bars, densities, directions):
        yield replace(options, bars=bar, density=density, direction=direction)


def excess(scene: Scene, options: Options) -> float:
    """How many times larger than its page a figure is; at most 1 if it fits."""
    page = options.page
    return max((scene.width - 0.5) / page.width, (scene.height - 0.5) / page.height)


def misfit(scene: Scene, options: Options, redraw: Callable[[Options], Scene]) -> Iterator[str]:
    """What is too large, and what makes it fit, in a sentence."""
    if not options.is_for_page or excess(scene, options) <= 1:
        return
    page = options.page
    sides = f"{scene.width / MM:.0f}×{scene.height / MM:.0f} mm"
    most = f"{page.width / MM:.0f} mm wide"
    if isfinite(page.height):
        most = f"{page.width / MM:.0f}×{page.height / MM:.0f} mm"
    yield f"it is {sides}, and not {most}: {_way_out(options, redraw)}"


def _way_out(options: Options, redraw: Callable[[Options], Scene]) -> str:
    for words, changes in WAYS_OUT.items():
        changed = replace(options, **changes)
        if excess(redraw(changed), changed) <= 1:
            return f"{words} fits"
    return "no page has the room; an interactive page (-o FILE.html) shows networks of any size"
