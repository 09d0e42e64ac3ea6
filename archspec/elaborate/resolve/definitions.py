"""What the names of a program mean, as values: where each is defined, and where it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from archspec.language.names import name_within
from archspec.text import Origin, Span

DefinitionForm = Literal["parameter", "block", "block parameter", "repeat", "layer", "input"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A name that a spec gives to something."""

    form: DefinitionForm
    name: str
    at: Origin


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A place where a name is used."""

    definition: Definition
    at: Origin
    text: str | None = None
    """The expression around the name; None where the name stands alone, or in a key."""
    is_in_key: bool = False

    @property
    def span(self) -> Span:
        if self.is_in_key:
            return self.at.key
        if self.text is None:
            return self.at.value
        return name_within(self.definition.name, self.text, self.at)


@final
@dataclass(frozen=True, slots=True)
class Resolution:
    """All names of a program that are defined in its files, and all that means one of them."""

    definitions: tuple[Definition, ...]
    references: tuple[Reference, ...]

    def uses_of(self, definition: Definition) -> list[Reference]:
        """Where something is used."""
        return [found for found in self.references if found.definition is definition]
