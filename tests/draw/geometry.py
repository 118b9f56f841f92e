"""Where things are in an SVG of Graphviz: the rectangles of its words and boxes, the lines of its
edges, and which of these lie on top of each other. Reads XML and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot
from xml.etree import ElementTree

from .drawing import SVG

__all__ = ["Crossing", "Layout", "Line", "Rectangle", "Words", "crossings", "fit", "smallest_text"]

ASCENT, DESCENT = 0.74, 0.21
"""How far Liberation Sans reaches above and below its baseline, by its size."""

CLEARANCE = 0.5
"""Half the width of a line: closer to a word than this, it touches it."""

SPACE = 0.278
"""The width of a space, by the size of the text."""

BLANKS = " \u00a0"

STEP = 2.0
"""A curve is read as straight pieces of about this length in points."""

PAPER = (595, 842)
"""A4 in points."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Rectangle:
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, start: Point, end: Point) -> bool:
        """Whether a straight piece has a point in the rectangle."""
        (x, y), (right, down) = start, (end[0] - start[0], end[1] - start[1])
        first, last = 0.0, 1.0
        sides = (
            (-right, x - self.left),
            (right, self.right - x),
            (-down, y - self.top),
            (down, self.bottom - y),
        )
        for slope, room in sides:
            if slope == 0:
                if room < 0:
                    return False
            elif slope < 0:
                first = max(first, room / slope)
            else:
                last = min(last, room / slope)
        return first <= last

    def overlaps(self, other: Rectangle) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``owner`` is the id of what it stands in, ``kind`` that one's class."""

    text: str
    at: Rectangle
    size: float
    owner: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """The curve of an edge with its arrow head, and the boxes at its ends."""

    id: str
    ends: tuple[str, str]
    points: tuple[tuple[Point, ...], ...]

    def meets(self, place: Rectangle) -> bool:
        return any(place.meets(*piece) for part in self.points for piece in pairwise(part))


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line that goes through words or through a box."""

    line: tuple[str, str]
    over: str
    kind: str


class Layout:
    """What is where in a picture."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.width, self.height = (
            float(root.attrib[side].removesuffix("pt")) for side in ("width", "height")
        )
        self.words: list[Words] = []
        self.boxes: dict[str, Rectangle] = {}
        self.lines: list[Line] = []
        for group in root.iter(f"{SVG}g"):
            self.add(group, group.attrib.get("class", ""))

    def add(self, group: ElementTree.Element, kind: str) -> None:
        if kind not in ("graph", "cluster", "node", "edge"):
            return
        title = (group.findtext(f"{SVG}title") or "").strip()
        parts = list(own_parts(group))
        owner = title if kind != "edge" else group.attrib["id"]
        self.words += [
            words_of(part, owner, kind)
            for part in parts
            if part.tag == f"{SVG}text" and (part.text or "").strip(BLANKS)
        ]
        if kind == "node":
            self.boxes[title] = around(parts)
        elif kind == "edge":
            tail, _, head = title.partition("->")
            self.lines.append(Line(owner, (tail, head), tuple(curves(parts))))


def own_parts(group: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """What is drawn in a group, without the groups of other things in it."""
    for part in group:
        if part.tag in (f"{SVG}g", f"{SVG}a"):
            if "class" not in part.attrib:
                yield from own_parts(part)
        else:
            yield part


def words_of(text: ElementTree.Element, owner: str, kind: str) -> Words:
    at = text.attrib
    size, width = float(at["font-size"]), float(at["textLength"])
    left, base = float(at["x"]), float(at["y"])
    left -= {"middle": width / 2, "end": width}.get(at.get("text-anchor", ""), 0.0)
    right = left + width
    words = text.text or ""
    bare = words.strip(BLANKS)
    # Spaces keep a label off its line: they may be crossed.
    left += SPACE * size * (len(words) - len(words.lstrip(BLANKS)))
    right -= SPACE * size * (len(words) - len(words.rstrip(BLANKS)))
    return Words(
        bare, Rectangle(left, base - ASCENT * size, right, base + DESCENT * size), size, owner, kind
    )


# -- lines -------------------------------------------------------------------------------------


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def pairs(values: list[float]) -> list[Point]:
    return list(zip(values[::2], values[1::2], strict=True))


def curves(parts: list[ElementTree.Element]) -> Iterator[tuple[Point, ...]]:
    """The curves and the outlines of the arrow heads."""
    for part in parts:
        if part.tag == f"{SVG}path":
            yield tuple(sampled(part.attrib["d"]))
        elif part.tag == f"{SVG}polygon":
            yield tuple(pairs(numbers(part.attrib["points"])))


def sampled(path: str) -> Iterator[Point]:
    """Points on a path of Graphviz: one move and cubic curves, all absolute."""
    assert re.fullmatch(r"M[^A-Za-z]*C[^A-Za-z]*", path), path
    start, *rest = pairs(numbers(path))
    yield start
    for index in range(0, len(rest), 3):
        one, two, end = rest[index : index + 3]
        corners = (start, one, two, end)
        steps = ceil(sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(corners)) / STEP)
        for step in range(1, steps + 1):
            yield on_curve(corners, step / steps)
        start = end


def on_curve(corners: tuple[Point, Point, Point, Point], at: float) -> Point:
    rest = 1 - at
    weights = (rest**3, 3 * rest**2 * at, 3 * rest * at**2, at**3)
    return (
        sum(w * corner[0] for w, corner in zip(weights, corners, strict=True)),
        sum(w * corner[1] for w, corner in zip(weights, corners, strict=True)),
    )


def around(parts: list[ElementTree.Element]) -> Rectangle:
    """The rectangle around the outline of a box."""
    for part in parts:
        at = part.attrib
        if part.tag == f"{SVG}ellipse":
            x, y, across, down = (float(at[key]) for key in ("cx", "cy", "rx", "ry"))
            return Rectangle(x - across, y - down, x + across, y + down)
        if part.tag in (f"{SVG}path", f"{SVG}polygon"):
            values = numbers(at.get("d") or at["points"])
            return Rectangle(
                min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])
            )
    raise AssertionError("a box without an outline")


# -- judging -----------------------------------------------------------------------------------


def crossings(layout: Layout) -> list[Crossing]:
    """Each line that goes through a title, a label (its own too), or a box that is not its end."""
    found = []
    for line in layout.lines:
        for words in layout.words:
            if words.owner not in line.ends and line.meets(words.at.grown(CLEARANCE)):
                found.append(Crossing(line.ends, words.text, words.kind))
        for box, place in layout.boxes.items():
            if box not in line.ends and line.meets(place):
                found.append(Crossing(line.ends, box, "box"))
    return found


def fit(layout: Layout) -> float:
    """The scale at which the picture fits A4, upright or across; never more than one."""
    short, long = PAPER
    upright = min(short / layout.width, long / layout.height)
    return min(1.0, max(upright, min(long / layout.width, short / layout.height)))


def smallest_text(layout: Layout) -> float:
    """The size of the smallest word on A4."""
    return min(words.size for words in layout.words) * fit(layout)
