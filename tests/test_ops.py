"""Every op against PyTorch: one contract for all of them, and properties of the shape rules."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from archspec.elaborate.rules.foreign_ops import foreign
from archspec.op.base import Call, Cost, Op, Role, ShapeError
from archspec.op.instantiate import instantiate
from archspec.op.tensor import TensorType
from archspec.ops import registry

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

BATCH: Final = 2

NOT_OFFERED: Final = {"device", "dtype", "inplace", "return_indices"}
"""Arguments of torch classes that are no property of an architecture."""

LEFT_OUT: Final[Mapping[str, set[str]]] = {
    "Flatten": {"start_dim", "end_dim"},  # always all of a sample
    "Hardtanh": {"min_value", "max_value"},  # deprecated
    "Upsample": {"recompute_scale_factor"},  # no change of shape
    # Keyword arguments that came after the oldest torch we support:
    "BatchNorm1d": {"bias"},
    "BatchNorm2d": {"bias"},
    "BatchNorm3d": {"bias"},
    "GroupNorm": {"bias"},
    "InstanceNorm1d": {"bias"},
    "InstanceNorm2d": {"bias"},
    "InstanceNorm3d": {"bias"},
}

DEFAULTS_OF_OUR_OWN: Final = {"dim", "normalized_shape"}
"""torch counts dimensions from the batch, and from the end; a spec has channels and samples."""

SPECIAL_CASES: Final[Mapping[str, set[str]]] = {
    "Conv2d": {"padding", "padding_mode"},  # a Conv2dSame has neither
    "StdConv2d": {"padding"},
    "ScaledStdConv2d": {"padding"},
    "MaxPool2d": {"padding", "ceil_mode"},
    "AvgPool2d": {"padding", "ceil_mode", "divisor_override"},
    "VLReLU": {"negative_slope"},  # a LeakyReLU with another default
    "DepthwiseConv1d": {"multiplier"},  # a Conv1d
    "DepthwiseConv3d": {"multiplier"},  # a Conv3d
    "DepthwiseConv2d": {"multiplier", "padding", "padding_mode"},  # a Conv2d or Conv2dSame
    "ChannelAffine": {"bias", "init"},  # a ChannelScale without a bias
}
"""Ops that have a torch class under another name, with the arguments that are not just its own."""

UNSEEN_MACS: Final = {"RBF"}
"""Ops that multiply in a way that PyTorch's counter does not count."""

READS_CHANNELS_LAST: Final = {"ChannelLinear"}
"""Ops that keep their input itself where its channels lie together, as behind a LayerNorm2d, and a
copy of the same size where they do not."""

ONCE_A_BATCH: Final = {
    "BatchNorm",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "FrozenBatchNorm2d",
    "ScaledStdConv2d",
    "StdConv2d",
}
"""Ops whose ``saved_bytes`` are statistics of the batch or standardised weights: as many for one
sample as for a hundred."""


@dataclass(frozen=True)
class Case:
    """An op on one of its examples."""

    op: Op
    inputs: tuple[TensorType, ...]

    @property
    def output(self) -> TensorType:
        return self.op.infer(*self.inputs)

    @property
    def cost(self) -> Cost:
        return self.op.cost(self.inputs, self.output)

    @property
    def call(self) -> Call:
        return self.op.lowered(*self.inputs)


def layer(name: str, **arguments: Any) -> Op:
    return registry()[name](**arguments)


CASES: Final = {
    f"{name}-{number}": Case(
        layer(name, **example.arguments), tuple(map(TensorType, example.inputs))
    )
    for name, op in registry().items()
    for number, example in enumerate(op.examples)
}

each_op = pytest.mark.parametrize("op", registry().values(), ids=registry().keys())
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
each_module = pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name) for name, case in CASES.items() if not case.call.is_function],
)


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch")


def target(call: Call) -> Any:
    module, name = call.target.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def made(call: Call, **more: Any) -> Any:
    """What PyTorch makes of a call: a module, or a function of its operands."""
    if call.is_function:
        return instantiate(call)
    return target(call)(**call.arguments, **more)


# Without torch


@each_op
def test_a_class_says_all_about_itself(op: type[Op]) -> None:
    first_line = (op.__doc__ or "").partition("\n")[0]
    assert re.fullmatch(r"[A-Z0-9].*\.", first_line)
    assert getattr(op, "__final__", False)
    assert "\n" not in op.formula
    assert op.formula
    assert isinstance(op.role, Role)
    assert op.examples


@each_op
def test_examples_cover_every_argument(op: type[Op]) -> None:
    used = {name for example in op.examples for name in example.arguments}
    assert used == set(op.model_fields)


@each_case
def test_an_unknown_argument_is_refused(case: Case) -> None:
    with pytest.raises(ValidationError, match="unknown_argument"):
        layer(type(case.op).__name__, **case.op.arguments(), unknown_argument=1)


