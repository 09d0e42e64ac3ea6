"""Receptive fields, against known values and against gradients."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import archspec
from archspec.analyses.receptive import ReceptiveField, receptive_fields
from archspec.graph import Graph
from archspec.op.base import Role


@pytest.mark.parametrize(
    ("network", "layer", "size"),
    [
        ("vgg16", "features.30", 212),
        ("alexnet", "features.12", 195),
        ("resnet50_v1", "layer4", 483),  # Araujo et al. stride where the paper does
        ("resnet50", "layer4", 427),
    ],
)
def test_known_values(network: str, layer: str, size: int) -> None:
    graph = archspec.load(network)
    path = graph.scopes[layer].output if layer in graph.scopes else layer
    assert receptive_fields(graph)[path].size == (size, size)


def test_a_row_and_a_volume_have_a_field_along_each_side() -> None:
    fields = receptive_fields(archspec.load("m5"))
    assert fields["conv1"] == ReceptiveField((80,), (Fraction(4),))
    assert fields["pool2"] == ReceptiveField((80 + 4 * (3 + 4 * 2 + 4 * 3),), (Fraction(64),))
    assert fields["fc"].size == (32000,)
    fields = receptive_fields(archspec.load("c3d"))
    assert fields["pool1"] == ReceptiveField((3, 4, 4), (Fraction(1), Fraction(2), Fraction(2)))
    assert fields["fc8"].size == (16, 112, 112)


def test_inputs_of_other_ranks_meet_as_vectors() -> None:
    graph = archspec.loads(
        """
        archspec: 1
        input: {picture: [3, 8, 8], sound: [1, 100]}
        layers:
          see: {op: Conv2d, out_channels: 2, kernel_size: 3, from: picture}
          seen: Flatten
          hear: {op: Conv1d, out_channels: 2, kernel_size: 5, from: sound}
          heard: Flatten
          both: {op: Concat, from: [seen, heard]}
        """
    )
    fields = receptive_fields(graph)
    assert (fields["see"].size, fields["hear"].size) == ((3, 3), (5,))
    assert fields["both"] == ReceptiveField((8, 8), (Fraction(1), Fraction(1)), whole=True)


def test_everything_behind_a_global_pooling_is_the_whole_input() -> None:
    fields = receptive_fields(archspec.load("resnet50"))
    assert fields["avgpool"] == fields["fc"]
    assert fields["fc"].whole
    assert fields["fc"].size == (224, 224)


def test_every_layer_of_every_network_has_a_field() -> None:
    for name in ("googlenet", "densenet121", "resnext50_32x4d", "alexnet_towers", "nin"):
        graph = archspec.load(name)
        assert receptive_fields(graph).keys() == graph.nodes.keys()


def test_vectors_have_no_field() -> None:
    assert not receptive_fields(archspec.load("mlp", input=[784]))


def _net(*layers: str, size: int = 40) -> Graph:
    body = "".join(f"  - {layer}\n" for layer in layers)
    return archspec.loads(f"archspec: 1\ninput: [4, {size}, {size + 3}]\nlayers:\n{body}")


def _last(*layers: str) -> ReceptiveField:
    return [*receptive_fields(_net(*layers)).values()][-1]


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        (["{op: MaxPool2d, kernel_size: 3}"], (3, 3), 3),
        (["{op: Conv2d, out_channels: 4, kernel_size: [3, 5], dilation: 2}"], (5, 9), 1),
        (["{op: ConvTranspose2d, out_channels: 4, kernel_size: 4, stride: 2}"], (2, 2), 0.5),
        (["{op: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 3}"], (1, 1), 1 / 3),
        (["{op: Upsample, scale_factor: 2}"], (1, 1), 0.5),
        (
            ["{op: Upsample, scale_factor: 2}", "{op: Conv2d, out_channels: 4, kernel_size: 2}"],
            (2, 2),
            0.5,
        ),
        (["{op: Upsample, scale_factor: 2, mode: bicubic}"], (4, 4), 0.5),
        (["{op: PixelShuffle, upscale_factor: 2}"], (1, 1), 0.5),
        (["{op: PixelUnshuffle, downscale_factor: 2}"], (2, 2), 2),
        (["{op: AdaptiveAvgPool2d, output_size: [20, 43]}"], (2, 1), (2, 1)),
        (["{op: ZeroPad2d, padding: [1, 2, 3, 4]}"], (1, 1), 1),
        (["BatchNorm2d", "ReLU"], (1, 1), 1),
    ],
)  # fmt: skip
def test_one_op(layers: list[str], size: tuple[int, int], stride: Any) -> None:
    if "PixelUnshuffle" in layers[0]:
        graph = archspec.loads(f"archspec: 1\ninput: [4, 40, 40]\nlayers:\n  - {layers[0]}\n")
        field = [*receptive_fields(graph).values()][-1]
    else:
        field = _last(*layers)
    strides = stride if isinstance(stride, tuple) else (stride, stride)
    assert field.size == size
    assert field.stride == tuple(Fraction(step).limit_denominator(99) for step in strides)


def test_a_merge_sees_what_all_of_its_branches_see() -> None:
    """Two even windows that are padded on different sides see more than either of them."""
    graph = archspec.loads(
        """
        archspec: 1
        input: [4, 9, 9]
        layers:
          left: {op: ZeroPad2d, padding: [1, 0, 1, 0]}
          a: {op: Conv2d, out_channels: 4, kernel_size: 2}
          right: {op: ZeroPad2d, padding: [0, 1, 0, 1], from: input}
          b: {op: Conv2d, out_channels: 4, kernel_size: 2}
          sum: {op: Add, from: [a, b]}
        """
    )
    fields = receptive_fields(graph)
    assert fields["a"].size == fields["b"].size == (2, 2)
    assert fields["sum"].size == (3, 3)


def _random_layers(choice: random.Random) -> list[str]:
    def kernel() -> int:
        return choice.randint(1, 4)

    makers: list[Callable[[], str]] = [
        lambda: (
            f"{{op: Conv2d, out_channels: 3, kernel_size: [{kernel()}, {kernel()}], "
            f"stride: {choice.randint(1, 2)}, dilation: {choice.randint(1, 2)}, "
            f"padding: {choice.randint(0, 2)}}}"
        ),
        lambda: (
            f"{{op: ConvTranspose2d, out_channels: 3, kernel_size: {kernel() + 2}, "
            f"stride: {choice.randint(1, 3)}, padding: 1}}"
        ),
        lambda: f"{{op: AvgPool2d, kernel_size: {choice.randint(2, 3)}, stride: 2, padding: 1}}",
        lambda: "{op: Upsample, scale_factor: 2}",
        lambda: "{op: Upsample, scale_factor: 1.5}",
        lambda: "{op: ZeroPad2d, padding: [1, 0, 2, 1]}",
        lambda: "Sigmoid",
    ]
    return [choice.choice(makers)() for _ in range(choice.randint(1, 5))]


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(30))
def test_gradients_reach_just_as_far(seed: int) -> None:
    """The input's numbers that a pixel in the middle depends on, in float64, with weights of one.

    The largest hull over the pixels of a whole period is the field's size.
    """
    import torch

    layers = _random_layers(random.Random(seed))
    graph = _net(*layers, size=96)
    (*_, path) = graph.nodes
    if min(graph.nodes[path].output.spatial) < 8:
        pytest.skip("too small to have a middle")
    field = receptive_fields(graph)[path]
    module = archspec.build(graph).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.02)
    image = torch.rand(1, *graph.inputs[0].output.shape, dtype=torch.float64, requires_grad=True)
    out = module(image)
    height, width = out.shape[2:]
    tallest = widest = 0
    for k in range(-6, 7):  # along the diagonal through the middle
        row, column = height // 2 + k, width // 2 + k
        if not (0 <= row < height and 0 <= column < width):
            continue
        (gradient,) = torch.autograd.grad(out[0, :, row, column].sum(), image, retain_graph=True)
        reached = gradient.abs().sum((0, 1)).nonzero()
        if len(reached):
            span = reached.max(0).values - reached.min(0).values + 1
            tallest, widest = max(tallest, int(span[0])), max(widest, int(span[1]))
    assert (tallest, widest) == field.size, layers


def test_a_convolution_is_recognised_by_its_arguments_and_not_by_its_name() -> None:
    graph = archspec.load("resnet50_v1")
    fields = receptive_fields(graph)
    for node in graph.layers:
        if node.op.role in (Role.NORM, Role.ACTIVATION):
            assert fields[node.path] == fields[node.sources[0]]
