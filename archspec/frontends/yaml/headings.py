"""The names of the networks in a spec, without the rest of it: for an index of many specs."""

from __future__ import annotations

import yaml


def headings(text: str) -> tuple[str | None, list[str]]:
    """A spec's own name, if it says one, and those of its variants."""
    top = _entries(yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    name = top.get("name")
    return name.value if name else None, list(_entries(top.get("variants")))


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value}
