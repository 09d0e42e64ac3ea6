"""Elements of SVG in groups, which say once what most of their elements have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, final

Paint = Mapping[str, str]
"""Presentation attribute -> value. All of them are inherited; style sheets are not read by every
program that reads SVG."""

DEFAULTS: Final[Paint] = {"stroke": "none"}
"""What an attribute is where nobody says it; those that are missing are said for every element."""
GROUP: Final = len("<g></g>\n\n")
"""Characters that a group costs."""


@final
@dataclass(frozen=True, slots=True)
class SvgElement:
    """A shape or a text: its start tag up to the paint, and what comes after it."""

    start: str
    end: str
    paint: Paint
    """Of all attributes on which its look depends."""


@final
@dataclass(frozen=True, slots=True)
class SvgGroup:
    start: str
    children: Sequence[SvgElement | SvgGroup]
    paint: Paint
    """What most children want."""
    head: str = ""
    """What stands before the children."""


def group(start: str, children: Sequence[SvgElement | SvgGroup], head: str = "") -> SvgGroup:
    """Children with what they have in common."""
    return SvgGroup(start, children, _common(children)[0], head)


def runs(elements: Sequence[SvgElement | SvgGroup]) -> Iterator[SvgElement | SvgGroup]:
    """Neighbours that look the same in a group, if that is shorter."""
    for is_element, found in groupby(elements, key=lambda child: isinstance(child, SvgElement)):
        run = list(found)
        if is_element:
            yield from _split(run)
        else:
            yield from run


def _split(elements: Sequence[SvgElement | SvgGroup]) -> Iterator[SvgElement | SvgGroup]:
    """A run ends where a colour or a size begins that the element before it does not have."""
    for _, found in groupby(elements, key=_look):
        run = list(found)
        common, saved = _common(run)
        if saved > GROUP:
            yield SvgGroup("<g", run, common)
        else:
            yield from run


def _look(element: SvgElement | SvgGroup) -> tuple[str | None, str | None]:
    """The colour, whether it is that of a line or of its arrow, and the size of a text."""
    paint = element.paint
    fill = paint.get("fill")
    return (paint.get("stroke") if fill == "none" else fill, paint.get("font-size"))


def _common(children: Sequence[SvgElement | SvgGroup]) -> tuple[Paint, int]:
    """The values that make a group shortest, and how many characters they save."""
    wanted: dict[str, Counter[str]] = {}
    for child in children:
        for name, value in child.paint.items():
            wanted.setdefault(name, Counter())[value] += 1
    common, total = {}, 0
    for name, values in wanted.items():
        best, saved = _best(name, values)
        if best is not None:
            common[name] = best
            total += saved
    return common, total


def _best(name: str, values: Counter[str]) -> tuple[str | None, int]:
    """The value of an attribute for a group and what it saves; none if nothing is usual."""
    default = DEFAULTS.get(name)
    usual = values[default] * len(f' {name}="{default}"') if default else 0
    best: str | None = default if usual else None
    most = 0
    for value, count in values.items():
        saved = (count - 1) * len(f' {name}="{value}"') - usual
        if value != default and saved > most:
            best, most = value, saved
    return best, most


def lines(node: SvgElement | SvgGroup, inherited: Paint = DEFAULTS) -> Iterator[str]:
    """The markup, an element a line; every element says what it does not inherit."""
    own = "".join(
        f' {name}="{value}"' for name, value in node.paint.items() if inherited.get(name) != value
    )
    if isinstance(node, SvgElement):
        yield f"{node.start}{own}{node.end}"
        return
    passed = {**inherited, **node.paint}
    yield f"{node.start}{own}>"
    if node.head:
        yield node.head
    for child in node.children:
        yield from lines(child, passed)
    yield "</g>"
