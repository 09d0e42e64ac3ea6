"""Layers and blocks in words, as tables, figures and messages show them: ``conv 7×7, 64`` · ``/2``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final, final

from archspec.describe.values import sides, size, value
from archspec.graph import Node, Scope
from archspec.op.base import Meaning, Op, Role
from archspec.op.plugins import footprint_of
from archspec.op.tensor import TensorType
from archspec.op.window import along

SEPARATOR: Final = " · "
MAX_BLOCK: Final = 34
"""Characters after which no further value of a block is shown."""
SIZES: Final = frozenset(
    {Meaning.KERNEL, Meaning.STRIDE, Meaning.PADDING, Meaning.DILATION}
    | {Meaning.OUTPUT_SIZE, Meaning.RESIZED, Meaning.FACTOR, Meaning.SHAPE}
)
"""What has a height and a width."""

Symbols = Mapping[str, str]
"""What stands for an argument whose value is not the same everywhere: ``4·width``."""
NO_SYMBOLS: Final[Symbols] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class LayerLabel:
    """A layer in words, the most important ones first."""

    name: str
    main: str = ""
    """Beside the name: window, outputs, factor, probability."""
    details: tuple[str, ...] = ()
    """Under it: stride, dilation, groups, the size of the output."""
    rest: tuple[str, ...] = ()
    """All other arguments that are unusual, for a table with a column of their own."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.main}".rstrip()

    @property
    def under(self) -> str:
        return SEPARATOR.join(self.details)

    @property
    def line(self) -> str:
        """All of it: ``Conv2d 7×7, 64, /2``."""
        words = ", ".join(filter(None, (self.main, *self.details, *self.rest)))
        return f"{self.name} {words}".rstrip()


def layer(node: Node, symbols: Symbols = NO_SYMBOLS, *, name: str | None = None) -> LayerLabel:
    """One layer, under the name that papers have for it or a name of the caller's choice."""
    called = name or paper_name(node.op)
    label = _label(called, node.op, node.inputs[0], node.output, tuple(symbols.items()))
    if node.weights is not None and node.cost.params > 0:
        return replace(label, details=(*label.details, "shared weights"))
    return replace(label, details=(*label.details, "tied weight")) if node.tied else label


@lru_cache(maxsize=4096)
def _label(
    name: str, op: Op, x: TensorType, output: TensorType, symbols: tuple[tuple[str, str], ...]
) -> LayerLabel:
    """The same for all copies of a layer."""
    given = {**op.arguments(), **dict(symbols)}
    known = {meaning: given[key] for meaning in Meaning if (key := op.name_of(meaning))}
    return LayerLabel(
        name,
        ", ".join(_main(known, x.rank)),
        tuple(_details(op, x, output, known)),
        tuple(_rest(op, x.rank, given)),
    )


def paper_name(op: Op) -> str:
    """What papers call an op: ``conv``, ``BN``, ``+``."""
    return op.sign or op.short_name or type(op).__name__


def abbreviation(op: Op) -> str:
    """``BN`` of a BatchNorm2d; the op's own name where papers have no abbreviation."""
    return op.short_name if op.short_name.isupper() else type(op).__name__


def _main(known: Mapping[Meaning, Any], rank: int) -> Iterator[str]:
    if Meaning.KERNEL in known:
        yield sides(known[Meaning.KERNEL], rank)
    if Meaning.OUTPUTS in known:
        yield value(known[Meaning.OUTPUTS])
    if isinstance(known.get(Meaning.PROBABILITY), float | int):
        yield size(known[Meaning.PROBABILITY])
    if known.get(Meaning.FACTOR) is not None:
        yield f"×{size(known[Meaning.FACTOR])}"
    if Meaning.CONSTANT in known:
        yield f"×{value(known[Meaning.CONSTANT])}"
    if Meaning.START in known:
        stop = known[Meaning.STOP]
        yield f"{value(known[Meaning.START])}:{'' if stop is None else value(stop)}"


def _details(
    op: Op, x: TensorType, output: TensorType, known: Mapping[Meaning, Any]
) -> Iterator[str]:
    if Meaning.STRIDE in known:
        stride = known[Meaning.STRIDE]
        stride = known.get(Meaning.KERNEL, 1) if stride is None else stride
        if not _is_one(stride):
            yield f"{'×' if _enlarges(op, x, output) else '/'}{size(stride)}"
    if not _is_one(known.get(Meaning.DILATION, 1)):
        yield f"dilation {size(known[Meaning.DILATION])}"
    if (groups := known.get(Meaning.GROUPS, 1)) != 1:
        yield "depthwise" if _is_depthwise(x, known) else f"{value(groups)} groups"
    if (pooled := known.get(Meaning.OUTPUT_SIZE)) is not None:
        yield "global" if _is_one(pooled) else f"to {sides(pooled, output.rank)}"
    if (border := known.get(Meaning.BORDER)) is not None:
        yield f"by {value(border)}"
    if (resized := known.get(Meaning.RESIZED)) is not None:
        yield f"to {sides(resized, output.rank)}"


def _is_one(given: Any) -> bool:
    """Whether a size is 1 along every side."""
    return set(along(given, 1)) == {1}