@each_case
def test_arguments_survive_a_round_trip(case: Case) -> None:
    assert type(case.op)(**case.op.arguments()) == case.op


def test_the_registry_never_imports_torch() -> None:
    code = (
        "import sys; from archspec.ops import registry; registry(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Conv2d", {"out_channels": True, "kernel_size": 3}),
        ("Conv2d", {"out_channels": 8.0, "kernel_size": 3}),
        ("Conv2d", {"out_channels": 0, "kernel_size": 3}),
        ("Conv2d", {"out_channels": 8, "kernel_size": (3, 3, 3)}),
        ("Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": -1}),
        ("Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": "full"}),
        ("Conv2d", {"out_channels": 8, "kernel_size": 3, "bias": 1}),
        ("Conv2d", {"out_channels": 8}),
        ("ConvTranspose2d", {"out_channels": 8, "kernel_size": 2, "padding_mode": "reflect"}),
        ("ReflectionPad2d", {"padding": (1, 1, 1, -1)}),
        ("ELU", {"alpha": True}),
        ("ELU", {"alpha": float("inf")}),
        ("LeakyReLU", {"negative_slope": -0.1}),
        ("BatchNorm2d", {"eps": 0}),
        ("LayerNorm", {"normalized_shape": ()}),
        ("Upsample", {"scale_factor": 1e300}),
        ("Softmax", {"dim": -1}),
        ("Dropout", {"p": -0.1}),
    ],
)
def test_an_argument_out_of_range_is_refused(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        layer(name, **arguments)


def test_a_whole_number_may_stand_for_a_fraction() -> None:
    assert layer("ELU", alpha=2).arguments() == {"alpha": 2.0}


def test_dropout_of_everything_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="p = 1 drops everything"):
        layer("Dropout", p=1)


Shapes = tuple[tuple[int, ...], ...]

