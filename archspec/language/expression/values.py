"""What an expression computes with: numbers, booleans and lists, every result bounded."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, final

"""Characters of one expression."""
MAX_DEPTH: Final = 50
"""Levels of operators, calls and brackets, and of lists in lists."""
MAX_INTEGER: Final = 2**53
"""The largest whole number, as a number and as a result: a float still holds it exactly."""
MAX_LENGTH: Final = 10_000
"""Items of one list, counted with those of the lists in it."""


Place = tuple[int, int]
"""Where a part of the text begins, and its length, in characters."""


@final
class ExpressionError(Exception):
    """What is wrong with an expression, and which characters of its text are to blame."""

    def __init__(self, message: str, start: int, length: int, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = length
        self.help = help


class Failure(Exception):
    """A value that cannot be computed; whoever knows the place makes an ExpressionError of it."""

    def at(self, place: Place) -> ExpressionError:
        return ExpressionError(str(self), *place)


NUMBERS: Final = (int, float)
_TOO_LARGE: Final = "a whole number larger than 2**53"
LISTS: Final = (list, tuple)


def describe_type(value: object) -> str:
    """The type of a value, with its article."""
    types = {bool: "a boolean", int: "a whole number", float: "a number"}
    if type(value) in LISTS:
        return "a list"
    return types.get(type(value), "an op")


def bounded(value: Any) -> Any:
    """A number that is small enough; complex ones come from roots only."""
    if type(value) is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise Failure(_TOO_LARGE)
    if type(value) is float:
        if math.isfinite(value):
            return value
        raise Failure("a number that is too large")
    raise Failure("a root of a negative number")


def measure(values: Sequence[Any]) -> int:
    """Count items; fail for lists in lists that are too many or too deep; one list may stand in many places."""
    count, waiting = 0, [(values, 1)]
    while waiting:
        items, depth = waiting.pop()
        count += len(items)
        if count > MAX_LENGTH:
            raise Failure(f"a list of more than {MAX_LENGTH} items")
        if depth > MAX_DEPTH:
            raise Failure(f"lists nested more than {MAX_DEPTH} levels deep")
        waiting.extend((item, depth + 1) for item in items if type(item) in LISTS)
    return count


def check_list(values: Sequence[Any]) -> int:
    """The items of a list, counted with those of the lists in it. Raises ExpressionError for lists
    that are too many or too deep."""
    try:
        return measure(values)
    except Failure as failure:
        raise ExpressionError(str(failure), 0, 1) from None


def _power(base: Any, exponent: Any) -> Any:
    if type(base) is int and type(exponent) is int and exponent > 0:
        least_bits = (abs(base).bit_length() - 1) * exponent
        if least_bits > MAX_INTEGER.bit_length():
            raise Failure(_TOO_LARGE)
    return base**exponent


ARITHMETIC: Final[dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", _power),
}


def compute(apply: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    try:
        return bounded(apply(left, right))
    except ZeroDivisionError:
        raise Failure("division by zero") from None
    except OverflowError:
        raise Failure("a number that is too large") from None


def _equal(left: Any, right: Any) -> bool:
    """Equality of numbers, truth values or lists, whose items must be of the same types too."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return bool(left == right)
    if type(left) is bool and type(right) is bool:
        return left is right
    if type(left) in LISTS and type(right) in LISTS:
        measure(left)
        measure(right)
        return len(left) == len(right) and all(map(_equal, left, right))
    raise Failure(f"{describe_type(left)} cannot be compared with {describe_type(right)}")


def _order(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        for value in (left, right):
            if type(value) not in NUMBERS:
                raise Failure(f"`{symbol}` compares numbers, not {describe_type(value)}")
        return compare(left, right)

    return ordered


COMPARISONS: Final[dict[type[ast.AST], Callable[[Any, Any], bool]]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _order("<", operator.lt),
    ast.LtE: _order("<=", operator.le),
    ast.Gt: _order(">", operator.gt),
    ast.GtE: _order(">=", operator.ge),
}


def _number(name: str, value: Any) -> Any:
    if type(value) not in NUMBERS:
        raise Failure(f"`{name}` takes numbers, not {describe_type(value)}")
    return value


def _list(name: str, value: Any) -> Sequence[Any]:
    if type(value) not in LISTS:
        raise Failure(f"`{name}` takes a list, not {describe_type(value)}")
    if len(value) > MAX_LENGTH:
        raise Failure(f"a list of more than {MAX_LENGTH} items")
    return value  # type: ignore[no-any-return]


def _rounding(name: str, apply: Callable[[Any], int]) -> Callable[..., Any]:
    return lambda value: bounded(apply(_number(name, value)))


def _extreme(name: str, apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def choose(*values: Any) -> Any:
        numbers = _list(name, values[0]) if len(values) == 1 else values
        if not numbers:
            raise Failure(f"`{name}` of an empty list")
        return apply([_number(name, number) for number in numbers])

    return choose


def _sum(values: Any) -> Any:
    return bounded(sum(_number("sum", number) for number in _list("sum", values)))


def _half(value: Any) -> Any:
    """The padding of an odd kernel: of a number, or of each of a list."""
    numbers = _list("half", value) if type(value) in LISTS else [value]
    for number in numbers:
        if type(number) is not int:
            raise Failure(f"`half` takes whole numbers, not {describe_type(number)}")
    halves = [number // 2 for number in numbers]
    return halves if type(value) in LISTS else halves[0]


def _divisible(value: Any, divisor: Any) -> Any:
    """The nearest multiple that is not more than a tenth smaller, and not zero."""
    if type(divisor) is not int or divisor < 1:
        raise Failure("`divisible` takes a number and the whole number that divides it")
    rounded = max(
        divisor, math.floor(_number("divisible", value) + divisor / 2) // divisor * divisor
    )
    return bounded(rounded + divisor if rounded < 0.9 * value else rounded)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "round": _rounding("round", round),
    "ceil": _rounding("ceil", math.ceil),
    "floor": _rounding("floor", math.floor),
    "len": lambda value: len(_list("len", value)),
    "sum": _sum,
    "half": _half,
    "divisible": _divisible,
}
OF_MANY: Final = ("min", "max")
OF_TWO: Final = ("divisible",)
