"""Fewer boxes than a graph has items: stretches of it told by what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from archdsl.draw.outline import Item, Leaf, Part, Run, nodes_of
from archdsl.graph.graph import Graph, InputOp, Scope

__all__ = ["boxes_at", "coarser", "tally"]

MOST_KINDS = 4


def boxes_at(items: Sequence[Item], depth: int) -> int:
    """How many boxes the items are at a depth, without drawing them."""
    total = 0
    for item in items:
        if isinstance(item, Run):
            total += boxes_at(item.copies[0], depth)
        elif isinstance(item, Part) and depth > 0:
            total += boxes_at(item.children, depth - 1)
        else:
            total += 1
    return total


def coarser(graph: Graph, items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """The items in at most about ``most`` stretches: one for each size of the data if that is
    few enough, else of equal length. Inputs stay boxes of their own."""
    inputs = [item for item in items if is_input(graph, item)]
    rest = [item for item in items if not is_input(graph, item)]
    sizes = [list(group) for _, group in groupby(rest, key=lambda item: size_of(graph, item))]
    if not 1 < len(sizes) <= most:
        step = -(-len(rest) // most)
        sizes = [rest[at : at + step] for at in range(0, len(rest), step)]
    return (*inputs, *map(stretch, sizes))


def is_input(graph: Graph, item: Item) -> bool:
    return isinstance(item, Leaf) and isinstance(graph.nodes[item.nodes[0]].op, InputOp)


def size_of(graph: Graph, item: Item) -> tuple[int, ...]:
    shape = graph.nodes[max(nodes_of(item))].shape
    return shape.size if shape else ()


def stretch(items: Sequence[Item]) -> Item:
    """Items under one roof that the spec does not have."""
    if len(items) == 1:
        return items[0]
    count = sum(1 for item in items for _ in nodes_of(item))
    scope = Scope(f"{count} operators", "stretch", "", {}, (), (), (), "", 0)
    return Part(scope, tuple(items), count)


def tally(graph: Graph, part: Part) -> str:
    """The operators of a part by number, the most frequent first: ``conv x 40 · add x 13``."""
    names = Counter(graph.nodes[node].op.name for node in nodes_of(part))
    told = [f"{name} x {count}" for name, count in names.most_common(MOST_KINDS)]
    return " · ".join(told) + (" · …" if len(names) > MOST_KINDS else "")
