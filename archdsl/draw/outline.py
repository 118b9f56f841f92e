"""The containers of a graph as a reader sees them: boxes, parts, and repeats told once.

An outline is independent of how deep a picture looks into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.draw.fuse import fuse
from archdsl.graph.graph import Graph, Scope, Value

__all__ = ["Item", "Leaf", "Part", "Run", "nodes_of", "outline", "plain"]

LONGEST_PERIOD = 12
"""A repeat of more items than this without a container of its own is not looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """What is always one box: an operator with what is fused to it.

    ``scope`` is the container that holds nothing else.
    """

    nodes: tuple[int, ...]
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A container that can be opened."""

    scope: Scope
    children: tuple[Item, ...]
    count: int
    """How many nodes it holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The same items several times, each copy fed by the one before."""

    copies: tuple[tuple[Item, ...], ...]


Item = Leaf | Part | Run


def nodes_of(item: Item) -> Iterator[int]:
    """All nodes of an item, in the order of its children.

    >>> list(nodes_of(Run(((Leaf((1, 2)),), (Leaf((3, 4)),)))))
    [1, 2, 3, 4]
    """
    if isinstance(item, Leaf):
        yield from item.nodes
        return
    children = item.children if isinstance(item, Part) else [i for c in item.copies for i in c]
    for child in children:
        yield from nodes_of(child)


def outline(graph: Graph) -> tuple[Item, ...]:
    """The model's children with fused boxes, empty containers left out, repeats collapsed.

    >>> import archdsl
    >>> graph = archdsl.parse("model m { input x: 3x8x8\\n 5 * conv(4, 3x3, padding=1) }").graph
    >>> [type(item).__name__ for item in outline(graph)]
    ['Leaf', 'Run']
    """
    return Outliner(graph).whole()


def plain(graph: Graph) -> tuple[Item, ...]:
    """The model's children operator by operator: nothing fused, nothing collapsed."""
    inputs = tuple(Leaf((value.node,)) for value in graph.inputs.values())
    return inputs + _plain(graph.root)


def _plain(scope: Scope) -> tuple[Item, ...]:
    items: list[Item] = []
    for child in inlined(scope):
        if isinstance(child, int):
            items.append(Leaf((child,)))
            continue
        children = _plain(child)
        if child.kind == "again":
            items.extend(shared(item, child.shared) for item in children)
        elif children:
            items.append(Part(child, children, sum(1 for _ in child.nodes())))
    return tuple(items)


def inlined(scope: Scope) -> Iterator[int | Scope]:
    """The children; those of a mere dotted path in its place."""
    for child in scope.children:
        if isinstance(child, Scope) and child.kind == "path":
            yield from inlined(child)
        else:
            yield child


def shared(item: Item, of: str) -> Item:
    """The item, marked as another use of the modules of ``of``."""
    if isinstance(item, Part):
        return Part(replace(item.scope, shared=of), item.children, item.count)
    return item


