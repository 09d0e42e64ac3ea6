"""How many layers a program makes at least, counted without making any."""

from __future__ import annotations

from typing import Any, Final, final

from archspec.diagnostics import SpecError, failure
from archspec.elaborate.expand.nodes import ALLOW_MORE
from archspec.elaborate.rules.desugar import Bodies, Item
from archspec.elaborate.rules.repeat import repeat_clauses
from archspec.language.model import Body, CallItem, ScopeItem
from archspec.language.names import Environment, FileParams, evaluate
from archspec.language.program import Program
from archspec.ops import registry
from archspec.text import Origin

_REMOVING: Final = frozenset({"remove", "cut", "replace"})


def check_size(program: Program, bodies: Bodies, most: int, most_depth: int) -> None:
    """Raises SpecError for a network that is certainly too large: a few blocks that call each other
    can ask for more layers than there are atoms, and nobody should wait for them."""
    if any(text.edit.verb in _REMOVING for text in program.edits):
        return
    estimate = _Estimate(program, bodies, most_depth)
    body, at = program.layers.value, program.layers.origin
    counts = [(estimate.item(item), item) for item in bodies.items(body, at)]
    total = sum(count for count, _ in counts)
    if total > most:
        _, item = max(counts, key=lambda pair: pair[0])
        raise failure(
            "limit",
            f"the network has {_text(total)} layers or more; at most {most:,} are possible",
            at=item.at.key,
            help=ALLOW_MORE,
        )


def _text(count: int) -> str:
    return f"{count:,}" if count < 10**15 else f"10**{len(str(count)) - 1}"


@final
class _Estimate:
    """Counts what surely exists: whatever depends on a condition or a name may not."""

    def __init__(self, program: Program, bodies: Bodies, most_depth: int) -> None:
        self._program = program
        self._bodies = bodies
        self._ops = registry()
        self._blocks: dict[str, int] = {}
        self._depth = most_depth

    def item(self, item: Item) -> int:
        form = item.form
        if form.when is not None or not _exists(item):
            return 0
        if isinstance(form, ScopeItem):
            return self._body(form.layers, item.body_at)
        return self._op(form.op) if isinstance(form, CallItem) else 1

    def _body(self, body: Body, at: Origin) -> int:
        if not self._depth:
            return 1  # refused later for its depth
        self._depth -= 1
        count = sum(map(self.item, self._bodies.items(body, at)))
        self._depth += 1
        return count

    def _op(self, op: str) -> int:
        if op in self._ops:
            return 1
        if op not in self._program.blocks:
            return 0
        if op not in self._blocks:
            self._blocks[op] = 0  # for a block that contains itself, which is reported later
            text = self._program.blocks[op]
            self._blocks[op] = self._body(text.block.layers, text.origin / "layers")
        return self._blocks[op]


def _exists(item: Item) -> bool:
    """Whether there is one copy at least; how many there are is checked when they are counted."""
    return all(
        _length(raw, at) > 0 for _, raw, at in repeat_clauses(item) if item.form.repeat is not None
    )


def _length(raw: Any, at: Origin) -> int:
    try:
        value = evaluate(raw, at, Environment({}, FileParams({})))
    except SpecError:
        return 0
    return len(value) if isinstance(value, list) else value if type(value) is int else 0
