"""What a match of weights was: which tensor went where, and how that was found out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, final

How = Literal["name", "renamed", "order", "reshaped"]
HOW: Final[dict[How, str]] = {
    "name": "by name",
    "renamed": "by another name",
    "order": "by order and shape",
    "reshaped": "reshaped",
}
"""How a tensor was found, in words."""


@final
@dataclass(frozen=True, slots=True)
class TensorPair:
    """One tensor: its key in the file, its key in the network."""

    file: str
    network: str
    how: How


@final
@dataclass(frozen=True, slots=True)
class MatchReport:
    """How the tensors of a file and of a network belong together."""

    path: str
    network: str
    pairs: tuple[TensorPair, ...]
    missing: tuple[str, ...] = ()
    """Keys of the network that keep their initial values."""
    unused: tuple[str, ...] = ()
    """Keys of the file that are not loaded."""
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line: ``resnet20.th: 95 tensors matched, 93 by name, 2 by order and shape``."""
        counts = Counter(pair.how for pair in self.pairs)
        ways = [f"{counts[how]} {words}" for how, words in HOW.items() if counts[how]]
        if self.missing:
            ways.append(f"{len(self.missing)} of the network fresh")
        if self.unused:
            ways.append(f"{len(self.unused)} of the file unused")
        return f"{self.path}: {len(self.pairs)} tensors matched, {', '.join(ways)}"

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  {line}" for line in self._details())])

    def _details(self) -> Iterator[str]:
        if self.missing:
            yield f"fresh: {_layers(self.missing)}"
        if self.unused:
            yield f"unused: {_layers(self.unused)}"
        yield from self.notes


def _layers(keys: tuple[str, ...]) -> str:
    """The layers of some tensors, the first of them by name."""
    paths = list(dict.fromkeys(key.rpartition(".")[0] or key for key in keys))
    shown = ", ".join(paths[:4])
    return f"{shown} and {len(paths) - 4} more" if len(paths) > 4 else shown
