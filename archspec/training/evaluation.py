"""How well a classifier does on labelled images: accuracy, loss, confusion, calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

CALIBRATION_BINS: Final = 15
"""Intervals of confidence, of equal width, as in Guo et al. (2017)."""
MISTAKES: Final = 50
"""So many of the most confident mistakes are kept."""
SERIOUS_TOP5: Final = 6
"""Least number of classes of which five guesses are not always right."""


@final
@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that was taken for something else."""

    index: int
    """Its place in the data set."""
    label: int
    predicted: int
    confidence: float
    """Probability of the class that was predicted."""


@final
@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The images whose confidence lies in one interval."""

    images: int
    correct: int
    confidence: float
    """Sum over the images."""


@final
@dataclass(frozen=True)
class Evaluation:
    """What a classifier made of a data set. Counts are integers, and percentages are theirs."""

    images: int
    loss: float
    """Mean cross-entropy, in nats; not a number where an output is none."""
    correct: int
    correct5: int | None
    """Images whose class is among the five most probable; None for fewer than six classes."""
    confusion: tuple[tuple[int, ...], ...]
    """Row: the label; column: what was predicted."""
    calibration: tuple[CalibrationBin, ...]
    mistakes: tuple[Mistake, ...]
    """The most confident ones, the most confident first."""

    @property
    def classes(self) -> int:
        return len(self.confusion)

    @property
    def top1(self) -> float:
        """Accuracy in percent."""
        return percent(self.correct, self.images)

    @property
    def top5(self) -> float | None:
        return None if self.correct5 is None else percent(self.correct5, self.images)

    @cached_property
    def per_class(self) -> tuple[float, ...]:
        """The accuracy of each class in percent; not a number of a class without images."""
        return tuple(percent(row[k], sum(row)) for k, row in enumerate(self.confusion))

    @property
    def confidence(self) -> float:
        """Mean probability, in percent, of what was predicted."""
        return percent(sum(part.confidence for part in self.calibration), self.images)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error in percent: how far confidence is from accuracy."""
        gaps = (abs(part.correct - part.confidence) for part in self.calibration)
        return percent(sum(gaps), self.images)


