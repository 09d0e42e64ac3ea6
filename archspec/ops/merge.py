"""Merges: several tensors into one."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, final

from archspec.op.base import Call, Cost, Example, Kept, Op, Role, ShapeError
from archspec.op.tensor import TensorType

MAP: Final = (4, 13, 17)


@final
class Add(Op):
    """Sum of equal shapes (residual learning, He et al. 2015, https://arxiv.org/abs/1512.03385).

    An operand may have one channel, or one pixel, for all. Coefficients weigh the operands, as in
    Inception-ResNet (Szegedy et al. 2016, https://arxiv.org/abs/1602.07261).
    """

    arity = None
    role = Role.MERGE
    short_name = "add"
    sign = "+"
    accumulates = True
    stands_in = True
    formula = "y = a + b + …, or c₁·a + c₂·b + … with coefficients"
    examples = (
        Example(inputs=(MAP, MAP)),
        Example(inputs=(MAP, MAP, MAP)),
        Example(inputs=((10,), (10,))),
        Example(inputs=((4, 1, 1), (1, 13, 17))),
        Example({"coefficients": (1, 0.17)}, inputs=(MAP, MAP)),
        Example({"coefficients": (0.5, -0.5, -1)}, inputs=(MAP, (4, 1, 1), MAP)),
    )

    coefficients: tuple[float, ...] | None = None
    """One for each operand; by default all are 1."""

    def infer(self, *inputs: TensorType) -> TensorType:
        given = self.coefficients
        if given is not None and len(given) != len(inputs):
            raise ShapeError(
                f"{len(given)} coefficient{'' if len(given) == 1 else 's'} for {len(inputs)} operands",
                field="coefficients",
                help="one for each operand, in the order of 'from'",
            )
        return broadcast("Add needs equal shapes", inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        coefficients = self.coefficients or (1,) * len(inputs)
        pairs = zip(coefficients, inputs, strict=True)
        weighed = [x.numel for coefficient, x in pairs if abs(coefficient) != 1]
        return Cost(
            "nothing",
            elementwise=sum(weighed) + sum(map(numel, combined(inputs))),
            scratch_bytes=4 * sum(sorted(weighed)[-2:]),  # a product, and one that is added to it
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(
            "operator.add", is_function=True, infix="+", coefficients=self.coefficients or ()
        )


@final
class Subtract(Op):
    """Difference of two equal shapes; the second is taken from the first.

    An operand may have one channel, or one pixel, for all.
    """

    arity = 2
    role = Role.MERGE
    short_name = "subtract"
    sign = "−"
    formula = "y = a − b"
    examples = (
        Example(inputs=(MAP, MAP)),
        Example(inputs=(MAP, (4, 1, 1))),
        Example(inputs=((10,), (10,))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        return broadcast("Subtract needs equal shapes", inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.sub", is_function=True, infix="-")


@final
class Multiply(Op):
    """Product of equal shapes, or of a map and a gate: one number a channel or one a pixel.

    C×1×1 weighs the channels (Hu et al. 2017, https://arxiv.org/abs/1709.01507), 1×H×W the pixels
    (Woo et al. 2018, https://arxiv.org/abs/1807.06521).
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
        Example(inputs=(MAP, (1, 13, 17))),
        Example(inputs=((4, 1, 1), (1, 13, 17), (1, 1, 1))),
        Example(inputs=((4, 30), (4, 1))),
        Example(inputs=((4, 6, 9, 11), (4, 1, 1, 1))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        largest = max(inputs, key=numel)
        gates = ""
        if largest.is_map:
            channels, *sides = largest.shape
            pixel, channel = TensorType((1, *sides)), TensorType((channels, *(1,) * len(sides)))
            gates = f" or one number a channel, {channel}, or a pixel, {pixel}"
        return broadcast(f"Multiply needs equal shapes{gates}", inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        products = combined(inputs)
        return Cost(
            "nothing",
            elementwise=sum(product.numel for product in products),
            kept=tuple(kept_factors(products)),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.mul", is_function=True, infix="*")


@final
class Maximum(Op):
    """The largest of the operands, number by number.

    Of two halves of the channels it is the max-feature-map of LightCNN (Wu et al. 2015,
    https://arxiv.org/abs/1511.02683). An operand may have one channel, or one pixel, for all.
    """

    arity = None
    role = Role.MERGE
    short_name = "maximum"
    formula = "y = max(a, b, …)"
    examples = (
        Example(inputs=(MAP, MAP)),
        Example(inputs=(MAP, (1, 13, 17), MAP)),
        Example(inputs=((10,), (10,))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        return broadcast("Maximum needs equal shapes", inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        steps = combined(inputs)
        return Cost(
            "nothing",
            elementwise=sum(step.numel for step in steps),
            kept=tuple(kept_candidates(steps)),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.maximum", is_function=True, of_two=True)


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
        Example(inputs=((4, 30), (5, 30))),
        Example(inputs=((4, 6, 9, 11), (1, 6, 9, 11))),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        first, *others = inputs
        for position, other in enumerate(others, start=2):
            if other.spatial != first.spatial:
                raise ShapeError(
                    f"Concat needs one {first.sides_in_words}, but input 1 is {first} and input "
                    f"{position} is {other}: {difference(first, other)}",
                    help=equaliser(first, other),
                )
        return first.with_channels(sum(x.channels for x in inputs))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.cat", {"dim": 1}, positional=1, is_function=True, takes_list=True)


def kept_factors(products: Sequence[TensorType]) -> Iterator[Kept]:
    """Of each product both factors, one for the gradient of the other."""
    for k in range(1, len(products) + 1):
        yield Kept((k,), input=0) if k == 1 else Kept((k,), bytes=4 * products[k - 2].numel)
        yield Kept(tuple(range(k)), input=k)


def kept_candidates(steps: Sequence[TensorType]) -> Iterator[Kept]:
    """Of each comparison of two both, which say where the gradient goes."""
    for k in range(1, len(steps) + 1):
        reached = tuple(range(k + 1))
        yield Kept(reached, input=0) if k == 1 else Kept(reached, bytes=4 * steps[k - 2].numel)
        yield Kept(reached, input=k)


def numel(x: TensorType) -> int:
    return x.numel


def combined(inputs: Sequence[TensorType]) -> list[TensorType]:
    """What comes out as one operand after the other is taken in, from the second on."""
    _, *steps = itertools.accumulate(inputs, both)
    return steps


def both(a: TensorType, b: TensorType) -> TensorType:
    """The shape to which two that fit are broadcast."""
    return TensorType(tuple(map(max, a.shape, b.shape)))


def fit(a: TensorType, b: TensorType) -> bool:
    """Whether every side is the same, or 1 and stands for all."""
    return len(a.shape) == len(b.shape) and all(
        m == n or 1 in (m, n) for m, n in zip(a.shape, b.shape, strict=True)
    )


def broadcast(wanted: str, inputs: Sequence[TensorType]) -> TensorType:
    """The shape to which all operands are broadcast. Raises ShapeError where two do not fit."""
    output = inputs[0]
    for position, x in enumerate(inputs):
        if not fit(output, x):
            earlier = next(k for k, other in enumerate(inputs) if not fit(other, x))
            raise unequal(wanted, inputs, earlier, position)
        output = both(output, x)
    return output


def unequal(wanted: str, inputs: Sequence[TensorType], i: int, k: int) -> ShapeError:
    """The error for two operands; sides of 1 that stand for all are no difference."""
    a, b = inputs[i], inputs[k]
    x, y = (a, b) if len(a.shape) != len(b.shape) else (filled(a, b), filled(b, a))
    is_gate = wanted.startswith("Multiply") and a.is_map != b.is_map
    return ShapeError(
        f"{wanted}, but input {i + 1} is {a} and input {k + 1} is {b}: {difference(x, y)}",
        help=gate_help(a if a.is_map else b) if is_gate else equaliser(x, y),
    )


def gate_help(x: TensorType) -> str:
    """Where the numbers of a gate come from."""
    one = "×".join("1" * x.rank)
    return (
        f"one number per channel comes from {one} Conv{x.rank}d layers "
        f"after an AdaptiveAvgPool{x.rank}d"
    )


def filled(a: TensorType, b: TensorType) -> TensorType:
    """A shape with the sides of another where its own are 1."""
    return TensorType(tuple(n if m == 1 else m for m, n in zip(a.shape, b.shape, strict=True)))


def difference(a: TensorType, b: TensorType) -> str:
    """``64 ≠ 256 channels``: where two shapes are unequal."""
    if a.rank != b.rank:
        return f"{kind_of(a, b)} and {kind_of(b, a)}"
    sides = ("channels" if a.is_map else "features", *(f"in {side}" for side in a.sides))
    sizes = zip(a.shape, b.shape, sides, strict=True)
    return ", ".join(f"{m} ≠ {n} {side}" for m, n, side in sizes if m != n)


def kind_of(a: TensorType, other: TensorType) -> str:
    """``a map``, with its sides where the other one is a map, too."""
    if not a.is_map:
        return "a vector"
    return f"a map ({a.axes})" if other.is_map else "a map"


def equaliser(a: TensorType, b: TensorType) -> str | None:
    """What would make two shapes equal."""
    if a.rank != b.rank:
        return None if a.is_map and b.is_map else "a Flatten makes a vector of a map"
    if a.spatial != b.spatial:
        return f"strides, paddings and poolings must bring both to one {a.sides_in_words}"
    most = max(a.channels, b.channels)
    if a.is_map:
        return f"a Conv{a.rank}d with kernel_size: 1 and out_channels: {most} makes them equal"
    return f"a Linear with out_features: {most} makes them equal"
