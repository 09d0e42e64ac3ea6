"""The constructor of a printed class: its modules with literals, parameters and loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

from archspec.backends.torch.source.formatting import (
    WIDTH,
    Atom,
    Bracket,
    Comprehension,
    Expression,
    call,
    commented,
    flat,
    lines,
    literal_expression,
    spread,
)
from archspec.backends.torch.source.own_layers import printed_name
from archspec.backends.torch.source.tree import (
    FunctionItem,
    InstanceItem,
    Item,
    LayerItem,
    LoopItem,
    ReuseItem,
    SequentialItem,
    SharedItem,
    TapItem,
    Term,
    is_tensor,
)


@final
class Constructor:
    """Prints the items of a class, taking the terms of its slots one after the other."""

    def __init__(
        self, items: Sequence[Item], terms: Sequence[Term], optional: Mapping[str, str]
    ) -> None:
        self._items = items
        self._terms: Iterator[Term] = iter(terms)
        self._optional = optional

    def numbered(self) -> list[str]:
        """``super().__init__(...)`` of a Sequential with the items 0, 1, ..."""
        return lines("", Bracket("super().__init__(", self.sequence(), ")"), depth=2)

    def sequence(self) -> tuple[tuple[str, Expression], ...]:
        """The items one after the other, as in a call or list."""
        return self._sequence(self._items)

    def assignments(self, shapes: Mapping[str, str]) -> list[str]:
        """``self.name = ...`` for every item that is a module, with the shapes behind them."""
        text: list[str] = []
        last: str | None = None
        for item in self._items:
            if isinstance(item, ReuseItem | TapItem):
                continue
            if isinstance(item, LayerItem) and not item.is_module:
                for _ in item.arguments:
                    next(self._terms)  # the forward method writes them
                continue
            statement = self._assignment(item)
            shape = shapes.get(item.name)
            text += commented(statement, shape if shape != last else None)
            last = shape or last
        return text

    def _assignment(self, item: Item) -> list[str]:
        flag = self._optional.get(item.name)
        if isinstance(item, LoopItem):
            return self._loop(item)
        expression = self._expression(item)
        if flag is not None:
            short = f"        self.{item.name} = {flat(expression)} if {flag} else nn.Identity()"
            if item.name.isidentifier() and len(short) <= WIDTH:
                return [short]
            return [
                *_assigned(item.name, Atom("nn.Identity()"), 2),
                f"        if {flag}:",
                *_assigned(item.name, expression, 3),
            ]
        if is_tensor(item) and not item.name.isidentifier():
            return lines(
                "", call("self.register_parameter", Atom(f'"{item.name}"'), expression), depth=2
            )
        return _assigned(item.name, expression, 2)

    def _loop(self, run: LoopItem) -> list[str]:
        """Modules under names with numbers, in a loop."""
        element, count = self._run_parts(run)
        first = 1 if run.after_head else 0
        if count == str(first + 1):
            return _assigned(f"{run.stem}{run.start}", element, 2)
        offset = run.start - first
        number = f"{{i {'+' if offset > 0 else '-'} {abs(offset)}}}" if offset else "{i}"
        added = call("self.add_module", Atom(f'f"{run.stem}{number}"'), element)
        span = f"{first}, {count}" if first else count
        return [f"        for i in range({span}):", *lines("", added, depth=3)]

    def _sequence(self, items: Sequence[Item]) -> tuple[tuple[str, Expression], ...]:
        found: list[tuple[str, Expression]] = []
        for item in items:
            if not isinstance(item, LoopItem):
                prefix = "*" if isinstance(item, FunctionItem) else ""
                found.append((prefix, self._expression(item)))
                continue
            element, count = self._run_parts(item)
            first = 1 if item.after_head else 0
            if count == str(first + 1):
                found.append(("*" if isinstance(item.item, FunctionItem) else "", element))
                continue
            variable = "i" if any(item.stepping) else "_"
            span = f"{first}, {count}" if first else count
            clauses: tuple[str, ...] = (f"for {variable} in range({span})",)
            if isinstance(item.item, FunctionItem):
                clauses = (*clauses, f"for layer in {flat(element)}")
                element = Atom("layer")
            found.append(("*", Comprehension(element, clauses)))
        return tuple(found)

    def _run_parts(self, run: LoopItem) -> tuple[Expression, str]:
        """What is repeated, with numbers that may grow with i, and how often."""
        width = len(run.stepping)
        terms = [next(self._terms) for _ in range(width)]
        steps = iter([next(self._terms) for stepping in run.stepping if stepping])
        count = next(self._terms).text
        grown = [
            Term(_grown(term, next(steps))) if stepping else term
            for term, stepping in zip(terms, run.stepping, strict=True)
        ]
        outer, self._terms = self._terms, iter(grown)
        element = self._expression(run.item)
        self._terms = outer
        return element, count

    def _expression(self, item: Item) -> Expression:
        if isinstance(item, LayerItem):
            return self._leaf(item)
        if isinstance(item, SharedItem):
            return Atom(next(self._terms).text)
        if isinstance(item, InstanceItem | FunctionItem):
            return self._instance(item)
        assert isinstance(item, SequentialItem)
        return call("nn.Sequential", *self._sequence(item.items))

    def _tensor(self, leaf: LayerItem, made: str) -> Expression:
        terms = {name: next(self._terms).text for name in leaf.arguments}
        return call("nn.Parameter", Atom(made.format(**terms)))

    def _leaf(self, leaf: LayerItem) -> Expression:
        if leaf.tensor is not None:
            return self._tensor(leaf, leaf.tensor)
        items: list[tuple[str, Expression]] = []
        named = False
        for k, name in enumerate(leaf.arguments):
            term = next(self._terms)
            default = leaf.defaults.get(name, _NO_DEFAULT)
            if term.is_literal and _same(term.value, default):
                named = True
                continue
            prefix = f"{name}=" if named or k >= leaf.positional else ""
            items.append((prefix, _argument(term)))
        if leaf.inplace:
            items.append(("inplace=", Atom("True")))
        return call(printed_name(leaf.target), *items)

    def _instance(self, item: InstanceItem | FunctionItem) -> Expression:
        items: list[tuple[str, Expression]] = []
        for parameter in item.printed.parameters:
            term = next(self._terms)
            if parameter.has_default:
                if term.is_literal and _same(term.value, parameter.default):
                    continue
                items.append((f"{parameter.name}=", _argument(term)))
            else:
                prefix = f"{parameter.name}=" if parameter.category == "depth" else ""
                items.append((prefix, _argument(term)))
        return call(item.printed.name, *items)


_NO_DEFAULT: Final = object()


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _argument(term: Term) -> Expression:
    return literal_expression(term.value) if term.is_literal else Atom(term.text)


def _grown(term: Term, step: Term) -> str:
    if step.text == "1":
        return f"{term.text} + i"
    return f"{term.text} + {step.text} * i"


def _assigned(name: str, expression: Expression, depth: int) -> list[str]:
    if name.isidentifier():
        prefix = f"self.{name} = "
        if isinstance(expression, Bracket) and expression.head == "nn.Sequential(":
            one = lines(prefix, expression, depth=depth)
            return one if len(one) == 1 else spread(prefix, expression, depth=depth)
        return lines(prefix, expression, depth=depth)
    return lines("", call("self.add_module", Atom(f'"{name}"'), expression), depth=depth)
