"""Batches of a data set: which pictures they have is a function of the seed, the epoch and the step."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Final, final

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from archspec.datasets.dataset import Images, Split
from archspec.diagnostics import Diagnostic, SpecError
from archspec.training.pictures.augment import Pipeline
from archspec.training.seeds import derive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from archspec.recipe.model import Normalize

Draw = tuple[int, "NDArray[np.int64]"]
"""An epoch, and the pictures of one batch."""
MAX_WORKERS: Final = 8


@final
class Order(Sampler[Draw]):
    """The batches of one process from a step on, to the end of the run.

    In every epoch the pictures are shuffled anew, and each process takes its part of every batch.
    The last pictures, which fill no batch, are left out of that epoch.
    """

    def __init__(
        self,
        indices: NDArray[np.int64],
        batch_size: int,
        seed: int,
        *,
        rank: int = 0,
        processes: int = 1,
        accumulate: int = 1,
    ) -> None:
        self.indices, self.batch_size, self.seed = indices, batch_size, seed
        self.rank, self.processes, self.accumulate = rank, processes, accumulate
        self.steps_per_epoch = len(indices) // (batch_size * processes * accumulate)
        self.first, self.last = 0, self.steps_per_epoch
        """The steps from which and to which batches are given."""

    def __iter__(self) -> Iterator[Draw]:
        for step in range(self.first, self.last):
            epoch, within = divmod(step, self.steps_per_epoch)
            if step == self.first or within == 0:
                order = self.shuffled(epoch)
            size = self.batch_size * self.processes
            for k in range(self.accumulate):
                batch = order[(within * self.accumulate + k) * size :][:size]
                yield epoch, batch[self.rank * self.batch_size :][: self.batch_size]

    def __len__(self) -> int:
        return (self.last - self.first) * self.accumulate

    def shuffled(self, epoch: int) -> NDArray[np.int64]:
        """The pictures in the order of an epoch."""
        generator = torch.Generator().manual_seed(derive(self.seed, "order", epoch))
        order = torch.randperm(len(self.indices), generator=generator)
        shuffled: NDArray[np.int64] = self.indices[order.numpy()]
        return shuffled


@final
class InOrder(Sampler[Draw]):
    """Every picture once, in parts for several processes."""

    def __init__(
        self, indices: NDArray[np.int64], batch_size: int, *, rank: int = 0, processes: int = 1
    ) -> None:
        self.indices, self.batch_size = indices[rank::processes], batch_size

    def __iter__(self) -> Iterator[Draw]:
        for start in range(0, len(self.indices), self.batch_size):
            yield 0, self.indices[start : start + self.batch_size]

    def __len__(self) -> int:
        return -(-len(self.indices) // self.batch_size)


Batch = tuple[Tensor, Tensor]
"""Pictures uint8 (N, C, H, W) and labels (N)."""


@final
@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why there is no batch, as a value: PyTorch makes another exception of a worker's."""

    diagnostics: tuple[Diagnostic, ...]


@final
class Pictures(Dataset[Batch | Unreadable]):
    """A split of a data set, read a batch at a time."""

    def __init__(self, split: Split, pipeline: Pipeline) -> None:
        self.split, self.pipeline = split, pipeline

    def __getitem__(self, draw: Draw) -> Batch | Unreadable:
        epoch, indices = draw
        try:
            images = self.pipeline(self.split.images, indices, epoch)
        except SpecError as error:
            return Unreadable(error.diagnostics)
        return torch.from_numpy(images), torch.from_numpy(self.split.labels[indices])


@final
@dataclass(frozen=True, slots=True)
class ToInput:
    """Pictures as what the network reads: on its device, from 0 to 1, normalised."""

    device: torch.device
    mean: Tensor
    std: Tensor
    memory_format: torch.memory_format

    @staticmethod
    def of(normalize: Normalize, device: torch.device, *, channels_last: bool = False) -> ToInput:
        mean, std = (
            torch.tensor(values, device=device).view(1, -1, 1, 1)
            for values in (normalize.mean, normalize.std)
        )
        last, first = torch.channels_last, torch.contiguous_format
        return ToInput(device, mean, std, last if channels_last else first)

    def __call__(self, images: Tensor) -> Tensor:
        images = images.to(self.device, non_blocking=True)
        x = images.to(torch.float32, memory_format=self.memory_format)
        return x.div_(255).sub_(self.mean).div_(self.std)


def workers_for(images: Images, asked: int | None) -> int:
    """How many processes read pictures, if a user has not said it: those in memory are ready at
    once, files are decoded by all cores but one."""
    if asked is not None:
        return asked
    if images.shape is not None:
        return 0
    return max(1, min(MAX_WORKERS, (os.cpu_count() or 1) - 1))


def loader(
    pictures: Pictures, order: Sampler[Draw], workers: int, device: torch.device
) -> Iterator[Batch]:
    """The batches in their order, read by so many processes of their own. Raises SpecError where
    pictures cannot be read."""
    batches = DataLoader(
        pictures,
        sampler=order,
        batch_size=None,
        num_workers=workers,
        multiprocessing_context=_context() if workers else None,
        pin_memory=device.type == "cuda",
        worker_init_fn=_leave_signals,
        generator=torch.Generator(),  # else it draws from the global one
    )
    return map(_readable, batches)


def _context() -> BaseContext | None:
    """Workers are forked from a process that has no threads: a lock which a thread of autograd or
    gloo holds while it is forked stays closed in the child for ever."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _readable(batch: Batch | Unreadable) -> Batch:
    if isinstance(batch, Unreadable):
        raise SpecError(batch.diagnostics)
    return batch


def _leave_signals(worker: int) -> None:
    """Whether to stop is decided by the process that trains."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def hold_out(
    count: int, validation: int | float | tuple[int, int] | None, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pictures to learn from and those that are held out: so many, a part, or (fold, folds)."""
    generator = torch.Generator().manual_seed(derive(seed, "validation"))
    order = torch.randperm(count, generator=generator).numpy()
    if validation is None:
        return order, order[:0]
    if isinstance(validation, tuple):
        fold, folds = validation
        start, end = count * fold // folds, count * (fold + 1) // folds
    else:
        start = 0
        end = round(count * validation) if isinstance(validation, float) else validation
    held = order[start:end]
    return _without(order, start, end), held


def _without(order: NDArray[np.int64], start: int, end: int) -> NDArray[np.int64]:
    import numpy as np

    return np.concatenate([order[:start], order[end:]])
