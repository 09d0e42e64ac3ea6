"""Ops of other packages: found through entry points, checked, and asked with care.

Whatever such an op does wrong is an error of its package, and reported with its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Final, TypeVar, get_args

from archspec.diagnostics import SpecError, failure
from archspec.op.base import Call, Cost, Example, Meaning, Op, Role, Saves, ShapeError
from archspec.op.footprint import Footprint
from archspec.op.tensor import TensorType
from archspec.text import Origin

GROUP: Final = "archspec.ops"
MAX_TEXT: Final = 200
"""Letters of what a package says of its own failure."""
MEND: Final = "fix or uninstall the package"

T = TypeVar("T")


def plugins() -> Iterator[tuple[str, type[Op]]]:
    """The ops of other packages with their names. Raises SpecError if they cannot be used."""
    for point in points():
        for name, op in ops_of(_loaded(point)).items():
            _check(op)
            yield name, op


def ops_of(module: ModuleType) -> dict[str, type[Op]]:
    """The public ops that a module defines."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Op) and value is not Op
        if value.__module__ == module.__name__ and not name.startswith("_")
    }


def taken(op: type[Op]) -> SpecError:
    """The error of an op with the name of another one."""
    return failure(
        "bad-plugin",
        f"{package(op)} has an op '{op.__name__}', and there is one",
        help="uninstall the package, or rename its op",
    )


def package(op: type[Op]) -> str | None:
    """Where an op comes from, in words; None for the ops that come with this program."""
    if op.__module__.startswith("archspec."):
        return None
    return next((_describe(point) for point in points() if _module(point) == op.__module__), None)


def packages(ops: Iterable[type[Op]]) -> dict[str, str]:
    """The ops that come from other packages, each with its package."""
    return {op.__name__: origin for op in dict.fromkeys(ops) if (origin := package(op)) is not None}


@cache
def points() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _module(point: EntryPoint) -> str:
    return point.value.partition(":")[0].strip()


def _describe(point: EntryPoint) -> str:
    name = point.dist.name if point.dist is not None else point.name
    return f"the package '{name}' ({point.value})"


def _loaded(point: EntryPoint) -> ModuleType:
    try:
        module = point.load()
    except (Exception, SystemExit) as error:  # whatever a package does when it is imported
        message = f"the ops of {_describe(point)} cannot be loaded: {_words(error)}"
        raise failure("bad-plugin", message, help=MEND) from error
    if not isinstance(module, ModuleType):
        raise failure(
            "bad-plugin",
            f"{_describe(point)} is not a module of ops",
            help='name the module alone, without a class: swish = "my_package.ops"',
        )
    return module


# What an op says about itself.


def _check(op: type[Op]) -> None:
    """Raises SpecError if an op lacks what every op has."""
    if missing := sorted(getattr(op, "__abstractmethods__", ())):
        raise failure(
            "bad-plugin",
            f"the op '{op.__name__}' of {package(op)} has no {', '.join(missing)}",
            help=f"{MEND}; a class that others build on has a name that begins with _",
        )
    for name, is_right in _FACTS.items():
        if not is_right(getattr(op, name, None)):
            value = repr(getattr(op, name, "missing"))
            message = f"'{name}' of the op '{op.__name__}' of {package(op)} is {value:.{MAX_TEXT}}"
            raise failure("bad-plugin", message, help=MEND)
    reads_a_window = op.role in (Role.CONV, Role.POOL) and op.footprint is Op.footprint
    if reads_a_window and op.name_of(Meaning.KERNEL) is None:
        raise failure(
            "bad-plugin",
            f"the op '{op.__name__}' of {package(op)} does not say which pixels it reads",
            help="mark the size of its window as Meaning.KERNEL, or define footprint",
        )
    with answering(op, "its arguments"):
        op.model_json_schema()


_FACTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "role": lambda value: isinstance(value, Role),
    "formula": lambda value: isinstance(value, str),
    "arity": lambda value: value is None or (type(value) is int and value > 0),
    "inferred": lambda value: isinstance(value, frozenset),
    "positional": lambda value: type(value) is int and value >= 0,
    "can_be_inplace": lambda value: isinstance(value, bool),
    "view": lambda value: isinstance(value, bool),
    "accumulates": lambda value: isinstance(value, bool),
    "penalty": lambda value: isinstance(value, bool),
    "stands_in": lambda value: isinstance(value, bool),
    "short_name": lambda value: isinstance(value, str),
    "sign": lambda value: value is None or (isinstance(value, str) and len(value) == 1),
    "has_row": lambda value: value is None or isinstance(value, bool),
    "folds": lambda value: value is None or isinstance(value, frozenset),
    "examples": lambda value: (
        isinstance(value, tuple) and bool(value) and all(isinstance(e, Example) for e in value)
    ),
}


