"""Mask R-CNN against torchvision, part by part: between its networks lie regions and anchors."""

from collections.abc import Iterator

import torch

import archdsl
from tests.reference import fill
from tests.reference.public import torchvision


def theirs_by_hand(
    detector: torch.nn.Module, image: torch.Tensor, boxes: torch.Tensor, masks: torch.Tensor
) -> Iterator[tuple[str, torch.Tensor]]:
    levels = list(detector.backbone(image).values())
    objectness, deltas = detector.rpn.head(levels)
    yield "objectness", torch.cat([level.flatten(2) for level in objectness], dim=2)
    yield "deltas", torch.cat([level.flatten(2) for level in deltas], dim=2)
    heads = detector.roi_heads
    scores, boxes = heads.box_predictor(heads.box_head(boxes))
    yield "class_scores", scores
    yield "box_deltas", boxes
    yield "masks", heads.mask_predictor(heads.mask_head(masks))


def test_mask_rcnn_equals_torchvision() -> None:
    theirs = torchvision.models.detection.maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None
    ).eval()
    arch = archdsl.load("zoo:mask_rcnn", classes=90, input={"image": "3x128x192"})
    ours = arch.to_torch().eval()
    assert [(key, tensor.shape) for key, tensor in ours.state_dict().items()] == [
        (key, tensor.shape) for key, tensor in theirs.state_dict().items()
    ]
    fill(theirs)
    ours.load_state_dict(theirs.state_dict())

    torch.manual_seed(0)
    given = [torch.randn(1, *shape) for shape in arch.inputs.values()]
    with torch.no_grad():
        made = ours(*given)
        expected = dict(theirs_by_hand(theirs, *given))
    assert list(made) == list(expected)
    for name, tensor in expected.items():
        assert (made[name] - tensor).abs().max() <= 1e-5 * tensor.abs().max(), name


def test_faster_rcnn_is_the_same_without_masks() -> None:
    faster = archdsl.load("zoo:faster_rcnn").to_torch().state_dict()
    masked = archdsl.load("zoo:mask_rcnn").to_torch().state_dict()
    assert list(faster) == [key for key in masked if "mask" not in key]