WRONG: Final[tuple[tuple[str, dict[str, Any], Shapes, str | None, str, str | None], ...]] = (
    # op, arguments, inputs, the argument to blame, message, help
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3},
        ((10,),),
        None,
        "Conv2d reads a map (channels, height, width), not a vector of 10",
        "put it before the Flatten or Linear that makes the vector",
    ),
    (
        "Conv1d",
        {"out_channels": 8, "kernel_size": 3},
        ((10,),),
        None,
        "Conv1d reads a map (channels, length), not a vector of 10",
        "put it before the Flatten or Linear that makes the vector; a sound of one channel is [1, 10]",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3},
        ((32, 32),),
        None,
        "Conv2d reads a map (channels, height, width), not 32×32 (channels, length)",
        "the channels come first, as in [1, 32, 32]; Conv1d reads (channels, length)",
    ),
    (
        "PixelShuffle",
        {"upscale_factor": 2},
        ((8, 4, 4, 4),),
        None,
        "PixelShuffle reads a map (channels, height, width), not 8×4×4×4 (channels, depth, height, width)",
        None,
    ),
    (
        "BatchNorm3d",
        {},
        ((3, 112, 112),),
        None,
        "BatchNorm3d reads a map (channels, depth, height, width), not 3×112×112 (channels, height, width)",
        "BatchNorm2d reads (channels, height, width)",
    ),
    (
        "Conv1d",
        {"out_channels": 8, "kernel_size": 80, "stride": 4},
        ((1, 50),),
        "kernel_size",
        "a kernel of 80 does not fit an input of 50: length floor((50 + 2·0 − 80) / 4) + 1 is below 1",
        "in length a kernel_size of at most 50 fits, or a padding of at least 15",
    ),
    (
        "MaxPool3d",
        {"kernel_size": (4, 2, 2)},
        ((3, 2, 8, 8),),
        "kernel_size",
        "a 4×2×2 kernel does not fit a 2×8×8 input: depth floor((2 + 2·0 − 4) / 4) + 1 is below 1",
        "in depth a kernel_size of at most 2 fits, or a padding of at least 1",
    ),
    (
        "Upsample",
        {"scale_factor": 2, "mode": "bilinear"},
        ((3, 20),),
        "mode",
        "mode 'bilinear' does not resize a map (channels, length)",
        "mode nearest or linear does",
    ),
    (
        "Upsample",
        {"size": (20, 20)},
        ((3, 4, 8, 8),),
        "size",
        "size has 2 numbers, and the map 3×4×8×8 has 3 sides: depth, height, width",
        "one number is for all sides",
    ),
    (
        "ReflectionPad1d",
        {"padding": 5},
        ((8, 5),),
        "padding",
        "a length of 5 mirrors at most 5 − 1 = 4 pixels, not 5",
        "a padding of at most 4, or ReplicationPad1d",
    ),
    (
        "InstanceNorm1d",
        {},
        ((8, 1),),
        None,
        "InstanceNorm1d of 8×1: each channel has 1 pixel, its own mean",
        "put it before the pooling, or take GroupNorm",
    ),
    (
        "Add",
        {},
        ((8, 4, 4), (8, 16)),
        None,
        "Add needs equal shapes, but input 1 is 8×4×4 and input 2 is 8×16: "
        "a map (channels, height, width) and a map (channels, length)",
        None,
    ),
    (
        "Concat",
        {},
        ((8, 4, 4, 4), (8, 4, 4, 2)),
        None,
        "Concat needs one depth, height and width, but input 1 is 8×4×4×4 and input 2 is 8×4×4×2: "
        "4 ≠ 2 in width",
        "strides, paddings and poolings must bring both to one depth, height and width",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 7, "stride": 2},
        ((3, 3, 9),),
        "kernel_size",
        "a 7×7 kernel does not fit a 3×9 input: height floor((3 + 2·0 − 7) / 2) + 1 is below 1",
        "in height a kernel_size of at most 3 fits, or a padding of at least 2",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3, "dilation": (1, 3), "padding": 1},
        ((3, 9, 4),),
        "kernel_size",
        "a 3×3 kernel does not fit a 9×4 input: width floor((4 + 2·1 − 7) / 1) + 1 is below 1",
        "in width a kernel_size of at most 2 fits, or a padding of at least 2",
    ),
    (
        "Conv2d",
        {"out_channels": 9, "kernel_size": 3, "groups": 3},
        ((8, 9, 9),),
        "groups",
        "8 channels do not divide into 3 groups: 8 = 2·3 + 2",
        "groups: 2 divides them",
    ),
    (
        "Conv2d",
        {"out_channels": 10, "kernel_size": 3, "groups": 4},
        ((8, 9, 9),),
        "out_channels",
        "10 output channels do not divide into 4 groups: 10 = 2·4 + 2",
        "out_channels: 12 is a multiple of 4",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3, "padding": "same", "stride": 2},
        ((8, 9, 9),),
        "padding",
        "padding 'same' needs stride 1, not 2×2",
        "write the padding as a number: half of kernel_size, rounded down",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3, "padding": 4, "padding_mode": "reflect"},
        ((8, 4, 9),),
        "padding_mode",
        "padding_mode 'reflect' cannot make 4 pixels of a height of 4: 4 > 3",
        "a padding of at most 3, or padding_mode 'replicate' or 'zeros'",
    ),
    (
        "Conv2d",
        {"out_channels": 8, "kernel_size": 3, "padding": 5, "padding_mode": "circular"},
        ((8, 9, 4),),
        "padding_mode",
        "padding_mode 'circular' cannot make 5 pixels of a width of 4: 5 > 4",
        "a padding of at most 4, or padding_mode 'replicate' or 'zeros'",
    ),
    (
        "ConvTranspose2d",
        {"out_channels": 8, "kernel_size": 2, "stride": 2, "output_padding": 2},
        ((8, 9, 9),),
        "output_padding",
        "output_padding 2 in height is not below stride 2 or dilation 1",
        "an output_padding of at most 1",
    ),
    (
        "ConvTranspose2d",
        {"out_channels": 8, "kernel_size": 2, "stride": 2, "padding": 5},
        ((8, 3, 3),),
        "padding",
        "padding 5 leaves nothing of a 3×3 input: height (3 − 1)·2 − 2·5 + 1·(2 − 1) + 0 + 1 is below 1",
        "a padding of at most 2 leaves at least one pixel",
    ),
    (
        "Linear",
        {"out_features": 10},
        ((512, 7, 7),),
        None,
        "Linear reads a vector, not a map of 512×7×7",
        "put a Flatten before it: 512·7·7 = 25088 features",
    ),
    (
        "BatchNorm1d",
        {},
        ((8, 4, 4),),
        None,
        "BatchNorm1d reads a vector or a map (channels, length), not 8×4×4 (channels, height, width)",
        "BatchNorm2d reads that; BatchNorm reads all",
    ),
    (
        "BatchNorm2d",
        {},
        ((8,),),
        None,
        "BatchNorm2d reads a map (channels, height, width), not a vector of 8",
        "BatchNorm1d reads vectors; BatchNorm reads both",
    ),
    (
        "GroupNorm",
        {"num_groups": 32},
        ((48, 7, 7),),
        "num_groups",
        "48 channels do not divide into 32 groups: 48 = 1·32 + 16",
        "num_groups: 24 divides them",
    ),
    (
        "GroupNorm",
        {"num_groups": 8},
        ((8,),),
        "num_groups",
        "GroupNorm of 8 in 8 groups: each has 8 / 8 = 1 number, its own mean",
        "num_groups: 4 or fewer",
    ),
    (
        "InstanceNorm2d",
        {},
        ((8, 1, 1),),
        None,
        "InstanceNorm2d of 8×1×1: each channel has 1·1 = 1 pixel, its own mean",
        "put it before the pooling, or take GroupNorm",
    ),
    (
        "LayerNorm",
        {"normalized_shape": (8, 4)},
        ((8, 4, 4),),
        "normalized_shape",
        "normalized_shape 8×4 is not the end of the input's shape 8×4×4",
        "leave it out, and it is the shape of the whole sample",
    ),
    (
        "PReLU",
        {"num_parameters": 3},
        ((8, 4, 4),),
        "num_parameters",
        "3 slopes are neither one nor one for each of 8 channels",
        "num_parameters: 1 for all channels, or 8",
    ),
    (
        "GLU",
        {},
        ((7, 4, 4),),
        None,
        "GLU halves the channels, and 7 = 3·2 + 1 is odd",
        "make it even in the layer before, such as 8",
    ),
    (
        "Hardtanh",
        {"min_val": 2},
        ((7, 4, 4),),
        "max_val",
        "max_val 1.0 is not above min_val 2.0",
        "min_val is the lower end, max_val the upper",
    ),
    (
        "MaxPool2d",
        {"kernel_size": 3, "padding": 2},
        ((8, 9, 9),),
        "padding",
        "padding 2 is more than half of the kernel in height: 2 > 3 / 2",
        "a padding of at most 1",
    ),
    (
        "MaxPool2d",
        {"kernel_size": 3, "ceil_mode": True, "stride": 1},
        ((8, 2, 2),),
        "kernel_size",
        "a 3×3 kernel does not fit a 2×2 input: height ceil((2 + 2·0 − 3) / 1) + 1 is below 1",
        "in height a kernel_size of at most 2 fits, or a padding of at least 1",
    ),
    (
        "DepthwiseConv2d",
        {"kernel_size": 3, "multiplier": 1000},
        ((2000, 9, 9),),
        "multiplier",
        "1000 times 2000 channels are 2,000,000",
        "a layer has at most 1,000,000 channels",
    ),
    (
        "TableConv2d",
        {"table": ((0, 1), (1, 2, 1)), "kernel_size": 3},
        ((8, 9, 9),),
        "table",
        "row 1 of the table names channel 1 more than once",
        "a channel is connected once or not at all",
    ),
    (
        "TableConv2d",
        {"table": ((0, 1), (1, 8)), "kernel_size": 3},
        ((8, 9, 9),),
        "table",
        "row 1 of the table reads channel 8 of 8 channels",
        "channels are counted from 0: the last one is 7",
    ),
    (
        "RBF",
        {"out_features": 10},
        ((84, 1, 1),),
        None,
        "RBF reads a vector, not a map of 84×1×1",
        "put a Flatten before it: 84·1·1 = 84 features",
    ),
    (
        "RBF",
        {"out_features": 10},
        ((8,),),
        "out_features",
        "10 codes of 8 numbers are not all different",
        "a vector of at least 9 features has room for them",
    ),
    (
        "Maxout",
        {"pieces": 3},
        ((8, 9, 9),),
        "pieces",
        "8 channels do not divide by 3: 8 = 2·3 + 2",
        "make it 9 in the layer before",
    ),
    (
        "PadChannels",
        {"out_channels": 32},
        ((64, 9, 9),),
        "out_channels",
        "PadChannels cannot make 32 channels of 64",
        "out_channels of at least 64; a 1×1 Conv2d makes fewer",
    ),
    (
        "DropBlock2d",
        {"p": 0.1, "block_size": 9},
        ((64, 7, 7),),
        "block_size",
        "a 9×9 block does not fit a 7×7 map",
        "a block_size of at most 7",
    ),
    (
        "DropBlock2d",
        {"p": 0.1, "block_size": 9},
        ((64, 7, 14),),
        "block_size",
        "a 9×9 block does not fit a 7×14 map",
        "a block_size of at most 7",
    ),
    (
        "AdaptiveAvgPool2d",
        {"output_size": 1},
        ((8,),),
        None,
        "AdaptiveAvgPool2d reads a map (channels, height, width), not a vector of 8",
        "put it before the Flatten or Linear that makes the vector",
    ),
    (
        "Upsample",
        {},
        ((7, 4, 4),),
        None,
        "Upsample needs one of size, scale_factor and like, and has none",
        "scale_factor: 2 doubles height and width, like: LAYER gives it those of another layer",
    ),
    (
        "Upsample",
        {"size": 2, "scale_factor": 2},
        ((7, 4, 4),),
        "size",
        "Upsample needs one of size, scale_factor and like, and has size and scale_factor",
        "leave all but one of them out",
    ),
    (
        "Upsample",
        {"scale_factor": 2, "align_corners": True},
        ((7, 4, 4),),
        "align_corners",
        "mode 'nearest' has no align_corners",
        "leave it out, or take mode bilinear or bicubic",
    ),
    (
        "Upsample",
        {"scale_factor": 0.2},
        ((7, 4, 4),),
        "scale_factor",
        "scale_factor makes a 4×4 input 0×0: floor(4·0.2), floor(4·0.2)",
        "a factor of at least 1/4",
    ),
    (
        "PixelShuffle",
        {"upscale_factor": 2},
        ((7, 4, 4),),
        "upscale_factor",
        "7 channels do not divide by 2² = 4: 7 = 1·4 + 3",
        "make it 8 in the layer before",
    ),
    (
        "PixelUnshuffle",
        {"downscale_factor": 2},
        ((7, 5, 4),),
        "downscale_factor",
        "a height of 5 does not divide by 2: 5 = 2·2 + 1",
        "put a ZeroPad2d before it that makes it 6",
    ),
    (
        "ReflectionPad2d",
        {"padding": 5},
        ((8, 9, 5),),
        "padding",
        "a width of 5 mirrors at most 5 − 1 = 4 pixels, not 5",
        "a padding of at most 4, or ReplicationPad2d",
    ),
    (
        "Add",
        {},
        ((64, 56, 56), (256, 56, 56)),
        None,
        "Add needs equal shapes, but input 1 is 64×56×56 and input 2 is 256×56×56: 64 ≠ 256 channels",
        "a Conv2d with kernel_size: 1 and out_channels: 256 makes them equal",
    ),
    (
        "Add",
        {},
        ((64, 56, 56), (64, 56, 56), (64, 28, 28)),
        None,
        "Add needs equal shapes, but input 1 is 64×56×56 and input 3 is 64×28×28: 56 ≠ 28 in height, 56 ≠ 28 in width",
        "strides, paddings and poolings must bring both to one height and width",
    ),
    (
        "Add",
        {},
        ((64,), (64, 1, 1)),
        None,
        "Add needs equal shapes, but input 1 is 64 and input 2 is 64×1×1: a vector and a map",
        "a Flatten makes a vector of a map",
    ),
    (
        "Multiply",
        {},
        ((64, 56, 56), (64,)),
        None,
        "Multiply needs equal shapes or one number a channel, 64×1×1, or a pixel, 1×56×56, but input 1 is 64×56×56 and input 2 is 64: a map and a vector",
        "one number per channel comes from 1×1 Conv2d layers after an AdaptiveAvgPool2d",
    ),
    (
        "Multiply",
        {},
        ((64, 56, 56), (32, 1, 1)),
        None,
        "Multiply needs equal shapes or one number a channel, 64×1×1, or a pixel, 1×56×56, but input 1 is 64×56×56 and input 2 is 32×1×1: 64 ≠ 32 channels",
        "a Conv2d with kernel_size: 1 and out_channels: 64 makes them equal",
    ),
    (
        "Multiply",
        {},
        ((1, 56, 56), (64, 1, 1), (1, 28, 28)),
        None,
        "Multiply needs equal shapes or one number a channel, 1×1×1, or a pixel, 1×56×56, but input 1 is 1×56×56 and input 3 is 1×28×28: 56 ≠ 28 in height, 56 ≠ 28 in width",
        "strides, paddings and poolings must bring both to one height and width",
    ),
    (
        "Add",
        {"coefficients": (1, 0.1)},
        ((64, 56, 56), (64, 56, 56), (64, 56, 56)),
        "coefficients",
        "2 coefficients for 3 operands",
        "one for each operand, in the order of 'from'",
    ),
    (
        "Subtract",
        {},
        ((64, 56, 56), (32, 1, 1)),
        None,
        "Subtract needs equal shapes, but input 1 is 64×56×56 and input 2 is 32×1×1: 64 ≠ 32 channels",
        "a Conv2d with kernel_size: 1 and out_channels: 64 makes them equal",
    ),
    (
        "Multiply",
        {},
        ((64,), (32,)),
        None,
        "Multiply needs equal shapes, but input 1 is 64 and input 2 is 32: 64 ≠ 32 features",
        "a Linear with out_features: 64 makes them equal",
    ),
    (
        "Slice",
        {"stop": 96},
        ((64, 56, 56),),
        "stop",
        "stop 96 is outside of 64 channels",
        "they are counted from 0 to 63, or from -64 to -1; without a stop all that follow are taken",
    ),
    (
        "Slice",
        {"start": 8, "stop": -2},
        ((10,),),
        "stop",
        "of 10 features, none is left from 8 to 8",
        "start is the first of them, from 0 to 9; stop is the first behind them",
    ),
    (
        "ChannelAffine",
        {"init": 0.1},
        ((10,),),
        "init",
        "init 0.1 is that of scales without a bias",
        "bias: false; or a rule under 'init' of the file for the weight",
    ),
    (
        "ScalarAffine",
        {"weight": False, "bias": False},
        ((10,),),
        "bias",
        "ScalarAffine without weight and bias learns nothing",
        "an Identity computes the same",
    ),
    (
        "BranchSoftmax",
        {"branches": 3},
        ((8, 4, 4),),
        "branches",
        "8 channels do not divide into 3 groups: 8 = 2·3 + 2",
        "branches: 2 divides them",
    ),
    (
        "ChannelMean",
        {},
        ((10,),),
        None,
        "ChannelMean reads a map, not a vector of 10",
        "put it before the Flatten or Linear that makes the vector",
    ),
    (
        "Concat",
        {},
        ((64, 56, 56), (64, 28, 28)),
        None,
        "Concat needs one height and width, but input 1 is 64×56×56 and input 2 is 64×28×28: 56 ≠ 28 in height, 56 ≠ 28 in width",
        "strides, paddings and poolings must bring both to one height and width",
    ),
)


