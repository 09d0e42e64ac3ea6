"""How the boxes of a figure differ from others because somebody wants them to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from textwrap import wrap
from typing import Final, final, get_type_hints

from archspec.describe.formulas import has_formula
from archspec.escaping import clean
from archspec.figures.annotations.selectors import meant_by
from archspec.figures.request import Options
from archspec.graph import Depiction, Graph, Member, Node, Scope


@final
@dataclass(frozen=True, slots=True)
class BoxMark:
    """What is particular about one box."""

    highlighted: bool = False
    dimmed: bool = False
    color: str | None = None
    """``#rrggbb``"""
    note: tuple[str, ...] = ()
    """Lines under all other text."""
    formula: str = ""
    """The title with formulas between dollars, if it has any."""
    group: str = ""
    """A word over a brace."""


PLAIN: Final = BoxMark()
NOTHING: Final = Depiction()
MAX_NOTE: Final = 120
NOTE_WIDTH: Final = 30
"""Characters of a note, and of one of its lines."""


SHOWN: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("paper", "full", "module"), frozenset(get_type_hints(Depiction))),
    "blocks": frozenset({"label", "color", "note", "hide"}),
    "text": frozenset({"label", "note", "hide"}),
    "page": frozenset(get_type_hints(Depiction)),
}
"""Style, or the page that readers fold themselves -> what of a spec's ``figure:`` it shows; others show nothing of it."""


def not_shown(graphs: Sequence[Graph], style: str) -> list[str]:
    """The keys of ``figure:`` that a spec has, and a style does not show."""
    said = {
        name
        for graph in graphs
        for depiction in graph.depictions.values()
        for name in get_type_hints(Depiction)
        if getattr(depiction, name)
    }
    return sorted(said - SHOWN.get(style, frozenset()))


@final
class BoxMarks:
    """The marks of the boxes of a network, as the options want them."""

    def __init__(self, graph: Graph, options: Options) -> None:
        self._depictions = graph.depictions
        self._highlighted = meant_by(graph, options.highlight)
        self._dimmed = meant_by(graph, options.dim)

    def of(self, copies: Sequence[Sequence[Member]], around: int = 0) -> BoxMark:
        """The mark of a box that stands for all copies of some layers, or for scopes.

        Whatever shows a highlighted layer is highlighted; dimmed is a box whose first layer is, since
        others only follow it. In an inset, the scopes that are meant are those deeper than ``around``
        names: the inset of a block that is highlighted is not.
        """
        shown = self.depiction(copies[0][0])
        if shown is NOTHING and not self._highlighted and not self._dimmed:
            return PLAIN
        return BoxMark(
            all(_means_any(self._highlighted, copy, around) for copy in copies),
            all(_means_any(self._dimmed, copy[:1], 0) for copy in copies),
            shown.color,
            tuple(wrap(clean(shown.note, MAX_NOTE), NOTE_WIDTH)) if shown.note else (),
            shown.label if shown.label and has_formula(shown.label) else "",
            clean(shown.group or ""),
        )

    def depiction(self, member: Member) -> Depiction:
        """What the spec says of a layer or a scope; of a scope that says nothing, what it says of
        all that is in it alike."""
        if not self._depictions:
            return NOTHING
        found = self._depictions.get(member.path, NOTHING)
        if isinstance(member, Scope) and all(isinstance(one, Scope) for one in member.children):
            inside = {self._depictions.get(one.path, NOTHING) for one in member.children}
            return inside.pop().under(found) if len(inside) == 1 else found
        return found


def without_box(
    graphs: Sequence[Graph], selectors: Sequence[str], marked: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Selectors that no box shows, by the paths of all that is marked, each with the path of the
    first that it means."""
    for selector in selectors:
        meant = [path for graph in graphs for path in meant_by(graph, [selector])]
        inside = {
            node.path
            for graph in graphs
            for path in meant
            if path in graph.scopes
            for node in graph.scopes[path].nodes()
        }
        if marked.isdisjoint(inside) and marked.isdisjoint(meant):
            yield selector, min(meant)


def _means_any(meant: frozenset[str], members: Iterable[Member], around: int) -> bool:
    return any(_means(meant, member, around) for member in members)


def _means(meant: frozenset[str], member: Member, around: int) -> bool:
    """Whether a layer or a scope is meant: itself, what it is in, or all that is in it."""
    path = member.path
    while path and path.count(".") >= around:
        if path in meant:
            return True
        path = path.rpartition(".")[0]
    if isinstance(member, Node):
        return False
    return bool(meant) and all(_is_all_meant(meant, child) for child in member.children)


def _is_all_meant(meant: frozenset[str], member: Member) -> bool:
    if member.path in meant:
        return True
    return isinstance(member, Scope) and all(
        _is_all_meant(meant, child) for child in member.children
    )
