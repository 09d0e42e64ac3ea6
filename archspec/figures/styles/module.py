"""The style ``module``: what one block is inside (GoogLeNet, Fig. 2b; ResNet, Fig. 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from archspec.diagnostics import failure, near
from archspec.escaping import clean
from archspec.figures.layout.insets import inset_body
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import MARGIN, Panel, vstack
from archspec.figures.outline.build import Inset, inset, outline
from archspec.figures.outline.outliner import Outliner, instances_of
from archspec.figures.request import Options
from archspec.figures.scene import Scene, Text
from archspec.graph import Graph

ACCEPTS: Final = frozenset(
    {
        "module",
        "width",
        "direction",
        "fold",
        "open",
        "close",
        "highlight",
        "dim",
        "rename",
        "labels",
        "legend",
        "title",
    }
)
TAKES_SEVERAL: Final = False


def scene(graph: Graph, options: Options) -> Scene:
    """The inside of a block, the same for all of its instances, or of one scope. Raises SpecError."""
    inset = find_inset(graph, options)
    room = options.room - 2 * MARGIN
    body = inset_body(inset, options, room)
    sizes = options.sizes
    title = Text(0, sizes.title * 0.8, clean(inset.heading, 40), sizes.title, bold=True)
    words = [
        f"a block of {clean(graph.name)}" if inset.name in _blocks(graph) else clean(graph.name)
    ]
    words += [f"({', '.join(inset.parameters)})"] if inset.parameters else []
    beside = Text(
        title.width + 10, title.y, clean(" ".join(words), 90), sizes.small + 1, color="pale"
    )
    head = Panel(beside.x + beside.width, sizes.title, (title, beside))
    panels = [head] if options.title else []
    panels.append(body)
    if options.legend:
        panels.append(legend(body.items, options, max(body.width, 300)))
    return replace(vstack(panels, graph, options), title=f"{graph.name}: {inset.name}")


def find_inset(graph: Graph, options: Options) -> Inset:
    """The inside of a block, or of a scope. Raises SpecError if there is none of that name."""
    if options.module is None:
        insets = outline(graph, options).insets
        if not insets and (names := _blocks(graph)):  # none of which is a box of its own
            return inset(graph, options, instances_of(graph)[names[0]])
        if not insets:
            raise failure(
                "cannot-draw",
                f"'{graph.name}' has no blocks to show the inside of",
                help="the style 'module' draws a block, or a scope: --module PATH",
            )
        return insets[0]
    if options.module in _blocks(graph):
        by_name = {inset.name: inset for inset in outline(graph, options).insets}
        return by_name.get(options.module) or inset(
            graph, options, instances_of(graph)[options.module]
        )
    for path, scope in graph.scopes.items():
        if f".{path}".endswith(f".{options.module}"):
            return Inset(path, (), Outliner(graph, options).diagram(scope, 1))
    known = [*_blocks(graph), *graph.scopes]
    raise failure(
        "cannot-draw",
        f"'{graph.name}' has no block or scope '{clean(options.module)}'",
        help=near(options.module, known) or f"its blocks: {', '.join(_blocks(graph)) or 'none'}",
    )


def _blocks(graph: Graph) -> list[str]:
    """Names of all blocks that a network uses."""
    return list(dict.fromkeys(scope.block for scope in graph.scopes.values() if scope.block))
