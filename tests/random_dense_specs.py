"""Random specs with many a BatchNorm2d → ReLU → Conv2d, behind concatenations and without."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

from tests.random_specs import Maker

CHAIN: Final = ("Conv2d", "BatchNorm2d", "ReLU")


class DenseMaker(Maker):
    """Makes specs as others do, but with layers that follow each other as in a CNN."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.place = 0

    def layer(self) -> dict[str, Any]:
        if self.chance(0.15):
            return super().layer()
        self.place = (self.place + 1) % len(CHAIN)
        return {"op": CHAIN[self.place]} if self.place else self.conv()

    def conv(self, source: str | None = None) -> dict[str, Any]:
        conv = super().conv(source)
        shapes: list[dict[str, Any]] = [{"groups": 2}, {"kernel_size": 2, "padding": "same"}]
        if conv["kernel_size"] == 3:
            shapes += [
                {"padding": "same"},
                {"padding": 2, "dilation": 2},
                {"padding": "same", "dilation": (2, 1)},
                {"padding_mode": "reflect"},
                {"kernel_size": (5, 3), "padding": (2, 1)},
            ]
        return conv | self.rng.choice([{}, *shapes])

    def merge(self, layers: dict[str, Any], name: str, operands: list[str]) -> None:
        """Concatenations of concatenations, whole or read by what is computed again."""
        if self.chance(0.2):
            super().merge(layers, name, operands)
            return
        rng = self.rng
        layers[name] = {"op": "Concat", "from": operands if operands[1:] else 2 * operands}
        last = name
        for k in range(rng.choice([0, 0, 1, 2])):
            new = rng.choice(operands)
            if self.chance(0.7):
                layers[f"{name}_n{k}"] = {"from": last, **self.norm()}
                layers[f"{name}_r{k}"] = "ReLU"
                layers[new := f"{name}_c{k}"] = self.conv()
            both = [last, new]
            last = f"{name}_m{k}"
            layers[last] = {"op": "Concat", "from": both if self.chance(0.7) else both[::-1]}
        if self.chance(0.8):
            layers |= {f"{name}_n": self.norm(), f"{name}_r": "ReLU"}
        elif self.chance(0.5):
            layers[f"{name}_n"] = {"op": "MaxPool2d", "kernel_size": 3, "stride": 1, "padding": 1}
        layers[f"{name}_fit"] = self.conv()

    def norm(self) -> dict[str, Any]:
        others: list[dict[str, Any]] = [
            {"affine": False},
            {"track_running_stats": False},
            {"momentum": 0.5, "eps": 0.01},
        ]
        return {"op": "BatchNorm2d"} | self.rng.choice([{}, {}, *others])


def random_dense_spec(seed: int) -> str:
    """The text of a spec; many are valid."""
    return json.dumps(DenseMaker(Random(seed)).spec(), indent=1)
