"""Calls of the modules that torch.nn lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archspec.op.base import Call, Op


def own_module(op: Op, **leading: Any) -> Call:
    """The class of the op's name in ``archspec.layers``, in the file of the op's family."""
    cls = type(op)
    family = cls.__module__.rpartition(".")[2]
    return Call(
        f"archspec.layers.{family}.{cls.__name__}",
        {**leading, **op.arguments()},
        op.defaults(),
        op.positional,
        sizes=op.sizes(leading),
    )


def without(call: Call, target: str, *names: str) -> Call:
    """The call of another class, which lacks some arguments."""
    left, defaults = (
        {name: value for name, value in mapping.items() if name not in names}
        for mapping in (call.arguments, call.defaults)
    )
    return replace(call, target=target, arguments=left, defaults=defaults)
