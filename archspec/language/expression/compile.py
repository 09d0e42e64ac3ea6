"""From a syntax tree to a closure that computes it: every form is in a table of what is allowed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from archspec.language.expression.tokens import CONSTANTS, TRUTHS
from archspec.language.expression.values import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    LISTS,
    MAX_DEPTH,
    NUMBERS,
    OF_MANY,
    OF_TWO,
    ExpressionError,
    Failure,
    Place,
    compute,
    describe_type,
    measure,
)

Lookup = Callable[[str], Any]
Run = Callable[[Lookup], Any]


def compile_tree(node: ast.expr, depth: int) -> Run:
    """A function of the lookup that computes this node."""
    place = _place(node)
    if depth > MAX_DEPTH:
        raise ExpressionError(f"an expression nested more than {MAX_DEPTH} levels deep", *place)
    compiler = _COMPILERS.get(type(node))
    if compiler is None:
        raise ExpressionError("this is not part of an expression", *place)
    return compiler(node, place, depth + 1)


def _place(node: ast.expr) -> Place:
    """Without the parenthesis that stands before the text while it is parsed."""
    start, end = node.col_offset, node.end_col_offset or node.col_offset
    return max(start - 1, 0), max(end - start, 1)


def _compile_constant(node: ast.Constant, place: Place, depth: int) -> Run:
    value = node.value
    if type(value) not in NUMBERS:
        raise ExpressionError("this is not part of an expression", *place)
    return lambda lookup: value


def _compile_name(node: ast.Name, place: Place, depth: int) -> Run:
    name = node.id
    if name in CONSTANTS:
        constant = CONSTANTS[name]
        return lambda lookup: constant

    def run(lookup: Lookup) -> Any:
        try:
            return lookup(name)
        except KeyError:
            help = f"write `{TRUTHS[name]}`" if name in TRUTHS else None
            raise ExpressionError(f"unknown name '{name}'", *place, help=help) from None

    return run


def _compile_arithmetic(node: ast.BinOp, place: Place, depth: int) -> Run:
    symbol, apply = ARITHMETIC[type(node.op)]
    left, right = compile_tree(node.left, depth), compile_tree(node.right, depth)

    def run(lookup: Lookup) -> Any:
        first, second = left(lookup), right(lookup)
        if type(first) not in NUMBERS:
            raise _not_a_number(symbol, first, node.left)
        if type(second) not in NUMBERS:
            raise _not_a_number(symbol, second, node.right)
        try:
            return compute(apply, first, second)
        except Failure as failure:
            raise failure.at(place) from None

    return run


def _not_a_number(symbol: str, value: Any, node: ast.expr) -> ExpressionError:
    return ExpressionError(f"`{symbol}` takes numbers, not {describe_type(value)}", *_place(node))


def _compile_unary(node: ast.UnaryOp, place: Place, depth: int) -> Run:
    operand = compile_tree(node.operand, depth)
    if isinstance(node.op, ast.Not):
        condition = _condition("not", operand, node.operand)
        return lambda lookup: not condition(lookup)

    def negative(lookup: Lookup) -> Any:
        value = operand(lookup)
        if type(value) not in NUMBERS:
            raise _not_a_number("-", value, node.operand)
        return -value

    return negative


def _condition(word: str, run: Run, node: ast.expr) -> Callable[[Lookup], bool]:
    """The same value, which has to be true or false."""

    def decide(lookup: Lookup) -> bool:
        value = run(lookup)
        if value is True or value is False:
            return value
        message = f"`{word}` takes a boolean, not {describe_type(value)}"
        help = "compare it, for example with `> 0`" if type(value) in NUMBERS else None
        raise ExpressionError(message, *_place(node), help=help)

    return decide


def _compile_logic(node: ast.BoolOp, place: Place, depth: int) -> Run:
    word = "and" if isinstance(node.op, ast.And) else "or"
    operands = [_condition(word, compile_tree(value, depth), value) for value in node.values]
    if word == "and":
        return lambda lookup: all(operand(lookup) for operand in operands)
    return lambda lookup: any(operand(lookup) for operand in operands)


def _compile_choice(node: ast.IfExp, place: Place, depth: int) -> Run:
    condition = _condition("if", compile_tree(node.test, depth), node.test)
    yes, no = compile_tree(node.body, depth), compile_tree(node.orelse, depth)
    return lambda lookup: yes(lookup) if condition(lookup) else no(lookup)


def _compile_comparison(node: ast.Compare, place: Place, depth: int) -> Run:
    first = compile_tree(node.left, depth)
    others = [
        (COMPARISONS[type(comparison)], compile_tree(other, depth))
        for comparison, other in zip(node.ops, node.comparators, strict=True)
    ]

    def run(lookup: Lookup) -> bool:
        left = first(lookup)
        for compare, other in others:
            right = other(lookup)
            try:
                if not compare(left, right):
                    return False
            except Failure as failure:
                raise failure.at(place) from None
            left = right
        return True

    return run


def _compile_list(node: ast.List, place: Place, depth: int) -> Run:
    items = [compile_tree(item, depth) for item in node.elts]

    def run(lookup: Lookup) -> list[Any]:
        values = [item(lookup) for item in items]
        for value, item in zip(values, node.elts, strict=True):
            if type(value) not in (int, float, bool, list, tuple):
                raise ExpressionError(f"a list cannot hold {describe_type(value)}", *_place(item))
        try:
            measure(values)
        except Failure as failure:
            raise failure.at(place) from None
        return values

    return run


def _compile_tuple(node: ast.Tuple, place: Place, depth: int) -> Run:
    message = "a comma outside a call and outside a list"
    start, end = _place(node.elts[0]), _place(node.elts[-1])
    length = end[0] + end[1] - start[0]
    raise ExpressionError(message, start[0], length, help="write a list as [a, b]")


def _compile_item(node: ast.Subscript, place: Place, depth: int) -> Run:
    values, index = compile_tree(node.value, depth), compile_tree(node.slice, depth)

    def run(lookup: Lookup) -> Any:
        items, position = values(lookup), index(lookup)
        if type(items) not in LISTS:
            raise ExpressionError(f"{describe_type(items)} has no items", *_place(node.value))
        if type(position) is not int:
            message = f"an index is a whole number, not {describe_type(position)}"
            raise ExpressionError(message, *_place(node.slice))
        if not -len(items) <= position < len(items):
            message = f"there is no item {position} in a list of {len(items)}"
            raise ExpressionError(message, *place, help="items are counted from 0")
        return items[position]

    return run


def _compile_call(node: ast.Call, place: Place, depth: int) -> Run:
    name = _function_name(node, place)
    function = FUNCTIONS[name]
    arguments = [compile_tree(argument, depth) for argument in node.args]

    def run(lookup: Lookup) -> Any:
        try:
            return function(*[argument(lookup) for argument in arguments])
        except Failure as failure:
            raise failure.at(place) from None

    return run


def _function_name(node: ast.Call, place: Place) -> str:
    """The function that is called, with as many arguments as it takes."""
    known = f"the functions are {', '.join(FUNCTIONS)}"
    if not isinstance(node.func, ast.Name):
        raise ExpressionError("only a function can be called", *_place(node.func), help=known)
    name = node.func.id
    if name not in FUNCTIONS:
        raise ExpressionError(f"no function '{name}'", *_place(node.func), help=known)
    if name in OF_TWO and len(node.args) != 2:
        raise ExpressionError(f"`{name}` takes two values", *place, help=f"{name}(x, 8)")
    if name not in (*OF_MANY, *OF_TWO) and len(node.args) != 1:
        help = "it gives a whole number" if name == "round" else None
        raise ExpressionError(f"`{name}` takes one value", *place, help=help)
    if not node.args:
        raise ExpressionError(f"`{name}` needs at least one value", *place)
    return name


_COMPILERS: Final[dict[type[ast.AST], Callable[[Any, Place, int], Run]]] = {
    ast.Constant: _compile_constant,
    ast.Name: _compile_name,
    ast.BinOp: _compile_arithmetic,
    ast.UnaryOp: _compile_unary,
    ast.BoolOp: _compile_logic,
    ast.IfExp: _compile_choice,
    ast.Compare: _compile_comparison,
    ast.List: _compile_list,
    ast.Tuple: _compile_tuple,
    ast.Subscript: _compile_item,
    ast.Call: _compile_call,
}
