"""What a closed block says of its inside: its kernels as a paper's table lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.draw.captions import block_title, op_title
from archdsl.draw.coarse import tally
from archdsl.draw.outline import Item, Leaf, Part, Twins, nodes_of
from archdsl.graph.graph import Graph, Node, Value

__all__ = ["branching", "splits", "summary"]

MOST_STEPS = 5
"""More steps than this are told as a number of operators."""

LONGEST_LINE = 40

UNTOLD = {"merging", "normalisation", "activation", "regularisation"}
"""Families that the boxes of the steps carry as their second line."""


def summary(graph: Graph, part: Part, twins: Twins) -> tuple[str, ...]:
    """The steps of a block in a line or two; nothing where one line cannot tell them."""
    if part.scope.kind == "stretch":
        return (tally(graph, part),)
    side = [leaf for leaf in leaves_of(part.children) if projects(graph, leaf)]
    if branching(graph, part, side):
        return ()
    told = list(told_steps(graph, part, side, twins.inside(part.children)))
    if not told or len(told) > MOST_STEPS:
        return (f"{part.count} operators",)
    skips = [f"skip: {step(graph, graph.nodes[leaf.nodes[0]], twins)}" for leaf in side]
    return (*wrapped(told), *skips)


@dataclass(frozen=True, slots=True)
class Told:
    """What an item is called in a list of steps, how often it is there one after the other, and
    its nodes. An empty title: the list does not tell it."""

    title: str
    count: int
    nodes: tuple[int, ...]


def told_steps(graph: Graph, part: Part, side: Sequence[Leaf], twins: Twins) -> Iterator[str]:
    """The steps in order; equal ones that follow one another are told once with their number."""
    inside = {*nodes_of(part), *(value.node for value in part.scope.source)}
    last, behind = Told("", 0, ()), set[int]()
    for child in part.children:
        for told in () if child in side else titles(graph, child, inside, twins):
            goes_on = not behind.isdisjoint(read_by(graph, told.nodes))
            if not told.title:
                behind |= set(told.nodes) if goes_on else set()
                continue
            if goes_on and told.title == last.title:
                last = replace(last, count=last.count + told.count)
            else:
                yield from written(last)
                last = told
            behind = set(told.nodes)
    yield from written(last)


def written(told: Told) -> Iterator[str]:
    if told.title:
        yield f"{told.title} x {told.count}" if told.count > 1 else told.title


def read_by(graph: Graph, nodes: Iterable[int]) -> set[int]:
    return {value.node for node in nodes for value in graph.nodes[node].sources}


def titles(graph: Graph, item: Item, inside: set[int], twins: Twins) -> Iterator[Told]:
    """An item in a list of steps."""
    if isinstance(item, Leaf):
        node = graph.nodes[item.nodes[0]]
        merges_more = node.op.family == "merging" and any(v.node not in inside for v in node.inputs)
        yield Told(node.op.name if merges_more else step(graph, node, twins), 1, item.nodes)
    elif isinstance(item, Part) and item.scope.block:
        yield Told(block_title(item.scope, twins), 1, tuple(nodes_of(item)))
    elif isinstance(item, Part):  # a group is nothing but what is in it
        for child in item.children:
            yield from titles(graph, child, inside, twins)
    else:
        copy = [told for child in item.copies[0] for told in titles(graph, child, inside, twins)]
        inner = [told for told in copy if told.title]
        title = inner[0].title if len(inner) == 1 else f"({', '.join(t.title for t in inner)})"
        times = inner[0].count if len(inner) == 1 else 1
        if inner:
            yield Told(title, times * len(item.copies), tuple(nodes_of(item)))


def leaves_of(items: Sequence[Item]) -> Iterator[Leaf]:
    """The boxes that stand directly among the items."""
    for item in items:
        if isinstance(item, Leaf):
            yield item


def step(graph: Graph, node: Node, twins: Twins) -> str:
    """One step; a plain convolution goes by its kernel and width, as in a table."""
    if node.op.family in UNTOLD or node.op.name in ("crop", "pad"):
        return ""
    text = op_title(graph, node, twins)
    return text.removeprefix("conv ") if node.op.name == "conv" else text


def wrapped(steps: list[str]) -> list[str]:
    """Steps in lines of a readable length."""
    lines = [steps[0]]
    for text in steps[1:]:
        if len(lines[-1]) + 3 + len(text) > LONGEST_LINE:
            lines.append(text)
        else:
            lines[-1] += f" · {text}"
    return lines


def projects(graph: Graph, leaf: Leaf) -> bool:
    """Whether the box is the projection on a skip: it joins an addition that a longer path,
    split off before it, joins too."""
    head, last = graph.nodes[leaf.nodes[0]], leaf.nodes[-1]
    if head.op.name != "conv" or len(head.inputs) != 1:
        return False
    readers = graph.consumers.get(Value(last), ())
    if len(readers) != 1 or graph.nodes[readers[0]].op.name != "add":
        return False
    siblings = graph.consumers.get(head.inputs[0], ())
    others = [v.node for v in graph.nodes[readers[0]].inputs if v.node != last]
    return len(siblings) > 1 and any(
        distance(graph, other, head.inputs[0].node) > len(leaf.nodes) for other in others
    )


def distance(graph: Graph, node: int, goal: int) -> int:
    """How many steps back along first inputs ``goal`` is, 0 if it is not there."""
    steps = 0
    while node > goal and graph.nodes[node].inputs:
        node = graph.nodes[node].inputs[0].node
        steps += 1
    return steps if node == goal else 0


def branching(graph: Graph, part: Part, side: Sequence[Leaf] = ()) -> bool:
    """Whether something splits inside and is joined again, but for a plain or projected skip.

    >>> import archdsl
    >>> from archdsl.draw.outline import outline
    >>> text = "block b { add { relu\\n tanh } }\\n model m { input x: 3x8x8\\n b }"
    >>> graph = archdsl.parse(text).graph
    >>> branching(graph, outline(graph)[1])
    True
    """
    aside = {node for leaf in side for node in leaf.nodes}
    direct = {leaf.nodes[0] for leaf in leaves_of(part.children)}
    return any(len(ways - {-1}) > 1 for at, ways in joins(graph, part, aside) if at in direct)


def splits(graph: Graph, part: Part) -> bool:
    """Whether something splits inside and is joined again by a step that stands directly in the
    part, plain skips included."""
    direct = {leaf.nodes[0] for leaf in leaves_of(part.children)}
    return any(len(ways) > 1 for at, ways in joins(graph, part, set()) if at in direct)


def joins(graph: Graph, part: Part, aside: set[int]) -> Iterator[tuple[int, set[int]]]:
    """For each merge inside, the operands that go back to one value; -1 stands for a plain skip,
    or one by way of ``aside``."""
    nodes = list(nodes_of(part))
    inside = set(nodes)
    origins: dict[int, frozenset[Value]] = {}
    for index in sorted(nodes):
        node = graph.nodes[index]
        fed = [origins[v.node] if v.node in inside else frozenset((v,)) for v in node.inputs]
        if node.op.family == "merging" and len(fed) > 1:
            common = [
                -1 if v.node not in inside or v.node in aside else v.node
                for v, mine in zip(node.inputs, fed, strict=True)
                if any(mine & other for other in fed if other is not mine)
            ]
            yield index, set(common)
        origins[index] = frozenset().union(*fed)