@pytest.mark.parametrize(
    ("name", "arguments", "inputs", "field", "message", "help"),
    WRONG,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(WRONG)],
)
def test_a_shape_that_does_not_fit_is_explained(
    name: str,
    arguments: dict[str, Any],
    inputs: Shapes,
    field: str | None,
    message: str,
    help: str | None,
) -> None:
    op = layer(name, **arguments)
    with pytest.raises(ShapeError) as caught:
        op.infer(*map(TensorType, inputs))
    assert (caught.value.field, caught.value.message, caught.value.help) == (field, message, help)
    assert field is None or field in type(op).model_fields
    assert message[0].islower() or message[0].isdigit() or message.startswith(name)
    assert not message.endswith(".")


# The contract with PyTorch


@pytest.mark.torch
@each_case
def test_output_shape(case: Case, torch: Any) -> None:
    with torch.device("meta"):
        outputs = made(case.call)(*(torch.empty(BATCH, *x.shape) for x in case.inputs))
    assert tuple(outputs.shape) == (BATCH, *case.output.shape)


@pytest.mark.torch
@each_module
def test_parameters_and_buffers(case: Case, torch: Any) -> None:
    with torch.device("meta"):
        module = made(case.call)
    parameters = [(name, tuple(tensor.shape)) for name, tensor in module.named_parameters()]
    state = module.state_dict()
    buffers = [
        (name, tuple(tensor.shape)) for name, tensor in list(state.items())[len(parameters) :]
    ]
    assert list(case.cost.parameters.items()) == parameters
    assert list(case.cost.buffers.items()) == buffers
    assert list(state) == [*case.cost.parameters, *case.cost.buffers]


