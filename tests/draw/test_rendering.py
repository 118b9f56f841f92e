"""Graphviz lays out whatever the zoo has, at every depth, and does not crash."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl import zoo
from archdsl.draw import draw, to_dot

from .test_truth import GIANTS, SIBLINGS

DEPTHS = (None, 0, 1, 2, 3, 4, 10_000)
"""The last one is deeper than any block: every operator by itself."""

SAMPLE = {
    "mask_rcnn": (0, 1, 2, 3),
    "hrnet_w18": (1, 3),
    "u2netp": (0, 1),
    "fcn_resnet50": (1, 3),
    "densenet121": (2, 10_000),
    "dla34": (2,),
}
"""Several inputs and outputs, parts that nothing joins, deep blocks, many boxes."""


@pytest.mark.parametrize("name", sorted(GIANTS | SIBLINGS))
def test_the_rest_of_the_zoo_is_written_as_dot_at_every_depth(name: str) -> None:
    """Those that `test_truth.py` leaves to the nightly run; the others are read back there."""
    graph = archdsl.load(f"zoo:{name}").graph
    for depth in DEPTHS:
        assert to_dot(graph, depth=depth).rstrip().endswith("}")


def rendered(name: str, depth: int | None, path: Path) -> None:
    assert draw(archdsl.load(f"zoo:{name}").graph, path, depth=depth).stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "depth"), [(name, depth) for name, depths in SAMPLE.items() for depth in depths]
)
def test_a_sample_of_the_zoo_is_rendered(name: str, depth: int, tmp_path: Path) -> None:
    rendered(name, depth, tmp_path / "net.png")


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.names())
def test_all_of_the_zoo_is_rendered_at_every_depth(name: str, tmp_path: Path) -> None:
    for depth in DEPTHS:
        rendered(name, depth, tmp_path / "net.svg")
