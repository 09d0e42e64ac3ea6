"""The parts of a network that a text means: a path, the name of a block or an op, a glob of paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from archspec.diagnostics import SpecError, failure, near
from archspec.elaborate.edits.globs import GLOB, Globs
from archspec.escaping import clean
from archspec.graph import Graph, Member, Scope

MAX_SELECTOR: Final = 2_000
"""Characters of one selector."""
WILD: Final = re.compile(r"[*\[{]")


def find_scopes(graph: Graph, selectors: Sequence[str]) -> frozenset[str]:
    """Paths of the scopes that selectors mean. Raises SpecError for one that means none."""
    return _find([graph], selectors, only_scopes=True)


def find_members(graphs: Sequence[Graph], selectors: Sequence[str]) -> frozenset[str]:
    """Paths of the layers and scopes that selectors mean in any of some networks. Raises SpecError
    for one that means nothing in all of them."""
    return _find(graphs, selectors, only_scopes=False)


def _find(
    graphs: Sequence[Graph], selectors: Sequence[str], *, only_scopes: bool
) -> frozenset[str]:
    members = [_members(graph, only_scopes=only_scopes) for graph in graphs if selectors]
    found: set[str] = set()
    for selector in selectors:
        meant = {path for known in members for path in _meant(known, selector)}
        if not meant:
            raise _means_nothing(graphs, members, selector, only_scopes=only_scopes)
        found |= meant
    return frozenset(found)


def meant_by(graph: Graph, selectors: Sequence[str]) -> frozenset[str]:
    """Paths of the layers and scopes that selectors mean: none, where a network has none of them."""
    if not selectors:
        return frozenset()
    members = _members(graph, only_scopes=False)
    return frozenset(path for selector in selectors for path in _meant(members, selector))


def _members(graph: Graph, *, only_scopes: bool) -> Mapping[str, Member]:
    scopes = {path: scope for path, scope in graph.scopes.items() if path}
    return scopes if only_scopes else {**graph.nodes, **scopes}


def _meant(members: Mapping[str, Member], selector: str) -> Iterator[str]:
    """A path means what has it, whatever blocks are called."""
    if selector in members:
        yield selector
    elif WILD.search(selector):
        if GLOB.fullmatch(selector) and len(selector) <= MAX_SELECTOR:
            globs = Globs([selector])
            yield from (path for path in members if globs.matches(path))
    else:
        yield from (path for path, member in members.items() if _kind(member) == selector)


def _kind(member: Member) -> str | None:
    """The name of its block, or of its op."""
    return member.block if isinstance(member, Scope) else member.op_name


def _means_nothing(
    graphs: Sequence[Graph],
    members: Sequence[Mapping[str, Member]],
    selector: str,
    *,
    only_scopes: bool,
) -> SpecError:
    names = " and ".join(f"'{graph.name}'" for graph in graphs)
    what = "scope" if only_scopes else "layer or scope"
    known = [path for each in members for path in each]
    kinds = dict.fromkeys(
        kind for each in members for one in each.values() if (kind := _kind(one)) is not None
    )
    shown = clean(selector)
    if not WILD.search(selector):
        message = f"{names} has no {what} '{shown}'"
        help = near(selector, [*known, *kinds]) or f"blocks: {', '.join(kinds)}" * only_scopes
    elif GLOB.fullmatch(selector) and len(selector) <= MAX_SELECTOR:
        message = f"{names} has no {what} with a path like '{shown}'"
        help = "* is any name or a part of one, ** any path: layer*, **.conv2"
    else:
        message = f"'{shown}' is not a glob of paths"
        help = "names joined by dots; * is any name, ** any path, [12] and {a,b} alternatives"
    return failure("cannot-draw", message, help=help or "'archspec show' lists its layers")
