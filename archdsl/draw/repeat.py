"""Copies of the same items in a row: whether they may be told as one with their number.

A fold is a claim about every copy, so it is made only where one copy tells all of them: what flows
in from outside maps alike in each, and what differs runs evenly from the first to the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archdsl.graph.graph import Graph, Node, Scope, Value
from archdsl.ops import Shape

__all__ = ["Copy", "Door", "Fold", "Port", "drawn_sources", "fold"]

Port = tuple[int, int | str]
"""Where a node takes a value: its index, and the position of the input or the argument's name."""


@dataclass(frozen=True, slots=True)
class Door:
    """What one copy hands to the next. The first gets ``start`` from outside instead, at the
    ``readers``, which are ports of the first copy."""

    start: Value
    readers: frozenset[Port]


@dataclass(frozen=True, slots=True)
class Fold:
    """How many copies there are, what goes from one to the next, and the ports of the first copy
    that get the same value from outside in every copy. ``varies`` says that a number runs from
    copy to copy."""

    count: int
    doors: tuple[Door, ...]
    steady: frozenset[Port]
    varies: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """The nodes of a copy in order, and the blocks used in it. ``exact`` copies have to agree in
    the shapes of what they get, but for channels that grow evenly."""

    nodes: tuple[int, ...]
    scopes: tuple[Scope, ...] = ()
    exact: bool = True


Entry = tuple[int, int | str]
"""A port by the place of its node in a copy."""

Source = tuple[str, int, int]
"""``("before", place, output)``: from the copy before; ``("outside", node, output)``."""


def drawn_sources(node: Node) -> Iterator[tuple[int | str, Value]]:
    """What a picture shows a node to read; ``like`` gives nothing but a shape."""
    yield from enumerate(node.inputs)
    for name, value in node.refs:
        if name != "like":
            yield name, value


def fold(graph: Graph, copies: Iterator[Copy], wanted: set[Value]) -> Fold | None:
    """The most of these copies, from the first, that one of them can tell; nothing if none.

    Each copy holds as many nodes as the first, of the same operators wired alike inside. No more
    copies are taken than fit.
    """
    first = next(copies)
    kept, course = [first], Course(graph, first)
    links: dict[Entry, Source] = {}
    starts: dict[Source, Value] | None = None
    for copy in copies:
        here = linked(graph, kept[-1], copy)
        if len(kept) == 1:
            links, starts = here, opened(graph, first, here)
        if starts is None or here != links or not course.goes_on(copy):
            break
        kept.append(copy)
    if starts is None:
        return None
    sources = {source for source in links.values() if source[0] == "before"}
    while len(kept) > 1 and given(graph, kept[-1], wanted) != sources:
        kept.pop()
    if len(kept) < (3 if course.grows else 2):  # two numbers make no course
        return None
    return Fold(len(kept), *doors(first, links, starts), course.grows or bool(course.turns))


def linked(graph: Graph, before: Copy, copy: Copy) -> dict[Entry, Source]:
    """Where a copy gets what it reads from outside of itself."""
    inside, earlier = set(copy.nodes), {node: at for at, node in enumerate(before.nodes)}
    found: dict[Entry, Source] = {}
    for at, index in enumerate(copy.nodes):
        for key, value in drawn_sources(graph.nodes[index]):
            if value.node in earlier:
                found[at, key] = "before", earlier[value.node], value.output
            elif value.node not in inside:
                found[at, key] = "outside", *value
    return found


def opened(graph: Graph, first: Copy, links: Mapping[Entry, Source]) -> dict[Source, Value] | None:
    """What the first copy gets where the others get something of the copy before: one value for
    each such thing. Nothing where it reads in another way than they do."""
    starts: dict[Source, Value] = {}
    read = dict(entries(graph, first))
    for entry, value in read.items():
        source = links.get(entry)
        if source is None or (source[0] == "outside" and source[1:] != value):
            return None
        if source[0] == "before" and starts.setdefault(source, value) != value:
            return None
    if not starts or len(read) != len(links):
        return None
    shapes = [graph.shape(value) for value in starts.values()]
    return starts if told_apart(graph, first, starts, shapes) else None


