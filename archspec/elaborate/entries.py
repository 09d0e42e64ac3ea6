"""What names stand for while a scope is filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from archspec.environment import Environment
from archspec.graph import Group, Node, Scope
from archspec.text import Origin
from archspec.spec import Body


@final
@dataclass(frozen=True, slots=True)
class Value:
    """The output of a layer, or an input: the path of the node that computes it."""

    path: str


@final
@dataclass(frozen=True, slots=True)
class Absent:
    """A layer whose ``when`` is false, and what its readers get."""

    name: str
    origin: Origin
    instead: Value | None
    """Its own input where no ``else`` is written; None for ``else: none``."""


@final
class Broken:
    """A layer that could not be made: whoever reads it stays silent."""


Entry = Value | Absent | Broken
BROKEN: Final = Broken()


@final
@dataclass(frozen=True, slots=True)
class Operand:
    """One input of an item."""

    entry: Entry
    name: str | None
    """As ``from`` calls it; None for the item above."""
    origin: Origin


@final
@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as written, and the names it may use."""

    raw: Any
    origin: Origin
    environment: Environment


@final
@dataclass(frozen=True, slots=True)
class Inline:
    """The body of an inline scope, and the names it may use."""

    body: Body
    origin: Origin
    environment: Environment
    output: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Call:
    """An op or a block with its arguments (or an edit's inline scope): what edits act on."""

    name: str
    origin: Origin
    arguments: Mapping[str, Argument]
    first_edit: int = 0
    """The edits before this one made the call, or had their say already."""
    inline: Inline | None = None


@final
@dataclass(slots=True)
class OpenScope:
    """A scope that is being filled."""

    path: str
    inputs: Mapping[str, Entry]
    numbered: bool
    current: Entry | None
    """What the next item reads if it does not say ``from``."""
    names: dict[str, Entry] = field(default_factory=dict)
    made: dict[str, Origin] = field(default_factory=dict)
    """Names that are taken."""
    children: list[Node | Scope] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    last: str | None = None
    """Name of the item above."""
    number: int = 0

    def path_of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    @property
    def known(self) -> dict[str, Entry]:
        """What ``from`` can name: the inputs and the layers above."""
        return {**self.inputs, **self.names}
