"""The containers of a graph as a reader sees them: boxes, parts, and repeats told once.

An outline is independent of how deep a picture looks into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from archdsl.draw.fuse import fuse
from archdsl.draw.repeat import Copy, Fold, fold
from archdsl.draw.words import argument_text
from archdsl.graph.graph import Graph, Scope, Value

__all__ = ["Item", "Leaf", "Part", "Run", "Twins", "nodes_of", "outline", "plain"]

FEWEST_TOGETHER = 3
"""A sequence of several items is read more easily twice than once with a frame around it."""

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
    fold: Fold


Item = Leaf | Part | Run

T = TypeVar("T")


def nodes_of(item: Item) -> Iterator[int]:
    """All nodes of an item, in the order of its children.

    >>> list(nodes_of(Leaf((1, 2))))
    [1, 2]
    """
    if isinstance(item, Leaf):
        yield from item.nodes
        return
    for child in children_of(item):
        yield from nodes_of(child)


def children_of(item: Part | Run) -> Sequence[Item]:
    """What stands in an item, all copies of a repeat."""
    return item.children if isinstance(item, Part) else [i for copy in item.copies for i in copy]


def scopes_of(item: Item) -> Iterator[Scope]:
    """The containers of an item that can be opened, its own first."""
    if isinstance(item, Part):
        yield item.scope
    if not isinstance(item, Leaf):
        for child in children_of(item):
            yield from scopes_of(child)


class Twins:
    """What is drawn once and stands for several: the nodes and containers of the later copies of
    the repeats that are drawn."""

    def __init__(self) -> None:
        self._nodes: dict[int, list[int]] = {}
        self._scopes: dict[str, list[Scope]] = {}

    def nodes(self, index: int) -> Sequence[int]:
        """The node and its like in the later copies, in order."""
        return self._nodes.get(index, (index,))

    def scopes(self, scope: Scope) -> Sequence[Scope]:
        """The container and its like in the later copies, in order."""
        return self._scopes.get(scope.name, (scope,))

    def add(self, run: Run) -> None:
        """From now on the first copy stands for all; repeats around it are there already."""
        copies = [[node for item in copy for node in nodes_of(item)] for copy in run.copies]
        for column in zip(*copies, strict=True):
            self._nodes[column[0]] = interleaved([self.nodes(node) for node in column])
        scopes = [[scope for item in copy for scope in scopes_of(item)] for copy in run.copies]
        for used in zip(*scopes, strict=True):
            self._scopes[used[0].name] = interleaved([self.scopes(scope) for scope in used])

    def inside(self, items: Sequence[Item]) -> Twins:
        """These, and what the repeats in the items stand for."""
        twins = Twins()
        twins._nodes, twins._scopes = dict(self._nodes), dict(self._scopes)
        for item in items:
            twins._add_all(item)
        return twins

    def _add_all(self, item: Item) -> None:
        if isinstance(item, Leaf):
            return
        if isinstance(item, Run):
            self.add(item)
        for child in children_of(item):
            self._add_all(child)


def interleaved(columns: Sequence[Sequence[T]]) -> list[T]:
    """The first of each, then the second of each, and so on.

    >>> interleaved([["a0", "b0"], ["a1", "b1"]])
    ['a0', 'a1', 'b0', 'b1']
    """
    return [thing for row in zip(*columns, strict=True) for thing in row]


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
        self.inside: dict[int, frozenset[int]] = {}
        self.read: dict[int, set[int]] = {}
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
        inside = frozenset(nodes_of(item))
        sources = {value.node for node in inside for value in self.graph.nodes[node].sources}
        self.inside[id(item)], self.read[id(item)] = inside, sources - inside
        key: object
        if isinstance(item, Leaf):
            block = item.scope.block if item.scope else ""
            key = ("leaf", block, tuple(map(self.operator, item.nodes)))
        elif isinstance(item, Part):
            inner = tuple(self.signature[id(child)] for child in item.children)
            scope = item.scope
            named = (scope.kind, scope.block, scope.shared, named_arguments(scope))
            key = ("part", named, inner, self.wiring([item]))
        else:
            inner = tuple(self.signature[id(child)] for child in item.copies[0])
            key = ("run", len(item.copies), inner)
        self.signature[id(item)] = self.known.setdefault(key, len(self.known))
        return item

    def operator(self, index: int) -> object:
        node = self.graph.nodes[index]
        module = node.module if node.module != index else -1
        fields = [
            f"{k}={getattr(node.op, k)}" for k in type(node.op).model_fields if k != node.op.rate
        ]
        return node.op.name, tuple(fields), node.train_only, module

    def wiring(self, items: Sequence[Item]) -> tuple[object, ...]:
        """Who reads which result of whom inside the items, by distance; what comes from outside
        counts alike."""
        nodes = [node for item in items for node in nodes_of(item)]
        inside = set(nodes)
        place = {node: index for index, node in enumerate(nodes)}
        return tuple(
            tuple(
                (place[node] - place[value.node], value.output) if value.node in inside else ()
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
        next_to = at + period
        if not self.feeds(items[at:next_to], items[next_to : next_to + period]):
            return None
        found = fold(self.graph, map(copy_of, self.copies(items, at, period)), self.wanted)
        if (
            found is None
            or (period > 1 and found.count < FEWEST_TOGETHER)
            or (found.varies and any(map(varies, items[at:next_to])))
        ):
            return None
        ends = range(at + period, at + period * (found.count + 1), period)
        return Run(tuple(tuple(items[end - period : end]) for end in ends), found)

    def copies(self, items: list[Item], at: int, period: int) -> Iterator[list[Item]]:
        """The items here and those behind them that are the same and go on from them."""
        before = first = items[at : at + period]
        yield first
        for start in range(at + period, len(items), period):
            copy = items[start : start + period]
            if not self.feeds(before, copy) or not self.follows(before, copy):
                return
            if period > 1 and self.wiring(first) != self.wiring(copy):
                return
            yield copy
            before = copy

    def feeds(self, one: list[Item], two: list[Item]) -> bool:
        """Whether both are the same items, and ``two`` reads something of ``one``."""
        if len(one) != len(two):
            return False
        pairs = zip(one, two, strict=True)
        if any(self.signature[id(a)] != self.signature[id(b)] for a, b in pairs):
            return False
        return any(not self.inside[id(a)].isdisjoint(self.read[id(b)]) for a in one for b in two)

    def follows(self, one: list[Item], two: list[Item]) -> bool:
        """Whether ``two`` carries on where ``one`` ends: nobody behind both reads it, and the size
        stays, so that a fold never hides a change of resolution."""
        first = {node for item in one for node in self.inside[id(item)]}
        second = {node for item in two for node in self.inside[id(item)]}
        if self.size(max(first)) != self.size(max(second)):
            return False
        return not any(self.leaves(node, first, second) for node in first)

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


def varies(item: Item) -> bool:
    """Whether a number runs from copy to copy of a repeat in it: then no other may run as well."""
    if isinstance(item, Leaf):
        return False
    return (isinstance(item, Run) and item.fold.varies) or any(map(varies, children_of(item)))


def copy_of(items: list[Item]) -> Copy:
    """A copy as :mod:`archdsl.draw.repeat` looks at it. A lone box says by its edges what goes in
    and out; where there is more to see, every copy has to look like the first."""
    nodes = tuple(node for item in items for node in nodes_of(item))
    scopes = tuple(scope for item in items for scope in scopes_of(item))
    return Copy(nodes, scopes, exact=len(items) > 1 or not isinstance(items[0], Leaf))


def named_arguments(scope: Scope) -> tuple[str, ...]:
    """The arguments of a call that no range of numbers can tell."""
    return tuple(
        f"{key}={argument_text(value)}"
        for key, value in scope.arguments.items()
        if isinstance(value, bool) or not isinstance(value, int | float)
    )
