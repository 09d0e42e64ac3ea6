"""The items of a body in one long form, whatever short form they are written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, final

from pydantic import TypeAdapter, ValidationError

from archspec.diagnostics import SpecError, failure
from archspec.elaborate.rules.templates import LayerName, name_form, template_names
from archspec.graph import Depiction
from archspec.language.model import (
    Body,
    CallItem,
    NetItem,
    ScopeItem,
    UseItem,
    WrittenItem,
    diagnostics_of,
)
from archspec.language.program import CAPITAL, EditText
from archspec.ops import registry
from archspec.text import Origin

Form = CallItem | ScopeItem | UseItem | NetItem

RepeatForm = Literal["one", "chained", "templated", "numbered"]
"""How an item is repeated: not at all; one copy after the other in the scope that it stands in;
under names of that scope, made by a template; as the children of a scope of its own."""


@final
class WrittenCall(NamedTuple):
    """An op, a block or an op parameter by name, with its arguments as written."""

    op: str
    arguments: Mapping[str, tuple[Any, Origin]]
    at: Origin


@final
@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One item, and where it stands."""

    key: str | int
    form: Form
    at: Origin
    body_at: Origin
    """Where the layers of a scope stand."""
    repeat_form: RepeatForm
    call: WrittenCall | None
    """Of an op, a block, an op parameter or a network."""
    sources: tuple[LayerName, ...] | None
    """What ``from`` names; None if the item does not say it."""
    like: LayerName | None
    """The layer whose height and width it takes."""
    arguments_made: Mapping[str, LayerName]
    """Arguments that are layers which were made: ``act: {use: relu}``."""
    tied: LayerName | None
    """The layer whose weight it has: ``weight: encoder.fc``."""
    is_constant: bool
    """A call that is the same for every copy: nothing of it has to be evaluated."""

    @property
    def used(self) -> tuple[LayerName, ...]:
        """The layers that it needs again."""
        own = (LayerName(self.form.use, self.at / "use"),) if isinstance(self.form, UseItem) else ()
        tied = () if self.tied is None else (self.tied,)
        return (*own, *tied, *self.arguments_made.values())

    @property
    def figure(self) -> Depiction | None:
        """How figures show what the item makes: of a repeat with a name of its own, its scope."""
        return self.form.figure.depiction if self.form.figure is not None else None

    @property
    def figure_of_copy(self) -> Depiction | None:
        """The same of one of its copies."""
        return None if self.repeat_form == "numbered" else self.figure

    @property
    def is_group(self) -> bool:
        return isinstance(self.key, str) and self.key.startswith("(")

    @property
    def runs_through(self) -> bool:
        """The layers of its copies are numbered from the first to the last."""
        if self.is_group or self.repeat_form not in ("chained", "numbered"):
            return False
        return isinstance(self.form, ScopeItem) and isinstance(self.form.layers, list)

    @property
    def is_transparent(self) -> bool:
        """Its layers belong to the scope that it stands in."""
        return self.is_group or (self.repeat_form == "chained" and self.runs_through)


@final
class Bodies:
    """The items of bodies, made once for all who ask, and for all networks of a file."""

    def __init__(self) -> None:
        self._items: dict[int, tuple[Body, Sequence[Item]]] = {}
        self._used: dict[int, frozenset[str]] = {}

    def items(self, body: Body, at: Origin) -> Sequence[Item]:
        """The items of a body that stands at ``at``."""
        known = self._items.get(id(body))
        if known is None:  # the body is kept with its items: its id stays its own
            known = self._items[id(body)] = body, tuple(_items_of(body, at))
        return known[1]

    def used_names(self, body: Body, at: Origin) -> frozenset[str]:
        """The layers of a scope that a ``use`` in it, or in the scopes that its text shows inside of
        it, needs again; forms of names for templates."""
        if id(body) not in self._used:
            found: set[str] = set()
            for item in self.items(body, at):
                for use in item.used:
                    name = use.head.name
                    found.add(name_form(name) if "{" in name else name)
                if isinstance(item.form, ScopeItem):
                    found |= self.used_names(item.form.layers, item.body_at)
            self._used[id(body)] = frozenset(found)
        return self._used[id(body)]


def _items_of(body: Body, at: Origin) -> Iterator[Item]:
    keyed: Any = enumerate(body) if isinstance(body, list) else body.items()
    for key, item in keyed:
        yield item_of(key, item, at / key)


def item_of(key: str | int, written: WrittenItem, at: Origin) -> Item:
    """An item in its long form."""
    form, body_at = _normal(written, at)
    call, made, tied = None, dict[str, LayerName](), None
    if isinstance(form, CallItem):
        given = dict(form.arguments)
        tied = LayerName(given.pop("weight"), at / "weight") if _is_tied(form) else None
        made = {
            name: LayerName(given.pop(name)["use"], at / name / "use")
            for name in form.arguments
            if _is_made(given.get(name))
        }
        call = written_call(form.op, given, at)
    elif isinstance(form, NetItem):
        call = written_call(form.net, form.arguments, at)
    sources = _sources(form.from_, at / "from")
    like = None
    if isinstance(form, CallItem) and form.like is not None:
        like = LayerName(form.like, at / "like")
    is_plain = isinstance(form, CallItem) and form.when is None and not (like or made or tied)
    is_constant = is_plain and call is not None and _is_constant(call)
    repeat = _repeat_form(key, form)
    return Item(key, form, at, body_at, repeat, call, sources, like, made, tied, is_constant)


def _is_tied(form: CallItem) -> bool:
    """Whether a layer has the weight of another one: an op that has no such argument."""
    cls = registry().get(form.op)
    is_text = isinstance(form.arguments.get("weight"), str)
    return is_text and cls is not None and "weight" not in cls.model_fields


