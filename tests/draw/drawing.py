"""Reads drawings back as a stranger would: DOT with pygraphviz, SVG as XML, PNG by its head."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz

import archdsl
from archdsl.draw import draw, to_dot
from archdsl.draw.render import drawn
from archdsl.graph.graph import Graph

SPECS = Path(__file__).parents[2] / "specs"

SPEC_NAMES = ("lenet5", "vgg16", "resnet50", "googlenet", "densenet121", "unet")

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "{http://www.w3.org/1999/xlink}title"


def spec(name: str) -> Graph:
    return archdsl.load(SPECS / f"{name}.arch").graph


def parsed(text: str) -> Graph:
    return archdsl.parse(text).graph


@dataclass(frozen=True)
class Shown:
    """A box of the drawing: the lines of its label, and what else the DOT says of it."""

    id: str
    text: str
    style: str
    group: str
    tooltip: str


class Drawing:
    """A DOT source, read back."""

    def __init__(self, dot: str) -> None:
        self.dot = dot
        self.graph = pygraphviz.AGraph(string=dot)
        self.boxes = {str(node): shown(node) for node in self.graph.nodes()}

    def texts(self) -> list[str]:
        return [box.text for box in self.boxes.values()]

    def box(self, part: str) -> str:
        """The only box whose text starts with these words."""
        start = re.compile(re.escape(part) + r"(?!\w)")
        found = [box.id for box in self.boxes.values() if start.match(box.text)]
        assert len(found) == 1, f"{part!r} is in {len(found)} of {self.texts()}"
        return found[0]

    def flows(self) -> set[tuple[str, str, str]]:
        """Data flow by the text of its ends, with the label: what is drawn upwards turned round,
        what leaves for another column by a numbered circle put together again."""
        found = set()
        arrivals: dict[str, list[tuple[str, str]]] = {}
        departures: dict[str, list[tuple[str, str]]] = {}
        for edge in self.graph.edges():
            tail, head = str(edge[0]), str(edge[1])
            if edge.attr["dir"] == "back":
                tail, head = head, tail
            label = words(edge.attr["label"])
            if head.startswith("leave"):
                departures.setdefault(self.boxes[head].text, []).append((tail, label))
            elif tail.startswith("arrive"):
                arrivals.setdefault(self.boxes[tail].text, []).append((head, label))
            else:
                found.add((self.boxes[tail].text, self.boxes[head].text, label))
        assert arrivals.keys() == departures.keys()
        for number, leaving in departures.items():
            for tail, label in leaving:
                for head, _ in arrivals[number]:
                    found.add((self.boxes[tail].text, self.boxes[head].text, label))
        return found

    def edge(self, tail: str, head: str) -> pygraphviz.Edge:
        return self.graph.get_edge(self.box(tail), self.box(head))

    def frames(self) -> dict[str, str]:
        """The title of each frame by the name of its cluster."""
        return {
            part.name: words(part.graph_attr["label"] or "")
            for part in every_subgraph(self.graph)
            if part.name and part.name.startswith("cluster")
        }

    def positions(self) -> dict[str, tuple[float, float]]:
        """Where Graphviz puts the boxes, with the font that comes along; y grows upwards."""
        self.graph = pygraphviz.AGraph(string=laid_out(self.dot))
        found = {}
        for node in self.graph.nodes():
            x, y = node.attr["pos"].split(",")
            found[str(node)] = float(x), float(y)
        return found


def laid_out(dot: str) -> str:
    """The DOT with the positions that a picture of it has."""
    return drawn(dot, "dot", Path("layout.dot")).decode()


def drawing(graph: Graph, depth: int | None = None) -> Drawing:
    return Drawing(to_dot(graph, depth=depth))


def every_subgraph(graph: pygraphviz.AGraph) -> list[pygraphviz.AGraph]:
    found = []
    for part in graph.subgraphs():
        found += [part, *every_subgraph(part)]
    return found


def shown(node: pygraphviz.Node) -> Shown:
    attributes = node.attr
    return Shown(
        str(node),
        words(attributes["label"] or ""),
        attributes["style"] or "",
        attributes["group"] or "",
        attributes["tooltip"] or "",
    )


def words(label: str) -> str:
    """A label without its markup, lines set apart by " | "."""
    label = re.sub(r"<br[^>]*/>", " ", label)  # a long title goes on
    plain = re.sub(r"</tr>|\\l", "\n", label)
    plain = unescape(re.sub(r"<[^>]*>", "", plain)) if "<" in label else plain
    lines = [" ".join(line.split()) for line in plain.strip("<>").split("\n")]
    return " | ".join(line for line in lines if line)


def svg(graph: Graph, folder: Path, depth: int | None = None) -> ElementTree.Element:
    path = draw(graph, folder / "drawing.svg", depth=depth)
    return ElementTree.parse(path).getroot()


def png_size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height
