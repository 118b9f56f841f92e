"""Reads the claims of a picture out of its DOT: boxes, frames, arrows, and what "x N" unfolds to.

Nothing of the package decides anything here. What a picture says is read as its reader would:

- a box stands for the operators that its tooltip lists, or for the block that it names;
- "x N" on a box or a frame is a chain: copy k + 1 gets what copy k gave. In a frame, what comes in
  by a box `in` is the chain and all else from outside is the same value for every copy; without
  such a box the one value that comes in is the chain;
- what leaves a repeat is what its last copy gives;
- circles with the same number are one value, arrows drawn backwards are turned round;
- an arrow without a shape has that of another one from the same box.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from itertools import product

import pygraphviz

__all__ = ["Arrow", "Box", "Copies", "False_", "Flow", "Frame", "Panel", "Place", "panels"]


class False_(Exception):
    """A picture that says something that is not so, or nothing definite."""


@dataclass(eq=False)
class Frame:
    """A frame; a box "x N" is in one of its own, which has no title."""

    id: str
    title: str
    count: int
    tooltip: tuple[str, ...]
    around: Frame | None = None
    ports: list[str] = field(default_factory=list)
    """The boxes `in` that stand directly in it."""

    @property
    def chain(self) -> tuple[Frame, ...]:
        """The frames around it and itself, outermost first."""
        return (*(self.around.chain if self.around else ()), self)

    @property
    def repeats(self) -> bool:
        return self.count > 1


@dataclass(eq=False)
class Box:
    """A box; ``title`` is its bold text, ``lines`` everything in it."""

    id: str
    title: str
    lines: tuple[str, ...]
    count: int
    tooltip: tuple[str, ...]
    dashed: bool
    frame: Frame | None = None
    """The innermost frame around it; its own if it stands for several copies."""

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self.frame.chain if self.frame else ()

    @cached_property
    def folds(self) -> tuple[Frame, ...]:
        """The repeats it stands in, outermost first, its own last."""
        return tuple(frame for frame in self.frames if frame.repeats)

    @property
    def is_in(self) -> bool:
        return self.tooltip[0].startswith("input in: ") and self.title == "in"

    @property
    def is_out(self) -> bool:
        return self.tooltip[0].startswith("output ")

    @property
    def text(self) -> str:
        return " | ".join(self.lines)

    @property
    def shape(self) -> str:
        """The shape that a box `in` or an output tells."""
        return self.tooltip[0].partition(": ")[2]


@dataclass(eq=False)
class Arrow:
    """An arrow as it says itself; ``shape`` is "" where another one tells it."""

    tail: str
    head: str
    shape: str
    via: tuple[str, ...]
    dashed: bool = False

    def __str__(self) -> str:
        return f"{self.tail} -> {self.head} [{self.shape} | {', '.join(self.via)}]"


Copies = tuple[int, ...]
"""Which copy of each repeat around a box, outermost first."""


@dataclass(frozen=True)
class Place:
    """One copy of one box."""

    box: str
    copies: Copies = ()


@dataclass(frozen=True)
class Flow:
    """A value that one copy of a box hands to another; ``shapes`` is what is said of its shape,
    empty if nothing is."""

    tail: Place
    head: Place
    via: tuple[str, ...]
    shapes: frozenset[str]
    arrow: Arrow


@dataclass(eq=False)
class Panel:
    """A drawing on its own: the whole network, or one block opened beside it."""

    title: str
    about: tuple[str, ...]
    """The tooltip; of a block its first line is the name."""
    boxes: dict[str, Box]
    frames: tuple[Frame, ...]
    arrows: tuple[Arrow, ...]
    left: dict[Frame, set[tuple[str, str]]] = field(default_factory=dict)

    # -- unfolding ---------------------------------------------------------------------------

    def places(self) -> Iterator[Place]:
        """Every copy of every box; a box `in` of a repeat is no more than a name."""
        for box in self.boxes.values():
            if not self.is_port(box):
                yield from self.copies(box)

    def copies(self, box: Box) -> Iterator[Place]:
        for copies in product(*(range(fold.count) for fold in box.folds)):
            yield Place(box.id, copies)

    def is_port(self, box: Box) -> bool:
        return box.is_in and box.frame is not None and box.frame.repeats

    def flows(self) -> Iterator[Flow]:
        """Who hands a value to whom, copy by copy."""
        for frame in self.frames:
            self.agrees(frame)
        for arrow in self.arrows:
            head = self.boxes[arrow.head]
            if self.is_port(head):
                continue
            for place in self.copies(head):
                at = dict(zip(head.folds, place.copies, strict=True))
                tail, via, shapes = self.source(arrow, at)
                yield Flow(tail, place, via, shapes, arrow)

    def source(
        self, arrow: Arrow, at: dict[Frame, int]
    ) -> tuple[Place, tuple[str, ...], frozenset[str]]:
        """Where the head of an arrow gets its value in one copy of the repeats around it, what
        happens to it on the way, and what shapes it is said to have."""
        tail, head = self.boxes[arrow.tail], self.boxes[arrow.head]
        entered = [fold for fold in head.folds if fold not in tail.folds]
        for fold in reversed(entered):
            if fold.ports and head.id not in fold.ports:
                continue  # the same value for every copy
            if at[fold] > 0:
                place, given = self.given(fold, at, self.shape(arrow))
                # The arrow crosses the border: it tells what the first copy gets, or all of them.
                return place, arrow.via, self.shapes(arrow) if "…" in arrow.shape else given
        if not self.is_port(tail):
            return self.last(tail, at), arrow.via, self.shapes(arrow)
        if tail.frame not in at:
            raise False_(f"the box `in` of a repeat is read outside: {arrow}")
        if at[tail.frame] > 0:
            return self.given(tail.frame, at, tail.shape)[0], arrow.via, self.shapes(arrow)
        feeds = [a for a in self.arrows if a.head == tail.id]
        if len(feeds) != 1:
            raise False_(f"{len(feeds)} arrows lead to the box `in` of {tail.frame.id}")
        place, via, _ = self.source(feeds[0], at)
        return place, via + arrow.via, self.shapes(arrow)

    def given(self, fold: Frame, at: dict[Frame, int], shape: str) -> tuple[Place, frozenset[str]]:
        """What the copy before gave to the next, and the shape of what leaves the repeat."""
        box = self.boxes[self.result(fold, shape)]
        if self.is_port(box):
            raise False_(f"what comes into {fold.id} leaves it as it is")
        told = {s for tail, s in self.leaving(fold) if tail == box.id}
        around = {frame: copy for frame, copy in at.items() if frame in fold.chain}
        return self.last(box, {**around, fold: at[fold] - 1}), frozenset(told)

    def last(self, box: Box, at: dict[Frame, int]) -> Place:
        """A box in the copies that are known, of all other repeats the last copy."""
        return Place(box.id, tuple(at.get(fold, fold.count - 1) for fold in box.folds))

    def result(self, fold: Frame, shape: str) -> str:
        """The box that gives what the next copy gets with this shape."""
        own = [box for box in self.boxes.values() if box.frame is fold and box.count > 1]
        if own:
            return own[0].id
        leaving = self.leaving(fold)
        tails = {tail for tail, _ in leaving} or self.ends(fold)
        if len(tails) > 1:
            tails = {tail for tail, told in leaving if told == shape}
        if len(tails) != 1:
            raise False_(f"{len(tails)} values of {shape} leave {fold.id} ({fold.title})")
        return tails.pop()

    def leaving(self, fold: Frame) -> set[tuple[str, str]]:
        """The values that leave a repeat: their boxes and shapes."""
        if fold not in self.left:
            self.left[fold] = {
                (arrow.tail, shape)
                for arrow in self.arrows
                if fold in self.boxes[arrow.tail].folds and fold not in self.boxes[arrow.head].folds
                for shape in self.shapes(arrow)
            }
        return self.left[fold]

    def ends(self, fold: Frame) -> set[str]:
        """Boxes of a repeat whose value nobody reads, where nothing leaves it."""
        inside = {box.id for box in self.boxes.values() if fold in box.folds}
        return inside - {arrow.tail for arrow in self.arrows}

    def agrees(self, fold: Frame) -> None:
        """What comes into a repeat tells which value goes from copy to copy."""
        if not fold.repeats:
            return
        inside = {box.id for box in self.boxes.values() if fold in box.folds}
        entering = {
            (arrow.tail, self.shape(arrow), arrow.head in fold.ports)
            for arrow in self.arrows
            if arrow.head in inside and arrow.tail not in inside
        }
        shapes = [shape for _, shape, port in entering if port or not fold.ports]
        single = any(box.frame is fold and box.count > 1 for box in self.boxes.values())
        if not shapes:
            raise False_(f"nothing comes into {fold.id} ({fold.title} x {fold.count})")
        if len(shapes) != len(set(shapes)):
            raise False_(f"two values of one shape come into {fold.id}: {sorted(entering)}")
        for arrow in self.arrows:
            if arrow.tail in fold.ports or arrow.head in fold.ports:
                self.agrees_with_port(arrow, fold)
        if fold.ports or single:
            return
        if len(shapes) > 1:
            raise False_(f"{len(shapes)} values come into {fold.id} without a box `in`")
        # Two arrows from outside look like one value that every copy gets.
        heads = {a.head for a in self.arrows if a.head in inside and a.tail not in inside}
        if len(heads) > 1:
            raise False_(f"one value comes into {fold.id} twice, without a box `in`")

    def agrees_with_port(self, arrow: Arrow, fold: Frame) -> None:
        """What a box `in` is said to be, what comes to it and what leaves it in the first copy."""
        port = self.boxes[arrow.tail if arrow.tail in fold.ports else arrow.head]
        told = {re.sub(r"^(\d+)…\d+", r"\1", shape) for shape in self.shapes(arrow)}
        if told and port.shape not in told and not (arrow.via and arrow.head == port.id):
            raise False_(f"`in` is of {port.shape}, and {arrow} leads to it or from it")

    # -- shapes ------------------------------------------------------------------------------

    def shape(self, arrow: Arrow) -> str:
        """The shape of what an arrow carries; told by another one where it is silent."""
        return " or ".join(sorted(self.shapes(arrow)))

    def shapes(self, arrow: Arrow) -> frozenset[str]:
        """The shape on an arrow, or those on others from the same box."""
        return frozenset({arrow.shape} if arrow.shape else self.told.get(arrow.tail, ()))

    @cached_property
    def told(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for arrow in self.arrows:
            if arrow.shape:
                found.setdefault(arrow.tail, set()).add(arrow.shape)
        return found


# -- reading -------------------------------------------------------------------------------------


def panels(dot: str) -> list[Panel]:
    """The drawings of a page, the network itself first."""
    graph = pygraphviz.AGraph(string=dot)
    page = Page()
    page.read(graph, None, None)
    for node in graph.nodes():
        page.box(node)
    for edge in graph.edges():
        if edge.attr["style"] != "invis":
            page.arrow(edge)
    return page.panels()


class Page:
    """Everything in one DOT source, by the drawing it belongs to."""

    def __init__(self) -> None:
        self.frames: dict[str, Frame] = {}
        self.home: dict[str, Frame | None] = {}
        self.inset: dict[str, str] = {}
        self.insets: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.boxes: dict[str, Box] = {}
        self.arrows: list[Arrow] = []
        self.leaving: dict[str, list[Arrow]] = {}
        self.arriving: dict[str, list[Arrow]] = {}

    def read(self, part: pygraphviz.AGraph, around: Frame | None, inset: str | None) -> None:
        for inner in part.subgraphs():
            name = str(inner.name or "")
            if not name.startswith("cluster") or name.startswith("cluster_column"):
                self.read(inner, around, inset)
                continue
            label = inner.graph_attr["label"] or ""
            about = lines_of(inner.graph_attr["tooltip"] or "")
            if name.startswith("cluster_inset"):
                self.insets[name] = plain(label), about
                self.claim(inner, None, name)
                self.read(inner, None, name)
                continue
            frame = Frame(name, title_of(label), count_of(label), about, around)
            self.frames[name] = frame
            self.claim(inner, frame, inset)
            self.read(inner, frame, inset)

    def claim(self, part: pygraphviz.AGraph, frame: Frame | None, inset: str | None) -> None:
        """Notes the innermost frame of each box: inner frames are read later."""
        for node in part.nodes():
            if frame is not None:
                self.home[str(node)] = frame
            if inset is not None:
                self.inset[str(node)] = inset

    def box(self, node: pygraphviz.Node) -> None:
        name, label = str(node), node.attr["label"] or ""
        if name.startswith(("leave", "arrive")):
            return
        frame, count = self.home.get(name), count_of(label)
        about = lines_of(node.attr["tooltip"] or "")
        if count > 1:
            frame = Frame(f"box {name}", "", count, (), frame)
        dashed = "dashed" in (node.attr["style"] or "")
        # What the label says but for the number of copies.
        lines = tuple(line for line in title_of(label).split("\n") if line)
        box = Box(name, bold(label) or plain(label), lines, count, about, dashed, frame)
        self.boxes[name] = box
        if box.is_in and frame is not None and frame.repeats:
            frame.ports.append(name)

    def arrow(self, edge: pygraphviz.Edge) -> None:
        tail, head = str(edge[0]), str(edge[1])
        if edge.attr["dir"] == "back":
            tail, head = head, tail
        told = [line for line in plain(edge.attr["label"] or "").split("\n") if line]
        shape = told.pop(0) if told and SHAPE.fullmatch(told[0]) else ""
        via = tuple(word for line in told for word in line.split(", "))
        arrow = Arrow(tail, head, shape, via, "dashed" in (edge.attr["style"] or ""))
        about = lines_of(edge.attr["tooltip"] or "")
        if head.startswith("leave"):
            self.leaving.setdefault(number(head), []).append(arrow)
        elif tail.startswith("arrive"):
            self.arriving.setdefault(number(tail), []).append(arrow)
        elif len(about) > 1:
            self.pooled(arrow, about)
        else:
            self.arrows.append(arrow)

    def pooled(self, arrow: Arrow, about: tuple[str, ...]) -> None:
        """An arrow that is an operator: in the U of an encoder the levels show it."""
        box = f"on {arrow.tail} {arrow.head}"
        title = ", ".join(arrow.via)
        self.boxes[box] = Box(box, title, (title,), 1, about[1:], arrow.dashed)
        if arrow.tail in self.inset:
            self.inset[box] = self.inset[arrow.tail]
        comes = about[1].rpartition(": ")[2].partition(" -> ")[0]
        self.arrows.append(Arrow(arrow.tail, box, comes, (), arrow.dashed))
        self.arrows.append(Arrow(box, arrow.head, arrow.shape, (), arrow.dashed))

    def joined(self) -> Iterator[Arrow]:
        """The arrows between columns: to a circle, and on from one with the same number."""
        if self.leaving.keys() != self.arriving.keys():
            raise False_("a circle has no other of its number")
        for name, arrows in self.leaving.items():
            if len(arrows) != 1:
                raise False_(f"{len(arrows)} values go by the number {name}")
            for arrow in self.arriving[name]:
                yield Arrow(arrows[0].tail, arrow.head, arrows[0].shape, arrow.via, arrow.dashed)

    def panels(self) -> list[Panel]:
        self.arrows += self.joined()
        return [self.panel("", "", ())] + [
            self.panel(name, title, about) for name, (title, about) in self.insets.items()
        ]

    def panel(self, inset: str, title: str, about: tuple[str, ...]) -> Panel:
        boxes = {k: box for k, box in self.boxes.items() if self.inset.get(k, "") == inset}
        frames = {id(frame): frame for box in boxes.values() for frame in box.frames}
        arrows = tuple(a for a in self.arrows if a.tail in boxes or a.head in boxes)
        for arrow in arrows:
            if arrow.tail not in boxes or arrow.head not in boxes:
                raise False_(f"{arrow} leads out of its drawing")
        return Panel(title, about, boxes, tuple(frames.values()), arrows)


SHAPE = re.compile(r"\?|[\d…]+(?: x [\dx]+[²³]?)?")


def plain(label: str) -> str:
    """A label without its markup, line by line; a line that is broken to fit is one still. What
    the user wrote is escaped in it, so everything in angle brackets is markup."""
    text = re.sub(r"</tr>|\\l", "\n", label)
    text = unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br[^>]*>", " ", text)))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")


def bold(label: str) -> str:
    """The title of a box, without the number of copies."""
    return " ".join(map(unescape, re.findall(r"<b>(.*?)</b>", TIMES.sub("", label))))


TIMES = re.compile(r"<b>x (\d+)</b>")


def count_of(label: str) -> int:
    found = TIMES.search(label)
    return int(found.group(1)) if found else 1


def title_of(label: str) -> str:
    return plain(TIMES.sub("", label))


def lines_of(tooltip: str) -> tuple[str, ...]:
    return tuple(unescape(tooltip).split("\n"))


def number(circle: str) -> str:
    return re.sub(r"^\D+(\d+).*$", r"\1", circle)
