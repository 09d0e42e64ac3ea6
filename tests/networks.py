"""Networks to try: those of the zoo, and random ones as specs, of which every one is valid."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import strategies as st

from archspec.workspace.locate import zoo_names


def zoo(quick: Collection[str] = (), *, without: Collection[str] = ()) -> list[Any]:
    """Every network of the zoo as a parameter of a test: what is named is quick, the others slow.

    Variants differ little from the network of their file: they wait for ``pytest --whole-zoo``.
    """
    slow = [pytest.mark.slow] if quick else []
    return [
        name if name in quick else pytest.param(name, marks=[*slow, *_rare(variant)])
        for name, (_, variant) in zoo_names().items()
        if name not in without
    ]


def _rare(variant: str | None) -> list[pytest.MarkDecorator]:
    return [pytest.mark.whole_zoo] if variant else []


BLOCKS: dict[str, Any] = {
    "Residual": {
        "params": {"width": "int", "stride": 1, "act": "ReLU"},
        "layers": {
            "conv1": {"op": "Conv2d", "out_channels": "width", "kernel_size": 3,
                      "stride": "stride", "padding": 1, "bias": False},
            "bn1": "BatchNorm2d",
            "act1": {"op": "act"},
            "conv2": {"op": "Conv2d", "out_channels": "width", "kernel_size": 3, "padding": 1},
            "short": {
                "when": "stride != 1 or in_channels != width",
                "from": "input",
                "layers": [
                    {"op": "Conv2d", "out_channels": "width", "kernel_size": 1,
                     "stride": "stride"},
                    "BatchNorm2d",
                ],
            },
            "add": {"op": "Add", "from": ["conv2", "short"]},
            "out": {"op": "act"},
        },
    },
    "Dense": {
        "params": {"growth": "int"},
        "layers": {
            "norm": "BatchNorm2d",
            "relu": "ReLU",
            "conv": {"op": "Conv2d", "out_channels": "growth", "kernel_size": 3, "padding": 1},
            "cat": {"op": "Concat", "from": ["input", "conv"]},
        },
    },
    "Branches": {
        "params": {"a": "int", "b": "int", "pooled": True},
        "layers": {
            "one": {"op": "Conv2d", "out_channels": "a", "kernel_size": 1, "from": "input"},
            "two": {
                "from": "input",
                "layers": [
                    {"op": "Conv2d", "out_channels": "b", "kernel_size": 1},
                    "ReLU",
                    {"op": "Conv2d", "out_channels": "b", "kernel_size": 3, "padding": 1},
                ],
            },
            "three": {"op": "AvgPool2d", "kernel_size": 3, "stride": 1, "padding": 1,
                      "from": "input", "when": "pooled", "else": "none"},
            "cat": {"op": "Concat", "from": ["one", "two", "three"]},
        },
    },
    "Gate": {
        "params": {"channels": "in_channels"},
        "layers": {
            "pool": {"op": "AdaptiveAvgPool2d", "output_size": 1},
            "fc": {"op": "Conv2d", "out_channels": "channels", "kernel_size": 1},
            "gate": "Sigmoid",
            "scale": {"op": "Multiply", "from": ["input", "gate"]},
        },
    },
    "Join": {
        "inputs": ["left", "right"],
        "params": {"width": "int"},
        "layers": {
            "cat": {"op": "Concat", "from": ["left", "right"]},
            "conv": {"op": "Conv2d", "out_channels": "width", "kernel_size": 1},
        },
    },
}  # fmt: skip

widths = st.sampled_from([2, 3, 4, 6, 8])


def _layer() -> st.SearchStrategy[dict[str, Any]]:
    convolution = st.builds(
        lambda width, kernel, bias: {
            "op": "Conv2d", "out_channels": width, "kernel_size": kernel,
            "padding": kernel // 2, "bias": bias,
        },
        widths, st.sampled_from([1, 3]), st.booleans(),
    )  # fmt: skip
    plain = st.sampled_from(
        ["ReLU", "BatchNorm2d", "Sigmoid", "ELU", "Identity", "Tanh", "ReLU6", "Dropout"]
    ).map(lambda op: {"op": op})
    residual = st.builds(
        lambda width, act: {"op": "Residual", "width": width, "act": act},
        widths, st.sampled_from(["ReLU", "ELU", "Sigmoid"]),
    )  # fmt: skip
    dense = widths.map(lambda growth: {"op": "Dense", "growth": growth})
    branches = st.builds(
        lambda a, b, pooled: {"op": "Branches", "a": a, "b": b, "pooled": pooled},
        widths, widths, st.booleans(),
    )  # fmt: skip
    return convolution | plain | residual | dense | branches | st.just({"op": "Gate"})


def _body(depth: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    item = _layer()
    if depth:
        inner = _body(depth - 1)
        scope = inner.map(lambda body: {"layers": body})
        named = inner.map(
            lambda body: {"layers": {f"part{k}": item for k, item in enumerate(body)}}
        )
        item = item | scope | named
    repeated = st.builds(
        lambda item, count: {**item, "repeat": {f"i{depth}": count}}, item, st.integers(1, 5)
    )
    return st.lists(item | repeated, min_size=1, max_size=4)


def _name_items(body: list[dict[str, Any]], extras: list[int]) -> dict[str, Any]:
    """Names for the items at the top, and reads of layers further up."""
    layers: dict[str, Any] = {}
    for k, item in enumerate(body):
        layers[f"item{k}"] = item
    names = list(layers)
    for k in extras:
        if k < len(names) - 1:
            layers[f"join{k}"] = {"op": "Join", "width": 4, "from": [names[k], names[-1]]}
            layers[f"relu{k}"] = "ReLU"
            names.append(f"relu{k}")
    return layers


def specs() -> st.SearchStrategy[str]:
    """Texts of valid specs."""
    return st.builds(
        lambda body, extras, channels: json.dumps(
            {
                "archspec": 1,
                "name": "random_net",
                "input": [channels, 9, 8],
                "blocks": BLOCKS,
                "layers": _name_items(body, extras),
            },
            indent=1,
        ),
        _body(2),
        st.lists(st.integers(0, 3), max_size=2, unique=True),
        st.integers(1, 4),
    )
