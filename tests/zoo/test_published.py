"""What papers and lecture notes print about these networks, within the digits they print."""

import json
from math import prod
from pathlib import Path

import pytest

import archdsl

ROWS = json.loads((Path(__file__).parents[1] / "reference" / "published.json").read_text())
FILES = {
    **dict.fromkeys(["vgg11", "vgg11_lrn", "vgg13", "vgg16c", "vgg19"], "vgg"),
    **dict.fromkeys(["resnet18", "resnet34", "resnet152"], "resnet"),
    **dict.fromkeys(["resnet50_v1", "resnet101_v1", "resnet152_v1"], "resnet"),
    **dict.fromkeys(["resnet110_cifar", "resnet1202_cifar"], "resnet_cifar"),
}
SLIDES = {
    ("inception slide", "macs"): "conv5x5_direct",
    ("inception slide", "macs with 1x1 reduction"): "conv5x5_reduced",
    ("separable slide", "macs"): "conv_standard",
    ("separable slide", "macs depthwise + pointwise"): "conv_separable",
}


def as_simple_baselines_count(arch: archdsl.Arch) -> float:
    """The authors' script gives a transposed convolution its whole kernel at each position of the
    output, where it works at each position of the input, and divides the sum by 1024**3."""
    total = arch.profile().macs
    for node in arch.graph.nodes:
        if node.op.name == "conv_transpose":
            (x,), y = arch.graph.input_shapes(node), node.shapes[0]
            total += node.op.macs(x, y) * (prod(y.size) - prod(x.size)) // prod(x.size)
    return total / 1024**3 * 10**9


def measured(spec: str, quantity: str):
    model = SLIDES.get((spec, quantity))
    if model:
        return archdsl.load("specs/inception_modules.arch", model=model).profile().macs
    arch = archdsl.load(f"specs/{FILES.get(spec, spec)}.arch", model=spec)
    if quantity == "output shape":
        return list(arch.outputs["out"])
    *kind, count = quantity.split()
    profile = arch.profile()
    if (spec, quantity) == ("simple_baseline_resnet50", "macs"):
        return as_simple_baselines_count(arch)
    return getattr(profile.by_kind[kind[0]] if kind else profile, count)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["spec"] != "min input size"],
    ids=lambda row: f"{row['spec']}-{row['quantity']}",
)
def test_published_figure(row):
    found = measured(row["spec"], row["quantity"])
    if not row["tolerance"]:
        assert found == row["value"]
    else:
        assert found == pytest.approx(row["value"], rel=row["tolerance"])
