"""Layers and blocks in a few words, the way papers tell them: ``Conv2d 7×7, 64, /2``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from archspec.graph import Node, Scope
from archspec.ops.base import Op, Role

SILENT: Final = frozenset({"bias", "eps", "momentum", "dim", "track_running_stats"})
"""Arguments that no paper tells beside a layer."""

MAX_BLOCK: Final = 34
"""Characters after which no further value of a block is told."""

SHORT: Final = {
    "BatchNorm": "BN",
    "BatchNorm1d": "BN",
    "BatchNorm2d": "BN",
    "LocalResponseNorm": "LRN",
}
"""Names that the field abbreviates."""


def layer(node: Node, *, short: bool = False) -> str:
    """The op's name and what is notable about its arguments."""
    told = ", ".join(_told(node))
    return " ".join(filter(None, (op_name(node.op_name, short=short), told)))


def op_name(kind: str, *, short: bool = False) -> str:
    return SHORT.get(kind, kind) if short else kind


def block(scopes: Sequence[Scope]) -> str:
    """``Inception 64, 96, 128``: a block with the values of its parameters; ``…`` for what differs
    between the scopes, and for what there is no room for."""
    first = scopes[0]
    told = f"{first.block} "
    for name, given in first.arguments.items():
        if len(told) > MAX_BLOCK:
            return f"{told}…"
        alike = all(scope.arguments[name] == given for scope in scopes)
        told += f"{value(given) if alike else '…'}, "
    return told.removesuffix(" ").removesuffix(",")


def value(given: Any) -> str:
    """A value as a spec writes it."""
    if isinstance(given, bool):
        return str(given).lower()
    if given is None:
        return "none"
    if isinstance(given, (list, tuple)):
        return f"[{', '.join(map(value, given))}]"
    return str(given)


def arguments(op: Op) -> str:
    """``out_channels: 64, kernel_size: 7``: what is not the default, as a spec writes it."""
    defaults = op.defaults()
    return ", ".join(
        f"{name}: {value(given)}"
        for name, given in op.arguments().items()
        if name not in defaults or defaults[name] != given
    )


def _told(node: Node) -> Iterator[str]:
    op = node.op
    given, defaults = op.arguments(), op.defaults()
    unnamed = list(given)[: max(0, op.positional - len(op.inferred))]
    if "kernel_size" in given:
        yield from _window(node, given)
    for name, argument in given.items():
        if name in SILENT or ("kernel_size" in given and name in WINDOW):
            continue
        if argument is None and defaults.get(name, argument) is None:
            continue
        if name in unnamed:
            yield size(pair(argument) if name == "output_size" else argument)
        elif name not in defaults or argument != defaults[name]:
            yield _named(name, argument)


WINDOW: Final = frozenset({"kernel_size", "out_channels", "stride", "padding", "groups"})


def _window(node: Node, given: dict[str, Any]) -> Iterator[str]:
    """Kernel, channels, stride, and the padding and groups where a reader would not expect them."""
    kernel, stride = pair(given["kernel_size"]), given.get("stride")
    yield size(kernel)
    if "out_channels" in given:
        yield str(given["out_channels"])
    stride = kernel if stride is None else pair(stride)
    if stride != (1, 1):
        yield f"/{size(stride) if stride[0] != stride[1] else stride[0]}"
    yield from _padding(node.op.role, kernel, given)
    groups = given.get("groups", 1)
    if groups != 1:
        yield "depthwise" if groups == node.inputs[0].channels else f"groups {groups}"


def _padding(role: Role, kernel: tuple[int, int], given: dict[str, Any]) -> Iterator[str]:
    padding = given.get("padding", 0)
    if padding == "same":
        return
    padding = (0, 0) if padding == "valid" else pair(padding)
    dilation = pair(given.get("dilation", 1))
    centred = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    if padding != (centred if role is Role.CONV else (0, 0)):
        yield f"pad {size(padding) if padding[0] != padding[1] else padding[0]}"


def _named(name: str, argument: Any) -> str:
    words = name.removesuffix("_mode").replace("_", " ")
    if argument is True:
        return words
    if argument is False:
        return f"no {words}"
    return f"{words} {value(argument)}"


def pair(argument: Any) -> tuple[int, int]:
    """(height, width) of an argument that may be one number for both."""
    return argument if isinstance(argument, tuple) else (argument, argument)


def size(argument: Any) -> str:
    """``7×7`` of a pair, and of anything else its value."""
    if isinstance(argument, tuple) and len(argument) == 2:
        return "×".join(map(str, argument))
    return value(argument)
