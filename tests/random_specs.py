"""Random whole specs under nasty names, against the interpretation of their graphs.

    python -m tests.random_specs 20000             seeds 0 to 19,999
    python -m tests.random_specs 1 --seed 4711     one of them, with its text

Each is built and compared: keys, shapes, and in eval and training mode what every layer reads and
gives, the gradients, the running statistics, and the weights that ``init`` sets.
"""

from __future__ import annotations

import argparse
import builtins
import json
import keyword
import linecache
import re
import sys
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Final

import archspec
from archspec.diagnostics import SpecError
from archspec.graph import Graph
from archspec.language.model import bad_layer_name, bad_name, bad_value_name
from archspec.ops import registry

SOURCE_NAMES: Final = ["self", "torch", "nn", "re", "F", "x", "x_", "y", "out", "Tensor", "NamedTuple", "Literal", "Outputs", "initialize", "module", "name", "layer", "i", "_", "_a", "range", "super", "getattr", "isinstance", "depth", "width", "in_features", "channels", "conv_relu", "has_bn", "conv", "conv0", "conv1", "conv01", "conv2", "conv_1", "a", "b", "a0", "a1", "unit1", "unit2", "stage1", "stage2", "l", "I", "O", "bn", "relu", "add"]  # fmt: skip
"""What printed sources use or make themselves, and names with and without numbers."""

NASTY: Final = [*SOURCE_NAMES, *keyword.kwlist, *dir(builtins)]
FOREIGN: Final = ["block1-0", "block1-1", "block1_0", "1x1", "2-", "0", "10"]
"""Names that layers have in quotes only, as all names in JSON are."""
PLAIN: Final = [name for name in NASTY if not bad_layer_name(name)]
LAYERS: Final = [*FOREIGN, *PLAIN]
VALUES: Final = [name for name in NASTY if not bad_value_name(name)]
BLOCKS: Final = [
    name
    for name in [
        *NASTY,
        "U",
        "Unit",
        "Conv",
        "Sequential",
        "Module",
        "Network",
        "Nasty",
        "BodyPart",
    ]
    if name[0].isupper() and not bad_name(name) and name not in registry()
]


