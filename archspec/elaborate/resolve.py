"""What the text alone tells: ops, arguments, names and layers that do not exist.

The pass that makes the network meets only what the network has; this one reads every line, those
of absent layers, of unused blocks and of choices not taken too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, final

from archspec.diagnostics import Code, Diagnostic, SpecError, failure, near
from archspec.diagnostics.look_alikes import in_latin
from archspec.elaborate.arguments import (
    check_arguments,
    check_parameters,
    is_literal,
    literals_of,
)
from archspec.elaborate.bindings import name_form
from archspec.elaborate.desugar import (
    TEMPLATE,
    Line,
    bound_names,
    check_transparent,
    lines_of,
    made_line,
)
from archspec.elaborate.operands import matching, unknown_layer, unknown_output
from archspec.elaborate.repeat import check_bound, counted, in_key, layer_name_problem
from archspec.elaborate.resolve_op import check_op, else_call
from archspec.language.model import (
    TYPES,
    Body,
    CallItem,
    InputShape,
    OutputItem,
    ScopeItem,
    UseItem,
)
from archspec.language.names import (
    Argument,
    Environment,
    FileParams,
    Undefined,
    check_truth,
    name_within,
    no_op_value,
    parsed,
    undefined_name,
    unknown_name,
)
from archspec.language.program import CAPITAL, BlockText, Param, Program
from archspec.op.base import Op
from archspec.ops import registry
from archspec.text import Origin

MAX_COMPARED: Final = 2_000_000
"""How often the names of one scope are compared with globs."""

_INPUT: Final = {"in_channels": None}
_LATE: Final = Undefined("a parameter may use those above it only", "move it up")
_UNUSED: Final = "remove it, or use it in an expression"


def proofread(program: Program, note: Callable[[SpecError], None]) -> None:
    """Note the mistakes that the text of a program has, whatever network it makes."""
    reader = _Reader(program, note)
    reader.params()
    reader.layers()
    for name in _reachable_blocks(program):
        reader.block(name, program.blocks[name])
    reader.edits()
    reader.init()
    reader.unused_params()


def _reachable_blocks(program: Program) -> Iterator[str]:
    """The blocks of the network's own files, and of imported ones those that are named."""
    waiting: list[Any] = [name for name, text in program.blocks.items() if not text.imported]
    waiting += [param.raw for param in program.params.values()]
    waiting += [_data_at(edit.origin) for edit in program.edits]
    waiting.append(_data_at(program.layers.origin))
    reached: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and value in program.blocks and value not in reached:
            reached.add(value)
            waiting.append(_data_at(program.blocks[value].origin))
    return (name for name in program.blocks if name in reached)


def _data_at(origin: Origin) -> Any:
    data = origin.source.data
    for key in origin.route:
        data = data[key]
    return data


def _is_word(raw: Any) -> bool:
    """A text that is a value of its own for some argument of some op."""
    return isinstance(raw, str) and raw in _words()


@cache
def _words() -> frozenset[str]:
    return frozenset(
        word
        for cls in registry().values()
        for name in cls.model_fields
        for word in literals_of(cls, name)
    )


@final
@dataclass(slots=True)
class _Layers:
    """The layers that ``from`` can name at a place, by the text."""

    inputs: tuple[str, ...] = ("input",)
    outer: _Layers | None = None
    """Those of the scope around, which cannot be named."""
    names: dict[str, None] = field(default_factory=dict)
    templates: set[str] = field(default_factory=set)
    """Forms of the names that templates make."""
    later: set[str | int] = field(default_factory=set)
    """Keys that stand further down, too."""
    read: set[str] = field(default_factory=set)
    """Names and globs that something reads."""
    compared: int = 0
    """How often a name was compared with a glob."""

    def add(self, key: str | int) -> None:
        if isinstance(key, int) or key.startswith("("):
            return
        if "{" in key:
            self.templates.add(name_form(key))
        else:
            self.names[key] = None

    def check(self, name: str, at: Origin) -> None:
        """Raises SpecError for a name that no layer above can have."""
        self.read.add(name)
        if "*" in name:
            self.compared += len(self.names)
            if self.compared > MAX_COMPARED:
                raise failure("limit", "too many names and globs in one scope", at.value)
            if not self.templates and not matching(name, self.names):
                raise failure("unknown-layer", f"no layer above matches '{name}'", at.value)
        elif not self.knows(name):
            raise unknown_layer(name, at, self.names, self.inputs, self._reason(name))

    def check_output(self, name: str, at: Origin) -> None:
        """Raises SpecError for a name that no layer of the scope can have."""
        self.read.add(name)
        if name in self.inputs or not self.knows(name):
            raise unknown_output(name, at, self.names)

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

    def knows(self, name: str) -> bool:
        """Whether an input or a layer above can have that name."""
        return name in self.names or name in self.inputs or name_form(name) in self.templates


