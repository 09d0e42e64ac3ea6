"""The feature maps of the main path as boxes in oblique projection, in one row or two towers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import MARGIN, Panel, title_panel, vstack
from archspec.figures.request import Options
from archspec.figures.scene import Box, Polygon, Scene
from archspec.figures.styles.volumes.caption import caption
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.strands import choose_strands
from archspec.figures.styles.volumes.choice.volume import Strand, Volume
from archspec.figures.styles.volumes.kernel import WINDOW
from archspec.figures.styles.volumes.picture import with_picture
from archspec.figures.styles.volumes.volumes_scene import (
    WIDE,
    Composed,
    compose,
    every_volume,
)
from archspec.graph import Graph

ACCEPTS: Final = frozenset({"width", "image", "legend", "title"})
TAKES_SEVERAL: Final = False


MAX_VOLUMES: Final = 48


def scene(graph: Graph, options: Options) -> Scene:
    """The volumes of a network. Raises SpecError."""
    path, strands = choose_strands(graph.at("inference"))
    _check(graph.name, every_volume(strands))
    room = options.room - 2 * MARGIN
    composed = compose(strands, options, room)
    body = composed.panel
    if options.image is not None:
        first = composed.strands[0].volumes[0].output
        body = replace(body, items=tuple(with_picture(body.items, options.image, first)))
    wide = max(body.width, min(room, WIDE))
    panels = [title_panel(graph, options, wide)] if options.title else []
    panels.append(body)
    if options.legend:
        panels.append(_caption(path, strands, composed, options, wide))
        boxes = [item for item in body.items if isinstance(item, Box)]
        panels.append(legend(boxes, options, wide))
    return vstack(panels, graph, options)


def _caption(
    path: MainPath, strands: Sequence[Strand], composed: Composed, options: Options, room: float
) -> Panel:
    drawn = composed.panel.items
    has_windows = any(isinstance(item, Polygon) and item.stroke == WINDOW for item in drawn)
    shown, is_u = composed.strands, composed.is_u
    return caption(path, strands, shown, options, room, is_u=is_u, has_windows=has_windows)


def _check(name: str, volumes: Sequence[Volume]) -> None:
    if deep := next((volume for volume in volumes if volume.output.rank > 2), None):
        raise failure(
            "cannot-draw",
            f"'{clean(name)}' has maps of {deep.output.rank} sides, such as {deep.output}, and a"
            " volume shows channels and two sides",
            help="the style 'paper' shows the shapes of all maps",
        )
    if len(volumes) < 2:
        raise failure(
            "cannot-draw",
            f"'{clean(name)}' has no convolution, pooling or linear layer to draw as a volume",
            help="the style 'volumes' is for networks such as the zoo's alexnet_2012, vgg16 and mlp",
        )
    if len(volumes) > MAX_VOLUMES:
        raise failure(
            "cannot-draw",
            f"'{clean(name)}' has {len(volumes)} sizes of feature maps one after the other, more"
            f" than the {MAX_VOLUMES} volumes that a figure can show",
            help="the style 'paper' shows networks of any length",
        )
