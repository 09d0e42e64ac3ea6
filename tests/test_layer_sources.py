"""The text of the layers that PyTorch lacks, in a printed source."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

import archspec
from archspec.backends.torch.source import own_layers as text_of_layers
from tests.own_layers import LAYERS, WITH_DROPS
from tests.test_ops import CASES, Case
from tests.test_source import assert_clean

torch: Any = pytest.importorskip("torch")

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("seeded")]

Tensor = Any

ALL_OF_THEM: Final = """
archspec: 1
name: maxout
input: [4, 24, 20]
params: {drop: 0.1}
layers:
  table:
    op: TableConv2d
    table: [[0, 1, 2], [1, 3], [2], [0, 1, 2, 3], [0, 1], [2, 3], [0, 1, 2, 3], [3, 0, 1, 2]]
    kernel_size: [3, 5]
    padding: 1
  tanh: ScaledTanh
  affine: ChannelAffine
  scale: {op: ChannelAffine, bias: false, init: 0.5}
  scalar: {op: ScalarAffine, init: 0.5}
  norm: LayerNorm2d
  grn: GRN
  evo1: EvoNormB0
  evo2: {op: EvoNormS0, groups: 2}
  fixed: {op: FixedAffine, weight: 0.5}
  std: {op: StdConv2d, out_channels: 8, kernel_size: 3, padding: 1}
  scaled: {op: ScaledStdConv2d, out_channels: 8, kernel_size: 3, padding: 1}
  lrn: {op: SpatialResponseNorm, size: 3}
  blur: {op: BlurPool2d, stride: 1}
  conv_same: {op: Conv2d, out_channels: 8, kernel_size: 4, padding: same_tf}
  max_same: {op: MaxPool2d, kernel_size: 2, stride: 1, padding: same_tf}
  avg_same: {op: AvgPool2d, kernel_size: 2, stride: 1, padding: same_tf}
  std_same: {op: StdConv2d, out_channels: 8, kernel_size: 4, padding: same_tf}
  scaled_same: {op: ScaledStdConv2d, out_channels: 8, kernel_size: 4, padding: same_tf}
  frozen: FrozenBatchNorm2d
  to_last: {op: MoveChannels, to: last}
  to_first: {op: MoveChannels, to: first}
  layer_scale: LayerScale
  crop: {op: Crop, size: [24, 18]}
  to_depth: {op: SpaceToDepth, block_size: 2}
  to_space: {op: PixelShuffle, upscale_factor: 2}
  local: {op: LocallyConnected2d, out_channels: 8, kernel_size: 1}
  linear: {op: ChannelLinear, out_channels: 8}
  softmax: {op: BranchSoftmax, branches: 2}
  asinh: Arcsinh
  depth: {op: DepthwiseConv2d, kernel_size: 3, padding: 1, multiplier: 2}
  maxout: Maxout
  frelu: FReLU
  block: {op: DropBlock2d, p: drop, block_size: 3, schedule: linear}
  softplus: ShiftedSoftplus
  felu: {op: FELU, init: 0.5}
  apl: APL
  rbf1: {layers: {pad: {op: PadChannels, out_channels: 12, where: both}, act: VLReLU}}
  rbf2: {layers: {pad: {op: PadChannels, out_channels: 14}, act: VLReLU}}
  rbf3: {layers: {pad: {op: PadChannels, out_channels: 16}, act: VLReLU}}
  pool: {op: StochasticPool2d, kernel_size: 3, stride: 2, ceil_mode: true}
  sd: {op: StochasticDepth, p: 0.2}
  sum: {op: AvgPool2d, kernel_size: 2, divisor_override: 1}
  gap: {op: AdaptiveAvgPool2d, output_size: 1}
  channels: {op: ChannelConv1d, kernel_size: 3}
  flatten: Flatten
  transposed: {op: LinearTranspose, out_features: 12}
  rbf: {op: RBF, out_features: 10}
init:
  - {op: TableConv2d, weight: {normal: {std: 0.1}}, bias: 0}
"""

ALONE: Final = """
import sys
sys.modules["archspec"] = None
sys.path.insert(0, ".")
import torch
import network
model = network.Maxout2()
print(model(torch.randn(2, 4, 24, 20)).shape, model.eval()(torch.randn(2, 4, 24, 20)).shape)
"""


def test_a_printed_source_holds_its_layers(tmp_path: Path) -> None:
    graph = archspec.loads(ALL_OF_THEM)
    path = tmp_path / "network.py"
    path.write_text(archspec.source(graph))
    assert_clean(path)
    used = text_of_layers.own_targets(graph)
    elsewhere = {"LayerScale", "Crop1d", "Crop3d"}  # a tensor in the source; maps of other ranks
    names = {name.partition("-")[0] for name in LAYERS}
    assert {target.rpartition(".")[2] for target in used} == names - elsewhere
    code = [sys.executable, "-c", ALONE]
    done = subprocess.run(code, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout == "torch.Size([2, 10]) torch.Size([2, 10])\n", done.stderr
    model = archspec.build(graph)
    assert list(model.state_dict()) == list(graph.state_keys)
    assert sum(tensor.numel() for tensor in model.parameters()) == graph.total_params


def test_only_what_is_used_is_printed() -> None:
    text = archspec.source(archspec.loads(WITH_DROPS))
    assert text.count("\nclass ") == 3
    assert "ScaledTanh" not in text
    assert "archspec.layers" not in text
    plain = archspec.source(archspec.load("resnet18"))
    assert "functional" not in plain


OWN_CASES: Final = {
    name: case
    for name, case in CASES.items()
    if case.call.target.startswith("archspec.layers.") and len(case.inputs) == 1
}


@pytest.mark.parametrize("case", OWN_CASES.values(), ids=OWN_CASES)
def test_the_text_of_a_layer_stands_alone(case: Case, tmp_path: Path) -> None:
    (x,) = case.inputs
    given = {"op": type(case.op).__name__, **case.op.arguments()}
    given = {name: value for name, value in given.items() if value is not None}
    text = json.dumps({"archspec": 1, "name": "n", "input": x.shape, "layers": {"one": given}})
    path = tmp_path / "network.py"
    path.write_text(archspec.source(archspec.loads(text)))
    assert_clean(path)  # an import too few or too many is a mistake, too
    _, lines = text_of_layers.inlined([case.call.target])
    assert all(len(line) <= 88 for line in lines)


def test_layers_are_printed_without_torch() -> None:
    code = (
        "import sys; from archspec.backends.torch.source.own_layers import inlined;"
        "inlined(['archspec.layers.drop.DropBlock2d']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
