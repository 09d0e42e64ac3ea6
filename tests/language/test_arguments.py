"""Arguments of ops."""

from __future__ import annotations

import pytest

from tests.language.graphs import argument, shape
from tests.marked_specs import diagnose, diagnostics, net


def test_27_literals_come_first() -> None:
    graph = net(
        """
        params: {same: 3}
        layers:
          - {op: Conv2d, out_channels: 8, kernel_size: same, padding: same}
          - {op: Conv2d, out_channels: 8, kernel_size: [same, same + 2], padding: [1, same - 1]}
        """
    )
    assert argument(graph, "0", "padding") == "same"
    assert argument(graph, "1", "kernel_size") == (3, 5)
    assert shape(graph, "1") == (8, 16, 16)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("bad-argument", "out_channels: 8, kernel_size: 3, padding: «some»"),
        ("bad-argument", "out_channels: 8, kernel_size: 3, padding: «true»"),
        ("bad-argument", "out_channels: «0», kernel_size: 3"),
        ("bad-argument", "out_channels: «-1», kernel_size: 3"),
        ("bad-argument", "out_channels: «10**7», kernel_size: 3"),
        ("bad-argument", "out_channels: «8.0», kernel_size: 3"),
        ("bad-argument", "out_channels: «in_channels / 2», kernel_size: 3"),
        ("bad-argument", "out_channels: «true», kernel_size: 3"),
        ("bad-argument", "out_channels: «[8]», kernel_size: 3"),
        ("bad-argument", "out_channels: «ReLU», kernel_size: 3"),
        ("bad-argument", "out_channels: «{op: ReLU}», kernel_size: 3"),
        ("bad-argument", "out_channels: 8, kernel_size: «[3, 3, 3]»"),
        ("bad-argument", "out_channels: 8, kernel_size: 3, bias: «1»"),
        ("bad-value", "out_channels: '8 * «[2]»', kernel_size: 3"),
        ("bad-value", "out_channels: 8, kernel_size: «{size: 3}»"),
        ("unknown-argument", "out_channels: 8, kernel_size: 3, «pading»: 1"),
        ("inferred-argument", "out_channels: 8, kernel_size: 3, «in_channels»: 8"),
        ("inferred-argument", "out_channels: 8, kernel_size: 3, «inplace»: true"),
        ("shape", "out_channels: 8, kernel_size: «17»"),
        ("shape", "out_channels: 8, kernel_size: 3, groups: «3»"),
        ("shape", "out_channels: «9», kernel_size: 3, groups: 2"),
        ("shape", "out_channels: 8, kernel_size: 3, stride: 2, padding: «same»"),
    ],
)
def test_27_arguments_of_ops(code: str, arguments: str) -> None:
    diagnose(f"layers: {{a: {{op: Conv2d, {arguments}}}}}", code)


def test_27_two_wrong_arguments_are_two_diagnostics() -> None:
    found = diagnostics("layers: [{op: Conv2d, out_channels: 0, kernel_size: 0}]")
    assert [found.code for found in found] == ["bad-argument", "bad-argument"]
    found = diagnostics("layers: [{op: ReLU, a: 0, b: 0}]")
    assert [found.code for found in found] == ["unknown-argument", "unknown-argument"]


def test_27_a_required_argument() -> None:
    found = diagnose("layers: [{op: «Conv2d», kernel_size: 3}]", "missing-argument")
    assert found.help == "{op: Conv2d, out_channels: ...}"
    diagnose("layers: {a: «Conv2d»}", "missing-argument")


def test_28_no_rounding() -> None:
    found = diagnose(
        "layers: [{op: Conv2d, out_channels: «in_channels / 2», kernel_size: 1}]", "bad-argument"
    )
    assert found.message == "'out_channels' of Conv2d is 4.0, which is not a whole number"
    assert found.help == "divide with // to get a whole number"
