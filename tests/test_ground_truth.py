"""The zoo against the literature: published and derived numbers, and what must be true of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import archspec
from archspec.analyses.stats import LayerStats, Stats, stats
from archspec.diagnostics import SpecError
from archspec.frontends.yaml import read
from archspec.graph import Graph
from archspec.ops.base import Role
from archspec.workspace.load import load, loads
from archspec.workspace.locate import zoo_folder, zoo_names
from archspec.workspace.workspace import Workspace

if TYPE_CHECKING:
    from torch import Tensor

FILES: Final = sorted(zoo_folder().glob("*.yaml"))

COUNTS: Final = {
    "alexnet": (61_100_840, 714_188_480),
    "alexnet_2012": (60_965_224, 724_406_816),
    "alexnet_towers": (60_965_224, 724_406_816),
    "alexnet_ungrouped": (62_378_344, 1_135_256_096),
    "alexnet_conv": (60_965_224, 6_561_635_360),
    "caffenet": (60_965_224, 724_406_816),
    "caffenet128": (13_300_072, 208_986_240),
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg11_lrn": (132_863_336, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg16_c": (133_638_952, 11_770_888_192),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "vgg11_bn": (132_868_840, 7_609_090_048),
    "vgg13_bn": (133_053_736, 11_308_466_176),
    "vgg16_bn": (138_365_992, 15_470_264_320),
    "vgg19_bn": (143_678_248, 19_632_062_464),
    "googlenet": (6_624_904, 1_498_376_192),
    "googlenet_v1": (6_998_552, 1_582_671_872),
    "googlenet_v1_separable": (6_991_856, 1_498_677_248),
    "bn_inception": (11_194_984, 2_018_851_840),
    "bn_inception_separable": (11_188_288, 1_934_857_216),
    "resnet18": (11_689_512, 1_814_073_344),
    "resnet34": (21_797_672, 3_663_761_408),
    "resnet50": (25_557_032, 4_089_184_256),
    "resnet101": (44_549_160, 7_801_405_440),
    "resnet152": (60_192_808, 11_513_626_624),
    "resnet50_v1": (25_557_032, 3_857_973_248),
    "resnet101_v1": (44_549_160, 7_570_194_432),
    "resnet152_v1": (60_192_808, 11_282_415_616),
    "resnet18_a": (11_515_688, 1_794_805_760),
    "resnet34_a": (21_623_848, 3_644_493_824),
    "resnet18_c": (12_043_816, 1_878_298_624),
    "resnet34_c": (22_716_840, 3_830_747_136),
    "plain18": (11_515_688, 1_794_805_760),
    "plain34": (21_623_848, 3_644_493_824),
    "resnet20_cifar": (269_722, 40_551_040),
    "resnet32_cifar": (464_154, 68_862_592),
    "resnet44_cifar": (658_586, 97_174_144),
    "resnet56_cifar": (853_018, 125_485_696),
    "resnet110_cifar": (1_727_962, 252_887_680),
    "resnet1202_cifar": (19_421_274, 2_829_238_912),
    "resnet110_preact": (1_727_962, 252_887_680),
    "resnet164_preact": (1_703_258, 244_500_992),
    "resnet1001_preact": (10_327_706, 1_487_849_984),
    "resnet18_preact": (11_687_720, 1_814_073_344),
    "resnet34_preact": (21_795_880, 3_663_761_408),
    "resnet50_preact": (25_549_352, 4_089_184_256),
    "resnet101_preact": (44_541_480, 7_801_405_440),
    "resnet152_preact": (60_185_128, 11_513_626_624),
    "resnet200_preact": (64_666_152, 15_007_481_856),
    "resnet50_dropblock": (25_557_032, 4_089_184_256),
    "resnext50_32x4d": (25_028_904, 4_230_479_872),
    "resnext101_32x8d": (88_791_336, 16_414_015_488),
    "wide_resnet50_2": (68_883_240, 11_398_021_120),
    "wide_resnet101_2": (126_886_696, 22_753_050_624),
    "densenet121": (7_978_856, 2_834_161_664),
    "densenet161": (28_681_000, 7_727_907_072),
    "densenet169": (14_149_480, 3_359_843_328),
    "densenet201": (20_013_928, 4_291_365_888),
    "densenet264": (33_337_704, 5_751_653_376),
    "densenet40_k12": (1_019_722, 264_812_928),
    "densenet100_k12": (6_979_642, 1_769_516_448),
    "densenet100_k24": (27_249_082, 6_889_347_744),
    "densenet_b_100_k12": (1_180_666, 363_222_816),
    "densenet_c_40_k12": (578_090, 192_000_512),
    "densenet_bc_100_k12": (769_162, 287_929_692),
    "densenet_bc_250_k24": (15_324_406, 5_418_785_724),
    "densenet_bc_190_k40": (25_624_430, 9_301_945_740),
    "lenet5_modern": (61_706, 416_520),
    "lenet_caffe": (431_080, 2_293_000),
    "mlp": (535_818, 535_040),
}
"""Parameters and multiply-accumulates at inference."""

TRAINING: Final = {
    "googlenet": (13_004_888, 1_506_748_416),
    "googlenet_v1": (13_378_280, 1_591_044_096),
}
"""The same with the heads that exist in training only."""

WITH_PARAMETERS: Final[dict[str, tuple[str, dict[str, Any], int]]] = {
    **{
        f"{name} with option B": (name, {"shortcut": "Projection"}, params)
        for name, params in {
            "resnet20_cifar": 272_474,
            "resnet32_cifar": 466_906,
            "resnet44_cifar": 661_338,
            "resnet56_cifar": 855_770,
            "resnet110_cifar": 1_730_714,
            "resnet1202_cifar": 19_424_026,
        }.items()
    },
    **{
        f"{name} with 100 classes": (name, {"num_classes": 100}, params)
        for name, params in {
            "densenet40_k12": 1_060_132,
            "densenet100_k12": 7_084_852,
            "densenet100_k24": 27_457_972,
            "densenet_bc_100_k12": 800_032,
            "densenet_bc_250_k24": 15_480_556,
            "densenet_bc_190_k40": 25_821_620,
        }.items()
    },
    "resnet110_preact with option B": (
        "resnet110_preact",
        {"shortcut": {"op": "Conv2d", "kernel_size": 1, "bias": False}},
        1_730_522,
    ),
    "densenet40_k12 as released, with 2k channels to begin with": (
        "densenet40_k12",
        {"stem": 24},
        1_059_298,
    ),
    "densenet_bc_40_k36": ("densenet_bc_40_k36", {}, 1_542_682),
    "densenet_bc_40_k48": ("densenet_bc_40_k48", {}, 2_733_130),
    "densenet_bc_40_k60": ("densenet_bc_40_k60", {}, 4_261_690),
    "lenet5": ("lenet5", {}, 60_000),
}
"""Network, what is set, and the parameters that it has then."""


@cache
def graph(name: str) -> Graph:
    return load(name)


@cache
def counted(name: str) -> Stats:
    return stats(graph(name))


def layers(name: str) -> Mapping[str, LayerStats]:
    return {layer.name: layer for layer in counted(name).layers}


def part(name: str, *scopes: str) -> tuple[int, int]:
    """Parameters and multiply-accumulates of some scopes or layers."""
    inside = [
        layer
        for path, layer in layers(name).items()
        if any(path == scope or path.startswith(f"{scope}.") for scope in scopes)
    ]
    assert inside
    return sum(layer.params for layer in inside), sum(layer.macs for layer in inside)


def edited(base: str, *edits: str) -> Graph:
    """A network of the zoo with edits."""
    return loads(f"extends: {base}\nedits:\n" + "".join(f"  - {edit}\n" for edit in edits))


# Counts.


@pytest.mark.parametrize("name", COUNTS)
def test_the_counts_are_those_of_the_literature(name: str) -> None:
    assert (counted(name).params, counted(name).macs) == COUNTS[name]


@pytest.mark.parametrize("name", TRAINING)
def test_the_counts_in_training_have_the_heads(name: str) -> None:
    found = stats(graph(name), "training")
    assert (found.params, found.macs) == TRAINING[name]


@pytest.mark.parametrize("case", WITH_PARAMETERS)
def test_the_counts_follow_the_parameters(case: str) -> None:
    name, settings, params = WITH_PARAMETERS[case]
    assert load(name, **settings).total_params == params


# The spec files.


def family_members(path: Path) -> dict[str, int]:
    """How many lines each variant of a file has."""
    _, _, variants = path.read_text("utf-8").partition("\nvariants:\n")
    lines: Counter[str] = Counter()
    name = ""
    for line in variants.splitlines():
        if header := re.match(r"  (\w+):", line):
            name = header[1]
        lines[name] += 1
    return dict(lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_spec_is_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 90
    assert max(map(len, text.splitlines())) <= 120
    assert all(lines <= 6 for lines in family_members(path).values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_spec_says_what_it_is_and_what_must_come_out(path: Path) -> None:
    data = read(path.read_bytes(), path.name, path).data
    assert data["description"]
    for text in (data, *data.get("variants", {}).values()):
        assert {"params", "macs", "keys", "shapes"} <= set(text["expect"])


def test_no_two_networks_have_the_same_name() -> None:
    names = [
        variant or re.findall(r"^name: (\w+)$", path.read_text("utf-8"), re.MULTILINE)[0]
        for path in FILES
        for variant in Workspace().variants(path)
    ]
    assert sorted(names) == sorted(zoo_names())


@pytest.mark.parametrize("name", zoo_names())
def test_the_source_is_short(name: str) -> None:
    lines = archspec.source(graph(name)).splitlines()
    assert len(lines) < 160


# Depth and paths.


def layers_in_the_name(name: str) -> int:
    number = re.search(r"\d+", name)
    assert number
    return int(number[0])


NAMED_BY_DEPTH: Final = [
    name
    for name in zoo_names()
    if name.startswith(("vgg", "resnet", "plain", "densenet", "resnext", "wide_resnet"))
]


@pytest.mark.parametrize("name", NAMED_BY_DEPTH)
def test_the_longest_path_has_as_many_layers_as_the_name_says(name: str) -> None:
    off_by_one = name == "densenet264"  # the paper's row of 6, 12, 64 and 48 makes 265
    assert counted(name).weight_layers == layers_in_the_name(name) + off_by_one


@pytest.mark.parametrize("name", ["alexnet", "alexnet_2012", "alexnet_towers", "caffenet128"])
def test_alexnet_has_eight_layers(name: str) -> None:
    assert counted(name).weight_layers == 8


def path_lengths(network: Graph) -> Counter[int]:
    """How many paths from the input to the output have how many layers with weights."""
    at: dict[str, Counter[int]] = {node.path: Counter({0: 1}) for node in network.inputs}
    for node in network.layers:
        step = node.op.role in (Role.CONV, Role.LINEAR) and node.params > 0
        at[node.path] = Counter()
        for source in node.sources:
            for length, count in at[source].items():
                at[node.path][length + step] += count
    (output,) = network.outputs
    return at[output.source]


@pytest.mark.parametrize(
    ("name", "settings", "paths", "shortest", "longest", "mean", "deviation"),
    [
        ("alexnet_2012", {}, 1, 8, 8, 8, 0),
        ("vgg16", {}, 1, 16, 16, 16, 0),
        ("googlenet_v1", {}, 4**9, 13, 22, 17.5, 1.5),
        ("bn_inception", {}, 4**8 * 3**2, 12, 34, 21.333, 2.934),
        ("resnet50", {}, 2**16, 6, 50, 28, 5.568),
        ("resnet101", {}, 2**33, 6, 101, 53.5, 8.322),
        ("resnet152", {}, 2**50, 6, 152, 79, 10.368),
        ("resnet20_cifar", {"shortcut": "Projection"}, 2**9, 4, 20, 12, 2.739),
        ("resnet110_cifar", {"shortcut": "Projection"}, 2**54, 4, 110, 57, 7.246),
        ("densenet40_k12", {}, 2**36, 4, 40, 22, 3),
        ("densenet121", {}, 2**58, 5, 121, 63, 7.616),
        ("densenet201", {}, 2**98, 5, 201, 103, 9.899),
    ],
)
def test_the_paths_are_counted(
    name: str,
    settings: dict[str, Any],
    paths: int,
    shortest: int,
    longest: int,
    mean: float,
    deviation: float,
) -> None:
    lengths = path_lengths(load(name, **settings).at("inference"))
    assert lengths.total() == paths
    assert (min(lengths), max(lengths)) == (shortest, longest)
    first, second = (
        sum(length**power * count for length, count in lengths.items()) / paths for power in (1, 2)
    )
    assert first == pytest.approx(mean, abs=5e-4)
    assert sqrt(max(second - first**2, 0)) == pytest.approx(deviation, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "modules"),
    [("resnet20_cifar", 9), ("resnet110_cifar", 54), ("resnet1202_cifar", 600),
     ("resnet110_preact", 54), ("resnet200_preact", 66), ("plain34", 0)],
)  # fmt: skip
def test_residual_modules_are_counted(name: str, modules: int) -> None:
    assert sum(layer.op == "Add" for layer in counted(name).layers) == modules
    assert path_lengths(graph(name)).total() == 2**modules


# AlexNet.

ALEXNET: Final = {
    "conv1": ((96, 55, 55), 34_944, 105_415_200),
    "pool1": ((96, 27, 27), 0, 0),
    "conv2": ((256, 27, 27), 307_456, 223_948_800),
    "pool2": ((256, 13, 13), 0, 0),
    "conv3": ((384, 13, 13), 885_120, 149_520_384),
    "conv4": ((384, 13, 13), 663_936, 112_140_288),
    "conv5": ((256, 13, 13), 442_624, 74_760_192),
    "pool5": ((256, 6, 6), 0, 0),
    "fc6": ((4096,), 37_752_832, 37_748_736),
    "fc7": ((4096,), 16_781_312, 16_777_216),
    "fc8": ((1000,), 4_097_000, 4_096_000),
}


@pytest.mark.parametrize("name", ["alexnet_2012", "caffenet"])
def test_alexnet_layer_by_layer(name: str) -> None:
    found = layers(name)
    assert {
        path: (found[path].output, found[path].params, found[path].macs) for path in ALEXNET
    } == ALEXNET


def test_the_two_orders_of_normalisation_and_pooling() -> None:
    paper, caffe = ([layer.op for layer in counted(n).layers] for n in ("alexnet_2012", "caffenet"))
    assert paper[:4] == ["Conv2d", "ReLU", "LocalResponseNorm", "MaxPool2d"]
    assert caffe[:4] == ["Conv2d", "ReLU", "MaxPool2d", "LocalResponseNorm"]
    krizhevsky = layers("alexnet_2012")["norm1"].arguments
    assert dict(krizhevsky) == {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2}
    assert layers("caffenet")["pool1_norm"].arguments.get("k", 1) == 1


def test_the_towers_are_the_groups() -> None:
    whole, towers = layers("alexnet_2012"), layers("alexnet_towers")
    for conv in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        side = "front" if conv in ("conv1", "conv2") else "back"
        halves = [towers[f"gpu{k}_{side}.{conv}"] for k in (1, 2)]
        assert sum(half.params for half in halves) == whole[conv].params
        assert sum(half.macs for half in halves) == whole[conv].macs
    front = graph("alexnet_towers").ancestors({"cross3"})
    assert not {path for path in front if path.startswith("cross")} - {"cross3"}


def test_most_weights_are_in_linear_layers_and_most_operations_are_not() -> None:
    found = counted("alexnet_2012")
    linear = found.by_op["Linear"]
    assert (linear.params, linear.macs) == (58_631_144, 58_621_952)
    assert round(100 * linear.params / found.params, 2) == 96.17
    assert round(100 * linear.macs / found.macs, 2) == 8.09


def test_the_neurons_of_alexnet() -> None:
    """The paper has 253,440 for the first layer, a slip; its 650,000 are those of 290,400."""
    weighty = [*(f"conv{k}" for k in range(1, 6)), "fc6", "fc7", "fc8"]
    neurons = [graph("alexnet_2012").output_type(path).numel for path in weighty]
    assert neurons == [290_400, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]
    assert sum(neurons) == 659_272


def test_a_fully_connected_first_layer_is_a_million_times_as_large() -> None:
    weights = 227 * 227 * 3 * 290_400
    assert part("alexnet_2012", "conv1")[0] == 34_944
    assert part("alexnet_fc", "conv1") == (weights + 290_400, weights)
    assert counted("alexnet_fc").layers[1].output == (96, 55, 55)


def test_linear_layers_as_convolutions_have_the_same_numbers() -> None:
    assert layers("alexnet_conv")["fc8"].output == (1000, 8, 8)
    small = stats(load("alexnet_conv", input=[3, 227, 227]))
    assert (small.params, small.macs) == COUNTS["alexnet_2012"]


def receptive_fields(network: Graph) -> dict[str, int]:
    """Pixels along a side that one number of each layer of a chain depends on."""
    size, step, found = 1, 1, {}
    for node in network.layers:
        arguments = node.op.arguments()
        kernel = arguments.get("kernel_size", 1)
        size += (kernel - 1) * step
        step *= arguments.get("stride") or (kernel if node.op_name == "MaxPool2d" else 1)
        found[node.path] = size
    return found


def test_the_receptive_fields_of_alexnet() -> None:
    found = receptive_fields(graph("alexnet_conv"))
    expected = {"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv4": 131}
    expected |= {"conv5": 163, "pool5": 195, "fc6": 355}
    assert {path: found[path] for path in expected} == expected


# VGG.


@pytest.mark.parametrize(("name", "field"), [("vgg11", 150), ("vgg16", 212), ("vgg19", 268)])
def test_the_receptive_fields_of_vgg(name: str, field: int) -> None:
    last_pooling = [layer.name for layer in counted(name).layers if layer.op == "MaxPool2d"][-1]
    assert receptive_fields(graph(name))[last_pooling] == field


def test_the_rounded_counts_of_vgg_are_those_of_the_paper() -> None:
    columns = ("vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19")
    assert [round(counted(name).params / 1e6) for name in columns] == [133, 133, 133, 134, 138, 144]


def test_most_weights_of_vgg_are_in_one_layer() -> None:
    assert part("vgg16", "classifier.0")[0] == 25_088 * 4096 + 4096 == 102_764_544


def test_the_relatives_of_vgg_differ_where_the_table_says() -> None:
    lrn = layers("vgg11_lrn")["features.1_norm"]
    assert lrn.arguments == layers("alexnet_2012")["norm1"].arguments
    assert lrn.output == (64, 224, 224)
    c = layers("vgg16_c")
    small = [path for path, layer in c.items() if layer.arguments.get("kernel_size") == 1]
    assert small == ["features.14", "features.21", "features.28"]


# GoogLeNet.

INCEPTION: Final = {
    "3a": (163_696, 128_049_152),
    "3b": (388_736, 304_267_264),
    "4a": (376_176, 73_608_192),
    "4b": (449_160, 87_908_352),
    "4c": (510_104, 99_850_240),
    "4d": (605_376, 118_515_712),
    "4e": (868_352, 169_996_288),
    "5a": (1_043_456, 51_079_168),
    "5b": (1_444_080, 70_697_984),
}
"""Modules with what they count."""

PAPER_OPERATIONS: Final = {
    "3a": 128, "3b": 304, "4a": 73, "4b": 88, "4c": 100, "4d": 119, "4e": 170, "5b": 71,
}  # fmt: skip
"""Millions, as the paper prints them; its 54 for 5a are not what 5a has."""


@pytest.mark.parametrize("module", INCEPTION)
def test_inception_module_by_module(module: str) -> None:
    assert part("googlenet_v1", f"inception{module}") == INCEPTION[module]
    if module in PAPER_OPERATIONS:
        assert abs(INCEPTION[module][1] / 1e6 - PAPER_OPERATIONS[module]) < 1


def test_the_stem_and_the_end_of_googlenet() -> None:
    assert part("googlenet_v1", "conv1") == (9_472, 118_013_952)
    assert part("googlenet_v1", "conv2", "conv3") == (114_944, 359_661_568)
    assert part("googlenet_v1", "fc") == (1_025_000, 1_024_000)
    biases = 64
    separable = part("googlenet_v1_separable", "conv1", "conv1_pointwise")
    assert separable == (2_712 + biases, 34_019_328)  # the paper's 2.7K and 34M


def test_googlenet_of_the_paper_is_not_that_of_torchvision() -> None:
    ours, theirs = counted("googlenet_v1").by_op, counted("googlenet").by_op
    assert ours["LocalResponseNorm"].layers == 2
    assert "BatchNorm2d" not in ours
    assert "LocalResponseNorm" not in theirs
    assert layers("googlenet_v1")["inception3a.branch3.1.conv"].arguments["kernel_size"] == 5
    assert layers("googlenet")["inception3a.branch3.1.conv"].arguments["kernel_size"] == 3
    heads = {layer.name: layer for layer in stats(graph("googlenet_v1"), "training").layers}
    assert heads["aux1.pool"].output == (512, 4, 4)
    assert heads["aux2.pool"].output == (528, 4, 4)


def test_inception_with_the_printed_projections_is_larger() -> None:
    literal = edited("bn_inception", '{set: {path: "inception4[cd]"}, to: {proj: 128}, sites: 2}')
    assert (literal.total_params, literal.total_macs) == (11_285_224, 2_032_600_064)


# ResNet.


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_the_stride_on_the_three_by_three_costs_as_much_everywhere(depth: int) -> None:
    first, second = counted(f"resnet{depth}_v1"), counted(f"resnet{depth}")
    assert second.macs - first.macs == 231_211_008
    assert second.params == first.params


@pytest.mark.parametrize("depth", [18, 34])
def test_the_three_kinds_of_shortcuts(depth: int) -> None:
    a, b, c, plain = (
        counted(name) for name in (f"resnet{depth}_a", f"resnet{depth}", f"resnet{depth}_c", f"plain{depth}")
    )  # fmt: skip
    assert b.params - a.params == 173_824
    assert (a.params, a.macs) == (plain.params, plain.macs)
    assert a.params < b.params < c.params
    convolutions = [found.by_op["Conv2d"].layers for found in (a, b, c)]
    modules = (depth - 2) // 2
    assert convolutions == [depth - 1, depth - 1 + 3, depth - 1 + modules]


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110, 1202])
def test_projections_cost_as_much_at_any_depth(depth: int) -> None:
    name = f"resnet{depth}_cifar"
    b = load(name, shortcut="Projection")
    assert b.total_params - counted(name).params == 2_752


def test_biases_of_other_releases() -> None:
    caffe = edited("resnet50_v1", "{set: {path: conv1}, to: {bias: true}}")
    assert caffe.total_params == 25_557_096 == 25_557_032 + 64
    option_b = load("resnet20_cifar", shortcut="Projection").total_params
    biased = loads(
        "extends: resnet20_cifar\nparams: {shortcut: Projection}\n"
        "edits: [{set: {op: Conv2d}, to: {bias: true}}]\n"
    )
    assert biased.total_params == 273_258 == option_b + 784


def test_pre_activation_shares_the_first_norm_where_shapes_change() -> None:
    network = graph("resnet200_preact")
    assert network.nodes["layer1.0.conv1"].sources == ("maxpool",)
    assert network.nodes["layer2.0.shortcut"].sources == ("layer2.0.relu1",)
    assert network.nodes["layer2.1.add"].sources == ("layer2.1.conv3", "layer2.0.add")
    assert network.nodes["bn"].sources == ("layer4.2.add",)


# DenseNet.


def channels_of_blocks(name: str) -> Iterator[tuple[int, int, int]]:
    """Channels before and behind each dense block, and how many layers it has."""
    network = graph(name)
    for path, scope in network.scopes.items():
        if re.fullmatch(r"(features\.dense)?block\d", path):
            (source,) = {node.sources[0] for node in scope.nodes()} - {
                n.path for n in scope.nodes()
            }
            yield (
                network.output_type(source).channels,
                network.output_type(path).channels,
                len(scope.children),
            )


@pytest.mark.parametrize("name", [n for n in zoo_names() if n.startswith("densenet")])
def test_a_dense_block_grows_by_k_channels_a_layer(name: str) -> None:
    growth = graph(name).params["growth"]
    blocks = list(channels_of_blocks(name))
    assert len(blocks) == (3 if "_k" in name else 4)
    for before, behind, depth in blocks:
        assert behind == before + depth * growth
    theta = graph(name).params.get("theta", 0.5)
    for (_, behind, _), (before, _, _) in pairwise(blocks):
        assert before == int(theta * behind)


def test_dropout_of_densenet_is_behind_every_convolution_but_the_first() -> None:
    network = load("densenet_bc_100_k12", dropout=0.2)
    convolutions = sum(node.op_name == "Conv2d" for node in network.layers)
    assert sum(node.op_name == "Dropout" for node in network.layers) == convolutions - 1
    assert network.total_params == counted("densenet_bc_100_k12").params


# DropBlock.


def test_dropblock_has_exactly_its_places() -> None:
    network, base = graph("resnet50_dropblock"), graph("resnet50")
    sites = [node for node in network.layers if node.op_name == "DropBlock2d"]
    assert len(sites) == 36
    for group, side, p, blocks in ((3, 14, 0.025, 6), (4, 7, 0.1, 3)):
        inside = [node for node in sites if node.path.startswith(f"layer{group}.")]
        assert len(inside) == 4 * blocks
        larger = f"layer{group}.0.relu1_gap"  # before the stride
        for node in inside:
            assert node.output.spatial == ((2 * side,) * 2 if node.path == larger else (side, side))
            assert node.op.arguments() == {"p": p, "block_size": 7, "schedule": "linear"}
    readers = {
        (network.nodes[node.sources[0]].name, network.nodes[reader].name)
        for node in sites
        for reader in network.readers[node.path]
    }
    assert readers == {("relu1", "conv2"), ("relu2", "conv3"), ("bn3", "add"), ("1", "add"), ("relu", "add")}  # fmt: skip
    assert network.state_keys == base.state_keys


# LeNet-5.

LENET: Final = {
    "c1": (156, 122_304),
    "s2": (12, 5_880),
    "c3": (1_516, 151_600),
    "s4": (32, 2_000),
    "c5": (48_120, 48_120),
    "f6": (10_164, 10_164),
    "rbf": (0, 840),
}
"""Trainable parameters and connections."""


def connections(layer: LayerStats) -> int:
    """What the paper counts: every use of a weight or bias, and every number of a pooling."""
    if layer.op in ("Conv2d", "TableConv2d"):
        return layer.params * layer.output[1] * layer.output[2]
    if layer.op == "ChannelAffine":
        window = 2 * 2
        return (window + 1) * layer.output[0] * layer.output[1] * layer.output[2]
    return layer.params if layer.op == "Linear" else layer.macs if layer.op == "RBF" else 0


def test_lenet_layer_by_layer() -> None:
    found: dict[str, tuple[int, int]] = {}
    for path, layer in layers("lenet5").items():
        top = path.partition(".")[0]
        params, uses = found.get(top, (0, 0))
        found[top] = (params + layer.params, uses + connections(layer))
    assert {path: counts for path, counts in found.items() if any(counts)} == LENET
    assert sum(params for params, _ in LENET.values()) == 60_000
    assert sum(uses for _, uses in found.values()) == 340_908


def test_the_connection_table_of_lenet() -> None:
    rows = layers("lenet5")["c3"].arguments["table"]
    assert [len(row) for row in rows] == [3] * 6 + [4] * 9 + [6]
    assert all(sorted(set(row)) == list(row) for row in rows)
    assert all(sum(k in row for row in rows) == 10 for k in range(6))


# CaffeNet at 128×128.


def test_the_poolings_of_caffenet128_round_up() -> None:
    found = layers("caffenet128")
    sizes = {name: found[name].output[1:] for name in ("conv1", "pool1", "pool2", "pool5")}
    assert sizes == {"conv1": (30, 30), "pool1": (15, 15), "pool2": (7, 7), "pool5": (3, 3)}
    floor = edited("caffenet128", "{set: {op: MaxPool2d}, to: {ceil_mode: false}}")
    assert floor.output_type("pool1").spatial == (14, 14)


# Networks that are wrong.


def messages(text: str) -> list[str]:
    """Messages of all diagnostics of a text."""
    with pytest.raises(SpecError) as caught:
        loads(text)
    assert all(diagnostic.span for diagnostic in caught.value.diagnostics)
    return [f"{diagnostic.code}: {diagnostic.message}" for diagnostic in caught.value.diagnostics]


def changed(file: str, pattern: str, replacement: str) -> str:
    """The text of a spec with one place changed."""
    text, places = re.subn(pattern, replacement, (zoo_folder() / file).read_text("utf-8"))
    assert places
    return text


def test_inception_with_the_printed_projections_is_caught() -> None:
    text = changed("bn_inception.yaml", r"(inception4c: .*proj: )96", r"\g<1>128")
    found = messages(text)
    assert "expect: 'inception4c' gives [608, 14, 14], not [576, 14, 14]" in found
    assert any(line.startswith("expect: params of bn_inception: ") for line in found)


@pytest.mark.parametrize("file", ["googlenet.yaml", "googlenet_v1.yaml"])
def test_googlenet_with_poolings_that_round_down_is_caught(file: str) -> None:
    if file == "googlenet.yaml":
        text = changed(file, "ceil_mode: true", "ceil_mode: false")
    else:
        text = changed(
            file, "\nedits:\n", "\\g<0>  - {set: {op: MaxPool2d}, to: {ceil_mode: false}}\n"
        )
    found = messages(text)
    assert "expect: 'inception3a' gives [256, 27, 27], not [256, 28, 28]" in found
    assert "expect: 'inception5b' gives [1024, 6, 6], not [1024, 7, 7]" in found


def test_alexnet_without_padding_for_224_pixels_is_caught() -> None:
    found = messages(
        changed("alexnet_2012.yaml", r"input: \[3, 227, 227\]", "input: [3, 224, 224]")
    )
    assert "expect: 'conv1' gives [96, 54, 54], not [96, 55, 55]" in found
    assert "expect: 'pool5' gives [256, 5, 5], not [256, 6, 6]" in found


def test_a_block_larger_than_the_map_is_caught() -> None:
    with pytest.raises(SpecError) as caught:
        load("resnet50_dropblock", input=[3, 192, 192])
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "shape"
    assert diagnostic.message == "a 7×7 block does not fit a 6×6 map"
    assert diagnostic.help == "a block_size of at most 6"


def test_a_dropout_of_everything_is_caught() -> None:
    found = messages(changed("alexnet_2012.yaml", "dropout: 0.5", "dropout: 1.0"))
    assert found == ["bad-argument: Dropout: p = 1 drops everything"]


# Against PyTorch.

SMALL: Final = {224: 64, 227: 67, 128: 67, 451: 227, 32: 8}
"""A smaller side of the image that is still large enough, for each side in the zoo."""


def small(name: str) -> Graph:
    """A network for ten classes and small images."""
    (image,) = graph(name).inputs
    settings: dict[str, Any] = {"num_classes": 10, "block_size": 2}
    channels, *_, side = image.output.shape
    if not name.startswith(("lenet", "googlenet_v1")):  # they have parts of a fixed size
        side = SMALL.get(side, side)
    known = {key: value for key, value in settings.items() if key in graph(name).params}
    return load(name, input=[channels, side, side], **known)


def image_of(network: Graph, batch: int) -> Tensor:
    import torch

    (image,) = network.inputs
    return torch.randn(batch, *image.output.shape)


def total(output: Any) -> Tensor:
    """One number of all outputs."""
    tensors = output if isinstance(output, tuple) else (output,)
    result: Tensor = sum(tensor.sum() for tensor in tensors)
    return result


@pytest.mark.torch
@pytest.mark.parametrize("name", zoo_names())
def test_the_module_has_the_parameters_and_operations_that_were_counted(name: str) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network = archspec.build(graph(name)).eval()
        x = image_of(graph(name), 1)
    training = stats(graph(name), "training")
    assert sum(parameter.numel() for parameter in network.parameters()) == training.params
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = network(x)
    assert tuple(output.shape[1:]) == next(iter(counted(name).outputs.values()))
    distances = counted(name).by_op.get("RBF")  # differences and squares: no matrix product
    covered = counted(name).macs - (distances.macs if distances else 0)
    assert counter.get_total_flops() == 2 * covered


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("name", [name for name in zoo_names() if name != "alexnet_fc"])
def test_a_gradient_reaches_every_parameter(name: str) -> None:
    import torch

    graph_of_ten = small(name)
    network = archspec.build(graph_of_ten).train()
    total(network(image_of(graph_of_ten, 2))).backward()  # type: ignore[no-untyped-call]
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key


@pytest.mark.torch
def test_a_network_too_large_for_a_machine_has_a_backward_pass() -> None:
    import torch

    with torch.device("meta"):
        network = archspec.build(graph("alexnet_fc")).train()
        total(network(image_of(graph("alexnet_fc"), 2))).backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in network.parameters())


ELSEWHERE: Final = ("alexnet", "alexnet_fc", "densenet121", "googlenet", "resnet50", "vgg16")


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem not in ELSEWHERE], ids=lambda p: p.stem
)
def test_modern_pytorch_takes_it(path: Path) -> None:
    """As for the networks of torchvision, in ``tests/test_zoo.py``."""
    import torch

    graph_of_ten = small(load(str(path)).name)
    network, x = archspec.build(graph_of_ten).eval(), image_of(graph_of_ten, 2)
    torch.compiler.reset()
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    with torch.inference_mode():
        assert torch.equal(compiled(x), network(x))
        assert torch.equal(torch.fx.symbolic_trace(network)(x), network(x))
    torch.fx.symbolic_trace(network.train())  # torchvision's feature extractor traces both
    network.eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(network, (x,), dynamic_shapes=({0: batch},))
    assert exported.module()(image_of(graph_of_ten, 3)).shape[0] == 3


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_linear_layers_as_convolutions_give_equal_outputs() -> None:
    import torch

    linear = archspec.build(graph("alexnet_2012")).eval()
    convolutional = archspec.build(graph("alexnet_conv")).eval()
    shapes = {key: tensor.shape for key, tensor in convolutional.state_dict().items()}
    state = linear.state_dict()
    convolutional.load_state_dict({key: state[key].reshape(shapes[key]) for key in shapes})
    x = torch.randn(2, 3, 227, 227)
    with torch.inference_mode():
        assert torch.allclose(linear(x), convolutional(x).flatten(1), atol=1e-5)
        assert convolutional(torch.randn(1, 3, 451, 451)).shape == (1, 1000, 8, 8)


def half_of(key: str) -> tuple[str, int | None]:
    """The tensor of alexnet_2012 that a tensor of alexnet_towers is a half of, and which."""
    found = re.fullmatch(r"gpu([12])_(?:(?:front|back)\.(\w+)|(fc[67])\.fc)\.(\w+)", key)
    if found is None:
        return key, None
    return f"{found[2] or found[3]}.{found[4]}", int(found[1]) - 1


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_the_towers_give_the_outputs_of_the_groups() -> None:
    """Without the normalisation, which looks at the neighbours across the towers in one of them."""
    import torch

    whole, towers = (
        archspec.build(edited(name, "{remove: {op: LocalResponseNorm}}")).eval()
        for name in ("alexnet_2012", "alexnet_towers")
    )
    state, halves = whole.state_dict(), {}
    for key in towers.state_dict():
        name, half = half_of(key)
        halves[key] = state[name] if half is None else state[name].chunk(2)[half]
    towers.load_state_dict(halves)
    x = torch.randn(2, 3, 227, 227)
    with torch.inference_mode():
        assert torch.allclose(whole(x), towers(x), atol=1e-5)


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("name", ["resnext50_32x4d", "wide_resnet50_2"])
def test_the_wide_and_grouped_relatives_are_those_of_torchvision(name: str) -> None:
    import torch

    models = pytest.importorskip("torchvision.models")
    theirs, ours = getattr(models, name)().eval(), archspec.build(graph(name)).eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 96, 96)
    with torch.inference_mode():
        assert torch.equal(ours(x), theirs(x))


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_a_checkpoint_of_resnet_fits_its_relatives() -> None:
    import torch

    base, v1, dropped = (
        archspec.build(network).eval()
        for network in (
            graph("resnet50"),
            graph("resnet50_v1"),
            load("resnet50_dropblock", block_size=2),
        )
    )
    v1.load_state_dict(base.state_dict())
    dropped.load_state_dict(base.state_dict())
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(base(x), dropped(x))
        assert not torch.equal(base(x), v1(x))


@pytest.mark.torch
def test_gamma_of_dropblock_in_the_two_groups() -> None:
    import torch

    from archspec.layers import set_progress

    with torch.device("meta"):
        network: Any = archspec.build(graph("resnet50_dropblock"))
    group3, group4 = network.layer3[0].add_gap0, network.layer4[0].add_gap0
    assert (group3.gamma(14, 14), group4.gamma(7, 7)) == (
        pytest.approx(0.0015625),
        pytest.approx(0.1),
    )
    set_progress(network, 0.5)
    assert group4.gamma(7, 7) == pytest.approx(0.05)


@pytest.mark.torch
@pytest.mark.usefixtures("seeded")
def test_the_initial_weights_are_those_of_the_papers() -> None:
    def state(name: str) -> dict[str, Tensor]:
        return archspec.build(graph(name)).state_dict()

    paper, caffe = state("alexnet_2012"), state("caffenet")
    for conv, bias in (("conv1", 0), ("conv2", 1), ("conv3", 0), ("conv4", 1), ("conv5", 1)):
        assert paper[f"{conv}.bias"].eq(bias).all(), conv
    assert float(paper["fc6.weight"].std()) == pytest.approx(0.01, rel=0.01)
    assert float(caffe["fc6.weight"].std()) == pytest.approx(0.005, rel=0.01)
    xavier = state("googlenet_v1")
    assert xavier["inception5b.branch1.conv.bias"].eq(0.2).all()
    assert xavier["fc.bias"].eq(0).all()
    assert float(xavier["fc.weight"].abs().max()) == pytest.approx(sqrt(3 / 1024), rel=0.01)
    lenet = state("lenet5")
    for layer, inputs in (("c1", 25), ("c5", 400), ("f6", 120)):
        assert float(lenet[f"{layer}.weight"].abs().max()) == pytest.approx(2.4 / inputs, rel=0.1)
    dropped = state("resnet50_dropblock")  # a unit begins as its shortcut
    assert dropped["layer1.0.bn3.weight"].eq(0).all()
    assert dropped["layer1.0.bn2.weight"].eq(1).all()
