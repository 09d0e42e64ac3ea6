"""How much is expanded: every step, copy and path is counted, and crossing a limit ends the work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

from archspec.diagnostics import failure
from archspec.elaborate.expand.nodes import ALLOW_MORE, MAX_LAYERS, Layers
from archspec.elaborate.rules.collector import Collector
from archspec.elaborate.rules.desugar import Item
from archspec.elaborate.rules.repeat import columns_of, length
from archspec.language.names import Environment
from archspec.text import Origin

MAX_STEPS: Final = 2 * MAX_LAYERS
"""Items that are looked at, absent ones too, with four for a block and one for each operand; of a
network with layers ``STEPS_OF_A_LAYER`` more for each layer."""
STEPS_OF_A_LAYER: Final = 6
MAX_CHARACTERS: Final = 50_000_000
"""Characters of the paths of all layers together."""


@final
class Limits:
    """What was spent so far."""

    def __init__(self, collector: Collector, layers: Layers) -> None:
        self.copies = 1
        """Copies of copies that what is being made is one of."""
        self._collector = collector
        self._layers = layers
        self._steps = 0
        self._characters = 0

    def count(self, steps: int, at: Origin) -> None:
        """Some steps were taken."""
        self._steps += steps
        if self._steps > MAX_STEPS + STEPS_OF_A_LAYER * len(self._layers.nodes):
            self._collector.stop(f"more than {MAX_STEPS:,} items to look at", at)

    def count_path(self, path: str, name: str, at: Origin) -> None:
        """A layer is to be called so."""
        self._characters += len(path) + len(name)
        if self._characters > MAX_CHARACTERS:
            self._collector.stop(
                f"the paths of the layers have more than {MAX_CHARACTERS:,} characters", at
            )

    def columns(self, item: Item, names: Environment) -> dict[str, Sequence[Any]]:
        """What a repeat counts. Raises SpecError if copies of copies are more than there can be."""
        columns = columns_of(item, names)
        count, most = count_of(columns) * self.copies, self._layers.most
        if count > most:
            raise failure(
                "limit",
                f"{count:,} copies; a network has at most {most:,} layers",
                at=(item.at / "repeat").value,
                help=ALLOW_MORE,
            )
        return columns

    def each(
        self, columns: Mapping[str, Sequence[Any]], names: Environment
    ) -> Iterator[Environment]:
        """For every copy the names that it sees."""
        outer = self.copies
        for values in zip(*columns.values(), strict=True):
            self.copies = outer * count_of(columns)
            yield Environment(dict(zip(columns, values, strict=True)), names)
            self.copies = outer


def count_of(columns: Mapping[str, Sequence[Any]]) -> int:
    """How many copies a repeat makes."""
    return length(next(iter(columns.values())))