@pytest.mark.torch
@each_case
def test_macs(case: Case, torch: Any) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        made(case.call)(*(torch.empty(BATCH, *x.shape) for x in case.inputs))
    counted = 0 if type(case.op).__name__ in UNSEEN_MACS else case.cost.macs
    assert counted * BATCH * 2 == counter.get_total_flops()


@pytest.mark.torch
@each_module
def test_arguments_are_those_of_the_torch_class(case: Case, torch: Any) -> None:
    op, call = type(case.op), case.call
    theirs = {
        name: parameter
        for name, parameter in inspect.signature(target(call)).parameters.items()
        if parameter.kind is not parameter.VAR_POSITIONAL
        and parameter.kind is not parameter.VAR_KEYWORD
    }
    left_out = NOT_OFFERED | LEFT_OUT.get(call.target.removeprefix("torch.nn."), set())
    assert list(call.arguments) == [name for name in theirs if name not in left_out]
    special = SPECIAL_CASES.get(op.__name__, set())
    own = [name for name in call.arguments if name not in op.inferred]
    assert [name for name in op.model_fields if name in own or name not in special] == own
    assert call.positional <= len(call.arguments)
    for name, default in call.defaults.items():
        assert theirs[name].default == default
    for name, default in op.defaults().items():
        if name not in DEFAULTS_OF_OUR_OWN | special:
            assert theirs[name].default == default


