"""The value of a parameter with which a network meets a budget, by search over the real counts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, final

from archspec.analyses.search.family import Counts, Family, Settings
from archspec.analyses.search.values import MAX_VALUES, Target, target_of, values_of
from archspec.diagnostics import failure
from archspec.display import show_by
from archspec.elaborate.expand.nodes import MAX_LAYERS

MAX_NETWORKS: Final = 2_000
"""That one search makes at most."""
LARGEST: Final = 1 << 16
"""Up to which a whole number is searched that has no range."""
FEW: Final = 48
"""Values that are all tried where the counts do not grow with them."""


@final
@dataclass(frozen=True)
class BudgetMatch:
    """The network that comes nearest to what was asked for: ``print`` shows the table of
    ``archspec match``."""

    name: str
    """Name of the network."""
    values: Mapping[str, Any]
    """The parameters that were varied, with the values that were found."""
    original: Mapping[str, Any]
    """The values that the spec has."""
    targets: tuple[Target, ...]
    counts: Mapping[str, int]
    """Every count of the network that was found."""
    before: Mapping[str, int]
    """Every count of the network as it is written."""
    tried: int
    """How many networks were counted."""

    def __repr__(self) -> str:
        found = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"<BudgetMatch {self.name}: {found}>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.search_report.match_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.search_report.match_html", self)


def match(
    reference: str | os.PathLike[str],
    /,
    vary: str | Sequence[str],
    to: str | Sequence[str],
    *,
    fixed: Mapping[str, Any] | None = None,
    input: Any = None,
    max_layers: int = MAX_LAYERS,
) -> BudgetMatch:
    """Find the value of one parameter, or of several, with which a network meets its targets.

    ``match("resnet50", "base_width", "params=densenet121")``. A parameter may have a range,
    ``"base_width=8:128:8"``, and may be one place of a list, ``"depths[2]"``. With ``=`` the count is
    as near as it gets; with ``<=`` the network is as large as fits. ``fixed`` are values of
    other parameters. Raises SpecError if no value meets the targets.
    """
    family = Family(os.fspath(reference), fixed or {}, input, max_layers)
    targets = tuple(map(target_of, [to] if isinstance(to, str) else to))
    axes = [_axis(family, text) for text in ([vary] if isinstance(vary, str) else vary)]
    if not targets or not axes:
        raise failure("bad-option", "a search needs a parameter to vary and a budget")
    search = _Search(family, axes, targets)
    found = search.best()
    return BudgetMatch(
        family.base.name,
        {axis.text: value for axis, value in zip(axes, found, strict=True)},
        {axis.text: axis.original for axis in axes},
        targets,
        family.counts(search.settings(found)),
        family.counts({}),
        family.made,
    )


@final
@dataclass(frozen=True, slots=True)
class _Axis:
    """A parameter that is varied, or one place of a list."""

    text: str
    """``base_width``, ``depths[2]``"""
    name: str
    place: int | None
    values: Sequence[Any]
    original: Any


def _axis(family: Family, text: str) -> _Axis:
    head, _, written = text.partition("=")
    name, bracket, rest = head.strip().partition("[")
    value, place = family.value(name), None
    if bracket:
        place = int(rest[:-1]) if rest.endswith("]") and rest[:-1].isdigit() else -1
        if not isinstance(value, list | tuple) or not 0 <= place < len(value):
            message = f"'{name}' has no place '[{rest:.20}'"
            raise failure("bad-value", message, help=f"it is {value}; places begin with 0")
        value = value[place]
    if written:
        values: Sequence[Any] = values_of(head, written)
    elif isinstance(value, int) and not isinstance(value, bool):
        values = range(1, LARGEST + 1)
    else:
        message = f"'{head}' is {value}, no whole number: it needs a range to search"
        raise failure("bad-option", message, help=f"--vary {head}=LOW:HIGH:STEP")
    return _Axis(head.strip(), name, place, values, value)


@final
class _Search:
    """Looks for the best values: those of the last parameter by bisection, all of the others."""

    def __init__(self, family: Family, axes: Sequence[_Axis], targets: Sequence[Target]) -> None:
        self._family, self._axes, self._targets = family, axes, targets
        self._metrics = [target.metric for target in targets]
        *self._others, self._last = axes

    def best(self) -> tuple[Any, ...]:
        """The values with which all targets are met, as near as it gets. Raises SpecError."""
        for axis in self._others:
            if len(axis.values) > MAX_VALUES:
                message = f"of several parameters, '{axis.text}' needs a range"
                help = f"--vary {axis.text}=LOW:HIGH:STEP; the last one needs none"
                raise failure("bad-option", message, help=help)
        found: list[tuple[Any, ...]] = []
        for chosen in product(*(axis.values for axis in self._others)):
            found += [(*chosen, value) for value in self._candidates(chosen)]
            if self._family.made > MAX_NETWORKS:
                message = f"the search makes more than {MAX_NETWORKS:,} networks"
                raise failure("limit", message, help="take smaller ranges or larger steps")
        rated = [(self._rating(values), values) for values in found]
        known = [each for each in rated if each[0] is not None]
        if not known:
            self._family.counts(self.settings(tuple(axis.values[0] for axis in self._axes)))
            raise failure("bad-option", "no value of the range gives a network")
        rating, values = min(known, key=lambda each: each[0] or ())
        if rating is not None and rating[0] > 0:
            raise self._impossible(values)
        return values

    def settings(self, values: Sequence[Any]) -> Settings:
        """The values as parameters of the spec."""
        chosen: dict[str, Any] = {}
        for axis, value in zip(self._axes, values, strict=True):
            if axis.place is None:
                chosen[axis.name] = value
            else:
                whole = list(chosen.get(axis.name, self._family.value(axis.name)))
                whole[axis.place] = value
                chosen[axis.name] = whole
        return chosen

    def _counts(self, values: Sequence[Any]) -> Counts | None:
        return self._family.try_counts(self.settings(values), self._metrics)

    def _rating(self, values: Sequence[Any]) -> tuple[Any, ...] | None:
        """Less is better: how far bounds are from being met, then how far the counts are from their
        targets, then how much of a budget is left."""
        counts = self._counts(values)
        if counts is None:
            return None
        pairs = [(target, counts[target.metric]) for target in self._targets]
        bounds = sum(target.distance(count) for target, count in pairs if target.sign != "=")
        equal = sum(target.distance(count) for target, count in pairs if target.sign == "=")
        rest = sum(abs(count - target.count) / max(target.count, 1) for target, count in pairs)
        return bounds, equal, rest

    def _candidates(self, chosen: Sequence[Any]) -> Iterator[Any]:
        """Values of the last parameter around the places where a count passes its target."""
        values = self._last.values
        top = self._top(chosen)
        ends = self._counts((*chosen, values[0])), self._counts((*chosen, values[top]))
        if ends[0] is None and ends[1] is None and top < FEW:
            yield from values[: top + 1]
            return
        yield from (values[0], values[top])
        for target in self._targets:
            grows = not (ends[0] and ends[1]) or ends[0][target.metric] <= ends[1][target.metric]
            place = self._passing(chosen, target, top, grows)
            nearby = range(max(place - 2, 0), min(place + 3, top + 1))
            yield from (values[k] for k in nearby)
        if top < FEW and not self._is_monotone(chosen, top):
            yield from values[: top + 1]

    def _top(self, chosen: Sequence[Any]) -> int:
        """The last place that is looked at: where no range is given, one whose counts are too large."""
        values = self._last.values
        if len(values) <= MAX_VALUES:
            return len(values) - 1
        place = max(int(self._last.original) - 1, 1)
        while place < len(values) - 1:
            counts = self._counts((*chosen, values[place]))
            if counts is None or all(counts[t.metric] > t.count for t in self._targets):
                break
            place = min(2 * place + 1, len(values) - 1)
        return place

    def _passing(self, chosen: Sequence[Any], target: Target, top: int, grows: bool) -> int:
        """The last place whose count is not above a target, if counts grow with the values."""
        low, high = 0, top
        while low < high:
            middle = (low + high + 1) // 2
            counts = self._near(chosen, middle, low)
            below = counts is None or (counts[target.metric] <= target.count) == grows
            if counts is None:
                high = middle - 1
            elif below:
                low = middle
            else:
                high = middle - 1
        return low

    def _near(self, chosen: Sequence[Any], place: int, low: int) -> Counts | None:
        """Counts at a place, or at the next one below where there is a network."""
        for k in range(place, max(low, place - FEW), -1):
            counts = self._counts((*chosen, self._last.values[k]))
            if counts is not None:
                return counts
        return None

    def _is_monotone(self, chosen: Sequence[Any], top: int) -> bool:
        """Whether the counts that are known grow with the values, or all fall."""
        places = sorted({0, top // 4, top // 2, 3 * top // 4, top})
        known = [self._counts((*chosen, self._last.values[k])) for k in places]
        for metric in self._metrics:
            counts = [each[metric] for each in known if each is not None]
            if counts not in (sorted(counts), sorted(counts, reverse=True)):
                return False
        return None not in known

    def _impossible(self, values: Sequence[Any]) -> Exception:
        counts = self._counts(values)
        assert counts is not None
        names = " and ".join(axis.text for axis in self._axes)
        wanted = " and ".join(target.text for target in self._targets)
        pairs = zip(self._axes, values, strict=True)
        chosen = ", ".join(f"{axis.text}={value}" for axis, value in pairs)
        has = ", ".join(f"{metric} {counts[metric]:,}" for metric in dict.fromkeys(self._metrics))
        message = f"no value of {names} meets {wanted}"
        return failure("bad-option", message, help=f"the nearest is {chosen}, with {has}")
