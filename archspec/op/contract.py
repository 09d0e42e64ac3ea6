"""The contract of an op, as a check that any package can run on its own ops. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from archspec.op.base import Cost, Example, Op, Role
from archspec.op.footprint import POINTWISE, Footprint
from archspec.op.instantiate import instantiate
from archspec.op.tensor import TensorType

BATCH: Final = 2
DRAWS: Final = 64
"""Random inputs of which each pixel of a window is the largest once, almost surely."""
PIXELS: Final = ((), ("sample",), ("row", "column"), ("slice", "row", "column"))
"""What is counted along each side of a map, by their number."""


def violations(op: type[Op]) -> list[str]:
    """What an op promises and does not hold, in words; empty if it holds all.

    On every one of its ``examples``, PyTorch is the oracle: the output's shape (on the meta
    device), the names and shapes of parameters and buffers, the multiply-accumulates that
    torch.utils.flop_counter sees, whether the output may share the input's memory, and by gradients
    which pixels of its inputs each pixel of the output is made of.
    """
    return [
        *_unsaid(op),
        *(f"{op.__name__} {e.arguments}: {b}" for e in op.examples for b in _run(op, e)),
    ]


def _unsaid(op: type[Op]) -> Iterator[str]:
    """What every op says about itself."""
    if not (op.__doc__ or "").strip():
        yield f"{op.__name__} has no docstring"
    for name in ("formula", "role", "examples"):
        if not getattr(op, name, None):
            yield f"{op.__name__} has no {name}"
    used = {name for example in op.examples for name in example.arguments}
    if unused := set(op.model_fields) - used:
        yield f"no example of {op.__name__} uses {', '.join(sorted(unused))}"


def _run(cls: type[Op], example: Example) -> Iterator[str]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    op, inputs = cls(**example.arguments), tuple(map(TensorType, example.inputs))
    output = op.infer(*inputs)
    cost, call = op.cost(inputs, output), op.lowered(*inputs)
    with torch.device("meta"):
        function = instantiate(call)
        with FlopCounterMode(display=False) as counter:
            seen = function(*(torch.empty(BATCH, *x.shape) for x in inputs))
    if tuple(seen.shape) != (BATCH, *output.shape):
        yield f"its output is {tuple(seen.shape)[1:]}, infer says {output.shape}"
    if isinstance(function, torch.nn.Module):
        yield from _wrong_tensors(function, cost)
    if counter.get_total_flops() not in (0, 2 * BATCH * cost.macs):
        yield f"it has {counter.get_total_flops() // (2 * BATCH)} MACs, cost says {cost.macs}"
    if call.target.startswith("torch.") and counter.get_total_flops() != 2 * BATCH * cost.macs:
        yield f"torch counts {counter.get_total_flops()} operations, cost says {cost.macs} MACs"
    if _shares(instantiate(call), inputs) != cls.view:
        yield f"whether its output shares the input's memory is not as view = {cls.view} says"
    for k, x in enumerate(inputs):
        if x.is_map and output.is_map:
            yield from _wrong_footprint(op, k, inputs, output)


def _wrong_tensors(module: Any, cost: Cost) -> Iterator[str]:
    parameters = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    state = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    buffers = {name: shape for name, shape in state.items() if name not in parameters}
    if dict(cost.parameters) != parameters:
        yield f"its parameters are {parameters}, cost says {dict(cost.parameters)}"
    if dict(cost.buffers) != buffers:
        yield f"its buffers are {buffers}, cost says {dict(cost.buffers)}"
    if list(state) != [*cost.parameters, *cost.buffers]:
        yield f"its state_dict has the order {list(state)}"


def _shares(function: Any, inputs: tuple[TensorType, ...]) -> bool:
    import torch

    operands = [torch.rand(BATCH, *x.shape) for x in inputs]
    with torch.no_grad():
        output = (function.eval() if isinstance(function, torch.nn.Module) else function)(*operands)
    memory = {tensor.untyped_storage().data_ptr() for tensor in operands}
    return output.untyped_storage().data_ptr() in memory


def _wrong_footprint(
    op: Op, k: int, inputs: tuple[TensorType, ...], output: TensorType
) -> Iterator[str]:
    """Where the footprint on one input is not what gradients say."""
    x, footprints = inputs[k], op.footprint(inputs[k], output)
    function = instantiate(op.lowered(*inputs))
    found = [_pixels_read(function, k, inputs, output, side) for side in range(x.rank)]
    if not any(map(any, found)):  # no gradient gets through, as of a sign
        return
    if footprints is None:
        sizes = zip(found, x.spatial, strict=True)
        if not any((0, size - 1) in rows for rows, size in sizes):
            yield f"footprint says that it reads all of input {k + 1}, and it reads a part"
        return
    if op.role is Role.NORM and all(footprint is POINTWISE for footprint in footprints):
        return  # statistics do not count
    for side, name in enumerate(PIXELS[x.rank]):
        yield from _misread(
            footprints[side], found[side], x.spatial[side], f"{name} of input {k + 1}"
        )


def _misread(
    footprint: Footprint, found: list[tuple[int, int] | None], size: int, what: str
) -> Iterator[str]:
    """Where one side of a footprint is too narrow, too wide, or moves with another step."""
    said = [footprint.reads(pixel) for pixel in range(len(found))]
    inside = [k for k, (first, last) in enumerate(said) if first >= 0 and last < size and found[k]]
    for k in inside:
        (first, last), read = said[k], found[k] or (0, 0)
        if read[0] < first or read[1] > last:
            yield f"output {k} reads {what} {read[0]} to {read[1]}, footprint says {first} to {last}"
            return
    if inside and not any(found[k] == said[k] for k in inside):
        k = inside[0]
        yield f"output {k} reads {what} {found[k]}, footprint says {said[k]}, which is more"
    period = footprint.step.denominator
    moved = footprint.reads(period)[0] - footprint.reads(0)[0]
    if moved != footprint.step * period:
        yield f"the footprint moves by {moved} in {period} of output, step says {footprint.step}"


def _pixels_read(
    function: Any, k: int, inputs: tuple[TensorType, ...], given: TensorType, side: int
) -> list[tuple[int, int] | None]:
    """For each output row or column the first and the last that it reads of an input."""
    there, here = (2 - x.channels_last + side for x in (given, inputs[k]))
    import torch

    generator = torch.Generator().manual_seed(0)
    operands = [2 * torch.rand(DRAWS, *x.shape, generator=generator) for x in inputs]
    operands[k].requires_grad_()
    if isinstance(function, torch.nn.Module):
        function.eval()
    output = function(*operands)
    if not output.requires_grad:
        return [None] * output.shape[there]
    weighted = output * torch.rand(output.shape, generator=generator)  # a softmax sums to 1
    found: list[tuple[int, int] | None] = []
    for pixel in range(output.shape[there]):
        total = weighted.select(there, pixel).sum()
        (gradient,) = torch.autograd.grad(total, operands[k], retain_graph=True)
        others = [dim for dim in range(gradient.ndim) if dim != here]
        rows = gradient.abs().sum(dim=others).nonzero().flatten().tolist()
        found.append((rows[0], rows[-1]) if rows else None)
    return found
