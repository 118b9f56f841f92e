"""Receptive fields: how much of the input one element of each value depends on.

Worked out forwards, axis by axis: a window of extent ``k`` sees ``(k - 1) jump`` elements more,
where ``jump`` is how far apart neighbours stand in the input (Araujo, Norris & Sim 2019,
"Computing Receptive Fields of Convolutional Neural Networks").
"""

from __future__ import annotations

from typing import NamedTuple

from archdsl.graph.graph import Graph, Node
from archdsl.ops import Op

__all__ = ["Axis", "Field", "receptive_fields"]


class Axis(NamedTuple):
    """Along one spatial axis: elements of the input that one position depends on, padding
    included, and elements of the input between two neighbours."""

    extent: float
    jump: float


Field = tuple[Axis, ...] | None
"""One for each spatial axis of the input; ``None`` for a value whose every element may depend on
all of the input."""


def receptive_fields(graph: Graph) -> tuple[Field, ...]:
    """The receptive field of the first result of every node. Of several ways to it the one that
    sees most counts; of several inputs likewise, each in its own elements.

    >>> import archdsl
    >>> graph = archdsl.load("zoo:resnet50").graph
    >>> fields = dict(zip((node.name for node in graph.nodes), receptive_fields(graph)))
    >>> fields["3"][0], fields["layer4.2.conv3"][0]
    (Axis(extent=11.0, jump=4.0), Axis(extent=427.0, jump=32.0))
    """
    fields: list[Field] = []
    for node in graph.nodes:
        fields.append(_field(graph, node, fields))
    return tuple(fields)


def _field(graph: Graph, node: Node, fields: list[Field]) -> Field:
    if not node.inputs:  # of the network
        shape = node.shapes[0]
        return (Axis(1.0, 1.0),) * (shape.rank if shape else 0)
    before = _joined([fields[value.node] for value in node.inputs])
    if before is None or type(node.op).sees is Op.sees:
        return before
    seen = node.op.sees(*graph.input_shapes(node), **graph.ref_shapes(node))
    if seen is None or len(seen) != len(before):
        return None
    return tuple(
        Axis(axis.extent + (extent - 1) * axis.jump, axis.jump * step)
        for axis, (extent, step) in zip(before, seen, strict=True)
    )


def _joined(fields: list[Field]) -> Field:
    """What sees as much as all of these together; a gate of one position counts by its extent."""
    first = fields[0]
    if all(field is first for field in fields):
        return first
    known = [field for field in fields if field is not None]
    if len(known) < len(fields) or len({len(field) for field in known}) > 1:
        return None
    return tuple(
        Axis(max(axis.extent for axis in axes), min(axis.jump for axis in axes))
        for axes in zip(*known, strict=True)
    )
