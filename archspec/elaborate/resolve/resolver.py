"""The names of a program, resolved by its text alone: every item of every body, whatever exists.

Expanding a body meets only what the network has; this pass also resolves the names of absent
layers, of unused blocks and of choices that are not taken. What a name means is decided by the
same functions in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, final

from archspec.diagnostics import Code, Diagnostic, Label, SpecError, failure, near
from archspec.diagnostics.look_alikes import in_latin
from archspec.elaborate.resolve.definitions import Definition, DefinitionForm, Reference, Resolution
from archspec.elaborate.resolve.layer_names import LayerNames
from archspec.elaborate.rules.arguments import (
    check_arguments,
    check_like,
    check_parameters,
    is_literal,
    literals_of,
)
from archspec.elaborate.rules.desugar import (
    Bodies,
    Item,
    WrittenCall,
    bound_names,
    edit_item,
    otherwise,
    transparent_form,
    written_call,
)
from archspec.elaborate.rules.operands import layer_of_output
from archspec.elaborate.rules.repeat import (
    bad_key,
    check_bound,
    in_key,
    names_before,
    repeat_clauses,
)
from archspec.elaborate.rules.resolve_op import check_op
from archspec.elaborate.rules.templates import TEMPLATE, LayerName, check_braces, expressions_in
from archspec.language.model import (
    SIZES_OF_INPUT,
    Body,
    CallItem,
    InputShape,
    NetItem,
    ScopeItem,
    UseItem,
)
from archspec.language.names import (
    CLASH,
    Argument,
    Environment,
    FileParams,
    Undefined,
    check_truth,
    name_within,
    no_op_value,
    parse_at,
    undefined_name,
    unknown_name,
)
from archspec.language.program import (
    CAPITAL,
    BlockText,
    Param,
    Program,
    declaration,
    unknown_param,
)
from archspec.op.base import Op
from archspec.ops import registry
from archspec.text import Origin

_INPUT: Final = dict.fromkeys(SIZES_OF_INPUT)
_SCOPE_INPUT: Final = {"input": None}
_LATE: Final = Undefined("a parameter may use those above it only", "move it up")
_UNUSED: Final = "remove it, or use it in an expression"


def resolve(
    program: Program,
    bodies: Bodies,
    note: Callable[[SpecError], None],
    known: set[Origin] | None = None,
) -> Resolution:
    """What the names of a program mean, whatever network it makes; names without a meaning, and
    definitions without a use, are noted. So are those of its parts, but for the ``known``."""
    resolver = _Resolver(program, bodies, note)
    resolver.params()
    resolver.layers()
    for name in _reachable_blocks(program):
        resolver.block(name, program.blocks[name])
    resolver.edits()
    resolver.init()
    resolver.unused_params()
    known = {program.origin} if known is None else known
    for part in resolver.parts:
        if part.origin not in known:
            known.add(part.origin)
            resolve(replace(part, parts=program.parts), bodies, note, known)
    return Resolution(tuple(resolver.definitions), tuple(resolver.references))


def resolve_blocks(program: Program, bodies: Bodies, note: Callable[[SpecError], None]) -> None:
    """The same for a file that has only blocks."""
    resolver = _Resolver(program, bodies, note)
    resolver.params()
    for name in _reachable_blocks(program):
        resolver.block(name, program.blocks[name])
    resolver.unused_params()


def _reachable_blocks(program: Program) -> Iterator[str]:
    """The blocks of the network's own files, and of imported ones those that are named."""
    waiting: list[Any] = [name for name, text in program.blocks.items() if not text.imported]
    waiting += [param.raw for param in program.params.values()]
    waiting += [edit.origin.raw for edit in program.edits]
    waiting.append(program.layers.origin.raw)
    reached: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            name = value.rpartition("=")[2].strip()  # of `op = Block`, too
            if name in program.blocks and name not in reached:
                reached.add(name)
                waiting.append(program.blocks[name].origin.raw)
    return (name for name in program.blocks if name in reached)


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
class _Resolver:
    """Resolves the parts of a program, and notes what is wrong with each.

    Its environments hold a definition as the value of each name: the text alone knows no more.
    """

    def __init__(self, program: Program, bodies: Bodies, note: Callable[[SpecError], None]) -> None:
        self.definitions: list[Definition] = []
        self.references: list[Reference] = []
        self.parts: list[Program] = []
        """The networks that are parts of this one."""
        self._program = program
        self._bodies = bodies
        self._note_to = note
        self._suggested = ""
        """The help of all diagnostics: a parameter that is suggested is unused for that reason."""
        self._ops: Mapping[str, type[Op]] = registry()
        self._known = frozenset(self._ops) | frozenset(program.blocks)
        self._blocks = {
            name: self._define("block", name, text.origin) for name, text in program.blocks.items()
        }
        self._several: dict[str, bool] = {}
        """Whether the ops and blocks that were asked for may have several outputs."""
        self._params: dict[str, Any] = {}
        self._top = Environment(self._params, FileParams({}))
        self._used: set[Definition] = set()

    def note(self, error: SpecError) -> None:
        self._suggested += " ".join(diagnostic.help or "" for diagnostic in error.diagnostics)
        self._note_to(error)

    def _define(self, form: DefinitionForm, name: str, at: Origin) -> Definition:
        definition = Definition(form, name, at)
        self.definitions.append(definition)
        return definition

    def _refer(
        self, found: Iterable[Any], at: Origin, text: str | None = None, *, is_in_key: bool = False
    ) -> None:
        """Something uses what was found, as far as that is defined in a file."""
        for definition in found:
            if isinstance(definition, Definition):
                self._used.add(definition)
                self.references.append(Reference(definition, at, text, is_in_key))

    # The parts of a program.

    def params(self) -> None:
        params = self._program.params
        self._params.update(dict.fromkeys(params, _LATE))
        for name, param in params.items():
            self._value(param.raw, param.origin, self._top)
            self._params[name] = self._define("parameter", name, param.default)
        for shape, at in self._shapes():
            for k, size in enumerate(shape):
                self._value(size, at / k, self._top)

    def _shapes(self) -> Iterator[tuple[InputShape, Origin]]:
        written = self._program.input
        if isinstance(written.value, list):
            yield written.value, written.origin
        else:
            for name, shape in written.value.items():
                yield shape, written.origin / name

    def layers(self) -> None:
        program = self._program
        shapes, at = program.input.value, program.input.origin
        inputs: dict[str, Definition | None] = {"input": self._define("input", "input", at)}
        if isinstance(shapes, dict):
            inputs = {name: self._define("input", name, at / name) for name in shapes}
        layers = LayerNames(inputs)
        self._body(layers, program.layers.value, program.layers.origin, self._top)
        if program.output is not None:
            self._output(layers, LayerName(program.output.value, program.output.origin), self._top)
        if program.outputs is not None:
            for name, item in program.outputs.value.items():
                at = program.outputs.origin / name
                self._output(layers, layer_of_output(item, at), self._top)

    def block(self, name: str, text: BlockText) -> None:
        block, at = text.block, text.origin
        inputs = {
            given: self._define("input", given, at / "inputs" / k)
            for k, given in enumerate(block.input_names)
        }
        params: dict[str, Any] = {}
        is_given = {name: inputs[name] for name in block.optional_inputs}
        env = Environment(params, Environment(is_given, self._home(text)))
        for param, raw in block.params.items():
            place = at / "params" / param
            self._try(self._default, raw, place, Environment(_INPUT, env))
            params[param] = self._define("block parameter", param, place)
        layers = LayerNames(inputs, is_block=True)
        self._body(layers, block.layers, at / "layers", env)
        self._outputs_of_block(text, inputs, layers, env)
        for param, definition in params.items():
            if definition not in self._used and f"'{param}'" not in self._suggested:
                message = f"nothing in block '{name}' reads its parameter '{param}'"
                self._report("unused-parameter", message, definition.at, _UNUSED)
        for given, definition in inputs.items():
            if len(inputs) > 1 and definition not in self._used:
                message = f"nothing in block '{name}' reads its input '{given}'"
                self._report("unread-layer", message, definition.at, "name it in a 'from'")

    def _outputs_of_block(
        self,
        text: BlockText,
        inputs: Mapping[str, Definition],
        layers: LayerNames,
        env: Environment,
    ) -> None:
        block, at = text.block, text.origin
        for k, given in enumerate(block.outputs or ()):
            place = at / "outputs" / k
            if given not in inputs:
                self._output(layers, LayerName(given, place), env)
            elif k == 0:
                message = "the first output of a block is one of its layers, not an input"
                self._report(
                    "bad-output",
                    message,
                    place,
                    "put a layer first; an input behind it is passed on",
                )
            else:
                self._refer([inputs[given]], place)
        if block.output is not None and block.outputs is not None:
            message = "'output' and 'outputs' exclude each other"
            self._report("bad-output", message, at / "output")
        elif block.output is not None:
            self._output(layers, LayerName(block.output, at / "output"), env)

    def _home(self, text: BlockText) -> Environment:
        if text.brings is None:
            return self._top
        seen = {name: self._params.get(name, CLASH) for name in text.brings}
        return Environment(seen, FileParams({}, is_closed=True))

    def _default(self, raw: Any, at: Origin, env: Environment) -> None:
        """The names in the default of a block's parameter."""
        declared = declaration(raw, at)
        if not declared.is_required:
            self._value(declared.default, at, env)

    def edits(self) -> None:
        here = Environment(_INPUT, self._top)
        for text in self._program.edits:
            for name, raw in (text.edit.to or {}).items():
                if not _is_word(raw):
                    self._value(raw, text.origin / "to" / name, here)
            try:
                item = edit_item(text)
            except SpecError:
                continue  # noted by the edit itself
            if item is not None:
                self._one(LayerNames(_SCOPE_INPUT), item, here, self._top)

    def init(self) -> None:
        if self._program.init is None:
            return
        for k, rule in enumerate(self._program.init.value):
            for tensor, raw in rule.tensors.items():
                at = self._program.init.origin / k / tensor
                if not isinstance(raw, dict):
                    self._number(raw, at)
                for function, arguments in raw.items() if isinstance(raw, dict) else ():
                    for name, value in arguments.items() if isinstance(arguments, dict) else ():
                        self._number(value, at / function / name)

    def _number(self, raw: Any, at: Origin) -> None:
        """The names in a number of an initialisation; words are checked where it is made."""
        is_word = isinstance(raw, str) and raw.isidentifier() and raw not in self._params
        if not is_word:
            self._value(raw, at, self._top)

    def unused_params(self) -> None:
        """The parameters that this very file or variant introduces, and nothing reads."""
        program = self._program
        used = {found.name for found in self._used if found.form == "parameter"}
        used |= set(self._names_in_variants())
        for name, param in program.params.items():
            # an inherited parameter may be for the base alone, and a variant may use what is unused
            if not self._is_own(param) or name in used:
                continue
            if not program.extends:
                if f"'{name}'" not in self._suggested:
                    message = f"nothing reads the parameter '{name}'"
                    self._report("unused-parameter", message, param.default, _UNUSED)
                continue
            known = [key for key in program.params if not self._is_own(program.params[key])]
            self._report(
                "unknown-parameter",
                f"the network has no parameter '{name}'",
                param.default,
                near(name, known) or f"its parameters: {', '.join(known) or 'none'}",
            )

    def _is_own(self, param: Param) -> bool:
        here, at = self._program.origin, param.default
        return at.source is here.source and at.route[:-2] == here.route

    def _names_in_variants(self) -> Iterator[str]:
        """All names that the expressions in the variants of the file read."""
        if self._program.origin.route:
            return
        waiting = [self._program.origin.source.data.get("variants")]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
            elif isinstance(value, str):
                try:
                    yield from parse_at(value, self._program.origin).names
                except SpecError:
                    continue  # prose, a glob, or an error that the variant itself has

    # Bodies and items.

    def _body(self, layers: LayerNames, body: Body, at: Origin, env: Environment) -> None:
        if not body:
            self._report("missing-key", "there are no layers here", at)
        layers.later.update(body if isinstance(body, dict) else ())
        for item in self._bodies.items(body, at):
            is_templated = item.repeat_form == "templated"
            if is_templated:  # a copy may read those before it
                self._add(layers, item)
            self._item(layers, item, env)
            if not is_templated:
                self._add(layers, item)

    def _add(self, layers: LayerNames, item: Item) -> None:
        if definition := layers.add(item, has_paths=self._gives_several(item)):
            self.definitions.append(definition)

    def _gives_several(self, item: Item) -> bool:
        """Whether an item may be a block with several outputs, or a scope that gives what such a
        block gives, for all that the text shows."""
        if isinstance(form := item.form, CallItem):
            if form.op not in self._several:
                self._several[form.op] = self._may_give_several(item)
            return self._several[form.op]
        return self._may_give_several(item)

    def _may_give_several(self, item: Item) -> bool:
        """Search what an item contains: blocks contain blocks deeper than Python calls itself."""
        pending, searched = [item], set[str]()
        while pending:
            item = pending.pop()
            if isinstance(form := item.form, ScopeItem):
                pending.extend(self._bodies.items(form.layers, item.body_at))
            elif isinstance(form, CallItem) and form.op not in searched:
                searched.add(form.op)
                text = self._program.blocks.get(form.op)
                known = self._several.get(form.op, form.op not in self._known)
                if known or (text is not None and text.block.outputs is not None):
                    return True
                if text is not None and form.op not in self._several:
                    pending.extend(self._bodies.items(text.block.layers, text.origin / "layers"))
        self._several.update(dict.fromkeys(searched, False))
        return False

    def _item(self, layers: LayerNames, item: Item, env: Environment) -> None:
        copy = self._copy(item, env)
        before = copy if item.repeat_form == "templated" else names_before(item, env)
        for source in (*(item.sources or ()), *([item.like] if item.like else [])):
            self._layer(layers, source, before)
        if not item.is_group:
            self._key(item, env if item.repeat_form == "numbered" else copy)
        here = Environment(_INPUT, copy)
        if item.form.when is not None:
            self._value(item.form.when, item.at / "when", here)
        is_numbered = item.repeat_form == "numbered"
        inside = LayerNames(_SCOPE_INPUT, outer=layers) if is_numbered else layers
        if item.is_transparent or item.runs_through:
            self._try(transparent_form, item)
        elif item.form.else_ is not None:
            self._else(inside, item, here)
        self._one(inside, item, here, copy)

    def _one(self, layers: LayerNames, item: Item, here: Environment, copy: Environment) -> None:
        """One copy of an item."""
        form = item.form
        if isinstance(form, NetItem):
            self._net(form, item, here)
        elif item.call is not None:
            self._call(item.call, here)
            self._arguments_made(layers, item, here)
            if item.tied is not None:
                self._tied(layers, item.tied, here)
            if item.like is not None and item.call.op in {**self._ops, **self._program.blocks}:
                self._try(check_like, item.call.op, self._ops.get(item.call.op), item.like.at)
        elif isinstance(form, UseItem):
            self._use(layers, LayerName(form.use, item.at / "use"), item, here)
        elif isinstance(form, ScopeItem) and (item.is_transparent or item.runs_through):
            self._body(layers, form.layers, item.body_at, copy)
        elif isinstance(form, ScopeItem):
            inner = LayerNames(_SCOPE_INPUT, outer=layers)
            self._body(inner, form.layers, item.body_at, copy)
            if form.output is not None:
                self._output(inner, LayerName(form.output, item.at / "output"), copy)

    def _net(self, form: NetItem, item: Item, here: Environment) -> None:
        """A network as a part. The ops among its arguments are those that its own text knows."""
        part = self._program.parts[item.at.source, form.net]
        self.parts.append(part)
        for name, raw in form.arguments.items():
            at = item.at / name
            if name not in part.params:
                self.note(SpecError([unknown_param(name, part.params, at)]))
                self._mention(raw, at, here)
            elif not (isinstance(raw, str) and raw in part.blocks):
                self._value(raw, at, here)

    def _layer(self, layers: LayerNames, source: LayerName, env: Environment) -> None:
        try:
            self._template(source, env)
            self._refer(layers.find(source), source.at)
        except SpecError as error:
            self.note(error)

    def _output(self, layers: LayerNames, source: LayerName, env: Environment) -> None:
        try:
            self._template(source, env)
            self._refer(layers.find_output(source), source.at)
        except SpecError as error:
            self.note(error)

    def _template(self, source: LayerName, env: Environment) -> None:
        """The names in the braces of a name."""
        check_braces(source.name, Label(source.at.value))
        for expression in expressions_in(source.name):
            self._names(expression, source.at, env)

    def _use(self, layers: LayerNames, used: LayerName, item: Item, env: Environment) -> None:
        # the copies of a plain key stand in a scope of their own, each under its number
        if item.repeat_form != "numbered":
            self._made_layer(layers, used, env)
            return
        assert layers.outer is not None
        self._made_layer(layers.outer, used, env)
        index, *_ = bound_names(item.form.repeat) or ("i",)
        self.note(
            failure(
                "bad-repeat",
                f"the copies of '{item.key}' would be layers of a scope of their own",
                at=used.at.value,
                help="copies with their number in the key stand beside it: "
                f"'{item.key}{{{index}}}': {{use: {used.name}, repeat: ...}}",
            )
        )

    def _made_layer(self, layers: LayerNames, used: LayerName, env: Environment) -> None:
        """A layer that is needed again: of the scope, or of one that the text shows around it."""
        try:
            self._template(used, env)
            self._refer(layers.find_around(used), used.at)
        except SpecError as error:
            self.note(error)

    def _tied(self, layers: LayerNames, tied: LayerName, env: Environment) -> None:
        """A layer whose weight is needed, or a parameter that holds one."""
        holder = env.holder(tied.name)
        if holder is None or layers.knows(tied.name):
            self._made_layer(layers, tied, env)
        else:
            self._refer_to(tied.name, holder, tied.at)

    def _arguments_made(self, layers: LayerNames, item: Item, env: Environment) -> None:
        """Arguments that are layers which were made: parameters of a block."""
        assert item.call is not None
        block = self._program.blocks.get(item.call.op)
        origins = {name: item.at / name for name in item.arguments_made}
        if block is not None:
            self._try(check_parameters, item.call.op, block, origins)
        for name, used in item.arguments_made.items():
            if item.call.op in self._ops:
                message = f"'{name}' of {item.call.op} must be a number, not a layer"
                self.note(
                    failure(
                        "bad-argument",
                        message,
                        at=origins[name].value,
                        help="a parameter of a block can be a layer that was made",
                    )
                )
            self._made_layer(layers, used, env)

    def _copy(self, item: Item, env: Environment) -> Environment:
        """What a copy of an item sees."""
        if item.form.repeat is None:
            return env
        bound: dict[str, Any] = {}
        for name, raw, at in repeat_clauses(item):
            self._try(check_bound, name, at, env)
            self._value(raw, at, env)
            bound[name] = self._define("repeat", name, at)
        return Environment(bound, env)

    def _key(self, item: Item, env: Environment) -> None:
        if isinstance(item.key, int):
            return
        self._try(check_braces, item.key, Label(item.at.key))
        for expression in TEMPLATE.findall(item.key):
            try:
                self._names(expression, item.at, env, is_in_key=True)
            except SpecError as error:
                self.note(in_key(error, item))
        name = TEMPLATE.sub("0", item.key) if "{" in item.key else item.key
        if problem := bad_key(item, name):
            self.note(problem)

    def _else(self, layers: LayerNames, item: Item, env: Environment) -> None:
        try:
            other = otherwise(item)
        except SpecError as error:
            self.note(error)
            return
        if isinstance(other, WrittenCall):
            self._call(other, env)
        elif isinstance(other, LayerName):
            self._else_layer(layers, other, env)

    def _else_layer(self, layers: LayerNames, other: LayerName, env: Environment) -> None:
        if env.holder(other.name) is None or layers.knows(other.name):
            self._layer(layers, other, env)
            return
        self.note(
            failure(
                "unknown-layer",
                f"there is no layer '{other.name}' above in this scope",
                at=other.at.value,
                help=f"an op parameter is written {{op: {other.name}}}",
            )
        )

    # Calls and values.

    def _call(self, call: WrittenCall, env: Environment) -> None:
        self._try(check_op, call.op, call.at, env, self._known)
        self._op_name(call.op, call.at / "op", env)
        cls = self._ops.get(call.op)
        origins = {name: origin for name, (_, origin) in call.arguments.items()}
        block = self._program.blocks.get(call.op)
        if cls is not None:
            self._try(check_arguments, cls, origins)
        elif block is not None:
            self._try(check_parameters, call.op, block, origins)
        for name, (raw, origin) in call.arguments.items():
            if cls is not None:
                self._argument(cls, name, Argument(raw, origin, env))
            elif block is not None and name not in block.block.params:
                self._mention(raw, origin, env)
            elif block is not None or not _is_word(raw):
                self._value(raw, origin, env)

    def _op_name(self, op: str, at: Origin, env: Environment) -> None:
        if op in self._blocks:
            self._refer([self._blocks[op]], at)
        elif (holder := env.holder(op)) is not None:
            self._refer_to(op, holder, at)

    def _argument(self, cls: type[Op], name: str, argument: Argument) -> None:
        if name not in cls.model_fields:
            self._mention(argument.raw, argument.origin, argument.environment)
            return
        try:
            if is_literal(cls, name, argument):
                return
        except SpecError as error:
            self.note(error)
            return
        self._value(argument.raw, argument.origin, argument.environment)

    def _mention(self, raw: Any, at: Origin, env: Environment) -> None:
        """A value that is wrong as a whole: what it mentions is not unused as well."""
        if isinstance(raw, str):
            for name in re.findall(r"[A-Za-z_]\w*", in_latin(raw)):
                self._refer_to(name, env.holder(name), at, raw)

    def _value(self, raw: Any, at: Origin, env: Environment) -> None:
        """The names in something written."""
        if isinstance(raw, list):
            for k, item in enumerate(raw):
                self._value(item, at / k, env)
        elif isinstance(raw, dict) and isinstance(raw.get("op"), str):
            arguments = {key: value for key, value in raw.items() if key != "op"}
            self._call(written_call(raw["op"], arguments, at), Environment(_INPUT, env))
        elif isinstance(raw, dict):
            self.note(no_op_value(at))
        elif isinstance(raw, str):
            self._try(self._text, raw, at, env)

    def _text(self, text: str, at: Origin, env: Environment) -> None:
        check_truth(text, at, env)
        if CAPITAL.fullmatch(text):
            check_op(text, at, env, self._known)
            self._op_name(text, at, env)
        else:
            self._names(text, at, env)

    def _names(self, text: str, at: Origin, env: Environment, *, is_in_key: bool = False) -> None:
        """The names in an expression."""
        try:
            names = sorted(parse_at(text, at).names)
        except SpecError:
            self._mention(text, at, env)
            raise
        found: list[Diagnostic] = []
        for name in names:
            holder = env.holder(name)
            value = holder.values[name] if isinstance(holder, Environment) else None
            if holder is None:
                found += unknown_name(name, name_within(name, text, at), env).diagnostics
            elif isinstance(value, Undefined):
                found += undefined_name(name, value, name_within(name, text, at)).diagnostics
            self._refer_to(name, holder, at, text, is_in_key=is_in_key)
        if found:
            raise SpecError(found)

    def _refer_to(
        self,
        name: str,
        holder: Environment | FileParams | None,
        at: Origin,
        text: str | None = None,
        *,
        is_in_key: bool = False,
    ) -> None:
        if isinstance(holder, Environment):
            self._refer([holder.values[name]], at, text, is_in_key=is_in_key)

    def _try(self, check: Callable[..., Any], *arguments: Any) -> None:
        try:
            check(*arguments)
        except SpecError as error:
            self.note(error)

    def _report(self, code: Code, message: str, at: Origin, help: str | None = None) -> None:
        self.note(failure(code, message, at=at.key, help=help))
