"""What the drawings of the zoo show, read back from the DOT they are written as."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archdsl.draw import draw
from archdsl.draw.compose import compose
from archdsl.draw.picture import Panel

from .drawing import SPEC_NAMES, SVG, TITLE, drawing, parsed, png_size, spec, svg

LONG_SIDE = 1450
"""Pixels of a page that is looked at as a whole."""


# -- resnet50: the table of the paper --------------------------------------------------------


def test_resnet_reads_like_the_table_of_the_paper() -> None:
    texts = drawing(spec("resnet50")).texts()
    assert "conv1 conv 7x7, 64 /2 | bn · relu" in texts
    assert "bottleneck(64) | 1x1, 64 · 3x3, 64 · 1x1, 256 | skip: 1x1, 256" in texts
    assert "bottleneck(64) x 2 | 1x1, 64 · 3x3, 64 · 1x1, 256" in texts
    repeats = [re.search(r"(bottleneck\(\d+\)) x (\d+)", text) for text in texts]
    assert [found.groups() for found in repeats if found] == [
        ("bottleneck(64)", "2"),
        ("bottleneck(128)", "3"),
        ("bottleneck(256)", "5"),
        ("bottleneck(512)", "2"),
    ]


def test_edges_carry_shapes_also_from_column_to_column() -> None:
    labels = {
        (tail.split(" | ")[0], head.split(" | ")[0]): label
        for tail, head, label in drawing(spec("resnet50")).flows()
    }
    assert labels["image", "conv1 conv 7x7, 64 /2"] == "3 x 224²"
    assert labels["bottleneck(64)", "bottleneck(64) x 2"] == "256 x 56²"
    assert labels["bottleneck(128) x 3", "bottleneck(256, stride=2)"] == "512 x 28²"
    assert labels["global_avgpool", "fc linear 1000"] == "2048"
    assert labels["fc linear 1000", "out"] == "1000"


def test_the_example_blocks_show_both_skips_of_the_paper() -> None:
    """The form that is used most, and the one with a projection on its skip."""
    plain, projected = compose(spec("resnet50")).insets
    assert (plain.title, plain.note, plain.count) == ("bottleneck(64)", "layer1.1", 12)
    assert (projected.title, projected.note, projected.count) == ("bottleneck(64)", "layer1.0", 4)
    assert skips(plain) == {("in", "add")}
    assert skips(projected) == {("in", "conv 1x1, 256"), ("conv 1x1, 256", "add")}
    for example in (plain, projected):
        assert [box.title for box in example.boxes][0 :: len(example.boxes) - 1] == ["in", "out"]


def skips(panel: Panel) -> set[tuple[str, str]]:
    """The edges drawn in the colour of a skip, by the titles of their ends."""
    title = {box.id: box.title for box in panel.boxes}
    return {(title[edge.tail], title[edge.head]) for edge in panel.edges if edge.skip}


def test_an_identity_skip_is_a_skip_and_bends_nothing() -> None:
    shown = drawing(spec("densenet121"))
    skip = shown.edge("in", "concat")
    flow = shown.edge("conv2 conv 3x3, 32", "concat")
    assert skip.attr["color"] != flow.attr["color"]
    assert float(skip.attr["weight"]) < float(flow.attr["weight"])
    place = shown.positions()
    chain = ["in", "norm1 bn", "conv1 conv 1x1, 128", "conv2 conv 3x3, 32", "concat"]
    across = [place[shown.box(part)][0] for part in chain]
    assert max(across) - min(across) < 3


# -- unet: a U -------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [None, 0, 1, 2, 3])
def test_unet_is_a_u(depth: int | None) -> None:
    shown = drawing(spec("unet"), depth)
    place = shown.positions()
    rows = [
        (str(edge[0]), str(edge[1]))
        for edge in shown.graph.edges()
        if place[str(edge[0])][1] == place[str(edge[1])][1]
    ]
    heads = {head for _, head in rows}
    left = sorted({tail for tail, _ in rows} - heads, key=lambda box: -place[box][1])
    right = sorted(heads - {tail for tail, _ in rows}, key=lambda box: -place[box][1])
    assert len(left) == len(right) == 4
    for down, up in zip(left, right, strict=True):
        assert place[down][1] == place[up][1]
        assert place[down][0] < place[up][0]
    for number, (down, up) in enumerate(zip(left, right, strict=True), 1):
        assert f"enc{number}" in shown.boxes[down].text
        assert f"dec{number}" in shown.boxes[up].text
    bottom = min(place.values(), key=lambda at: at[1])
    assert bottom[1] < place[left[-1]][1]


def test_unet_skips_say_what_happens_to_them() -> None:
    shown = drawing(spec("unet"))
    skip = next(e for e in shown.graph.edges() if e[0] == shown.box("enc2 double_conv(128)"))
    labels = {
        (tail.split(" ")[0], head.split(" ")[0]): label for tail, head, label in shown.flows()
    }
    assert labels["enc1", "dec1"] == "64 x 568² | crop, concat"
    assert labels["enc4", "dec4"] == "512 x 64² | crop, concat"
    assert labels["enc1", "enc2"] == "64 x 284² | maxpool 2x2 /2"
    assert labels["dec2", "dec1"] == "128 x 196²"
    assert labels["bottom", "dec4"] == "1024 x 28²"
    assert skip.attr["weight"] is not None


def test_unet_ranks_are_written_into_the_dot() -> None:
    from archdsl.draw import to_dot

    assert to_dot(spec("unet")).count("rank=same") == 4


SEGNET = """
block stage(n, c) { n * (conv(c, 3x3, padding=1) -> bn -> relu) }
model any_name {
    input image: 3x64x96
    u: stage(2, 8) -> a: maxpool(2x2, return_indices=true)
    v: stage(2, 16) -> b: maxpool(2x2, return_indices=true)
    c: stage(2, 32) -> w: maxpool(2x2) -> x: conv(16, 1x1) -> y: upsample(2)
    p: max_unpool(b.indices, kernel=2x2) -> q: conv(8, 3x3, padding=1)
    r: max_unpool(a.indices, kernel=2x2)
}
"""

FCN = """
model any_name {
    input image: 3x64x96
    conv(8, 3x3, padding=1) -> a: tanh -> maxpool(2x2)
    conv(8, 3x3, padding=1) -> b: tanh -> maxpool(2x2)
    c: conv(8, 3x3, padding=1) -> relu -> d: upsample(2)
    p: add(d, b) -> up: upsample(2)
    r: concat(a, up) -> conv(2, 1x1)
}
"""


@pytest.mark.parametrize("text", [SEGNET, FCN], ids=["segnet", "fcn"])
def test_any_encoder_decoder_is_a_u_whatever_its_names(text: str) -> None:
    shown = drawing(parsed(text))
    place = shown.positions()

    def at(key: str) -> tuple[float, float]:
        """Where the box that holds the node of this name is."""
        return next(place[b.id] for b in shown.boxes.values() if f"{key}: " in b.tooltip)

    assert at("a")[1] == at("r")[1] and at("b")[1] == at("p")[1]
    assert at("a")[0] < at("r")[0] and at("b")[0] < at("p")[0]
    assert at("image")[1] > at("a")[1] > at("b")[1] > at("c")[1]


HOURGLASS = """
block hourglass(depth) {
    side: conv(8, 3x3, padding=1)
    in -> down: maxpool(2x2)
    if depth > 1 { inner: hourglass(depth - 1) } else { inner: conv(8, 3x3, padding=1) }
    up: upsample(2)
    add(side, up)
}
model any_name { input image: 8x64x64
    hourglass(3) }
