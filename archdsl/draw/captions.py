"""What is written on a box or a frame: of one thing, or of all that it stands for in a repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archdsl.draw import words
from archdsl.draw.outline import Twins
from archdsl.graph.graph import Graph, Node, Scope

__all__ = ["block_title", "op_title", "tooltips"]


def op_title(graph: Graph, node: Node, twins: Twins) -> str:
    """The operator of a node, with what runs from copy to copy."""
    others = [graph.nodes[twin].op for twin in twins.nodes(node.index)[1:]]
    return words.op_title(node.op, *others, rank=rank_of(graph, node))


def rank_of(graph: Graph, node: Node) -> int:
    """How many spatial axes a node works on; 0 if that is not known."""
    shape = words.shape_of(graph, node.inputs[0]) if node.inputs else node.shape
    return shape.rank if shape else 0


def tooltips(graph: Graph, nodes: Iterable[Node], twins: Twins) -> Iterator[str]:
    """A line for each node, with what runs from copy to copy."""
    for node in nodes:
        others = (graph.nodes[twin] for twin in twins.nodes(node.index)[1:])
        yield words.node_tooltip(graph, node, *others)


def block_title(scope: Scope, twins: Twins) -> str:
    """The call of a block, with what runs from copy to copy."""
    return words.block_title(scope, *twins.scopes(scope)[1:])
