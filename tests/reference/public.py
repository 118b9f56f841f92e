"""torchvision and timm as they are installed, to compare with live."""

import torch

__all__ = ["timm", "torchvision"]

try:
    import torchvision
except RuntimeError:
    # torchvision's compiled half is made for one build of torch; beside another (one without CUDA,
    # say) two operators of detection are missing, and Python's half wants to know of them.
    DETECTION = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        DETECTION.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

import timm
