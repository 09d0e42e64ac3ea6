"""Program: one network's text, with the files it extends, its variant and its overrides merged in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, near
from archspec.op import registry
from archspec.text import Origin
from archspec.spec import (
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
)

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CAPITAL: Final = re.compile(r"[A-Z][A-Za-z0-9_]*")
"""A capital letter is an op or a block, a small one a parameter, a layer or an expression."""

T = TypeVar("T")

TYPES: Final = frozenset({"int", "float", "bool", "list", "op"})



_PROSE: Final = frozenset({"name", "description", "cite"})


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
    overridden: bool = False


@final
@dataclass(frozen=True, slots=True)
class BlockText:
    """A block's definition; an imported one sees its own parameters only."""

    block: Block
    origin: Origin
    imported: bool = False


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
    layers: Written[Body]
    input: Written[InputShape | dict[str, InputShape]]
    params: Mapping[str, Param] = field(default_factory=dict)
    blocks: Mapping[str, BlockText] = field(default_factory=dict)
    edits: tuple[EditText, ...] = ()
    output: Written[str] | None = None
    outputs: Written[dict[str, str | OutputItem]] | None = None
    init: Written[list[Init]] | None = None
    expect: Written[Expect] | None = None
    description: str | None = None
    cite: str | None = None


def original(file: File, origin: Origin, imported: Mapping[str, BlockText]) -> Program:
    """The program of a file that extends none."""
    if file.input is None:
        raise failure(
            "missing-key", "a spec needs 'input'", origin.source.start, help="input: [3, 224, 224]"
        )
    assert file.layers is not None
    named = file.name or "network"
    program = Program(
        named,
        origin,
        Written(file.layers, origin / "layers"),
        Written(file.input, origin / "input"),
    )
    texts = {key: value for key, value in origin.source.data.items() if key not in _PROSE}
    mentioned = frozenset(_mentioned(texts))
    diagnostics = [
        *_name_mistakes(file, origin),
        *(
            Diagnostic(
                "unused-parameter",
                f"nothing reads the parameter '{name}'",
                (Label((origin / "params" / name).key),),
                near(name, mentioned - set(file.params)) or "remove it, or use it in an expression",
            )
            for name in file.params
            if name not in mentioned
        ),
    ]
    if diagnostics:
        raise SpecError(diagnostics)
    params = {
        name: Param(raw, origin / "params" / name, origin / "params" / name)
        for name, raw in file.params.items()
    }
    program = replace(program, params=params, blocks=imported)
    return _described(program, file, origin)


def extended(
    base: Program, change: Variant, origin: Origin, name: str, imported: Mapping[str, BlockText]
) -> Program:
    """The base with a variant or an extending file over it: params and blocks by name, edits
    appended, expect not inherited, every other field replaced."""
    diagnostics = _name_mistakes(change, origin)
    mentioned = frozenset(
        _mentioned({key: _at(origin, key) for key in ("blocks", "edits", "input", "params")})
    )
    params = dict(base.params)
    for param, raw in change.params.items():
        at = origin / "params" / param
        if param not in params and param not in mentioned:
            diagnostics.append(unknown_param(param, params, at))
            continue
        if param in params:
            diagnostics += _kind_mistakes(param, params[param], raw, at)
            params[param] = Param(raw, at, params[param].default, overridden=True)
        else:
            params[param] = Param(raw, at, at)
    if diagnostics:
        raise SpecError(diagnostics)
    program = replace(
        base,
        name=name,
        origin=origin,
        params=params,
        blocks={**base.blocks, **imported},
        edits=tuple(replace(edit, inherited=True) for edit in base.edits),
        expect=None,
    )
    if change.input is not None:
        program = replace(program, input=Written(change.input, origin / "input"))
    return _described(program, change, origin)


def overridden(program: Program, settings: Mapping[str, Written[Any]]) -> Program:
    """The program with parameters set from outside; ``expect`` no longer holds."""
    params = dict(program.params)
    for name, setting in settings.items():
        if name not in params:
            raise SpecError([unknown_param(name, params, setting.origin)])
        if mistakes := _kind_mistakes(name, params[name], setting.value, setting.origin):
            raise SpecError(mistakes)
        params[name] = Param(setting.value, setting.origin, params[name].default, overridden=True)
    edits = tuple(replace(edit, inherited=True) for edit in program.edits)
    return replace(program, params=params, edits=edits, expect=None)


def unknown_param(name: str, params: Mapping[str, Any], at: Origin) -> Diagnostic:
    known = f"its parameters: {', '.join(params)}" if params else "it has none"
    return Diagnostic(
        "unknown-parameter",
        f"the network has no parameter '{name}'",
        (Label(at.key),),
        near(name, params) or known,
    )


