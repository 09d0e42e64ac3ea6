"""The one pass over a body: repeat, when, edits, arguments, shape, item by item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, near
from archspec.elaborate.arguments import block_values, is_op_name, made, op_values
from archspec.elaborate.entries import (
    BROKEN,
    Absent,
    Argument,
    Broken,
    Call,
    Entry,
    Inline,
    OpenScope,
    Operand,
    Value,
)
from archspec.elaborate.selectors import selection
from archspec.environment import Environment, FileParams, OpValue, Undefined, evaluate, told, truth
from archspec.graph import Group, Node, Scope
from archspec.op import Cost, Op, Role, ShapeError, registry
from archspec.program import IDENTIFIER, EditText, Program
from archspec.text import Origin, Span
from archspec.spec import Body, CallItem, Item, ScopeItem, UseItem, bad_layer_name
from archspec.tensor import TensorType

MAX_LAYERS: Final = 250_000
"""Layers of one network, and copies that nested repeats may ask for."""
MAX_DIAGNOSTICS: Final = 20
"""Mistakes that are collected before elaboration gives up."""
MAX_ELEMENTS: Final = 2**40
"""Numbers in one tensor."""

Form = CallItem | ScopeItem | UseItem


@final
class Builder:
    """Makes nodes and scopes from items. What it finds wrong it collects in ``mistakes``."""

    def __init__(self, program: Program, side_outputs: frozenset[str]) -> None:
        self.program = program
        self.side_outputs = side_outputs
        self.ops = registry()
        self.names = frozenset(self.ops) | frozenset(program.blocks)
        self.params = FileParams(program.params)
        self.top = Environment({}, self.params)
        self.closed = Environment({}, None)
        self.mistakes: dict[tuple[Any, ...], Diagnostic] = {}
        self.nodes: dict[str, Node] = {}
        self.sites = [0] * len(program.edits)
        self.symbol_reads: dict[str, int] = {}
        self.orphans: set[str] = set()
        """Layers that a ``cut`` took a reader from."""
        self._selections = [
            selection(
                text.edit.selector.op,
                text.edit.selector.path,
                text.origin / text.edit.verb,
                self.names,
            )
            for text in program.edits
        ]
        self._stack: list[tuple[str, Origin]] = []
        self._copies = 1
        self._first_edit = 0
        """The first edit that sees what is being made: none looks inside what it made itself."""
        self._made_ops: dict[Any, Op] = {}
        self._inferred: dict[Any, tuple[TensorType, Cost]] = {}

    # Mistakes.

    def note(self, error: SpecError) -> None:
        """Collect mistakes, each once: the copies of a repeat all make the same one."""
        for diagnostic in error.diagnostics:
            span = diagnostic.span
            place = (id(span.source), span.line, span.column) if span else diagnostic.message
            self.mistakes.setdefault((diagnostic.code, place), diagnostic)
        if len(self.mistakes) >= MAX_DIAGNOSTICS:
            self.raise_mistakes()

    def raise_mistakes(self) -> None:
        if self.mistakes:
            raise SpecError(tuple(self.mistakes.values()))

    # Bodies and items.

    def fill(self, scope: OpenScope, body: Body, at: Origin, names: Environment) -> None:
        """Make the layers of a body; a mistake in one leaves the others to be made."""
        entries: Iterable[tuple[str | int, Item]] = (
            enumerate(body) if isinstance(body, list) else body.items()
        )
        for key, item in entries:
            try:
                self._item(scope, key, item, at / key, names)
            except SpecError as error:
                self.note(error)
                scope.current = BROKEN
                if isinstance(key, str):
                    scope.names.setdefault(key, BROKEN)

    def _item(
        self, scope: OpenScope, key: str | int, item: Item, at: Origin, names: Environment
    ) -> None:
        form, body_at = _normal(item, at)
        if isinstance(key, str) and scope.numbered:
            raise failure("bad-name", "the layers of a list have numbers, not names", at.key)
        if isinstance(key, str) and key.startswith("("):
            self._group(scope, key, form, body_at, at, names)
            return
        operands = self._operands(scope, form, at)
        if form.repeat is None:
            self._one(scope, self._name(key, at, names), form, body_at, at, names, operands)
        elif isinstance(key, int):
            self._chained(scope, form, body_at, at, names, operands)
        elif _bound(form.repeat) & _template_names(key):
            for copy in self._repeated(form.repeat, at, names):
                self._one(scope, self._name(key, at, copy), form, body_at, at, copy, operands)
        else:
            self._numbered(scope, self._name(key, at, names), form, body_at, at, names, operands)

    def _one(
        self, scope: OpenScope, name: str | None, form: Form, body_at: Origin, at: Origin,
        names: Environment, operands: list[Operand] | None,
    ) -> None:  # fmt: skip
        """One copy of an item, and what its name stands for from now on."""
        operands = self._default(scope, at) if operands is None else operands
        entry: Entry
        if any(isinstance(operand.entry, Broken) for operand in operands):
            self._check_op_name(form, at, names)
            entry = BROKEN
        else:
            names = self._with_in_channels(operands, names)
            if form.when is None or truth(form.when, at / "when", names):
                entry = self._made(scope, name, form, body_at, at, names, operands)
            else:
                entry = self._instead(scope, name, form, at, names, operands)
        scope.current, scope.last = entry, name
        if name is not None:
            scope.names[name] = entry

    def _made(
        self, scope: OpenScope, name: str | None, form: Form, body_at: Origin, at: Origin,
        names: Environment, operands: list[Operand],
    ) -> Entry:  # fmt: skip
        name = self._claim(scope, name, at)
        before = len(scope.children)
        if isinstance(form, CallItem):
            call = self._call(form.op, form.arguments, at, names)
            entry = self._emit(scope, name, call, operands)
        elif isinstance(form, UseItem):
            entry = self._shared(scope, name, form, at, operands)
        else:
            inline = Inline(form.layers, body_at, names, form.output)
            entry = self._inline(scope, name, inline, at, self._feed(operands, at))
        if scope.numbered and len(scope.children) == before:
            scope.number -= 1
        return entry

    def _claim(self, scope: OpenScope, name: str | None, at: Origin) -> str:
        """A name that no other layer of the scope has; a list gives its next number."""
        if name is None:
            name = str(scope.number)
            scope.number += 1
        elif name in scope.made:
            raise failure(
                "duplicate-layer", f"there are two layers '{name}' in this scope",
                Label(at.key), Label(scope.made[name].key, "the other one"),
            )  # fmt: skip
        elif name in scope.inputs:
            raise failure("duplicate-layer", f"'{name}' is an input of this scope", at.key)
        scope.made[name] = at
        return name

    def _instead(
        self, scope: OpenScope, name: str | None, form: Form, at: Origin, names: Environment,
        operands: list[Operand],
    ) -> Entry:  # fmt: skip
        """What stands for a layer that does not exist."""
        written, place = form.else_, at / "else"
        label = name or "this layer"
        if "else_" not in form.model_fields_set:
            values = self._values(operands)
            if values is None:
                return BROKEN
            if len(values) != 1:
                raise failure(
                    "absent-layer",
                    f"'{label}' has {len(values)} inputs; when it is absent, which one stands "
                    "for it?",
                    at.key,
                    help="add 'else: NAME' or 'else: none'",
                )
            return Absent(label, at, values[0])
        if written == "none":
            return Absent(label, at, None)
        if isinstance(written, dict) or (isinstance(written, str) and is_op_name(written)):
            written = {"op": written} if isinstance(written, str) else written
            if not isinstance(written.get("op"), str):
                raise failure("bad-value", "'else' is a layer, an op, or none", place.value)
            arguments = {key: value for key, value in written.items() if key != "op"}
            call = self._call(written["op"], arguments, place, names)
            return self._emit(scope, self._claim(scope, name, at), call, operands)
        if not isinstance(written, str):
            raise failure("bad-value", "'else' is a layer, an op, or none", place.value)
        (operand,) = self._named(scope, written, place)[:1]
        return operand.entry

    # Repeats and groups.

    def _numbered(
        self, scope: OpenScope, name: str | None, form: Form, body_at: Origin, at: Origin,
        names: Environment, operands: list[Operand] | None,
    ) -> None:  # fmt: skip
        """``key: {..., repeat: n}``: a scope with the children 0, 1, ..."""
        operands = self._default(scope, at) if operands is None else operands
        if any(isinstance(operand.entry, Broken) for operand in operands):
            scope.names[name or ""] = scope.current = BROKEN
            return
        feed = self._feed(operands, at)
        name = self._claim(scope, name, at)
        inner = OpenScope(scope.path_of(name), {"input": feed}, numbered=True, current=feed)
        self._chained(inner, form, body_at, at, names, None)
        entry = self._closed(scope, inner, at, (feed,))
        scope.current, scope.last = entry, name
        scope.names[name] = entry

    def _chained(
        self, scope: OpenScope, form: Form, body_at: Origin, at: Origin, names: Environment,
        operands: list[Operand] | None,
    ) -> None:  # fmt: skip
        """Copies one after the other under the numbers of a list; ``from`` feeds the first."""
        for copy in self._repeated(form.repeat, at, names):
            if isinstance(form, ScopeItem) and isinstance(form.layers, list):
                self._transparent(scope, form, body_at, at, copy, operands)
            else:
                self._one(scope, None, form, body_at, at, copy, operands)
            operands = None

    def _group(
        self, scope: OpenScope, key: str, form: Form, body_at: Origin, at: Origin,
        names: Environment,
    ) -> None:  # fmt: skip
        """``(title)``: layers of the enclosing scope, written together."""
        if not key.endswith(")") or len(key) < 3:
            raise failure("bad-name", "a group's title stands in parentheses", at.key)
        if not isinstance(form, ScopeItem) or not isinstance(form.layers, dict):
            raise failure(
                "wrong-type", "a group has layers with names", at.value,
                help="write 'layers:' with a mapping of names under it",
            )  # fmt: skip
        if form.output is not None:
            raise failure(
                "bad-output", "a group's layers belong to the scope around it, which has the output",
                (at / "output").key,
            )  # fmt: skip
        operands = self._operands(scope, form, at)
        copies: Iterable[Environment] = [names]
        if form.repeat is not None:
            copies = self._repeated(form.repeat, at, names)
        for copy in copies:
            before = len(scope.children)
            self._transparent(scope, form, body_at, at, copy, operands)
            operands = None
            children = tuple(child.name for child in scope.children[before:])
            if children:
                scope.groups.append(Group(key[1:-1], children))

    def _transparent(
        self, scope: OpenScope, form: ScopeItem, body_at: Origin, at: Origin, names: Environment,
        operands: list[Operand] | None,
    ) -> None:  # fmt: skip
        """Layers that belong to the scope around their item."""
        if "else_" in form.model_fields_set:
            raise failure(
                "bad-value", "what belongs to the scope around it has no 'else'", (at / "else").key
            )
        if operands is not None:
            scope.current, scope.last = self._feed(operands, at), None
        if form.when is not None:
            seen = [] if scope.current is None else [Operand(scope.current, None, at)]
            if not truth(form.when, at / "when", self._with_in_channels(seen, names)):
                return
        self.fill(scope, form.layers, body_at, names)

    def _repeated(self, repeat: Any, at: Origin, names: Environment) -> Iterator[Environment]:
        """For every copy the names that it sees."""
        at = at / "repeat"
        columns: dict[str, Sequence[Any]] = {}
        for name, raw in (repeat if isinstance(repeat, dict) else {"i": repeat}).items():
            place = at / name if isinstance(repeat, dict) else at
            self._check_bound(name, place, names)
            value = evaluate(raw, place, names)
            if type(value) is not int and not isinstance(value, list):
                raise failure(
                    "bad-repeat", f"repeat wants a whole number or a list, not {told(value)}",
                    place.value,
                )  # fmt: skip
            self._check_count(len(value) if isinstance(value, list) else value, place)
            columns[name] = value if isinstance(value, list) else range(value)
        if not columns:
            raise failure("bad-repeat", "repeat names no list", at.value)
        if len({len(column) for column in columns.values()}) > 1:
            counts = ", ".join(f"{name} has {len(column)}" for name, column in columns.items())
            raise failure("bad-repeat", f"lists of different lengths: {counts}", at.value)
        outer = self._copies
        self._copies *= max(len(next(iter(columns.values()))), 1)
        try:
            for values in zip(*columns.values(), strict=True):
                yield Environment(dict(zip(columns, values, strict=True)), names)
        finally:
            self._copies = outer

    def _check_bound(self, name: str, at: Origin, names: Environment) -> None:
        if problem := bad_layer_name(name):
            raise failure("bad-name", problem, at.key)
        if is_op_name(name):
            raise failure("bad-name", "a capital letter is an op or a block", at.key)
        if names.holder(name) is not None or name in ("in_channels", "true", "false"):
            raise failure(
                "rebound-name", f"'{name}' has a meaning here already", at.key,
                help=f"give the copies another name: repeat: {{{name}2: ...}}",
            )  # fmt: skip

    def _check_count(self, count: int, at: Origin) -> None:
        if count < 0:
            raise failure("bad-repeat", f"{count} copies are not possible", at.value)
        if count * self._copies > MAX_LAYERS:
            raise failure(
                "limit",
                f"{count * self._copies:,} copies; a network has at most {MAX_LAYERS:,} layers",
                at.value,
            )

    def _name(self, key: str | int, at: Origin, names: Environment) -> str | None:
        """A key with its templates filled in; None for an item of a list."""
        if isinstance(key, int):
            return None

        def filled(match: re.Match[str]) -> str:
            value = evaluate(match[1], at, names)
            if type(value) is not int:
                raise failure("bad-name", f"'{match[1]}' is {told(value)}", at.key)
            return str(value)

        name = _TEMPLATE.sub(filled, key) if "{" in key else key
        if problem := _bad_layer_name(name):
            raise failure("bad-name", problem, at.key)
        return name

    # Inputs of an item.

    def _operands(self, scope: OpenScope, form: Form, at: Origin) -> list[Operand] | None:
        """What ``from`` names; None where it is not written."""
        if form.from_ is None:
            return None
        at = at / "from"
        if isinstance(form.from_, str):
            return self._named(scope, form.from_, at)
        if not form.from_:
            raise failure("missing-input", "'from' names no layer", at.value)
        return [
            operand
            for k, name in enumerate(form.from_)
            for operand in self._named(scope, name, at / k)
        ]

    def _named(self, scope: OpenScope, name: str, at: Origin) -> list[Operand]:
        """The layer of that name, or all above that match a glob."""
        if "*" in name:
            pattern = re.compile(".*".join(map(re.escape, name.split("*"))))
            found = [key for key in scope.names if pattern.fullmatch(key)]
            if not found:
                raise failure("unknown-layer", f"no layer above matches '{name}'", at.value)
            return [Operand(scope.names[key], key, at) for key in found]
        entry = scope.names.get(name) or scope.inputs.get(name)
        if entry is not None:
            return [Operand(entry, name, at)]
        help = near(name, scope.known)
        if name.isdigit():
            help = "the layers of a list have no names; write a mapping"
        elif "." in name:
            help = "'from' sees the layers of its own scope, not their inside"
        elif name == "input":
            help = f"the inputs here are {', '.join(scope.inputs)}"
        raise failure(
            "unknown-layer", f"there is no layer '{name}' above in this scope", at.value, help=help
        )

    def _default(self, scope: OpenScope, at: Origin) -> list[Operand]:
        """The item above, or the scope's only input."""
        if scope.current is None:
            raise failure(
                "missing-input",
                f"with several inputs ({', '.join(scope.inputs)}) the first layer must say which "
                "it reads",
                at.key,
                help=f"add 'from: {next(iter(scope.inputs))}'",
            )
        if not scope.path and scope.last in self.side_outputs:
            raise failure(
                "missing-input",
                f"'{scope.last}' above is an output; say with 'from' what this layer reads",
                at.key,
                help=f"'from: {scope.last}', if that is meant",
            )
        return [Operand(scope.current, None, at)]

    def _feed(self, operands: list[Operand], at: Origin) -> Entry:
        """The one value that an inline scope reads."""
        values = self._values(operands)
        if values is None:
            return BROKEN
        if len(values) != 1:
            raise failure(
                "arity", f"an inline scope reads one input, 'from' gives {len(values)}",
                (at / "from").value, help="write a block with 'inputs: [a, b]'",
            )  # fmt: skip
        return values[0]

    def _values(self, operands: list[Operand], merge: str | None = None) -> list[Value] | None:
        """The values of operands, None if one is broken; a merge drops those that are ``none``."""
        values = []
        for operand in operands:
            entry = operand.entry
            if isinstance(entry, Broken):
                return None
            if isinstance(entry, Value):
                values.append(entry)
            elif entry.instead is None and merge is not None:
                continue
            elif entry.instead is None or merge in ("Concat", "Multiply"):
                raise failure(
                    "absent-layer",
                    f"'{entry.name}' is absent here, and nothing says what stands for it",
                    Label(operand.origin.value if operand.name else operand.origin.key),
                    Label(entry.origin.key, "absent: its 'when' is false"),
                    help="give it 'else: none' (merges drop it), 'else: NAME', or an op",
                )
            else:
                values.append(entry.instead)
        return values

    def _with_in_channels(self, operands: list[Operand], names: Environment) -> Environment:
        paths = [
            entry.path if isinstance(entry, Value) else entry.instead.path
            for entry in (operand.entry for operand in operands)
            if isinstance(entry, Value) or (isinstance(entry, Absent) and entry.instead)
        ]
        if len(paths) != 1:
            reason = "the layer has several inputs" if paths else "there is no input"
            return Environment({"in_channels": Undefined(reason)}, names)
        return Environment({"in_channels": self.nodes[paths[0]].output.channels}, names)

    # Calls and edits.

    def _call(
        self, op: str, arguments: Mapping[str, Any], at: Origin, names: Environment
    ) -> Call:
        """An op, a block, or what an op parameter holds, with the arguments of both places."""
        given = {
            name: Argument(raw, at / name, names) for name, raw in arguments.items()
        }
        if is_op_name(op):
            self._check_known(op, at)
            return Call(op, at, given, self._first_edit)
        place = at / "op"
        if op in self.program.blocks or near(op, self.names) and names.holder(op) is None and (
            IDENTIFIER.fullmatch(op)
        ):
            raise failure("unknown-op", f"there is no op '{op}'", place.value, help=near(op, self.names))
        value = evaluate(op, place, names)
        if not isinstance(value, OpValue):
            raise failure("bad-value", f"'{op}' is not an op but {told(value)}", place.value)
        self._check_known(value.name, value.origin)
        if twice := [name for name in value.arguments if name in given]:
            raise failure(
                "duplicate-argument", f"'{twice[0]}' is given here and by '{op}'",
                Label((at / twice[0]).key), Label(value.origin.value, "given here"),
            )  # fmt: skip
        in_channels = {"in_channels": names.values.get("in_channels", Undefined("no input"))}
        brought_names = Environment(in_channels, value.environment)
        brought = {
            name: Argument(raw, value.origin / name, brought_names)
            for name, raw in value.arguments.items()
        }
        return Call(value.name, at, {**brought, **given}, self._first_edit)

    def _check_known(self, op: str, at: Origin) -> None:
        if op not in self.names:
            place = at / "op"
            span = place.value if place.route in place.source.marks else at.value
            raise failure(
                "unknown-op", f"there is no op or block '{op}'", span, help=near(op, self.names)
            )

    def _check_op_name(self, form: Form, at: Origin, names: Environment) -> None:
        """All that can be said of a layer whose input is broken."""
        if isinstance(form, CallItem) and is_op_name(form.op):
            self._check_known(form.op, at)
            cls = self.ops.get(form.op)
            if cls and (unknown := [name for name in form.arguments if name not in cls.model_fields]):
                op_values(cls, {name: Argument(0, at / name, names) for name in unknown}, at)

    def _emit(self, scope: OpenScope, name: str, call: Call, operands: list[Operand]) -> Entry:
        """A layer with what the edits make of it."""
        cls = self.ops.get(call.name)
        merge = call.name if cls is not None and cls.arity is None else None
        values = self._values(operands, merge)
        if values is None:
            return BROKEN
        if merge:
            written = len(operands)
            dropped = [o for o in operands if isinstance(o.entry, Absent) and not o.entry.instead]
            operands = [operand for operand in operands if operand not in dropped]
            if not values:
                raise failure("absent-layer", f"all that {merge} reads is absent", call.origin.key)
            if len(values) == 1:
                if written == 1 and "*" not in (operands[0].name or "") and not dropped:
                    self._check_lone_operand(merge, call, operands[0])
                return values[0]
        entries: list[Entry] = list(values)
        after: list[int] = []
        for k in range(call.first_edit, len(self.program.edits)):
            text = self.program.edits[k]
            if call.inline or not self._selections[k].matches(call.name, scope.path_of(name)):
                continue
            verb = text.edit.verb
            if verb == "after":
                after.append(k)
                self.sites[k] += 1
            elif verb == "before":
                entries = self._before(scope, name, k, call, entries, merge is not None)
            elif verb == "remove":
                if len(entries) != 1:
                    raise failure(
                        "bad-edit", f"'{scope.path_of(name)}' has {len(entries)} inputs, and a layer "
                        "that is removed needs exactly one to stand for it",
                        Label((text.origin / "remove").value), Label(call.origin.key, "this layer"),
                    )  # fmt: skip
                self.sites[k] += 1
                return entries[0]
            elif verb == "cut":
                entries, operands = self._cut(k, call, entries, operands, merge)
                if len(entries) == 1:
                    return entries[0]
            else:
                call = self._changed(k, call, entries)
                cls = self.ops.get(call.name)
                merge = call.name if cls is not None and cls.arity is None else None
        entry = self._constructed(scope, name, call, entries)
        for k in reversed(after):
            entry = self._inserted(scope, name, k, entry, "")
        return entry

    def _check_lone_operand(self, merge: str, call: Call, operand: Operand) -> None:
        raise failure(
            "arity", f"{merge} merges two or more layers, and reads one here",
            (call.origin / "from").value if operand.name else call.origin.value,
            help=f"{{op: {merge}, from: [a, b]}}",
        )  # fmt: skip

    def _before(
        self, scope: OpenScope, name: str, k: int, call: Call, entries: list[Entry], merge: bool
    ) -> list[Entry]:
        """Something inserted on each input edge."""
        self.sites[k] += len(entries)
        return [
            self._inserted(scope, name, k, entry, str(position) if merge else "")
            for position, entry in enumerate(entries)
        ]

    def _cut(
        self, k: int, call: Call, entries: list[Entry], operands: list[Operand], merge: str | None
    ) -> tuple[list[Entry], list[Operand]]:
        """A merge without one of its operands."""
        text = self.program.edits[k]
        if merge is None:
            raise failure(
                "bad-edit", f"'cut' drops an operand of a merge, and {call.name} is none",
                Label((text.origin / "cut").value), Label(call.origin.key, "selected"),
            )  # fmt: skip
        kept = [j for j, operand in enumerate(operands) if operand.name != text.edit.operand]
        if len(kept) == len(operands):
            return entries, operands
        if not kept:
            raise failure(
                "bad-edit", "nothing would be left of the merge", (text.origin / "cut").value
            )
        self.sites[k] += 1
        for j, entry in enumerate(entries):
            if j not in kept and isinstance(entry, Value):
                self.orphans.add(entry.path)
        return [entries[j] for j in kept], [operands[j] for j in kept]

    def _changed(self, k: int, call: Call, entries: list[Entry]) -> Call:
        """A call that ``set`` gives other arguments, or that ``replace`` puts another one for."""
        text = self.program.edits[k]
        self.sites[k] += 1
        names = self._site_names(entries)
        if text.edit.verb == "set":
            assert text.edit.to is not None
            at = text.origin / "to"
            changes = {
                name: Argument(raw, at / name, names) for name, raw in text.edit.to.items()
            }
            return replace(call, arguments={**call.arguments, **changes})
        new = self._made_of(text, "with", names, k)
        kept = {
            name: call.arguments[name] for name in text.edit.keep if name in call.arguments
        }
        if twice := [name for name in kept if name in new.arguments]:
            raise failure(
                "duplicate-argument", f"'{twice[0]}' is kept and given", (text.origin / "keep").value
            )
        return Call(new.name, call.origin, {**new.arguments, **kept}, k + 1, new.inline)

    def _inserted(
        self, scope: OpenScope, anchor: str, k: int, entry: Entry, suffix: str
    ) -> Entry:
        """What an edit puts behind a value."""
        if not isinstance(entry, Value):
            return entry
        text = self.program.edits[k]
        call = self._made_of(text, "insert", self._site_names([entry]), k)
        label = text.edit.as_
        if label is None:
            label = "inserted" if call.inline else call.name.lower()
        elif problem := _bad_layer_name(label):
            raise failure("bad-name", problem, (text.origin / "as").value)
        name = f"{anchor}_{label}{suffix}"
        if name in scope.made:
            raise failure(
                "duplicate-layer", f"there is a layer '{scope.path_of(name)}' already",
                (text.origin / "insert").value, help="give the inserted one another name with 'as'",
            )  # fmt: skip
        scope.made[name] = call.origin
        return self._emit(scope, name, call, [Operand(entry, None, call.origin)])

    def _made_of(self, text: EditText, field: str, names: Environment, k: int) -> Call:
        """The op, block or inline scope that an edit makes."""
        raw = text.edit.insert if field == "insert" else text.edit.with_
        at = text.origin / field
        item = _validated(raw, at)
        form, body_at = _normal(item, at)
        if form.from_ is not None or form.repeat is not None or form.when is not None:
            raise failure(
                "bad-edit", "what an edit makes stands where the edit says; it has no 'from', "
                "'when' or 'repeat'", at.value,
            )  # fmt: skip
        if isinstance(form, ScopeItem):
            inline = Inline(form.layers, body_at, names, form.output)
            return Call("", at, {}, k + 1, inline)
        if isinstance(form, UseItem):
            raise failure("bad-edit", "an edit cannot make a 'use'", at.value)
        call = self._call(form.op, form.arguments, at, names)
        return Call(call.name, at, call.arguments, k + 1)

    def _site_names(self, entries: list[Entry]) -> Environment:
        operands = [Operand(entry, None, self.program.origin) for entry in entries]
        return self._with_in_channels(operands, self.top)

    # Layers, blocks and scopes.

    def _constructed(
        self, scope: OpenScope, name: str, call: Call, entries: list[Entry]
    ) -> Entry:
        values = [entry for entry in entries if isinstance(entry, Value)]
        if len(values) < len(entries):
            return BROKEN
        outer, self._first_edit = self._first_edit, call.first_edit
        try:
            return self._built(scope, name, call, values)
        finally:
            self._first_edit = outer

    def _built(
        self, scope: OpenScope, name: str, call: Call, values: list[Value]
    ) -> Entry:
        if call.inline is not None:
            if len(values) != 1:
                raise failure("arity", "an inline scope reads one input", call.origin.value)
            return self._inline(scope, name, call.inline, call.origin, values[0])
        if call.name in self.ops:
            return self._layer(scope, name, call, values)
        return self._block(scope, name, call, values)

    def _layer(
        self, scope: OpenScope, name: str, call: Call, values: list[Value]
    ) -> Entry:
        cls = self.ops[call.name]
        if cls.arity is not None and len(values) != cls.arity:
            origin = call.origin / "from"
            raise failure(
                "arity", f"{call.name} reads {cls.arity} input, 'from' gives {len(values)}",
                origin.value, help="merge them first with Add, Multiply or Concat",
            )  # fmt: skip
        op = self._op(cls, call)
        inputs = tuple(self.nodes[value.path].output for value in values)
        key = (id(op), inputs)
        if key not in self._inferred:
            try:
                output = op.infer(*inputs)
            except ShapeError as error:
                raise self._told(error, scope.path_of(name), call, values) from None
            if output.numel > MAX_ELEMENTS:
                raise failure("limit", f"a tensor of {output}", call.origin.value)
            self._inferred[key] = output, op.cost(inputs, output)
        output, cost = self._inferred[key]
        path = scope.path_of(name)
        sources = tuple(value.path for value in values)
        node = Node(
            path, op, sources, inputs, output, cost, call.origin, symbols=self._symbols(call)
        )
        self._add(scope, node)
        return Value(path)

    def _add(self, scope: OpenScope, node: Node) -> None:
        if len(self.nodes) >= MAX_LAYERS:
            origin = node.origin or self.program.origin
            raise SpecError(
                [
                    Diagnostic(
                        "limit", f"the network has more than {MAX_LAYERS:,} layers",
                        (Label(origin.key),),
                    )
                ]
            )  # fmt: skip
        self.nodes[node.path] = node
        scope.children.append(node)

    def _op(self, cls: type[Op], call: Call) -> Op:
        """The op; equal ones are one object."""
        values = op_values(cls, call.arguments, call.origin)
        key = (cls, tuple((name, type(value), value) for name, value in values.items()))
        if key not in self._made_ops:
            self._made_ops[key] = made(cls, values, call.arguments, call.origin)
        return self._made_ops[key]

    def _symbols(self, call: Call) -> Mapping[str, str]:
        """The arguments that are nothing but a parameter of the file."""
        symbols = {}
        for name, argument in call.arguments.items():
            raw = argument.raw
            if isinstance(raw, str) and raw in self.params.params:
                if argument.environment.holder(raw) is self.params:
                    symbols[name] = raw
                    self.symbol_reads[raw] = self.symbol_reads.get(raw, 0) + 1
        return symbols

    def _told(
        self, error: ShapeError, path: str, call: Call, values: list[Value]
    ) -> SpecError:
        """A ShapeError with the places it has to do with."""
        span: Span = call.origin.value
        if error.field in call.arguments:
            span = call.arguments[error.field].origin.value
        labels = [Label(span, f"in {path}")]
        for value in dict.fromkeys(values):
            node = self.nodes[value.path]
            if node.origin is not None:
                labels.append(Label(node.origin.key, f"'{node.path}' gives {node.output}"))
        if self._stack:
            block, origin = self._stack[-1]
            labels.append(Label(origin.key, f"block {block} is used here"))
        return failure("shape", error.message, *labels, help=error.help)

    def _block(
        self, scope: OpenScope, name: str, call: Call, values: list[Value]
    ) -> Entry:
        text = self.program.blocks[call.name]
        if any(block == call.name for block, _ in self._stack):
            raise failure(
                "bad-block", f"block {call.name} contains itself", call.origin.value
            )
        input_names = tuple(text.block.inputs or ("input",))
        if len(values) != len(input_names):
            raise failure(
                "arity",
                f"block {call.name} reads {len(input_names)} inputs ({', '.join(input_names)}), "
                f"not {len(values)}",
                Label((call.origin / "from").value),
                Label(text.origin.key, "defined here"),
            )
        home = self.closed if text.imported else self.top
        in_channels = self._site_names(list(values)).values["in_channels"]
        arguments = block_values(
            call.name, text, call.arguments, call.origin, home, in_channels
        )
        numbered = isinstance(text.block.layers, list)
        inner = OpenScope(
            scope.path_of(name),
            dict(zip(input_names, values, strict=True)),
            numbered,
            current=values[0] if len(values) == 1 else None,
        )
        self._stack.append((call.name, call.origin))
        try:
            names = Environment(arguments, home)
            self.fill(inner, text.block.layers, text.origin / "layers", names)
            return self._closed(
                scope, inner, call.origin, values, text.block.output, text.origin / "output",
                call.name, arguments,
            )  # fmt: skip
        finally:
            self._stack.pop()

    def _inline(
        self, scope: OpenScope, name: str, inline: Inline, at: Origin, feed: Entry
    ) -> Entry:
        if isinstance(feed, Broken):
            return BROKEN
        numbered = isinstance(inline.body, list)
        inner = OpenScope(scope.path_of(name), {"input": feed}, numbered, current=feed)
        self.fill(inner, inline.body, inline.origin, inline.environment)
        return self._closed(scope, inner, at, (feed,), inline.output, at / "output")

    def _closed(
        self, scope: OpenScope, inner: OpenScope, at: Origin, sources: Sequence[Entry],
        output: str | None = None, output_at: Origin | None = None, kind: str | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> Entry:  # fmt: skip
        """The scope that was filled, as a child of the one around it; its value."""
        entry = self.output_of(inner, output, output_at or at)
        if isinstance(entry, Broken):
            return BROKEN
        if inner.children:
            paths = tuple(source.path for source in sources if isinstance(source, Value))
            told_arguments = {
                name: value.name if isinstance(value, OpValue) else value
                for name, value in (arguments or {}).items()
            }
            scope.children.append(
                Scope(
                    inner.path, kind, tuple(inner.children), tuple(inner.inputs), paths,
                    entry.path, told_arguments, tuple(inner.groups), at,
                )
            )  # fmt: skip
        return entry

    def output_of(self, scope: OpenScope, output: str | None, at: Origin) -> Value | Broken:
        """What a scope gives: the layer it names, or its last."""
        entry = scope.current
        if output is not None:
            entry = scope.names.get(output)
            if entry is None:
                raise failure(
                    "unknown-layer", f"there is no layer '{output}' in this scope", at.value,
                    help=near(output, scope.names),
                )  # fmt: skip
        if entry is None:
            raise failure("missing-input", "the scope has no layers, hence no output", at.key)
        if isinstance(entry, Absent):
            if entry.instead is None:
                raise failure(
                    "absent-layer", f"'{entry.name}' is the output, and it is absent here",
                    entry.origin.key,
                )  # fmt: skip
            return entry.instead
        return entry

    # The same module again.

    def _shared(
        self, scope: OpenScope, name: str, form: UseItem, at: Origin, operands: list[Operand]
    ) -> Entry:
        values = self._values(operands)
        if values is None:
            return BROKEN
        path = scope.path_of(form.use)
        child = next((child for child in scope.children if child.path == path), None)
        if child is None:
            if isinstance(scope.names.get(form.use), Broken):
                return BROKEN
            raise failure(
                "unknown-layer", f"there is no layer '{form.use}' above in this scope",
                (at / "use").value, help=near(form.use, scope.names),
            )  # fmt: skip
        if len(values) != len(child.sources):
            raise failure(
                "arity", f"'{form.use}' reads {len(child.sources)} inputs, not {len(values)}",
                (at / "from").value,
            )  # fmt: skip
        moved = {old: new.path for old, new in zip(child.sources, values, strict=True)}
        copy = self._copied(child, scope.path_of(name), moved, at)
        scope.children.append(copy)
        return Value(copy.path if isinstance(copy, Node) else copy.output)

    def _copied(
        self, child: Node | Scope, path: str, moved: dict[str, str], at: Origin
    ) -> Node | Scope:
        """A layer or scope on other inputs; ``moved`` maps paths of the original to the copy's."""
        sources = tuple(moved.get(source, source) for source in child.sources)
        weights = child.weights or child.path
        if isinstance(child, Scope):
            children = tuple(
                self._copied(inner, f"{path}.{inner.name}", moved, at) for inner in child.children
            )
            return Scope(
                path, child.kind, children, child.inputs, sources, moved[child.output],
                child.arguments, child.groups, at, weights,
            )  # fmt: skip
        inputs = tuple(self.nodes[source].output for source in sources)
        try:
            output = child.op.infer(*inputs)
        except ShapeError as error:
            raise failure("shape", error.message, at.value, help=error.help) from None
        cost = child.op.cost(inputs, output)
        if cost.parameters != child.cost.parameters:
            raise failure(
                "shape", f"the weights of '{weights}' do not fit an input of {inputs[0]} here",
                Label(at.value), Label(child.origin.key if child.origin else at.key, "made here"),
            )  # fmt: skip
        node = Node(path, child.op, sources, inputs, output, cost, at, weights)
        self.nodes[path] = node
        moved[child.path] = path
        return node


_TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")


@lru_cache(maxsize=1024)
def _template_names(key: str) -> frozenset[str]:
    return frozenset(name for part in _TEMPLATE.findall(key) for name in IDENTIFIER.findall(part))


@lru_cache(maxsize=4096)
def _bad_layer_name(name: str) -> str | None:
    return bad_layer_name(name)


def _bound(repeat: Any) -> frozenset[str]:
    return frozenset(repeat) if isinstance(repeat, dict) else frozenset({"i"})


@lru_cache(maxsize=1024)
def _bare(op: str) -> CallItem:
    return CallItem.model_construct(_fields_set={"op"}, op=op)


def _normal(item: Item, at: Origin) -> tuple[Form, Origin]:
    """An item in its long form, and where its body stands."""
    if isinstance(item, str):
        return _bare(item), at
    if isinstance(item, list):
        return ScopeItem.model_construct(_fields_set={"layers"}, layers=item), at
    return item, at / "layers"


def _validated(raw: Any, at: Origin) -> Item:
    """What an edit makes, as an item of the language."""
    from pydantic import TypeAdapter, ValidationError

    from archspec.spec import retold

    try:
        return TypeAdapter(Item).validate_python(raw)
    except ValidationError as error:
        raise SpecError([retold(at, details) for details in error.errors()]) from None


