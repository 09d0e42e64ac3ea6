"""Program: one network's text, with the files it extends, its variant and its overrides merged in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Generic, NoReturn, TypeVar, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, fix_key, near
from archspec.language.model import (
    ITEM_KEYS,
    TYPES,
    Block,
    Body,
    Edit,
    Expect,
    File,
    Init,
    InputShape,
    OutputItem,
    Variant,
    bad_name,
    bad_network_name,
    bad_value_name,
)
from archspec.ops import registry
from archspec.text import Origin, Source

CAPITAL: Final = re.compile(r"[A-Z][A-Za-z0-9_]*")
"""A capital letter is an op or a block, a small one a parameter, a layer or an expression."""
SMALL: Final = re.compile(r"[a-z_][A-Za-z0-9_]*")

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """Something of a spec, and where it was written."""

    value: T
    origin: Origin


@final
@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the file: its value as written, and who had the last word on it."""

    raw: Any
    origin: Origin
    default: Origin
    """Where the parameter was introduced."""
    type_name: str | None
    """Type of the value that it was introduced with; None if that is an expression."""
    overridden: bool = False
    """The last word was had by this very variant, file or command, not by what it extends."""


@final
@dataclass(frozen=True, slots=True)
class BlockText:
    """A block's definition."""

    block: Block
    origin: Origin
    brings: Mapping[str, Param | None] | None = None
    """The parameters of its file that an imported block sees beside its own, and brings along; one
    is None if it comes by two ways with different meanings. All is None for a block that is not
    imported, which sees all parameters."""

    @property
    def imported(self) -> bool:
        return self.brings is not None


@final
@dataclass(frozen=True, slots=True)
class EditText:
    edit: Edit
    origin: Origin
    inherited: bool = False
    """Written in a file that this network only extends: it may select nothing here."""


@final
@dataclass(frozen=True)
class Program:
    """All that elaboration needs, from whichever files it came."""

    name: str
    origin: Origin
    """The file or variant whose network this is."""
    layers: Written[Body]
    input: Written[InputShape | dict[str, InputShape]]
    params: Mapping[str, Param] = field(default_factory=dict)
    blocks: Mapping[str, BlockText] = field(default_factory=dict)
    edits: tuple[EditText, ...] = ()
    output: Written[str] | None = None
    outputs: Written[dict[str, str | OutputItem]] | None = None
    init: Written[list[Init]] | None = None
    expect: Written[Expect] | None = None
    ignored: frozenset[str] = frozenset()
    """Remarks that are not made on this network."""
    description: str | None = None
    cite: str | None = None
    extends: bool = False
    """It is the change of another network."""
    parts: Mapping[tuple[Source, str], Program] = field(default_factory=dict, repr=False)
    """The networks that are parts of this one and of each other, by the file that names them and
    as it does."""

    def __repr__(self) -> str:
        return f"<Program {self.name}, {self.origin}>"


def nets_in(at: Origin) -> Iterator[Origin]:
    """Where a file, a variant or its blocks name networks that are parts of it."""
    if "net" not in at.source.text:
        return
    waiting = [(value, at / key) for key, value in at.raw.items() if key not in _WITHOUT_LAYERS]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, dict):
            if "op" not in value and isinstance(value.get("net"), str):
                yield place / "net"
            waiting += [(inner, place / key) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, place / k) for k, inner in enumerate(value)]


_WITHOUT_LAYERS: Final = frozenset(
    {"variants", "params", "expect", "published", "study", "init", "outputs", "lint"}
)


def base_program(
    file: File, origin: Origin, name: str, imported: Mapping[str, BlockText]
) -> Program:
    """The program of a file that extends none."""
    if file.layers is None:
        help = "layers: {conv: {op: Conv2d, out_channels: 8, kernel_size: 3}}"
        if has_only_blocks(file):
            help = f"a file of blocks is no network; others use them with 'import: {origin.source.name}'"
        raise failure(
            "missing-key",
            "a spec needs 'layers' (or 'extends')",
            at=origin.source.start,
            help=help,
        )
    if file.input is None:
        raise failure(
            "missing-key",
            "a spec needs 'input'",
            at=origin.source.start,
            help="input: [3, 224, 224]",
        )
    if diagnostics := _name_diagnostics(file, origin):
        raise SpecError(diagnostics)
    program = Program(
        name,
        origin,
        Written(file.layers, origin / "layers"),
        Written(file.input, origin / "input"),
        {**written_params(file, origin), **brought(imported, file.params)},
        imported,
    )
    return _with_texts(program, file, origin)


