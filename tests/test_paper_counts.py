"""The zoo against published counts, and the form of its files: sizes, names, depths, paths."""

from __future__ import annotations

import re
from collections import Counter
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import archspec
from archspec.analyses.stats import stats
from archspec.frontends.yaml import read
from archspec.graph import Graph
from archspec.op.base import Role
from archspec.workspace.load import load
from archspec.workspace.locate import zoo_names
from archspec.workspace.workspace import Workspace
from tests.zoo_graphs import FILES, counts, graph

if TYPE_CHECKING:
    pass

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
    "vgg7_cifar": (4_660_106, 607_600_640),
    "vgg7_cifar_w32": (307_946, 38_653_952),
    "googlenet": (6_624_904, 1_498_376_192),
    "googlenet_v1": (6_998_552, 1_582_671_872),
    "googlenet_v1_separable": (6_991_856, 1_498_677_248),
    "bn_inception": (11_194_984, 2_018_851_840),
    "bn_inception_separable": (11_188_288, 1_934_857_216),
    "inception_small": (1_651_114, 204_219_680),
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
    "plain20_cifar": (269_722, 40_551_040),
    "plain56_cifar": (853_018, 125_485_696),
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
    "densenet_bc_40_k12": (176_122, 72_365_352),
    "densenet_bc_100_k12": (769_162, 287_929_692),
    "densenet_bc_250_k24": (15_324_406, 5_418_785_724),
    "densenet_bc_190_k40": (25_624_430, 9_301_945_740),
    "dpn68": (12_611_602, 2_326_163_456),
    "dpn92": (37_668_392, 6_501_684_224),
    "dpn98": (61_570_728, 11_671_217_152),
    "dpn107": (86_917_800, 18_298_764_288),
    "dpn131": (79_254_504, 16_013_648_896),
    "hrnet_w18_small": (13_187_464, 1_601_508_352),
    "hrnet_w18_small_v2": (15_597_464, 2_595_712_864),
    "hrnet_w18": (21_299_004, 4_283_537_072),
    "hrnet_w32": (41_232_680, 8_921_133_056),
    "hrnet_w48": (77_469_864, 17_277_996_032),
    "nasnet_a_large": (88_753_150, 23_783_414_658),
    "nasnet_a_mobile": (5_289_978, 563_638_816),
    "selecsls42b": (32_458_248, 2_971_924_480),
    "selecsls60b": (32_774_064, 3_618_498_688),
    "sknet50": (27_479_784, 4_462_710_784),
    "sknet101": (48_736_040, 8_448_724_992),
    "resnest50": (27_483_240, 5_371_160_576),
    "resnest101": (48_275_016, 13_321_472_000),
    "yolov2": (50_962_889, 14_732_084_224),
    "cifar10_full": (89_578, 12_298_240),
    "cuda_convnet_local": (2_112_970, 19_512_576),
    "resnetv2_50x1_bit": (25_549_352, 4_089_184_256),
    "resnetv2_50d_evos": (25_591_368, 4_328_824_832),
    "nf_resnet50": (25_557_032, 4_089_184_256),
    "resnetblur50": (25_557_032, 5_133_020_672),
    "convnextv2_atto": (3_708_400, 547_332_480),
    "eca_resnet50": (25_557_118, 4_089_272_064),
    "cbam_resnet50": (28_073_576, 4_095_573_110),
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


@pytest.mark.parametrize("name", COUNTS)
def test_the_counts_are_those_of_the_literature(name: str) -> None:
    assert (counts(name).params, counts(name).macs) == COUNTS[name]


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
    assert len(text.splitlines()) <= 140
    assert max(map(len, text.splitlines())) <= 120
    assert all(lines <= 12 for lines in family_members(path).values())


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


LONG: Final = {
    "deeplabv3_mobilenet_v3_large": 400,
    **dict.fromkeys(["hrnet_w18_small", "hrnet_w18_small_v2"], 360),
    **dict.fromkeys(["hrnet_w18", "hrnet_w32", "hrnet_w48"], 360),
    "inception_resnet_v2": 300,
    "inception_v3": 240,
    "inception_v4": 300,
    "lraspp_mobilenet_v3_large": 360,
    "mobilenet_v3_large": 300,
    "retinanet_resnet50_fpn": 260,
    **dict.fromkeys(["yolov8n", "yolov8s", "yolov8m", "yolov8l", "yolov8x"], 300),
    "nasnet_a_large": 470,
    "nasnet_a_mobile": 470,
}
"""Networks with many kinds of blocks."""


@pytest.mark.parametrize("name", zoo_names())
def test_the_source_is_short(name: str) -> None:
    source = archspec.source(graph(name))
    assert len(source.splitlines()) < LONG.get(name, 250)
    assert "___" not in source, "an expression is no name"


# Depth and paths.


def layers_in_the_name(name: str) -> int:
    number = re.search(r"\d+", name)
    assert number
    return int(number[0])


NAMED_BY_DEPTH: Final = [
    name
    for name in zoo_names()
    if name.startswith(("vgg", "resnet", "plain", "densenet", "resnext", "wide_resnet"))
    and not name.startswith("resnetv2")  # that number is the version
    and name != "wide_resnet28_10"  # counts two shortcuts
]


@pytest.mark.parametrize("name", NAMED_BY_DEPTH)
def test_the_longest_path_has_as_many_layers_as_the_name_says(name: str) -> None:
    off_by_one = name == "densenet264"  # the paper's row of 6, 12, 64 and 48 makes 265
    assert counts(name).weight_layers == layers_in_the_name(name) + off_by_one


@pytest.mark.parametrize(
    "name", ["alexnet", "alexnet_2012", "alexnet_towers", "caffenet128", "caffenet28"]
)
def test_alexnet_has_eight_layers(name: str) -> None:
    assert counts(name).weight_layers == 8


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
    [
        ("resnet20_cifar", 9),
        ("resnet110_cifar", 54),
        ("resnet1202_cifar", 600),
        ("resnet110_preact", 54),
        ("resnet200_preact", 66),
        ("plain34", 0),
    ],
)
def test_residual_modules_are_counted(name: str, modules: int) -> None:
    assert sum(layer.op == "Add" for layer in counts(name).layers) == modules
    assert path_lengths(graph(name)).total() == 2**modules
