"""What looking at the pictures of the whole zoo has taught."""

from __future__ import annotations

import pytest

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


MIXER = """
block mixer(w) { conv(w, 3x3, padding=1) -> add(in) -> conv(w, 1x1) }
model m { input x: 8x16x16
    stem: conv(8, 1x1)
    4 * mixer(8) }
"""


def test_a_skip_into_a_repeat_starts_inside_of_it() -> None:
    graph = archdsl.parse(MIXER).graph
    shown = drawing(graph, 1)
    assert list(shown.frames().values()) == ["mixer(8) x 4"]
    flows = {(tail, head) for tail, head, _ in shown.flows()}
    assert {head for tail, head in flows if tail == "stem conv 1x1, 8"} == {"in"}
    assert {head for tail, head in flows if tail == "in"} == {"conv 3x3, 8", "add"}


GUIDED = """
block guided(w, by) { conv(w, 3x3, padding=1) -> add(by) -> relu }
model m { input x: 8x16x16
    stem: conv(8, 1x1)
    for i in 0..3 { guided(8, stem) } }
"""


def test_what_every_copy_gets_comes_from_outside() -> None:
    shown = drawing(archdsl.parse(GUIDED).graph, 1)
    assert list(shown.frames().values()) == ["guided(8) x 3"]
    flows = {(tail, head) for tail, head, _ in shown.flows()}
    assert {head for tail, head in flows if tail == "stem conv 1x1, 8"} == {"in", "add | relu"}
    closed = drawing(archdsl.parse(GUIDED).graph, 0)
    assert [title.strip() for title in closed.frames().values()] == ["x 3"]


TWO_OF_ONE_SHAPE = """
block exchange(xs) { return [relu(add(xs[0], xs[1])), tanh(sub(xs[0], xs[1]))] }
model m { input x: 8x16x16
    a: conv(8, 1x1)
    b: conv(8, 3x3, padding=1)
    xs = [a, b]
    for i in 0..3 { xs = exchange(xs) }
    output one: xs[0] -> conv(4, 1x1)
    output two: xs[1] -> conv(4, 1x1) }
"""


def test_values_that_a_reader_could_mix_up_are_not_folded() -> None:
    for depth in (0, 1):
        shown = drawing(archdsl.parse(TWO_OF_ONE_SHAPE).graph, depth)
        assert not any(" x 3" in text for text in (*shown.texts(), *shown.frames().values()))


FED_BY_ONE = """
block fuse(xs) { return [relu(add(xs)), tanh(add(xs))] }
model m { input x: 8x16x16
    stem: conv(8, 1x1)
    xs = [stem, stem]
    for i in 0..2 { xs = fuse(xs) }
    output one: add(xs) }
"""


def test_copies_that_get_one_value_and_then_two_are_not_folded() -> None:
    for depth in (0, 1):
        shown = drawing(archdsl.parse(FED_BY_ONE).graph, depth)
        assert not any(" x 2" in text for text in (*shown.texts(), *shown.frames().values()))


def test_indices_have_an_arrow_of_their_own() -> None:
    flows = drawing(archdsl.load("zoo:segnet").graph).flows()
    between = {
        label for tail, head, label in flows if tail.startswith("pool5") and head.startswith("dec5")
    }
    assert between == {"512 x 12x15", "512 x 12x15 | indices"}


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("conv(32, kernel=3, padding=1)", "conv 3x3, 32"),
        ("conv(32, 1x3)", "conv 1x3, 32"),
        ("conv_transpose(8, 2, stride=2)", "conv_transpose 2x2, 8 x2"),
        ("upsample(2)", "upsample x2"),
        ("pixel_shuffle(2)", "pixel_shuffle x2"),
        ("adaptive_avgpool(1)", "adaptive_avgpool 1x1"),
        ("conv(8, 1x1) -> bn -> identity", "conv 1x1, 8 | bn"),
        ("conv(8, 1x1) -> identity -> relu", "conv 1x1, 8 | relu"),
        ("maxpool(3, stride=2)", "maxpool 3x3 /2"),
        ("dropout(0.3)", "dropout 0.3"),
    ],
)
def test_titles_say_what_a_paper_says(step: str, told: str) -> None:
    graph = archdsl.parse(f"model m {{ input x: 8x16x16\n {step} }}").graph
    assert told in drawing(graph).texts()


def test_a_title_without_an_argument_names_those_behind_it() -> None:
    graph = archdsl.parse(
        "block stack(w, n, stride, groups, k) { n * conv(w, k, padding=1, groups=groups) }\n"
        "model m { input x: 96x16x16\n c = 96\n stack(c, 3, 1, 6, 3) }"
    ).graph
    assert "stack(96, 3, groups=6, k=3)" in " ".join(drawing(graph, 0).texts())


PYRAMID = """
block aspp(w) {
    concat {
        conv(w, 1x1) -> bn -> relu
        conv(w, 3x3, padding=6, dilation=6) -> bn -> relu
        { global_avgpool -> conv(w, 1x1) -> relu -> upsample(like=in) }
    }
    conv(w, 1x1) -> bn -> relu
}
model m { input x: 64x32x32
    aspp(16) -> conv(4, 1x1) }
"""

PYRAMID_POOLING = """
model m { input x: 64x32x32
    y: conv(16, 1x1)
    concat(y, y -> adaptive_avgpool(1) -> conv(4, 1x1) -> upsample(like=y),
        y -> adaptive_avgpool(2) -> conv(4, 1x1) -> upsample(like=y),
        y -> adaptive_avgpool(6) -> conv(4, 1x1) -> upsample(like=y))
    conv(4, 1x1) }
"""


@pytest.mark.parametrize("text", [PYRAMID, PYRAMID_POOLING], ids=["aspp", "pyramid pooling"])
@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_a_pyramid_of_poolings_is_no_u(text: str, depth: int | None) -> None:
    picture = compose(archdsl.parse(text).graph, depth)
    assert not any(panel.rows for panel in (picture.main, *picture.insets))


def test_what_fits_a_value_to_its_sum_is_a_skip_whatever_it_is() -> None:
    """A projection, a padding with a pooling, a plain skip: one colour in all of the zoo."""
    residual = ("resnet20_cifar", "resnet50", "preresnet164", "xception", "wide_resnet28_10")
    for name in (*residual, "dropblock_resnet50"):
        for panel in compose(archdsl.load(f"zoo:{name}").graph).insets:
            boxes = {box.id: box.title for box in panel.boxes}
            into = [edge for edge in panel.edges if boxes[edge.head] == "add"]
            assert [edge.skip for edge in into].count(True) == 1, (name, panel.title)


def test_two_forms_of_a_block_are_shown_the_one_used_most_first() -> None:
    first, second = compose(archdsl.load("zoo:shufflenet_v2_x1_0").graph).insets
    assert (first.title, first.count) == ("unit(116)", 13)
    assert (second.title, second.count) == ("unit(116, stride=2)", 3)


def test_copies_that_read_other_results_are_not_folded() -> None:
    """The same operators, but another half goes through the activation."""
    steps = "\n".join(
        f"g{number}: {{ a, b = in -> chunk(2)\n concat({one} -> relu, {two}) }}"
        for number, (one, two) in enumerate(("ab", "ba"))
    )
    graph = archdsl.parse(f"model m {{ input x: 8x16x16\n {steps}\n conv(4, 1x1) }}").graph
    for depth in (0, 1):
        shown = drawing(graph, depth)
        assert not any(" x 2" in told for told in (*shown.texts(), *shown.frames().values()))
