"""Operators that a paper would put into one box: a convolution, its norm and its activation."""

from __future__ import annotations

from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value

__all__ = ["fuse"]

FOLLOWERS = {"normalisation", "activation", "regularisation"}
"""Families that are drawn as the second line of the box before them."""

QUIET = {"flatten", "identity"}
"""Operators that follow as well, because they only rename what they are given."""


def fuse(graph: Graph) -> list[tuple[int, ...]]:
    """The nodes of the graph in groups of one box each, in the order they run.

    A follower joins the box before it when nobody else reads what that box makes and both stand
    in the same container.

    >>> import archdsl
    >>> graph = archdsl.parse("model m { input x: 3x8x8\\n conv(4, 3x3) -> bn -> relu }").graph
    >>> fuse(graph)
    [(0,), (1, 2, 3)]
    """
    home = homes(graph.root)
    wanted = {*graph.outputs.values(), *graph.train_outputs.values()}
    group_of: dict[int, int] = {}
    groups: list[list[int]] = []
    for node in graph.nodes:
        before = leader(graph, node)
        if before is not None and joins(graph, before, node, home, wanted):
            group_of[node.index] = group_of[before.index]
            groups[group_of[before.index]].append(node.index)
            continue
        group_of[node.index] = len(groups)
        groups.append([node.index])
    return list(map(tuple, groups))


def homes(root: Scope) -> dict[int, int]:
    """For each node a number that stands for the container it is in."""
    home: dict[int, int] = {}
    waiting = [root]
    count = 0
    while waiting:
        scope = waiting.pop()
        count += 1
        for child in scope.children:
            if isinstance(child, int):
                home[child] = count
            else:
                waiting.append(child)
    return home


def leader(graph: Graph, node: Node) -> Node | None:
    """The node whose only result this one reads, if it is one that follows."""
    if node.op.family not in FOLLOWERS and node.op.name not in QUIET:
        return None
    if len(node.sources) != 1:
        return None
    before = graph.nodes[node.sources[0].node]
    return None if isinstance(before.op, InputOp) or len(before.shapes) != 1 else before


def joins(graph: Graph, before: Node, node: Node, home: dict[int, int], wanted: set[Value]) -> bool:
    value = Value(before.index)
    return (
        graph.consumers[value] == (node.index,)
        and value not in wanted
        and home.get(before.index) == home.get(node.index)
        and before.train_only == node.train_only
    )
