"""What a lesion study has found: how many pictures each changed network gets wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

from archspec.analyses.lesions.trials import Lesion
from archspec.analyses.lesions.units import Units

CUT_OFF: Final = 0.025
"""The share of the gradient at either end that the effective paths leave out."""


@final
@dataclass(frozen=True, slots=True)
class LesionOutcome:
    lesion: Lesion
    errors: int
    """Pictures whose most probable class is not theirs."""


@final
@dataclass(frozen=True)
class PathGradients:
    """The gradient of the loss at the input along single paths, by the units that they go through."""

    images: int
    """Of each batch."""
    norms: Mapping[int, tuple[float, ...]]
    """Units on a path -> for each path that was drawn, the L2 norm of its gradient: the mean over the
    pictures of a batch, each with its own loss."""
    units: int
    """Of which each path takes so many, and the shortcuts of all others."""
    whole: float
    """The same norm of the whole gradient, along all paths: the mean over the batches."""

    def count(self, length: int) -> int:
        """How many paths have a length."""
        return math.comb(self.units, length)

    def mean(self, length: int) -> float:
        norms = self.norms[length]
        return math.fsum(norms) / len(norms)

    @cached_property
    def shares(self) -> Mapping[int, float]:
        """Length -> number of paths times mean norm, as a share of the sum over all lengths."""
        products = {length: self.count(length) * self.mean(length) for length in self.norms}
        total = math.fsum(products.values())
        return {length: product / total for length, product in products.items()}

    @cached_property
    def effective(self) -> tuple[int, int]:
        """Lengths between which the paths carry 95 % of it: 2.5 % at each end are left out."""
        found, passed = [], 0.0
        for length, share in self.shares.items():
            if passed + share > CUT_OFF and passed < 1 - CUT_OFF:
                found.append(length)
            passed += share
        return found[0], found[-1]

    @cached_property
    def decay(self) -> float:
        """What each unit on a path leaves of the norm: the slope of its logarithm, by least squares
        over all lengths."""
        points = [(length, math.log(self.mean(length))) for length in self.norms]
        middle = math.fsum(length for length, _ in points) / len(points)
        above = math.fsum((length - middle) * value for length, value in points)
        return math.exp(above / math.fsum((length - middle) ** 2 for length, _ in points))


@final
@dataclass(frozen=True)
class LesionStudy:
    """A trained network, whole and changed, on the same pictures."""

    network: str
    units: Units
    images: int
    classes: int
    errors: int
    """Of the network as it was trained."""
    each: tuple[LesionOutcome, ...] = ()
    random: tuple[LesionOutcome, ...] = ()
    shuffled: tuple[LesionOutcome, ...] = ()
    gradients: PathGradients | None = None

    @property
    def error(self) -> float:
        """In percent, of the network as it was trained."""
        return self.percent(self.errors)

    @property
    def chance(self) -> float:
        """The error in percent of guessing among equally frequent classes."""
        return 100 - 100 / self.classes

    def percent(self, errors: float) -> float:
        return 100 * errors / self.images
