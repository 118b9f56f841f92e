"""The legal sizes of the zoo against torchvision's own networks, run on the meta device."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch

from archdsl.analysis.sizes import sizes
from tests.reference.public import torchvision
from tests.zoo.test_sizes import LARGEST, around, inference

MODELS = (
    *("alexnet", "densenet121", "densenet169", "efficientnet_b0", "googlenet", "inception_v3"),
    *("mobilenet_v2", "resnet18", "resnet50", "resnext50_32x4d", "shufflenet_v2_x1_0"),
    *("squeezenet1_0", "vgg11", "vgg16_bn", "wide_resnet50_2"),
)


def theirs(model: str) -> torch.nn.Module:
    with torch.device("meta"):
        return torchvision.models.get_model(model, weights=None).eval()


def runs(module: torch.nn.Module, size: Iterable[int]) -> bool:
    try:
        with torch.no_grad():
            module(torch.empty(1, 3, *size, device="meta"))
    except RuntimeError:
        return False
    return True


def wrong(model: str, tried: Iterable[list[int]]) -> list[list[int]]:
    answer, module = sizes(inference(model)), theirs(model)
    return [size for size in tried if answer.allows(size) != runs(module, size)]


@pytest.mark.parametrize("model", MODELS)
def test_legal_is_what_torchvision_runs(model: str) -> None:
    assert not wrong(model, around(inference(model), 2))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_every_size_up_to_700(model: str) -> None:
    assert not wrong(model, [[size, size] for size in range(1, LARGEST + 1)])