def library(file: File, origin: Origin, name: str, imported: Mapping[str, BlockText]) -> Program:
    """A file of blocks as a program without a network."""
    if diagnostics := _name_diagnostics(file, origin):
        raise SpecError(diagnostics)
    params = {**written_params(file, origin), **brought(imported, file.params)}
    layers: Written[Body] = Written([], origin)
    shape: Written[InputShape | dict[str, InputShape]] = Written([], origin)
    return _with_texts(Program(name, origin, layers, shape, params, imported), file, origin)


def has_only_blocks(file: File) -> bool:
    """A file for others to import."""
    return file.layers is None and file.extends is None and file.input is None and bool(file.blocks)


def written_params(text: Variant, origin: Origin) -> dict[str, Param]:
    """The parameters that a file introduces."""
    found = {}
    for name, raw in text.params.items():
        at = origin / "params" / name
        found[name] = Param(raw, at, at, written_type(raw))
    return found


def read_params(written: Any, params: Mapping[str, Param]) -> dict[str, Param]:
    """The parameters that something written may read, and those that their values are made of."""
    found = _names_in(written) & params.keys()
    while (
        more := {name for read in found for name in _names_in(params[read].raw)}
        & params.keys() - found
    ):
        found |= more
    return {name: param for name, param in params.items() if name in found}


def _names_in(written: Any) -> set[str]:
    """All that may be a name in something written."""
    found: set[str] = set()
    waiting = [written]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            found.update(_NAME.findall(value))
    return found


_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def brought(imported: Mapping[str, BlockText], own: Collection[str]) -> dict[str, Param]:
    """The parameters that imported blocks bring along: those that the file does not have itself, and
    that no two files mean different things by."""
    found: dict[str, Param] = {}
    clashing: set[str] = set()
    for text in imported.values():
        for name, param in (text.brings or {}).items():
            if param is None or found.setdefault(name, param).default != param.default:
                clashing.add(name)
    clashing -= {*own}
    while more := {n for n in found.keys() - clashing if _names_in(found[n].raw) & clashing}:
        clashing |= more
    return {name: param for name, param in found.items() if name not in {*own, *clashing}}


def extend(
    base: Program, change: Variant, origin: Origin, name: str, imported: Mapping[str, BlockText]
) -> Program:
    """The base with a variant or an extending file over it: params and blocks by name, edits
    appended, expect not inherited, every other field replaced."""
    diagnostics = _name_diagnostics(change, origin)
    diagnostics += _clashes(base.blocks, imported)
    params = _inherited_params(base)
    for param, raw in change.params.items():
        at = origin / "params" / param
        if param in params:
            diagnostics += _type_diagnostics(param, params[param], raw, at)
            params[param] = replace(params[param], raw=raw, origin=at, overridden=True)
        else:
            params[param] = Param(raw, at, at, written_type(raw))
    params |= brought(imported, params)
    if diagnostics:
        raise SpecError(diagnostics)
    program = replace(
        base,
        name=name,
        origin=origin,
        params=params,
        blocks={**imported, **base.blocks},
        edits=_inherited_edits(base),
        expect=None,
        extends=True,
    )
    if change.input is not None:
        program = replace(program, input=Written(change.input, origin / "input"))
    return _with_texts(program, change, origin)


def override(program: Program, settings: Mapping[str, Written[Any]]) -> Program:
    """The program with parameters set from outside; ``expect`` no longer holds."""
    params = _inherited_params(program)
    diagnostics: list[Diagnostic] = []
    for name, setting in settings.items():
        if name not in params:
            diagnostics.append(unknown_param(name, params, setting.origin))
            continue
        diagnostics += _type_diagnostics(name, params[name], setting.value, setting.origin)
        params[name] = replace(
            params[name], raw=setting.value, origin=setting.origin, overridden=True
        )
    if diagnostics:
        raise SpecError(diagnostics)
    return replace(program, params=params, edits=_inherited_edits(program), expect=None)


def with_input(program: Program, input: Written[Any]) -> Program:
    """The program with another input; ``expect`` no longer holds."""
    shapes, given = program.input.value, input.value
    if isinstance(shapes, dict) and isinstance(given, list):
        if len(shapes) != 1:
            raise failure(
                "bad-value",
                f"the network has {len(shapes)} inputs ({', '.join(shapes)}), and one shape is given",
                at=input.origin.value,
                help="give a shape for one by its name: --input NAME=SHAPE",
            )
        given = {next(iter(shapes)): given}
    if not _is_input(given):
        raise failure(
            "bad-value",
            "an input is a shape, or a mapping of them",
            at=input.origin.value,
            help="[3, 224, 224], or {left: [1, 28, 28], right: [1, 28, 28]}",
        )
    known = shapes if isinstance(shapes, dict) else {"input": shapes}
    if isinstance(given, dict):
        if not given or not given.keys() <= known.keys():
            raise failure(
                "bad-value",
                f"the inputs are called {', '.join(sorted(known))}",
                at=input.origin.value,
            )
        given = {**known, **given}  # those that are not given stay
    edits = _inherited_edits(program)
    return replace(program, input=Written(given, input.origin), edits=edits, expect=None)


