"""Relatives of the five families in the zoo: their counts, keys and outputs are those of torchvision."""

from __future__ import annotations

from typing import Any, Final

import pytest

import archspec

TWINS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "efficientnet_b0": (128, {}),
    "efficientnet_b1": (64, {}),
    "efficientnet_b2": (64, {}),
    "efficientnet_b3": (64, {}),
    "efficientnet_b4": (64, {}),
    "efficientnet_b5": (64, {}),
    "efficientnet_b6": (32, {}),
    "efficientnet_b7": (32, {}),
    "efficientnet_v2_l": (32, {}),
    "efficientnet_v2_m": (32, {}),
    "efficientnet_v2_s": (96, {}),
    "inception_v3": (299, {"init_weights": False}),
    "mnasnet0_5": (128, {}),
    "mnasnet0_75": (128, {}),
    "mnasnet1_0": (128, {}),
    "mnasnet1_3": (128, {}),
    "mobilenet_v2": (128, {}),
    "mobilenet_v3_large": (128, {}),
    "mobilenet_v3_small": (128, {}),
    "regnet_x_16gf": (64, {}),
    "regnet_x_1_6gf": (64, {}),
    "regnet_x_32gf": (64, {}),
    "regnet_x_3_2gf": (64, {}),
    "regnet_x_400mf": (128, {}),
    "regnet_x_800mf": (64, {}),
    "regnet_x_8gf": (64, {}),
    "regnet_y_16gf": (64, {}),
    "regnet_y_1_6gf": (64, {}),
    "regnet_y_32gf": (64, {}),
    "regnet_y_3_2gf": (64, {}),
    "regnet_y_400mf": (128, {}),
    "regnet_y_800mf": (64, {}),
    "regnet_y_8gf": (64, {}),
    "resnext101_32x8d": (64, {}),
    "resnext101_64x4d": (64, {}),
    "resnext50_32x4d": (128, {}),
    "squeezenet1_0": (128, {}),
    "squeezenet1_1": (128, {}),
    "wide_resnet101_2": (64, {}),
    "wide_resnet50_2": (128, {}),
}
"""The size of the images to compare on, and arguments of torchvision's function of that name."""


@pytest.mark.torch
@pytest.mark.parametrize("name", TWINS)
def test_it_is_the_network_of_torchvision(name: str) -> None:
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("torchvision.models")
    from torch.utils.flop_counter import FlopCounterMode

    graph = archspec.load(name)
    size, arguments = TWINS[name]
    torch.manual_seed(0)
    theirs = getattr(models, name)(**arguments)
    x = torch.randn(2, 3, size, size)
    norms = [module for module in theirs.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        theirs.train()(x)  # statistics of its own, so that no output vanishes or overflows
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    ours = archspec.build(graph)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == list(graph.state_keys)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with torch.inference_mode():
        expected, found = theirs.eval()(x), ours.eval()(x)
    assert float(expected.std()) > 1e-3
    assert torch.equal(found, expected)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs(x)
    resized = archspec.load(name, input=[3, size, size]).at("inference")
    assert counter.get_total_flops() == 2 * len(x) * resized.total_macs
