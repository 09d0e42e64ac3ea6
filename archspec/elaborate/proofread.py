"""What the text alone tells: ops, arguments, names and layers that do not exist.

The pass that makes the network meets only what the network has; this one reads every line, those
of absent layers and of choices not taken too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, near
from archspec.elaborate.arguments import check_arguments, check_parameters, literals_of
from archspec.elaborate.builder import else_call
from archspec.elaborate.calls import check_op, unknown_op
from archspec.elaborate.copies import check_bound, counted, layer_name_problem
from archspec.elaborate.entries import name_pattern
from archspec.elaborate.lines import TEMPLATE, Line, check_transparent, lines_of, made_line
from archspec.elaborate.reading import matching, unknown_layer
from archspec.environment import Environment, FileParams, name_within, parsed, unknown_name
from archspec.op import Op, registry
from archspec.program import CAPITAL, SMALL, BlockText, Program
from archspec.spec import TYPES, Body, CallItem, OutputItem, ScopeItem, UseItem
from archspec.text import Origin

_INPUT: Final = {"in_channels": None}


def proofread(program: Program, note: Callable[[SpecError], None]) -> None:
    """Note the mistakes that the text of a program has, whatever network it makes."""
    reader = _Reader(program, note)
    reader.params()
    reader.layers()
    for name in _reachable_blocks(program):
        reader.block(name, program.blocks[name])
    reader.edits()
    reader.unused_params()


def _reachable_blocks(program: Program) -> Iterator[str]:
    """The blocks of the network's own files, and of imported ones those that are named."""
    texts = [name for name, text in program.blocks.items() if not text.imported]
    waiting: list[Any] = [_plain(program.layers.origin), *texts]
    waiting += [param.raw for param in program.params.values()]
    waiting += [_plain(edit.origin) for edit in program.edits]
    seen: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and value in program.blocks and value not in seen:
            seen.add(value)
            waiting.append(_plain(program.blocks[value].origin))
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return (name for name in program.blocks if name in seen)


def _plain(origin: Origin) -> Any:
    data = origin.source.data
    for key in origin.route:
        data = data[key]
    return data


@final
@dataclass(slots=True)
class _Names:
    """The layers that ``from`` could name at a place, by the text."""

    inputs: tuple[str, ...]
    layers: dict[str, None] = field(default_factory=dict)
    templates: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    """Names that something reads."""

    def add(self, key: str | int) -> None:
        if isinstance(key, str) and "{" in key:
            self.templates.append(key)
        elif isinstance(key, str):
            self.layers[key] = None

    def check(self, name: str, at: Origin) -> None:
        """Raises SpecError for a name that no layer above can have."""
        self.read.add(name)
        if "*" in name:
            if not self.templates and not matching(name, self.layers):
                raise failure("unknown-layer", f"no layer above matches '{name}'", at.value)
        elif name not in self.layers and name not in self.inputs:
            if not any(name_pattern(key).fullmatch(name) for key in self.templates):
                raise unknown_layer(name, at, self.layers, self.inputs)