def _is_input(value: Any) -> bool:
    shapes = value.values() if isinstance(value, dict) else [value]
    return all(
        isinstance(shape, list) and all(type(size) in (int, str) for size in shape)
        for shape in shapes
    )


def _inherited_params(base: Program) -> dict[str, Param]:
    return {name: replace(param, overridden=False) for name, param in base.params.items()}


def _inherited_edits(base: Program) -> tuple[EditText, ...]:
    return tuple(replace(edit, inherited=True) for edit in base.edits)


def unknown_param(name: str, params: Mapping[str, Any], at: Origin) -> Diagnostic:
    known = f"its parameters: {', '.join(params)}" if params else "it has none"
    return Diagnostic(
        "unknown-parameter",
        f"the network has no parameter '{name}'",
        (Label(at.key),),
        near(name, params) or known,
        fix_key(name, params, at),
    )


def _with_texts(program: Program, text: Variant, origin: Origin) -> Program:
    """The fields that a file or variant replaces or adds to as a whole."""
    blocks = {
        name: BlockText(block, origin / "blocks" / name) for name, block in text.blocks.items()
    }
    edits = tuple(EditText(e, origin / "edits" / k) for k, e in enumerate(text.edits))
    program = replace(program, blocks={**program.blocks, **blocks}, edits=(*program.edits, *edits))
    if text.description is not None:
        program = replace(program, description=_on_one_line(text.description))
    if text.cite is not None:
        program = replace(program, cite=_on_one_line(text.cite))
    if text.output is not None and text.outputs is not None:
        raise failure(
            "bad-output", "'output' and 'outputs' exclude each other", at=(origin / "output").key
        )
    if text.output is not None:
        written = Written(text.output, origin / "output")
        program = replace(program, output=written, outputs=None)
    if text.outputs is not None:
        outputs = Written(text.outputs, origin / "outputs")
        program = replace(program, outputs=outputs, output=None)
    if text.init is not None:
        program = replace(program, init=Written(text.init, origin / "init"))
    if text.lint is not None:
        program = replace(program, ignored=frozenset(text.lint.ignore))
    if text.expect is not None:
        program = replace(program, expect=Written(text.expect, origin / "expect"))
    return program


def _on_one_line(text: str) -> str:
    """Prose as tables and figures can set it, whatever lines it was written in."""
    return " ".join(text.split())


# Names.


def _name_diagnostics(text: Variant, origin: Origin) -> list[Diagnostic]:
    """Names of networks, parameters and blocks that cannot be."""
    found = []
    if text.name is not None and (problem := bad_network_name(text.name)):
        found.append(Diagnostic("bad-name", problem, (Label((origin / "name").value),)))
    for name in text.variants if isinstance(text, File) else ():
        if problem := bad_network_name(name):
            label = Label((origin / "variants" / name).key)
            found.append(Diagnostic("bad-name", problem, (label,)))
    found += _param_diagnostics(text.params, origin / "params")
    return found + block_name_diagnostics(text, origin)


def _param_diagnostics(params: Mapping[str, Any], at: Origin) -> list[Diagnostic]:
    return [
        Diagnostic("bad-name", problem, (Label((at / name).key),))
        for name in params
        if (problem := bad_value_name(name))
    ]


def block_name_diagnostics(text: Variant, origin: Origin) -> list[Diagnostic]:
    """Names of blocks, of their parameters and inputs that cannot be."""
    found: list[Diagnostic] = []

    def report(at: Origin, problem: str, help: str | None = None) -> None:
        found.append(Diagnostic("bad-name", problem, (Label(at.key),), help))

    for name, block in text.blocks.items():
        at = origin / "blocks" / name
        if problem := bad_name(name):
            report(at, problem)
        elif not CAPITAL.fullmatch(name):
            help = f"write {name[0].upper()}{name[1:]}" if name[0].islower() else None
            report(at, "a block's name begins with a capital letter", help)
        elif name in registry():
            report(at, f"'{name}' is an op, a block cannot have its name")
        found += _param_diagnostics(block.params, at / "params")
        for param in block.params:
            if param in ITEM_KEYS:
                report(at / "params" / param, f"'{param}' is a key of every layer")
        found += _input_diagnostics(block, at)
    return found


