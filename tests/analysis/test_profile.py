"""Counts of parameters, MACs and FLOPs: against reference implementations, and by hand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

import archdsl
from archdsl.analysis.profile import DEFINITION, Layer, Profile, profile
from archdsl.analysis.report import human, render, to_dict

ROOT = Path(__file__).parents[2]
REFERENCES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests/reference").glob("*.json"))
    if (ROOT / "specs" / f"{path.stem}.arch").exists()
}


def counts(text: str, mode: str = "eval") -> Profile:
    return archdsl.parse(text).profile(mode)


def test_the_references_are_there() -> None:
    assert {"vgg16", "resnet50", "googlenet", "densenet121"} <= set(REFERENCES)


@pytest.mark.parametrize("name", REFERENCES)
def test_equals_the_reference_implementation(name: str) -> None:
    reference = REFERENCES[name]
    found = archdsl.load(ROOT / "specs" / f"{name}.arch").profile()
    assert found.params == reference["params"]
    assert found.macs == reference["macs"]
    assert found.flops == 2 * reference["macs"]
    state = sum(_elements(shape) for _, shape in reference["state_dict"])
    assert found.params + found.buffers == state
    kinds = {"conv": ("conv", "conv_transpose"), "linear": ("linear",)}
    for kind, params in reference.get("params_by_kind", {}).items():
        ours = [found.by_kind[op].params for op in kinds[kind] if op in found.by_kind]
        assert sum(ours) == params


def _elements(shape: list[int]) -> int:
    total = 1
    for extent in shape:
        total *= extent
    return total


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("path", sorted(ROOT.glob("specs/*.arch")), ids=lambda path: path.stem)
def test_layers_and_blocks_add_up(path: Path, mode: str) -> None:
    found = archdsl.load(path).profile(mode)
    for column in ("params", "buffers", "macs", "flops"):
        total = getattr(found, column)
        assert sum(getattr(layer, column) for layer in found.layers) == total
        assert getattr(found.root, column) == total
        for block in (found.root, *found.blocks):
            assert getattr(block, column) == sum(getattr(c, column) for c in block.children)
    leaves = [
        child
        for block in (found.root, *found.blocks)
        for child in block.children
        if isinstance(child, Layer)
    ]
    assert sorted(leaf.name for leaf in leaves) == sorted(layer.name for layer in found.layers)


# ---- by hand -------------------------------------------------------------------------------------


def test_a_convolution_by_hand() -> None:
    found = counts("model m { input x: 3x10x10\n conv(8, 3x3) -> bn -> flatten -> linear(5) }")
    conv, bn, flat, linear = found.layers
    assert (conv.params, conv.macs) == (8 * 3 * 9 + 8, 8 * 8 * 8 * 3 * 9)
    assert (bn.params, bn.buffers, bn.macs) == (16, 17, 0)
    assert (flat.params, flat.macs, flat.output) == (0, 0, (512,))
    assert (linear.params, linear.macs, linear.flops) == (512 * 5 + 5, 2560, 5120)
    assert list(found.by_kind) == ["linear", "conv", "bn"]
    assert found.inputs == {"x": (3, 10, 10)}
    assert found.outputs == {"out": (5,)}


SHARED = """
model siamese {
    input left: 1x8x8
    input right: 1x8x8
    module enc: { conv(4, 3x3) -> bn }
    a = left -> enc
    b = right -> enc
    concat(a, b)
}
"""


def test_shared_weights_count_once_and_work_twice() -> None:
    found = counts(SHARED)
    assert found.params == 4 * 9 + 4 + 8
    assert found.buffers == 9
    assert found.macs == 2 * 6 * 6 * 4 * 9
    first, again = (layer for layer in found.layers if layer.op == "conv")
    assert (first.params, again.params) == (40, 0)
    assert first.macs == again.macs > 0
    assert len({layer.name for layer in found.layers}) == len(found.layers)


AUXILIARY = """
model m {
    input x: 3x8x8
    conv1: conv(4, 3x3)
    train output aux: conv1 -> head: { conv(2, 1x1) -> flatten -> linear(7) }
    conv2: conv(5, 1x1)
}
"""


def test_training_adds_what_only_training_computes() -> None:
    plain, training = counts(AUXILIARY), counts(AUXILIARY, "train")
    assert plain.params == training.params
    assert training.macs - plain.macs == 6 * 6 * 2 * 4 + 72 * 7
    assert list(plain.outputs) == ["out"]
    assert set(training.outputs) == {"out", "aux"}
    assert "training only" in render(plain)


def test_unknown_mode() -> None:
    graph = archdsl.parse(AUXILIARY).graph
    with pytest.raises(ValueError, match="eval"):
        profile(graph, "test")


def test_nesting_is_not_limited_by_the_stack() -> None:
    deep = "block b(n) { conv(1, 1x1)\n if n > 0 { b(n - 1) } }\n"
    found = archdsl.parse(deep + "model m { input x: 1x1x1\n b(400) }", max_depth=500).profile()
    assert found.params == 401 * 2
    assert len(found.blocks) == 401
    assert len(render(found).splitlines()) > 800


# ---- how it is shown -----------------------------------------------------------------------------


class LayerForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    op: str
    output: list[int]
    params: int
    macs: int
    flops: int


class ProfileForm(BaseModel):
    """The documented form of ``profile --format json``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str
    inputs: dict[str, list[int]]
    outputs: dict[str, list[int]]
    params: int
    buffers: int
    macs: int
    flops: int
    layers: list[LayerForm]


