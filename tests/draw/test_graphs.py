"""Graphs of every form: several inputs and outputs, any rank, shared weights, flat, huge."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.draw import draw, to_dot
from tests.patience import PATIENCE
from tests.work import calls

from .drawing import SPEC_NAMES, SPECS, drawing, parsed, spec, svg


@pytest.mark.parametrize("name", SPEC_NAMES)
@pytest.mark.parametrize("depth", [None, 0, 1, 2, 3])
def test_every_spec_at_every_depth_is_a_well_formed_svg(
    name: str, depth: int | None, tmp_path: Path
) -> None:
    root = svg(spec(name), tmp_path, depth)
    assert root.tag.endswith("svg")
    drawn = [part for part in root.iter() if part.attrib.get("class") == "node"]
    assert len(drawn) == len(drawing(spec(name), depth).boxes)


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.arch")), ids=lambda path: path.stem)
def test_the_whole_zoo_is_drawn(path: Path, tmp_path: Path) -> None:
    graph = archdsl.load(path).graph
    assert svg(graph, tmp_path).tag.endswith("svg")
    assert 2 <= len(drawing(graph).boxes) <= 120


SIAMESE = """
block tower(c) {
    a: conv(c, 3x3, padding=1) -> relu -> maxpool(2x2)
    b: conv(c, 3x3, padding=1) -> relu
}
model siamese {
    input left: 3x64x48
    input right: 3x64x48
    module enc: tower(16)
    l = left -> enc
    r = right -> enc
    both: concat(l, r)
    output match: both -> flatten -> linear(2)
    output map: both -> conv(4, 1x1)
}
"""


def test_shared_weights_are_shown_as_the_same_module() -> None:
    shown = drawing(parsed(SIAMESE), 0)
    towers = [text for text in shown.texts() if "tower(16)" in text]
    assert len(towers) == 2
    assert all(text.startswith("enc tower(16)") for text in towers)
    assert [("weights of enc" in text) for text in towers] == [False, True]


@pytest.mark.parametrize("depth", [1, 9])
def test_opened_shared_weights_are_told_once(depth: int) -> None:
    shown = drawing(parsed(SIAMESE), depth)
    assert sorted(title for title in shown.frames().values() if "tower" in title) == [
        "enc: tower(16)",
        "enc: tower(16), the same weights",
    ]
    assert not any("weights of" in text for text in shown.texts())


def test_several_inputs_and_outputs() -> None:
    shown = drawing(parsed(SIAMESE), 0)
    ends = {(tail.split(" ")[0], head.split(" ")[0]): label for tail, head, label in shown.flows()}
    assert ends["left", "enc"] == ends["right", "enc"] == "3 x 64x48"
    assert ends["linear", "match"] == "2"
    assert ends["conv", "map"] == "4 x 32x24"


@pytest.mark.parametrize(
    ("size", "body", "label"),
    [
        ("1x16000", "conv(8, 9, padding=4)", "8 x 16000"),
        ("3x16x16x16", "conv(8, 3x3x3, padding=1)", "8 x 16³"),
        ("3x8x16x16", "conv(8, 3x3x3, padding=1)", "8 x 8x16x16"),
        ("7", "linear(9)", "9"),
    ],
)
def test_any_rank(size: str, body: str, label: str) -> None:
    shown = drawing(parsed(f"model m {{ input x: {size}\n {body} }}"))
    assert label in {edge for _, _, edge in shown.flows()}


def test_a_second_result_goes_by_its_name() -> None:
    text = """model m { input x: 4x16x16
        pool: maxpool(2x2, return_indices=true)
        conv(4, 3x3, padding=1) -> up: max_unpool(pool.indices, kernel=2x2) }"""
    flows = {
        (t.split(" ")[0], h.split(" ")[0]): label for t, h, label in drawing(parsed(text)).flows()
    }
    assert flows["pool", "up"] == "4 x 8² | indices"


def test_a_convolution_that_somebody_else_reads_keeps_its_norm_apart() -> None:
    text = """model m { input x: 4x8x8
        a: conv(4, 3x3, padding=1)
        b: bn
        add(a, b) }"""
    assert {"a conv 3x3, 4", "b bn"} <= set(drawing(parsed(text)).texts())


def test_an_output_in_the_middle_of_a_box_takes_it_apart() -> None:
    text = """model m { input x: 4x8x8
        a: conv(4, 3x3, padding=1) -> b: relu
        output raw: a
        output rest: b }"""
    flows = {(tail, head) for tail, head, _ in drawing(parsed(text)).flows()}
    assert ("a conv 3x3, 4", "raw") in flows
    assert ("b relu", "rest") in flows


def test_a_single_operator_of_training_is_grey_and_dashed() -> None:
    text = """model m { input x: 4x8x8
        a: conv(4, 3x3, padding=1)
        train output aux: a -> extra: conv(2, 1x1)
        a -> b: conv(3, 1x1) }"""
    styles = {box.text.split(" ")[0]: box.style for box in drawing(parsed(text)).boxes.values()}
    assert "dashed" in styles["extra"] and "dashed" in styles["aux"]
    assert "dashed" not in styles["a"] + styles["b"] + styles["out"]


STEM = """
block residual(c) {
    conv1: conv(c, 1x1) -> bn -> relu
    conv2: conv(c, 3x3, padding=1) -> bn -> relu
    conv3: conv(c, 1x1)
    add(in, conv3)
}
model m { input x: 8x8x8
    conv(8, 1x1) -> stem: residual(8) -> maxpool(2x2) }
