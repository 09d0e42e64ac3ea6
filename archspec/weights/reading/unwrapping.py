"""The tensors of a checkpoint, out of what programs wrap around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from torch import Tensor

WRAPPERS: Final = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "average",  # of a training of ours that averages its weights
    "model",
    "network",
    "net",
    "module",
    "weights",
    "params",
    "averaged",
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "ema",
)
"""Keys of a checkpoint below which its weights are, those that are loaded first."""
PREFIXES: Final = (
    "module.",
    "_orig_mod.",
    "_forward_module.",
    "_fsdp_wrapped_module.",
    "model.",
    "network.",
    "net.",
)
"""What wrappers of modules put in front of every key."""
INSIDE: Final = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What they put into the keys of wrapped parts."""
MAX_DEPTH: Final = 8
"""Wrappers around wrappers: a pickle may hold itself."""


@final
@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Tensors by key, and what was around them."""

    tensors: Mapping[str, Tensor]
    wrappers: tuple[str, ...] = ()
    """The keys that led to them."""
    prefix: str = ""
    """What every key began with."""
    others: tuple[str, ...] = ()
    """Other keys of the checkpoint with tensors of networks."""

    @property
    def origin(self) -> str:
        """Where the tensors were, in words for the beginning of a line: ``in 'state_dict': ``."""
        inside = "in " + " in ".join(f"'{key}'" for key in reversed(self.wrappers))
        before = f"keys began with '{self.prefix}'"
        parts = [*([inside] if self.wrappers else []), *([before] if self.prefix else [])]
        return f"{', '.join(parts)}: " if parts else ""


class NoTensors(Exception):
    """There are none, or several sets of them: the message says what there is."""


def unwrap(content: Any) -> Unwrapped:
    """The tensors of a checkpoint by their keys. Raises NoTensors."""
    wrappers: list[str] = []
    others: list[str] = []
    while (key := _wrapper(content)) is not None:
        others += [name for name in _sets(content) if name != key]
        wrappers.append(key)
        content = content[key]
        if len(wrappers) > MAX_DEPTH:
            raise NoTensors("it holds itself")
    tensors = _tensors(content)
    if not tensors:
        raise NoTensors(f"it holds {_kind(content)}")
    tensors, prefix = without_prefix(tensors)
    return Unwrapped(tensors, tuple(wrappers), prefix, tuple(others))


def _wrapper(content: Any) -> str | None:
    """The key below which the weights are; None if they are here."""
    sets = _sets(content)
    for name in WRAPPERS:
        if name in sets:
            return name
    if _tensors(content) or not sets:
        return None
    if len(sets) > 1:
        named = ", ".join(f"'{name}'" for name in sets[:4])
        raise NoTensors(f"it holds several sets of tensors: {named}")
    return sets[0]


def _sets(content: Any) -> list[str]:
    """Keys whose values hold tensors by name, perhaps in wrappers of their own."""
    if not isinstance(content, Mapping):
        return []
    return [
        key
        for key, value in content.items()
        if isinstance(key, str)
        and isinstance(value, Mapping)
        and (_tensors(value) or any(_tensors(value.get(name)) for name in WRAPPERS))
    ]


def _tensors(content: Any) -> dict[str, Tensor]:
    from torch import Tensor

    if not isinstance(content, Mapping):
        return {}
    return {
        key: value.detach()
        for key, value in content.items()
        if isinstance(key, str) and isinstance(value, Tensor)
    }


def _kind(content: Any) -> str:
    from torch import Tensor

    if isinstance(content, Tensor):
        return "one tensor, which has no name"
    if isinstance(content, Mapping):
        keys = ", ".join(f"'{key}'" for key in list(content)[:4])
        return f"no tensors, but {keys}" if keys else "nothing"
    return f"a value of type {type(content).__name__}"


def without_prefix(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """Tensors without what a wrapper put in front of all keys, and that."""
    inner = [key for key in tensors if key != "n_averaged"]  # of torch.optim.swa_utils
    prefix = ""
    while found := _prefix([key[len(prefix) :] for key in inner]):
        prefix += found
    kept = inner if prefix else list(tensors)
    return {_unwrapped(key[len(prefix) :]): tensors[key] for key in kept}, prefix


def _prefix(keys: list[str]) -> str:
    for prefix in PREFIXES:
        if keys and all(key.startswith(prefix) and key != prefix for key in keys):
            return prefix
    return ""


def _unwrapped(key: str) -> str:
    for part in INSIDE:
        key = key.replace(part, "")
    return key