def _input_diagnostics(block: Block, at: Origin) -> Iterator[Diagnostic]:
    names, optional = block.input_names, block.optional_inputs
    for k, given in enumerate(names if block.inputs is not None else ()):
        here = (Label((at / "inputs" / k).key),)
        if given == "none" or (given != "input" and bad_name(given)):
            yield Diagnostic("bad-name", f"'{given}' cannot be the name of an input", here)
        elif given in optional and given in block.params:
            message = f"'{given}' is a parameter and an input that may be missing"
            help = "in expressions such an input says whether it is given; rename one of the two"
            yield Diagnostic("bad-name", message, here, help)
        elif given in optional and (problem := bad_value_name(given)):
            yield Diagnostic("bad-name", problem, here, "expressions ask whether it is given")
    whole = (Label((at / "inputs").key),)
    if block.inputs is not None and (not names or len(set(names)) < len(names)):
        message = "a block has one or more inputs of different names"
        yield Diagnostic("bad-name", message, whole)
    elif optional and (len(optional) == len(names) or names[-len(optional) :] != optional):
        message = (
            "inputs that may be missing stand behind those that may not, of which there is one"
        )
        yield Diagnostic("bad-block", message, (Label((at / "inputs").value),))


def _clashes(
    blocks: Mapping[str, BlockText], imported: Mapping[str, BlockText]
) -> Iterator[Diagnostic]:
    """Imported blocks with the names of others that the base has already."""
    for name, text in imported.items():
        if name in blocks and blocks[name].origin != text.origin:
            yield Diagnostic(
                "bad-import",
                f"two blocks are called '{name}'",
                (Label(text.origin.key, "imported"), Label(blocks[name].origin.key, "of the base")),
            )


# Types.


def written_type(raw: Any) -> str | None:
    """Type of a value as written; None if it is an expression."""
    if isinstance(raw, dict) or (isinstance(raw, str) and CAPITAL.fullmatch(raw)):
        return "op"
    names: dict[type, str] = {bool: "bool", int: "int", float: "float", list: "list"}
    return names.get(type(raw))


@final
@dataclass(frozen=True, slots=True)
class Declaration:
    """What a block says of a parameter: ``int``, ``int = 3``, or a default that shows the type."""

    type_name: str | None
    """None if any value may be given."""
    is_required: bool = False
    default: Any = None
    is_typed: bool = False
    """The type stands beside a default."""


_DECLARED: Final = re.compile(r"([A-Za-z]\w*)\s*(?:=(?!=)\s*(.*))?", re.DOTALL)


def declaration(raw: Any, at: Origin) -> Declaration:
    """A block's parameter as written. Raises SpecError for a type that there is not."""
    if not isinstance(raw, str):
        return Declaration(written_type(raw), default=raw)
    return _declared(raw) or _bad_declaration(raw, at)


@lru_cache(maxsize=4096)
def _declared(raw: str) -> Declaration | None:
    """A type, a default, or both; None if it is none of these."""
    found = _DECLARED.fullmatch(raw)
    if found is None or (found[2] is None and raw not in TYPES):
        return Declaration(written_type(raw), default=raw)
    name, default = found.groups()
    if name not in TYPES or default == "":
        return None
    if default is None:
        return Declaration(name, is_required=True)
    if CAPITAL.fullmatch(default) is None:  # an expression keeps its place in the text
        default = " " * found.start(2) + default
    return Declaration(name, default=default, is_typed=True)


def _bad_declaration(raw: str, at: Origin) -> NoReturn:
    name = raw.partition("=")[0].rstrip()
    if name in TYPES:
        message = f"a default is missing after '{name} ='"
        raise failure("bad-block", message, at=at.value, help=f"{name} alone has no default")
    raise failure(
        "bad-block",
        f"there is no type '{name}'",
        at=at.within(0, len(name)),
        help=near(name, TYPES) or f"the types are {', '.join(TYPES)}",
    )


def _type_diagnostics(name: str, param: Param, raw: Any, at: Origin) -> list[Diagnostic]:
    old, new = param.type_name, written_type(raw)
    if None in (old, new) or old == new or (old, new) == ("float", "int"):
        return []
    return [
        Diagnostic(
            "wrong-type",
            f"the parameter '{name}' has type {old}, not {new}",
            (Label(at.value), Label(param.default.key, f"{old} here")),
        )
    ]
