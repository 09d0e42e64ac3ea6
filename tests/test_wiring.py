"""What is built is what was written, whatever the names: against an interpretation of the graph."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import archspec
from archspec.backends.torch.verify import verify_source
from archspec.diagnostics import SpecError
from archspec.graph import Graph
from tests.random_specs import random_spec, wrong

pytestmark = pytest.mark.torch

HEAD = "archspec: 1\nname: net\ninput: [4, 8, 8]\n"


def spec(layers: str, head: str = HEAD) -> Graph:
    return archspec.loads(f"{head}{layers}")


def state_of(text: str, head: str = HEAD) -> list[str]:
    """The keys of a network that was built and verified."""
    graph = spec(text, head)
    assert wrong(graph) is None
    return [key.removesuffix(".weight") for key in graph.state_keys if key.endswith(".weight")]


# Names


@pytest.mark.parametrize(
    "name", ["x", "self", "torch", "nn", "F", "re", "getattr", "y", "_", "Tensor"]
)
def test_an_input_is_read_again_whatever_its_name(name: str) -> None:
    graph = archspec.loads(
        f"archspec: 1\nname: net\ninput: {{{name}: [4, 8, 8]}}\n"
        "blocks:\n"
        "  Up:\n"
        f"    inputs: [{name}, other]\n"
        "    layers:\n"
        f"      conv: {{op: Conv2d, out_channels: 4, kernel_size: 1, from: {name}}}\n"
        "      relu: ReLU\n"
        f"      add: {{op: Add, from: [relu, {name}, other]}}\n"
        "layers:\n"
        f"  conv: {{op: Conv2d, out_channels: 4, kernel_size: 1, from: {name}}}\n"
        "  relu: ReLU\n"
        f"  add: {{op: Add, from: [relu, {name}]}}\n"
        f"  cat: {{op: Concat, from: [{name}, add]}}\n"
        "  fit: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
        f"  up: {{op: Up, from: [fit, {name}]}}\n"
    )
    assert wrong(graph) is None


def test_an_input_called_x_is_not_lost() -> None:
    text = archspec.source(
        spec(
            "layers:\n  conv: {op: Conv2d, out_channels: 4, kernel_size: 1, from: x}\n"
            "  relu: ReLU\n  add: {op: Add, from: [relu, x]}\n",
            "archspec: 1\nname: net\ninput: {x: [4, 8, 8]}\n",
        )
    )
    assert "        y = self.relu(self.conv(x))  # 4×8×8\n        return y + x\n" in text


@pytest.mark.parametrize("name", ["n", "k", "times", "range", "self", "nn", "layer", "_", "super"])
def test_a_block_is_repeated_by_a_parameter_of_any_name(name: str) -> None:
    keys = state_of(
        "blocks:\n"
        "  U: {layers: {c: {op: Conv2d, out_channels: 4, kernel_size: 1}, r: ReLU}}\n"
        f"  S: {{params: {{{name}: int}}, layers: {{u: {{op: U, repeat: {name}}}}}}}\n"
        f"layers: {{a: {{op: S, {name}: 2}}, b: {{op: S, {name}: 3}}}}\n"
    )
    assert keys == ["a.u.0.c", "a.u.1.c", "b.u.0.c", "b.u.1.c", "b.u.2.c"]


@pytest.mark.parametrize(
    "children", [["a"], ["a", "b"], ["a1"], ["a01", "a02"], ["a9", "a10"], ["a08"]]
)
def test_a_class_of_few_children_keeps_their_names(children: list[str]) -> None:
    inside = ", ".join(f"{name}: U" for name in children)
    keys = state_of(
        "blocks:\n"
        "  U: {layers: {c: {op: Conv2d, out_channels: 4, kernel_size: 1}}}\n"
        f"  W: {{layers: {{{inside}}}}}\n"
        "layers: {m: W, r: ReLU, n: W}\n"
    )
    assert keys == [f"{scope}.{name}.c" for scope in "mn" for name in children]


@pytest.mark.parametrize("numbers", [(0, 1), (1, 2), (1, 2, 3), (7, 8)])
def test_a_first_layer_and_a_run_with_names_have_as_many_copies_as_written(
    numbers: tuple[int, ...],
) -> None:
    def stage(stride: int) -> str:
        strides = [stride, *(1 for _ in numbers[1:])]
        return ", ".join(
            f"conv{k}: {{op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, stride: {s}}}"
            for k, s in zip(numbers, strides, strict=True)
        )

    keys = state_of(
        f"layers: {{stage1: {{layers: {{{stage(2)}}}}}, stage2: {{layers: {{{stage(2)}}}}}}}\n"
    )
    assert keys == [f"stage{s}.conv{k}" for s in (1, 2) for k in numbers]


def test_a_block_may_have_the_name_of_anything() -> None:
    names = ["Tensor", "NamedTuple", "Literal", "F", "Outputs", "Exception", "Net", "Network"]
    blocks = ", ".join(
        f"{name}: {{layers: {{c: {{op: Conv2d, out_channels: 4, kernel_size: 1}}, d: Dropout}}}}"
        for name in names
    )
    layers = ", ".join(f"l{k}: {name}" for k, name in enumerate(names))
    assert len(state_of(f"blocks: {{{blocks}}}\nlayers: {{{layers}}}\n")) == len(names)


@pytest.mark.parametrize("op", ["Add", "Multiply", "Concat"])
@pytest.mark.parametrize("last", ["", ", r: ReLU"])
def test_a_merge_of_thousands_can_be_compiled(op: str, last: str) -> None:
    operands = ", ".join(["a", *["b"] * 1500, *["input"] * 1500, "a"])
    graph = spec(
        "layers: {b: {op: BatchNorm2d, from: input}, a: {op: Sigmoid, from: input},"
        f" many: {{op: {op}, from: [{operands}]}}{last}}}\n"
    )
    assert wrong(graph) is None


def test_statistics_of_one_sample_are_not_asked_for() -> None:
    state_of(
        "layers: {p: {op: AdaptiveAvgPool2d, output_size: 1}, f: Flatten,"
        " n: {op: BatchNorm1d, track_running_stats: false}}\n"
    )


# In place


@pytest.mark.parametrize("norms", [("false", "true"), ("true", "false"), ("false", "false")])
def test_a_skip_is_not_overwritten_where_a_layer_is_optional(norms: tuple[str, str]) -> None:
    state_of(
        "blocks:\n"
        "  Unit:\n"
        "    params: {norm: true}\n"
        "    layers:\n"
        "      bn: {op: BatchNorm2d, when: norm}\n"
        "      relu: ReLU\n"
        "      conv: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}\n"
        "      add: {op: Add, from: [conv, input]}\n"
        f"layers: {{a: {{op: Unit, norm: {norms[0]}}}, b: {{op: Unit, norm: {norms[1]}}}}}\n"
    )


@pytest.mark.parametrize("operands", ["[sc, conv]", "[conv, sc]"])
@pytest.mark.parametrize("widths", [(4, 8, 8), (8, 8, 4), (4, 4, 8)])
def test_the_input_of_a_block_is_not_added_onto(operands: str, widths: tuple[int, ...]) -> None:
    units = ", ".join(f"u{k}: {{op: Short, w: {width}}}" for k, width in enumerate(widths))
    state_of(
        "blocks:\n"
        "  Short:\n"
        "    params: {w: int}\n"
        "    layers:\n"
        "      conv: {op: Conv2d, out_channels: w, kernel_size: 3, padding: 1}\n"
        "      sc: {op: Conv2d, out_channels: w, kernel_size: 1, from: input,"
        " when: in_channels != w}\n"
        f"      add: {{op: Add, from: {operands}}}\n"
        f"layers: {{{units}}}\n"
    )


# Initial weights


@pytest.mark.parametrize("op", ["PReLU", "FELU", "APL"])
def test_a_rule_without_op_leaves_what_a_layer_has_not(op: str) -> None:
    graph = spec(
        "layers:\n  c: {op: Conv2d, out_channels: 4, kernel_size: 1}\n"
        f"  n: BatchNorm2d\n  a: {op}\n  d: {{op: Conv2d, out_channels: 4, kernel_size: 1, bias: false}}\n"
        "init: [{bias: 0.5}]\n"
    )
    assert wrong(graph) is None
    assert float(archspec.build(graph).state_dict()["c.bias"].min()) == 0.5


# The proof can fail


BLOCKS = """
blocks:
  Cell:
    layers:
      left: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
      right: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
      relu: {op: ReLU, from: right}
      cat: {op: Concat, from: [left, relu]}
      fit: {op: Conv2d, out_channels: 4, kernel_size: 1}
      bn: BatchNorm2d
      gate: {op: Sigmoid, from: fit}
      scaled: {op: Multiply, from: [bn, gate]}
      add: {op: Add, from: [scaled, input]}