def _described(program: Program, text: Variant, origin: Origin) -> Program:
    """The fields that a file or variant replaces or adds to as a whole."""
    blocks = {
        name: BlockText(block, origin / "blocks" / name) for name, block in text.blocks.items()
    }
    edits = tuple(EditText(e, origin / "edits" / k) for k, e in enumerate(text.edits))
    program = replace(
        program, blocks={**program.blocks, **blocks}, edits=(*program.edits, *edits)
    )
    if text.description is not None:
        program = replace(program, description=text.description)
    if text.cite is not None:
        program = replace(program, cite=text.cite)
    if text.output is not None and text.outputs is not None:
        raise failure(
            "bad-output", "'output' and 'outputs' exclude each other", (origin / "output").key
        )
    if text.output is not None:
        written = Written(text.output, origin / "output")
        program = replace(program, output=written, outputs=None)
    if text.outputs is not None:
        outputs = Written(text.outputs, origin / "outputs")
        program = replace(program, outputs=outputs, output=None)
    if text.init is not None:
        program = replace(program, init=Written(text.init, origin / "init"))
    if text.expect is not None:
        program = replace(program, expect=Written(text.expect, origin / "expect"))
    return program


def _name_mistakes(text: Variant, origin: Origin) -> list[Diagnostic]:
    """Names of blocks and parameters that cannot be, and block parameters that nothing reads."""
    found: list[Diagnostic] = []

    def mistake(at: Origin, problem: str, help: str | None = None) -> None:
        found.append(Diagnostic("bad-name", problem, (Label(at.key),), help))

    def check_params(params: Mapping[str, Any], at: Origin) -> None:
        for name in params:
            if name in ("true", "false", "in_channels", "input", "none"):
                mistake(at / name, f"'{name}' has a meaning of its own in the language")
            elif problem := bad_name(name):
                mistake(at / name, problem)
            elif name[0].isupper():
                mistake(
                    at / name,
                    "a parameter begins with a small letter; capitals are ops and blocks",
                    f"write {name[0].lower() + name[1:]}",
                )

    check_params(text.params, origin / "params")
    for name, block in text.blocks.items():
        at = origin / "blocks" / name
        if problem := bad_name(name):
            mistake(at, problem)
        elif not CAPITAL.fullmatch(name):
            mistake(at, "a block's name begins with a capital letter", f"write {name.capitalize()}")
        elif name in registry():
            mistake(at, f"'{name}' is an op, a block cannot have its name")
        check_params(block.params, at / "params")
        mentioned = frozenset(_mentioned(_at(at, "layers"), _at(at, "params")))
        found += [
            Diagnostic(
                "unused-parameter",
                f"nothing in block '{name}' reads its parameter '{param}'",
                (Label((at / "params" / param).key),),
                "remove it, or use it in an expression",
            )
            for param in block.params
            if param not in mentioned
        ]
        for k, given in enumerate(block.inputs or ()):
            if given == "none" or (given != "input" and (problem := bad_name(given))):
                mistake(at / "inputs" / k, f"'{given}' cannot be the name of an input")
        if len(set(block.inputs or ())) < len(block.inputs or ()) or block.inputs == []:
            mistake(at / "inputs", "a block has one or more inputs of different names")
    return found


def _at(origin: Origin, key: str) -> Any:
    """The raw data under a key of the mapping at an origin."""
    data = origin.source.data
    for step in origin.route:
        data = data[step]
    return data.get(key)


def _mentioned(*data: Any) -> Iterator[str]:
    """Every identifier in the texts and template keys of raw data, but for mapping keys."""
    for value in data:
        if isinstance(value, str):
            yield from IDENTIFIER.findall(value)
        elif isinstance(value, list):
            yield from _mentioned(*value)
        elif isinstance(value, dict):
            yield from _mentioned(*(key for key in value if "{" in key), *value.values())


def kind(raw: Any) -> str | None:
    """Kind of a value as written; None if it is an expression."""
    if isinstance(raw, dict) or (isinstance(raw, str) and CAPITAL.fullmatch(raw)):
        return "op"
    names: dict[type, str] = {bool: "bool", int: "int", float: "float", list: "list"}
    return names.get(type(raw))


def _kind_mistakes(name: str, param: Param, raw: Any, at: Origin) -> list[Diagnostic]:
    old, new = kind(param.raw), kind(raw)
    if None in (old, new) or old == new or (old, new) == ("float", "int"):
        return []
    label = Label(param.default.key, f"{old} here")
    return [
        Diagnostic(
            "wrong-type",
            f"the parameter '{name}' is of kind {old}, not {new}",
            (Label(at.value), label),
        )
    ]
