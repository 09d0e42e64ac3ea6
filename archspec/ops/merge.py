"""Merges: several tensors into one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final, final

from archspec.op.base import Call, Cost, Example, Kept, Op, Role, ShapeError
from archspec.op.tensor import TensorType

MAP: Final = (4, 13, 17)
GATE_HELP: Final = "one number per channel comes from 1×1 Conv2d layers after an AdaptiveAvgPool2d"


@final
class Add(Op):
    """Sum of equal shapes (residual learning, He et al. 2015, https://arxiv.org/abs/1512.03385)."""

    arity = None
    role = Role.MERGE
    short_name = "add"
    sign = "+"
    accumulates = True
    stands_in = True
    formula = "y = a + b + …"
    examples = (
        Example(inputs=(MAP, MAP)),
        Example(inputs=(MAP, MAP, MAP)),
        Example(inputs=((10,), (10,))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        first, *others = inputs
        for position, other in enumerate(others, start=2):
            if other != first:
                raise unequal("Add needs equal shapes", first, position, other)
        return first

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=(len(inputs) - 1) * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.add", is_function=True, infix="+")


@final
class Multiply(Op):
    """Product of equal shapes, or of a map and one number a channel, C×1×1.

    So a gate weighs the channels (Hu et al. 2017, https://arxiv.org/abs/1709.01507).
    """

    arity = None
    role = Role.MERGE
    short_name = "multiply"
    sign = "×"
    formula = "y = a·b·…"
    examples = (
        Example(inputs=(MAP, MAP)),
        Example(inputs=(MAP, (4, 1, 1))),
        Example(inputs=((4, 1, 1), MAP)),
        Example(inputs=((4, 1, 1), (4, 1, 1), MAP, MAP)),
        Example(inputs=((10,), (10,))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        largest = max(inputs, key=numel)
        gate = TensorType((largest.channels, 1, 1)) if largest.is_map else largest
        for position, x in enumerate(inputs, start=1):
            if x not in (largest, gate):
                raise unequal_factor(largest, gate, position, x)
        return largest

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        _, *products = itertools.accumulate(inputs, larger)
        return Cost(
            "nothing",
            elementwise=sum(product.numel for product in products),
            kept=tuple(kept_factors(products)),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.mul", is_function=True, infix="*")


@final
class Concat(Op):
    """Channels of maps or features of vectors, one input after the other.

    Densely connected networks are made of it (Huang et al. 2016, https://arxiv.org/abs/1608.06993).
    """

    arity = None
    role = Role.MERGE
    short_name = "concat"
    has_row = True
    formula = "C₁×H×W, C₂×H×W, … -> (C₁ + C₂ + …)×H×W"
    examples = (
        Example(inputs=(MAP, (6, 13, 17))),
        Example(inputs=(MAP, MAP, (1, 13, 17))),
        Example(inputs=((10,), (5,))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        first, *others = inputs
        for position, other in enumerate(others, start=2):
            if other.spatial != first.spatial:
                raise unequal("Concat needs one height and width", first, position, other)
        return first.with_channels(sum(x.channels for x in inputs))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.cat", {"dim": 1}, positional=1, is_function=True, takes_list=True)


def kept_factors(products: list[TensorType]) -> Iterator[Kept]:
    """Of each product both factors, one for the gradient of the other."""
    for k in range(1, len(products) + 1):
        yield Kept((k,), input=0) if k == 1 else Kept((k,), bytes=4 * products[k - 2].numel)
        yield Kept(tuple(range(k)), input=k)


def numel(x: TensorType) -> int:
    return x.numel


def larger(a: TensorType, b: TensorType) -> TensorType:
    return max(a, b, key=numel)


def unequal(wanted: str, first: TensorType, position: int, other: TensorType) -> ShapeError:
    return ShapeError(
        f"{wanted}, but input 1 is {first} and input {position} is {other}: "
        f"{difference(first, other)}",
        help=equaliser(first, other),
    )


def unequal_factor(
    largest: TensorType, gate: TensorType, position: int, x: TensorType
) -> ShapeError:
    meant = gate if x.spatial == gate.spatial else largest
    or_gate = f" or one number a channel, {gate}" if largest.is_map else ""
    return ShapeError(
        f"Multiply needs equal shapes{or_gate}, but the largest input is {largest} "
        f"and input {position} is {x}: {difference(meant, x)}",
        help=GATE_HELP if largest.is_map and not x.is_map else equaliser(meant, x),
    )


def difference(a: TensorType, b: TensorType) -> str:
    """``64 ≠ 256 channels``: where two shapes are unequal."""
    if len(a.shape) != len(b.shape):
        return "a map and a vector" if a.is_map else "a vector and a map"
    sides = ("channels", "in height", "in width") if a.is_map else ("features",)
    sizes = zip(a.shape, b.shape, sides, strict=True)
    return ", ".join(f"{m} ≠ {n} {side}" for m, n, side in sizes if m != n)


def equaliser(a: TensorType, b: TensorType) -> str:
    """What would make two shapes equal."""
    if len(a.shape) != len(b.shape):
        return "a Flatten makes a vector of a map"
    if a.spatial != b.spatial:
        return "strides, paddings and poolings must bring both to one height and width"
    most = max(a.channels, b.channels)
    if a.is_map:
        return f"a Conv2d with kernel_size: 1 and out_channels: {most} makes them equal"
    return f"a Linear with out_features: {most} makes them equal"
