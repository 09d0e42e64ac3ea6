"""The contract of an op, as a check that any package can run on its own ops. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from archspec.ops.base import Cost, Example, Op, Role
from archspec.ops.instantiate import instantiate
from archspec.ops.tensor import TensorType

BATCH: Final = 2


def violations(op: type[Op]) -> list[str]:
    """What an op promises and does not hold, in words; empty if it holds all.

    On every one of its ``examples``, PyTorch is the oracle: the output's shape (on the meta
    device), the names and shapes of parameters and buffers, the multiply-accumulates that
    torch.utils.flop_counter sees, and whether the output may share the input's memory.
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
    if cls.role is not Role.MERGE and _shares(instantiate(call), inputs) != cls.view:
        yield f"whether its output shares the input's memory is not as view = {cls.view} says"


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
        output = function.eval()(*operands)
    memory = {tensor.untyped_storage().data_ptr() for tensor in operands}
    return output.untyped_storage().data_ptr() in memory
