"""The processes that train together: which one this is, and what they say to each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, final

from archspec.diagnostics import SpecError, failure

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
DeviceName = Literal["auto", "cpu", "cuda"]


@final
@dataclass(frozen=True, slots=True)
class Processes:
    """One process of a run, as torchrun or SLURM started it."""

    rank: int
    count: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    @property
    def is_distributed(self) -> bool:
        return self.count > 1

    def on_main(self, work: Callable[[], T]) -> T:
        """What the first process finds, in all of them; its SpecError is raised in all."""
        if not self.is_distributed:
            return work()
        from torch import distributed

        box: list[Any] = [None, None]
        if self.is_main:
            try:
                box = [work(), None]
            except SpecError as error:
                box = [None, error.diagnostics]
        distributed.broadcast_object_list(box, src=0)
        if box[1] is not None:
            raise SpecError(box[1])
        found: T = box[0]
        return found

    def any(self, flag: int) -> int:
        """The largest flag of all processes."""
        if not self.is_distributed:
            return flag
        import torch
        from torch import distributed

        flags = torch.tensor([flag], device=self.device)
        distributed.all_reduce(flags, op=distributed.ReduceOp.MAX)
        return int(flags.item())

    def join(self, found: list[T]) -> list[T]:
        """What all processes have found."""
        if not self.is_distributed:
            return found
        from torch import distributed

        parts: list[Any] = [None] * self.count
        distributed.all_gather_object(parts, found)
        return [item for part in parts for item in part]

    def add_up(self, numbers: torch.Tensor) -> torch.Tensor:
        """The sum over all processes."""
        if self.is_distributed:
            from torch import distributed

            distributed.all_reduce(numbers)
        return numbers


def is_main() -> bool:
    """Whether this is the first process, before anything has been set up."""
    return os.environ.get("RANK", "0") == "0"


def restarts() -> int:
    """How often torchrun has restarted this run."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


@contextmanager
def processes(device: DeviceName) -> Iterator[Processes]:
    """Join the processes that torchrun has started; alone, if it has not."""

    count, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    chosen = _device(device)
    if count == 1:
        yield Processes(0, 1, chosen)
        return
    from torch import distributed
    from torch.distributed import PrefixStore  # type: ignore[attr-defined]
    from torch.distributed.rendezvous import rendezvous

    # After a restart the store of torchrun still holds the addresses of those that are gone.
    store, rank, count = next(rendezvous("env://"))
    store = PrefixStore(f"restart {restarts()}", store)
    backend = "nccl" if chosen.type == "cuda" else "gloo"
    distributed.init_process_group(backend, store=store, rank=rank, world_size=count)
    try:
        yield Processes(rank, count, chosen)
    finally:
        distributed.destroy_process_group()


def _device(name: DeviceName) -> torch.device:
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise failure("bad-option", "PyTorch finds no GPU here", help="--device cpu")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    local = int(os.environ.get("LOCAL_RANK", "0"))
    torch.cuda.set_device(local)
    return torch.device("cuda", local)