@pytest.mark.torch
@each_case
def test_what_autograd_saves(case: Case, torch: Any) -> None:
    function = made(case.call)
    own = [*function.parameters(), *function.buffers()] if hasattr(function, "buffers") else []
    inputs = [torch.rand(BATCH, *x.shape) for x in case.inputs]
    if type(case.op).__name__ in READS_CHANNELS_LAST:
        inputs = [x.to(memory_format=torch.channels_last) for x in inputs]
    inputs = [x.requires_grad_() for x in inputs]
    kept: list[Any] = []

    def keep(tensor: Any) -> Any:
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = function(*inputs)
    saved = {root(tensor): tensor.untyped_storage().nbytes() for tensor in kept}
    for tensor in own:
        saved.pop(root(tensor), None)
    saves_input = [saved.pop(root(tensor), None) is not None for tensor in inputs]
    saves_output = saved.pop(root(output), None) is not None
    kept_inputs = {tensor.input for tensor in case.cost.kept}
    assert saves_input == [
        case.cost.saves in ("input", "both") or k in kept_inputs for k in range(len(inputs))
    ]
    assert saves_output == (case.cost.saves in ("output", "both"))
    once = type(case.op).__name__ in ONCE_A_BATCH or getattr(case.op, "mode", None) == "batch"
    times = 1 if once else BATCH
    expected = case.cost.saved_bytes + sum(tensor.bytes for tensor in case.cost.kept)
    assert sum(saved.values()) == expected * times + BATCH * case.cost.copied_bytes


