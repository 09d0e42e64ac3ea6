"""Random networks of single layers, with masks and gates among their inputs; every one is valid."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from archspec.op.base import Role
from archspec.ops import registry

Shape = tuple[int, int]
"""Channels, and pixels along each side."""

HIDDEN = (0, 0)
"""Of a tensor that no further layer reads."""
INPUTS = {"input": (4, 8), "mask": (4, 8), "gate": (4, 1)}
PLAIN = (
    *(
        name
        for name, op in registry().items()
        if op.role is Role.ACTIVATION
        and name not in ("GLU", "Maxout", "Threshold", "BranchSoftmax")
    ),
    *("ReLU", "ReLU6", "Hardtanh", "LeakyReLU", "VLReLU") * 4,
    *("BatchNorm2d", "LayerNorm", "ChannelAffine", "Dropout2d", "AlphaDropout", "Identity"),
)
OF_MAPS: dict[str, dict[str, Any]] = {
    "BatchNorm2d": {"affine": False},
    "InstanceNorm2d": {"affine": True, "track_running_stats": True},
    "GroupNorm": {"num_groups": 2},
    "LocalResponseNorm": {"size": 3},
    "AvgPool2d": {"kernel_size": 3, "stride": 1, "padding": 1},
    "LPPool2d": {"norm_type": 2, "kernel_size": 1},
    "Dropout": {"p": 0},
    "StochasticDepth": {"p": 0.5},
    "DropBlock2d": {"p": 0.1, "block_size": 2},
    "TableConv2d": {"table": [[0, 1], [2, 1], [3], [0]], "kernel_size": 3, "padding": 1},
    "ConvTranspose2d": {"out_channels": 4, "kernel_size": 1},
    "ChannelShuffle": {"groups": 2},
    "Threshold": {"threshold": 0.1, "value": 20},
    "FELU": {"alpha": 0.5},
    "APL": {"pieces": 3, "per": "channel"},
    "PReLU": {"num_parameters": 4},
    "BranchSoftmax": {"branches": 2},
    "ChannelAffine": {"bias": False, "init": 0.5},
    "EvoNormS0": {"groups": 2},
    "GRN": {},
    "L2Norm": {},
    "LayerNorm2d": {},
    "ScalarAffine": {"bias": False},
    "Scale": {"factor": 0.5},
}
"""Ops that keep the shape of a map of four channels, with arguments."""
PAIRS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"op": "ReflectionPad2d", "padding": 1}, {"op": "AvgPool2d", "kernel_size": 3, "stride": 1}),
    ({"op": "ReplicationPad2d", "padding": 1}, {"op": "MaxPool2d", "kernel_size": 3, "stride": 1}),
    ({"op": "ZeroPad2d", "padding": 1}, {"op": "Conv2d", "out_channels": 4, "kernel_size": 3}),
    ({"op": "Upsample", "scale_factor": 2}, {"op": "MaxPool2d", "kernel_size": 2}),
    ({"op": "PixelShuffle", "upscale_factor": 2}, {"op": "PixelUnshuffle", "downscale_factor": 2}),
    ({"op": "PadChannels", "out_channels": 8}, {"op": "GLU"}),
    ({"op": "PadChannels", "out_channels": 8}, {"op": "Maxout"}),
)
"""Two ops that together keep the shape of a map of four channels."""


@dataclass
class Builder:
    """Layers as they are added, with the shape of each."""

    rng: random.Random
    shapes: dict[str, Shape] = field(default_factory=lambda: dict(INPUTS))
    layers: dict[str, Any] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    def add(self, shape: Shape, sources: list[str], op: str, **arguments: Any) -> None:
        name = f"l{len(self.layers)}"
        self.layers[name] = {"op": op, **arguments, "from": sources}
        self.shapes[name] = shape
        self.read.update(sources)

    @property
    def latest(self) -> str:
        return f"l{len(self.layers) - 1}" if self.layers else "input"

    def some(self, shape: Shape) -> str:
        """A tensor of a shape, the latest more often than the others."""
        fitting = [name for name, other in self.shapes.items() if other == shape]
        return fitting[-1] if self.rng.random() < 0.6 else self.rng.choice(fitting)


def _conv(build: Builder, source: str, shape: Shape) -> None:
    rng, (channels, side) = build.rng, shape
    kernel = rng.choice([1, 3, 4])
    modes = ["zeros", "circular", "replicate", "reflect"] if side > 1 else ["zeros", "replicate"]
    depthwise = rng.random() < 0.2
    build.add(
        (channels if depthwise else 4, side),
        [source],
        "DepthwiseConv2d" if depthwise else "Conv2d",
        **({} if depthwise else {"out_channels": 4}),
        kernel_size=kernel,
        padding=kernel // 2 if kernel < 4 and rng.random() < 0.5 else "same",
        padding_mode=rng.choice(modes),
        bias=rng.random() < 0.5,
    )


def _plain(build: Builder, source: str, shape: Shape) -> None:
    build.add(shape, [source], build.rng.choice(PLAIN))


def _of_map(build: Builder, source: str, shape: Shape) -> None:
    if shape == (4, 8) or shape == (4, 4):
        op = build.rng.choice(list(OF_MAPS))
        build.add(shape, [source], op, **OF_MAPS[op])


def _pair(build: Builder, source: str, shape: Shape) -> None:
    if shape == (4, 8) or shape == (4, 4):
        first, second = build.rng.choice(PAIRS)
        build.add(HIDDEN, [source], **first)
        build.add(shape, [build.latest], **second)


def _vector(build: Builder, source: str, shape: Shape) -> None:
    """A head: what it gives is read by nobody."""
    for step in (
        {"op": "Flatten"},
        {"op": build.rng.choice(["ReLU6", "ReLU", "APL", "FReLU", "Dropout", "Identity"])},
        build.rng.choice([{"op": "Linear", "out_features": 3}, {"op": "RBF", "out_features": 3}]),
        {"op": build.rng.choice(["ReLU6", "ReLU", "Softmax"])},
    ):
        build.add(HIDDEN, [source], **step)
        source = build.latest


def _pool(build: Builder, source: str, shape: Shape) -> None:
    channels, side = shape
    if side == 1:
        build.add(shape, [source], "AdaptiveAvgPool2d", output_size=1)
        return
    op = build.rng.choice(["MaxPool2d", "AvgPool2d", "StochasticPool2d"])
    build.add((channels, side // 2), [source], op, kernel_size=2)


def _squeeze(build: Builder, source: str, shape: Shape) -> None:
    build.add((shape[0], 1), [source], "AdaptiveAvgPool2d", output_size=1)


def _merge(build: Builder, source: str, shape: Shape) -> None:
    operands = [source, *(build.some(shape) for _ in range(build.rng.randint(1, 2)))]
    build.rng.shuffle(operands)
    build.add(shape, operands, build.rng.choice(["Add", "Add", "Multiply", "Maximum"]))


def _gate(build: Builder, source: str, shape: Shape) -> None:
    if shape[0] != 4:
        return
    factors = [source, build.some((4, 1)), *([build.some(shape)] * build.rng.randrange(2))]
    build.rng.shuffle(factors)
    build.add(shape, factors, "Multiply")


def _widen(build: Builder, source: str, shape: Shape) -> None:
    other = build.some(shape)
    build.add((2 * shape[0], shape[1]), [source, other], "Concat")
    op = build.rng.choice(["GLU", "Maxout", "Slice"])
    build.add(shape, [build.latest], op, **({"start": shape[0]} if op == "Slice" else {}))


STEPS = (
    *(_conv, _conv, _plain, _plain, _plain, _plain, _of_map, _of_map, _pair),
    *(_pool, _squeeze, _merge, _merge, _gate, _widen, _vector),
)


def spec(seed: int) -> str:
    """The text of a network: what nobody reads is an output."""
    build = Builder(random.Random(seed))
    last = "input"
    for _ in range(build.rng.randint(2, 12)):
        build.rng.choice(STEPS)(build, last, build.shapes[last])
        last = build.latest
        if build.shapes[last] == HIDDEN or build.rng.random() < 0.3:
            last = build.some(build.rng.choice([(4, 8), (4, 8), (4, 1)]))
    inputs = {
        name: [channels, side, side]
        for name, (channels, side) in INPUTS.items()
        if name in build.read
    }
    outputs = {f"out_{name}": name for name in build.layers if name not in build.read}
    return json.dumps(
        {"archspec": 1, "name": "net", "input": inputs, "layers": build.layers, "outputs": outputs},
        indent=1,
    )
