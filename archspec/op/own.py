"""Calls of the modules that torch.nn lacks."""

from __future__ import annotations

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