def root(tensor: Any) -> int:
    """Names the memory that a tensor is a view of."""
    address: int = tensor.untyped_storage().data_ptr()
    return address


@pytest.mark.torch
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name) for name, case in CASES.items() if case.op.can_be_inplace],
)
def test_in_place_is_exact(case: Case, torch: Any) -> None:
    torch.manual_seed(0)
    values = torch.randn(BATCH, *case.inputs[0].shape) * 4
    special = torch.tensor([-1e-40, 0.0, -0.0, 1e-40, -1.0, 1.0, 6.0, -2.0])
    values.flatten()[: len(special)] = special
    weights = torch.randn(values.shape)
    results = []
    for inplace in (False, True):
        leaf = values.clone().requires_grad_()
        output = made(case.call, inplace=inplace)(leaf * 1)
        output.backward(weights)
        results.append((output.detach(), leaf.grad))
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


@pytest.mark.torch
@each_case
def test_a_view_shares_memory_at_inference(case: Case, torch: Any) -> None:
    function = made(case.call)
    if hasattr(function, "eval"):
        function.eval()
    inputs = [torch.rand(BATCH, *x.shape) for x in case.inputs]
    with torch.no_grad():
        output = function(*inputs)
    assert (root(output) in map(root, inputs)) == case.op.view


@pytest.mark.torch
def test_every_activation_of_torch_is_there(torch: Any) -> None:
    theirs = {
        name
        for name, value in vars(torch.nn.modules.activation).items()
        if inspect.isclass(value) and value.__module__ == "torch.nn.modules.activation"
    }
    # Attention is no activation; Softmax2d is Softmax on a map.
    assert theirs - set(registry()) == {"MultiheadAttention", "Softmax2d"}


# Properties: the shape rule and PyTorch agree, or both refuse


def agree(torch: Any, name: str, arguments: dict[str, Any], *shapes: tuple[int, ...]) -> None:
    """On real tensors, as the meta device accepts some that the CPU refuses; none may be empty."""
    op, inputs = layer(name, **arguments), tuple(map(TensorType, shapes))
    try:
        ours: tuple[int, ...] | str = op.infer(*inputs).shape
    except ShapeError:
        ours = "refused"
    try:
        outputs = made(op.lowered(*inputs))(*(torch.zeros(1, *shape) for shape in shapes))
        theirs: tuple[int, ...] | str = tuple(outputs.shape[1:]) if outputs.numel() else "refused"
    except (RuntimeError, ValueError):
        theirs = "refused"
    assert ours == theirs


