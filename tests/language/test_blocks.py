"""Blocks, and their parameters and inputs."""

from __future__ import annotations

import pytest

from tests.language.graphs import argument, shape, wiring
from tests.marked_specs import diagnose, net


def test_7_blocks() -> None:
    graph = net(
        """
        blocks:
          Join:
            description: two maps as one
            inputs: [a, b]
            params: {width: int}
            output: conv
            layers:
              cat: {op: Concat, from: [b, a]}
              conv: {op: Conv2d, out_channels: width, kernel_size: 1}
        layers:
          x: {op: Conv2d, out_channels: 3, kernel_size: 1}
          y: {op: Conv2d, out_channels: 5, kernel_size: 1}
          z: {op: Join, width: 7, from: [x, y]}
        """
    )
    assert wiring(graph)["z.cat"] == ("y", "x")
    scope = graph.scopes["z"]
    assert (scope.block, scope.inputs, scope.sources) == ("Join", ("a", "b"), ("x", "y"))
    assert scope.arguments == {"width": 7}
    assert shape(graph, "z") == (7, 16, 16)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-name", "blocks: {«conv»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {«Conv2d»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {«A-B»: {layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«when»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«output»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {params: {«Width»: 1}, layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {inputs: [a, «b c»], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {«inputs»: [a, a], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("bad-name", "blocks: {B: {«inputs»: [], layers: [ReLU]}}\nlayers: [ReLU]"),
        ("missing-key", "blocks: {«B»: {params: {}}}\nlayers: [ReLU]"),
        ("bad-block", "blocks: {B: {layers: [«B»]}}\nlayers: [B]"),
        ("bad-block", "blocks: {A: {layers: [B]}, B: {layers: [«A»]}}\nlayers: [A]"),
        ("unused-parameter", "blocks: {B: {params: {«p»: 1}, layers: [ReLU]}}\nlayers: [B]"),
        (
            "unread-layer",
            "blocks: {B: {inputs: [a, «b»], layers: {c: {op: ReLU, from: a}}}}\n"
            "layers: {x: {op: B, from: [input, input]}}",
        ),
        (
            "unknown-layer",
            "blocks: {B: {output: «c», layers: {a: ReLU}}}\nlayers: [B]",
        ),
    ],
)
def test_7_wrong_blocks(code: str, text: str) -> None:
    diagnose(text, code)


def test_7_a_block_that_nothing_uses_is_read_too() -> None:
    text = """
        blocks:
          Unused:
            params: {width: int}
            layers:
              a: {op: Conv2d, out_channels: width, «kernal_size»: 1}
        layers: [ReLU]
        """
    diagnose(text, "unknown-argument")


def test_8_types_and_defaults() -> None:
    graph = net(
        """
        params: {base: 4}
        blocks:
          B:
            params: {width: int, half: width // 2, same: in_channels, file: base, act: op, p: float}
            layers:
              a: {op: Conv2d, out_channels: half, kernel_size: 1}
              b: {op: Conv2d, out_channels: same, kernel_size: 1}
              c: {op: Conv2d, out_channels: file, kernel_size: 1}
              d: {op: act}
              e: {op: Dropout, p: p}
        layers:
          - {op: B, width: 6, act: {op: ELU, alpha: 0.5}, p: 0}
        """
    )
    assert graph.scopes["0"].arguments == {
        "width": 6, "half": 3, "same": 8, "file": 4, "act": "ELU", "p": 0,
    }  # fmt: skip
    assert [node.output.channels for node in graph.layers][:3] == [3, 8, 4]
    assert argument(graph, "0.d", "alpha") == 0.5


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("bad-argument", "n: «1.5», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: «4 / 2», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: «true», flag: true, act: ReLU, items: [1]"),
        ("bad-argument", "n: 1, flag: «1», act: ReLU, items: [1]"),
        ("bad-argument", "n: 1, flag: true, act: «2», items: [1]"),
        ("bad-argument", "n: 1, flag: true, act: ReLU, items: «1»"),
        ("unknown-argument", "n: 1, flag: true, act: ReLU, items: [1], «m»: 3"),
        ("unknown-op", "n: 1, flag: true, act: «Relu», items: [1]"),
        ("unknown-name", "n: «m», flag: true, act: ReLU, items: [1]"),
    ],
)
def test_8_arguments_of_blocks(code: str, call: str) -> None:
    text = """
        blocks:
          B:
            params: {n: int, flag: bool, act: op, items: list}
            layers: [{op: act, repeat: n, when: flag}, {op: ReLU, repeat: len(items)}]
        layers: [{op: B, %s}]
        """
    diagnose(text % call, code)


def test_8_a_required_argument() -> None:
    diagnose("blocks: {B: {params: {n: int}, layers: [{op: ReLU, repeat: n}]}}\nlayers: [«B»]",
         "missing-argument")  # fmt: skip


def test_8_defaults_are_read_from_top_to_bottom() -> None:
    text = """
        blocks:
          B: {params: {a: «b», b: 1}, layers: [{op: ReLU, repeat: a + b}]}
        layers: [B]
        """
    diagnose(text, "unknown-name")


def test_types_beside_defaults() -> None:
    graph = net(
        """
        blocks:
          Conv:
            params:
              width: int
              kernel: size = 1
              stride: size = 1
              act: op = ReLU
              inner: int = divisible(width * 0.9, 8)
              bias: bool = width > 16
            layers:
              conv:
                op: Conv2d
                out_channels: inner
                kernel_size: kernel
                stride: stride
                padding: half(kernel)
                bias: bias
              act: {op: act}
        layers:
          a: {op: Conv, width: 16}
          b: {op: Conv, width: 32, kernel: [1, 7], stride: [2, 1], act: SiLU}
          c: {op: AvgPool2d, kernel_size: "[in_height, in_width]", when: in_height > 1}
        """
    )
    assert [str(node.output) for node in graph.layers] == [
        "16×16×16", "16×16×16", "32×8×16", "32×8×16", "32×1×1",
    ]  # fmt: skip
    assert argument(graph, "b.conv", "padding") == (0, 3)
    assert [argument(graph, path, "bias") for path in ("a.conv", "b.conv")] == [False, True]
    assert [node.op_name for node in graph.layers if "act" in node.path] == ["ReLU", "SiLU"]


def test_a_parameter_can_be_called_size() -> None:
    text = "params: {size: 3}\nblocks: {B: {params: {k: size}, layers: [{op: MaxPool2d, kernel_size: k}]}}"
    assert argument(net(f"{text}\nlayers: [{{op: B, k: size}}]"), "0.0", "kernel_size") == 3


def test_names_in_typed_defaults() -> None:
    diagnose(
        "blocks: {A: {params: {x: int = «width»}, layers: [{op: ReLU, repeat: x}]}}\nlayers: [A]",
        "unknown-name",
    )


OPTIONAL = """
    blocks:
      Unit:
        inputs: [x, side?]
        params: {more: 2 if side else 1}
        outputs: [add, all]
        layers:
          conv: {op: Conv2d, out_channels: 8, kernel_size: 1, from: x}
          add: {op: Add, from: [conv, x]}
          new: {op: Conv2d, out_channels: more, kernel_size: 1}
          pool: {op: ReLU, from: side, when: side, else: none}
          all: {op: Concat, from: [pool, new]}
    """


def test_a_chain_whose_first_unit_reads_less() -> None:
    graph = net(
        f"{OPTIONAL}layers: {{units: {{op: Unit, repeat: 3}}, end: {{op: Concat, from: [units, units.all]}}}}"
    )
    assert [scope.inputs for scope in graph.scopes.values() if scope.block] == [
        ("x",),
        ("x", "side"),
        ("x", "side"),
    ]
    wired = wiring(graph)
    assert wired["units.1.pool"] == ("units.0.new",)
    assert wired["units.2.pool"] == ("units.1.all",)
    assert wired["end"] == ("units.2.add", "units.2.all")
    assert graph.nodes["units.2.all"].output.channels == 1 + 2 + 2


def test_an_absent_layer_is_an_input_that_is_missing() -> None:
    graph = net(
        f"{OPTIONAL}layers: {{gone: {{op: ReLU, when: false, else: none}}, "
        "unit: {op: Unit, from: [input, gone]}, again: {use: unit, from: input}, "
        "end: {op: Concat, from: [unit, unit.all, again, again.all]}}"
    )
    assert graph.scopes["unit"].inputs == ("x",)
    assert graph.scopes["again"].weights == "unit"


def test_copies_of_a_block_read_what_is_given_to_all() -> None:
    text = """
        blocks:
          Unit:
            inputs: [x, a, b?, c?]
            outputs: [sum, a, b]
            layers: {sum: {op: Add, from: [x, a, b, c]}}
        layers:
          y: ReLU
          z: Tanh
          units: {op: Unit, repeat: 2, from: [input, y, z]}
          end: {op: Add, from: [units, units.b]}
        """
    assert wiring(net(text))["units.1.sum"] == ("units.0.sum", "y", "z")