def percent(part: float, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")


@final
class Tally:
    """An evaluation while it is made: sums over the images so far.

    Each of several processes may count a part of the images: ``sums`` are then added up over them
    (``torch.distributed.all_reduce``), and the ``mistakes`` of all joined.
    """

    def __init__(
        self,
        classes: int,
        *,
        smallest_wins: bool = False,
        device: torch.device | str = "cpu",
        kept_mistakes: int = MISTAKES,
    ) -> None:
        import torch

        self.smallest_wins = smallest_wins
        self.kept_mistakes = kept_mistakes
        self.mistakes: list[Mistake] = []
        self._loss = torch.zeros((), dtype=torch.float64, device=device)
        self._confusion = torch.zeros(classes, classes, dtype=torch.int64, device=device)
        self._correct5 = torch.zeros((), dtype=torch.int64, device=device)
        self._binned = torch.zeros(2, CALIBRATION_BINS, dtype=torch.int64, device=device)
        self._confidence = torch.zeros(CALIBRATION_BINS, dtype=torch.float64, device=device)

    @property
    def sums(self) -> tuple[Tensor, ...]:
        """The tensors that are added up over processes, in place."""
        return self._loss, self._confusion, self._correct5, self._binned, self._confidence

    def add(self, outputs: Any, labels: Tensor, indices: Tensor) -> None:
        """Count a batch: what the network returned, its labels, its places in the data set."""
        from torch.nn.functional import cross_entropy

        scores = main_output(outputs).detach().float()
        scores = -scores if self.smallest_wins else scores
        confidences, predicted = scores.softmax(1).max(1)
        confidences = confidences.nan_to_num()
        classes = len(self._confusion)
        pairs = labels * classes + predicted
        self._loss += cross_entropy(scores, labels, reduction="none").double().sum()
        self._confusion += pairs.bincount(minlength=classes**2).view(classes, classes)
        self._correct5 += (_rank(scores, labels) < 5).sum()
        right = predicted == labels
        self._add_confidences(confidences, right)
        self._add_mistakes(indices, labels, predicted, confidences, ~right)

    def _add_confidences(self, confidences: Tensor, right: Tensor) -> None:
        from torch import linspace, searchsorted

        inner = linspace(0, 1, CALIBRATION_BINS + 1, device=confidences.device)[1:-1]
        bins = searchsorted(inner, confidences)  # an interval holds its upper end, not its lower
        self._binned[0] += bins.bincount(minlength=CALIBRATION_BINS)
        self._binned[1] += bins[right].bincount(minlength=CALIBRATION_BINS)
        self._confidence.index_add_(0, bins, confidences.double())

    def _add_mistakes(self, *of_images: Tensor) -> None:
        *columns, wrong = of_images
        rows = zip(*(column[wrong].tolist() for column in columns), strict=True)
        found = self.mistakes + [Mistake(*row) for row in rows]
        self.mistakes = most_confident(found, self.kept_mistakes)

    def evaluation(self) -> Evaluation:
        confusion = self._confusion.tolist()
        images = sum(map(sum, confusion))
        return Evaluation(
            images=images,
            loss=self._loss.item() / images if images else float("nan"),
            correct=sum(row[k] for k, row in enumerate(confusion)),
            correct5=int(self._correct5.item()) if len(confusion) >= SERIOUS_TOP5 else None,
            confusion=tuple(map(tuple, confusion)),
            calibration=tuple(
                CalibrationBin(images, correct, confidence)
                for images, correct, confidence in zip(
                    *self._binned.tolist(), self._confidence.tolist(), strict=True
                )
            ),
            mistakes=tuple(self.mistakes),
        )


def most_confident(mistakes: Iterable[Mistake], kept: int = MISTAKES) -> list[Mistake]:
    """The most confident mistakes in an order that does not depend on how they were found."""
    return sorted(mistakes, key=lambda each: (-each.confidence, each.index))[:kept]


def main_output(outputs: Any) -> Tensor:
    """What a network says of the classes: its first output, if it has several."""
    scores: Tensor = outputs[0] if isinstance(outputs, tuple) else outputs
    return scores


def _rank(scores: Tensor, labels: Tensor) -> Tensor:
    """How many classes come before the label's; of equal ones the first comes first."""
    from torch import arange

    own = scores.gather(1, labels[:, None])
    earlier = arange(scores.shape[1], device=scores.device) < labels[:, None]
    return scores.shape[1] - ((scores < own) | ((scores == own) & ~earlier)).sum(1)


def evaluate(
    module: nn.Module,
    batches: Iterable[Sequence[Tensor]],
    classes: int,
    *,
    smallest_wins: bool = False,
    device: torch.device | str = "cpu",
    kept_mistakes: int = MISTAKES,
    after_batch: Callable[[int], None] | None = None,
) -> Evaluation:
    """Run a module in eval mode on batches of images and labels, in the data set's order.

    A third tensor of a batch says the places of its images in the data set. ``smallest_wins``:
    outputs are penalties (``Graph.smallest_wins``). ``after_batch`` is called with the number of
    images so far.
    """
    tally = Tally(classes, smallest_wins=smallest_wins, device=device, kept_mistakes=kept_mistakes)
    fill(tally, module, batches, device, after_batch)
    return tally.evaluation()


def fill(
    tally: Tally,
    module: nn.Module,
    batches: Iterable[Sequence[Tensor]],
    device: torch.device | str = "cpu",
    after_batch: Callable[[int], None] | None = None,
) -> None:
    """Count batches as ``evaluate`` does, of one process of perhaps several."""
    import torch

    done = 0
    with in_eval_mode(module), torch.no_grad():
        for images, labels, *given in batches:
            places = given[0] if given else torch.arange(done, done + len(labels))
            outputs = module(images.to(device, non_blocking=True))
            tally.add(outputs, labels.to(device), places.to(device))
            done += len(labels)
            if after_batch is not None:
                after_batch(done)


@contextmanager
def in_eval_mode(module: nn.Module) -> Iterator[None]:
    """Eval mode for a while; then every part has the mode that it had."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
