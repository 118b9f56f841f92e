"""Since when a value has the shape that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archdsl.diagnostics import Label
from archdsl.graph.graph import Node
from archdsl.graph.values import Tensor
from archdsl.ops import Mismatch
from archdsl.ops.guards import dots

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["histories"]


def histories(machine: Machine, mismatch: Mismatch, values: Sequence[Tensor]) -> Iterator[Label]:
    """Where each value got its shape; where only the sizes disagree, its size."""
    only_sizes = _is_of_sizes(mismatch, values)
    for tensor in values:
        node = _origin(machine, tensor, only_sizes)
        if node.span is not None:
            inside = f" (`{node.name}`)" if "." in node.name else ""
            what = dots(tensor.shape.size) if only_sizes else str(tensor.shape)
            yield Label(node.span, f"{what} since here{inside}")


def _is_of_sizes(mismatch: Mismatch, values: Sequence[Tensor]) -> bool:
    shapes = [tensor.shape for tensor in values]
    return (
        mismatch.operand is not None
        and len({shape.rank for shape in shapes}) == 1
        and len({shape.size for shape in shapes}) > 1
        and "project" not in (mismatch.help or "")  # so the channels do not matter, or agree
    )


def _origin(machine: Machine, tensor: Tensor, only_sizes: bool) -> Node:
    """Where a value got the shape it has: the first step of those that kept it."""
    nodes = machine.assembly.nodes
    node = nodes[tensor.value.node]
    while len(node.shapes) == 1:
        kept = (nodes[value.node] for value in node.inputs)
        before = next((one for one in kept if _is_alike(one, node, only_sizes)), None)
        if before is None or before.span is None:
            break
        node = before
    return node


def _is_alike(one: Node, other: Node, only_sizes: bool) -> bool:
    if not only_sizes or one.shape is None or other.shape is None:
        return one.shapes == other.shapes
    return len(one.shapes) == 1 and one.shape.size == other.shape.size
