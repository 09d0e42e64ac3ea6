"""Modules that stand in several scopes: they are what a person would write in PyTorch."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from archspec.backends.torch.nn_module import build
from archspec.backends.torch.source import source
from archspec.backends.torch.verify import verify_source
from archspec.graph import Graph
from archspec.weights import load
from tests.marked_specs import net
from tests.training_runs import write_files

if TYPE_CHECKING:
    from torch import nn

pytestmark = pytest.mark.torch

ONE_PRELU = """
    input: [1, 12, 12]
    blocks:
      Residual:
        params: {act: op}
        layers:
          conv1: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
          act: {op: act}
          conv2: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
          add: {op: Add, from: [conv2, input]}
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      act: {op: PReLU, num_parameters: in_channels}
      body: {op: Residual, repeat: 3, act: {use: act}}
      last: {op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1}
    """


def one_prelu() -> nn.Module:
    """The same as a person writes it."""
    import torch
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, act: nn.Module) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
            self.act = act
            self.conv2 = nn.Conv2d(8, 8, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.conv2(self.act(self.conv1(x)))
            return y + x

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 8, 3, padding=1)
            self.act = nn.PReLU(8)
            self.body = nn.Sequential(*[Residual(self.act) for _ in range(3)])
            self.last = nn.Conv2d(8, 1, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.last(self.body(self.act(self.conv(x))))
            return y

    return Net()


def same(graph: Graph, written: nn.Module) -> None:
    """The keys, the number of parameters and, after a step of training, all numbers are the same."""
    import torch

    made = build(graph)
    assert list(made.state_dict()) == list(written.state_dict())
    assert graph.total_params == sum(p.numel() for p in written.parameters())
    assert graph.total_params == sum(p.numel() for p in made.parameters())
    written.load_state_dict(made.state_dict())
    x = torch.randn(2, *graph.inputs[0].output.shape)
    for module in (made, written):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            module(x).square().mean().backward()
            optimizer.step()
    assert torch.equal(made(x), written(x))
    for key, tensor in written.state_dict().items():
        assert torch.equal(tensor, made.state_dict()[key]), key


def test_one_activation_for_all_blocks() -> None:
    graph = net(ONE_PRELU)
    same(graph, one_prelu())
    text = source(graph)
    assert "self.body = nn.Sequential(*[Residual(self.act) for _ in range(3)])" in text
    assert "def __init__(self, act: nn.PReLU) -> None:" in text


TIED = """
    input: [1, 8, 8]
    init: [{op: [Conv2d, Linear], weight: {normal: {std: 0.1}}}, {op: ConvTranspose2d, weight: 0}]
    blocks:
      Up:
        params: {width: int, down: op}
        layers:
          conv: {op: ConvTranspose2d, out_channels: width, kernel_size: 2, stride: 2, weight: down}
          relu: ReLU
    layers:
      encoder:
        - {op: Conv2d, out_channels: 4, kernel_size: 2, stride: 2}
        - ReLU
        - {op: Conv2d, out_channels: 6, kernel_size: 2, stride: 2}
        - ReLU
      flatten: Flatten
      fc: {op: Linear, out_features: 5}
      decoder:
        layers:
          fc: {op: Linear, out_features: 24, weight: fc, bias: false}
          unflatten: {op: Unflatten, unflattened_size: [6, 2, 2]}
          up1: {op: Up, width: 4, down: {use: encoder.2}}
          up0: {op: Up, width: 1, down: {use: encoder.0}}
    """

NASTY = """
    blocks:
      Unit:
        params: {act: op}
        layers:
          a: {op: act}
          conv1: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
          b: {use: a}
          conv2: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
          c: {op: act}
          inner: {layers: [{use: conv2}, {op: act}, {use: b}]}
      Stage:
        params: {act: op, n: 2}
        layers: [{op: Unit, repeat: n, act: act}, ReLU]
    layers:
      f:
        layers:
          - {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
          - BatchNorm2d
          - {op: PReLU, num_parameters: in_channels}
      s1: {op: Stage, act: {use: f.2}}
      s2: {op: Stage, n: 3, act: {use: f.2}}
      s3:
        layers:
          - {use: s1}
          - {use: f.1}
          - layers:
              y: {op: Add, from: [input, input]}
              z: {use: f.1}
      again: {use: s3}
      "1x1": {layers: {"0-0": {use: "s3.2.z"}, x: {use: f}}}
    """


TIED_IN_PLACES = """
    blocks:
      Pair:
        layers:
          down: {op: Conv2d, out_channels: 4, kernel_size: 2, stride: 2}
          up: {op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2, weight: down}
    layers:
      first: {op: Conv2d, out_channels: 8, kernel_size: 1}
      pairs: {op: Pair, repeat: 3}
      list: {layers: [{op: Conv2d, out_channels: 8, kernel_size: 1, weight: first}]}
      "9-9": {layers: [{op: Conv2d, out_channels: 8, kernel_size: 1, bias: false, weight: first}]}
      over: {layers: {a: {use: pairs.1}, b: {use: list}}}
    """


TENSORS = """
    blocks:
      Unit:
        params: {scale: op, deep: false}
        layers:
          to_last: {op: MoveChannels, to: last}
          fc: {op: Linear, out_features: 2 * in_channels}
          norm: LayerNorm
          again: {use: norm}
          act: GELU
          fc2: {op: Linear, out_features: 8}
          to_first: {op: MoveChannels, to: first}
          gamma: {op: scale}
          own: {op: LayerScale, init: 0.5, when: deep}
          twice: {use: gamma}
          add: {op: Add, from: [twice, input]}
    layers:
      list: {layers: [{op: LayerScale, init: 2}, ReLU, LayerScale]}
      "0-0": LayerScale
      unit: {op: Unit, scale: {use: 0-0}}
      units: {op: Unit, repeat: 2, scale: LayerScale, deep: true}
      unscaled: {op: Unit, scale: {use: list.2}, deep: true}
      subtract: {op: Subtract, from: [unscaled, "0-0"]}
      scale0: LayerScale
      scale1: LayerScale
      multiply: {op: Multiply, from: [scale1, "0-0"]}
    """


@pytest.mark.parametrize("text", [NASTY, TIED, TIED_IN_PLACES, TENSORS])
def test_modules_in_lists_scopes_and_uses_of_uses(text: str) -> None:
    """The printed source is compared with the graph: keys, values and gradients."""
    graph = net(text)
    seen = verify_source(graph, source(graph), mode="training")
    assert (seen.params, seen.keys) == (graph.total_params, len(graph.state_keys))


def tied() -> nn.Module:
    """The same as a person writes it."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            conv0, conv1 = nn.Conv2d(1, 4, 2, 2), nn.Conv2d(4, 6, 2, 2)
            self.encoder = nn.Sequential(conv0, nn.ReLU(), conv1, nn.ReLU())
            self.fc = nn.Linear(24, 5)
            fc, up1, up0 = (
                nn.Module(),
                nn.ConvTranspose2d(6, 4, 2, 2),
                nn.ConvTranspose2d(4, 1, 2, 2),
            )
            fc.weight, up1.weight, up0.weight = self.fc.weight, conv1.weight, conv0.weight
            parts = {name: nn.ModuleDict({"conv": up}) for name, up in (("up1", up1), ("up0", up0))}
            self.decoder = nn.ModuleDict({"fc": fc, **parts})
            self.up1, self.up0 = [up1], [up0]  # in lists, which are no modules

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            code = self.fc(self.encoder(x).flatten(1))
            y: torch.Tensor = nn.functional.linear(code, self.fc.weight.t()).view(-1, 6, 2, 2)
            y = self.up1[0](y).relu()
            z: torch.Tensor = self.up0[0](y).relu()
            return z

    return Net()


def test_a_decoder_with_the_weights_of_its_encoder() -> None:
    graph = net(TIED)
    same(graph, tied())
    made = build(graph)
    own, tensor = map(made.get_parameter, ("encoder.0.weight", "decoder.up0.conv.weight"))
    assert tensor is own
    assert bool((own != 0).all()), "the rule for the layer that has it holds"


@pytest.mark.parametrize("kept", [0, 1])
def test_a_file_may_have_a_shared_tensor_once(tmp_path: Path, kept: int) -> None:
    """As safetensors' ``save_model`` writes it, whichever of the two keys it keeps."""
    import torch

    graph = net(TIED)
    state = {key: torch.rand_like(value) for key, value in tied().state_dict().items()}
    pairs = [("encoder.0.weight", "decoder.up0.conv.weight"), ("fc.weight", "decoder.fc.weight")]
    for pair in pairs:
        del state[pair[1 - kept]]
    torch.save(state, tmp_path / "weights.pt")
    made = build(graph)
    load(made, graph, tmp_path / "weights.pt")
    for pair in pairs:
        first, second = map(made.get_parameter, pair)
        assert first is second
        assert torch.equal(first, state[pair[kept]])


RECIPE = """
recipe: 1
data: synthetic
batch_size: 16
steps: 4
optimizer: {op: SGD, lr: 0.1}
ema: 0.5
"""


def test_weights_of_a_training_are_saved_under_all_keys(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    from archspec.training.request import TrainingRequest
    from archspec.training.start import train
    from archspec.training.watching.watchers import Silent

    spec = ONE_PRELU.replace("[1, 12, 12]", "[3, 16, 16]") + (
        "  flatten: Flatten\n      fc: {op: Linear, out_features: 10}\n"
    )
    spec_file, _, recipe = write_files(
        tmp_path, "archspec: 1\nname: small\n" + dedent(spec), RECIPE
    )
    train(TrainingRequest(spec_file, recipe, out=str(tmp_path / "run")), Silent())
    state = load_file(tmp_path / "run" / "weights.safetensors")
    slopes = [state[key] for key in state if key.endswith("act.weight")]
    assert len(slopes) == 4
    assert all(slope.equal(slopes[0]) for slope in slopes)
