"""How papers tell a layer: ``conv 3×3, 64`` with ``/2 · BN · ReLU`` under it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from archspec.graph import Node
from archspec.ops.base import Role
from archspec.ops.window import IntOrPair, pair, times
from archspec.screen import one_line

MAX_TEXT: Final = 48
"""Characters of one line in a figure; a longer text ends in an ellipsis."""
SEPARATOR: Final = " · "
DIGITS: Final = "0123456789"

WORDS: Final[Mapping[str, str]] = {
    "Conv2d": "conv",
    "ConvTranspose2d": "up-conv",
    "Linear": "linear",
    "MaxPool2d": "max pool",
    "AvgPool2d": "avg pool",
    "LPPool2d": "LP pool",
    "AdaptiveAvgPool2d": "avg pool",
    "AdaptiveMaxPool2d": "max pool",
    "BatchNorm": "BN",
    "BatchNorm1d": "BN",
    "BatchNorm2d": "BN",
    "InstanceNorm2d": "IN",
    "GroupNorm": "GN",
    "LayerNorm": "LN",
    "LocalResponseNorm": "LRN",
    "Add": "+",
    "Multiply": "×",
    "Concat": "concat",
    "Dropout": "dropout",
    "Dropout2d": "dropout 2d",
    "Flatten": "flatten",
    "Identity": "identity",
    "Upsample": "upsample",
    "PixelShuffle": "pixel shuffle",
    "PixelUnshuffle": "pixel unshuffle",
    "ChannelShuffle": "channel shuffle",
    "ZeroPad2d": "zero pad",
    "PadChannels": "pad channels",
    "DepthwiseConv2d": "depthwise conv",
    "TableConv2d": "table conv",
    "DropBlock2d": "DropBlock",
    "ScaledTanh": "scaled tanh",
    "ChannelAffine": "channel affine",
}
"""What papers call an op; the others keep the name of their class."""


@final
@dataclass(frozen=True, slots=True)
class Label:
    """A title, and under it what else is to be said."""

    title: str
    details: tuple[str, ...] = ()

    @property
    def under(self) -> str:
        return SEPARATOR.join(self.details)


def layer(node: Node, symbols: Mapping[str, str] = MappingProxyType({})) -> Label:
    """One layer alone. Symbols stand for arguments whose values differ: ``conv 1×1, 4·width``."""
    arguments = {**node.op.arguments(), **symbols}
    title = WORDS.get(node.op_name, node.op_name) + "".join(_main_numbers(arguments))
    details = tuple(_other_numbers(node, arguments))
    return Label(title, (*details, "shared weights") if _is_shared(node) else details)


def called(node: Node, symbols: Mapping[str, str] = MappingProxyType({})) -> Label:
    """One layer as PyTorch calls it: ``Conv2d`` with ``3, 64, 7, stride=2`` under it."""
    call = node.op.lowered(*node.inputs)
    arguments = {name: symbols.get(name, value) for name, value in call.arguments.items()}
    told = [
        _plain(value) if k < call.positional else f"{name}={_plain(value)}"
        for k, (name, value) in enumerate(arguments.items())
        if k < call.positional or call.defaults.get(name, ...) != value
    ]
    title = node.op_name if call.target.startswith("operator.") else call.target.rpartition(".")[2]
    return Label(title, (", ".join(told),) if told else ())


def joined(unit: Sequence[Node], told: Label | None = None, *, pytorch: bool = False) -> Label:
    """A layer with the normalisation and the activation that only follow it."""
    first, *others = unit
    told = told or (called(first) if pytorch else layer(first))
    words = [node.op_name if pytorch else WORDS.get(node.op_name, node.op_name) for node in others]
    if first.op.role is Role.NORM and not told.details:
        return Label(SEPARATOR.join((told.title, *words)))
    return Label(told.title, (*told.details, *words))


def span(names: Sequence[str]) -> str:
    """``denselayer1–6``: names that are told together."""
    first, last = names[0], names[-1]
    if first == last:
        return first
    stem = first.rstrip(DIGITS)
    if stem == last.rstrip(DIGITS) and stem not in (first, last):
        return f"{first}–{last[len(stem) :]}"
    return f"{first} … {last}"


def short(number: int) -> str:
    """``25.6 M``: three digits of a number."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        value = number / size
        if value >= 0.9995:
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f} {unit}"
    return str(number)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """One line of visible characters, not longer than the limit."""
    is_plain = text.isascii() and text.isprintable()
    visible = text if is_plain else "".join(filter(_is_visible, one_line(text)))
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def _is_visible(character: str) -> bool:
    """No control, no surrogate, nothing that turns the direction of the text around."""
    category = unicodedata.category(character)
    return category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or character == "\u200d"


def _is_shared(node: Node) -> bool:
    return node.weights is not None and node.cost.params > 0


def _main_numbers(arguments: Mapping[str, object]) -> Iterator[str]:
    """What belongs to the title: window, outputs, factor, probability."""
    if "kernel_size" in arguments:
        yield f" {_sides(arguments['kernel_size'])}"
    if "out_channels" in arguments:
        yield f", {arguments['out_channels']}"
    if "out_features" in arguments:
        yield f" {arguments['out_features']}"
    if isinstance(arguments.get("p"), float | int):
        yield f" {arguments['p']:g}"
    for name in ("scale_factor", "upscale_factor", "downscale_factor"):
        if (factor := arguments.get(name)) is not None:
            yield f" ×{_plain(factor)}"


def _other_numbers(node: Node, arguments: Mapping[str, object]) -> Iterator[str]:
    """What stands under the title: stride, dilation, groups, size of the output."""
    stride = arguments.get("stride") or arguments.get("kernel_size", 1)
    if "stride" in arguments and _pair(stride) != (1, 1):
        yield f"{'×' if node.op_name == 'ConvTranspose2d' else '/'}{_plain(stride)}"
    if (dilation := arguments.get("dilation", 1)) != 1 and _pair(dilation) != (1, 1):
        yield f"dilation {_plain(dilation)}"
    if (groups := arguments.get("groups", 1)) != 1:
        channels = (node.inputs[0].channels, "in", arguments.get("out_channels"))
        depthwise = groups in channels and (isinstance(groups, str) or groups == channels[0])
        yield "depthwise" if depthwise else f"{groups} groups"
    if (size := arguments.get("output_size")) is not None:
        yield "global" if _pair(size) == (1, 1) else f"to {_sides(size)}"
    if node.op.role is Role.SHAPE and (padding := arguments.get("padding")) is not None:
        yield f"by {_plain(padding)}"
    if node.op.role is Role.SHAPE and (size := arguments.get("size")) is not None:
        yield f"to {_sides(size)}"


def _pair(value: object) -> tuple[int, int]:
    size: IntOrPair = value  # type: ignore[assignment]
    return pair(size)  # of a symbol: the symbol twice


def _sides(value: object) -> str:
    """``3×3``, also of a number that stands for both sides."""
    return times(_pair(value))


def _plain(value: object) -> str:
    """``2``, or ``2×1`` where the sides differ."""
    numbers: Iterable[object] = value if isinstance(value, tuple) else (value,)
    told = [f"{number:g}" if isinstance(number, float) else str(number) for number in numbers]
    return told[0] if len(set(told)) == 1 else "×".join(told)