layers: {stem: {op: Conv2d, out_channels: 4, kernel_size: 1}, cell: Cell, last: {op: Cell}, drop: {op: Dropout, p: 0.3}}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("torch.cat([left, relu], 1)", "torch.cat([relu, left], 1)", "'cell.fit' does not read"),
        ("self.relu(self.right(input))", "self.relu(self.left(input))", "'cell.relu' does not read"),
        ("x * self.gate(fit)", "fit * self.gate(fit)", "'last.left' does not read what 'cell.add'"),
        ("x * self.gate(fit)", "x * self.gate(x)", "'cell.gate' does not read what 'cell.fit' gives"),
        ("return x + input", "return x + x", "'last.left' does not read what 'cell.add' gives"),
        ("return x + input", "return (x + input).detach()", "the gradient of 'stem.weight'"),
        ("self.right = nn", "self.rigth = nn", "key 5 of the state_dict is 'cell.rigth.weight'"),
        ("nn.ReLU(inplace=True)", "nn.LeakyReLU()", "'cell.relu' does not compute ReLU"),
        ("nn.Dropout(0.3)", "nn.Dropout(0.25)", "'drop' does not compute Dropout"),
        ("return self.drop(x)", "return x", "'drop' is never computed"),
        ("return self.drop(x)", "return 2 * self.drop(x)", "the output 'output' is not that of 'drop'"),
        ("self.stem(input)", "self.stem(input.mul_(2))", "'stem' does not read what 'input' gives"),
        ("self.last(", "self.cell(", "'cell.left' does not read what 'stem'"),
        ("nn.BatchNorm2d(4)", "nn.BatchNorm2d(4, momentum=0.2)", "'cell.bn.running_mean' is not"),
        ("nn.BatchNorm2d(4)", "nn.BatchNorm2d(8)", "the shape of 'cell.bn.weight' is (8,), not (4,)"),
        ("torch.cat([left", "torch.dog([left", "it does not run: AttributeError"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found(old: str, new: str, message: str) -> None:
    graph = spec(BLOCKS)
    text = archspec.source(graph)
    verify_source(graph, text, mode="training")
    planted = text.replace(old, new)
    assert planted != text, text
    with pytest.raises(SpecError) as caught:
        verify_source(graph, planted, mode="training")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "not-verified"
    assert message in diagnostic.message
    assert len(diagnostic.message) < 300


@pytest.mark.parametrize(
    ("old", "new"), [("self.bn1 = ", "self.bn = "), ("nn.Linear(512, ", "nn.Linear(512, 1 + ")]
)
def test_building_in_python_compares_keys_and_shapes(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = archspec.source("resnet18")
    assert old in right
    monkeypatch.setattr(
        "archspec.backends.torch.nn_module.source", lambda *_, **__: right.replace(old, new)
    )
    with pytest.raises(SpecError, match=r"of the state_dict is|the shape of"):
        archspec.build("resnet18")


def test_a_constructor_argument_changes_only_what_it_says() -> None:
    net = archspec.build("resnet18", num_classes=10)
    assert tuple(net.state_dict()["fc.weight"].shape) == (10, 512)


# Random specs


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_specs_are_built_as_written(first: int) -> None:
    built = 0
    for seed in range(first, first + 50):
        text = random_spec(seed)
        try:
            graph = archspec.loads(text)
        except SpecError:
            continue
        assert wrong(graph) is None, f"seed {seed}"
        built += 1
    assert built >= 20


# Copies and pickles


def test_two_builds_have_one_class() -> None:
    graph = archspec.load("googlenet")
    first, second = archspec.build(graph), archspec.build(archspec.load("googlenet"))
    assert type(first) is type(second)
    assert type(archspec.build(graph, "inference")) is not type(first)


@pytest.mark.parametrize("name", ["googlenet", "lenet5", "resnet20_cifar"])
def test_a_module_is_pickled_with_its_source(name: str, tmp_path: Path) -> None:
    import torch

    graph = archspec.load(name)
    net = archspec.build(graph).eval()
    x = torch.randn(2, *graph.inputs[0].output.shape)
    y = net(x)
    same = pickle.loads(pickle.dumps(net))
    assert type(same) is type(net)
    assert torch.equal(same(x), y)
    assert torch.equal(copy.deepcopy(net)(x), y)
    torch.save({"net": net, "x": x, "y": y}, tmp_path / "net.pt")
    code = (
        "import torch, archspec\n"
        f"saved = torch.load({str(tmp_path / 'net.pt')!r}, weights_only=False)\n"
        "assert torch.equal(saved['net'](saved['x']), saved['y'])\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_named_outputs_and_parts_are_pickled() -> None:
    import torch

    net = archspec.build("googlenet").train()
    outputs = net(torch.randn(2, 3, 96, 96))
    same = pickle.loads(pickle.dumps(outputs))
    assert type(same) is type(outputs)
    assert torch.equal(same.logits, outputs.logits)
    part = pickle.loads(pickle.dumps(net.inception3a))
    assert type(part) is type(net.inception3a)


def test_a_class_that_somebody_derives_is_pickled_by_its_own_name() -> None:
    net = archspec.build("lenet5_modern")
    derived = type("Derived", (type(net),), {"__module__": __name__})
    globals()["Derived"] = derived
    assert type(pickle.loads(pickle.dumps(derived()))) is derived
