"""From an outline and a depth to boxes and frames: one panel of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from archdsl.draw.boxes import (
    closed_box,
    frame_title,
    leaf_box,
    part_tooltip,
    port_box,
    train_only,
)
from archdsl.draw.outline import Item, Leaf, Part, Run, Twins, nodes_of
from archdsl.draw.picture import Box, Frame, Kind, Panel
from archdsl.draw.repeat import Door
from archdsl.draw.wiring import ON_THE_WAY, Copies, Gate, Naming, Place, Wiring
from archdsl.graph.graph import Graph, Value

__all__ = ["panel"]

MOST_LOOSE = 4
"""A labelled chain of at most so many boxes inside a block gets no frame."""


def panel(
    graph: Graph,
    items: Sequence[Item],
    depth: int,
    naming: Naming,
    *,
    title: str = "",
    around: str = "",
    every: bool = False,
    result: Sequence[Value] | None = None,
) -> Panel:
    """The items with containers opened down to ``depth``, and the edges among them.

    ``around`` is the name of the container they stand in; boxes leave it out of their names.
    ``every`` draws also what an edge could tell, a crop on a skip for one. ``result`` is what a
    block hands out, where the items are those of a block; else they hand out what the model does.
    """
    twins = Twins()
    view = View(graph, naming, every, twins, frozenset(handed_out(graph, result)))
    drawn = view.items(items, depth, (), around)
    wiring = Wiring(graph, view.places, view.passed, view.closed, view.gates, twins, naming)
    before = wiring.inputs()
    if result is None:
        after = wiring.outputs(graph.outputs) + wiring.outputs(graph.train_outputs, train=True)
    else:
        after = wiring.outputs(named_results(result))
    return Panel(title, (*before, *drawn, *after), wiring.edges(), around=around)


def handed_out(graph: Graph, result: Sequence[Value] | None) -> Iterator[Value]:
    yield from graph.outputs.values()
    yield from graph.train_outputs.values()
    yield from result or ()


def named_results(result: Sequence[Value]) -> dict[str, Value]:
    """The results of a block by the names that a drawing of it gives them."""
    if len(result) == 1:
        return {"out": result[0]}
    return {f"out[{number}]": value for number, value in enumerate(result)}


@dataclass
class View:
    """Makes the boxes of one panel and notes where each node ended up. ``wanted`` is what has to
    have a box, because it is handed out."""

    graph: Graph
    naming: Naming
    every: bool
    twins: Twins
    wanted: frozenset[Value]
    places: dict[int, Place] = field(default_factory=dict)
    passed: dict[int, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    gates: dict[int, Gate] = field(default_factory=dict)
    again: int = 0
    """In how many frames we are that say already that their weights are shared."""

    def items(
        self, items: Iterable[Item], depth: int, copies: Copies, around: str
    ) -> tuple[Box | Frame, ...]:
        drawn: list[Box | Frame] = []
        for item in items:
            drawn.extend(self.item(item, depth, copies, around))
        return tuple(drawn)

    def item(self, item: Item, depth: int, copies: Copies, around: str) -> tuple[Box | Frame, ...]:
        if isinstance(item, Run):
            return self.run(item, depth, copies, around)
        if isinstance(item, Leaf):
            return self.leaf(item, copies, around)
        if around and loose(item):
            return self.branch(item, depth, copies, around)
        if depth <= 0:
            return (self.shut(item, copies, around),)
        return self.frame(item, depth, copies)

    def frame(self, part: Part, depth: int, copies: Copies) -> tuple[Frame, ...]:
        """An opened container; none if edges tell all of it."""
        self.again += bool(part.scope.shared)
        inside = self.items(part.children, depth - 1, copies, part.scope.name)
        self.again -= bool(part.scope.shared)
        if not inside:
            return ()
        frame, title = self.naming.next("cluster_"), frame_title(part, self.twins)
        tooltip = part_tooltip(self.graph, part, self.twins)
        aside = train_only(self.graph, part)
        return (Frame(frame, title, inside, tooltip=tooltip, train_only=aside),)

    def branch(
        self, part: Part, depth: int, copies: Copies, around: str
    ) -> tuple[Box | Frame, ...]:
        """A labelled chain without a frame: its first box carries the label."""
        drawn = self.items(part.children, depth, copies, around)
        first = drawn[0] if drawn else None
        if not isinstance(first, Box) or part.scope.key.isdigit():
            return drawn
        return (replace(first, name=part.scope.key), *drawn[1:])

    def leaf(self, leaf: Leaf, copies: Copies, around: str) -> tuple[Box, ...]:
        """A box, or none for what its edge tells."""
        if not self.every and len(leaf.nodes) == 1 and self.on_the_way(leaf.nodes[0]):
            self.passed[leaf.nodes[0]] = self.graph.nodes[leaf.nodes[0]].op.name
            return ()
        id, again = self.naming.next("n"), self.again > 0
        box = leaf_box(self.graph, leaf, self.twins, id, around, again=again)
        self.place(box, copies)
        return (box,)

    def shut(self, part: Part, copies: Copies, around: str) -> Box:
        id, again = self.naming.next("n"), self.again > 0
        box = closed_box(self.graph, part, self.twins, id, around, again=again)
        self.closed.add(box.id)
        self.place(box, copies)
        return box

    def on_the_way(self, index: int) -> bool:
        """Whether an edge can say what the node does: one input, one reader that merges."""
        node = self.graph.nodes[index]
        if node.op.name not in ON_THE_WAY or len(node.inputs) != 1:
            return False
        readers = self.graph.consumers.get(Value(index), ())
        if len(readers) != 1 or Value(index) in self.wanted:
            return False
        return self.graph.nodes[readers[0]].op.family == "merging"

    def run(self, run: Run, depth: int, copies: Copies, around: str) -> tuple[Box | Frame, ...]:
        """The first copy with the count; the others are drawn where the first is."""
        number, count = len(self.gates), run.fold.count
        slots = [node for item in run.copies[0] for node in nodes_of(item)]
        self.gates[number] = Gate(frozenset(slots))
        self.twins.add(run)
        first = self.items(run.copies[0], depth, (*copies, (number, 0)), around)
        for index, copy in enumerate(run.copies[1:], 1):
            again = [node for item in copy for node in nodes_of(item)]
            for here, there in zip(slots, again, strict=True):
                self.echo(here, there, number, index)
        if not first:
            return ()
        ports = self.ports(run, number, first)
        only = first[0]
        if len(first) > 1 or (ports and isinstance(only, Box)):
            return (Frame(self.naming.next("cluster_"), "", (*ports, *first), count),)
        if isinstance(only, Frame):
            return (replace(only, items=(*ports, *only.items), count=count),)
        nodes = tuple(node for copy in run.copies for item in copy for node in nodes_of(item))
        return (replace(only, name="", count=count * only.count, nodes=nodes),)

    def ports(self, run: Run, number: int, first: Sequence[Box | Frame]) -> tuple[Box, ...]:
        """Boxes in a repeat for what goes from copy to copy; none where one edge says it."""
        doors = run.fold.doors
        lone = len(first) == 1 and isinstance(first[0], Box)
        if not run.fold.steady and (lone or (len(doors) == 1 and self.enters_once(doors[0]))):
            return ()
        found = []
        for door in doors:
            id, shape = self.naming.next("n"), self.graph.shape(door.start)
            before = (min(node for node, _ in door.readers),)
            found.append(port_box(Kind.INPUT, id, "in", shape, before=before))
            self.gates[number].ports.update(dict.fromkeys(door.readers, id))
        return tuple(found)

    def enters_once(self, door: Door) -> bool:
        """Whether what goes from copy to copy arrives at one box only."""
        arrivals = set()
        for node, _ in door.readers:
            while node in self.passed:
                (node,) = self.graph.consumers[Value(node)]
            arrivals.add(self.places[node].box)
        return len(arrivals) == 1

    def echo(self, here: int, there: int, run: int, copy: int) -> None:
        """Draws ``there`` where ``here`` is, as another copy of it."""
        if here in self.passed:
            self.passed[there] = self.passed[here]
            return
        place = self.places[here]
        moved = tuple((r, copy if r == run else c) for r, c in place.copies)
        self.places[there] = Place(place.box, moved)

    def place(self, box: Box, copies: Copies) -> None:
        for node in box.nodes:
            self.places[node] = Place(box.id, copies)


def loose(part: Part) -> bool:
    """Whether a labelled group in a block is a mere branch of single boxes."""
    if part.scope.block or len(part.children) > MOST_LOOSE:
        return False
    return all(isinstance(child, Leaf) for child in part.children)
