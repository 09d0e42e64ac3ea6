"""From an item that names an op, a block or an op parameter to the call that it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from archspec.diagnostics import SpecError, failure, fix_name, fix_text, near
from archspec.elaborate.rules.bindings import Net, ResolvedCall
from archspec.elaborate.rules.desugar import Item, WrittenCall
from archspec.elaborate.rules.foreign_ops import foreign
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.templates import LayerName
from archspec.language.model import SIZES_OF_INPUT, NetItem
from archspec.language.names import Argument, Environment, Undefined, resolve_op_value
from archspec.language.program import CAPITAL, SMALL, Program
from archspec.text import Origin, Source, Span

Parts = Mapping[tuple[Source, str], Program]
"""The networks that are parts of others, by the file that names them and as it does."""


def resolve_item(
    item: Item, names: Environment, home: Home, first_edit: int, parts: Parts
) -> ResolvedCall:
    """What an item calls: an op, a block, or a network."""
    assert item.call is not None
    if not isinstance(item.form, NetItem):
        call = resolve_call(item.call, names, home, first_edit)
        return replace(call, figure=item.figure_of_copy) if item.form.figure else call
    scope, until = item.form.scope, item.form.until
    net = Net(
        parts[item.at.source, item.form.net],
        LayerName(scope, item.at / "scope") if scope is not None else None,
        LayerName(until, item.at / "until") if until is not None else None,
    )
    arguments = _arguments(item.call, names)
    return ResolvedCall(
        item.call.op, item.at, arguments, home, first_edit, net=net, figure=item.figure_of_copy
    )


def _arguments(written: WrittenCall, names: Environment) -> dict[str, Argument]:
    return {name: Argument(raw, at, names) for name, (raw, at) in written.arguments.items()}


def resolve_call(
    written: WrittenCall, names: Environment, home: Home, first_edit: int
) -> ResolvedCall:
    """The op or block that a call means, with the arguments of an op parameter if it names one."""
    op, at, known = written.op, written.at, home.known
    arguments = _arguments(written, names)
    check_op(op, at, names, known)
    if CAPITAL.fullmatch(op):
        return ResolvedCall(op, at, arguments, home, first_edit)
    value = resolve_op_value(op, arguments, at, names)
    if value.made is not None:
        return ResolvedCall(value.name, at, {}, home, first_edit, made=value.made)
    if value.name not in known:
        raise unknown_op(value.name, (value.origin / "op").value, known)
    none = Undefined("there is no input")
    sizes = {size: names.values.get(size, none) for size in SIZES_OF_INPUT}
    together = {
        name: arguments.get(name)
        or Argument(brought.raw, brought.origin, Environment(sizes, brought.environment))
        for name, brought in value.arguments.items()
    }
    return ResolvedCall(value.name, at, together, home, first_edit)


def check_op(op: str, at: Origin, names: Environment, known: Collection[str]) -> None:
    """Raises SpecError if no op, block or parameter has that name."""
    if CAPITAL.fullmatch(op):
        if op not in known:
            raise unknown_op(op, (at / "op").value, known)
    elif SMALL.fullmatch(op) and names.holder(op) is None:
        message = f"there is no op, block or parameter '{op}'"
        raise _unknown(message, op, (at / "op").value, [*known, *names.names()])


def unknown_op(op: str, place: Span, known: Collection[str]) -> SpecError:
    """The error for an op that there is not."""
    return _unknown(f"there is no op or block '{op}'", op, place, known)


def _unknown(message: str, op: str, place: Span, known: Collection[str]) -> SpecError:
    if other := foreign(op, known):
        fix = fix_text(op, other.name, place) if other.name else None
        return failure("unknown-op", message, at=place, help=other.help, fix=fix)
    help = near(op, known) or WHERE
    return failure("unknown-op", message, at=place, help=help, fix=fix_name(op, known, place))


WHERE: Final = "'archspec ops' lists the ops; one that is missing can be added, as one class"
