"""What the rules ask about a graph, each thing worked out once and only if some rule asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any

from archdsl.graph.graph import Graph, Node, Scope
from archdsl.ops import Shape

__all__ = ["ACTIVATIONS", "NORMS", "PASSIVE", "Facts"]

ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "sigmoid", "tanh"}
    | {"hardswish", "hardsigmoid"}
)
"""Activations of each element by itself."""
NORMS = frozenset({"bn", "instancenorm", "groupnorm", "layernorm", "grn", "lrn"})
PASSIVE = frozenset({"identity", "dropout", "dropout2d", "drop_block", "drop_path"})
"""Steps that hand on what they get, at inference at least."""

_POSITIVE = frozenset({"relu", "relu6", "sigmoid", "hardsigmoid", "softmax"})
_KEEPS_SIGN = PASSIVE | {"maxpool", "avgpool", "global_avgpool", "adaptive_avgpool", "flatten"}
_JOINS = frozenset({"add", "max", "concat"})


class Facts:
    """One graph, seen by the rules."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes

    # ---- nodes by what they do

    @cached_property
    def _by_op(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.op.name, []).append(node)
        return found

    def of(self, *names: str) -> Iterator[Node]:
        """All nodes of these operators."""
        for name in names:
            yield from self._by_op.get(name, ())

    def op(self, node: Node) -> Any:
        """The operator, for its arguments."""
        return node.op

    def shape(self, node: Node) -> Shape:
        """The shape of its first result."""
        shape = node.shapes[0]
        assert shape is not None
        return shape

    def given(self, node: Node) -> Shape:
        """The shape of its first input."""
        return self.graph.shape(node.inputs[0])

    def is_depthwise(self, node: Node) -> bool:
        """Whether it is a convolution of each channel by itself."""
        return node.op.name == "conv" and 1 < self.op(node).groups == self.given(node).channels

    def is_pointwise(self, node: Node) -> bool:
        """Whether it is a convolution that mixes the channels of one position."""
        if node.op.name != "conv":
            return False
        op = self.op(node)
        kernel = op.kernel if isinstance(op.kernel, tuple) else (op.kernel,)
        return op.groups == 1 and all(extent == 1 for extent in kernel)

    # ---- the way forwards and back

    @cached_property
    def _readers(self) -> list[list[int]]:
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for value in node.inputs:
                readers[value.node].append(node.index)
        return readers

    @cached_property
    def _outputs(self) -> frozenset[int]:
        values = (*self.graph.outputs.values(), *self.graph.train_outputs.values())
        return frozenset(value.node for value in values)

    def is_output(self, node: Node) -> bool:
        return node.index in self._outputs

    def readers(self, node: Node) -> list[Node]:
        """The nodes that work on its results; those that only look at a shape left out."""
        return [self.nodes[index] for index in self._readers[node.index]]

    def sources(self, node: Node) -> list[Node]:
        """The nodes whose results it works on."""
        return [self.nodes[value.node] for value in node.inputs]

    def behind(self, node: Node, passing: Collection[str]) -> Node | None:
        """The node behind it on a straight way, those in ``passing`` left out; none where the way
        forks or ends."""
        while not self.is_output(node):
            readers = self._readers[node.index]
            if len(readers) != 1:
                return None
            node = self.nodes[readers[0]]
            if node.op.name not in passing:
                return node
        return None

    def before(self, node: Node, passing: Collection[str]) -> Node | None:
        """The node before it, those in ``passing`` left out; of a product, that of full size."""
        while node.inputs:
            node = self._main_source(node)
            if node.op.name not in passing:
                return node
        return None

    def _main_source(self, node: Node) -> Node:
        """Its first source of its own shape, else its first."""
        sources = self.sources(node)
        alike = (source for source in sources if source.shapes[0] == node.shapes[0])
        return next(alike, sources[0])

    def walk(self, start: Node, goes_on: Callable[[Node], bool]) -> Iterator[Node]:
        """All nodes behind ``start``, each once; not beyond those where it does not go on."""
        waiting = [start]
        seen = {start.index}
        while waiting:
            for reader in self.readers(waiting.pop()):
                if reader.index in seen:
                    continue
                seen.add(reader.index)
                yield reader
                if goes_on(reader):
                    waiting.append(reader)

    def branch(self, start: Node, end: Node) -> list[Node] | None:
        """The nodes between two, if all that ``end`` knows it has from ``start``, and if the size
        stays: the branch of a residual block. Gates of a single position may stand in it."""
        found: dict[int, Node] = {}
        waiting = [end]
        size = self.shape(start).size
        while waiting:
            node = waiting.pop()
            if node.index == start.index or node.index in found:
                continue
            own = self.shape(node).size
            if node.index < start.index or not node.inputs or not (own == size or set(own) == {1}):
                return None
            found[node.index] = node
            waiting.extend(self.sources(node))
        return [found[index] for index in sorted(found)] or None

    @cached_property
    def nonnegative(self) -> list[bool]:
        """For each node, whether its result can be told to have no negative element."""
        known: list[bool] = []
        for node in self.nodes:
            name = node.op.name
            if name in _POSITIVE:
                known.append(True)
            elif name in _KEEPS_SIGN or name in _JOINS:
                known.append(all(known[value.node] for value in node.inputs))
            else:
                known.append(False)
        return known

    # ---- containers

    @cached_property
    def scopes(self) -> list[tuple[Scope, ...]]:
        """Every container with those around it, the innermost first."""
        found: list[tuple[Scope, ...]] = [(self.graph.root,)]
        for chain in found:
            children = (child for child in chain[0].children if isinstance(child, Scope))
            found.extend((child, *chain) for child in children)
        return found

    def inside(
        self, scope: Scope, enters: Callable[[Scope], bool] = lambda _: True
    ) -> Iterator[int]:
        """The nodes in a container, and in those inside that it enters."""
        waiting = [scope]
        for container in waiting:
            for child in container.children:
                if not isinstance(child, Scope):
                    yield child
                elif enters(child):
                    waiting.append(child)

    @cached_property
    def _around(self) -> dict[int, tuple[Scope, ...]]:
        return {
            child: chain
            for chain in self.scopes
            for child in chain[0].children
            if isinstance(child, int)
        }

    def uses(self, where: Node | Scope) -> list[Scope]:
        """The blocks around a node, or a container and those around it, the innermost first:
        where each was used."""
        if isinstance(where, Node):
            chain = self._around.get(where.index, ())
        else:
            chain = next((chain for chain in self.scopes if chain[0] is where), ())
        return [scope for scope in chain if scope.kind == "block"]
