"""An example of every layer that PyTorch lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

torch: Any = pytest.importorskip("torch")

from archspec.layers.activation import (  # noqa: E402
    Arcsinh,
    BranchSoftmax,
    Maxout,
    ScaledTanh,
    ShiftedSoftplus,
)
from archspec.layers.conv import TableConv2d  # noqa: E402
from archspec.layers.drop import DropBlock2d, StochasticDepth  # noqa: E402
from archspec.layers.filters import (  # noqa: E402
    BlurPool2d,
    ChannelConv1d,
    FixedAffine,
    LocallyConnected2d,
    ScaledStdConv2d,
    StdConv2d,
)
from archspec.layers.learned import APL, FELU, FReLU  # noqa: E402
from archspec.layers.linear import RBF, ChannelLinear, LinearTranspose  # noqa: E402
from archspec.layers.norm import (  # noqa: E402
    GRN,
    ChannelAffine,
    ChannelScale,
    EvoNormB0,
    EvoNormS0,
    FrozenBatchNorm2d,
    LayerNorm2d,
    LayerScale,
    ScalarAffine,
    SpatialResponseNorm,
)
from archspec.layers.pool import StochasticPool2d, SumPool2d  # noqa: E402
from archspec.layers.reorder import MoveChannels, SpaceToDepth  # noqa: E402
from archspec.layers.same import (  # noqa: E402
    AvgPool2dSame,
    Conv2dSame,
    MaxPool2dSame,
    ScaledStdConv2dSame,
    StdConv2dSame,
)
from archspec.layers.shape import Crop, Crop1d, Crop3d, PadChannels  # noqa: E402

MAP: Final = (4, 12, 10)

C3: Final = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4),
    (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5),
    (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""Table I of LeNet-5."""

LAYERS: Final[dict[str, tuple[Callable[[], Any], tuple[int, ...]]]] = {
    "ScaledTanh": (ScaledTanh, MAP),
    "Arcsinh": (Arcsinh, MAP),
    "ShiftedSoftplus": (ShiftedSoftplus, MAP),
    "Maxout": (Maxout, MAP),
    "FReLU": (lambda: FReLU(4), MAP),
    "FELU": (lambda: FELU(10), (10,)),
    "APL": (lambda: APL(MAP, 5), MAP),
    "TableConv2d": (lambda: TableConv2d(C3, 5), (6, 14, 14)),
    "ChannelAffine": (lambda: ChannelAffine(4), MAP),
    "BranchSoftmax": (lambda: BranchSoftmax(2), MAP),
    "ChannelScale": (lambda: ChannelScale(4, 0.1), MAP),
    "LayerScale": (lambda: LayerScale(4, 0.1), MAP),
    "ScalarAffine": (lambda: ScalarAffine(init=0.5), MAP),
    "LayerNorm2d": (lambda: LayerNorm2d(4, eps=1.0), MAP),
    "FrozenBatchNorm2d": (lambda: FrozenBatchNorm2d(4), MAP),
    "GRN": (lambda: GRN(4), MAP),
    "EvoNormB0": (lambda: EvoNormB0(4), MAP),
    "EvoNormS0": (lambda: EvoNormS0(4, 2), MAP),
    "LinearTranspose": (lambda: LinearTranspose(9, 6), (9,)),
    "ChannelLinear": (lambda: ChannelLinear(4, 6), MAP),
    "MoveChannels": (lambda: MoveChannels("last"), MAP),
    "RBF": (lambda: RBF(84, 10), (84,)),
    "StochasticPool2d": (lambda: StochasticPool2d(3, 2, ceil_mode=True), MAP),
    "SumPool2d": (lambda: SumPool2d((3, 2), 2, 1, divisor_override=5), MAP),
    "DropBlock2d": (lambda: DropBlock2d(0.1, 4), MAP),
    "DropBlock2d-linear": (lambda: DropBlock2d(0.1, 3, schedule="linear"), MAP),
    "StochasticDepth": (lambda: StochasticDepth(0.3), MAP),
    "StochasticDepth-batch": (lambda: StochasticDepth(0.3, "batch", "linear"), (10,)),
    "StdConv2d": (lambda: StdConv2d(4, 6, 3, padding=1), MAP),
    "ScaledStdConv2d": (lambda: ScaledStdConv2d(4, 6, 3, 2, gain_init=0.5), MAP),
    "ChannelConv1d": (lambda: ChannelConv1d(3), (10,)),
    "LocallyConnected2d": (lambda: LocallyConnected2d(MAP, 5, (3, 5), 2, 1), MAP),
    "BlurPool2d": (lambda: BlurPool2d(4), MAP),
    "FixedAffine": (lambda: FixedAffine((0.5, 2.0, 1.0, -1.0), 0.5), MAP),
    "SpatialResponseNorm": (lambda: SpatialResponseNorm(3, 1.0), MAP),
    "SpaceToDepth": (lambda: SpaceToDepth(2, "darknet"), MAP),
    "StdConv2dSame": (lambda: StdConv2dSame(4, 6, 3, 2), MAP),
    "ScaledStdConv2dSame": (lambda: ScaledStdConv2dSame(4, 6, 3, 2, gain_init=0.5), MAP),
    "Conv2dSame": (lambda: Conv2dSame(4, 6, 3, 2), MAP),
    "MaxPool2dSame": (lambda: MaxPool2dSame(3, 2), MAP),
    "AvgPool2dSame": (lambda: AvgPool2dSame(3, 2, count_include_pad=False), MAP),
    "Crop1d": (lambda: Crop1d(8, 1), (4, 30)),
    "Crop3d": (lambda: Crop3d((3, 8, 7)), (4, 6, 9, 11)),
    "Crop": (lambda: Crop(8, (1, 2)), MAP),
    "PadChannels": (lambda: PadChannels(9, "both"), MAP),
}

WITH_DROPS: Final = """
archspec: 1
name: net
input: [3, 16, 16]
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 3}
  norm: BatchNorm2d
  block: {op: DropBlock2d, p: 0.1, block_size: 5, schedule: linear}
  conv2: {op: Conv2d, out_channels: 8, kernel_size: 3}
  depth: {op: StochasticDepth, p: 0.1}
"""

each_layer = pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
