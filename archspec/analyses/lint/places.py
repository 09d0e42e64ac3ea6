"""Rules on windows: what they read, what they leave out, and where what they give stands."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archspec.analyses.fields import receptive
from archspec.analyses.lint.observed import Observation, Window, pixels, windows
from archspec.graph import Graph
from archspec.op.base import Role
from archspec.op.window import times


def stride_exceeds_kernel(graph: Graph) -> Iterator[Observation]:
    """Pixels between the windows, which nothing reads."""
    for sides in windows(graph):
        if any(each.footprint.step > each.kernel for each in _without_dilation(sides)):
            node = sides[0].node
            kernel, step = _sizes(each.kernel for each in sides), _sizes(e.stride for e in sides)
            share = Fraction(1)
            for each in sides:
                share *= min(Fraction(each.kernel, each.stride), Fraction(1))
            yield Observation(
                f"a {kernel} window with a stride of {step} reads {share.numerator} of "
                f"{share.denominator} pixels",
                node.path,
                "pool in front of it, or take a kernel as large as the stride",
            )


def _without_dilation(sides: list[Window]) -> list[Window]:
    """Windows without holes: others are larger than their kernel."""
    return [
        each
        for each in sides
        if each.footprint.reads(0)[1] - each.footprint.reads(0)[0] < each.kernel
    ]


def _sizes(sides: Iterator[int]) -> str:
    return times(tuple(sides))


def unread_pixels(graph: Graph) -> Iterator[Observation]:
    """Pixels at the far border that no window reaches."""
    for sides in windows(graph):
        for each in sides:
            missed = each.length - 1 - each.end
            if missed > 0 and 1 <= each.footprint.step <= each.kernel:
                yield Observation(
                    f"{pixels(missed)} at the end of a {each.side} of {each.length}: no window reads there",
                    each.node.path,
                    f"an input or a padding for which the windows of stride {each.stride} come out even",
                )
                break


def partial_window(graph: Graph) -> Iterator[Observation]:
    """Windows that hang over the end of what is padded: the output is rounded up."""
    for sides in windows(graph):
        for each in sides:
            if each.padding is None or each.node.op.role is not Role.POOL:
                continue
            over = each.end - (each.length - 1 + each.padding)
            if over > 0:
                fewer = each.outputs - 1
                yield Observation(
                    f"the last window reaches {pixels(over)} over the end: the {each.side} is "
                    f"rounded up to {each.outputs}, where rounding down gives {fewer}",
                    each.node.path,
                    "as in Caffe; other frameworks round down unless they are asked not to",
                )
                break


def checkerboard(graph: Graph) -> Iterator[Observation]:
    """Transposed convolutions whose windows overlap unevenly."""
    for sides in windows(graph):
        node = sides[0].node
        uneven = [e for e in sides if e.footprint.step < 1 and e.kernel % e.stride]
        if uneven and node.op.role is Role.CONV:
            kernel, step = uneven[0].kernel, uneven[0].stride
            yield Observation(
                f"windows of {kernel} with a stride of {step} overlap unevenly: a checkerboard",
                node.path,
                f"take a kernel that the stride divides, such as {step * -(-kernel // step)}, "
                "or resize and convolve",
            )


def even_kernel(graph: Graph) -> Iterator[Observation]:
    """Even kernels that keep the size of a map but not its place."""
    for sides in windows(graph):
        node = sides[0].node
        moved = [e for e in sides if e.kernel % 2 == 0 and e.footprint.step == 1 and e.padding != 0]
        if moved and node.op.role is Role.CONV:
            yield Observation(
                f"an even kernel of {moved[0].kernel} with padding moves the map by half a pixel",
                node.path,
                "take an odd kernel, which has a pixel in its middle",
            )


def short_field(graph: Graph) -> Iterator[Observation]:
    """Maps that are made into one vector while each of their units sees a part of the input only."""
    if not any(node.output.is_map for node in graph.inputs):
        return
    fields, gates = receptive(graph), _before_maps(graph)
    for node in graph.layers:
        if len(node.operands) != 1 or node.operands[0] not in fields.by_name or node.path in gates:
            continue
        x, before = node.inputs[0], fields.by_name[node.operands[0]]
        many = max(x.spatial, default=1) > 1
        is_one = not node.output.is_map or max(node.output.spatial) == 1
        narrow = before.output[1:] and fields.covers(before) < 1 and not before.whole
        if many and is_one and narrow:
            size, sides = times(before.size), times(fields.input)
            yield Observation(
                f"a unit of what it reads sees {size} of {sides} pixels: only this layer brings "
                "parts of the input together",
                node.path,
                "more or larger windows, strides or dilations in front of it see more",
            )


def _before_maps(graph: Graph) -> set[str]:
    """Layers behind which there is a map again: a vector there is a gate, or a code."""
    found: set[str] = set()
    for node in reversed(graph.layers):
        if node.path in found or max(node.output.spatial, default=1) > 1:
            found.update(node.operands)
    return found
