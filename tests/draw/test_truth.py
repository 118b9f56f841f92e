"""A picture is a true claim: unfolded, it is the graph. See `unfold.py` for how it is read and
`claims.py` for what is compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl import zoo
from archdsl.draw import to_dot
from archdsl.draw.compose import MOST_DRAWN, nesting
from archdsl.draw.outline import outline
from archdsl.graph.graph import Graph

from .claims import lies
from .drawing import parsed
from .networks import networks

GIANTS = {
    "hourglass8",
    "preresnet1001",
    "resnet1202_cifar",
    "resnext50_branches",
    "resnext50_concatenated",
}
"""Networks of thousands of operators."""

SIBLINGS = {
    *("convnextv2_base", "convnextv2_large", "densenet161", "densenet169", "densenet201"),
    *("efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4"),
    *("faster_rcnn", "googlenet_paper", "preresnet164", "resnet34", "resnet101", "resnet101_v1"),
    *("resnet110_cifar", "resnet152", "resnet152_v1", "resnet50_v1", "shufflenet_v2_x0_5"),
    *("shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "u2netp", "wide_resnet50_2"),
}
"""Networks that are another one with other numbers."""


@cache
def network(name: str) -> Graph:
    return next(iter(zoo.selected([name]))).result.graph


def told_wrong(graph: Graph, depth: int | None, deepest: int) -> list[str]:
    plain = depth is not None and depth > deepest and len(graph.nodes) <= MOST_DRAWN
    return lies(graph, to_dot(graph, depth=depth), every=plain)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in GIANTS | SIBLINGS else name
        for name in zoo.names()
    ],
)
def test_every_network_of_the_zoo_at_every_depth(name: str) -> None:
    graph = network(name)
    deepest = nesting(outline(graph))
    wrong = {
        depth: found
        for depth in (None, *range(deepest + 2))
        if (found := told_wrong(graph, depth, deepest))
    }
    assert not wrong


@given(networks(), st.data())
@settings(max_examples=200, deadline=None)
def test_any_network_at_any_depth(text: str, data: st.DataObject) -> None:
    graph = parsed(text)
    deepest = nesting(outline(graph))
    depth = data.draw(st.sampled_from([None, *range(deepest + 2)]))
    assert not told_wrong(graph, depth, deepest)


# -- a picture that lies is found out ----------------------------------------------------------

MIXER = """
block mixer(w) { conv(w, 3x3, padding=1) -> add(in) -> conv(w, 1x1) }
block rated(w, p) { conv(w, 3x3, padding=1) -> bn -> drop_path(p) }
block dense(k) { a: bn -> relu -> conv(k, 3x3, padding=1)
    concat(in, a) }
block guided(w, by) { conv(w, 3x3, padding=1) -> add(by -> identity) -> relu }
model m { input x: 8x16x16
    stem: conv(8, 3x3, padding=1) -> relu
    3 * mixer(8)
    rates: { for i in 0..3 { rated(8, 0.1 * i) } }
    3 * dense(4) -> conv(8, 1x1)
    for i in 0..3 { guided(8, by=stem) }
    pool: maxpool(2x2, return_indices=true)
    conv(8, 1x1) -> max_unpool(pool.indices, 2x2)
    output wide: conv(4, 1x1)
    output narrow: pool -> conv(2, 1x1)
}
"""

EDGE = re.compile(r"(?ms)^\t+(\w+) -> (\w+) \[(?!style=invis).*?\]\n")
BOX = re.compile(r"(?ms)^\t+(n\d+) \[label=<.*?\]\n(?=\t)")


def changes(dot: str) -> Iterator[tuple[str, str]]:
    """The picture with one thing changed, and what that is: every count, every arrow left out, led
    elsewhere and from elsewhere, every shape, every box left out, every number and every word of
    a label."""
    boxes = [found.group(1) for found in BOX.finditer(dot)]
    for found in re.finditer(r"<b>x (\d+)</b>", dot):
        for count in (int(found.group(1)) + 1, int(found.group(1)) - 1):
            told = f"<b>x {count}</b>" if count > 1 else ""
            yield f"{found.group()} to {told}", put(dot, found, told)
    for number, found in enumerate(EDGE.finditer(dot)):
        tail, head = found.groups()
        yield f"without {tail} -> {head}", put(dot, found, "")
        # Two others for each arrow, other ones each time, so that all have their turn.
        for other in (boxes[number % len(boxes)], boxes[(5 * number + 3) % len(boxes)]):
            arrow = f"{tail} -> {head} "
            if other not in (tail, head):
                moved = found.group().replace(arrow, f"{tail} -> {other} ")
                yield f"{arrow} to {other}", put(dot, found, moved)
                moved = found.group().replace(arrow, f"{other} -> {head} ")
                yield f"{arrow} from {other}", put(dot, found, moved)
        shape = re.search(r"label=\"\s*(\d+)", found.group())
        if shape:
            told = found.group()
            told = f"{told[: shape.start(1)]}{int(shape.group(1)) + 1}{told[shape.end(1) :]}"
            yield f"another shape {tail} -> {head}", put(dot, found, told)
    for found in BOX.finditer(dot):
        box = found.group(1)
        without = re.sub(rf"(?ms)^\t+(?:{box} -> \w+|\w+ -> {box}) \[.*?\]\n", "", dot)
        yield f"without {box}", without.replace(found.group(), "")
        for part in re.finditer(r"<b>([a-z_]+)(?=[ <])", found.group()):
            told = f"{found.group()[: part.start()]}<b>other{found.group()[part.end() :]}"
            yield f"{part.group(1)} of {box} is something else", put(dot, found, told)
    for found in re.finditer(r"([\d.]+)…([\d.]+)", dot):
        yield f"{found.group()} turned round", put(dot, found, f"{found.group(2)}…{found.group(1)}")
        yield f"{found.group()} to one number", put(dot, found, found.group(1))


def put(dot: str, found: re.Match[str], told: str) -> str:
    return f"{dot[: found.start()]}{told}{dot[found.end() :]}"


WITH_INSET = """
block basic(w, stride = 1) {
    conv1: conv(w, 3x3, stride=stride, padding=1) -> relu -> conv2: conv(w, 3x3, padding=1)
    in -> downsample: project(like=conv2)
    add(conv2, downsample) -> relu
}
block stage(w) { basic(w, stride=2) -> 2 * basic(w) -> conv(w, 1x1) }
model m { input x: 8x64x64
    for i in 0..5 { stage(8 + 8 * i) -> conv(8, 1x1) -> tanh -> conv(9 + i, 1x1) }
}
"""


@pytest.mark.parametrize(("text", "depth"), [(MIXER, 0), (MIXER, 1), (WITH_INSET, None)])
def test_every_change_to_a_picture_is_noticed(text: str, depth: int | None) -> None:
    graph = parsed(text)
    dot = to_dot(graph, depth=depth)
    assert not lies(graph, dot)
    changed = list(changes(dot))
    assert len(changed) > 100
    assert [what for what, lie in changed if not lies(graph, lie)] == []
