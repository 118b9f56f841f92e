"""The edges of a drawing: which boxes hand data to which, once it is known who is drawn where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from archdsl.draw.boxes import port_box
from archdsl.draw.outline import Twins
from archdsl.draw.picture import Box, Edge, Kind
from archdsl.draw.repeat import Port, drawn_sources
from archdsl.draw.words import shape_of, shape_text, shapes_text
from archdsl.graph.graph import Graph, Node, Value
from archdsl.ops import Shape

__all__ = ["ON_THE_WAY", "Copies", "Gate", "Naming", "Place", "Wiring"]

ON_THE_WAY = {"crop", "pad", "identity", "flatten"}
"""What adapts a value to where it goes; an edge can say it."""

Copies = tuple[tuple[int, int], ...]
"""For each repeat around a node, which one it is and which of its copies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is drawn, and in which copy of which repeats it stands."""

    box: str
    copies: Copies

    @property
    def first(self) -> bool:
        """Whether it is in the first copy of every repeat: the one that is drawn."""
        return not any(copy for _, copy in self.copies)


@dataclass(frozen=True, slots=True)
class Gate:
    """The way into a repeat: the nodes of its first copy, and the boxes that stand for what goes
    from copy to copy, by the ports of the first copy that read it."""

    inside: frozenset[int]
    ports: dict[Port, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of a way: from one box to another, past operators that get no box. ``into`` are
    repeats that it enters where no box tells what goes from copy to copy."""

    tail: str
    head: str
    via: tuple[str, ...]
    into: frozenset[int]


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
    boxes are blocks, ``gates`` the repeats by their number.
    """

    graph: Graph
    places: dict[int, Place]
    passed: dict[int, str]
    closed: set[str]
    gates: Mapping[int, Gate]
    twins: Twins
    naming: Naming
    outside: dict[Value, str] = field(default_factory=dict)
    results: list[tuple[Value, str, bool]] = field(default_factory=list)

    def inputs(self) -> tuple[Box, ...]:
        """Boxes for what flows in from outside the panel."""
        found = []
        for index in sorted(self.places):
            for key, value in drawn_sources(self.graph.nodes[index]):
                value, _ = self.way(value, (index, key))
                if value.node in self.places or value in self.outside:
                    continue
                self.outside[value] = self.naming.next("n")
                found.append(port_box(Kind.INPUT, self.outside[value], "in", self.shape(value)))
        return tuple(found)

    def outputs(self, values: Mapping[str, Value], *, train: bool = False) -> tuple[Box, ...]:
        """Boxes for what the panel hands out, by name."""
        found = []
        for name, value in values.items():
            if self.start(value) is None:
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
        return tuple(edge for key, edge in found.items() if not edge.meets or key[:3] not in plain)

    def all_edges(self) -> Iterator[Edge]:
        for index in sorted(self.places):
            if not self.places[index].first:
                continue  # the first copy tells it
            for key, value in drawn_sources(self.graph.nodes[index]):
                yield from self.between(value, self.graph.nodes[index], key)
        for value, box, train in self.results:
            told = shape_text(self.shape(value))
            tip = f"{self.graph.nodes[value.node].name}: {told}"
            yield Edge(self.start(value) or "", box, told, tooltip=tip, train_only=train)

    def between(self, value: Value, reader: Node, key: int | str) -> Iterator[Edge]:
        """The edges by which ``reader`` gets ``value``, by way of the boxes at the gates of
        repeats; none if it stays in a box or between two copies of a repeat."""
        origin, way = self.way(value, (reader.index, key))
        tail, head = self.places.get(origin.node), self.places[reader.index]
        start = self.start(origin)
        if start is None or start == head.box:
            return
        if tail is not None and other_copy(tail.copies, head.copies):
            return
        steps = list(self.steps(start, tail.copies if tail else (), head, way))
        for step in steps:
            via = list(step.via)
            meets = step is steps[-1] and not via and not isinstance(key, str)
            if step is steps[-1]:
                via += [key] if isinstance(key, str) else [] if via else self.inside(reader)
            if via == ["add"]:
                via = []  # that is what a skip does
            told = self.told(value, (reader.index, key), step.into)
            tip = f"{self.graph.nodes[origin.node].name} -> {reader.name}: {told}"
            aside = reader.train_only
            yield Edge(
                step.tail, step.head, told, ", ".join(via), tip,
                train_only=aside, meets=meets and bool(via),
            )  # fmt: skip

    def steps(self, start: str, left: Copies, head: Place, way: list[Port]) -> Iterator[Step]:
        """The way in steps from gate to gate, outermost first; ``left`` are the repeats that the
        value itself is in."""
        entered = [number for number, _ in head.copies if number not in dict(left)]
        at, done, silent = start, 0, set(entered)
        for number in entered:
            gate = self.gates[number]
            place = next(i for i, (node, _) in enumerate(way) if node in gate.inside)
            port = gate.ports.get(way[place])
            if port is None:
                continue
            yield Step(at, port, self.names(way[done:place]), frozenset(silent))
            at, done = port, place
            silent.discard(number)
        yield Step(at, head.box, self.names(way[done:-1]), frozenset(silent))

    def names(self, way: Iterable[Port]) -> tuple[str, ...]:
        return tuple(self.passed[node] for node, _ in way)

    def start(self, value: Value) -> str | None:
        """The box that a value comes from."""
        place = self.places.get(value.node)
        return place.box if place else self.outside.get(value)

    def told(self, value: Value, port: Port, into: frozenset[int]) -> str:
        """The shape on an edge: of every copy in which it is drawn, of the first one of those
        that it enters."""
        index, key = port
        shapes = []
        for twin in self.twins.nodes(index):
            if any(copy for number, copy in self.places[twin].copies if number in into):
                continue
            read = dict(drawn_sources(self.graph.nodes[twin]))[key]
            shapes.append(self.shape(self.way(read, (twin, key))[0]))
        return shapes_text(shapes)

    def way(self, value: Value, port: Port) -> tuple[Value, list[Port]]:
        """Where a value comes from, and the ports it goes through from there to this one."""
        way = [port]
        while value.node in self.passed:
            way.insert(0, (value.node, 0))
            value = self.graph.nodes[value.node].inputs[0]
        return value, way

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
        return shape_of(self.graph, value)


def other_copy(one: Copies, two: Copies) -> bool:
    """Whether two places are in different copies of a repeat that holds both.

    >>> other_copy(((1, 0), (2, 0)), ((1, 1), (2, 0))), other_copy(((1, 0),), ((3, 2),))
    (True, False)
    """
    there = dict(two)
    return any(run in there and there[run] != copy for run, copy in one)
