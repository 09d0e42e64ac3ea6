"""What names mean at a place of a spec: repeat names, block parameters, the file's parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from archspec.describe.values import value as value_text
from archspec.diagnostics import Label, SpecError, failure, fix_name, fix_text, near
from archspec.diagnostics.look_alikes import in_latin, look_alike
from archspec.language.expression import TRUTHS, Expression, ExpressionError, check_list, parse
from archspec.language.model import SIZES_OF_INPUT, TYPES
from archspec.language.program import CAPITAL, SMALL, Param
from archspec.text import Origin, Span


@final
@dataclass(slots=True, eq=False)
class Argument:
    """An argument as written, and the names it may use."""

    raw: Any
    origin: Origin
    environment: Environment


@final
@dataclass(frozen=True, slots=True, eq=False)
class OpValue:
    """An op or block as a value, with the arguments it brings along (not evaluated yet)."""

    name: str
    arguments: Mapping[str, Argument]
    origin: Origin
    made: Any = None
    """The layer that it is, if it was made already."""

    def __str__(self) -> str:
        return self.name


@final
@dataclass(frozen=True, slots=True)
class Undefined:
    """The value of a name that has none here, and why."""

    reason: str
    help: str | None = None


MAX_ITEMS: Final = 10_000_000
"""Items of the lists that are written or read, each as often as that is done."""
MAX_CHARACTERS: Final = 100_000_000
"""Characters of the expressions that are evaluated, each as often as that is done."""


_NUMBERS: Final = (int, float, bool)


class _TooMuchError(Exception):
    """Long lists or expressions are evaluated too often."""


class _UndefinedNameError(Exception):
    """A name that means nothing, or has no value here."""

    def __init__(self, name: str, undefined: Undefined | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.undefined = undefined


@final
class Environment:
    """One layer of names over another."""

    __slots__ = ("parent", "values")

    def __init__(self, values: Mapping[str, Any], parent: Environment | FileParams) -> None:
        self.values = values
        self.parent = parent

    def lookup(self, name: str) -> Any:
        """The value of a name. Raises _UndefinedNameError if it has none here."""
        holder = self.holder(name)
        if holder is None:
            raise _UndefinedNameError(name)
        value = holder.values[name] if isinstance(holder, Environment) else holder.lookup(name)
        if isinstance(value, Undefined):
            raise _UndefinedNameError(name, value)
        if isinstance(value, list):
            self.file.count_items(value)
        return value

    def holder(self, name: str) -> Environment | FileParams | None:
        """The layer in which a name has its meaning."""
        environment: Environment | FileParams = self
        while isinstance(environment, Environment):
            if name in environment.values:
                return environment
            environment = environment.parent
        return environment if name in environment.params else None

    @property
    def file(self) -> FileParams:
        """The lowest layer."""
        environment: Environment | FileParams = self
        while isinstance(environment, Environment):
            environment = environment.parent
        return environment

    def names(self) -> Iterator[str]:
        environment: Environment | FileParams = self
        while isinstance(environment, Environment):
            yield from environment.values
            environment = environment.parent
        yield from environment.params


@final
@dataclass(slots=True)
class Spent:
    """What was evaluated so far, by a network and its parts together."""

    items: int = 0
    """Of the lists that were written or read."""
    characters: int = 0
    """Of the expressions that were evaluated."""


@final
@dataclass(eq=False)
class FileParams:
    """The parameters of the file, evaluated in their order as far as they are read.

    Reads are counted, those by other parameters too. An error in a parameter is raised where it
    is read: one that no network needs may be wrong for this one.
    """

    params: Mapping[str, Param]
    reads: Counter[str] = field(default_factory=Counter)
    is_closed: bool = False
    """Nothing of a file is visible: the inside of an imported block."""
    spent: Spent = field(default_factory=Spent)

    def __post_init__(self) -> None:
        self._order = list(self.params)
        self._positions = {name: position for position, name in enumerate(self._order)}
        self._results: dict[str, Any] = {}
        """Values, and the errors of those that have none."""
        self._used: dict[str, list[str]] = {}
        """For every parameter those that its value was made of."""
        self._evaluating: str | None = None

    def lookup(self, name: str) -> Any:
        """Value of a parameter. Raises _UndefinedNameError if there is none of that name."""
        if name not in self.params:
            raise _UndefinedNameError(name)
        if self._evaluating is None:
            self._evaluate_to(name)
            self._count(name)
        elif self._positions[name] >= self._positions[self._evaluating]:
            reason = Undefined("a parameter may use those above it only", "move it up")
            raise _UndefinedNameError(name, reason)
        else:
            self._used[self._evaluating].append(name)
        result = self._results[name]
        if isinstance(result, SpecError):
            raise SpecError(result.diagnostics)
        return result

    def count_items(self, values: list[Any]) -> None:
        """A list is there. Raises _TooMuchError where that would go on for too long."""
        self.spent.items += check_list(values)
        if self.spent.items > MAX_ITEMS:
            raise _TooMuchError(f"lists have more than {MAX_ITEMS:,} items together")

    def count_text(self, text: str) -> None:
        """An expression is evaluated. Raises _TooMuchError where that would go on for too long."""
        self.spent.characters += len(text)
        if self.spent.characters > MAX_CHARACTERS:
            raise _TooMuchError(
                f"expressions have more than {MAX_CHARACTERS:,} characters together"
            )

    def values(self) -> dict[str, Any]:
        """The parameters that were read, by name."""
        return {name: self._results[name] for name in self.params if name in self.reads}

    def _evaluate_to(self, name: str) -> None:
        """Make the values of this parameter and of all above it, one by one: none is made inside
        of another, so that no chain of parameters is too long."""
        if name in self._results:
            return
        for above in self._order[len(self._results) : self._positions[name] + 1]:
            self._evaluating = above
            self._used[above] = []
            try:
                self._results[above] = _value_of_param(above, self.params[above], self)
            except SpecError as error:
                self._results[above] = SpecError(error.diagnostics)
            finally:
                self._evaluating = None

    def _count(self, name: str) -> None:
        """A read of this parameter and, if it is the first, of those that it was made of."""
        waiting = [name]
        while waiting:
            read = waiting.pop()
            self.reads[read] += 1
            if self.reads[read] == 1:
                waiting += self._used[read]


@final
class SeenParams(Mapping[str, Any]):
    """Those parameters of the file that an imported block may read."""

    def __init__(self, names: Collection[str], params: FileParams) -> None:
        self._names = names
        self._params = params

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._params.lookup(name) if name in self._params.params else CLASH

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


CLASH: Final = Undefined(
    "two imported files have such a parameter, and mean different ones",
    "give it a value in the params of the file that imports them",
)


def _value_of_param(name: str, param: Param, params: FileParams) -> Any:
    value = evaluate(param.raw, param.origin, Environment({}, params))
    given = type_name(value)
    if param.type_name not in (None, given) and (param.type_name, given) != ("float", "int"):
        raise failure(
            "wrong-type",
            f"the parameter '{name}' has type {param.type_name}, not {given}",
            at=param.origin.value,
            also=[Label(param.default.key, f"{param.type_name} here")],
        )
    return value


def evaluate(raw: Any, at: Origin, environment: Environment) -> Any:
    """The value of something written: a number, truth value, list, op value or expression."""
    if isinstance(raw, str):
        check_truth(raw, at, environment)
        if CAPITAL.fullmatch(raw):
            return OpValue(raw, {}, at)
        return _expression(raw, at, environment)
    if isinstance(raw, list):
        return _list(raw, at, environment)
    if isinstance(raw, dict):
        return _op_value(raw, at, environment)
    return raw


def _list(raw: list[Any], at: Origin, environment: Environment) -> list[Any]:
    try:
        environment.file.count_items(raw)
        if all(type(item) in _NUMBERS for item in raw):
            return [*raw]
        values = [evaluate(item, at / k, environment) for k, item in enumerate(raw)]
        check_list(values)
    except ExpressionError as error:
        raise failure("limit", error.message, at=at.value) from None
    except _TooMuchError as error:
        raise _too_much(error, at) from None
    return values


def _too_much(error: _TooMuchError, at: Origin) -> SpecError:
    """The limit on what is evaluated, each time counted."""
    return failure(
        "limit", f"the {error}", at=at.value, help="write it once, and read it less often"
    )


def _op_value(raw: dict[str, Any], at: Origin, environment: Environment) -> OpValue:
    name = raw.get("op")
    if not isinstance(name, str):
        raise no_op_value(at)
    arguments = {
        key: Argument(value, at / key, environment) for key, value in raw.items() if key != "op"
    }
    return resolve_op_value(name, arguments, at, environment)


def no_op_value(at: Origin) -> SpecError:
    """The error for a mapping that is no op."""
    message = "a mapping as a value is an op: it needs 'op:'"
    return failure("bad-value", message, at=at.value, help="{op: ELU, alpha: 0.5}")


def resolve_op_value(
    name: str, arguments: Mapping[str, Argument], at: Origin, environment: Environment
) -> OpValue:
    """An op or block, or what an op parameter holds with the arguments of both places."""
    if CAPITAL.fullmatch(name):
        return OpValue(name, arguments, at)
    place = at / "op"
    if not SMALL.fullmatch(name):
        raise failure(
            "unknown-op",
            "an op is called by its name, or by that of a parameter that holds one",
            at=place.value,
            **_op_help(name, place),
        )
    value = _expression(name, place, environment)
    if not isinstance(value, OpValue):
        raise failure(
            "bad-value", f"'{name}' is not an op but {describe_value(value)}", at=place.value
        )
    for argument in arguments if value.made is not None else ():
        raise failure(
            "bad-argument",
            f"'{name}' is a layer that was made already: nothing of it can be set",
            at=arguments[argument].origin.key,
            also=[Label(value.origin.key, "given here")],
            help="set it where the layer is made",
        )
    for argument in value.arguments:
        if argument in arguments:
            raise failure(
                "duplicate-argument",
                f"'{argument}' is given here and by '{name}'",
                at=arguments[argument].origin.key,
                also=[Label(value.arguments[argument].origin.key, "given here")],
                help="give it in one place only",
            )
    return OpValue(value.name, {**value.arguments, **arguments}, value.origin, value.made)


def _op_help(name: str, at: Origin) -> dict[str, Any]:
    """Help for an op as Python has it: torch.nn.ReLU, Conv2d(8, 3)."""
    if letter := look_alike(name):
        return {"help": letter, "fix": fix_text(name, in_latin(name), at.value)}
    if found := re.fullmatch(r"(?:[a-z]\w*\.)+([A-Z]\w*)", name):
        return {"help": f"write {found[1]}", "fix": fix_text(name, found[1], at.value)}
    if found := re.match(r"(?:[a-z]\w*\.)*([A-Z]\w*)\(", name):
        return {"help": f"arguments go in braces, with their names: {{op: {found[1]}, ...}}"}
    return {"help": "params can hold an expression that gives a number, or an op"}


def parse_at(text: str, at: Origin) -> Expression:
    """The expression that a text is. Raises SpecError if it is none."""
    try:
        return parse(text)
    except ExpressionError as error:
        place = at.within(error.start, error.length)
        word = text[error.start : error.start + error.length]
        if word in TRUTHS:
            raise _not_a_boolean(word, place) from None
        raise failure("bad-expression", error.message, at=place, help=error.help) from None


def _expression(text: str, at: Origin, environment: Environment) -> Any:
    expression = parse_at(text, at)
    try:
        environment.file.count_text(text)
        return expression.evaluate(environment.lookup)
    except ExpressionError as error:
        label = Label(at.within(error.start, error.length), describe_names(text, environment))
        raise failure("bad-value", error.message, at=label, help=error.help) from None
    except _TooMuchError as error:
        raise _too_much(error, at) from None
    except _UndefinedNameError as error:
        place = name_within(error.name, text, at)
        if error.undefined is None:
            raise unknown_name(error.name, place, environment) from None
        raise undefined_name(error.name, error.undefined, place) from None


def describe_names(raw: Any, environment: Environment) -> str:
    """The values of the names in an expression, for a label: ``width = 16, depths = [1, 2]``."""
    if not isinstance(raw, str):
        return ""
    texts = []
    try:
        names = sorted(parse(raw).names)
    except ExpressionError:
        return ""
    for name in names:
        try:
            value = environment.lookup(name)
        except (KeyError, SpecError, ExpressionError, _UndefinedNameError, _TooMuchError):
            continue
        if not isinstance(value, OpValue):
            texts.append(f"{name} = {value_text(value)}")
    text = ", ".join(texts)
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"


MAX_DESCRIPTION: Final = 60
"""Characters that the values of an expression's names may take in a label."""


