"""The PyTorch that an op says it is, as something that runs. Needs torch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.op.base import Call

if TYPE_CHECKING:
    from torch import Tensor


def instantiate(call: Call) -> Callable[..., Tensor]:
    """The module of a call, or a function of tensors."""
    module, _, name = call.target.rpartition(".")
    function: Any = getattr(import_module(module), name)
    if call.infix is not None:
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