def one_or_two(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[int | tuple[int, int]]:
    return numbers | st.tuples(numbers, numbers)


kernels = one_or_two(st.integers(1, 7))
strides = one_or_two(st.integers(1, 4))
paddings = one_or_two(st.integers(0, 4))
dilations = one_or_two(st.integers(1, 3))
channels = st.sampled_from([1, 2, 3, 4, 6])
maps = st.tuples(channels, st.integers(1, 12), st.integers(1, 12))
groups = st.sampled_from([1, 1, 2, 3])
several = settings(deadline=None, max_examples=300)


@pytest.mark.torch
@several
@given(
    shape=maps,
    arguments=st.fixed_dictionaries(
        {
            "out_channels": channels,
            "kernel_size": kernels,
            "stride": strides,
            "padding": paddings | st.sampled_from(["same", "valid"]),
            "dilation": dilations,
            "groups": groups,
            "padding_mode": st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
        }
    ),
)
def test_conv2d(torch: Any, shape: tuple[int, int, int], arguments: dict[str, Any]) -> None:
    agree(torch, "Conv2d", arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    arguments=st.fixed_dictionaries(
        {
            "out_channels": channels,
            "kernel_size": kernels,
            "stride": strides,
            "padding": paddings,
            "output_padding": paddings,
            "groups": groups,
            "dilation": dilations,
        }
    ),
)
def test_conv_transpose2d(
    torch: Any, shape: tuple[int, int, int], arguments: dict[str, Any]
) -> None:
    agree(torch, "ConvTranspose2d", arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    arguments=st.fixed_dictionaries(
        {
            "kernel_size": kernels,
            "stride": strides | st.none(),
            "padding": paddings,
            "dilation": dilations,
            "ceil_mode": st.booleans(),
        }
    ),
)
def test_max_pool2d(torch: Any, shape: tuple[int, int, int], arguments: dict[str, Any]) -> None:
    agree(torch, "MaxPool2d", arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    arguments=st.fixed_dictionaries(
        {
            "kernel_size": kernels,
            "stride": strides | st.none(),
            "padding": paddings,
            "ceil_mode": st.booleans(),
        }
    ),
)
def test_avg_pool2d(torch: Any, shape: tuple[int, int, int], arguments: dict[str, Any]) -> None:
    agree(torch, "AvgPool2d", arguments, shape)


@pytest.mark.torch
@several
@given(rank=st.sampled_from([1, 3]), data=st.data())
def test_rows_and_volumes(torch: Any, rank: int, data: st.DataObject) -> None:
    def sizes(least: int, most: int) -> st.SearchStrategy[int | tuple[int, ...]]:
        number = st.integers(least, most)
        return number | st.tuples(number, number, number) if rank == 3 else number

    window = {"kernel_size": sizes(1, 4), "stride": sizes(1, 3)}
    padded = {**window, "padding": sizes(0, 3)}
    conv = {"out_channels": channels, **padded, "dilation": sizes(1, 2), "groups": groups}
    arguments: dict[str, dict[str, Any]] = {
        "Conv": {**conv, "padding_mode": st.sampled_from(["zeros", "reflect", "circular"])},
        "ConvTranspose": {**conv, "output_padding": sizes(0, 2)},
        "MaxPool": {**padded, "dilation": sizes(1, 2), "ceil_mode": st.booleans()},
        "AvgPool": {**padded, "ceil_mode": st.booleans()},
        "LPPool": {**window, "norm_type": st.just(2), "ceil_mode": st.booleans()},
        "AdaptiveAvgPool": {"output_size": sizes(1, 9)},
        "ReflectionPad": {"padding": st.integers(0, 5)},
    }
    family = data.draw(st.sampled_from(sorted(arguments)))
    side = st.integers(1, 7)
    shape = data.draw(st.tuples(channels, *[side] * rank))
    given_arguments = data.draw(st.fixed_dictionaries(arguments[family]))
    agree(torch, f"{family}{rank}d", given_arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    arguments=st.fixed_dictionaries(
        {"kernel_size": kernels, "stride": strides | st.none(), "ceil_mode": st.booleans()}
    ),
)
def test_stochastic_pool2d(
    torch: Any, shape: tuple[int, int, int], arguments: dict[str, Any]
) -> None:
    agree(torch, "StochasticPool2d", arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    factor=st.floats(0.05, 9) | st.tuples(st.floats(0.05, 9), st.floats(0.05, 9)),
    mode=st.sampled_from(["nearest", "nearest-exact", "bilinear", "bicubic"]),
    align_corners=st.sampled_from([None, False, True]),
)
def test_upsample(
    torch: Any, shape: tuple[int, int, int], factor: Any, mode: str, align_corners: bool | None
) -> None:
    arguments = {"scale_factor": factor, "mode": mode, "align_corners": align_corners}
    agree(torch, "Upsample", arguments, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    name=st.sampled_from(["ZeroPad2d", "ReflectionPad2d", "ReplicationPad2d"]),
    padding=st.integers(0, 6) | st.tuples(*[st.integers(0, 6)] * 4),
)
def test_padding(torch: Any, shape: tuple[int, int, int], name: str, padding: Any) -> None:
    agree(torch, name, {"padding": padding}, shape)


@pytest.mark.torch
@several
@given(
    shape=maps,
    layer=st.sampled_from(
        [
            ("GroupNorm", "num_groups"),
            ("PixelShuffle", "upscale_factor"),
            ("PixelUnshuffle", "downscale_factor"),
            ("AdaptiveAvgPool2d", "output_size"),
            ("LPPool2d", "kernel_size"),
        ]
    ),
    number=st.integers(1, 6),
)
def test_one_number(
    torch: Any, shape: tuple[int, int, int], layer: tuple[str, str], number: int
) -> None:
    name, argument = layer
    more = {"norm_type": 2, "ceil_mode": True} if name == "LPPool2d" else {}
    agree(torch, name, {argument: number, **more}, shape)


@pytest.mark.torch
def test_classes_of_torch_that_the_language_lacks() -> None:
    """Each is reported as such, or as the op of the language that it is nearly."""
    import torch

    for name in {name for name in dir(torch.nn) if name[0].isupper()} - registry().keys():
        if foreign(name, registry()) is not None:
            continue
        assert re.search(r"[123]d$|^(Lazy|Sync|Cross|Upsampling)|Base$", name) or name in (
            "Buffer", "Container", "DataParallel", "Module", "Parameter", "UninitializedBuffer",
            "UninitializedParameter", "LinearCrossEntropyLoss", "LinearCrossEntropyOptions",
        ), name  # fmt: skip
