"""Parameters, MACs and FLOPs of a network: for each operator, each block and the whole.

MACs and FLOPs are defined once, in :data:`DEFINITION`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from archdsl.graph import counts
from archdsl.graph.counts import FLOPS_PER_MAC
from archdsl.graph.graph import Graph, Node, Scope
from archdsl.ops import Shape

__all__ = ["DEFINITION", "FLOPS_PER_MAC", "MODES", "Block", "Kind", "Layer", "Profile", "profile"]

DEFINITION: Final = (
    "MACs are the multiply-accumulates of convolutions and matrix products for one sample\n"
    "(what torch.utils.flop_counter counts, divided by 2); FLOPs = 2 x MACs."
)
"""Printed under every table; everything else computes nothing that is counted."""

MODES: Final = ("eval", "train")


@dataclass(frozen=True, slots=True)
class Layer:
    """One applied operator. Weights that are shared count at their first application."""

    name: str
    op: str
    output: Shape
    params: int
    buffers: int
    macs: int
    train_only: bool = False

    @property
    def flops(self) -> int:
        return FLOPS_PER_MAC * self.macs


@dataclass(frozen=True, slots=True)
class Block:
    """A container and the sums over everything in it.

    ``op`` is the name of the block it was made from; ``train_only`` says that everything in it is.
    """

    name: str
    op: str
    output: Shape | None
    params: int
    buffers: int
    macs: int
    children: tuple[Layer | Block, ...]
    train_only: bool = False

    @property
    def flops(self) -> int:
        return FLOPS_PER_MAC * self.macs

    def blocks(self) -> Iterator[Block]:
        """All containers inside, each before what it holds."""
        waiting = [self]
        while waiting:
            block = waiting.pop()
            if block is not self:
                yield block
            waiting.extend(child for child in reversed(block.children) if isinstance(child, Block))


@dataclass(frozen=True, slots=True)
class Kind:
    """The share of all operators of one name."""

    params: int
    macs: int


@dataclass(frozen=True, slots=True)
class Profile:
    """The counts of one network for one sample.

    ``params`` are what training changes, ``buffers`` the elements of the state that it does not;
    both count everything there is, in either mode. ``layers`` stand in the order they run,
    ``root`` holds the same in their containers.
    """

    model: str
    mode: str
    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    params: int
    buffers: int
    macs: int
    layers: tuple[Layer, ...]
    root: Block

    def __str__(self) -> str:
        """The table that ``archdsl profile`` prints."""
        from archdsl.analysis.report import render

        return render(self)

    @property
    def flops(self) -> int:
        return FLOPS_PER_MAC * self.macs

    @property
    def blocks(self) -> tuple[Block, ...]:
        """A row for each container, each before what it holds."""
        return tuple(self.root.blocks())

    @property
    def by_kind(self) -> dict[str, Kind]:
        """Sums over the operators of each name that have parameters or MACs, largest first.

        >>> import archdsl
        >>> spec = "model m { input x: 3x4x4\\n conv(2, 3x3) -> flatten -> linear(5) }"
        >>> kinds = archdsl.parse(spec).profile().by_kind
        >>> {name: (kind.params, kind.macs) for name, kind in kinds.items()}
        {'conv': (56, 216), 'linear': (45, 40)}
        """
        sums: dict[str, Kind] = {}
        for layer in self.layers:
            if layer.params or layer.macs:
                before = sums.get(layer.op, Kind(0, 0))
                sums[layer.op] = Kind(before.params + layer.params, before.macs + layer.macs)
        return dict(sorted(sums.items(), key=lambda item: -item[1].params))


def profile(graph: Graph, mode: str = "eval") -> Profile:
    """Count a network.

    ``mode="eval"`` counts the inference graph; ``"train"`` adds the MACs of what exists in
    training only, such as auxiliary classifiers.

    >>> import archdsl
    >>> arch = archdsl.parse("model m { input x: 1x28x28\\n conv(4, 5x5) }")
    >>> counts = profile(arch.graph)
    >>> counts.params, counts.macs, counts.flops
    (104, 57600, 115200)
    """
    if mode not in MODES:
        raise ValueError(f"mode is {' or '.join(map(repr, MODES))}, not {mode!r}")
    layers = {node.index: _layer(graph, node, mode) for node in graph.compute_nodes}
    values = tuple(layers.values())
    outputs = {**graph.outputs, **(graph.train_outputs if mode == "train" else {})}
    return Profile(
        model=graph.name,
        mode=mode,
        inputs={name: graph.shape(value) for name, value in graph.inputs.items()},
        outputs={name: graph.shape(value) for name, value in outputs.items()},
        params=sum(layer.params for layer in values),
        buffers=sum(layer.buffers for layer in values),
        macs=sum(layer.macs for layer in values),
        layers=values,
        root=_tree(graph, layers),
    )


def _layer(graph: Graph, node: Node, mode: str) -> Layer:
    inputs, refs = graph.input_shapes(node), graph.ref_shapes(node)
    output = node.shapes[0]
    assert output is not None
    owns = node.module == node.index
    params, buffers = counts.params_and_buffers(node.op, inputs, refs) if owns else (0, 0)
    computed = mode == "train" or not node.train_only
    return Layer(
        name=node.name,
        op=node.op.name,
        output=output,
        params=params,
        buffers=buffers,
        macs=counts.macs(node.op, inputs, refs, output) if computed else 0,
        train_only=node.train_only,
    )


def _tree(graph: Graph, layers: Mapping[int, Layer]) -> Block:
    """The rows of all containers. Nesting is limited by memory only, so nothing here recurses."""
    order = [graph.root]
    for scope in order:
        order.extend(child for child in scope.children if isinstance(child, Scope))
    made: dict[int, tuple[Layer | Block, ...]] = {}

    def parts(child: int | Scope) -> tuple[Layer | Block, ...]:
        if isinstance(child, Scope):
            return made.pop(id(child))
        return (layers[child],) if child in layers else ()  # an input is a node, but no layer

    for scope in reversed(order):  # what is inside comes after its container
        children = tuple(part for child in scope.children for part in parts(child))
        # "again" is no container: it only stands where a module is applied once more.
        made[id(scope)] = children if scope.kind == "again" else (_block(graph, scope, children),)
    (root,) = made.values()
    assert isinstance(root[0], Block)
    return root[0]


def _block(graph: Graph, scope: Scope, children: tuple[Layer | Block, ...]) -> Block:
    return Block(
        name=scope.name,
        op=scope.block,
        output=graph.shape(scope.result[0]) if scope.result else None,
        params=sum(child.params for child in children),
        buffers=sum(child.buffers for child in children),
        macs=sum(child.macs for child in children),
        children=children,
        train_only=bool(children) and all(child.train_only for child in children),
    )