class Outliner:
    """Builds the outline of one graph; ``Signatures`` are numbers, equal for equal items."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.group = {group[0]: group for group in fuse(graph)}
        self.position: dict[int, int] = {}
        self.known: dict[object, int] = {}
        self.signature: dict[int, int] = {}
        self.alive: list[Item] = []
        self.wanted = {*graph.outputs.values(), *graph.train_outputs.values()}

    def whole(self) -> tuple[Item, ...]:
        inputs = [Leaf((value.node,)) for value in self.graph.inputs.values()]
        taken = {leaf.nodes[0] for leaf in inputs}
        for index, node in enumerate(self.graph.root.nodes()):
            self.position[node] = index
        return (*inputs, *self.items(self.graph.root, taken))

    def items(self, scope: Scope, taken: set[int]) -> tuple[Item, ...]:
        found: list[Item] = []
        for child in inlined(scope):
            item = self.item(child, taken)
            if item is not None:
                found.append(item)
        return self.collapsed(found)

    def item(self, child: int | Scope, taken: set[int]) -> Item | None:
        """One child; nothing for the tail of a fused group or an empty container."""
        if isinstance(child, int):
            group = self.group.get(child)
            return self.made(Leaf(group)) if group and child not in taken else None
        children = self.items(child, taken)
        if not children:
            return None
        if child.kind == "again" and len(children) == 1:
            return self.made(shared(children[0], child.shared))
        if len(children) == 1 and isinstance(children[0], Leaf):
            return self.made(Leaf(children[0].nodes, child))
        return self.made(Part(child, children, sum(1 for _ in child.nodes())))

    # -- equality ---------------------------------------------------------------------------

    def made(self, item: Item) -> Item:
        """Remembers the signature of a new item (and the item, so that its id stays its own)."""
        self.alive.append(item)
        key: object
        if isinstance(item, Leaf):
            block = item.scope.block if item.scope else ""
            key = ("leaf", block, tuple(map(self.operator, item.nodes)))
        elif isinstance(item, Part):
            inner = tuple(self.signature[id(child)] for child in item.children)
            scope = item.scope
            key = ("part", scope.kind, scope.block, scope.shared, inner, self.wiring([item]))
        else:
            inner = tuple(self.signature[id(child)] for child in item.copies[0])
            key = ("run", len(item.copies), inner)
        self.signature[id(item)] = self.known.setdefault(key, len(self.known))
        return item

    def operator(self, index: int) -> object:
        node = self.graph.nodes[index]
        module = node.module if node.module != index else -1
        return node.op.name, str(node.op), node.train_only, module

    def wiring(self, items: Sequence[Item]) -> tuple[object, ...]:
        """Who reads whom inside the items, by distance; what comes from outside counts alike."""
        nodes = [node for item in items for node in nodes_of(item)]
        inside = set(nodes)
        place = {node: index for index, node in enumerate(nodes)}
        return tuple(
            tuple(
                place[node] - place[value.node] if value.node in inside else 0
                for value in self.graph.nodes[node].sources
            )
            for node in nodes
        )

    # -- repeats ----------------------------------------------------------------------------

    def collapsed(self, items: list[Item]) -> tuple[Item, ...]:
        """Single items that repeat first, then sequences of several."""
        singles = self.repeated(items, range(1, 2))
        return tuple(self.repeated(singles, range(2, LONGEST_PERIOD + 1)))

    def repeated(self, items: list[Item], periods: range) -> list[Item]:
        found: list[Item] = []
        at = 0
        while at < len(items):
            run = next(filter(None, (self.run(items, at, period) for period in periods)), None)
            if run is None:
                found.append(items[at])
                at += 1
                continue
            found.append(self.made(run))
            at += len(run.copies) * len(run.copies[0])
        return found

    def run(self, items: list[Item], at: int, period: int) -> Run | None:
        """The longest run of ``period`` items that starts here."""
        copies = [items[at : at + period]]
        while True:
            start = at + len(copies) * period
            copy = items[start : start + period]
            if not self.alike(copies[0], copy) or not self.follows(copies[-1], copy):
                break
            copies.append(copy)
        if len(copies) < 2:
            return None
        return Run(tuple(map(tuple, copies)))

    def alike(self, one: list[Item], two: list[Item]) -> bool:
        if len(one) != len(two):
            return False
        if any(
            self.signature[id(a)] != self.signature[id(b)] for a, b in zip(one, two, strict=True)
        ):
            return False
        return len(one) == 1 or self.wiring(one) == self.wiring(two)

    def follows(self, one: list[Item], two: list[Item]) -> bool:
        """Whether ``two`` carries on where ``one`` ends: it reads it, nobody behind both does,
        and the size stays, so that a fold never hides a change of resolution."""
        first = {node for item in one for node in nodes_of(item)}
        second = {node for item in two for node in nodes_of(item)}
        if self.size(max(first)) != self.size(max(second)):
            return False
        reads = any(v.node in first for n in second for v in self.graph.nodes[n].sources)
        return reads and not any(self.leaves(node, first, second) for node in first)

    def leaves(self, index: int, first: set[int], second: set[int]) -> bool:
        for output in range(len(self.graph.nodes[index].shapes)):
            value = Value(index, output)
            if value in self.wanted:
                return True
            readers = self.graph.consumers.get(value, ())
            if any(reader not in first and reader not in second for reader in readers):
                return True
        return False

    def size(self, index: int) -> tuple[int, ...] | None:
        shape = self.graph.nodes[index].shape
        return None if shape is None else shape.size