"""


def test_a_skip_into_a_frame_leaves_the_way_through_it_straight() -> None:
    shown = drawing(parsed(STEM), 1)
    shown.positions()
    for tail, head in [("conv1", "conv2"), ("conv2", "conv3"), ("conv3", "add")]:
        points = shown.edge(tail, head).attr["pos"].replace("e,", "").split(" ")
        across = [float(point.split(",")[0]) for point in points]
        assert max(across) - min(across) < 3


def test_repeats_need_to_be_a_chain() -> None:
    text = """model m { input x: 4x8x8
        concat { conv(4, 3x3, padding=1)
                 conv(4, 3x3, padding=1)
                 conv(4, 3x3, padding=1) } }"""
    texts = drawing(parsed(text)).texts()
    assert texts.count("conv 3x3, 4") == 3
    assert not any(" x 3" in text for text in texts)


def test_a_repeat_never_hides_a_change_of_size() -> None:
    text = "model m { input x: 4x64x64\n 3 * conv(4, 3x3, stride=2, padding=1) }"
    texts = drawing(parsed(text)).texts()
    assert texts.count("conv 3x3, 4 /2") == 3


def test_a_value_from_the_middle_of_a_repeat_keeps_it_open() -> None:
    text = """model m { input x: 4x8x8
        a: conv(4, 3x3, padding=1) -> b: conv(4, 3x3, padding=1) -> c: conv(4, 3x3, padding=1)
        add(a, c) }"""
    flows = {(t, h) for t, h, _ in drawing(parsed(text)).flows()}
    assert ("a conv 3x3, 4", "add") in flows


def test_repeated_sequences_without_a_block_become_one_frame() -> None:
    text = """model m { input x: 4x8x8
        5 * (conv(4, 3x3, padding=1) -> conv(8, 1x1) -> bn -> conv(4, 1x1) -> relu) }"""
    shown = drawing(parsed(text))
    assert any(title.endswith("x 5") for title in shown.frames().values())
    assert len(shown.boxes) == 5


# -- size ------------------------------------------------------------------------------------


def varied(count: int) -> str:
    """A flat model in which no two neighbours are equal."""
    return f"""model flat {{ input x: 8x16x16
        for i in 0..{count} {{ conv(8 + (i * i) % 17, 3x3, padding=1) -> bn -> relu }} }}"""


def repeated(count: int) -> str:
    return f"""
block r(c) {{ a: conv(c, 3x3, padding=1) -> bn
    add(in, a) }}
model deep {{ input x: 8x16x16
    for i in 0..{count} {{ r(8) }} }}