@final
class _Reader:
    def __init__(self, program: Program, note: Callable[[SpecError], None]) -> None:
        self.program = program
        self.note = note
        self.ops: Mapping[str, type[Op]] = registry()
        self.known = frozenset(self.ops) | frozenset(program.blocks)
        self.words = frozenset(
            word for cls in self.ops.values() for name in cls.model_fields
            for word in literals_of(cls, name)
        )  # fmt: skip
        """Texts that are values of their own for some argument of some op."""
        self.file = FileParams(program.params)
        self.top = Environment({}, self.file)
        self.read: set[str] = set()
        """Parameters of the file that something reads."""
        self.block_params: Environment | None = None
        """Those of the block that is being read, and which of them something reads."""
        self.read_of_block: set[str] = set()

    # Parts of a program.

    def params(self) -> None:
        late = Undefined("a parameter may use those above it only", "move it up")
        values: dict[str, Any] = dict.fromkeys(self.program.params, late)
        above = Environment(values, self.file)
        for name, param in self.program.params.items():
            self._value(param.raw, param.origin, above)
            values[name] = None
        for shape, at in self._shapes():
            for k, size in enumerate(shape):
                self._value(size, at / k, self.top)

    def _shapes(self) -> Iterator[tuple[InputShape, Origin]]:
        """The shapes of the inputs."""
        written = self.program.input
        if isinstance(written.value, list):
            yield written.value, written.origin
        else:
            for name, shape in written.value.items():
                yield shape, written.origin / name

    def layers(self) -> None:
        shapes = self.program.input.value
        inputs = tuple(shapes) if isinstance(shapes, dict) else ("input",)
        names = _Names(inputs)
        self._body(names, self.program.layers.value, self.program.layers.origin, self.top)
        if self.program.output is not None:
            at = self.program.output.origin
            self._try(names.check, self.program.output.value, at)
        if self.program.outputs is not None:
            for name, item in self.program.outputs.value.items():
                at = self.program.outputs.origin / name
                if isinstance(item, OutputItem):
                    self._try(names.check, item.from_, at / "from")
                else:
                    self._try(names.check, item, at)

    def block(self, name: str, text: BlockText) -> None:
        block, home = text.block, None if text.imported else self.file
        above: dict[str, Any] = {}
        self.block_params, self.read_of_block = Environment(above, home), set()
        defaults = Environment(_INPUT, self.block_params)
        for param, default in block.params.items():
            if not (isinstance(default, str) and default in TYPES):
                self._value(default, text.origin / "params" / param, defaults)
            above[param] = None
        names = _Names(tuple(block.inputs or ("input",)))
        self._body(names, block.layers, text.origin / "layers", self.block_params)
        if block.output is not None:
            self._try(names.check, block.output, text.origin / "output")
        for param in block.params:
            if param not in self.read_of_block:
                self._unused(
                    f"nothing in block '{name}' reads its parameter '{param}'",
                    text.origin / "params" / param,
                )
        for k, given in enumerate(block.inputs or ()):
            if len(names.inputs) > 1 and given not in names.read and not _globs(names.read):
                place = text.origin / "inputs" / k
                message = f"nothing in block '{name}' reads its input '{given}'"
                self._try(_raise, failure("unread-layer", message, place.value))
        self.block_params = None

    def edits(self) -> None:
        site = Environment(_INPUT, self.top)
        for text in self.program.edits:
            to = text.edit.to or {}
            for name, raw in to.items():
                self._value(raw, text.origin / "to" / name, site)
            try:
                line = made_line(text)
            except SpecError:
                continue  # noted by the edit
            if line is not None:
                self._made(_Names(("input",)), line, site, self.top)

    def unused_params(self) -> None:
        """New parameters of this file that nothing reads, not even a variant."""
        program = self.program
        for name, param in program.params.items():
            at = param.default
            own = at.source is program.origin.source and at.route[:-2] == program.origin.route
            if not own or name in self.read or name in set(self._read_by_variants()):
                continue
            if program.extends:
                known = [key for key in program.params if key != name]
                message = f"the network has no parameter '{name}', and nothing here reads it"
                help = near(name, known) or f"its parameters: {', '.join(known) or 'none'}"
                self._try(_raise, failure("unknown-parameter", message, at.key, help=help))
            else:
                self._unused(f"nothing reads the parameter '{name}'", at)

    def _read_by_variants(self) -> Iterator[str]:
        if self.program.origin.route:
            return
        texts = [self.program.origin.source.data.get("variants")]
        while texts:
            value = texts.pop()
            if isinstance(value, str):
                try:
                    yield from parsed(value, self.program.origin).names
                except SpecError:
                    continue
            elif isinstance(value, dict):
                texts += value.values()
            elif isinstance(value, list):
                texts += value

    def _unused(self, message: str, at: Origin) -> None:
        help = "remove it, or use it in an expression"
        self._try(_raise, failure("unused-parameter", message, at.key, help=help))

    # Bodies and items.

    def _body(self, names: _Names, body: Body, at: Origin, env: Environment) -> None:
        for line in lines_of(body, at):
            self._line(names, line, env)

    def _line(self, names: _Names, line: Line, env: Environment) -> None:
        form, at = line.form, line.at
        for k, name in _several(form.from_):
            self._try(names.check, name, at / "from" if k is None else at / "from" / k)
        copy = self._copy(line, env)
        if not line.is_group:
            self._key(line, env if line.copies == "numbered" else copy)
        here = Environment(_INPUT, copy)
        inner = _Names(("input",)) if line.copies == "numbered" else names
        if form.when is not None:
            self._value(form.when, at / "when", here)
        if line.is_transparent:
            self._try(check_transparent, line)
        elif form.else_ is not None:
            self._else(inner, line, here)
        self._made(inner, line, here, copy)
        names.add(line.key)

    def _made(self, names: _Names, line: Line, here: Environment, copy: Environment) -> None:
        """What one copy of an item makes."""
        form = line.form
        if isinstance(form, CallItem):
            self._call(form.op, line.arguments, line.at, here)
        elif isinstance(form, UseItem):
            self._try(names.check, form.use, line.at / "use")
        elif line.is_transparent:
            self._body(names, form.layers, line.body_at, copy)
        else:
            self._scope(form, line, copy)

    def _scope(self, form: ScopeItem, line: Line, env: Environment) -> None:
        inner = _Names(("input",))
        self._body(inner, form.layers, line.body_at, env)
        if form.output is not None:
            self._try(inner.check, form.output, line.at / "output")

    def _copy(self, line: Line, env: Environment) -> Environment:
        """What a copy of an item sees."""
        if line.form.repeat is None:
            return env
        bound = {}
        for name, raw, at in counted(line):
            self._try(check_bound, name, at, env)
            self._value(raw, at, env)
            bound[name] = None
        return Environment(bound, env)

    def _key(self, line: Line, env: Environment) -> None:
        key = line.key
        if isinstance(key, int):
            return
        for expression in TEMPLATE.findall(key):
            self._value(expression, line.at, env, key=True)
        problem = layer_name_problem(TEMPLATE.sub("0", key))
        if problem:
            self._try(_raise, failure("bad-name", problem, line.at.key))

    def _else(self, names: _Names, line: Line, env: Environment) -> None:
        written, at = line.form.else_, line.at / "else"
        if written == "none":
            return
        try:
            op, arguments = else_call(written, at)
            if op is None:
                names.check(written, at)
            else:
                given = {name: (raw, at / name) for name, raw in arguments.items()}
                self._call(op, given, at, env)
        except SpecError as error:
            self.note(error)

    # Calls and values.

    def _call(
        self, op: str, arguments: Mapping[str, tuple[Any, Origin]], at: Origin, env: Environment
    ) -> None:
        self._try(check_op, op, at, env, self.known)
        self._read(op, env)
        cls, origins = self.ops.get(op), {name: origin for name, (_, origin) in arguments.items()}
        if cls is not None:
            self._try(check_arguments, cls, origins)
        elif op in self.program.blocks:
            self._try(check_parameters, op, self.program.blocks[op], origins)
        for name, (raw, origin) in arguments.items():
            if cls is not None and name in cls.model_fields:
                self._argument(cls, name, raw, origin, env)
            elif raw not in self.words or op in self.program.blocks:
                self._value(raw, origin, env)

    def _argument(
        self, cls: type[Op], name: str, raw: Any, at: Origin, env: Environment
    ) -> None:
        try:
            if not is_literal(cls, name, Argument(raw, at, env)):
                self._value(raw, at, env)
        except SpecError as error:
            self.note(error)

    def _value(self, raw: Any, at: Origin, env: Environment, *, is_key: bool = False) -> None:
        """The names in something written; a part of a key stands in the key."""
        if isinstance(raw, list):
            for k, item in enumerate(raw):
                self._value(item, at / k, env)
        elif isinstance(raw, dict):
            self._op_value(raw, at, env)
        elif isinstance(raw, str) and CAPITAL.fullmatch(raw):
            self._try(check_op, raw, at, env, self.known)
        elif isinstance(raw, str):
            self._try(self._expression, raw, at, env, is_key)

    def _op_value(self, raw: dict[str, Any], at: Origin, env: Environment) -> None:
        op = raw.get("op")
        if not isinstance(op, str):
            raise_it = failure(
                "bad-value", "a mapping as a value is an op: it needs 'op:'", at.value,
                help="{op: ELU, alpha: 0.5}",
            )  # fmt: skip
            self.note(raise_it)
            return
        arguments = {key: (value, at / key) for key, value in raw.items() if key != "op"}
        self._call(op, arguments, at, Environment(_INPUT, env))

    def _expression(self, text: str, at: Origin, env: Environment, is_key: bool) -> None:
        for name in sorted(parsed(text, at).names):
            place = at.key if is_key else name_within(name, text, at)
            holder = env.holder(name)
            if holder is None:
                raise unknown_name(name, place, env)
            if isinstance(holder, Environment) and isinstance(holder.values[name], Undefined):
                raise undefined_name(name, holder.values[name], place)
            self._read(name, env)

    def _read(self, name: str, env: Environment) -> None:
        """Somebody reads a name: keep in mind if it is a parameter."""
        holder = env.holder(name)
        if holder is self.block_params:
            self.read_of_block.add(name)
        elif holder is not None and name in self.file.params and holder not in self._bound:
            self.read.add(name)

    def _try(self, check: Callable[..., Any], *arguments: Any) -> None:
        try:
            check(*arguments)
        except SpecError as error:
            self.note(error)
