"""Receptive fields, against the inputs whose gradient is not zero."""

from __future__ import annotations

import pytest
import torch

import archdsl
from archdsl.analysis.receptive import receptive_fields

SPECS = {
    "conv": "conv(2, 3x5)",
    "stack": "conv(2, 3x3) -> relu -> conv(2, 3x3) -> bn -> conv(2, 5x5)",
    "stride": "conv(2, 7x7, stride=2) -> conv(2, 3x3, stride=2) -> conv(2, 3x3)",
    "dilation": "conv(2, 3x3, dilation=2) -> conv(2, 3x3, dilation=4)",
    "pooling": "conv(2, 3x3) -> avgpool(3x3, stride=2) -> conv(2, 3x3) -> avgpool(2x2)",
    "residual": "a: conv(2, 3x3, padding=1) -> conv(2, 5x5, padding=2) -> add(a)",
    "up": "conv(2, 3x3, stride=2) -> upsample(2) -> conv(2, 1x1)",
    "transposed": "conv(2, 4x4, stride=4) -> conv_transpose(2, 2x2, stride=2) -> conv(2, 1x1)",
    "shuffled": "conv(4, 3x3, stride=2) -> pixel_shuffle(2)",
    "adaptive": "conv(2, 3x3) -> adaptive_avgpool(7)",
    "global": "conv(2, 3x3, stride=5) -> global_avgpool",
}


@pytest.mark.parametrize("body", SPECS.values(), ids=SPECS)
def test_the_field_is_what_an_element_depends_on(body: str) -> None:
    arch = archdsl.parse(f"model m {{ input x: 2x48x48\n {body} }}")
    module = arch.to_torch().eval()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    x = torch.rand(1, 2, 48, 48, requires_grad=True)
    made = module(x)
    middle = made[0, 0, made.shape[2] // 2, made.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle, x)
    seen = gradient[0].abs().sum(0).nonzero()
    extents = (seen.max(0).values - seen.min(0).values + 1).tolist()
    field = receptive_fields(arch.graph)[arch.graph.outputs["out"].node]
    assert field is not None
    assert [axis.extent for axis in field] == extents


@pytest.mark.parametrize(
    ("name", "node", "extent"),
    [  # table 1 of Araujo, Norris & Sim 2019
        ("alexnet2012", "14", 195),
        ("vgg16", "features.30", 212),
        ("resnet50_v1", "layer4.2.conv3", 483),
        ("resnet101_v1", "layer4.2.conv3", 1027),
        ("resnet152_v1", "layer4.2.conv3", 1507),
    ],
)
def test_published_fields(name: str, node: str, extent: int) -> None:
    arch = archdsl.load(f"zoo:{name}")
    index = next(n.index for n in arch.graph.nodes if n.name == node)
    field = receptive_fields(arch.graph)[index]
    assert field is not None and field[0].extent == extent


def test_a_flattened_map_sees_everything() -> None:
    arch = archdsl.parse("model m { input x: 3x8x8\n conv(4, 3x3) -> flatten -> linear(2) }")
    assert receptive_fields(arch.graph)[-1] is None
    assert receptive_fields(arch.graph)[0] == ((1, 1), (1, 1))