"""


def test_boxes_on_a_skip_stand_between_the_arms_of_the_u() -> None:
    shown = drawing(parsed(HOURGLASS), 5)
    place = shown.positions()
    rows: dict[float, list[str]] = {}
    for box in shown.boxes.values():
        if "side" in box.text or "add" in box.text:
            rows.setdefault(place[box.id][1], []).append(box.text)
    assert sorted(map(len, rows.values())) == [2, 2, 2]
    for texts in rows.values():
        assert {"side" in text for text in texts} == {True, False}


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "densenet121", "vgg16", "lenet5"])
def test_what_never_grows_again_is_no_u(name: str) -> None:
    for depth in (None, 0, 1, 2):
        shown = drawing(spec(name), depth)
        assert not [edge for edge in shown.graph.edges() if edge.attr["dir"] == "back"]


# -- googlenet, densenet121, vgg16, lenet5 ---------------------------------------------------


def test_closed_inception_modules_are_one_box_each() -> None:
    texts = drawing(spec("googlenet"), 0).texts()
    names = [text.split(" ")[0] for text in texts if text.startswith("inception")]
    assert " ".join(names).replace("inception", "") == "3a 3b 4a 4b 4c 4d 4e 5a 5b"
    # No line could tell four branches, so none tries.
    assert "inception3a | inception(64, 96, 128, 16, 32, 32)" in texts


def test_branches_of_the_opened_module_stand_side_by_side() -> None:
    shown = drawing(spec("googlenet"))
    place = shown.positions()
    before = place[shown.box("branch2 conv 1x1, 96")]
    across = [place[shown.box(f"branch{number}")][0] for number in (2, 3, 4)]
    assert across == sorted(across) and across[0] == before[0]
    depths = [place[shown.box(f"branch{number}")][1] for number in (2, 3, 4)]
    assert max(depths) - min(depths) < 1
    merge = place[shown.box("concat")][1]
    assert all(merge < place[shown.box(f"branch{number}")][1] for number in (1, 2, 3, 4))


def test_a_value_that_spreads_is_labelled_once() -> None:
    spread = [edge for edge in drawing(spec("googlenet")).flows() if edge[0] == "in"]
    assert sorted(label for _, _, label in spread) == ["", "", "", "192 x 28²"]


def test_a_tensor_that_only_gives_its_shape_is_not_drawn_as_data() -> None:
    flows = {(tail, head) for tail, head, _ in drawing(spec("unet"), 9).flows()}
    assert ("dec1.1 crop", "dec1.2 concat") in flows
    assert ("dec1.upconv conv_transpose 2x2, 64 x2", "dec1.1 crop") not in flows


def test_an_opened_repeat_shows_one_copy() -> None:
    shown = drawing(spec("densenet121"), 3)
    assert "denselayer1: dense_layer(32) x 24" in shown.frames().values()
    labels = [
        label
        for tail, head, label in shown.flows()
        if (tail, head) == ("norm1 bn | relu", "conv1 conv 1x1, 128 | bn · relu")
    ]
    # One for each dense block: the shapes from its first layer to its last.
    grown = ["64…224 x 56²", "128…480 x 28²", "256…992 x 14²", "512…992 x 7²"]
    assert sorted(labels) == sorted(grown)


def test_what_only_training_computes_is_grey_and_dashed() -> None:
    shown = drawing(spec("googlenet"))
    aux = [box for box in shown.boxes.values() if "aux" in box.text]
    assert len(aux) == 4
    assert all("dashed" in box.style for box in aux)
    assert not any("dashed" in box.style for box in shown.boxes.values() if "inception" in box.text)
    edge = shown.edge("inception4a", "aux1 auxiliary(1000)")
    assert edge.attr["style"] == "dashed"


def test_dense_blocks_are_one_box_each_and_count_their_layers() -> None:
    texts = drawing(spec("densenet121")).texts()
    for number, layers in enumerate((6, 12, 24, 16), 1):
        expected = f"denseblock{number} dense_block({layers}, 32) | dense_layer(32) x {layers}"
        assert expected in texts


def test_vgg_folds_equal_convolutions_and_the_page() -> None:
    shown = drawing(spec("vgg16"))
    texts = shown.texts()
    counts = [re.search(r"conv 3x3, (\d+) x (\d) \| relu", text) for text in texts]
    assert [found.groups() for found in counts if found] == [
        ("64", "2"),
        ("128", "2"),
        ("256", "3"),
        ("512", "3"),
        ("512", "3"),
    ]
    assert "1" in texts, "the circle where the second column carries on"


@pytest.mark.parametrize("name", SPEC_NAMES)
@pytest.mark.parametrize("depth", [None, 1, 2])
def test_columns_are_read_from_left_to_right(name: str, depth: int | None) -> None:
    shown = drawing(spec(name), depth)
    place = shown.positions()
    for leave in filter(lambda box: box.startswith("leave"), place):
        number = shown.boxes[leave].text
        for arrive in filter(lambda box: box.startswith(f"arrive{number}_"), place):
            assert place[leave][0] < place[arrive][0]
            assert place[leave][1] < place[arrive][1]
    inside = [box.id for box in shown.boxes.values() if box.text == "in"]
    others = [x for box, (x, _) in place.items() if box.startswith(("leave", "arrive"))]
    assert all(place[box][0] > max(others, default=0) for box in inside)


def test_the_picture_of_a_chain_is_the_chain() -> None:
    flows = {
        (tail.split(" |")[0], head.split(" |")[0]): label
        for tail, head, label in drawing(spec("lenet5")).flows()
    }
    assert flows == {
        ("image", "c1 conv 5x5, 6"): "1 x 32²",
        ("c1 conv 5x5, 6", "s2 avgpool 2x2 /2"): "6 x 28²",
        ("s2 avgpool 2x2 /2", "c3 conv 5x5, 16"): "6 x 14²",
        ("c3 conv 5x5, 16", "s4 avgpool 2x2 /2"): "16 x 10²",
        ("s4 avgpool 2x2 /2", "c5 conv 5x5, 120"): "16 x 5²",
        ("c5 conv 5x5, 120", "f6 linear 84"): "120",
        ("f6 linear 84", "output linear 10"): "84",
        ("output linear 10", "out"): "10",
    }


@pytest.mark.parametrize("name", SPEC_NAMES)
def test_beyond_the_deepest_block_every_operator_is_a_box(name: str) -> None:
    graph = spec(name)
    boxes = [
        box
        for box in drawing(graph, 99).boxes.values()
        if not box.id.startswith(("leave", "arrive"))
    ]
    outputs = len(graph.outputs) + len(graph.train_outputs)
    assert len(boxes) == len(graph.nodes) + outputs


# -- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPEC_NAMES)
def test_a_default_picture_is_one_page(name: str, tmp_path: Path) -> None:
    width, height = png_size(draw(spec(name), tmp_path / "page.png"))
    assert height <= LONG_SIDE
    assert width <= 1.35 * LONG_SIDE


@pytest.mark.parametrize("name", ["resnet50", "unet"])
def test_resnet_and_unet_have_the_form_of_a_page(name: str, tmp_path: Path) -> None:
    width, height = png_size(draw(spec(name), tmp_path / "page.png"))
    assert max(width, height) <= LONG_SIDE
    assert 1 / 1.8 <= width / height <= 1.8
    root = svg(spec(name), tmp_path)
    points = [float(root.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    sizes = [float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text")]
    smallest = min(sizes) * min(842 / max(points), 595 / min(points), 1)
    assert smallest >= 7.5, "points, on A4"


def test_the_title_tells_name_shapes_and_parameters(tmp_path: Path) -> None:
    texts = ["".join(text.itertext()) for text in svg(spec("lenet5"), tmp_path).iter(f"{SVG}text")]
    assert texts[-2:] == ["lenet5", "1 x 32² → 10   ·   61.7 k parameters"] or (
        "lenet5" in texts and any("61.7 k parameters" in text for text in texts)
    )


def test_hovering_tells_everything(tmp_path: Path) -> None:
    tips = [
        part.attrib[TITLE]
        for part in svg(spec("resnet50"), tmp_path).iter()
        if TITLE in part.attrib
    ]
    conv1 = "conv1: conv(channels=64, kernel=7x7, stride=2, padding=3, bias=false)"
    assert any(tip.startswith(f"{conv1}: 3 x 224² -> 64 x 112²") for tip in tips)
    assert any(tip.startswith("layer3.1: bottleneck(256)") for tip in tips)
    assert any("layer2.0.bn3: bn: 512 x 28² -> 512 x 28²" in tip for tip in tips)