def told_apart(
    graph: Graph, first: Copy, starts: Mapping[Source, Value], shapes: list[Shape]
) -> bool:
    """Whether a reader sees which result goes where: there is one, the main one of its node, or
    all have shapes of their own."""
    if any(output for _, _, output in starts):
        return False
    if len(starts) == 1:
        return True
    made = [graph.nodes[first.nodes[at]].shapes[output] for _, at, output in starts]
    return len(set(shapes)) == len(shapes) and shapes == made


def entries(graph: Graph, copy: Copy) -> Iterator[tuple[Entry, Value]]:
    """What a copy reads from outside of itself."""
    inside = set(copy.nodes)
    for at, index in enumerate(copy.nodes):
        for key, value in drawn_sources(graph.nodes[index]):
            if value.node not in inside:
                yield (at, key), value


def given(graph: Graph, copy: Copy, wanted: set[Value]) -> set[Source]:
    """What of a copy is read outside of it, as the next copy would read it."""
    inside = set(copy.nodes)
    return {
        ("before", at, output)
        for at, index in enumerate(copy.nodes)
        for output in range(len(graph.nodes[index].shapes))
        if Value(index, output) in wanted
        or any(r not in inside for r in graph.consumers.get(Value(index, output), ()))
    }


def doors(
    first: Copy, links: Mapping[Entry, Source], starts: Mapping[Source, Value]
) -> tuple[tuple[Door, ...], frozenset[Port]]:
    """The doors, and what every copy gets alike."""
    readers: dict[Source, set[Port]] = {source: set() for source in starts}
    steady: set[Port] = set()
    for (at, key), source in links.items():
        readers.get(source, steady).add((first.nodes[at], key))
    found = tuple(Door(starts[source], frozenset(ports)) for source, ports in readers.items())
    return found, frozenset(steady)


# -- what differs from copy to copy --------------------------------------------------------------


class Course:
    """Follows what differs from copy to copy: channels that grow by the same step each time, rates
    and arguments that never turn round."""

    def __init__(self, graph: Graph, first: Copy) -> None:
        self.graph = graph
        self.last = first
        self.steps: list[int] | None = None
        self.turns: dict[int, bool] = {}

    @property
    def grows(self) -> bool:
        return any(self.steps or ())

    def goes_on(self, copy: Copy) -> bool:
        """Whether this copy carries on; then it is the last."""
        if not self.steadily(copy) or (copy.exact and not self.evenly(copy)):
            return False
        self.last = copy
        return True

    def evenly(self, copy: Copy) -> bool:
        before, here = (list(shapes_of(self.graph, c)) for c in (self.last, copy))
        if any(a.size != b.size for a, b in zip(before, here, strict=True)):
            return False
        steps = [b.channels - a.channels for a, b in zip(before, here, strict=True)]
        self.steps = steps if self.steps is None else self.steps
        return self.steps == steps

    def steadily(self, copy: Copy) -> bool:
        before, here = (list(numbers_of(self.graph, c)) for c in (self.last, copy))
        up = {at: b > a for at, (a, b) in enumerate(zip(before, here, strict=True)) if a != b}
        if any(self.turns.get(at, way) != way for at, way in up.items()):
            return False
        self.turns |= up
        return True


def shapes_of(graph: Graph, copy: Copy) -> Iterator[Shape]:
    """The shapes that a picture tells of a copy: what each node reads and makes."""
    for index in copy.nodes:
        node = graph.nodes[index]
        for _, value in drawn_sources(node):
            yield graph.shape(value)
        yield from (graph.shape(Value(index, at)) for at in range(len(node.shapes)))


def numbers_of(graph: Graph, copy: Copy) -> Iterator[float]:
    """Rates of operators and numbers in calls of blocks."""
    for index in copy.nodes:
        op = graph.nodes[index].op
        yield float(getattr(op, op.rate)) if op.rate else 0.0
    for scope in copy.scopes:
        for value in scope.arguments.values():
            yield float(value) if isinstance(value, int | float) else 0.0
