"""What names mean at a place of a spec: repeat names, block parameters, the file's parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from archspec.diagnostics import Label, SpecError, failure, near
from archspec.expression import ExpressionError, parse
from archspec.program import CAPITAL, Param
from archspec.text import Origin, Span


@final
@dataclass(frozen=True, slots=True, eq=False)
class OpValue:
    """An op or block as a value, with the arguments it brings along (not evaluated yet)."""

    name: str
    arguments: Mapping[str, Any]
    origin: Origin
    environment: Environment

    def __str__(self) -> str:
        return self.name


@final
@dataclass(frozen=True, slots=True)
class Undefined:
    """The value of a name that has none here, and why."""

    reason: str
    help: str | None = None


class _UndefinedNameError(Exception):
    def __init__(self, name: str, undefined: Undefined) -> None:
        super().__init__(name)
        self.name = name
        self.undefined = undefined


@final
class Environment:
    """One layer of names over another."""

    __slots__ = ("parent", "values")

    def __init__(self, values: Mapping[str, Any], parent: Environment | FileParams | None) -> None:
        self.values = values
        self.parent = parent

    def lookup(self, name: str) -> Any:
        """The value of a name. Raises KeyError if it means nothing here."""
        environment: Environment | FileParams | None = self
        while isinstance(environment, Environment):
            if name in environment.values:
                value = environment.values[name]
                if isinstance(value, Undefined):
                    raise _UndefinedNameError(name, value)
                return value
            environment = environment.parent
        if environment is None:
            raise KeyError(name)
        return environment.lookup(name)

    def holder(self, name: str) -> Environment | FileParams | None:
        """The layer in which a name has its meaning."""
        environment: Environment | FileParams | None = self
        while isinstance(environment, Environment):
            if name in environment.values:
                return environment
            environment = environment.parent
        return environment if environment is not None and name in environment.params else None

    @property
    def is_closed(self) -> bool:
        """Nothing of a file is visible: the inside of an imported block."""
        environment: Environment | FileParams | None = self
        while isinstance(environment, Environment):
            environment = environment.parent
        return environment is None

    def names(self) -> Iterator[str]:
        environment: Environment | FileParams | None = self
        while isinstance(environment, Environment):
            yield from environment.values
            environment = environment.parent
        if environment is not None:
            yield from environment.params


@final
@dataclass(eq=False)
class FileParams:
    """The parameters of the file, each evaluated when it is first read; reads are counted."""

    params: Mapping[str, Param]
    reads: Counter[str] = field(default_factory=Counter)
    _values: dict[str, Any] = field(default_factory=dict)
    _limit: list[int] = field(default_factory=list)
    """While a parameter is evaluated: how many stand above it."""

    def lookup(self, name: str) -> Any:
        """Value of a parameter. Raises KeyError if there is none, or none above the one that is
        being evaluated."""
        if name not in self.params:
            raise KeyError(name)
        position = list(self.params).index(name) if self._limit else 0
        if self._limit and position >= self._limit[-1]:
            raise _UndefinedNameError(
                name, Undefined("a parameter may use those above it only", "move it up")
            )
        self.reads[name] += 1
        if name not in self._values:
            self._limit.append(list(self.params).index(name))
            try:
                param = self.params[name]
                self._values[name] = evaluate(param.raw, param.origin, Environment({}, self))
            finally:
                self._limit.pop()
        return self._values[name]

    def values(self) -> dict[str, Any]:
        """The parameters that were read, by name."""
        return {name: self._values[name] for name in self.params if name in self._values}


def evaluate(raw: Any, at: Origin, environment: Environment) -> Any:
    """The value of something written: a number, truth value, list, op value or expression."""
    if isinstance(raw, str):
        if CAPITAL.fullmatch(raw):
            return OpValue(raw, {}, at, environment)
        return _expression(raw, at, environment)
    if isinstance(raw, list):
        return [evaluate(item, at / k, environment) for k, item in enumerate(raw)]
    if isinstance(raw, dict):
        return _op_value(raw, at, environment)
    return raw


def _op_value(raw: dict[str, Any], at: Origin, environment: Environment) -> Any:
    name = raw.get("op")
    if not isinstance(name, str):
        raise failure(
            "bad-value", "a mapping as a value is an op: it needs 'op:'", at.value,
            help="{op: ELU, alpha: 0.5}",
        )  # fmt: skip
    arguments = {key: value for key, value in raw.items() if key != "op"}
    if CAPITAL.fullmatch(name):
        return OpValue(name, arguments, at, environment)
    inner = _expression(name, at / "op", environment)
    if not isinstance(inner, OpValue):
        raise failure("bad-value", f"'{name}' is not an op but {told(inner)}", (at / "op").value)
    if twice := sorted(set(inner.arguments) & set(arguments)):
        raise failure(
            "duplicate-argument",
            f"'{twice[0]}' is given by '{name}' and here",
            Label((at / twice[0]).key),
            Label(inner.origin.value, "given here"),
        )
    if arguments and inner.arguments:
        raise failure(
            "bad-value", f"'{name}' brings arguments of its own; give all of them in one place",
            at.value,
        )  # fmt: skip
    return OpValue(inner.name, inner.arguments, inner.origin, inner.environment) if (
        not arguments
    ) else OpValue(inner.name, arguments, at, environment)


def _expression(text: str, at: Origin, environment: Environment) -> Any:
    try:
        expression = parse(text)
    except ExpressionError as error:
        raise failure(
            "bad-expression", error.message, at.within(error.start, error.length), help=error.help
        ) from None
    try:
        return expression.evaluate(environment.lookup)
    except ExpressionError as error:
        name = text[error.start : error.start + error.length]
        if error.message.startswith("unknown name"):
            raise _unknown_name(name, at.within(error.start, error.length), environment) from None
        raise failure(
            "bad-value", error.message, at.within(error.start, error.length), help=error.help
        ) from None
    except _UndefinedNameError as error:
        raise failure(
            "unknown-name",
            f"'{error.name}' has no value here: {error.undefined.reason}",
            at.within(text.find(error.name), len(error.name)),
            help=error.undefined.help,
        ) from None


def _unknown_name(name: str, span: Span, environment: Environment) -> SpecError:
    help = near(name, environment.names())
    if name in TRUTHS:
        help = f"write {TRUTHS[name]}"
    elif help is None and environment.is_closed:
        help = "an imported block sees its own parameters only"
    return failure("unknown-name", f"'{name}' means nothing here", span, help=help)


TRUTHS = {
    **dict.fromkeys(("yes", "on", "True", "TRUE", "Yes", "On"), "true"),
    **dict.fromkeys(("no", "off", "False", "FALSE", "No", "Off"), "false"),
}
"""Truth values of other YAML readers, and how they are written here."""


def truth(raw: Any, at: Origin, environment: Environment) -> bool:
    """The value of something that must be true or false."""
    if isinstance(raw, str) and raw in TRUTHS and environment.holder(raw) is None:
        raise failure(
            "bad-scalar", f"'{raw}' is not a truth value here", at.value,
            help=f"write {TRUTHS[raw]}",
        )  # fmt: skip
    value = evaluate(raw, at, environment)
    if not isinstance(value, bool):
        raise failure("bad-value", f"true or false is due here, not {told(value)}", at.value)
    return value


def told(value: Any) -> str:
    """A value with its kind, for a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, OpValue):
        return f"the op {value.name}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"the {'whole ' if isinstance(value, int) else ''}number {value}"