"""


@pytest.mark.parametrize("text", [varied(16600), repeated(16600)], ids=["varied", "repeated"])
def test_fifty_thousand_nodes_are_a_page(text: str, tmp_path: Path) -> None:
    graph = parsed(text)
    assert len(graph.nodes) > 49_000
    path = draw(graph, tmp_path / "huge.svg")
    boxes = drawing(graph).boxes
    assert 3 <= len(boxes) <= 40
    assert ElementTree.parse(path).getroot().tag.endswith("svg")


@pytest.mark.parametrize("depth", [None, 1, 1000])
@pytest.mark.parametrize("text", [varied, repeated])
def test_the_work_for_a_node_is_flat(text: Callable[[int], str], depth: int | None) -> None:
    few, many = (calls(partial(to_dot, parsed(text(n)), depth=depth)) for n in (2000, 8000))
    assert many < 4.4 * few


@pytest.mark.parametrize(("count", "told"), [(10, False), (900, True)])
def test_a_command_says_what_it_draws_coarser(count: int, told: bool, tmp_path: Path) -> None:
    spec = tmp_path / "flat.arch"
    spec.write_text(varied(count))
    command = [sys.executable, "-m", "archdsl", "draw", str(spec), "--depth", "all"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    line = "archdsl: flat is too large to be drawn at --depth all: it is drawn coarser\n"
    assert done.stderr == (line if told else "")


def test_what_cannot_be_laid_out_is_drawn_coarser() -> None:
    assert len(drawing(parsed(varied(16600)), 1000).boxes) < 1000


@pytest.mark.parametrize(("count", "boxes"), [(7, 9), (66, 68)])
def test_flat_models(count: int, boxes: int) -> None:
    shown = drawing(parsed(varied(count)), 0)
    real = [box for box in shown.boxes if not box.startswith(("leave", "arrive"))]
    # (i * i) % 17 takes the same value twice in a row for i = 8 and 9, modulo 17.
    assert boxes - 5 <= len(real) <= boxes


# -- anything at all -------------------------------------------------------------------------


@st.composite
def networks(draw_: st.DrawFn) -> str:
    """Small networks with branches, blocks, repeats and several outputs."""
    names, lines = ["x"], []
    for index in range(draw_(st.integers(1, 9))):
        source = draw_(st.sampled_from(names))
        step = draw_(
            st.sampled_from(
                [
                    "{s} -> conv(4, 3x3, padding=1) -> bn -> relu",
                    "{s} -> block_a",
                    "{s} -> block_b(2)",
                    "{s} -> relu",
                    "add({s}, {t})",
                    "concat({s}, {t}) -> conv(4, 1x1)",
                    "mul({s}, {t})",
                ]
            )
        )
        other = draw_(st.sampled_from(names))
        lines.append(f"v{index} = {step.format(s=source, t=other)}")
        names.append(f"v{index}")
    outputs = draw_(st.lists(st.sampled_from(names[1:]), min_size=1, max_size=3, unique=True))
    lines += [f"output o{index}: {name} -> tanh" for index, name in enumerate(outputs)]
    body = "\n    ".join(lines)
    return f"""block block_a {{ c: conv(4, 3x3, padding=1)
    add(in, c) }}
block block_b(n) {{ n * block_a }}
model m {{ input x: 4x8x8
    {body} }}"""


@given(networks(), st.sampled_from([None, 0, 1, 2, 9]))
@settings(max_examples=60, deadline=None)
def test_any_network_is_drawn_whole(text: str, depth: int | None) -> None:
    """Every box is reached: what the model computes from the input is connected in the drawing
    too, and every output has exactly one edge that carries its shape."""
    graph = parsed(text)
    shown = drawing(graph, depth)
    flows = shown.flows()
    for name in graph.outputs:
        label = [(tail, text) for tail, head, text in flows if head == name]
        assert len(label) == 1 and label[0][1] == "4 x 8²"
    assert to_dot(graph, depth=depth) == to_dot(graph, depth=depth)
    nodes = [box for box in shown.boxes if not box.startswith(("leave", "arrive"))]
    touched = {end for tail, head, _ in flows for end in (tail, head)}
    assert {shown.boxes[box].text for box in nodes} == touched