def _is_made(raw: Any) -> bool:
    """Whether an argument is a layer that was made."""
    return isinstance(raw, dict) and raw.keys() == {"use"} and isinstance(raw["use"], str)


def _normal(item: WrittenItem, at: Origin) -> tuple[Form, Origin]:
    if isinstance(item, str):
        return CallItem.model_construct(_fields_set={"op"}, op=item), at
    if isinstance(item, list):
        return ScopeItem.model_construct(_fields_set={"layers"}, layers=item), at
    return item, at / "layers"


def written_call(op: str, arguments: Mapping[str, Any], at: Origin) -> WrittenCall:
    return WrittenCall(op, {name: (raw, at / name) for name, raw in arguments.items()}, at)


def _sources(names: str | list[str] | None, at: Origin) -> tuple[LayerName, ...] | None:
    if names is None:
        return None
    if isinstance(names, str):
        return (LayerName(names, at),)
    return tuple(LayerName(name, at / k) for k, name in enumerate(names))


def _repeat_form(key: str | int, form: Form) -> RepeatForm:
    if form.repeat is None:
        return "one"
    if isinstance(key, int) or key.startswith("("):
        return "chained"
    return "templated" if bound_names(form.repeat) & template_names(key) else "numbered"


def _is_constant(call: WrittenCall) -> bool:
    return CAPITAL.fullmatch(call.op) is not None and all(
        isinstance(raw, bool | int | float) for raw, _ in call.arguments.values()
    )


def bound_names(repeat: Any) -> frozenset[str]:
    """The names that a repeat binds."""
    return frozenset(repeat) if isinstance(repeat, dict) else frozenset({"i"})


def transparent_form(item: Item) -> ScopeItem:
    """The form of layers that belong to the scope around them. Raises SpecError for what only a
    scope of its own can have."""
    form, key = item.form, str(item.key)
    if item.is_group and (not key.endswith(")") or len(key) < 3):
        raise failure("bad-name", "a group's title is written in parentheses", at=item.at.key)
    if item.is_group and "{" in key:
        raise failure(
            "bad-name",
            "the title of a group cannot be a template",
            at=item.at.key,
            help="write the template in the names of its layers; the title is the same for all copies",
        )
    if not isinstance(form, ScopeItem) or (item.is_group and isinstance(form.layers, list)):
        raise failure(
            "wrong-type",
            "the layers of a group need names",
            at=item.at.key,
            help="write 'layers:' with a mapping of names under it",
        )
    if form.output is not None:
        raise failure(
            "bad-output",
            "these layers belong to the scope around them, which has the output",
            at=(item.at / "output").key,
        )
    if "else_" in form.model_fields_set:
        raise failure(
            "absent-layer",
            "these layers belong to the scope around them: there is no name that 'else' could stand for",
            at=(item.at / "else").key,
        )
    return form


def otherwise(item: Item) -> WrittenCall | LayerName | Literal["none"] | None:
    """What ``else`` puts in the place of an absent layer; None if the item does not say it.
    Raises SpecError if it is neither an op nor a layer."""
    written, at = item.form.else_, item.at / "else"
    if written is None:
        return None
    if written == "none":
        return "none"
    if isinstance(written, str):
        if "*" in written:
            message = "an absent layer is replaced by one layer, not by a glob"
            raise failure("bad-value", message, at=at.value)
        is_op = CAPITAL.fullmatch(written) is not None
        return WrittenCall(written, {}, at) if is_op else LayerName(written, at)
    if not isinstance(written, dict) or not isinstance(written.get("op"), str):
        raise failure("bad-value", "'else' is a layer, an op, or none", at=at.value)
    arguments = {key: value for key, value in written.items() if key != "op"}
    return written_call(written["op"], arguments, at)


@cache
def _item_adapter() -> TypeAdapter[WrittenItem]:
    return TypeAdapter(WrittenItem)


def edit_item(text: EditText) -> Item | None:
    """What an edit makes, if it makes something. Raises SpecError if that is not a layer."""
    edit = text.edit
    if edit.verb not in ("after", "before", "replace", "branch"):
        return None
    field, raw = ("with", edit.with_) if edit.verb == "replace" else ("insert", edit.insert)
    at = text.origin / field
    if isinstance(raw, list):
        raise failure(
            "bad-edit",
            "what an edit makes is an op, a block, or a scope",
            at=at.value,
            help=f"{field}: {{layers: [...]}}",
        )
    try:
        item = item_of(field, _item_adapter().validate_python(raw), at)
    except ValidationError as error:
        raise SpecError(diagnostics_of(at, error)) from None
    _check_edit_item(item, text)
    return item


def _check_edit_item(item: Item, text: EditText) -> None:
    for key in ("from", "when", "else", "repeat"):
        if getattr(item.form, {"from": "from_", "else": "else_"}.get(key, key)) is not None:
            message = f"what an edit makes has no '{key}': it stands where the edit says"
            raise failure("bad-edit", message, at=(item.at / key).key)
    if item.like is not None:
        message = "what an edit makes has no 'like': it sees no layer by its name"
        raise failure("bad-edit", message, at=(item.at / "like").key)
    if isinstance(item.form, UseItem):
        raise failure("bad-edit", "an edit cannot make a 'use'", at=item.at.value)
    if isinstance(item.form, ScopeItem) and text.edit.keep:
        raise failure(
            "bad-edit",
            "a scope has no arguments to keep",
            at=(text.origin / "keep").key,
            help="make it a block with parameters",
        )
