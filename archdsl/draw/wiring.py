"""The edges of a drawing: which boxes hand data to which, once it is known who is drawn where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archdsl.draw.boxes import port_box
from archdsl.draw.picture import Box, Edge, Kind
from archdsl.draw.words import shape_text
from archdsl.graph.graph import Graph, Node, Value
from archdsl.ops import Shape

__all__ = ["ON_THE_WAY", "Copies", "Naming", "Place", "Wiring"]

ON_THE_WAY = {"crop", "pad", "identity", "flatten"}
"""What adapts a value to where it goes; an edge can say it."""

Copies = tuple[tuple[int, int], ...]
"""For each repeat around a node, which one it is and which of its copies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is drawn, and in which copy of which repeats it stands."""

    box: str
    copies: Copies


@dataclass
class Naming:
    """Hands out ids of boxes and frames, so that several panels share one file."""

    count: int = 0

    def next(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"


@dataclass
class Wiring:
    """Finds the edges of one panel and the boxes at its ends.

    ``places`` tells where nodes are drawn, ``passed`` those that an edge tells, ``closed`` which
    boxes are blocks.
    """

    graph: Graph
    places: dict[int, Place]
    passed: dict[int, str]
    closed: set[str]
    naming: Naming
    outside: dict[Value, str] = field(default_factory=dict)
    results: list[tuple[Value, str, bool]] = field(default_factory=list)

    def inputs(self) -> tuple[Box, ...]:
        """Boxes for what flows in from outside the panel."""
        found = []
        for index in sorted(self.places):
            for value, _ in self.reads(self.graph.nodes[index]):
                value, _ = self.origin(value)
                if value.node in self.places or value in self.outside:
                    continue
                self.outside[value] = self.naming.next("n")
                found.append(port_box(Kind.INPUT, self.outside[value], "in", self.shape(value)))
        return tuple(found)

    def outputs(self) -> tuple[Box, ...]:
        """Boxes for what the model hands out."""
        found = []
        for outputs, train in ((self.graph.outputs, False), (self.graph.train_outputs, True)):
            for name, value in outputs.items():
                if value.node not in self.places:
                    continue
                box = self.naming.next("n")
                self.results.append((value, box, train))
                found.append(port_box(Kind.OUTPUT, box, name, self.shape(value), train=train))
        return tuple(found)

    def edges(self) -> tuple[Edge, ...]:
        """Call it when the boxes of the ends are made."""
        found: dict[tuple[str, str, str, str], Edge] = {}
        for edge in self.all_edges():
            found.setdefault((edge.tail, edge.head, edge.shape, edge.via), edge)
        # What goes straight in needs no second edge for what it meets on another way inside.
        plain = {key[:3] for key in found if not key[3]}
        return tuple(edge for key, edge in found.items() if not key[3] or key[:3] not in plain)

    def all_edges(self) -> Iterator[Edge]:
        for index in sorted(self.places):
            node = self.graph.nodes[index]
            for value, reference in self.reads(node):
                edge = self.edge(value, node, reference)
                if edge is not None:
                    yield edge
        for value, box, train in self.results:
            told = shape_text(self.shape(value))
            tip = f"{self.graph.nodes[value.node].name}: {told}"
            yield Edge(self.places[value.node].box, box, told, tooltip=tip, train_only=train)

    def reads(self, node: Node) -> Iterator[tuple[Value, str]]:
        """The values a node works on, with the argument they are given by; ``like`` gives only a
        shape and is not drawn."""
        for value in node.inputs:
            yield value, ""
        for name, value in node.refs:
            if name != "like":
                yield value, name

    def edge(self, value: Value, reader: Node, reference: str) -> Edge | None:
        """The edge by which ``reader`` gets ``value``, unless it stays in a box or between
        two copies of a repeat."""
        origin, via = self.origin(value)
        if reference:
            via.append(reference)
        elif not via:
            via = self.inside(reader)
        head = self.places[reader.index]
        tail = self.tail(origin, head)
        if tail is None:
            return None
        told = shape_text(self.shape(origin))
        tip = f"{self.graph.nodes[origin.node].name} -> {reader.name}: {told}"
        if via == ["add"]:
            via = []  # that is what a skip does
        return Edge(tail, head.box, told, ", ".join(via), tip, train_only=reader.train_only)

    def tail(self, value: Value, head: Place) -> str | None:
        """The box an edge to ``head`` starts from; none if there is nothing to draw."""
        later_copy = {place for place in head.copies if place[1]}
        if value.node not in self.places:
            return None if later_copy else self.outside.get(value)
        tail = self.places[value.node]
        if tail.box == head.box or other_copy(tail.copies, head.copies):
            return None
        # Inside a later copy: the first one tells it.
        return None if later_copy & set(tail.copies) else tail.box

    def origin(self, value: Value) -> tuple[Value, list[str]]:
        """Where a value comes from and what happens to it on the way."""
        via: list[str] = []
        while value.node in self.passed:
            via.insert(0, self.passed[value.node])
            value = self.graph.nodes[value.node].inputs[0]
        return value, via

    def inside(self, reader: Node) -> list[str]:
        """What a closed box does with a value until it is merged with others: crop, concat."""
        box = self.places[reader.index].box
        done: list[str] = []
        while reader.op.name in ON_THE_WAY:
            done.append(reader.op.name)
            readers = self.graph.consumers.get(Value(reader.index), ())
            if len(readers) != 1:
                return []
            reader = self.graph.nodes[readers[0]]
        place = self.places.get(reader.index)
        if reader.op.family != "merging" or place is None or place.box != box:
            return []
        return [*done, reader.op.name] if box in self.closed else []

    def shape(self, value: Value) -> Shape | None:
        return self.graph.nodes[value.node].shapes[value.output]


def other_copy(one: Copies, two: Copies) -> bool:
    """Whether two places are in different copies of a repeat that holds both.

    >>> other_copy(((1, 0), (2, 0)), ((1, 1), (2, 0))), other_copy(((1, 0),), ((3, 2),))
    (True, False)
    """
    there = dict(two)
    return any(run in there and there[run] != copy for run, copy in one)
