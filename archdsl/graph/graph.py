"""The graph of one network: nodes in the order they run, and the containers they stand in.

This is the only room that knows networkx.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from archdsl.graph.decided import Decided
from archdsl.ops import Op, Shape
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Graph", "Guard", "InitRule", "InputOp", "Node", "Scope", "Value"]


class Value(NamedTuple):
    """One result of one node."""

    node: int
    output: int = 0


class InputOp(Op):
    """What flows in from outside; not an operator of the language."""

    name: ClassVar[str] = "input"
    family: ClassVar[str] = "input"
    operands: ClassVar[tuple[int, int | None]] = (0, 0)
    extent: tuple[int, ...]

    def shape(self) -> Shape:
        return Shape(self.extent)


@dataclass(frozen=True, slots=True)
class Guard:
    """An ``if`` that something stands in, and whether its condition held."""

    statement: tree.If
    taken: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an operator.

    ``name`` is the prefix of its ``state_dict`` keys. ``module`` is the index of the node that
    owns its weights: its own, or that of an earlier application of the same shared module.
    A shape of ``None`` is unknown, because something before it went wrong.
    ``arguments`` are those of ``op`` as the spec gave them; with tracing, ``guards`` are the ``if``
    statements of its block that it stands in.
    """

    index: int
    name: str
    op: Op
    inputs: tuple[Value, ...]
    refs: tuple[tuple[str, Value], ...]
    shapes: tuple[Shape | None, ...]
    module: int
    train_only: bool
    span: Span | None
    doc: str
    arguments: Mapping[str, Any]
    guards: tuple[Guard, ...] = ()

    @property
    def key(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def shape(self) -> Shape | None:
        return self.shapes[0]

    @property
    def sources(self) -> tuple[Value, ...]:
        """Everything it reads: inputs first, then what it refers to."""
        return self.inputs + tuple(value for _, value in self.refs)


@dataclass(frozen=True, slots=True)
class Scope:
    """A container: the model, a block that was used, a labelled group, or a dotted path.

    ``children`` are node indices and scopes in the order they were declared. A scope with
    ``shared`` applies that scope's modules again. ``doc`` was written above the statement,
    ``about`` above the block; ``defaults`` are those of the block's parameters that are
    constants. With tracing, ``guards`` are the ``if`` statements of the block around that it
    stands in, and ``decisions`` how those inside went.
    """

    name: str
    kind: str
    block: str
    arguments: Mapping[str, Any]
    children: tuple[int | Scope, ...]
    result: tuple[Value, ...]
    source: tuple[Value, ...]
    doc: str
    frame: int
    span: Span | None = None
    shared: str = ""
    about: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    decisions: Mapping[tree.If, frozenset[bool]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]

    def nodes(self) -> Iterator[int]:
        """Indices of all nodes in it, containers inside included."""
        for child in self.children:
            if isinstance(child, int):
                yield child
            else:
                yield from child.nodes()

    def scopes(self) -> Iterator[Scope]:
        """This scope and all scopes in it."""
        yield self
        for child in self.children:
            if isinstance(child, Scope):
                yield from child.scopes()


@dataclass(frozen=True, slots=True)
class InitRule:
    """Initialise the parameter ``parameter`` of what ``selector`` names with ``function``."""

    selector: str
    parameter: str
    function: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A whole network, frozen. ``decided`` is known with tracing: the numbers that its structure
    depends on."""

    name: str
    nodes: tuple[Node, ...]
    root: Scope
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    train_outputs: Mapping[str, Value]
    init: tuple[InitRule, ...] = ()
    doc: str = ""
    decided: Decided = field(default_factory=Decided, compare=False)

    def shape(self, value: Value) -> Shape:
        """The shape of a value of a graph without errors."""
        shape = self.nodes[value.node].shapes[value.output]
        assert shape is not None, f"{self.nodes[value.node].name} has no known shape"
        return shape

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        return tuple(map(self.shape, node.inputs))

    def ref_shapes(self, node: Node) -> dict[str, Shape]:
        return {name: self.shape(value) for name, value in node.refs}

    @cached_property
    def consumers(self) -> dict[Value, tuple[int, ...]]:
        """For each value, the nodes that read it."""
        readers: dict[Value, list[int]] = {}
        for node in self.nodes:
            for value in node.sources:
                readers.setdefault(value, []).append(node.index)
        return {value: tuple(nodes) for value, nodes in readers.items()}

    @property
    def compute_nodes(self) -> Iterator[Node]:
        """The nodes that apply an operator; inputs left out."""
        return (node for node in self.nodes if not isinstance(node.op, InputOp))

    @cached_property
    def nx(self) -> nx.MultiDiGraph[str]:
        """The graph for networkx: node names with ``op``, ``shape``, ``node``; edges with
        ``shape`` and ``argument`` (the position of the input, or the name of a reference)."""
        import networkx

        graph: nx.MultiDiGraph[str] = networkx.MultiDiGraph(name=self.name)
        for node in self.nodes:
            graph.add_node(node.name, op=node.op.name, shape=node.shape, node=node)
        for node in self.nodes:
            edges: list[tuple[int | str, Value]] = [*enumerate(node.inputs), *node.refs]
            for argument, value in edges:
                source = self.nodes[value.node]
                shape = source.shapes[value.output]
                graph.add_edge(source.name, node.name, shape=shape, argument=argument)
        return graph