@pytest.fixture(scope="module")
def resnet50() -> Profile:
    return archdsl.load(ROOT / "specs/resnet50.arch").profile()


def test_json(resnet50: Profile) -> None:
    form = ProfileForm.model_validate_json(render(resnet50, "json"))
    assert form.model_dump() == to_dict(resnet50)
    assert form.params == sum(layer.params for layer in form.layers) == 25557032
    assert form.layers[0].name == "conv1"
    assert form.layers[0].output == [64, 112, 112]


def test_csv(resnet50: Profile) -> None:
    rows = list(csv.DictReader(io.StringIO(render(resnet50, "csv"))))
    assert list(rows[0]) == ["name", "op", "output", "params", "macs", "flops"]
    assert sum(int(row["macs"]) for row in rows) == resnet50.macs
    assert rows[0]["output"] == "64x112x112"


def test_markdown(resnet50: Profile) -> None:
    lines = render(resnet50, "markdown").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table} == {7}
    assert len(table) == len(resnet50.layers) + 3
    assert "**25,557,032**" in table[-1]
    assert DEFINITION.splitlines()[0] in lines


TABLE = """\
m: 3x8x8 -> 4x6x6

name    op    output  params    MACs   FLOPs
--------------------------------------------
stem          4x6x6      120  3.89 k  7.78 k
  conv  conv  4x6x6      112  3.89 k  7.78 k
  bn    bn    4x6x6        8       -       -
1       relu  4x6x6        -       -       -
--------------------------------------------
parameters    120
buffers         9
MACs        3,888  (3.89 k)
FLOPs       7,776  (7.78 k)

conv   93.3% of the parameters  100.0% of the MACs
bn      6.7% of the parameters      0% of the MACs

"""

STEM = "model m { input x: 3x8x8\n stem: { conv: conv(4, 3x3) -> bn: bn } -> relu }"


def test_table() -> None:
    assert render(counts(STEM)) == f"{TABLE}{DEFINITION}\n"


def test_depth_folds_the_table(resnet50: Profile) -> None:
    names = [line.split()[0] for line in render(resnet50, depth=1).splitlines()[4:15]]
    assert " ".join(names) == "conv1 bn1 2 3 layer1 layer2 layer3 layer4 8 9 fc"
    deeper = [render(resnet50, depth=depth).count("\n") for depth in (1, 2, 3, 9)]
    assert deeper == sorted(deeper)
    assert deeper[-1] == render(resnet50).count("\n")


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        *((0, "0"), (999, "999"), (1000, "1.00 k"), (9994, "9.99 k"), (9996, "10.0 k")),
        *((99_960, "100 k"), (999_499, "999 k"), (999_999, "1.00 M"), (4_089_184_256, "4.09 G")),
        (10**20, "100 E"),
    ],
)
def test_units(count: int, shown: str) -> None:
    assert human(count) == shown