class Maker:
    """Makes the text of one spec. Every value is a map of as many channels, so that all fits."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.channels = rng.choice([2, 4])
        self.blocks: dict[str, Any] = {}
        self.arguments: dict[str, Callable[[], dict[str, Any]]] = {}
        """For every block what makes the arguments of a use."""
        self.counters = count()

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def names(self, pool: list[str], number: int) -> list[str]:
        """Different names, half of the time few of a kind and half of the time nasty ones."""
        if self.chance(0.5):
            foreign = ["a-", "1x"] if FOREIGN[0] in pool else []
            stem = self.rng.choice(["u", "conv", "stage", "x", "layer_", "b0", *foreign])
            start = self.rng.choice([0, 1, 1, 9])
            names = [f"{stem}{start + k}" for k in range(number)]
            if all(name not in keyword.kwlist for name in names):
                return names
        return self.rng.sample(pool, number)

    # Layers.

    def spec(self) -> dict[str, Any]:
        rng = self.rng
        for name in rng.sample(BLOCKS, rng.randint(1, 4)):
            self.blocks[name], self.arguments[name] = self.block()
        inputs = rng.sample(PLAIN, rng.choice([1, 1, 1, 2]))
        shape = [self.channels, rng.choice([5, 8]), 6]
        named = len(inputs) > 1 or self.chance(0.6)
        first = {"op": "Add", "from": inputs} if len(inputs) > 1 else self.conv(inputs[0])
        if not named:
            inputs, first = ["input"], self.conv("input")
        layers: dict[str, Any] = self.body(inputs, rng.randint(2, 6), 2, first)
        spec: dict[str, Any] = {
            "archspec": 1,
            "name": rng.choice(["nasty", "torch", "float", "F", "unit", rng.choice(BLOCKS)]),
            "input": dict.fromkeys(inputs, shape) if named else shape,
            "blocks": self.blocks,
            "layers": layers,
        }
        self.ends(spec)
        if self.chance(0.4):
            edits = [self.edit() for _ in range(rng.randint(1, 2))]
            ops = set(re.findall(r'"(\w+)"', json.dumps([layers, self.blocks])))
            spec["edits"] = [edit for edit in edits if next(iter(edit.values()))["op"] in ops]
        if self.chance(0.3):
            spec["init"] = [self.rule() for _ in range(rng.randint(1, 3))]
        if self.chance(0.3):
            self.share(layers, [])
        return spec

    def share(self, layers: dict[str, Any] | list[Any], above: list[str]) -> None:
        """Some layers are modules of scopes around them, or have the weight of another layer."""
        rng, is_inner = self.rng, bool(above)
        above = [*above]
        for name, item in layers.items() if isinstance(layers, dict) else enumerate(layers):
            if isinstance(item, str):
                continue
            params = self.blocks.get(item.get("op", ""), {}).get("params", {})
            ops = [param for param, value in params.items() if value in ("op", "ReLU")]
            if "layers" in item:
                self.share(item["layers"], above)
            elif above and ops and self.chance(0.5):
                item[rng.choice(ops)] = {"use": rng.choice(above)}
            elif above and item.get("op") in ("Conv2d", "FReLU") and self.chance(0.3):
                item["weight"] = rng.choice(above)
            elif is_inner and "inputs" not in item and self.chance(0.2):
                kept = {key: item[key] for key in ("from",) if key in item}
                item.clear()
                item.update({"use": rng.choice(above), **kept})
            if isinstance(name, str) and "repeat" not in item:
                above.append(name)
                inner = item.get("layers", ())
                inner = range(len(inner)) if isinstance(inner, list) else inner
                above += [f"{name}.{key}" for key in inner]

    def ends(self, spec: dict[str, Any]) -> None:
        """One output, several, or some for training only."""
        layers = spec["layers"]
        last = list(layers)[-1]
        if self.chance(0.4):
            tail = self.names(LAYERS, 3)
            if set(tail) & set(layers) or set(tail) & set(spec["input"]):
                return
            layers[tail[0]] = {**self.conv(), "from": last}
            layers[tail[1]] = {"op": "ReLU", "from": last}
            layers[tail[2]] = (
                {**self.use(), "from": tail[1]} if self.chance(0.5) else self.conv(last)
            )
            only = {"only": "training"} if self.chance(0.5) else {}
            names = [name for name in self.rng.sample(PLAIN, 3) if name[0] != "_"]
            ends = [tail[2], tail[0], last if self.chance(0.3) else tail[0]]
            if tail[2] != tail[1]:
                spec["outputs"] = {
                    name: {"from": end, **(only if k else {})}
                    for k, (name, end) in enumerate(zip(names, ends, strict=False))
                }

    def body(
        self, inputs: list[str], length: int, depth: int, first: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Layers with names; what would not be read is read by an Add at the end."""
        rng = self.rng
        names = self.names([name for name in LAYERS if name not in inputs], length + 2)
        names = [name for name in names if name not in inputs] or ["only", "end"]
        layers: dict[str, Any] = {}
        loose: list[str] = []
        for name in names[:-1]:
            item = self.item(depth)
            if first is not None:
                item, first = first, None
            elif layers and self.chance(0.35):
                last = list(layers)[-1]
                item["from"] = rng.choice([*inputs, *layers])
                if item["from"] != last:
                    loose.append(last)
            elif layers and self.chance(0.12):
                item = {"use": rng.choice(list(layers)), "from": list(layers)[-1]}
            elif layers and self.chance(0.2):
                item = self.use(several=True) or item
                if isinstance(number := item.pop("inputs", None), int):
                    last = list(layers)[-1]
                    item["from"] = [last, *rng.choices([*inputs, *layers], k=number - 1)]
                    rng.shuffle(item["from"])
            layers[name] = item
        if loose or self.chance(0.3):
            last = list(layers)[-1]
            operands = list(dict.fromkeys([*loose, last, rng.choice(inputs)]))
            rng.shuffle(operands)
            self.merge(layers, names[-1], operands)
        return layers

    def merge(self, layers: dict[str, Any], name: str, operands: list[str]) -> None:
        type_name = self.rng.choice(["Add", "Add", "Multiply", "Concat"])
        if len(operands) < 2:
            operands = [*operands, *operands]
        if type_name != "Concat":
            layers[name] = {"op": type_name, "from": operands}
            return
        layers[name] = {"op": "Concat", "from": operands}
        layers[f"{name}_fit"] = self.conv()

    def item(self, depth: int) -> dict[str, Any]:
        """A layer, a use of a block, or a scope; perhaps repeated, perhaps absent."""
        rng = self.rng
        type_name = rng.random()
        if depth and type_name < 0.2:
            item = self.scope(depth - 1)
        elif type_name < 0.5:
            item = self.use()
        else:
            item = self.layer()
        if self.chance(0.2):
            item["repeat"] = {f"k{next(self.counters)}": rng.choice([1, 2, 2, 3])}
        elif self.chance(0.15):
            item["when"] = rng.choice([True, False])
            if "op" in item and self.chance(0.3):
                item["else"] = rng.choice(["ReLU", "Identity"])
        return item

    def scope(self, depth: int) -> dict[str, Any]:
        if self.chance(0.5):
            return {"layers": [self.item(depth) for _ in range(self.rng.randint(1, 4))]}
        return {"layers": self.body(["input"], self.rng.randint(1, 4), depth)}

    def layer(self) -> dict[str, Any]:
        plain = [
            "ReLU",
            "ReLU",
            "ReLU",
            "ReLU6",
            "LeakyReLU",
            "Hardtanh",
            "ELU",
            "SiLU",
            "Sigmoid",
            "Tanh",
            "PReLU",
            "BatchNorm2d",
            "BatchNorm2d",
            "Dropout",
            "Dropout2d",
            "Identity",
            "DropBlock2d",
            "StochasticDepth",
            "FReLU",
        ]
        if self.chance(0.45):
            return self.conv()
        op = self.rng.choice(plain)
        arguments: dict[str, dict[str, Any]] = {
            "DropBlock2d": {"block_size": 3, "p": 0.2},
            "StochasticDepth": {"p": 0.3},
        }
        return {"op": op, **arguments.get(op, {})}

    def conv(self, source: str | None = None) -> dict[str, Any]:
        kernel = self.rng.choice([1, 3])
        conv: dict[str, Any] = {
            "op": "Conv2d", "out_channels": self.channels, "kernel_size": kernel,
            "padding": kernel // 2,
        }  # fmt: skip
        if self.chance(0.3):
            conv["bias"] = False
        return conv if source is None else {**conv, "from": source}

    # Blocks.

    def block(self) -> tuple[dict[str, Any], Callable[[], dict[str, Any]]]:
        """A block, and what makes the arguments of its uses."""
        rng = self.rng
        params: dict[str, Any] = {}
        values: dict[str, list[Any]] = {}
        names = iter(rng.sample(VALUES, 5))
        inputs = rng.sample(PLAIN, rng.choice([1, 1, 2, 3]))
        block: dict[str, Any] = {}
        first: dict[str, Any] | None = None
        if len(inputs) > 1 or self.chance(0.3):
            block["inputs"] = inputs
            first = self.conv(inputs[0])
        else:
            inputs = ["input"]
        layers = self.body(inputs, rng.randint(1, 4), 1, first)
        for item in layers.values():
            if "op" in item and "when" not in item and "repeat" not in item and self.chance(0.5):
                name = next(names, None)
                if name is None:
                    break
                type_name = rng.choice(["when", "repeat", "op", "bias", "width"])
                if type_name == "when" and item["op"] not in ("Add", "Multiply"):
                    params[name], values[name] = rng.choice([True, "bool"]), [True, False]
                    item["when"] = name
                elif type_name == "repeat" and "from" not in item:
                    params[name], values[name] = rng.choice([2, "int"]), [1, 2, 3]
                    item["repeat"] = name
                elif type_name == "op" and item["op"] in ("ReLU", "ELU", "SiLU", "ReLU6", "Tanh"):
                    params[name], values[name] = rng.choice(["ReLU", "op"]), ["ReLU", "ELU"]
                    item["op"] = name
                elif type_name == "bias" and item["op"] == "Conv2d":
                    params[name], values[name] = rng.choice([True, "bool"]), [True, False]
                    item["bias"] = name
                elif type_name == "width" and item["op"] == "Conv2d":
                    params[name], values[name] = "int", [self.channels]
                    item["out_channels"] = name
        if len(inputs) > 1:  # all of them are read
            end = rng.choice([name for name in LAYERS if name not in {*layers, *inputs}])
            layers[end] = {"op": "Add", "from": [list(layers)[-1], *inputs]}
        block |= {"layers": layers}
        if params:
            block["params"] = params

        def arguments() -> dict[str, Any]:
            return {
                name: rng.choice(values[name])
                for name, default in params.items()
                if (isinstance(default, str) and default in ("bool", "int", "op"))
                or self.chance(0.6)
            }

        return block, arguments

    def use(self, *, several: bool = False) -> dict[str, Any]:
        """A use of a block that has one input, or of one that has several: with their number."""
        inputs = {name: len(block.get("inputs", "1")) for name, block in self.blocks.items()}
        found = [name for name, number in inputs.items() if (number > 1) == several]
        if not found:
            return {} if several else self.layer()
        name = self.rng.choice(found)
        number = {"inputs": inputs[name]} if several else {}
        return {"op": name, **self.arguments[name](), **number}

    # The rest.

    def edit(self) -> dict[str, Any]:
        op = self.rng.choice(["ReLU", "Conv2d", "BatchNorm2d", "Sigmoid"])
        return self.rng.choice(
            [
                {
                    "after": {"op": op},
                    "insert": self.rng.choice(["BatchNorm2d", "Dropout", "ReLU"]),
                },
                {"before": {"op": "Add"}, "insert": {"op": "Dropout2d", "p": 0.1}, "as": "drop"},
                {"before": {"op": op}, "insert": self.rng.choice(["ReLU", "Identity"])},
                {
                    "replace": {"op": "ReLU"},
                    "with": self.rng.choice(["SiLU", "PReLU", "LeakyReLU"]),
                },
                {"replace": {"op": "Sigmoid"}, "with": {"layers": ["Tanh", self.conv()]}},
                {"remove": {"op": self.rng.choice(["ReLU", "Dropout", "BatchNorm2d"])}},
                {"set": {"op": "Conv2d"}, "to": {"bias": False}},
            ]
        )

    def rule(self) -> dict[str, Any]:
        value = self.rng.choice([0, 1, 0.25])
        return self.rng.choice(
            [
                {"bias": value},
                {"op": "Conv2d", "weight": value},
                {"op": ["BatchNorm2d", "Conv2d"], "weight": value, "bias": 0.5},
                {"path": "**", "weight": value},
                {"path": "*", "weight": value},
            ]
        )