def name_within(name: str, text: str, at: Origin) -> Span:
    """Where a name stands in an expression."""
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return at.within(found.start() if found else 0, len(name))


def unknown_name(name: str, span: Span, environment: Environment) -> SpecError:
    """The error for a name that means nothing at its place."""
    if name in TRUTHS:
        return _not_a_boolean(name, span)
    help: str | None
    fix = None
    if name in SIZES_OF_INPUT:
        help = "only the arguments and the 'when' of a layer know its input"
    elif name in TYPES:
        help = "a parameter of the file has a value; only a block declares types"
    elif CAPITAL.fullmatch(name):
        help = "an op cannot be part of an expression; a parameter can hold one"
    else:
        known = [k for k in environment.names() if k not in SIZES_OF_INPUT or name[:2] == k[:2]]
        help = near(name, known)
        fix = fix_name(name, known, span)
    if help is None and environment.file.is_closed:
        help = "an imported block sees its own parameters and those of its file"
    return failure("unknown-name", f"'{name}' means nothing here", at=span, help=help, fix=fix)


def undefined_name(name: str, undefined: Undefined, span: Span) -> SpecError:
    """The error for a name that has no value at its place."""
    message = f"'{name}' has no value here: {undefined.reason}"
    return failure("unknown-name", message, at=span, help=undefined.help)


