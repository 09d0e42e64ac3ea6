"""Two diagrams as one: a common subsequence of both, and in its places what only one has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, final

from archspec.diagnostics import failure
from archspec.figures.diagram import Diagram, Frame, Lanes, Leaf, Parallel, Series, Wire, leaves
from archspec.figures.difference.words import arrow, arrows, title_in_words
from archspec.figures.labels import SEPARATOR

State = Literal["kept", "changed", "removed", "added"]
Alone = Literal["removed", "added"]
Match = tuple[Diagram | None, Diagram | None]
"""A part of each diagram that take one place; None where only one has something there."""

SIGNS: Final[Mapping[State, str]] = {"changed": "→", "removed": "−", "added": "+"}
MAX_PAIRS: Final = 1_000_000
"""Of parts that are compared with each other; so many take some seconds."""
EQUAL: Final = 12.0
"""What two equal parts are worth in an alignment; others are worth less, 0 is nothing."""
SAME_BLOCK: Final = 6.0
SAME_TITLE: Final = 6.0
SAME_WORD: Final = 4.0
SAME_ROLE: Final = 2.0
SAME_NAME: Final = 1.0
SAME_SHAPE: Final = 0.5
LEAST: Final = 0.1
"""Two branches take one place rather than two, whatever they are."""


@final
@dataclass(frozen=True, slots=True)
class Pair:
    """What a box of the figure was, and what it became."""

    state: State
    before: Leaf | None
    after: Leaf | None

    @property
    def params(self) -> int:
        """How many more the second network has there."""
        return (self.after.params if self.after else 0) - (self.before.params if self.before else 0)

    @property
    def macs(self) -> int:
        return (self.after.macs if self.after else 0) - (self.before.macs if self.before else 0)

    @property
    def blocks(self) -> tuple[str, str]:
        return self.before.block if self.before else "", self.after.block if self.after else ""


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """One diagram of two, with what its boxes were and became, by their paths."""

    diagram: Diagram
    pairs: Mapping[str, Pair]


def compared(
    before: Diagram,
    after: Diagram,
    are_equal: Callable[[Leaf, Leaf], bool],
    hidden: Callable[[Leaf, Leaf], str],
    apart: frozenset[str] = frozenset(),
) -> Comparison:
    """One diagram of two. ``hidden`` has words for what no label tells; ``apart`` are the paths
    of leaves that were taken out of stacks. Raises SpecError if the diagrams are too large."""
    merger = _Merger(are_equal, hidden, apart)
    diagram = merger.merged(before, after)
    return Comparison(diagram, merger.pairs)


def mapped(diagram: Diagram, change: Callable[[Leaf], Diagram]) -> Diagram:
    """The same with other leaves, or a series of them, in the places of its leaves."""
    if isinstance(diagram, Leaf):
        hanging = tuple(mapped(branch, change) for branch in diagram.hanging)
        return change(replace(diagram, hanging=hanging))
    if isinstance(diagram, Series):
        return _chained(mapped(part, change) for part in diagram.parts)
    if isinstance(diagram, Parallel):
        return Parallel(tuple(mapped(branch, change) for branch in diagram.branches))
    if isinstance(diagram, Lanes):
        return replace(diagram, parts=tuple(mapped(part, change) for part in diagram.parts))
    if isinstance(diagram, Frame):
        return replace(diagram, inside=mapped(diagram.inside, change))
    return diagram


@final
class _Merger:
    def __init__(
        self,
        are_equal: Callable[[Leaf, Leaf], bool],
        hidden: Callable[[Leaf, Leaf], str],
        apart: frozenset[str],
    ) -> None:
        self._are_equal = are_equal
        self._hidden = hidden
        self._apart = apart
        self.pairs: dict[str, Pair] = {}

    def merged(self, before: Diagram, after: Diagram) -> Diagram:
        """What takes the place of both."""
        if isinstance(before, Leaf) and isinstance(after, Leaf) and self._likeness(before, after):
            return self._leaf(before, after)
        if isinstance(before, Wire):
            return after if isinstance(after, Wire) else self._alone(after, "added")
        if isinstance(after, Wire):
            return self._alone(before, "removed")
        if isinstance(before, Frame) and isinstance(after, Frame):
            return self._frame(before, after)
        if isinstance(before, Parallel) and isinstance(after, Parallel):
            branches = self._aligned(before.branches, after.branches, loose=True)
            return Parallel(tuple(self._place(match) for match in branches))
        if isinstance(before, Lanes) or isinstance(after, Lanes):
            return self._lanes(_as_lanes(before), _as_lanes(after))
        return self._series(_parts(before), _parts(after))

    def _place(self, match: Match) -> Diagram:
        before, after = match
        if before is None:
            assert after is not None
            return self._alone(after, "added")
        return self._alone(before, "removed") if after is None else self.merged(before, after)

    def _alone(self, diagram: Diagram, state: Alone) -> Diagram:
        """What only one of the networks has."""
        if isinstance(diagram, Wire):
            return Wire(dashed=diagram.dashed or state == "removed")
        return mapped(diagram, lambda leaf: self._lone_leaf(leaf, state))

    def _frame(self, before: Frame, after: Frame) -> Frame:
        inside = self.merged(before.inside, after.inside)
        if before.count == after.count:
            return replace(after, heading=arrow(before.heading, after.heading), inside=inside)
        told = (f"{frame.heading} ×{frame.count}".strip() for frame in (before, after))
        return replace(after, heading=arrow(*told), count=1, inside=inside)

    def _lanes(self, before: Lanes, after: Lanes) -> Lanes:
        matches = self._aligned(before.parts, after.parts)
        links = {
            link
            for side, lanes in enumerate((before, after))
            for link in _moved_links(lanes, [match[side] for match in matches])
        }
        return Lanes(tuple(map(self._place, matches)), tuple(sorted(links)))

    # ---------------------------------------------------------------- chains

    def _series(self, before: Sequence[Diagram], after: Sequence[Diagram]) -> Diagram:
        matches = self._aligned(before, after)
        for side in (0, 1):
            around = self._around_common(before, after, matches, side)
            if around is not None:
                return around
        return _chained(map(self._place, self._restacked(matches)))

    def _around_common(
        self, before: Sequence[Diagram], after: Sequence[Diagram], matches: list[Match], side: int
    ) -> Diagram | None:
        """The chain where a branching that only one has stands around what both have: a shortcut
        beside two convolutions. None if there is no more in common then."""
        lone = [match[side] for match in matches if match[1 - side] is None]
        forks = {id(part): part for part in lone if isinstance(part, Parallel)}
        chains = [list(before), list(after)]
        chains[side] = [
            one for part in chains[side] for one in (_stem(part) if id(part) in forks else [part])
        ]
        found = self._aligned(*chains)
        if not forks or _in_common(found) <= _in_common(matches):
            return None
        rest = self._restacked(found)
        parts: list[Diagram] = []
        for fork in forks.values():
            stem = {id(part) for part in _stem(fork)}
            places = [k for k, match in enumerate(rest) if id(match[side]) in stem]
            parts += map(self._place, rest[: places[0]])
            inner = _chained(map(self._place, rest[places[0] : places[-1] + 1]))
            parts.append(self._with_branches(fork, inner, "added" if side else "removed"))
            rest = rest[places[-1] + 1 :]
        return _chained([*parts, *map(self._place, rest)])

    def _with_branches(self, fork: Parallel, inner: Diagram, state: Alone) -> Parallel:
        stem = _stem_place(fork)
        return Parallel(
            tuple(
                inner if k == stem else self._alone(branch, state)
                for k, branch in enumerate(fork.branches)
            )
        )

    def _restacked(self, matches: Sequence[Match]) -> list[Match]:
        """Neighbours that were taken out of stacks and met the same fate, in stacks again."""
        stacks: list[list[Match]] = []
        for match in matches:
            if stacks and self._joins(stacks[-1][-1], match):
                stacks[-1].append(match)
            else:
                stacks.append([match])
        return [
            (_stack([match[0] for match in stack]), _stack([match[1] for match in stack]))
            if len(stack) > 1
            else stack[0]
            for stack in stacks
        ]

    def _joins(self, previous: Match, match: Match) -> bool:
        if self._fate(previous) != self._fate(match):
            return False
        return all(
            (part is None and following is None)
            or (
                isinstance(part, Leaf)
                and isinstance(following, Leaf)
                and part.path in self._apart
                and following.path in self._apart
                and not part.hanging
                and _stacked_by(part) == _stacked_by(following)
            )
            for part, following in zip(previous, match, strict=True)
        )

    def _fate(self, match: Match) -> State | None:
        before, after = match
        if isinstance(before, Leaf) and isinstance(after, Leaf):
            return "kept" if self._are_equal(before, after) else "changed"
        return "removed" if after is None else "added" if before is None else None

    # ---------------------------------------------------------------- alignment

    def _aligned(
        self, before: Sequence[Diagram], after: Sequence[Diagram], *, loose: bool = False
    ) -> list[Match]:
        """Both chains with what they share side by side, and in each gap what was removed before
        what was added. If ``loose``, anything takes the place of anything rather than none."""
        first, last = self._same_ends(before, after)
        inner = before[first : len(before) - last], after[first : len(after) - last]
        return [
            *zip(before[:first], after[:first], strict=True),
            *self._best(*inner, loose),
            *zip(before[len(before) - last :], after[len(after) - last :], strict=True),
        ]

    def _same_ends(self, before: Sequence[Diagram], after: Sequence[Diagram]) -> tuple[int, int]:
        """How many parts at the beginning and how many at the end are equal leaves."""
        shorter = min(len(before), len(after))
        first = 0
        while first < shorter and self._is_same(before[first], after[first]):
            first += 1
        last = 0
        while last < shorter - first and self._is_same(before[-1 - last], after[-1 - last]):
            last += 1
        return first, last

    def _is_same(self, before: Diagram, after: Diagram) -> bool:
        return (
            isinstance(before, Leaf) and isinstance(after, Leaf) and self._are_equal(before, after)
        )

    def _best(
        self, before: Sequence[Diagram], after: Sequence[Diagram], loose: bool
    ) -> list[Match]:
        """The longest common subsequence, weighted by how much two parts have in common."""
        if len(before) * len(after) > MAX_PAIRS:
            raise failure(
                "cannot-draw",
                f"chains of {len(before):,} and {len(after):,} boxes are too long to be compared",
                help="a smaller depth has fewer, and so has --fold",
            )
        worth = [[self._worth(old, new, loose) for new in after] for old in before]
        best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
        for i in reversed(range(len(before))):
            for j in reversed(range(len(after))):
                paired = worth[i][j] and best[i + 1][j + 1] + worth[i][j]
                best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
        found: list[Match] = []
        i = j = 0
        while i < len(before) and j < len(after):
            if worth[i][j] and best[i][j] == best[i + 1][j + 1] + worth[i][j]:
                found.append((before[i], after[j]))
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                found.append((before[i], None))
                i += 1
            else:
                found.append((None, after[j]))
                j += 1
        return [
            *found,
            *((part, None) for part in before[i:]),
            *((None, part) for part in after[j:]),
        ]

    def _worth(self, before: Diagram, after: Diagram, loose: bool) -> float:
        """How much two parts have in common; 0 if they are nothing to each other."""
        least = LEAST if loose else 0.0
        if isinstance(before, Leaf) and isinstance(after, Leaf):
            return self._likeness(before, after) or least
        if isinstance(before, Wire) and isinstance(after, Wire):
            return EQUAL
        if type(before) is type(after) or loose:
            return LEAST + 0.75 * EQUAL * _overlap(before, after)
        return 0.0

    def _likeness(self, before: Leaf, after: Leaf) -> float:
        if self._are_equal(before, after):
            return EQUAL
        if before.role != after.role:
            return 0.0
        near = SAME_NAME * (before.path == after.path) + SAME_SHAPE * (before.shape == after.shape)
        if before.role == "block" and before.block == after.block:
            return SAME_BLOCK + 3 * near
        if before.title == after.title:
            return SAME_TITLE + near
        return near + (SAME_WORD if _word(before) == _word(after) else SAME_ROLE)

    # ---------------------------------------------------------------- leaves

    def _leaf(self, before: Leaf, after: Leaf) -> Leaf:
        is_kept = self._are_equal(before, after)
        path = arrow(before.path, after.path)
        self.pairs[path] = Pair("kept" if is_kept else "changed", before, after)
        branches = self._aligned(before.hanging, after.hanging, loose=True)
        both = replace(
            after,
            path=path,
            output=path,
            layers=tuple(dict.fromkeys((*before.layers, *after.layers))),
            shape=_shapes(before, after),
            hanging=tuple(map(self._place, branches)),
        )
        return both if is_kept else self._changed(both, before, after)

    def _changed(self, both: Leaf, before: Leaf, after: Leaf) -> Leaf:
        told = [arrows(before.under, after.under)]
        if _reads(before) == _reads(after):
            told.append(self._hidden(before, after))
        title = arrow(title_in_words(before), title_in_words(after))
        if before.count != after.count:
            title = SEPARATOR.join((title, f"×{before.count} → ×{after.count}"))
        return replace(
            both,
            title=title,
            under=SEPARATOR.join(filter(None, told)),
            form="box",
            count=max(before.count, after.count),
        )

    def _lone_leaf(self, leaf: Leaf, state: Alone) -> Leaf:
        is_removed = state == "removed"
        path = f"{SIGNS[state]} {leaf.path}"
        self.pairs[path] = Pair(state, leaf if is_removed else None, None if is_removed else leaf)
        return replace(
            leaf,
            path=path,
            output=path,
            title=f"{SIGNS[state]} {title_in_words(leaf)}",
            form="box",
            dashed=leaf.dashed or is_removed,
        )


# ---------------------------------------------------------------- parts


def _parts(diagram: Diagram) -> tuple[Diagram, ...]:
    return diagram.parts if isinstance(diagram, Series) else (diagram,)


def _chained(parts: Iterable[Diagram]) -> Diagram:
    """Parts one after the other; what is a series already is taken apart."""
    flat = tuple(one for part in parts for one in _parts(part))
    return flat[0] if len(flat) == 1 else Series(flat)


def _as_lanes(diagram: Diagram) -> Lanes:
    if isinstance(diagram, Lanes):
        return diagram
    parts = _parts(diagram)
    return Lanes(parts, tuple((k - 1, k) for k in range(len(parts) + 1)))


def _moved_links(lanes: Lanes, places: Sequence[Diagram | None]) -> Iterator[tuple[int, int]]:
    """The links of lanes between the places that their parts take now."""
    taken = (k for k, part in enumerate(places) if part is not None)
    place = {-1: -1, len(lanes.parts): len(places), **dict(enumerate(taken))}
    return ((place[source], place[target]) for source, target in lanes.links)


def _stem_place(fork: Parallel) -> int:
    """Which branch is the longest."""
    sizes = [sum(1 for _ in leaves(branch)) for branch in fork.branches]
    return sizes.index(max(sizes))


def _stem(part: Diagram) -> tuple[Diagram, ...]:
    assert isinstance(part, Parallel)
    return _parts(part.branches[_stem_place(part)])


def _in_common(matches: Sequence[Match]) -> int:
    """Boxes that have a counterpart."""
    return sum(sum(1 for _ in leaves(old)) for old, new in matches if old and new)


def _overlap(before: Diagram, after: Diagram) -> float:
    """Share of the boxes that are alike, whatever their numbers."""
    first, second = (Counter(map(_word, leaves(part))) for part in (before, after))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def _word(leaf: Leaf) -> tuple[str, str]:
    """``conv`` of ``conv 3×3, 64``"""
    words = leaf.title.split(" ")
    named = [word for word in words if not word[:1].isdigit() and not word.startswith("×")]
    return leaf.role, leaf.block or " ".join(named)


def _reads(leaf: Leaf) -> tuple[str, str, int]:
    """What one reads of it."""
    return leaf.title, leaf.under, leaf.count


def _shapes(before: Leaf, after: Leaf) -> str | None:
    """What stands on the line out of it."""
    if before.shape is None or after.shape is None:
        return after.shape
    return arrow(before.shape, after.shape)


def _stacked_by(leaf: Leaf) -> tuple[str, str]:
    """Equal for leaves of one stack: blocks may have other names, layers no other numbers."""
    return leaf.title, leaf.block or leaf.under


def _stack(copies: Sequence[Diagram | None]) -> Leaf | None:
    """Leaves as one; None of none."""
    found = [leaf for leaf in copies if isinstance(leaf, Leaf)]
    if not found:
        return None
    first, last = found[0], found[-1]
    names = [leaf.under.split(SEPARATOR)[0] for leaf in found]
    told = " ".join(names) if len(names) <= 4 else f"{names[0]} … {names[-1]}"
    return replace(
        first,
        under=told if first.block else first.under,
        count=len(found),
        layers=tuple(path for leaf in found for path in leaf.layers),
        output=last.output,
        shape=next((leaf.shape for leaf in reversed(found) if leaf.shape), None),
        params=sum(leaf.params for leaf in found),
        macs=sum(leaf.macs for leaf in found),
        hanging=last.hanging,
    )
