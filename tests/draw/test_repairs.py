"""What looking at the pictures of the whole zoo has taught."""

from __future__ import annotations

import archdsl
from archdsl.draw.compose import compose
from archdsl.draw.page import side_by_side
from tests.draw.drawing import drawing


def boxes(name: str) -> dict[str, str]:
    """The lines of each box by its title, on the default picture of a model of the zoo."""
    shown = drawing(archdsl.load(f"zoo:{name}").graph)
    return dict(text.partition(" | ")[::2] for text in shown.texts())


def test_a_group_in_a_closed_block_is_told_by_what_is_in_it() -> None:
    assert boxes("mobilenet_v2")["inverted_residual(24, expand=6)"] == (
        "1x1, 144 · 3x3, 144 depthwise · 1x1, 24"
    )
    assert "separable(128) x 2" in boxes("xception")["block1"]


def test_a_numbered_group_is_named_with_what_it_is_in() -> None:
    assert boxes("hrnet_w18")["incre_modules.0"] == "bottleneck(32)"


def test_a_gate_is_no_u() -> None:
    insets = compose(archdsl.load("zoo:seresnet50").graph).insets
    assert [(inset.title, inset.rows) for inset in insets] == [("bottleneck(64)", ())] * 2


def test_a_block_too_large_to_show_is_shown_by_its_smallest_use() -> None:
    insets = {inset.title: inset for inset in compose(archdsl.load("zoo:u2net").graph).insets}
    assert len(insets["rsu(4, 128, 512)"].rows) == 3


def test_flattening_before_a_concatenation_is_told_on_the_arrow() -> None:
    graph = archdsl.parse(
        "model m { input x: 3x8x8\n a, b = x -> conv(4, 3x3) -> chunk(2)\n"
        " concat(a -> flatten, b -> sigmoid -> conv(1, 3x3) -> maxpool(2x2)"
        " -> max_pooled: conv(2, 1x1) -> flatten) }"
    ).graph
    shown = drawing(graph)
    assert not any(text.startswith("flatten") for text in shown.texts())
    assert {label for _, head, label in shown.flows() if head == "concat"} == {
        "2 x 6² | flatten",
        "8",
    }


def test_blocks_that_differ_in_a_rate_are_one_with_its_range() -> None:
    titles = boxes("stochastic_depth110")
    assert "survivor(16, p=0.9907…0.8333) x 18" in titles


def test_separate_heads_in_one_column_are_counted_as_parts_of_the_page() -> None:
    picture = compose(archdsl.load("zoo:fcn_resnet50").graph)
    assert (len(picture.main.columns), side_by_side(picture.main)) == (2, 3)
