"""Counting: against the literature, against PyTorch, and the same integers in every form."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import cache
from typing import Any

import pytest

import archspec
from archspec.analyses.inplace import in_place
from archspec.analyses.stats import Stats, stats
from archspec.graph import Graph
from archspec.reports import comparison_report, stats_report
from archspec.reports.stats_rows import MAX_ROWS, StatsRow, stats_rows
from archspec.reports.table import MAX_WIDTH, Table, markdown, plain
from archspec.screen import cell_width
from archspec.workspace.load import load, loads
from tests import random_layers

COUNTS = {
    "alexnet": (61_100_840, 714_188_480),
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "vgg11_bn": (132_868_840, 7_609_090_048),
    "vgg13_bn": (133_053_736, 11_308_466_176),
    "vgg16_bn": (138_365_992, 15_470_264_320),
    "vgg19_bn": (143_678_248, 19_632_062_464),
    "googlenet": (6_624_904, 1_498_376_192),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "densenet121": (7_978_856, 2_834_161_664),
    "densenet161": (28_681_000, 7_727_907_072),
    "densenet169": (14_149_480, 3_359_843_328),
    "densenet201": (20_013_928, 4_291_365_888),
}
"""Parameters and multiply-accumulates at inference."""

SAVED_BYTES = {
    "alexnet": 14_980_772,
    "vgg11_bn": 314_332_324,
    "googlenet": 192_757_796,
    "resnet18": 88_773_796,
    "resnet50": 343_866_532,
    "densenet121": 521_796_004,
}
"""What PyTorch keeps at batch 4, cross-entropy included."""

HEAD = "archspec: 1\nname: x\n"


@cache
def graph(name: str) -> Graph:
    return load(name)


@cache
def counts(name: str) -> Stats:
    return stats(graph(name))


@cache
def table(name: str) -> Table:
    return stats_report.stats_table(counts(name))


def numbers(text: str) -> list[int]:
    """The integers of a text that are written with thousands separators or alone."""
    return [
        int(found.replace(",", "")) for found in re.findall(r"(?<![\w.×])\d[\d,]*(?![\w.×%])", text)
    ]


# Counts.


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_those_of_the_literature(name: str) -> None:
    assert (counts(name).params, counts(name).macs) == COUNTS[name]


@pytest.mark.parametrize("name", [name for name in COUNTS if name != "googlenet"])
def test_the_longest_path_has_as_many_layers_as_the_name_says(name: str) -> None:
    digits = re.sub(r"\D", "", name.removesuffix("_bn"))
    assert counts(name).weight_layers == int(digits or 8)


def test_googlenet_is_22_layers_deep() -> None:
    assert counts("googlenet").weight_layers == 22


@pytest.mark.parametrize("name", COUNTS)
def test_totals_are_the_sums_of_the_layers(name: str) -> None:
    found = counts(name)
    for key in ("params", "macs", "elementwise"):
        assert getattr(found, key) == sum(getattr(layer, key) for layer in found.layers)
        assert getattr(found, key) == sum(getattr(t, key) for t in found.by_op.values())
    assert found.flops == 2 * found.macs


def test_training_macs_leave_out_the_gradient_for_the_image() -> None:
    assert counts("resnet50").train_macs == 12_149_538_816


def test_layers_without_weights_before_the_first_ones_change_no_training_macs() -> None:
    text = (
        HEAD + "input: [1, 4, 4]\nlayers:\n  flatten: Flatten\n  a: {op: Linear, out_features: 8}\n"
    )
    assert stats(loads(text)).train_macs == 2 * 16 * 8


def test_nothing_that_is_not_learned_has_a_gradient() -> None:
    """The codes of RBF: forward, and back to what it reads, where something there learns."""
    rbf = "rbf: {op: RBF, out_features: 5}"
    linear = "fc: {op: Linear, out_features: 8}"
    head = f"{HEAD}input: [8]\nlayers:\n"
    assert stats(loads(f"{head}  {rbf}\n")).train_macs == 40
    assert stats(loads(f"{head}  {linear}\n  {rbf}\n")).train_macs == 2 * 64 + 2 * 40


def test_a_normalisation_of_all_has_no_size_to_tell() -> None:
    (row,) = stats_rows(chain("norm: LayerNorm"))
    assert row.operation == "LayerNorm"
    (row,) = stats_rows(chain("norm: {op: LayerNorm, normalized_shape: [8, 8]}"))
    assert row.operation == "LayerNorm 8×8"


def test_training_counts_the_branches_that_inference_leaves_out() -> None:
    training = stats(graph("googlenet"), "training")
    assert (training.params, training.macs) == (13_004_888, 1_506_748_416)
    extra = counts("googlenet").training_only
    assert extra is not None
    assert training.params - counts("googlenet").params == extra.params
    assert training.macs - counts("googlenet").macs == extra.macs


def test_shared_weights_count_once_and_their_operations_twice() -> None:
    found = stats(
        loads(
            HEAD + "input: {left: [8], right: [8]}\nlayers:\n"
            "  tower: {op: Linear, out_features: 4, from: left}\n"
            "  other: {use: tower, from: right}\n"
            "  both: {op: Add, from: [tower, other]}\n"
        )
    )
    assert (found.params, found.macs) == (4 * 8 + 4, 2 * 4 * 8)
    assert [layer.weights for layer in found.layers] == [None, "tower", None]


# Saved bytes.


def batch_norm_bytes(found: Stats) -> int:
    """Mean and deviation: kept once for a batch of any size."""
    norms = [layer for layer in found.layers if layer.op.startswith("BatchNorm")]
    return sum(8 * layer.output[0] for layer in norms)


@pytest.mark.parametrize("name", SAVED_BYTES)
def test_saved_bytes_are_those_that_were_measured(name: str) -> None:
    once = batch_norm_bytes(counts(name))
    cross_entropy = 4 * 4 * 1000 + 8 * 4 + 4
    assert 4 * (counts(name).saved_bytes - once) + once + cross_entropy == SAVED_BYTES[name]


@pytest.mark.torch
@pytest.mark.parametrize("name", ["alexnet", "vgg11_bn", "googlenet", "resnet18", "densenet121"])
def test_saved_bytes_are_those_that_autograd_keeps_of_the_built_module(name: str) -> None:
    from archspec.backends.torch.nn_module import build

    batch, network = 2, build(graph(name).at("inference")).train()
    once = batch_norm_bytes(counts(name))
    expected = batch * (counts(name).saved_bytes - once) + once
    assert bytes_kept(network, graph(name), batch) == expected


def bytes_kept(network: Any, of: Graph, batch: int) -> int:
    """What autograd keeps of a forward pass, beside parameters and buffers."""
    import torch

    own = {t.untyped_storage().data_ptr() for t in (*network.parameters(), *network.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(*(torch.rand(batch, *node.output.shape) for node in of.inputs))
    measured = sum(t.untyped_storage().nbytes() for at, t in kept.items() if at not in own)
    del output
    return measured


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("seed", range(100))
def test_saved_bytes_of_random_networks_are_those_that_autograd_keeps(seed: int) -> None:
    """As they are built: activations in place, masks and images that learn nothing."""
    from archspec.backends.torch.nn_module import build

    net = loads(random_layers.spec(seed))
    module = build(net).train()
    two, three = (bytes_kept(module, net, batch) for batch in (2, 3))
    assert stats(net).saved_bytes == 2 * two - three  # of one: statistics of a batch count once


def test_relu6_in_place_keeps_a_copy_of_its_input() -> None:
    net = load("mobilenet_v2")
    assert stats(net).saved_bytes == 78_345_984


def chain(*layers: str, output: str = "") -> Graph:
    body = "".join(f"  {layer}\n" for layer in layers)
    return loads(f"{HEAD}input: [4, 8, 8]\nlayers:\n{body}{output}")


CONV = "conv: {op: Conv2d, out_channels: 4, kernel_size: 1}"


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (chain(CONV, "relu: ReLU"), {"relu"}),
        (chain("relu: ReLU", CONV), set()),  # the user's own tensor
        (chain(CONV, "a: ReLU", "b: {op: ReLU, from: conv}", "c: {op: Add, from: [a, b]}"), set()),
        (chain(CONV, "tanh: Tanh", "relu: ReLU"), set()),  # tanh needs its output
        (chain(CONV, "a: ReLU6", "b: LeakyReLU"), {"a"}),
        (chain(CONV, "same: Identity", "relu: ReLU"), set()),
        (
            chain(
                CONV, "relu: {op: ReLU, from: conv}", output="outputs: {map: conv, last: relu}\n"
            ),
            set(),
        ),
        (chain(CONV, "sum: {op: Add, from: [conv, input]}", "relu: ReLU"), {"relu"}),
    ],
)
def test_in_place_is_what_nobody_else_reads(network: Graph, expected: set[str]) -> None:
    assert in_place(network) == expected


def test_a_shared_module_works_in_place_everywhere_or_nowhere() -> None:
    network = chain(
        CONV,
        "relu: ReLU",
        "tanh: Tanh",
        "again: {use: relu, from: tanh}",
    )
    assert in_place(network) == frozenset()


# Tables.


@pytest.mark.parametrize("name", COUNTS)
def test_a_table_fits_a_terminal(name: str) -> None:
    assert 1 + len(table(name).rows) + 1 <= 24
    assert max(map(cell_width, plain(table(name)).splitlines())) <= MAX_WIDTH


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("depth", [None, 0, 1, 2, 3])
def test_the_rows_sum_to_the_totals(name: str, depth: int | None) -> None:
    assert_sums(stats_rows(counts(name).graph, depth=depth), counts(name))


@pytest.mark.parametrize("name", [*COUNTS, "lenet5", "nin", "densenet40_k12"])
def test_a_requested_depth_is_shown_whole(name: str) -> None:
    net = graph(name).at("inference")
    blocks = {scope.block for scope in net.scopes.values() if scope.block}
    found = [stats_rows(net, depth=depth) for depth in range(6)]
    assert all(row.is_even for rows in found for row in rows)
    assert list(map(len, found)) == sorted(map(len, found))
    assert not any(row.totals and row.operation.split()[0] in blocks for row in found[-1])


def halving(copies: int) -> Graph:
    conv = "{op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}"
    parts = f"a: {conv}, b: {conv}, c: Dropout, d: {conv}, e: {conv}, f: {{op: AvgPool2d, kernel_size: 2}}"
    return loads(
        f"{HEAD}input: [4, 64, 64]\nblocks: {{Down: {{layers: {{{parts}}}}}}}\n"
        f"layers: {{body: {{op: Down, repeat: {copies}}}}}\n"
    )


def test_a_row_of_several_copies_gives_what_the_last_one_gives() -> None:
    rows = stats_rows(halving(6))
    assert [(row.name, row.output) for row in rows] == [
        ("body", ()),
        ("a–b", (4, 2, 2)),
        ("c", (4, 2, 2)),
        ("d–e", (4, 2, 2)),
        ("f", (4, 1, 1)),
    ]
    assert not any(row.is_even for row in rows[1:])
    text = plain(stats_report.stats_table(stats(halving(6))))
    assert "the copies in some rows have different outputs: that of the last one is shown" in text


def test_neighbours_with_other_outputs_are_not_folded() -> None:
    pool = "{op: MaxPool2d, kernel_size: 2}"
    for depth in (None, 0):
        rows = stats_rows(chain(f"a: {pool}", f"b: {pool}", "c: ReLU", "d: ReLU"), depth=depth)
        assert [(row.name, row.count, row.output) for row in rows] == [
            ("a", 1, (4, 4, 4)),
            ("b", 1, (4, 2, 2)),
            ("c–d", 2, (4, 2, 2)),
        ]


def test_blocks_that_repeat_together_share_a_row_or_are_opened() -> None:
    blocks = "{A: {layers: {a: Tanh}}, B: {layers: {b: ReLU, c: Dropout}}}"
    net = loads(f"{HEAD}input: [4]\nblocks: {blocks}\nlayers: {{p: A, q: B, r: A, s: B}}\n")
    assert [row.name for row in stats_rows(net, depth=0)] == ["p", "q", "r", "s"]
    assert [row.name for row in stats_rows(net, depth=1)] == [
        *("p", "q", "b", "c", "r", "s", "b", "c"),
    ]
    many = ", ".join(f"p{k}: A, q{k}: B" for k in range(20))
    net = loads(f"{HEAD}input: [4]\nblocks: {blocks}\nlayers: {{{many}}}\n")
    (row,) = stats_rows(net)
    assert (row.name, row.count, row.operation) == ("p0–q19", 20, "A · B")
    assert row.totals is not None
    assert row.totals.layers == 60


@pytest.mark.parametrize("name", ["alexnet", "resnet50", "densenet201"])
def test_expanded_rows_are_the_layers(name: str) -> None:
    rows = stats_rows(counts(name).graph, expand=True)
    assert [row.name for row in rows] == [layer.name for layer in counts(name).layers]
    assert_sums(rows, counts(name))


def assert_sums(rows: list[StatsRow], found: Stats) -> None:
    totals = [row.totals for row in rows if row.totals is not None]
    assert sum(total.params for total in totals) == found.params
    assert sum(total.macs for total in totals) == found.macs
    assert sum(total.elementwise for total in totals) == found.elementwise
    assert sum(total.layers for total in totals) == len(found.layers)


@pytest.mark.parametrize("name", COUNTS)
def test_every_form_has_the_same_integers(name: str) -> None:
    found = counts(name)
    data = json.loads(stats_report.stats_json(found))
    layers = [(layer["name"], layer["params"], layer["macs"]) for layer in data["layers"]]
    rows = list(csv.DictReader(io.StringIO(stats_report.stats_csv(found))))
    assert layers == [(row["name"], int(row["params"]), int(row["macs"])) for row in rows]
    assert (data["params"], data["macs"]) == COUNTS[name]
    assert sum(params for _, params, _ in layers) == found.params
    text, marked = plain(table(name)), markdown(table(name))
    for key in ("params", "macs", "elementwise", "train_macs", "saved_bytes", "weight_layers"):
        assert data[key] == getattr(found, key)
        assert data[key] in numbers(text)
        assert data[key] in numbers(marked.replace("*", ""))


@pytest.mark.parametrize(("name", "count"), [("vgg19_bn", 16), ("alexnet", 5)])
def test_convolutions_are_seen(name: str, count: int) -> None:
    rows = [row for row in stats_rows(graph(name)) if row.operation.startswith("Conv2d")]
    assert sum(row.count for row in rows) == count


def test_repeats_are_folded_and_layers_joined() -> None:
    rows = {row.name: (row.count, row.operation) for row in stats_rows(graph("resnet152"))}
    assert rows["conv1–relu"] == (1, "Conv2d 7×7, 64, /2 · BatchNorm2d · ReLU")
    assert rows["1–35"][0] == 35
    assert rows["1–35"][1].startswith("Bottleneck 256, 1")
    closed = {row.name: row.operation for row in stats_rows(graph("resnet152"), depth=0)}
    assert closed["layer3"] == "Bottleneck ×36"


def test_the_table_says_what_was_counted() -> None:
    text = plain(table("googlenet"))
    assert "multiply-accumulates" in text
    assert "6,379,984 params and 8,372,224 MACs" in text
    assert "flop" not in text.lower()


def wide() -> Graph:
    """Layers of which no two are equal."""
    layers = (f"layer{k}: {{op: Linear, out_features: {k}}}" for k in range(1, 301))
    body = "".join(f"  {layer}\n" for layer in layers)
    return loads(f"{HEAD}input: [8]\nlayers:\n{body}")


def deep() -> Graph:
    """Long names in long names."""
    name, body = "n" * 80, "[{op: Linear, out_features: 9}, ReLU]"
    for _ in range(12):
        body = f"{{layers: {{{name}: {body}, tail: {{op: Linear, out_features: 9}}}}}}"
    return loads(f"{HEAD}input: [8]\nlayers: {{{name}: {body}}}\n")


def huge() -> Graph:
    """Numbers as large as the language lets them be."""
    conv = "{op: Conv2d, out_channels: 1000000, kernel_size: 99, padding: same}"
    return loads(f"{HEAD}input: [1000000, 20, 20]\nlayers: {{a: {conv}, b: {conv}, c: Tanh}}\n")


@pytest.mark.parametrize("network", [wide(), deep(), huge()], ids=["wide", "deep", "huge"])
def test_no_network_is_too_large_for_a_terminal(network: Graph) -> None:
    found = stats(network)
    rows = stats_rows(network)
    assert len(rows) <= MAX_ROWS
    assert_sums(rows, found)
    text = plain(stats_report.stats_table(found))
    assert max(map(cell_width, text.splitlines())) <= MAX_WIDTH
    for number in (found.params, found.macs, found.train_macs, found.saved_bytes):
        assert f"{number:,}" in text


def test_a_notebook_shows_the_table_and_the_figure() -> None:
    net: Any = archspec.load("resnet18")
    shown: Any = archspec.stats(net)
    assert "<svg" in net._repr_svg_()
    html = shown._repr_html_()
    assert html.startswith("<table>")
    assert "11,689,512" in html
    assert "&lt;0.1%" in html


def test_networks_arecompare_with_graph() -> None:
    both = [counts("resnet18"), counts("resnet50")]
    text = plain(comparison_report.comparison_table(both))
    assert "11,689,512" in text
    assert "12,149,538,816" in text
    assert max(map(cell_width, text.splitlines())) <= MAX_WIDTH
    assert [network["name"] for network in json.loads(comparison_report.all_json(both))] == [
        "resnet18",
        "resnet50",
    ]
    rows = list(csv.DictReader(io.StringIO(comparison_report.comparison_csv(both))))
    assert [int(row["saved_bytes"]) for row in rows] == [found.saved_bytes for found in both]


def test_a_comparison_lists_the_branches_that_exist_in_training_only() -> None:
    both = [counts("googlenet"), counts("lenet5")]
    note = "branches that exist in training only, with 6,379,984 params and 8,372,224 MACs"
    table = comparison_report.comparison_table(both)
    assert f"googlenet: not counted: {note}" in " ".join(plain(table).split())
    assert f"- googlenet: not counted: {note}\n" in markdown(table) + "\n"
    rows = list(csv.DictReader(io.StringIO(comparison_report.comparison_csv(both))))
    heads = [
        (row["mode"], int(row["training_only_params"]), int(row["training_only_macs"]))
        for row in rows
    ]
    assert heads == [("inference", 6_379_984, 8_372_224), ("inference", 0, 0)]
    training = comparison_report.comparison_table([stats(graph("googlenet"), "training"), both[1]])
    assert f"googlenet: counted: {note}" in " ".join(plain(training).split())


@pytest.mark.parametrize(
    ("block", "copies"),
    [
        ("conv: {op: Conv2d, out_channels: in_channels, kernel_size: 1}", 100_000),
        (
            "conv: {op: Conv2d, out_channels: in_channels, kernel_size: 1}\n"
            "      add: {op: Add, from: [conv, input]}",
            50_000,
        ),
    ],
    ids=["one", "residual"],
)
def test_a_hundred_thousand_layers_are_allowed(block: str, copies: int) -> None:
    net = loads(
        "archspec: 1\nname: deep\ninput: [2, 4, 4]\nblocks:\n  Unit:\n    layers:\n"
        f"      {block}\nlayers:\n  body: {{op: Unit, repeat: {copies}}}\n"
    )
    assert len(net.layers) == 100_000
