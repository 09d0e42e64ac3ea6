"""Two diagrams as one: a common subsequence of both, and in its places what only one has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final, Literal, final

from archspec.describe.layers import SEPARATOR
from archspec.diagnostics import failure
from archspec.figures.difference.words import arrow, arrows, title_in_words
from archspec.figures.layout.forms.frame import heading
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Wire,
    chain,
    in_series,
    leaves,
    map_leaves,
)

State = Literal["kept", "changed", "removed", "added"]
Chain = Sequence[Diagram]
Match = tuple[Diagram | None, Diagram | None]
"""A part of each diagram that take one place; None where only one has something there."""

SIGNS: Final[Mapping[State, str]] = {"changed": "→", "removed": "−", "added": "+"}
MAX_PAIRS: Final = 1_000_000
"""Of parts that are compared with each other; so many take some seconds."""
EQUAL: Final = 12.0
"""What two equal parts are worth in an alignment; others are worth less, 0 is nothing."""
SAME_NAME: Final = 1.0
SAME_SHAPE: Final = 0.5
SAME_WORD: Final = 2.0
"""For their role, once more for what both are, and once more for their numbers."""
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
class Merger:
    """Makes one diagram of two. Raises SpecError if they are too large."""

    are_equal: Callable[[Leaf, Leaf], bool]
    hidden: Callable[[Leaf, Leaf], str]
    """Words for a difference that is in no label."""
    apart: frozenset[str] = frozenset()
    """Paths of leaves that were taken out of stacks."""
    pairs: dict[str, Pair] = field(default_factory=dict)
    """What the boxes so far were and became, by their paths."""

    def merge(self, before: Diagram, after: Diagram) -> Diagram:
        """What takes the place of both."""
        match before, after:
            case Leaf(), Leaf() if self._worth(before, after):
                return self._leaf(before, after)
            case Wire(), Wire():
                return after
            case Frame(), Frame():
                inside = self.merge(before.inside, after.inside)
                both = arrow(heading(before), heading(after))
                return replace(after, heading=both, count=1, inside=inside)
            case Parallel(), Parallel():
                branches = self._align(before.branches, after.branches, loose=True)
                return Parallel(tuple(map(self._place, branches)))
            case (Lanes(), _) | (_, Lanes()):
                return self._lanes(_as_lanes(before), _as_lanes(after))
            case _:  # any two have in common what they have as chains
                return self._series(_steps(before), _steps(after))

    def _place(self, match: Match) -> Diagram:
        before, after = match
        if before is not None and after is not None:
            return self.merge(before, after)
        if before is not None:
            return map_leaves(before, lambda leaf: self._lone(leaf, "removed"))
        assert after is not None
        return map_leaves(after, lambda leaf: self._lone(leaf, "added"))

    def _lanes(self, before: Lanes, after: Lanes) -> Lanes:
        matches = self._align(before.parts, after.parts)
        links = {
            link
            for side, lanes in enumerate((before, after))
            for link in _move_links(lanes, [match[side] for match in matches])
        }
        return Lanes(tuple(map(self._place, matches)), tuple(sorted(links)))

    # ---------------------------------------------------------------- chains

    def _series(self, before: Chain, after: Chain) -> Diagram:
        matches = self._align(before, after)
        for side in (0, 1):
            around = self._around_common((before, after), matches, side)
            if around is not None:
                return around
        return in_series(self._place_all(matches))

    def _around_common(
        self, chains: tuple[Chain, Chain], matches: list[Match], side: int
    ) -> Diagram | None:
        """The chain where a branching that only one has stands around what both have. None if
        there is no more in common then.

        An alignment never matches a part with something inside of another: where one network has
        two convolutions and the other has them beside a shortcut, all of the one would be removed
        and all of the other added. So each branching of one side is replaced by its largest branch,
        and if the chains that result have more in common, they are merged, and the other branches
        are put beside what came of that one.
        """
        lone = (match[side] for match in matches if match[1 - side] is None)
        forks = [part for part in lone if isinstance(part, Parallel) and _size(part)]
        stems = {id(fork): max(fork.branches, key=_size) for fork in forks}
        straight = list(chains)
        straight[side] = [one for part in chains[side] for one in _steps(stems.get(id(part), part))]
        found = self._align(*straight) if forks else matches
        if _count_common(found) <= _count_common(matches):
            return None
        placed: list[Diagram] = []
        for fork in forks:
            stem = stems[id(fork)]
            inside = {id(part) for part in _steps(stem)}
            places = [k for k, match in enumerate(found) if id(match[side]) in inside]
            placed += self._place_all(found[: places[0]])
            inner = in_series(self._place_all(found[places[0] : places[-1] + 1]))
            branches = (
                inner if branch is stem else self._place((None, branch) if side else (branch, None))
                for branch in fork.branches
            )
            placed.append(Parallel(tuple(branches)))
            found = found[places[-1] + 1 :]
        return in_series([*placed, *self._place_all(found)])

    def _place_all(self, matches: Sequence[Match]) -> list[Diagram]:
        """One part for each match; for neighbours out of stacks that met the same fate a stack
        again, so that a network of a hundred equal blocks does not become a hundred boxes."""
        stacks: list[list[Match]] = []
        for k, match in enumerate(matches):
            fate, previous = self._fate(match), self._fate(matches[k - 1])
            if k and fate == previous is not None and not _has_side_branches(matches[k - 1]):
                stacks[-1].append(match)
            else:
                stacks.append([match])
        return [
            self._place((_stack([old for old, _ in stack]), _stack([new for _, new in stack])))
            for stack in stacks
        ]

    def _fate(self, match: Match) -> Hashable:
        """Equal for what one stack can hold, where blocks may have other names, and layers no other
        numbers; None for what was in none."""
        copies = [part for part in match if isinstance(part, Leaf) and part.path in self.apart]
        if len(copies) < sum(part is not None for part in match):
            return None
        texts = [
            isinstance(part, Leaf) and (part.title, part.block or part.under) for part in match
        ]
        return len(copies) == 2 and self.are_equal(*copies), *texts

    # ---------------------------------------------------------------- alignment

    def _align(self, before: Chain, after: Chain, *, loose: bool = False) -> list[Match]:
        """Both chains with what they share side by side, and in each gap what was removed before
        what was added. If ``loose``, anything takes the place of anything rather than none.

        What is equal at both ends is matched at once: two large networks mostly differ in a few
        places, and the rest takes time and memory by the product of the lengths."""
        first = self._same(before, after)
        last = self._same(before[first:][::-1], after[first:][::-1])
        inner = before[first : len(before) - last], after[first : len(after) - last]
        return [
            *zip(before[:first], after[:first], strict=True),
            *self._best(*inner, loose),
            *zip(before[len(before) - last :], after[len(after) - last :], strict=True),
        ]

    def _same(self, before: Chain, after: Chain) -> int:
        """How many parts at the beginning are equal leaves."""
        pairs = zip(before, after, strict=False)
        return sum(1 for _ in takewhile(lambda pair: self._worth(*pair) == EQUAL, pairs))

    def _best(self, before: Chain, after: Chain, loose: bool) -> Iterator[Match]:
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
        i = j = 0
        while i < len(before) and j < len(after):
            if worth[i][j] and best[i][j] == best[i + 1][j + 1] + worth[i][j]:
                yield before[i], after[j]
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                yield before[i], None
                i += 1
            else:
                yield None, after[j]
                j += 1
        yield from ((part, None) for part in before[i:])
        yield from ((None, part) for part in after[j:])

    def _worth(self, before: Diagram, after: Diagram, loose: bool = False) -> float:
        """How much two parts have in common; 0 if they are nothing to each other."""
        if isinstance(before, Leaf) and isinstance(after, Leaf) and before.role == after.role:
            if self.are_equal(before, after):
                return EQUAL
            alike = 1 + (_word(before) == _word(after)) + (before.title == after.title)
            named = SAME_NAME * (before.path == after.path)
            return SAME_WORD * alike + named + SAME_SHAPE * (before.shape == after.shape)
        if loose or (type(before) is type(after) and not isinstance(before, Leaf)):
            return LEAST + 0.75 * EQUAL * _overlap(before, after)
        return 0.0

    # ---------------------------------------------------------------- leaves

    def _leaf(self, before: Leaf, after: Leaf) -> Leaf:
        is_kept = self.are_equal(before, after)
        path = arrow(before.path, after.path)
        self.pairs[path] = Pair("kept" if is_kept else "changed", before, after)
        both_shapes = before.shape and after.shape and arrow(before.shape, after.shape)
        sides = self._align(before.side_branches, after.side_branches, loose=True)
        both = replace(
            after,
            path=path,
            output=path,
            layers=tuple(dict.fromkeys((*before.layers, *after.layers))),
            shape=both_shapes or after.shape,
            side_branches=tuple(map(self._place, sides)),
        )
        return both if is_kept else self._mark_change(both, before, after)

    def _mark_change(self, both: Leaf, before: Leaf, after: Leaf) -> Leaf:
        under = [arrows(before.under, after.under)]
        if (before.title, before.under, before.count) == (after.title, after.under, after.count):
            under.append(self.hidden(before, after))
        title = arrow(title_in_words(before), title_in_words(after))
        if before.count != after.count:
            title = SEPARATOR.join((title, f"×{before.count} → ×{after.count}"))
        return replace(
            both,
            title=title,
            under=SEPARATOR.join(filter(None, under)),
            form="box",
            count=max(before.count, after.count),
        )

    def _lone(self, leaf: Leaf, state: State) -> Leaf:
        """What only one of the networks has. The sign of a circle stands beside it."""
        path = f"{SIGNS[state]} {leaf.path}"
        before, after = (leaf, None) if state == "removed" else (None, leaf)
        self.pairs[path] = Pair(state, before, after)
        title = leaf.title if leaf.form == "circle" else f"{SIGNS[state]} {leaf.title}"
        return replace(leaf, path=path, output=path, title=title)


# ---------------------------------------------------------------- parts


def _steps(diagram: Diagram) -> tuple[Diagram, ...]:
    """A diagram as a chain, of which a wire is the empty one."""
    return () if isinstance(diagram, Wire) else chain(diagram)


def _as_lanes(diagram: Diagram) -> Lanes:
    if isinstance(diagram, Lanes):
        return diagram
    parts = _steps(diagram)
    return Lanes(parts, tuple((k - 1, k) for k in range(len(parts) + 1)))


def _move_links(lanes: Lanes, places: Sequence[Diagram | None]) -> Iterator[tuple[int, int]]:
    """The links of lanes between the places that their parts take now."""
    taken = (k for k, part in enumerate(places) if part is not None)
    place = {-1: -1, len(lanes.parts): len(places), **dict(enumerate(taken))}
    return ((place[source], place[target]) for source, target in lanes.links)


def _count_common(matches: Sequence[Match]) -> int:
    """Boxes that have a counterpart."""
    return sum(_size(old) for old, new in matches if old and new)


def _size(diagram: Diagram) -> int:
    return sum(1 for _ in leaves(diagram))


def _has_side_branches(match: Match) -> bool:
    return any(isinstance(part, Leaf) and part.side_branches for part in match)


def _overlap(before: Diagram, after: Diagram) -> float:
    """Share of the boxes that are alike, whatever their numbers; all of two wires."""
    first, second = (Counter(map(_word, leaves(part))) for part in (before, after))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def _word(leaf: Leaf) -> tuple[str, str]:
    """``conv`` of ``conv 3×3, 64``"""
    words = leaf.title.split(" ")
    named = [word for word in words if not word[:1].isdigit() and not word.startswith("×")]
    return leaf.role, leaf.block or " ".join(named)


def _stack(copies: Sequence[Diagram | None]) -> Diagram | None:
    """Leaves as one; one, or none, as it is."""
    found = [leaf for leaf in copies if isinstance(leaf, Leaf)]
    if len(found) < 2:
        return copies[0]
    first, last = found[0], found[-1]
    names = [leaf.under.split(SEPARATOR)[0] for leaf in found]
    span = " ".join(names) if len(names) <= 4 else f"{names[0]} … {names[-1]}"
    return replace(
        first,
        under=span if first.block else first.under,
        count=len(found),
        layers=tuple(path for leaf in found for path in leaf.layers),
        output=last.output,
        shape=next((leaf.shape for leaf in reversed(found) if leaf.shape), None),
        params=sum(leaf.params for leaf in found),
        macs=sum(leaf.macs for leaf in found),
        side_branches=last.side_branches,
    )
