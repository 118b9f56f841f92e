"""The default pictures of the whole zoo as geometry: what lines run over, and what A4 leaves."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archdsl.draw import to_dot
from archdsl.draw.metrics import width
from archdsl.draw.page import box_extent
from archdsl.draw.render import drawn
from archdsl.zoo import catalogue

from .geometry import Layout, crossings, fit, smallest_text

LEAST_TEXT = 6
"""Points: smaller words are not read with ease on paper."""

MOST_TOO_SMALL = 4
"""Networks of the zoo whose default picture needs a larger paper than A4."""


@cache
def pictures() -> dict[str, str]:
    """The SVG of each network of the zoo."""

    def picture(dot: str) -> str:
        return drawn(dot, "svg", Path("zoo.svg")).decode()

    dots = {entry.name: to_dot(entry.result.graph) for entry in catalogue()}
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(dots, pool.map(picture, dots.values()), strict=True))


def layout(svg: str) -> Layout:
    return Layout(ElementTree.fromstring(svg))


def test_no_line_runs_over_a_title_a_label_or_a_box() -> None:
    found = {name: crossings(layout(svg)) for name, svg in pictures().items()}
    assert {name: over for name, over in found.items() if over} == {}


def test_nearly_all_pictures_are_read_on_a4() -> None:
    sizes = {name: smallest_text(layout(svg)) for name, svg in pictures().items()}
    small = {name: round(size, 1) for name, size in sizes.items() if size < LEAST_TEXT}
    assert len(small) <= MOST_TOO_SMALL, small
    assert len(sizes) > 80


# -- the ruler itself ----------------------------------------------------------------------------


def shifted(svg: str, edge: str, across: float) -> str:
    """The picture with the line of one edge moved to the right."""
    start = svg.index(f"<title>{edge}</title>")
    found = re.compile(r' d="(M[^"]*)"').search(svg, start)
    assert found is not None
    moved = re.sub(r"(-?[\d.]+),", lambda x: f"{float(x[1]) + across:.2f},", found[1])
    return svg[: found.start(1)] + moved + svg[found.end(1) :]


def test_an_edge_moved_over_a_title_is_noticed() -> None:
    svg = pictures()["resnet50"]
    shown = layout(svg)
    title = next(words for words in shown.words if words.text == "layer1")
    line = next(
        line for line in shown.lines if min(y for _, y in line.points[0]) < title.at.top
        and max(y for _, y in line.points[0]) > title.at.bottom
        and abs(line.points[0][0][0] - title.at.right) < 60
    )  # fmt: skip
    middle = (title.at.left + title.at.right) / 2
    edge = "&#45;&gt;".join(line.ends)
    moved = shifted(svg, edge, middle - line.points[0][0][0])
    assert "layer1" in {crossing.over for crossing in crossings(layout(moved))}


def test_an_edge_moved_over_its_own_label_is_noticed() -> None:
    svg = pictures()["lenet5"]
    line = layout(svg).lines[0]
    moved = shifted(svg, "&#45;&gt;".join(line.ends), 12)
    assert [crossing.kind for crossing in crossings(layout(moved))] == ["edge"]


def test_an_edge_moved_over_a_box_is_noticed() -> None:
    svg = pictures()["googlenet"]
    shown = layout(svg)
    line, box, place = next(
        (line, box, place)
        for line in shown.lines
        for box, place in shown.boxes.items()
        if box not in line.ends and place.top < line.points[0][0][1] < place.bottom
    )
    moved = shifted(svg, "&#45;&gt;".join(line.ends), place.left + 9 - line.points[0][0][0])
    assert box in {crossing.over for crossing in crossings(layout(moved))}


def test_a_large_picture_has_small_text() -> None:
    svg = pictures()["resnet50"]
    assert fit(layout(svg)) > LEAST_TEXT / 10
    large = re.sub(r'width="\d+pt"', 'width="1700pt"', svg)
    assert smallest_text(layout(large)) < LEAST_TEXT


# -- widths --------------------------------------------------------------------------------------


def test_words_are_as_wide_as_graphviz_draws_them() -> None:
    svg = pictures()["resnet50"]
    for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        words = text.text or ""
        if "textLength" in text.attrib and words.strip():
            size = float(text.attrib["font-size"])
            told = width(words, size, bold=text.attrib.get("font-weight") == "bold")
            true = float(text.attrib["textLength"])
            assert told == pytest.approx(true, abs=1 + 0.4 * len(words)), words


def test_boxes_are_as_large_as_we_think() -> None:
    from archdsl.draw.compose import compose

    entry = next(entry for entry in catalogue() if entry.name == "resnet50")
    places = layout(pictures()["resnet50"]).boxes
    for box in compose(entry.result.graph).main.boxes:
        place = places[box.id]
        assert box_extent(box).width == pytest.approx(place.right - place.left, abs=10)
        assert box_extent(box).height == pytest.approx(place.bottom - place.top, abs=4)
