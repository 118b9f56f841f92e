"""What stands in a box and what a reader sees who hovers over it."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.draw import words
from archdsl.draw.outline import Leaf, Part, nodes_of
from archdsl.draw.picture import Box, Kind
from archdsl.draw.summary import summary
from archdsl.graph.graph import Graph, InputOp, Node
from archdsl.ops import Shape

__all__ = ["closed_box", "frame_title", "leaf_box", "part_tooltip", "port_box", "train_only"]

KINDS = {
    "input": Kind.INPUT,
    "convolution": Kind.CONVOLUTION,
    "normalisation": Kind.NORMALISATION,
    "activation": Kind.ACTIVATION,
    "pooling": Kind.POOLING,
    "resampling": Kind.RESAMPLING,
    "merging": Kind.MERGE,
}

NAMED_KINDS = {
    "linear": Kind.LINEAR,
    "conv_transpose": Kind.RESAMPLING,
    "max_unpool": Kind.RESAMPLING,
}
"""Operators that a reader looks for somewhere else than in their family."""

LONGEST_TOOLTIP = 12
"""Lines of a hover text; a block of more nodes tells how many it leaves out."""

LONGEST_TITLE = 30
"""A block whose name and call are longer has its name above its call."""


def kind_of(node: Node) -> Kind:
    return NAMED_KINDS.get(node.op.name) or KINDS.get(node.op.family, Kind.OTHER)


def leaf_box(graph: Graph, leaf: Leaf, id: str, around: str, *, again: bool) -> Box:
    """The box of fused operators. ``around`` is the container, left out of the name; ``again``
    says that a frame around it tells already whose weights it uses."""
    nodes = [graph.nodes[index] for index in leaf.nodes]
    head = nodes[0]
    tooltip = "\n".join(words.node_tooltip(graph, node) for node in nodes)
    if isinstance(head.op, InputOp):
        return Box(id, Kind.INPUT, head.name, tooltip=tooltip, size=size(head), nodes=leaf.nodes)
    lines = [" · ".join(words.op_title(node.op) for node in nodes[1:])] if nodes[1:] else []
    if not again and shares(graph, nodes):
        lines.append(f"weights of {graph.nodes[head.module].name}")
    path = (leaf.scope.name if leaf.scope else head.name).partition("@")[0]
    return Box(
        id,
        kind_of(head),
        words.op_title(head.op),
        tuple(lines),
        short_name(path, around),
        tooltip=tooltip,
        train_only=head.train_only,
        size=size(nodes[-1]),
        nodes=leaf.nodes,
        path="" if path.isdigit() else path,
    )


def closed_box(graph: Graph, part: Part, id: str, around: str, *, again: bool) -> Box:
    """The box of a block that is not opened, with its steps in a line or two."""
    lines = list(summary(graph, part))
    title, name = words.block_title(part.scope), short_name(part.scope.name, around)
    if name and len(name) + len(title) > LONGEST_TITLE:
        lines.insert(0, title)
        title = name
    if part.scope.shared and not again:
        lines.append(f"weights of {part.scope.shared}")
    result = part.scope.result
    last = result[0].node if result else max(nodes_of(part))
    return Box(
        id,
        Kind.BLOCK,
        title,
        tuple(lines),
        "" if name == title else name,
        tooltip=part_tooltip(graph, part),
        train_only=train_only(graph, part),
        size=size(graph.nodes[last]),
        nodes=tuple(nodes_of(part)),
        path=part.scope.name,
    )


def port_box(kind: Kind, id: str, name: str, shape: Shape | None, *, train: bool = False) -> Box:
    """What flows in from outside the drawing, or out of the model."""
    return Box(
        id,
        kind,
        name,
        ("training only",) if train else (),
        tooltip=f"{kind.value} {name}: {words.shape_text(shape)}",
        train_only=train,
        size=shape.size if shape is not None else (),
    )


def shares(graph: Graph, nodes: Sequence[Node]) -> bool:
    """Whether the box uses weights of another one."""
    return any(
        node.module != node.index
        and node.op.weights(*graph.input_shapes(node), **graph.ref_shapes(node))
        for node in nodes
    )


def size(node: Node) -> tuple[int, ...]:
    return node.shape.size if node.shape is not None else ()


def train_only(graph: Graph, part: Part) -> bool:
    return all(graph.nodes[node].train_only for node in nodes_of(part))


def part_tooltip(graph: Graph, part: Part) -> str:
    """The name and the call of a block, its doc comment, and its first operators."""
    title = words.block_title(part.scope)
    lines = [part.scope.name if title == part.scope.key else f"{part.scope.name}: {title}"]
    if part.scope.doc:
        lines.append(" ".join(part.scope.doc.split()))
    nodes = list(nodes_of(part))
    shown = nodes if len(nodes) <= LONGEST_TOOLTIP else nodes[: LONGEST_TOOLTIP - 1]
    lines.extend(words.node_tooltip(graph, graph.nodes[node]) for node in shown)
    if len(shown) < len(nodes):
        lines.append(f"and {len(nodes) - len(shown)} more")
    return "\n".join(lines)


def frame_title(part: Part) -> str:
    title = words.block_title(part.scope)
    key = part.scope.key
    named = title if title == key or key.isdigit() else f"{key}: {title}"
    return f"{named}, the same weights" if part.scope.shared else named


def short_name(full: str, around: str) -> str:
    """The name without what stands around it; nothing for mere numbers.

    >>> short_name("layer1.0.conv1", "layer1.0"), short_name("layer1.0.2", "layer1.0")
    ('conv1', '')
    """
    short = full.removeprefix(around + ".") if around else full
    return "" if short.rpartition(".")[2].isdigit() else short
