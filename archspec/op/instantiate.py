"""The PyTorch that an op says it is, as something that runs. Needs torch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.op.base import Call

if TYPE_CHECKING:
    from torch import Tensor


def instantiate(call: Call) -> Callable[..., Tensor]:
    """The module of a call, or a function of tensors."""
    module, _, name = call.target.rpartition(".")
    function: Any = getattr(import_module(module), name)
    if call.is_subscript:
        channels = slice(call.arguments.get("start"), call.arguments.get("stop"))
        return lambda x: function(x, (slice(None), channels))
    if call.coefficients:
        return lambda *operands: functools.reduce(function, _weighted(call.coefficients, operands))
    if call.infix is not None:
        return lambda *operands: functools.reduce(function, (*operands, *call.arguments.values()))
    if call.of_two:
        return lambda *operands: functools.reduce(function, operands)
    if call.like is not None:
        size = call.like
        return lambda x, like: function(x, **{size: like.shape[2:]}, **call.arguments)
    if call.takes_list:
        return lambda *operands: function(operands, **call.arguments)
    if call.is_function:
        return lambda *operands: function(*operands, **call.arguments)
    instance: Callable[..., Tensor] = function(**call.arguments)
    return instance


def _weighted(coefficients: Sequence[float], operands: Sequence[Tensor]) -> list[Tensor]:
    """Each operand times its coefficient, where that is not 1."""
    pairs = zip(coefficients, operands, strict=True)
    return [operand if factor == 1 else factor * operand for factor, operand in pairs]
