"""torch.optim without the import of torch._dynamo, which takes longer than that of torch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import torch
from torch.optim import Optimizer

_METHODS: Final = ("add_param_group", "state_dict", "load_state_dict", "zero_grad")
_CACHE: Final = "__dynamo_disable"
"""Where torch keeps the function that a compiler does not look into."""


@contextmanager
def undecorated() -> Iterator[None]:
    """Optimizers whose methods are what torch wrote, without its decorators against compilers.

    They import torch._dynamo at the first call only to keep a compiler out, and where nothing is
    compiled there is none. If torch keeps its functions elsewhere one day, they are as they were.
    """
    functions = [inspect.unwrap(getattr(Optimizer, name)) for name in _METHODS]
    ours: list[Any] = [function for function in functions if not hasattr(function, _CACHE)]
    for function in ours:
        setattr(function, _CACHE, function)
    try:
        yield
    finally:
        for function in ours:
            delattr(function, _CACHE)


def undecorated_step(optimizer: Optimizer) -> Callable[[], Any]:
    """The step of an optimizer as torch wrote it; hooks of the optimizer are not called."""
    step = partial(inspect.unwrap(type(optimizer).step), optimizer)

    def without_gradients() -> None:
        with torch.no_grad():
            step()

    optimizer._opt_called = True  # type: ignore[attr-defined]  # else schedulers warn
    return without_gradients
