"""What stands in a box and what a reader sees who hovers over it."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.draw import words
from archdsl.draw.captions import block_title, op_title, tooltips
from archdsl.draw.outline import Leaf, Part, Twins, nodes_of
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

ADAPTING = {"convolution", "normalisation", "pooling", "resampling", "regularisation"}
"""Families of what a skip does to a value before its sum."""

LONGEST_TOOLTIP = 12
"""Lines of a hover text; a block of more nodes tells how many it leaves out."""

LONGEST_TITLE = 30
"""A block whose name and call are longer has its name above its call."""


def kind_of(node: Node) -> Kind:
    return NAMED_KINDS.get(node.op.name) or KINDS.get(node.op.family, Kind.OTHER)


def leaf_box(graph: Graph, leaf: Leaf, twins: Twins, id: str, around: str, *, again: bool) -> Box:
    """The box of fused operators. ``around`` is the container, left out of the name; ``again``
    says that a frame around it tells already whose weights it uses."""
    nodes = [graph.nodes[index] for index in leaf.nodes]
    head = nodes[0]
    tooltip = "\n".join(tooltips(graph, nodes, twins))
    if isinstance(head.op, InputOp):
        return Box(id, Kind.INPUT, head.name, tooltip=tooltip, size=size(head), nodes=leaf.nodes)
    told = [op_title(graph, node, twins) for node in nodes[1:] if not node.op.does_nothing]
    lines = [" · ".join(told)] if told else []
    if not again and shares(graph, nodes):
        lines.append(f"weights of {graph.nodes[head.module].name}")
    path = (leaf.scope.name if leaf.scope else head.name).partition("@")[0]
    return Box(
        id,
        kind_of(head),
        op_title(graph, head, twins),
        tuple(lines),
        short_name(path, around),
        tooltip=tooltip,
        train_only=head.train_only,
        size=size(nodes[-1]),
        nodes=leaf.nodes,
        path="" if path.isdigit() else path,
        forgets_size=any(node.op.forgets_size for node in nodes),
        adapts=kind_of(head) in (Kind.CONVOLUTION, Kind.NORMALISATION) or adapts(nodes),
    )


def closed_box(graph: Graph, part: Part, twins: Twins, id: str, around: str, *, again: bool) -> Box:
    """The box of a block that is not opened, with its steps in a line or two."""
    lines = list(summary(graph, part, twins))
    title, name = block_title(part.scope, twins), short_name(part.scope.name, around)
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
        tooltip=part_tooltip(graph, part, twins),
        train_only=train_only(graph, part),
        size=size(graph.nodes[last]),
        nodes=tuple(nodes_of(part)),
        path=part.scope.name,
        adapts=adapts([graph.nodes[node] for node in nodes_of(part)]),
    )


def adapts(nodes: Sequence[Node]) -> bool:
    """Whether these operators only fit a value to where it goes: one convolution at most, norms,
    poolings, and what cuts off or adds."""
    convolutions = sum(node.op.family == "convolution" for node in nodes)
    return convolutions <= 1 and all(node.op.family in ADAPTING for node in nodes)


def port_box(
    kind: Kind,
    id: str,
    name: str,
    shape: Shape | None,
    *,
    train: bool = False,
    before: tuple[int, ...] = (),
) -> Box:
    """What flows in from outside the drawing or a repeat, or out of the model. ``before`` are the
    nodes in whose place it comes, where it is neither first nor last."""
    return Box(
        id,
        kind,
        name,
        ("training only",) if train else (),
        tooltip=f"{kind.value} {name}: {words.shape_text(shape)}",
        train_only=train,
        size=shape.size if shape is not None else (),
        nodes=before,
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


def part_tooltip(graph: Graph, part: Part, twins: Twins) -> str:
    """The name and the call of a block, its doc comment, and its first operators."""
    title = block_title(part.scope, twins)
    lines = [part.scope.name if title == part.scope.key else f"{part.scope.name}: {title}"]
    if part.scope.doc:
        lines.append(" ".join(part.scope.doc.split()))
    nodes = list(nodes_of(part))
    shown = nodes if len(nodes) <= LONGEST_TOOLTIP else nodes[: LONGEST_TOOLTIP - 1]
    lines.extend(tooltips(graph, (graph.nodes[node] for node in shown), twins))
    if len(shown) < len(nodes):
        lines.append(f"and {len(nodes) - len(shown)} more")
    return "\n".join(lines)


def frame_title(part: Part, twins: Twins) -> str:
    title = block_title(part.scope, twins)
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
