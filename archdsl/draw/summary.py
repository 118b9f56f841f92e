"""What a closed block says of its inside: its kernels as a paper's table lists them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

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


def told_steps(graph: Graph, part: Part, side: Sequence[Leaf], twins: Twins) -> Iterator[str]:
    """The steps in order, equal neighbours once with their number."""
    inside = {*nodes_of(part), *(value.node for value in part.scope.source)}
    every = [
        entry for child in part.children if child not in side
        for entry in titles(graph, child, inside, twins)
    ]  # fmt: skip
    for title, group in groupby(every, key=lambda entry: entry[0]):
        count = sum(times for _, times in group)
        yield f"{title} x {count}" if count > 1 else title


def titles(graph: Graph, item: Item, inside: set[int], twins: Twins) -> Iterator[tuple[str, int]]:
    """What an item is called in a list of steps, and how often it is there."""
    if isinstance(item, Leaf):
        node = graph.nodes[item.nodes[0]]
        text = step(graph, node, twins)
        if node.op.family == "merging" and any(v.node not in inside for v in node.inputs):
            text = node.op.name
        if text:
            yield text, 1
    elif isinstance(item, Part) and item.scope.block:
        yield block_title(item.scope, twins), 1
    elif isinstance(item, Part):  # a group is nothing but what is in it
        for child in item.children:
            yield from titles(graph, child, inside, twins)
    elif len(item.copies[0]) == 1:
        for title, count in titles(graph, item.copies[0][0], inside, twins):
            yield title, count * len(item.copies)
    else:
        inner = [
            title for child in item.copies[0] for title, _ in titles(graph, child, inside, twins)
        ]
        yield inner[0] if len(inner) == 1 else f"({', '.join(inner)})", len(item.copies)


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
