"""Expressions: what they mean, what they refuse, and that no text breaks them."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.language.expression import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_LENGTH,
    MAX_TEXT,
    ExpressionError,
    parse,
)

ACT = object()
NAMES: dict[str, Any] = {
    "i": 3,
    "width": 1.5,
    "depths": [3, 4, 6, 3],
    "residual": True,
    "plain": False,
    "act": ACT,
    "empty": [],
}


def evaluate(text: str) -> Any:
    return parse(text).evaluate(NAMES.__getitem__)


def error(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("32", 32),
        ("1e-4", 1e-4),
        (".5", 0.5),
        ("1.", 1.0),
        ("true", True),
        ("false", False),
        ("4 * i", 12),
        ("-i", -3),
        ("- -i", 3),
        ("2 ** 5", 32),
        ("2 ** -1", 0.5),
        ("-2 ** 2", -4),
        ("4 / 2", 2.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 4", 3),
        ("7.5 // 2", 3.0),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("  i +\n 1\t", 4),
        ("1 < i <= 3", True),
        ("3 < i <= zz", False),
        ("i == 3.0", True),
        ("i != 3", False),
        ("true == residual", True),
        ("true != residual", False),
        ("depths == [3, 4, 6, 3]", True),
        ("depths == [3, 4]", False),
        ("[[1], [2]] == [[1], [2]]", True),
        ("[] == []", True),
        ("not residual", False),
        ("residual and not plain", True),
        ("plain or i > 2", True),
        ("plain and zz", False),
        ("residual or zz", True),
        ("1 if residual else zz", 1),
        ("zz if plain else 2", 2),
        ("1 if plain else 2 if residual else 3", 2),
        ("depths[0]", 3),
        ("depths[-1]", 3),
        ("depths[i - 1]", 6),
        ("[1, 2][1]", 2),
        ("[[1, 2], [3]][0][1]", 2),
        ("[]", []),
        ("[i, true, [2.0]]", [3, True, [2.0]]),
        ("min(3, 1, 2)", 1),
        ("max(depths)", 6),
        ("max(1, 2.5)", 2.5),
        ("round(2.5)", 2),
        ("half(7)", 3),
        ("half([1, 7])", [0, 3]),
        ("divisible(3, 8)", 8),
        ("divisible(36, 8)", 40),
        ("divisible(32 * 0.35, 8)", 16),
        ("divisible(16 / 4, 4)", 4),
        ("divisible(240 * 0.75, 10)", 180),
        ("round(3.5)", 4),
        ("ceil(2.1)", 3),
        ("floor(-2.1)", -3),
        ("ceil(2)", 2),
        ("len(depths)", 4),
        ("sum(depths)", 16),
        ("sum([])", 0),
        ("sum([1, 0.5])", 1.5),
        ("act", ACT),
        ("act if residual else 1", ACT),
        (f"{MAX_INTEGER}", MAX_INTEGER),
        ("2 ** 53", MAX_INTEGER),
        ("1 ** 1000000", 1),
        ("(-1) ** 1000001", -1),
    ],
)
def test_value(text: str, value: Any) -> None:
    result = evaluate(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "message", "marked", "help"),
    [
        ("", "an empty expression", "", None),
        ("i +", "a value is missing after `+`", "+", None),
        ("i * / 2", "a value is missing before `/`", "/", None),
        ("min(1,)", "a value is missing before `)`", ")", None),
        ("depths[]", "a value is missing before `]`", "]", None),
        ("()", "a value is missing before `)`", ")", None),
        ("2 i", "an operator is missing before `i`", "i", None),
        ("+1", "a value is missing before `+`", "+", "a number needs no `+` before it"),
        (
            "1 + not plain",
            "the order of the words makes no sense as an expression",
            "n",
            "add parentheses",
        ),
        ("(i", "`(` is never closed", "(", "must be quoted"),
        ("max(i", "`(` is never closed", "(", "must be quoted"),
        ("b)", "`)` closes nothing", ")", "must be quoted"),
        ("(i]", "`]` does not close `(`", "]", None),
        ("i if plain", "`if` without `else`", "if", "write `a if condition else b`"),
        ("i else 2", "`else` without `if`", "else", "write `a if condition else b`"),
        ("1, 2", "a comma outside a call and outside a list", "1, 2", "write a list as [a, b]"),
        ("depths[1, 2]", "a comma outside", "1, 2", "[a, b]"),
        ("zz + 1", "unknown name 'zz'", "zz", None),
        ("yes", "unknown name 'yes'", "yes", "write `true`"),
        ("off", "unknown name 'off'", "off", "write `false`"),
        ("True", "`True` is not part of an expression", "True", "write `true`"),
        ("False", "`False` is not part of an expression", "False", "write `false`"),
        ("None", "`None` is not part of an expression", "None", "no null"),
        ("i is 3", "`is` is not part of an expression", "is", "write `==`"),
        ("i in depths", "`in` is not part of an expression", "in", "comparisons"),
        ("lambda: 1", "`lambda` is not part of an expression", "lambda", None),
        ("[x for x in depths]", "`for` is not part of an expression", "for", "repeat"),
        ("i.real", "`.` is not part of an expression", ".", "names have no parts"),
        ("i = 3", "`=` is not part of an expression", "=", "write `==`"),
        ("(i := 3)", "`:=` is not part of an expression", ":=", "write `==`"),
        ("max(i, key=2)", "`=` is not part of an expression", "=", "write `==`"),
        ("residual && plain", "`&&` is not part of an expression", "&&", "write `and`"),
        ("residual || plain", "`||` is not part of an expression", "||", "write `or`"),
        ("!plain", "`!` is not part of an expression", "!", "write `not`"),
        ("~i", "`~` is not part of an expression", "~", "write `not`"),
        ("i & 1", "`&` is not part of an expression", "&", "write `and`"),
        ("i ^ 2", "`^` is not part of an expression", "^", "write `**` for a power"),
        ("i << 1", "`<<` is not part of an expression", "<<", None),
        ("i ? 1 : 2", "`?` is not part of an expression", "?", "write `a if condition else b`"),
        ("depths[1:]", "`:` is not part of an expression", ":", "no slices"),
        ("'relu'", "`'` is not part of an expression", "'", "leave the quotes out"),
        ("{1: 2}", "`{` is not part of an expression", "{", "square brackets"),
        ("max(*depths)", "a value is missing before `*`", "*", None),
        ("i # note", "`#` is not part of an expression", "#", "outside the quotes"),
        ("2 × i", "`×` is not part of an expression", "×", "write `*`"),
        ("größe", "`größe` is not part of an expression", "größe", None),
        ("i; i", "`;` is not part of an expression", ";", None),
        ("017", "the number 017 begins with a zero", "017", "write 17"),
        ("0x1f", "0x1f is not a decimal number", "0x1f", "decimal digits"),
        ("0o17", "0o17 is not a decimal number", "0o17", "decimal digits"),
        ("1_000", "1_000 has an underscore", "1_000", "write 1000"),
        ("1j", "1j is not a number", "1j", None),
        ("1if residual else 2", "1if is not a number", "1if", None),
        ("1.2.3", "1.2.3 is not a number", "1.2.3", None),
        ("9007199254740993", "a whole number larger than 2**53", "9007199254740993", None),
        ("1e999", "a number that is too large", "1e999", None),
        (
            "abs(i)",
            "no function 'abs'",
            "abs",
            "min, max, round, ceil, floor, len, sum, half, divisible",
        ),
        ("min(1, 2)(3)", "only a function can be called", "min(1, 2)", None),
        ("round(width, 1)", "`round` takes one value", "round(width, 1)", "a whole number"),
        ("len()", "`len` takes one value", "len()", None),
        ("half(1, 2)", "`half` takes one value", "half(1, 2)", None),
        ("half(width)", "`half` takes whole numbers, not a number", "half(width)", None),
        ("half([1, true])", "`half` takes whole numbers, not a boolean", "half([1, true])", None),
        ("divisible(8)", "`divisible` takes two values", "divisible(8)", "divisible(x, 8)"),
        (
            "divisible(8, 0)",
            "`divisible` takes a number and the whole number that divides it",
            "divisible(8, 0)",
            None,
        ),
        (
            "divisible(depths, 8)",
            "`divisible` takes numbers, not a list",
            "divisible(depths, 8)",
            None,
        ),
        ("sum(1, 2)", "`sum` takes one value", "sum(1, 2)", None),
        ("min()", "`min` needs at least one value", "min()", None),
        ("max(empty)", "`max` of an empty list", "max(empty)", None),
        ("min(3)", "`min` takes a list, not a whole number", "min(3)", None),
        ("max(1, depths)", "`max` takes numbers, not a list", "max(1, depths)", None),
        ("sum([true])", "`sum` takes numbers, not a boolean", "sum([true])", None),
        ("len(act)", "`len` takes a list, not an op", "len(act)", None),
        ("ceil(true)", "`ceil` takes numbers, not a boolean", "ceil(true)", None),
        ("residual + 1", "`+` takes numbers, not a boolean", "residual", None),
        ("1 + residual", "`+` takes numbers, not a boolean", "residual", None),
        ("depths * 2", "`*` takes numbers, not a list", "depths", None),
        ("act * 2", "`*` takes numbers, not an op", "act", None),
        ("-residual", "`-` takes numbers, not a boolean", "residual", None),
        ("not i", "`not` takes a boolean, not a whole number", "i", "> 0"),
        ("1 if width else 2", "`if` takes a boolean, not a number", "width", "> 0"),
        ("residual and i", "`and` takes a boolean, not a whole number", "i", "> 0"),
        ("plain or depths", "`or` takes a boolean, not a list", "depths", None),
        ("i < residual", "`<` compares numbers, not a boolean", "i < residual", None),
        ("residual == 1", "a boolean cannot be compared with a whole number", None, None),
        ("[1] == [true]", "a whole number cannot be compared with a boolean", None, None),
        ("act == act", "an op cannot be compared with an op", None, None),
        ("i[0]", "a whole number has no items", "i", None),
        ("depths[true]", "an index is a whole number, not a boolean", "true", None),
        ("depths[4]", "there is no item 4 in a list of 4", "depths[4]", "counted from 0"),
        ("depths[-5]", "there is no item -5 in a list of 4", "depths[-5]", "counted from 0"),
        ("[1, act]", "a list cannot hold an op", "act", None),
        ("1 / 0", "division by zero", "1 / 0", None),
        ("i + 1 // (i - 3)", "division by zero", "1 // (i - 3)", None),
        ("5 % 0", "division by zero", "5 % 0", None),
        ("0 ** -1", "division by zero", "0 ** -1", None),
        ("(-8) ** 0.5", "a root of a negative number", "(-8) ** 0.5", None),
        ("9 ** 9 ** 9", "a whole number larger than 2**53", None, None),
        ("2 ** 53 + 1", "a whole number larger than 2**53", None, None),
        ("1e300 * 1e300", "a number that is too large", None, None),
        ("1.5 ** 5000", "a number that is too large", None, None),
        ("sum([2 ** 53, 1])", "a whole number larger than 2**53", None, None),
        ("floor(1e300)", "a whole number larger than 2**53", None, None),
    ],
)
def test_error(text: str, message: str, marked: str | None, help: str | None) -> None:
    found = error(text)
    assert found.start + found.length <= len(text)
    assert found.message.startswith(message)
    assert text[found.start : found.start + found.length] == (text if marked is None else marked)
    assert (help or "") in (found.help or "")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "1" * 5_000,
        "1" * MAX_TEXT,
        "-" * (MAX_TEXT - 1) + "1",
        "not " * (MAX_TEXT // 4 - 1) + "true",
        "(" * 240 + "1" + ")" * 240,
        "[" * 240 + "]" * 240,
        "+".join("1" * (MAX_DEPTH + 2)),
        "**".join("2" * 150),
        "\0",
        "a\0b",
        "\ud800",
    ],
)
def test_no_text_is_too_wild(text: str) -> None:
    found = error(text)
    assert 0 <= found.start <= found.start + found.length <= len(text)


def test_deepest() -> None:
    assert evaluate("+".join("1" * MAX_DEPTH)) == MAX_DEPTH
    assert evaluate("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) == 1


@pytest.mark.parametrize(
    ("text", "pieces", "levels", "limit"),
    [
        ("[x, x]", 2, 20, f"more than {MAX_LENGTH} items"),
        ("x == x", 2, 20, f"more than {MAX_LENGTH} items"),
        ("[x]", 1, MAX_DEPTH, f"more than {MAX_DEPTH} levels"),
        ("x == x", 1, MAX_DEPTH, f"more than {MAX_DEPTH} levels"),
    ],
)
def test_one_list_in_many_places_counts_as_often(
    text: str, pieces: int, levels: int, limit: str
) -> None:
    values: Any = [1]
    for _ in range(levels):
        values = [values] * pieces
    with pytest.raises(ExpressionError, match=limit):
        parse(text).evaluate({"x": values}.__getitem__)


def test_long_list() -> None:
    with pytest.raises(ExpressionError, match=f"more than {MAX_LENGTH} items"):
        parse("sum(x)").evaluate({"x": [0] * (MAX_LENGTH + 1)}.__getitem__)


def test_names_are_all_that_may_be_read() -> None:
    names = parse("max(a, b[c]) if true and d else e + len(f)").names
    assert names == {"a", "b", "c", "d", "e", "f"}


def test_only_taken_sides_are_looked_up() -> None:
    asked: list[str] = []

    def lookup(name: str) -> Any:
        asked.append(name)
        return NAMES[name]

    assert parse("i if residual or plain else width").evaluate(lookup) == 3
    assert asked == ["residual", "i"]


def test_what_lookup_raises_passes() -> None:
    def lookup(name: str) -> Any:
        raise LookupError(name)

    with pytest.raises(LookupError, match="width"):
        parse("2 * width").evaluate(lookup)


@given(st.floats(0, 1e6), st.integers(1, 64))
def test_divisible_is_that_of_timm(value: float, divisor: int) -> None:
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    if rounded < 0.9 * value:
        rounded += divisor
    assert evaluate(f"divisible({value!r}, {divisor})") == rounded


def test_parsed_once() -> None:
    assert parse("i + 1") is parse("i + 1")
    assert repr(parse("i")) == "Expression(text='i', names=frozenset({'i'}))"


PIECES = (
    "0 1 2 3.5 1e3 9 i width depths residual plain act zz true false + - * / // % ** == != < <= "
    "> >= and or not if else ( ) [ ] , min( max( round( ceil( floor( len( sum( . = ! & | ^ ~ : ; "
    "lambda None is in ' \" # { } @ \\ é \0 1_0 0x1 1j"
)
PYTHON: dict[str, Any] = {
    **NAMES,
    "true": True,
    "false": False,
    "ceil": math.ceil,
    "floor": math.floor,
}


def check(text: str) -> None:
    """A value, that of Python, or an error in the text; and soon."""
    begin = time.process_time()
    try:
        value = evaluate(text)
    except ExpressionError as found:
        is_right = 0 <= found.start <= found.start + found.length <= len(text)
    else:
        is_right = value == eval(f"({text})", {}, PYTHON)
    assert is_right
    assert time.process_time() - begin < 1


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split(" ")), max_size=12), st.sampled_from(["", " "]))
def test_any_pieces(pieces: list[str], separator: str) -> None:
    check(separator.join(pieces))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    check(text)


def binary(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = ["+", "-", "*", "/", "//", "%", "**", "==", "<", ">=", "and", "or"]
    two = st.builds("({} {} {})".format, inner, st.sampled_from(operators), inner)
    one = st.builds("{}({})".format, st.sampled_from(["not", "-", "round", "len", "max"]), inner)
    three = st.builds("({} if {} else {})".format, inner, inner, inner)
    return two | one | three | st.builds("[{}, {}]".format, inner, inner)


LEAVES = ["0", "1", "2", "7", "3.5", "1e9", "i", "width", "depths", "depths[i]", "plain", "true"]


@settings(max_examples=500, deadline=None)
@given(st.recursive(st.sampled_from(LEAVES), binary, max_leaves=20))
def test_the_values_are_those_of_python(text: str) -> None:
    check(text)
