"""Sentences about a dense block: how its layers are connected, what one of them is."""

from __future__ import annotations

from typing import Final

from archspec.describe.layers import SEPARATOR, layer
from archspec.escaping import clean
from archspec.figures.styles.dense.dense_blocks import DenseBlock
from archspec.figures.theme import ThemeName
from archspec.graph.folding import Signatures

MAX_LISTED: Final = 8
"""Layers of H that are listed one by one."""


def count_layers(count: int) -> str:
    return f"{count} layers" if count > 1 else "1 layer"


def title(name: str, block: DenseBlock) -> str:
    """The network's name and the block's."""
    return f"{clean(name)} · {clean(block.name)}"


def describe_block(block: DenseBlock, hidden: int) -> str:
    depth = block.depth
    count = f"{depth - hidden} of {depth} layers shown" if hidden else f"{depth} layers"
    growth = [f"growth {block.growth[0]}"] if len(set(block.growth)) == 1 else []
    arcs = f"L(L+1)/2 = {depth * (depth + 1) // 2:,} connections"
    reads = f"every layer reads all features before it: {arcs}"
    return SEPARATOR.join((count, *growth, reads))


def describe_layer(block: DenseBlock) -> str:
    """``H: BN · ReLU · conv 3×3, 12``, of all layers or of the first."""
    first, signatures = block.layers[0], Signatures()
    is_same = len({signatures.of(layer) for layer in block.layers}) == 1
    which = "H" if is_same else f"H of {first.name}"
    nodes = [node for node in first.nodes() if node.path != first.output]
    if len(nodes) > MAX_LISTED:
        return clean(f"{which}: {first.block or first.name}, {len(nodes)} layers", 200)
    found = [layer(node) for node in nodes]
    words = (word for label in found for word in (label.title, *label.details))
    return clean(f"{which}: {SEPARATOR.join(words)}", 200)


def describe_colors(bundle: int, theme: ThemeName | None) -> str:
    color = "shade of grey" if theme == "print" else "colour"
    text = f"A {color} follows one feature map to all of its readers."
    return f"{text} Dashed: feature maps of layers that are not shown." if bundle else text
