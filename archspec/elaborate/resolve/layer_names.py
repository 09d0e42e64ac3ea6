"""The layers that a place of a body can name, as far as the text alone shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from archspec.diagnostics import failure, near
from archspec.elaborate.resolve.definitions import Definition
from archspec.elaborate.rules.desugar import Item
from archspec.elaborate.rules.operands import (
    find_layers,
    not_seen_by_block,
    unknown_layer,
    unknown_output,
)
from archspec.elaborate.rules.templates import ABOVE, TEMPLATE, LayerName, name_form
from archspec.language.model import NetItem, UseItem
from archspec.text import Origin

MAX_COMPARED: Final = 2_000_000
"""How often the names of one scope are compared with globs."""


@final
@dataclass(slots=True)
class LayerNames:
    """The layers of a scope above a place, and its inputs."""

    inputs: Mapping[str, Definition | None]
    outer: LayerNames | None = None
    """Those of the scope around, which only ``use`` can name."""
    is_block: bool = False
    """They are those of a block, which sees nothing of where it is used."""
    names: dict[str, Definition] = field(default_factory=dict)
    templates: dict[str, Definition] = field(default_factory=dict)
    """Layers under templates, by the form of their names."""
    later: set[str | int] = field(default_factory=set)
    """Keys that stand further down, too."""
    parts: set[str] = field(default_factory=set)
    """Layers that paths lead into, by the form of their names: networks, and blocks with several
    outputs."""
    compared: int = 0
    """How often a name was compared with a glob."""

    def add(self, item: Item, *, has_paths: bool) -> Definition | None:
        """An item stands above from now on; what it defines. A block may give several outputs."""
        key = item.key
        if isinstance(key, int) or item.is_group:
            return None
        definition = Definition("layer", key, item.at)
        if (
            has_paths
            or isinstance(item.form, NetItem)
            or (isinstance(item.form, UseItem) and name_form(item.form.use) in self.parts)
        ):
            self.parts.add(name_form(key))
        if "{" in key:
            self.templates[name_form(key)] = definition
        else:
            self.names[key] = definition
        return definition

    def find(self, source: LayerName) -> list[Definition | None]:
        """What a name or glob can mean. Raises SpecError if no layer above can be meant."""
        name, at = source
        if name == ABOVE:
            return []
        head, dot, _ = name.partition(".")
        if dot and name_form(head) in self.parts:
            return self.find(LayerName(head, at))
        if source.is_template and "*" not in name:
            return self._find_template(source)
        name = TEMPLATE.sub("*", name)
        if "*" in name:
            self._compare(at)
        names: Mapping[str, Definition | None] = self.names
        found = find_layers(name, names, self.inputs)
        if found:
            return [definition for _, definition in found]
        # which names a template makes shows only when it is filled in
        if "*" in name and self.templates:
            return [*self.templates.values()]
        if name_form(name) in self.templates:
            return [self.templates[name_form(name)]]
        raise unknown_layer(source, self.names, self.inputs, self._reason(name))

    def find_around(self, source: LayerName) -> list[Definition | None]:
        """What the name of a layer that is needed again can mean: a layer of this scope, or of those
        around it, or what is inside of one. Raises SpecError if there is none."""
        head = source.head
        around: LayerNames | None = self
        while around is not None:
            if around.knows(head.name) or around._has_form(head):
                return around.find(head)
            around = around.outer
        raise unknown_layer(head, self.names, self.inputs, self._reason_of_use(head.name))

    def _reason_of_use(self, name: str) -> str | None:
        """Why no layer of that name can be used again."""
        around: LayerNames | None = self if name != ABOVE else None
        while around is not None:
            if around.is_block and not near(name, [*around.names]):
                return not_seen_by_block(name)
            if name in around.later and not around.is_block:
                return f"'{name}' is further down; a layer uses those above it"
            around = around.outer
        return None

    def _has_form(self, source: LayerName) -> bool:
        """Whether a layer has a name of the form of a template."""
        form = name_form(source.name)
        return source.is_template and (
            form in self.templates or any(name_form(name) == form for name in self.names)
        )

    def _find_template(self, source: LayerName) -> list[Definition | None]:
        """What a name with expressions can mean: all names of its form."""
        self._compare(source.at)
        form = name_form(source.name)
        above: Mapping[str, Definition | None] = {**self.inputs, **self.names}
        found = [definition for name, definition in above.items() if name_form(name) == form]
        if form in self.templates:
            found.append(self.templates[form])
        if found:
            return found
        known = [name.replace("#", "{}") for name in (*map(name_form, above), *self.templates)]
        reason = self._reason_of_template(form) or near(form.replace("#", "{}"), known)
        raise unknown_layer(source, self.names, self.inputs, reason)

    def _compare(self, at: Origin) -> None:
        """All names are compared with a glob or a template."""
        self.compared += len(self.names)
        if self.compared > MAX_COMPARED:
            raise failure("limit", "too many names and globs in one scope", at=at.value)

    def find_output(self, source: LayerName) -> list[Definition | None]:
        """What an output can mean. Raises SpecError if no layer of the scope can be meant."""
        name, at = source
        if source.is_template:
            return self._find_template(source)
        if name in self.inputs or not self.knows(name):
            raise unknown_output(name, at, self.names)
        return self.find(source)

    def knows(self, name: str) -> bool:
        """Whether an input or a layer above can have that name."""
        if "." in name:
            return name_form(name.partition(".")[0]) in self.parts
        return name in self.names or name in self.inputs or name_form(name) in self.templates

    def _reason(self, name: str) -> str | None:
        """Why a layer of that name is not seen."""
        if name in self.later:
            return f"'{name}' is further down; a layer reads those above it"
        outer = self.outer
        while outer is not None:
            if name in outer.names:
                return f"'{name}' is outside of this scope, which sees its layers and its input"
            outer = outer.outer
        return None

    def _reason_of_template(self, form: str) -> str | None:
        """Why no layer of a form is seen."""
        for key in sorted(key for key in self.later if isinstance(key, str)):
            if name_form(key) == form:
                return f"'{key}' is further down; a layer reads those above it"
        outer = self.outer
        while outer is not None:
            for key in (*outer.names, *(found.name for found in outer.templates.values())):
                if name_form(key) == form:
                    return f"'{key}' is outside of this scope, which sees its layers and its input"
            outer = outer.outer
        return None
