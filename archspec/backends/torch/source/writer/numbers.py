"""Numbers of functions in forward methods: literals, and what the constructor keeps for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

from archspec.backends.torch.source.model.templates import slot_count
from archspec.backends.torch.source.names import free_name, identifier
from archspec.backends.torch.source.tree import LayerItem, PrintedClass, Term
from archspec.language.model import MODULE_ATTRIBUTES


@final
@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands for the arguments of the functions of one printed class."""

    attributes: Mapping[str, str]
    """``self.NAME = EXPRESSION`` in the constructor."""
    terms: Mapping[int, tuple[Term, ...]]
    """Item -> a literal or ``self.NAME`` for each argument of its function."""


def numbers_of(printed: PrintedClass) -> Numbers:
    """The numbers of the functions that a class calls. An attribute has the name of the parameter
    that it keeps, else that of the layer and its argument."""
    names: dict[str, str] = {}
    found: dict[int, tuple[Term, ...]] = {}
    taken = {item.name for item in printed.template.items} | MODULE_ATTRIBUTES
    terms = iter(printed.terms)
    for k, item in enumerate(printed.template.items):
        own = [next(terms) for _ in range(slot_count(item))]
        if not isinstance(item, LayerItem) or item.is_module:
            continue
        for j, (argument, term) in enumerate(zip(item.arguments, own, strict=True)):
            if term.is_literal:
                continue
            if term.text not in names:
                layer = identifier(item.name, "layer")
                is_slice = item.function is not None and item.function.is_subscript
                known = [term.text] if term.text.isidentifier() else []
                wishes = [*known, *(["split"] if is_slice else []), f"{layer}_{argument}"]
                names[term.text] = free_name(wishes, taken | set(names.values()))
            own[j] = replace(term, text=f"self.{names[term.text]}")
        found[k] = tuple(own)
    return Numbers({name: text for text, name in names.items()}, found)