def check_truth(raw: str, at: Origin, environment: Environment) -> None:
    """Raises SpecError for a boolean in the spelling of other readers."""
    if raw in TRUTHS and environment.holder(raw) is None:
        raise _not_a_boolean(raw, at.value)


def _not_a_boolean(word: str, span: Span) -> SpecError:
    return failure(
        "bad-scalar",
        f"'{word}' is not a boolean here",
        at=span,
        help=f"write {TRUTHS[word]}",
        fix=fix_text(word, TRUTHS[word], span),
    )


def truth(raw: Any, at: Origin, environment: Environment) -> bool:
    """The value of something that must be true or false."""
    if isinstance(raw, bool):
        return raw
    value = evaluate(raw, at, environment)
    if not isinstance(value, bool):
        raise failure(
            "bad-value",
            f"true or false is expected here, not {describe_value(value)}",
            at=at.value,
            help="compare it, for example with > 0" if isinstance(value, int | float) else None,
        )
    return value


def type_name(value: Any) -> str:
    """The type of a value: what a parameter of a block may be declared as."""
    types: dict[type, str] = {bool: "bool", int: "int", float: "float", list: "list"}
    return types.get(type(value), "op")


def describe_value(value: Any) -> str:
    """A value with its type, for a message."""
    if isinstance(value, bool):
        return value_text(value)
    if isinstance(value, OpValue):
        return f"the op {value.name}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"the {'whole ' if isinstance(value, int) else ''}number {value}"