# What an op answers.


@contextmanager
def answering(op: type[Op], what: str, at: Origin | None = None) -> Iterator[None]:
    """What fails inside is the op's own fault if it comes from another package: SpecError."""
    try:
        yield
    except (SpecError, ShapeError):
        raise
    except (Exception, SystemExit) as error:
        if package(op) is None:
            raise
        raise _bad(op, f"{what}: {_words(error)}", at) from error


def output_of(op: Op, inputs: tuple[TensorType, ...], at: Origin | None = None) -> TensorType:
    """What an op gives. Raises ShapeError where the inputs do not fit, SpecError for a bad op."""
    if not op.reads_channels_last and any(x.channels_last for x in inputs):
        (x, *_) = [x for x in inputs if x.channels_last]
        raise ShapeError(
            f"{type(op).__name__} reads channels first, not {x} ({x.axes})",
            help="move them back before it: {op: MoveChannels, to: first}",
        )
    with answering(type(op), "infer", at):
        output = op.infer(*inputs)
    if package(type(op)) and not (isinstance(output, TensorType) and _is_shape(output.shape)):
        raise _bad(type(op), f"infer gives {output!r}, not a TensorType", at)
    return output


@lru_cache(maxsize=4096)
def footprint_of(op: Op, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
    """Which pixels of an input an op reads. Raises SpecError for a bad op."""
    with answering(type(op), "footprint"):
        footprints = op.footprint(x, output)
    sides = footprints if isinstance(footprints, tuple) else ()
    if footprints is not None and not (
        len(sides) == x.rank == output.rank and all(isinstance(f, Footprint) for f in sides)
    ):
        many = {1: "one Footprint", 2: "two Footprints"}.get(x.rank, f"{x.rank} Footprints")
        raise _bad(type(op), f"footprint gives {footprints!r}, not {many}", None)
    return footprints


def cost_of(
    op: Op, inputs: tuple[TensorType, ...], output: TensorType, at: Origin | None = None
) -> Cost:
    """What an op costs, once it is sure that it can be lowered. Raises SpecError for a bad op."""
    with answering(type(op), "cost", at):
        cost = op.cost(inputs, output)
    if package(type(op)):
        if not (isinstance(cost, Cost) and _is_cost(cost)):
            raise _bad(type(op), f"cost gives {cost!r}, not a Cost", at)
        with answering(type(op), "lowered", at):
            call = op.lowered(*inputs)
        if not (isinstance(call, Call) and _is_call(call)):
            raise _bad(type(op), f"lowered gives {call!r}, not a Call", at)
    return cost


def _bad(op: type[Op], what: str, at: Origin | None) -> SpecError:
    message = f"the op '{op.__name__}' of {package(op)} fails: {what:.{MAX_TEXT}}"
    help = f"{MEND}; archspec.op.contract.violations checks an op"
    return failure("bad-plugin", message, at=at.value if at else None, help=help)


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)


def _is_cost(cost: Cost) -> bool:
    tensors = (cost.parameters, cost.buffers)
    numbers = (cost.macs, cost.elementwise, cost.saved_bytes, cost.index_bytes)
    return (
        cost.saves in get_args(Saves)
        and all(isinstance(each, Mapping) for each in tensors)
        and all(_is_shape(shape) for each in tensors for shape in each.values())
        and all(type(number) is int and number >= 0 for number in numbers)
    )


def _is_call(call: Call) -> bool:
    """Whether it can be printed: a dotted name, and arguments that have literals."""
    if not isinstance(call.target, str) or not re.fullmatch(r"\w+(\.\w+)+", call.target):
        return False
    if not isinstance(call.arguments, Mapping) or not isinstance(call.defaults, Mapping):
        return False
    return all(
        isinstance(name, str) and name.isidentifier() and _is_literal(value)
        for name, value in (*call.arguments.items(), *call.defaults.items())
    )


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    return value is None or type(value) in (bool, int, float, str)


def _words(error: BaseException) -> str:
    """An error as Python would show it, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