@final
class _Reader:
    """Reads the parts of a program, and notes what is wrong with each."""

    def __init__(self, program: Program, note: Callable[[SpecError], None]) -> None:
        self.program = program
        self._note_to = note
        self._suggested = ""
        """The help of all mistakes: a parameter that is suggested is unused for that very reason."""
        self.ops: Mapping[str, type[Op]] = registry()
        self.known = frozenset(self.ops) | frozenset(program.blocks)
        self._params: dict[str, Any] = dict.fromkeys(program.params)
        """The parameters of the file, as names without values."""
        self.top = Environment(self._params, FileParams({}))
        self.closed = Environment({}, FileParams({}, is_closed=True))
        self._block_params: dict[str, Any] = {}
        self._read_params: set[str] = set()
        self._read_block_params: set[str] = set()

    def note(self, error: SpecError) -> None:
        self._suggested += " ".join(mistake.help or "" for mistake in error.diagnostics)
        self._note_to(error)

    # The parts.

    def params(self) -> None:
        for name in self._params:
            self._params[name] = _LATE
        for name, param in self.program.params.items():
            self._value(param.raw, param.origin, self.top)
            self._params[name] = None
        for shape, at in self._shapes():
            for k, size in enumerate(shape):
                self._value(size, at / k, self.top)

    def _shapes(self) -> Iterator[tuple[InputShape, Origin]]:
        written = self.program.input
        if isinstance(written.value, list):
            yield written.value, written.origin
        else:
            for name, shape in written.value.items():
                yield shape, written.origin / name

    def layers(self) -> None:
        program = self.program
        shapes = program.input.value
        layers = _Layers(tuple(shapes) if isinstance(shapes, dict) else ("input",))
        self._body(layers, program.layers.value, program.layers.origin, self.top)
        if program.output is not None:
            self._try(layers.check_output, program.output.value, program.output.origin)
        if program.outputs is not None:
            for name, item in program.outputs.value.items():
                at = program.outputs.origin / name
                if isinstance(item, OutputItem):
                    self._try(layers.check_output, item.from_, at / "from")
                else:
                    self._try(layers.check_output, item, at)

    def block(self, name: str, text: BlockText) -> None:
        block, at = text.block, text.origin
        params: dict[str, Any] = {}
        self._block_params, self._read_block_params = params, set()
        env = Environment(params, self.closed if text.imported else self.top)
        for param, default in block.params.items():
            if not (isinstance(default, str) and default in TYPES):
                self._value(default, at / "params" / param, Environment(_INPUT, env))
            params[param] = None
        layers = _Layers(tuple(block.inputs or ("input",)))
        self._body(layers, block.layers, at / "layers", env)
        if block.output is not None:
            self._try(layers.check_output, block.output, at / "output")
        for param in block.params:
            if param not in self._read_block_params and f"'{param}'" not in self._suggested:
                message = f"nothing in block '{name}' reads its parameter '{param}'"
                self._note("unused-parameter", message, at / "params" / param, _UNUSED)
        for k, given in enumerate(block.inputs or ()):
            if len(layers.inputs) > 1 and given not in layers.read:
                message = f"nothing in block '{name}' reads its input '{given}'"
                self._note("unread-layer", message, at / "inputs" / k, "name it in a 'from'")

    def edits(self) -> None:
        here = Environment(_INPUT, self.top)
        for text in self.program.edits:
            for name, raw in (text.edit.to or {}).items():
                if not _is_word(raw):
                    self._value(raw, text.origin / "to" / name, here)
            try:
                line = made_line(text)
            except SpecError:
                continue  # noted by the edit itself
            if line is not None:
                self._one(_Layers(), line, here, self.top)

    def init(self) -> None:
        if self.program.init is None:
            return
        for k, rule in enumerate(self.program.init.value):
            for tensor, raw in rule.tensors.items():
                at = self.program.init.origin / k / tensor
                if not isinstance(raw, dict):
                    self._number(raw, at)
                for function, arguments in raw.items() if isinstance(raw, dict) else ():
                    for name, value in arguments.items() if isinstance(arguments, dict) else ():
                        self._number(value, at / function / name)

    def _number(self, raw: Any, at: Origin) -> None:
        """The names in a number of an initialisation; its words are told where it is made."""
        is_word = isinstance(raw, str) and raw.isidentifier() and raw not in self._params
        if not is_word:
            self._value(raw, at, self.top)

    def unused_params(self) -> None:
        """The parameters that this very file or variant introduces, and nothing reads."""
        program = self.program
        read_by_variants = set(self._names_in_variants())
        for name, param in program.params.items():
            if not self._is_own(param) or name in self._read_params | read_by_variants:
                continue
            if not program.extends and f"'{name}'" in self._suggested:
                continue
            if not program.extends:
                message = f"nothing reads the parameter '{name}'"
                self._note("unused-parameter", message, param.default, _UNUSED)
                continue
            known = [key for key in program.params if not self._is_own(program.params[key])]
            self._note(
                "unknown-parameter",
                f"the network has no parameter '{name}'",
                param.default,
                near(name, known) or f"its parameters: {', '.join(known) or 'none'}",
            )

    def _is_own(self, param: Param) -> bool:
        here, at = self.program.origin, param.default
        return at.source is here.source and at.route[:-2] == here.route

    def _names_in_variants(self) -> Iterator[str]:
        """All names that the expressions in the variants of the file read."""
        if self.program.origin.route:
            return
        waiting = [self.program.origin.source.data.get("variants")]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
            elif isinstance(value, str):
                try:
                    yield from parsed(value, self.program.origin).names
                except SpecError:
                    continue  # prose, a glob, or a mistake that the variant itself has

    # Bodies and items.

    def _body(self, layers: _Layers, body: Body, at: Origin, env: Environment) -> None:
        if not body:
            self._note("missing-key", "there are no layers here", at)
        layers.later.update(body if isinstance(body, dict) else ())
        for line in lines_of(body, at):
            self._line(layers, line, env)
            layers.add(line.key)

    def _line(self, layers: _Layers, line: Line, env: Environment) -> None:
        form, at = line.form, line.at
        if isinstance(form.from_, str):
            self._try(layers.check, form.from_, at / "from")
        for k, name in enumerate(form.from_ if isinstance(form.from_, list) else ()):
            self._try(layers.check, name, at / "from" / k)
        copy = self._copy(line, env)
        if not line.is_group:
            self._key(line, env if line.copies == "numbered" else copy)
        here = Environment(_INPUT, copy)
        if form.when is not None:
            self._value(form.when, at / "when", here)
        inside = _Layers(outer=layers) if line.copies == "numbered" else layers
        if line.is_transparent or line.runs_through:
            self._try(check_transparent, line)
        elif form.else_ is not None:
            self._else(inside, line, here)
        self._one(inside, line, here, copy)

    def _one(self, layers: _Layers, line: Line, here: Environment, copy: Environment) -> None:
        """One copy of an item."""
        form = line.form
        if isinstance(form, CallItem):
            self._call(form.op, line.arguments, line.at, here)
        elif isinstance(form, UseItem):
            self._try(self._use, layers, form, line)
        elif line.is_transparent or line.runs_through:
            self._body(layers, form.layers, line.body_at, copy)
        else:
            self._scope(_Layers(outer=layers), form, line, copy)

    def _use(self, layers: _Layers, form: UseItem, line: Line) -> None:
        outer = layers.outer
        if line.copies == "numbered" and outer is not None and outer.knows(form.use):
            outer.read.add(form.use)
            counted_name, *_ = bound_names(form.repeat) or ("i",)
            raise failure(
                "unknown-layer",
                f"the copies of '{line.key}' are layers of a scope that does not see '{form.use}'",
                (line.at / "use").value,
                help="copies with their number in the key stand beside it: "
                f"'{line.key}{{{counted_name}}}': {{use: {form.use}, repeat: ...}}",
            )
        layers.check(form.use, line.at / "use")

    def _scope(self, inner: _Layers, form: ScopeItem, line: Line, env: Environment) -> None:
        self._body(inner, form.layers, line.body_at, env)
        if form.output is not None:
            self._try(inner.check_output, form.output, line.at / "output")

    def _copy(self, line: Line, env: Environment) -> Environment:
        """What a copy of an item sees."""
        if line.form.repeat is None:
            return env
        bound: dict[str, Any] = {}
        for name, raw, at in counted(line):
            self._try(check_bound, name, at, env)
            self._value(raw, at, env)
            bound[name] = None
        return Environment(bound, env)

    def _key(self, line: Line, env: Environment) -> None:
        if isinstance(line.key, int):
            return
        for expression in TEMPLATE.findall(line.key):
            self._try(self._key_names, expression, line, env)
        if problem := layer_name_problem(TEMPLATE.sub("0", line.key)):
            self._note("bad-name", problem, line.at)

    def _key_names(self, expression: str, line: Line, env: Environment) -> None:
        try:
            self._names(expression, line.at, env)
        except SpecError as error:
            raise in_key(error, line) from None

    def _else(self, layers: _Layers, line: Line, env: Environment) -> None:
        written, at = line.form.else_, line.at / "else"
        if written == "none":
            return
        try:
            op, arguments = else_call(written, at)
            if op is None and env.holder(written) is not None and not layers.knows(written):
                raise failure(
                    "unknown-layer", f"there is no layer '{written}' above in this scope", at.value,
                    help=f"an op parameter is written {{op: {written}}}",
                )  # fmt: skip
            if op is None:
                layers.check(written, at)
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
        block = self.program.blocks.get(op)
        if cls is not None:
            self._try(check_arguments, cls, origins)
        elif block is not None:
            self._try(check_parameters, op, block, origins)
        for name, (raw, origin) in arguments.items():
            if cls is not None:
                self._try(self._argument, cls, name, Argument(raw, origin, env))
            elif block is not None and name not in block.block.params:
                self._mentioned(raw, env)
            elif block is not None or not _is_word(raw):
                self._value(raw, origin, env)

    def _argument(self, cls: type[Op], name: str, argument: Argument) -> None:
        if name not in cls.model_fields:
            self._mentioned(argument.raw, argument.environment)
        elif not is_literal(cls, name, argument):
            self._value(argument.raw, argument.origin, argument.environment)

    def _mentioned(self, raw: Any, env: Environment) -> None:
        """The value of an argument that there is not: a parameter in it is not unused as well."""
        if isinstance(raw, str):
            for name in re.findall(r"[A-Za-z_]\w*", in_latin(raw)):
                self._read(name, env)

    def _value(self, raw: Any, at: Origin, env: Environment) -> None:
        """The names in something written."""
        if isinstance(raw, list):
            for k, item in enumerate(raw):
                self._value(item, at / k, env)
        elif isinstance(raw, dict) and isinstance(raw.get("op"), str):
            arguments = {key: (value, at / key) for key, value in raw.items() if key != "op"}
            self._call(raw["op"], arguments, at, Environment(_INPUT, env))
        elif isinstance(raw, dict):
            self.note(no_op_value(at))
        elif isinstance(raw, str):
            self._try(self._text, raw, at, env)

    def _text(self, text: str, at: Origin, env: Environment) -> None:
        check_truth(text, at, env)
        if CAPITAL.fullmatch(text):
            check_op(text, at, env, self.known)
        else:
            self._names(text, at, env)

    def _names(self, text: str, at: Origin, env: Environment) -> None:
        """The names in an expression."""
        try:
            names = sorted(parsed(text, at).names)
        except SpecError:
            self._mentioned(text, env)
            raise
        found: list[Diagnostic] = []
        for name in names:
            holder, place = env.holder(name), name_within(name, text, at)
            value = holder.values[name] if isinstance(holder, Environment) else None
            if holder is None:
                found += unknown_name(name, place, env).diagnostics
            elif isinstance(value, Undefined):
                found += undefined_name(name, value, place).diagnostics
            self._read(name, env)
        if found:
            raise SpecError(found)

    def _read(self, name: str, env: Environment) -> None:
        """Something reads a name: keep in mind which parameter that is."""
        holder = env.holder(name)
        if holder is self.top:
            self._read_params.add(name)
        elif isinstance(holder, Environment) and holder.values is self._block_params:
            self._read_block_params.add(name)

    def _try(self, check: Callable[..., Any], *arguments: Any) -> None:
        try:
            check(*arguments)
        except SpecError as error:
            self.note(error)

    def _note(self, code: Code, message: str, at: Origin, help: str | None = None) -> None:
        self.note(failure(code, message, at.key, help=help))
