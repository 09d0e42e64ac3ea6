"""The items of a body in their long form, made once for all copies that a network has of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, final

from pydantic import TypeAdapter, ValidationError

from archspec.diagnostics import SpecError, failure
from archspec.language.model import Body, CallItem, Item, ScopeItem, UseItem, retold
from archspec.language.program import CAPITAL, EditText
from archspec.text import Origin

Form = CallItem | ScopeItem | UseItem

Copies = Literal["one", "chained", "templated", "numbered"]
"""How an item is copied: not at all; one copy after the other in the scope that it stands in;
under names of that scope, made by a template; as the children of a scope of its own."""

TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One item, and where it stands."""

    key: str | int
    form: Form
    at: Origin
    body_at: Origin
    """Where the layers of a scope stand."""
    copies: Copies
    arguments: Mapping[str, tuple[Any, Origin]]
    """Of a call: as written."""
    is_constant: bool
    """A call that is the same for every copy: nothing of it has to be evaluated."""

    @property
    def is_group(self) -> bool:
        return isinstance(self.key, str) and self.key.startswith("(")

    @property
    def runs_through(self) -> bool:
        """The layers of its copies are numbered from the first to the last."""
        if self.is_group or self.copies not in ("chained", "numbered"):
            return False
        return isinstance(self.form, ScopeItem) and isinstance(self.form.layers, list)

    @property
    def is_transparent(self) -> bool:
        """Its layers belong to the scope that it stands in."""
        return self.is_group or (self.copies == "chained" and self.runs_through)


def lines_of(body: Body, at: Origin) -> Iterator[Line]:
    """The items of a body."""
    entries: Any = enumerate(body) if isinstance(body, list) else body.items()
    for key, item in entries:
        yield line_of(key, item, at / key)


def line_of(key: str | int, item: Item, at: Origin) -> Line:
    form, body_at = _normal(item, at)
    raw = form.arguments if isinstance(form, CallItem) else {}
    arguments = {name: (value, at / name) for name, value in raw.items()}
    return Line(key, form, at, body_at, _copies(key, form), arguments, _is_constant(form, raw))


def _normal(item: Item, at: Origin) -> tuple[Form, Origin]:
    if isinstance(item, str):
        return CallItem.model_construct(_fields_set={"op"}, op=item), at
    if isinstance(item, list):
        return ScopeItem.model_construct(_fields_set={"layers"}, layers=item), at
    return item, at / "layers"


def _copies(key: str | int, form: Form) -> Copies:
    if form.repeat is None:
        return "one"
    if isinstance(key, int) or key.startswith("("):
        return "chained"
    return "templated" if bound_names(form.repeat) & template_names(key) else "numbered"


def _is_constant(form: Form, arguments: Mapping[str, Any]) -> bool:
    return (
        isinstance(form, CallItem)
        and form.when is None
        and CAPITAL.fullmatch(form.op) is not None
        and all(isinstance(value, bool | int | float) for value in arguments.values())
    )


def template_names(key: str) -> frozenset[str]:
    """The names in the braces of a key."""
    return frozenset(
        name for expression in TEMPLATE.findall(key) for name in _IDENTIFIER.findall(expression)
    )


def bound_names(repeat: Any) -> frozenset[str]:
    """The names that a repeat binds."""
    return frozenset(repeat) if isinstance(repeat, dict) else frozenset({"i"})


def used_names(lines: Iterator[Line] | list[Line]) -> frozenset[str]:
    """The layers of a scope that a ``use`` in it needs again."""
    found: set[str] = set()
    for line in lines:
        if isinstance(line.form, UseItem):
            found.add(line.form.use)
        elif line.is_transparent and isinstance(line.form, ScopeItem):
            found |= used_names(lines_of(line.form.layers, line.body_at))
    return frozenset(found)


def check_transparent(line: Line) -> ScopeItem:
    """The form of layers that belong to the scope around them. Raises SpecError for what only a
    scope of its own can have."""
    form, key = line.form, str(line.key)
    if line.is_group and (not key.endswith(")") or len(key) < 3):
        raise failure("bad-name", "a group's title is written in parentheses", line.at.key)
    if line.is_group and "{" in key:
        raise failure(
            "bad-name", "the title of a group cannot be a template", line.at.key,
            help="the layers of a group have the names, its title is the same for all copies",
        )  # fmt: skip
    if not isinstance(form, ScopeItem) or (line.is_group and isinstance(form.layers, list)):
        raise failure(
            "wrong-type", "a group has layers with names", line.at.key,
            help="write 'layers:' with a mapping of names under it",
        )  # fmt: skip
    if form.output is not None:
        raise failure(
            "bad-output", "these layers belong to the scope around them, and that has the output",
            (line.at / "output").key,
        )  # fmt: skip
    if "else_" in form.model_fields_set:
        raise failure(
            "absent-layer", "these layers belong to the scope around them: no name leads to 'else'",
            (line.at / "else").key,
        )  # fmt: skip
    return form


@cache
def _item_adapter() -> TypeAdapter[Item]:
    return TypeAdapter(Item)


def made_line(text: EditText) -> Line | None:
    """What an edit makes, if it makes something. Raises SpecError if that is no layer."""
    edit = text.edit
    if edit.verb not in ("after", "before", "replace"):
        return None
    field, raw = ("with", edit.with_) if edit.verb == "replace" else ("insert", edit.insert)
    at = text.origin / field
    if isinstance(raw, list):
        raise failure(
            "bad-edit", "what an edit makes is an op, a block, or a scope", at.value,
            help=f"{field}: {{layers: [...]}}",
        )  # fmt: skip
    try:
        line = line_of(field, _item_adapter().validate_python(raw), at)
    except ValidationError as error:
        raise SpecError(retold(at, error)) from None
    for key in ("from", "when", "else", "repeat"):
        if getattr(line.form, {"from": "from_", "else": "else_"}.get(key, key)) is not None:
            raise failure(
                "bad-edit", f"what an edit makes has no '{key}': it stands where the edit says",
                (at / key).key,
            )  # fmt: skip
    if isinstance(line.form, UseItem):
        raise failure("bad-edit", "an edit cannot make a 'use'", at.value)
    if isinstance(line.form, ScopeItem) and edit.keep:
        raise failure(
            "bad-edit", "a scope has no arguments to keep", (text.origin / "keep").key,
            help="make it a block with parameters",
        )  # fmt: skip
    return line
