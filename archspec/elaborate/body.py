"""The one pass over a body: repeat, when, edits, arguments, shape, item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, final

from archspec.diagnostics import Label, SpecError, failure
from archspec.elaborate.arguments import block_values
from archspec.elaborate.bindings import (
    BROKEN,
    Absent,
    Broken,
    Call,
    Entry,
    Inline,
    Made,
    OpenScope,
    Operand,
    Value,
)
from archspec.elaborate.collector import Enough, Mistakes, placed
from archspec.elaborate.desugar import Line, check_transparent, lines_of, used_names
from archspec.elaborate.edits import Edits
from archspec.elaborate.nodes import ALLOW_MORE, MAX_LAYERS, Layers
from archspec.elaborate.operands import (
    STRICT,
    WHEN_IS_FALSE,
    default,
    feed,
    is_broken,
    is_dropped,
    named,
    operands_of,
    unknown_output,
    values_of,
)
from archspec.elaborate.repeat import columns_of, filled, layer_name_problem, length
from archspec.elaborate.resolve_op import call_of, called, else_call
from archspec.elaborate.sharing import shared
from archspec.graph import Group, Scope
from archspec.language.model import Body, CallItem, ScopeItem, UseItem
from archspec.language.names import Argument, Environment, FileParams, OpValue, Undefined, truth
from archspec.language.program import Program
from archspec.ops import registry
from archspec.text import Origin

MAX_STEPS: Final = 2 * MAX_LAYERS
"""Items that are looked at, absent ones too, with four for a block and one for each operand; of a
network with layers ``STEPS_OF_A_LAYER`` more for each layer."""
STEPS_OF_A_LAYER: Final = 6
MAX_FAILURES: Final = 5
"""Copies of a line that are tried when none of them can be made."""
MAX_DEPTH: Final = 40
"""Scopes in scopes."""
MAX_CHARACTERS: Final = 50_000_000
"""Characters of the paths of all layers together."""


@final
class Builder:
    """Makes nodes and scopes from items. What it finds wrong it collects in ``mistakes``."""

    def __init__(
        self,
        program: Program,
        side_outputs: frozenset[str],
        mistakes: Mistakes,
        max_layers: int = MAX_LAYERS,
    ) -> None:
        self.program = program
        self.side_outputs = side_outputs
        self.ops = registry()
        self.known = frozenset(self.ops) | frozenset(program.blocks)
        self.params = FileParams(program.params)
        self.top = Environment({}, self.params)
        self.closed = Environment({}, FileParams({}, is_closed=True))
        self.mistakes = mistakes
        self.layers = Layers(self.params, self.mistakes, max_layers)
        self.nodes = self.layers.nodes
        self._stack: list[Call] = []
        """The calls of the blocks whose inside is being made."""
        self._open_blocks: set[str] = set()
        self._copies = 1
        self._steps = 0
        self._characters = 0
        self._first_edit = 0
        """The first edit that sees what is being made: none looks inside what it made itself."""
        self._lines: dict[int, tuple[list[Line], frozenset[str]]] = {}
        self._failures: Counter[int] = Counter()
        """How often a line could not be made."""
        self._calls: dict[tuple[int, int], Call] = {}
        self.edits = Edits(program, self.ops, self.known, self.mistakes.note)

    # Bodies and items.

    def open(
        self,
        inputs: Mapping[str, Entry],
        body: Body,
        at: Origin,
        around: OpenScope | None = None,
        name: str = "",
    ) -> OpenScope:
        """A scope for the layers of a body; the network's own is the one without a name."""
        _, used = self._lines_of(body, at)
        scope = OpenScope("", inputs, isinstance(body, list), None, used)
        if len(inputs) == 1:
            (scope.current,) = inputs.values()
        return scope if around is None else self._inside(scope, around, name, at)

    def _inside(self, scope: OpenScope, around: OpenScope, name: str, at: Origin) -> OpenScope:
        scope.path, scope.depth = around.path_of(name), around.depth + 1
        if scope.depth > MAX_DEPTH:
            raise failure("limit", f"scopes in scopes, more than {MAX_DEPTH} deep", at.key)
        return scope

    def _lines_of(self, body: Body, at: Origin) -> tuple[list[Line], frozenset[str]]:
        """The items of a body, and the layers that a ``use`` among them needs again."""
        if id(body) not in self._lines:
            lines = list(lines_of(body, at))
            self._lines[id(body)] = lines, used_names(lines)
        return self._lines[id(body)]

    def fill(self, scope: OpenScope, body: Body, at: Origin, names: Environment) -> None:
        """Make the layers of a body; a mistake in one leaves the others to be made."""
        copies = self._copies
        for line in self._lines_of(body, at)[0]:
            if self._failures[id(line)] >= MAX_FAILURES:
                scope.fail(line)
                continue
            scope.trying = None
            try:
                self._item(scope, line, names)
            except SpecError as error:
                path = scope.path_of(scope.trying or str(line.key))
                self._told(placed(error, path, line, self._stack), line)
                scope.fail(line)
                self._copies = copies

    def _told(self, error: SpecError, line: Line) -> None:
        """Note a mistake; one that crosses a limit ends the work at once."""
        self.mistakes.note(error)
        if any(mistake.code == "limit" for mistake in error.diagnostics):
            raise Enough
        self._failures[id(line)] += 1

    def _item(self, scope: OpenScope, line: Line, names: Environment) -> None:
        form = line.form
        operands = None
        if form.from_ is not None:
            operands = operands_of(scope, form.from_, line.at / "from")
            compared = len(scope.names) // 10 if "*" in str(form.from_) else 0
            self._count(len(operands) + compared, line.at)
        if line.is_group:
            self._group(scope, line, names, operands)
        elif line.copies == "one":
            self._one(scope, filled(line, names), line, names, operands)
        elif line.copies == "chained":
            self._chained(scope, line, names, operands)
        elif line.copies == "templated":
            self._templated(scope, line, names, operands)
        else:
            self._numbered(scope, filled(line, names), line, names, operands)

    def _one(
        self,
        scope: OpenScope,
        name: str | None,
        line: Line,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """One copy of an item, and what its name stands for from now on."""
        self._count(1, line.at)
        scope.trying = str(scope.number) if name is None else name
        operands = default(scope, line.at, self.side_outputs) if operands is None else operands
        entry: Entry = BROKEN
        if not is_broken(operands):
            here = names if line.is_constant else self._with_in_channels(operands, names)
            when = line.form.when
            if when is None or truth(when, line.at / "when", here):
                entry = self._made(scope, name, line, here, names, operands)
            else:
                entry = self._instead(scope, name, line, here, operands)
        scope.current, scope.last = entry, name
        if name is not None:
            scope.names[name] = entry

    def _made(
        self,
        scope: OpenScope,
        name: str | None,
        line: Line,
        here: Environment,
        names: Environment,
        operands: list[Operand],
    ) -> Entry:
        name = self._claim(scope, name, line.at)
        first = len(scope.children)
        form = line.form
        if isinstance(form, CallItem):
            entry = self._emit(scope, name, self._call(line, here), operands)
        elif isinstance(form, UseItem):
            entry = self._use(scope, name, form, line, operands)
        else:
            inline = Inline(form.layers, line.body_at, names, form.output, line.at / "output")
            entry = self._inline(scope, name, inline, line.at, feed(operands, line.at))
        if name in scope.used and isinstance(entry, Value):
            values = (_stand_in(operand.entry) for operand in operands)
            sources = tuple(value.path for value in values if value is not None)
            scope.made[name] = Made(scope.children[first:], sources, entry.path)
        return entry

    def _claim(self, scope: OpenScope, name: str | None, at: Origin) -> str:
        """A name that no other layer of the scope has; a list gives its next number."""
        if name is None:
            name = str(scope.number)
            scope.number += 1
        elif name in scope.taken:
            raise failure(
                "duplicate-layer", f"there are two layers '{name}' in this scope",
                at.key, Label(scope.taken[name].key, "the other one"),
            )  # fmt: skip
        elif name in scope.inputs:
            raise failure("duplicate-layer", f"'{name}' is an input of this scope", at.key)
        self._characters += len(scope.path) + len(name)
        if self._characters > MAX_CHARACTERS:
            self.mistakes.stop(
                f"the paths of the layers have more than {MAX_CHARACTERS:,} characters", at
            )
        scope.taken[name] = at
        return name

    def _call(self, line: Line, names: Environment) -> Call:
        """What a line calls; the same object for all copies if it is the same call."""
        if not line.is_constant:
            return called(line, names, self.known, self._first_edit)
        key = id(line), self._first_edit
        if key not in self._calls:
            call = called(line, names, self.known, self._first_edit)
            self._calls[key] = replace(call, is_constant=True)
        return self._calls[key]

    # Absent layers.

    def _instead(
        self,
        scope: OpenScope,
        name: str | None,
        line: Line,
        names: Environment,
        operands: list[Operand],
    ) -> Entry:
        """What stands for a layer whose ``when`` is false."""
        written, at = line.form.else_, line.at / "else"
        if written is None:
            return self._absent(name, line, operands, WHEN_IS_FALSE)
        if written == "none":
            return Absent(
                name or "this layer", line.at, None, f"{WHEN_IS_FALSE}, and 'else' is none"
            )
        op, arguments = else_call(written, at)
        if op is not None:
            given = {key: Argument(raw, at / key, names) for key, raw in arguments.items()}
            call = call_of(op, given, at, names, self.known, self._first_edit)
            return self._emit(scope, self._claim(scope, name, line.at), call, operands)
        assert isinstance(written, str)
        return named(scope, written, at)[0].entry

    def _absent(self, name: str | None, line: Line, operands: list[Operand], reason: str) -> Entry:
        """A layer that does not exist: its own input stands for it."""
        values = values_of(operands)
        if values is None:
            return BROKEN
        label = name or "this layer"
        if len(values) != 1:
            raise failure(
                "absent-layer",
                f"'{label}' has {len(values)} inputs; when it is absent, which one replaces it?",
                line.at.key,
                help="add 'else: NAME' or 'else: none'",
            )
        return Absent(label, line.at, values[0], reason)

    # Repeats and groups.

    def _templated(
        self,
        scope: OpenScope,
        line: Line,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """``key{i}: {..., repeat: n}``: copies in the scope; ``from`` feeds every one."""
        columns = self._columns(line, names)
        if not _count_of(columns):
            self._no_copies(scope, line, operands)
        for copy in self._copied(columns, names):
            self._count(len(operands or ()), line.at)
            self._one(scope, filled(line, copy), line, copy, operands)

    def _numbered(
        self,
        scope: OpenScope,
        name: str | None,
        line: Line,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """``key: {..., repeat: n}``: a scope with the children 0, 1, ..."""
        assert name is not None
        scope.trying = name
        operands = default(scope, line.at, self.side_outputs) if operands is None else operands
        columns = self._columns(line, names)
        entry: Entry
        if is_broken(operands):
            entry = BROKEN
        elif not _count_of(columns):
            entry = self._absent(name, line, operands, "it has 0 copies")
        else:
            source = feed(operands, line.at)
            self._claim(scope, name, line.at)
            inner = OpenScope("", {"input": source}, True, source)
            self._inside(inner, scope, name, line.at)
            self._copies_in(inner, line, columns, names, None)
            entry = self._closed(scope, inner, line.at, (source,))
            if name in scope.used and isinstance(entry, Value) and isinstance(source, Value):
                scope.made[name] = Made(scope.children[-1:], (source.path,), entry.path)
        scope.current, scope.last = entry, name
        scope.names[name] = entry

    def _chained(
        self,
        scope: OpenScope,
        line: Line,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """Copies one after the other in the scope itself; ``from`` feeds the first."""
        columns = self._columns(line, names)
        if not _count_of(columns):
            self._no_copies(scope, line, operands)
        self._copies_in(scope, line, columns, names, operands)

    def _copies_in(
        self,
        scope: OpenScope,
        line: Line,
        columns: Mapping[str, Sequence[Any]],
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        for copy in self._copied(columns, names):
            if line.runs_through:
                self._transparent(scope, line, copy, operands)
            else:
                self._one(scope, None, line, copy, operands)
            operands = None

    def _group(
        self,
        scope: OpenScope,
        line: Line,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """``(title)``: layers of the enclosing scope, written together."""
        check_transparent(line)
        copies: Iterator[Environment] | list[Environment] = [names]
        if line.form.repeat is not None:
            columns = self._columns(line, names)
            if not _count_of(columns):
                self._no_copies(scope, line, operands)
            copies = self._copied(columns, names)
        for copy in copies:
            first = len(scope.children)
            self._transparent(scope, line, copy, operands)
            operands = None
            children = tuple(child.name for child in scope.children[first:])
            if children:
                scope.groups.append(Group(str(line.key)[1:-1], children))

    def _transparent(
        self, scope: OpenScope, line: Line, names: Environment, operands: list[Operand] | None
    ) -> None:
        """Layers that belong to the scope around their item."""
        form = check_transparent(line)
        self._count(1, line.at)
        if operands is not None:
            scope.current, scope.last = feed(operands, line.at), None
        if form.when is not None:
            seen = [] if scope.current is None else [Operand(scope.current, None, line.at)]
            if is_broken(seen):
                scope.is_unsure = True
                return
            if not truth(form.when, line.at / "when", self._with_in_channels(seen, names)):
                scope.gone.append(form.layers)
                return
        self.fill(scope, form.layers, line.body_at, names)

    def _no_copies(self, scope: OpenScope, line: Line, operands: list[Operand] | None) -> None:
        """No layer, so what it would have read goes on."""
        if isinstance(line.form, ScopeItem) and line.is_group:
            scope.gone.append(line.form.layers)
        elif isinstance(line.key, str):
            scope.gone.append({line.key: "Identity"})
        if operands is not None:
            scope.current, scope.last = self._absent(None, line, operands, "it has 0 copies"), None

    def _columns(self, line: Line, names: Environment) -> dict[str, Sequence[Any]]:
        """What a repeat counts. Raises SpecError if copies of copies are more than there can be."""
        columns = columns_of(line, names)
        count = _count_of(columns) * self._copies
        if count > self.layers.most:
            raise failure(
                "limit",
                f"{count:,} copies; a network has at most {self.layers.most:,} layers",
                (line.at / "repeat").value,
                help=ALLOW_MORE,
            )
        return columns

    def _copied(
        self, columns: Mapping[str, Sequence[Any]], names: Environment
    ) -> Iterator[Environment]:
        """For every copy the names that it sees."""
        outer = self._copies
        for values in zip(*columns.values(), strict=True):
            self._copies = outer * _count_of(columns)
            yield Environment(dict(zip(columns, values, strict=True)), names)
            self._copies = outer

    def _count(self, steps: int, at: Origin) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS + STEPS_OF_A_LAYER * len(self.layers.nodes):
            self.mistakes.stop(f"more than {MAX_STEPS:,} items to look at", at)

    def _with_in_channels(self, operands: list[Operand], names: Environment) -> Environment:
        entries = [operand.entry for operand in operands]
        return Environment({"in_channels": self._in_channels(entries)}, names)

    def _in_channels(self, entries: Sequence[Entry]) -> int | Undefined:
        """The channels of the one input that there is."""
        values = [value for value in map(_stand_in, entries) if value is not None]
        if len(values) == 1:
            return self.nodes[values[0].path].output.channels
        return Undefined("the layer has several inputs" if values else "there is no input")

    # Edits.

    def _merge(self, call: Call) -> str | None:
        """The op, if it merges any number of layers."""
        op = self.ops.get(call.name)
        return call.name if op is not None and op.arity is None else None

    def _emit(self, scope: OpenScope, name: str, call: Call, operands: list[Operand]) -> Entry:
        """A layer with what the edits make of it."""
        merge = self._merge(call)
        values = values_of(operands, merge)
        if values is None:
            return BROKEN
        if merge:
            written = operands
            operands = [operand for operand in operands if not is_dropped(operand)]
            if not values:
                raise failure("absent-layer", f"all that {merge} reads is absent", call.origin.key)
            if len(values) == 1:
                _check_lone_operand(merge, call, written)
                return values[0]
        if call.first_edit == len(self.edits):  # as in most networks
            return self._constructed(scope, name, call, values)
        return self._edited(scope, name, call, operands, list(values))

    def _edited(
        self,
        scope: OpenScope,
        name: str,
        call: Call,
        operands: list[Operand],
        entries: list[Entry],
    ) -> Entry:
        path = scope.path_of(name)
        after: list[int] = []
        entry: Entry | None = None
        following = call.first_edit
        while (k := self.edits.next(following, call, path)) is not None:
            following = k + 1
            verb = self.edits.texts[k].edit.verb
            if verb == "after":
                self.edits.sites[k] += 1
                after.append(k)
            elif verb == "before":
                entries = self._before(scope, name, k, call, entries)
            elif verb == "remove":
                entry = self.edits.removed(k, path, call, entries)
            elif verb == "cut":
                entries, operands = self.edits.cut(k, call, entries, operands, self._merge(call))
                entry = entries[0] if len(entries) == 1 else None
            elif verb == "set":
                call = self.edits.set(k, call, self._site_names(entries))
            else:
                call = self._replaced(k, call, entries, operands)
            if entry is not None:
                scope.is_edited = True
                break
        if entry is None:
            entry = self._constructed(scope, name, call, entries)
        for k in reversed(after):
            entry = self._inserted(scope, name, k, entry, "")
        return entry

    def _replaced(self, k: int, call: Call, entries: list[Entry], operands: list[Operand]) -> Call:
        new = self.edits.replaced(k, call, self._site_names(entries))
        merge = self._merge(new)
        if merge in STRICT and self._merge(call) not in STRICT:
            values_of(operands, merge)
        return new

    def _before(
        self, scope: OpenScope, name: str, k: int, call: Call, entries: list[Entry]
    ) -> list[Entry]:
        """Something inserted on each input edge."""
        self.edits.sites[k] += len(entries)
        is_one = len(entries) == 1 and self._merge(call) is None
        return [
            self._inserted(scope, name, k, entry, "" if is_one else str(position))
            for position, entry in enumerate(entries)
        ]

    def _inserted(self, scope: OpenScope, anchor: str, k: int, entry: Entry, suffix: str) -> Entry:
        """What an edit puts behind a value."""
        if not isinstance(entry, Value):
            return entry
        text = self.edits.texts[k]
        call = self.edits.made(k, self._site_names([entry]))
        label = text.edit.as_
        if label is None:
            label = "inserted" if call.inline else call.name.lower()
        elif problem := layer_name_problem(label):
            raise failure("bad-name", problem, (text.origin / "as").value)
        name = f"{anchor}_{label}{suffix}"
        if name in scope.taken:
            raise failure(
                "duplicate-layer", f"there is a layer '{scope.path_of(name)}' already",
                (text.origin / "insert").value, help="give the inserted one another name with 'as'",
            )  # fmt: skip
        return self._emit(
            scope,
            self._claim(scope, name, call.origin),
            call,
            [Operand(entry, None, call.origin)],
        )

    def _site_names(self, entries: Sequence[Entry]) -> Environment:
        """What the text of an edit sees: the file's parameters, and the site's input."""
        return Environment({"in_channels": self._in_channels(entries)}, self.top)

    # Layers, blocks and scopes.

    def _constructed(
        self, scope: OpenScope, name: str, call: Call, entries: Sequence[Entry]
    ) -> Entry:
        values = [entry for entry in entries if isinstance(entry, Value)]
        if len(values) < len(entries):
            return BROKEN
        if call.inline is None and call.name in self.ops:
            node = self.layers.make(scope.path_of(name), self.ops[call.name], call, values)
            scope.children.append(node)
            return Value(node.path)
        outer, self._first_edit = self._first_edit, call.first_edit
        try:
            if call.inline is None:
                return self._block(scope, name, call, values)
            if len(values) != 1:
                raise failure("arity", "a scope reads one input", call.origin.value)
            return self._inline(scope, name, call.inline, call.origin, values[0])
        finally:
            self._first_edit = outer

    def _block(self, scope: OpenScope, name: str, call: Call, values: list[Value]) -> Entry:
        text = self.program.blocks[call.name]
        if call.name in self._open_blocks:
            raise failure(
                "bad-block", f"block {call.name} contains itself", (call.origin / "op").value
            )
        inputs = tuple(text.block.inputs or ("input",))
        if len(values) != len(inputs):
            raise failure(
                "arity",
                f"block {call.name} reads {len(inputs)} inputs ({', '.join(inputs)}), "
                f"not {len(values)}",
                (call.origin / "from").value,
                Label(text.origin.key, "defined here"),
            )
        self._count(4, call.origin)
        home = self.closed if text.imported else self.top
        in_channels = self._in_channels(values)
        arguments = block_values(call.name, text, call.arguments, call.origin, home, in_channels)
        body, at = text.block.layers, text.origin / "layers"
        sources = dict(zip(inputs, values, strict=True))
        inner = self.open(sources, body, at, scope, name)
        self._stack.append(call)
        self._open_blocks.add(call.name)
        try:
            self.fill(inner, body, at, Environment(arguments, home))
        finally:
            self._stack.pop()
            self._open_blocks.remove(call.name)
        return self._closed(
            scope, inner, call.origin, values, text.block.output, text.origin / "output",
            call.name, arguments, call.written,
        )  # fmt: skip

    def _inline(
        self, scope: OpenScope, name: str, inline: Inline, at: Origin, source: Entry
    ) -> Entry:
        if isinstance(source, Broken):
            return BROKEN
        inner = self.open({"input": source}, inline.body, inline.at, scope, name)
        self.fill(inner, inline.body, inline.at, inline.environment)
        return self._closed(scope, inner, at, (source,), inline.output, inline.output_at)

    def _closed(
        self,
        scope: OpenScope,
        inner: OpenScope,
        at: Origin,
        sources: Sequence[Entry],
        output: str | None = None,
        output_at: Origin | None = None,
        kind: str | None = None,
        arguments: Mapping[str, Any] | None = None,
        written: Mapping[str, str] | None = None,
    ) -> Entry:
        """The scope that was filled, as a child of the one around it; its value."""
        entry = self.output_of(inner, output, output_at or at)
        if isinstance(entry, Broken):
            return BROKEN
        if not inner.children:
            scope.is_edited = scope.is_edited or inner.is_edited
            if inner.is_edited:
                return entry
            label = inner.path.rpartition(".")[2]
            return Absent(label, at, entry, "none of its layers exists here")
        paths = tuple(source.path for source in sources if isinstance(source, Value))
        told_arguments = {
            name: value.name if isinstance(value, OpValue) else value
            for name, value in (arguments or {}).items()
        }
        scope.children.append(
            Scope(
                inner.path, kind, tuple(inner.children), tuple(inner.inputs), paths,
                entry.path, told_arguments, tuple(inner.groups), at, None, written or {},
            )
        )  # fmt: skip
        return entry

    def output_of(self, scope: OpenScope, output: str | None, at: Origin) -> Value | Broken:
        """What a scope gives: the layer it names, or its last."""
        entry = scope.current
        if output is not None:
            entry = scope.names.get(output)
            if entry is None and scope.is_unsure:
                return BROKEN
            if entry is None:
                raise unknown_output(output, at, scope.names)
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

    def _use(
        self,
        scope: OpenScope,
        name: str,
        form: UseItem,
        line: Line,
        operands: list[Operand],
    ) -> Entry:
        values = values_of(operands)
        (found,) = named(scope, form.use, line.at / "use")
        if values is None or isinstance(found.entry, Broken):
            return BROKEN
        if form.use not in scope.made:
            message = f"'{form.use}' has no module here that could be used again"
            raise failure("absent-layer", message, (line.at / "use").value)
        copies, value = shared(
            scope.made[form.use],
            scope.path_of(form.use),
            scope.path_of(name),
            values,
            line.at,
            self.nodes,
            self.layers.add,
            lambda: self._count(4, line.at),
        )
        for copy in copies:
            if copy.name != name:
                self._claim(scope, copy.name, line.at)
        scope.children += copies
        return value


def _stand_in(entry: Entry) -> Value | None:
    if isinstance(entry, Absent):
        return entry.instead
    return entry if isinstance(entry, Value) else None


def _check_lone_operand(merge: str, call: Call, written: list[Operand]) -> None:
    """A merge of one layer is a mistake, unless others are absent or a glob found no more."""
    (operand, *others) = written
    if others or operand.is_glob or is_dropped(operand):
        return
    raise failure(
        "arity", f"{merge} merges two or more layers, and reads one here",
        (call.origin / "from").value if operand.name else call.origin.value,
        help=f"{{op: {merge}, from: [a, b]}}",
    )  # fmt: skip


def _count_of(columns: Mapping[str, Sequence[Any]]) -> int:
    return length(next(iter(columns.values())))
