"""The zoo against timm, where that is installed: keys and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import archspec

if TYPE_CHECKING:
    from torch import nn

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

NETWORKS = {
    "convnextv2_atto": ("convnextv2_atto", 64),
    "dpn68": ("dpn68", 64),
    "dpn92": ("dpn92", 64),
    "nasnet_a_large": ("nasnetalarge", 107),
    "nf_resnet50": ("nf_resnet50", 64),
    "resnest50": ("resnest50d", 64),
    "resnetblur50": ("resnetblur50", 64),
    "selecsls42b": ("selecsls42b", 64),
    "selecsls60b": ("selecsls60b", 64),
    "sknet50": ("skresnext50_32x4d", 64),
}
"""timm's name, and the height of pictures."""


REARRANGED = ["resnetv2_50x1_bit", "resnetv2_50d_evos"]
"""Their shortcuts stand before the normalisation that they read."""
ATTENTIVE = {"eca_resnet50": "eca", "cbam_resnet50": "cbam"}
"""timm's name for what is put into the blocks of ResNet-50."""


def pair(name: str, theirs: str, **options: Any) -> tuple[nn.Module, nn.Module]:
    """timm's network and ours, whose norms have seen something."""
    torch.manual_seed(0)
    network = timm.create_model(theirs, **options)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.8, 1.2)
    return network.eval(), archspec.build(archspec.load(name)).eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_keys_and_outputs_are_those_of_timm(name: str) -> None:
    theirs, height = NETWORKS[name]
    expected, found = pair(name, theirs)
    assert list(expected.state_dict()) == list(found.state_dict())
    found.load_state_dict(expected.state_dict(), strict=True)
    x = torch.randn(1, 3, height, height + 32)
    with torch.inference_mode():
        assert torch.equal(expected(x), found(x))


@pytest.mark.parametrize("name", [*REARRANGED, *ATTENTIVE])
def test_outputs_are_those_of_timm_under_other_names(name: str) -> None:
    attention = ATTENTIVE.get(name)
    options = {"block_args": {"attn_layer": attention}} if attention else {}
    expected, found = pair(name, "resnet50" if attention else name, **options)
    state = expected.state_dict()
    state = {key.replace(".se.", ".bn3_se."): value for key, value in state.items()}
    found.load_state_dict(state, strict=True)
    x = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.equal(expected(x), found(x))


@pytest.mark.parametrize("name", ["hrnet_w18_small", "hrnet_w18"])
def test_tensors_of_hrnet_are_those_of_timm_in_their_order(name: str) -> None:
    expected, found = pair(name, name)
    state = dict(zip(found.state_dict(), expected.state_dict().values(), strict=True))
    found.load_state_dict(state, strict=True)
    x = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.equal(expected(x), found(x))