def _enlarges(op: Op, x: TensorType, output: TensorType) -> bool:
    """Whether a stride makes the output larger, not smaller."""
    footprints = footprint_of(op, x, output)
    return footprints is not None and any(footprint.step < 1 for footprint in footprints)


def _is_depthwise(x: TensorType, known: Mapping[Meaning, Any]) -> bool:
    """As many groups as channels come in, also where a symbol stands for either."""
    groups, channels = known[Meaning.GROUPS], x.channels
    if isinstance(groups, str):
        return groups in ("in", known.get(Meaning.OUTPUTS))
    return bool(groups == channels) and Meaning.OUTPUTS in known


def _rest(op: Op, rank: int, given: Mapping[str, Any]) -> Iterator[str]:
    defaults = op.defaults()
    unnamed = list(given)[: max(0, op.positional - len(op.inferred))]
    shown = shown_arguments(type(op)) | {op.name_of(Meaning.PADDING)}
    if (padding := op.value_of(Meaning.PADDING)) is not None:
        yield from _unusual_padding(op, padding, rank)
    for name, argument in given.items():
        if name in shown or op.is_minor(name):
            continue
        if argument is None and defaults.get(name, argument) is None:
            continue
        if name in unnamed:
            yield format_argument(type(op), name, argument)
        elif name not in defaults or argument != defaults[name]:
            yield _named(type(op), name, argument)


def _unusual_padding(op: Op, padding: Any, rank: int) -> Iterator[str]:
    """Where a reader would not expect it: a convolution keeps the size, a pooling has none."""
    if padding in ("same", "same_tf"):
        yield from ["same as in TensorFlow"] * (padding == "same_tf")
        return
    padding = along(0 if padding == "valid" else padding, rank)
    kernel = along(op.value_of(Meaning.KERNEL, 1), rank)
    dilation = along(op.value_of(Meaning.DILATION, 1), rank)
    centred = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    if padding != (centred if op.role is Role.CONV else (0,) * rank):
        yield f"pad {size(padding)}"


def _named(op: type[Op], name: str, argument: Any) -> str:
    words = name.removesuffix("_mode").replace("_", " ")
    if argument is True:
        return words
    return f"no {words}" if argument is False else f"{words} {format_argument(op, name, argument)}"


def is_idle(node: Node) -> bool:
    """Whether it pools a map to the size that the map has already."""
    return node.op.name_of(Meaning.OUTPUT_SIZE) is not None and node.inputs[0] == node.output


# Groups, calls and blocks.


def group_label(
    nodes: Sequence[Node], first: LayerLabel | None = None, *, pytorch: bool = False
) -> LayerLabel:
    """A layer with those that only follow it: ``conv 3×3, 64`` with ``BN · ReLU`` under it."""
    head, *others = nodes
    label = first or (call_label(head) if pytorch else layer(head))
    words = [node.op_name if pytorch else paper_name(node.op) for node in others]
    if head.op.role is Role.NORM and not label.details:
        return LayerLabel(SEPARATOR.join((label.title, *words)))
    return replace(label, details=(*label.details, *words))


def call_label(node: Node, symbols: Symbols = NO_SYMBOLS) -> LayerLabel:
    """One layer as PyTorch calls it: ``Conv2d`` with ``3, 64, 7, stride=2`` under it."""
    called = node.op.lowered(*node.inputs)
    words = [
        text if k < called.positional else f"{name}={text}"
        for k, (name, argument) in enumerate(called.arguments.items())
        for text in (symbols.get(name) or repr(argument),)
        if k < called.positional or called.defaults.get(name, ...) != symbols.get(name, argument)
    ]
    title = node.op_name if called.infix else called.target.rpartition(".")[2]
    return LayerLabel(title, details=(", ".join(words),) if words else ())


def block(scopes: Sequence[Scope]) -> str:
    """``Inception 64, 96, 128``: a block with the values of its parameters; ``…`` for what differs
    between the scopes, and for what there is no room for."""
    first = scopes[0]
    text = f"{first.block} "
    for name, given in first.arguments.items():
        if len(text) > MAX_BLOCK:
            return f"{text}…"
        alike = all(scope.arguments[name] == given for scope in scopes)
        text += f"{value(given) if alike else '…'}, "
    return text.removesuffix(" ").removesuffix(",")


# Arguments.


def format_argument(op: type[Op], name: str, given: Any) -> str:
    """The value of one argument: ``3×5`` of what has two sides, else as a spec writes it."""
    has_sides = any(op.name_of(meaning) == name for meaning in SIZES)
    return sides(given, len(given)) if has_sides and isinstance(given, tuple) else value(given)


@cache
def shown_arguments(op: type[Op]) -> frozenset[str]:
    """Those that the label of a layer shows beside its name and under it."""
    hidden = (Meaning.MINOR, Meaning.PADDING, Meaning.SHAPE)
    names = (op.name_of(meaning) for meaning in Meaning if meaning not in hidden)
    return frozenset(name for name in names if name is not None)


def arguments(op: Op) -> str:
    """``out_channels: 64, kernel_size: 7``: what is not the default, as a spec writes it."""
    defaults = op.defaults()
    return ", ".join(
        f"{name}: {value(given)}"
        for name, given in op.arguments().items()
        if name not in defaults or defaults[name] != given
    )
