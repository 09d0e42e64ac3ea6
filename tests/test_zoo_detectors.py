"""Detectors of the zoo: their state and their maps are those of torchvision."""

from __future__ import annotations

from typing import Any

import pytest

import archspec

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")
detection = pytest.importorskip("torchvision.models.detection")
backbones = pytest.importorskip("torchvision.models.detection.backbone_utils")


@pytest.mark.parametrize("name", ["resnet50", "resnet101"])
def test_a_feature_pyramid_is_that_of_torchvision(name: str) -> None:
    theirs = backbones.resnet_fpn_backbone(
        backbone_name=name, weights=None, norm_layer=torch.nn.BatchNorm2d
    ).eval()
    ours = archspec.build(archspec.load(f"fpn_{name}")).eval()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(2, 3, 97, 129)
    with torch.inference_mode():
        expected, found = theirs(x), ours(x)
    for theirs_of_level, ours_of_level in zip(expected.values(), found, strict=True):
        assert torch.equal(theirs_of_level, ours_of_level)


def test_ssd_is_that_of_torchvision_with_its_scale_as_a_layer() -> None:
    theirs: Any = detection.ssd300_vgg16(weights=None, weights_backbone=None).eval()
    ours = archspec.build(archspec.load("ssd300_vgg16")).eval()
    scale = "backbone.scale_weight"  # a tensor of the backbone itself there
    state = {
        f"{key}.weight" if key == scale else key: tensor
        for key, tensor in theirs.state_dict().items()
    }
    assert state.keys() == ours.state_dict().keys()
    assert torch.equal(state[f"{scale}.weight"], ours.state_dict()[f"{scale}.weight"])
    ours.load_state_dict(state, strict=True)
    x = torch.randn(1, 3, 300, 300)
    with torch.inference_mode():
        found = ours(x)
        features = theirs.backbone(x).values()
        heads = theirs.head.classification_head, theirs.head.regression_head
        for k, (map_of_level, ours_of_level) in enumerate(zip(features, found, strict=True)):
            scores, boxes = (head.module_list[k](map_of_level) for head in heads)
            assert torch.equal(torch.cat([scores, boxes], 1), ours_of_level)


def test_retinanet_is_that_of_torchvision() -> None:
    theirs: Any = detection.retinanet_resnet50_fpn(weights=None, weights_backbone=None).eval()
    ours = archspec.build(archspec.load("retinanet_resnet50_fpn")).eval()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(1, 3, 129, 161)
    scores, boxes = theirs.head.classification_head, theirs.head.regression_head
    with torch.inference_mode():
        for map_of_level, found in zip(theirs.backbone(x).values(), ours(x), strict=True):
            logits = scores.cls_logits(scores.conv(map_of_level))
            sides = boxes.bbox_reg(boxes.conv(map_of_level))
            assert torch.equal(torch.cat([logits, sides], 1), found)