def random_spec(seed: int) -> str:
    """The text of a spec; most are valid."""
    return json.dumps(Maker(Random(seed)).spec(), indent=1)


def wrong(graph: Graph) -> str | None:
    """What of a network is not built as it is written; None if all is."""
    from archspec.backends.torch.verify import verify_source

    for mode in ("training", "inference"):
        try:
            verify_source(graph, archspec.source(graph, mode), mode=mode)
        except SpecError as error:
            return f"{mode}: {error}"
        if not graph.training_only:
            break
    return _wrong_weights(graph) if graph.init else None


def _wrong_weights(graph: Graph) -> str | None:
    """The first tensor that does not begin as the last rule says that means it."""
    state = archspec.build(graph).state_dict()
    constants = {"zeros": 0.0, "ones": 1.0}
    for node in graph.layers:
        own = node.cost.parameters.keys() - node.tied.keys() if node.weights is None else ()
        for tensor in own:
            rules = [
                r.tensors[tensor] for r in graph.init if r.matches(node) and tensor in r.tensors
            ]
            if rules:
                function, arguments = rules[-1]
                value = arguments.get("val", constants.get(function))
                if value is not None and not bool((state[f"{node.path}.{tensor}"] == value).all()):
                    return f"{node.path}.{tensor} does not begin with {value}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    refused: Counter[str] = Counter()
    bad = 0
    for seed in range(chosen.seed, chosen.seed + chosen.number):
        text = random_spec(seed)
        try:
            graph = archspec.loads(text)
        except SpecError as error:
            refused[error.diagnostics[0].code] += 1
            continue
        if found := wrong(graph):
            bad += 1
            print(f"seed {seed}: {found.splitlines()[0][:200]}", flush=True)
        for name in [name for name in sys.modules if name.startswith("archspec_generated.")]:
            linecache.cache.pop(str(sys.modules.pop(name).__file__), None)
        if chosen.number == 1:
            print(text, archspec.source(graph), sep="\n")
    print(f"{chosen.number} specs, {sum(refused.values())} refused {dict(refused)}, {bad} wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
