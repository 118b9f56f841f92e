"""The one door into a graph: everything that makes graphs adds its nodes here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from archdsl.graph.decided import Decided
from archdsl.graph.graph import Graph, Guard, InitRule, InputOp, Node, Value
from archdsl.graph.scopes import OpenScope
from archdsl.graph.varying import Explorer
from archdsl.ops import Mismatch, Op, Shape, Weight
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Assembly", "TooManyNodes"]


class TooManyNodes(Exception):
    """The limit on expanded nodes is reached."""


Mark = tuple[int, OpenScope, int, int]
"""A state of a graph under construction: how many nodes there are, which container is open, how
many children it has, and how many of those are counted."""


class Assembly:
    """A graph under construction.

    ``add`` infers shapes at once. A node that does not fit gets an unknown shape, and whatever
    reads an unknown shape has one too without complaint: one mistake, one error.
    """

    def __init__(
        self, name: str, max_nodes: int = 100_000, explorer: Explorer | None = None
    ) -> None:
        self.name = name
        self.explorer = explorer
        self.max_nodes = max_nodes
        self.nodes: list[Node] = []
        self.names: dict[str, int] = {}  # each with how many nodes have it
        self.root = OpenScope("", "model")
        self.scope = self.root
        self.inputs: dict[str, Value] = {}
        self.outputs: dict[str, Value] = {}
        self.train_outputs: dict[str, Value] = {}
        self.init: list[InitRule] = []
        self.train_only = False
        self.guards: tuple[Guard, ...] = ()
        self.decisions: dict[tree.If, set[bool]] = {}
        self.decided = Decided()

    # ---- containers

    def open(self, key: str | None, kind: str, **facts: Any) -> OpenScope:
        """A new container in the current one; a dotted key opens the path to it."""
        parent, last = self._home(key)
        scope = OpenScope(parent.child_name(last), kind, guards=self.guards, **facts)
        if parent.replay is not None:
            scope.replay = parent.replay
        parent.adopt(last, scope)
        return scope

    def _home(self, key: str | None) -> tuple[OpenScope, str]:
        """The container a child belongs into, and its last key there."""
        if key is None:
            return self.scope, self.scope.free_key()
        *path, last = key.split(".")
        home = self.scope
        for part in path:
            inner = home.keys.get(part)
            if not isinstance(inner, OpenScope):
                inner = OpenScope(home.child_name(part), "path", replay=home.replay)
                home.adopt(part, inner)
            home = inner
        return home, last

    def taken(self, key: str) -> str:
        """What stands where a child of that (dotted) key would: a child of that name, or an
        operator on the way to it, which can hold none. Empty if the place is free."""
        child: int | OpenScope | None = self.scope
        parts = key.split(".")
        for index, part in enumerate(parts):
            if not isinstance(child, OpenScope):
                return ".".join(parts[:index])
            child = child.keys.get(part)
            if child is None:
                return ""
        return key

    # ---- conditions, for the compiler

    @contextmanager
    def guarded(self, statement: tree.If, taken: bool) -> Iterator[None]:
        """What is added inside stands in a branch of this ``if``."""
        self.decisions.setdefault(statement, set()).add(taken)
        before, self.guards = self.guards, (*self.guards, Guard(statement, taken))
        try:
            yield
        finally:
            self.guards = before

    @contextmanager
    def unguarded(self, scope: OpenScope) -> Iterator[None]:
        """A block begins: the conditions inside it are its own."""
        before = self.guards, self.decisions
        self.guards, self.decisions = (), scope.decisions
        try:
            yield
        finally:
            self.guards, self.decisions = before

    # ---- shared modules

    def reserve(self, key: str) -> OpenScope:
        """Keep a place for a module that is declared now and applied later."""
        home, last = self._home(key)
        place = OpenScope(home.child_name(last), "reserved", home=home)
        home.adopt(last, place)
        return place

    @contextmanager
    def claiming(self, place: OpenScope) -> Iterator[None]:
        """What is added inside takes the reserved place."""
        home, place.home = place.home, None
        assert home is not None, "claimed before"
        del home.keys[place.name.rpartition(".")[2]]
        home.counted -= 1
        at = next(i for i, child in enumerate(home.children) if child is place)
        count = len(home.children)
        yield
        if len(home.children) > count:
            home.children[at] = home.children.pop(count)

    @contextmanager
    def again(self, key: str, modules: Iterator[int], home: OpenScope) -> Iterator[None]:
        """Nodes added inside apply these modules once more, in the scope that runs now."""
        runner = OpenScope(home.name, "again", replay=modules, shared=home.child_name(key))
        self.scope.children.append(runner)
        with self.inside(runner):
            yield

    @contextmanager
    def inside(self, scope: OpenScope) -> Iterator[OpenScope]:
        before, self.scope = self.scope, scope
        try:
            yield scope
        finally:
            self.scope = before

    # ---- undoing, for graphs that are built call by call

    def mark(self) -> Mark:
        """Where the graph stands now."""
        return len(self.nodes), self.scope, len(self.scope.children), self.scope.counted

    def back_to(self, mark: Mark) -> None:
        """Forget what was added since."""
        nodes, self.scope, children, self.scope.counted = mark[0], mark[1], mark[2], mark[3]
        for node in self.nodes[nodes:]:
            base = node.name.partition("@")[0]
            self.names[base] -= 1
            if not self.names[base]:
                del self.names[base]
        del self.nodes[nodes:]
        gone = {id(child) for child in self.scope.children[children:] if not isinstance(child, int)}
        del self.scope.children[children:]
        self.scope.keys = {
            key: child
            for key, child in self.scope.keys.items()
            if (child < nodes if isinstance(child, int) else id(child) not in gone)
        }

    # ---- nodes

    def add_input(self, name: str, shape: Shape, span: Span | None, doc: str = "") -> Value:
        op = InputOp(extent=tuple(shape))
        node = self._append(name, op, (), (), (shape,), span, doc, {}, None)
        value = Value(node.index)
        self.inputs[name] = value
        return value

    def add(
        self,
        op: Op,
        inputs: Sequence[Value],
        refs: Mapping[str, Value] | None = None,
        *,
        key: str | None = None,
        span: Span | None = None,
        doc: str = "",
        arguments: Mapping[str, Any] | None = None,
    ) -> tuple[Node, Mismatch | None]:
        """Add a node; the mismatch, if any, is the caller's to report: it knows the places."""
        if len(self.nodes) >= self.max_nodes:
            raise TooManyNodes
        refs = refs or {}
        home, last = self._home(key)
        shapes, mismatch = self._infer(op, inputs, refs)
        shared = next(home.replay, None) if home.replay is not None else None
        node = self._append(
            self._unique(home.child_name(last)),
            op,
            tuple(inputs),
            tuple(refs.items()),
            shapes,
            span,
            doc,
            arguments or {},
            shared,
        )
        home.adopt(last, node.index)
        return node, mismatch

    def _append(
        self,
        name: str,
        op: Op,
        inputs: tuple[Value, ...],
        refs: tuple[tuple[str, Value], ...],
        shapes: tuple[Shape | None, ...],
        span: Span | None,
        doc: str,
        arguments: Mapping[str, Any],
        shared: int | None,
    ) -> Node:
        index = len(self.nodes)
        module = index if shared is None else shared
        node = Node(
            index,
            name,
            op,
            inputs,
            refs,
            shapes,
            module,
            self.train_only,
            span,
            doc,
            arguments,
            self.guards,
        )
        self.nodes.append(node)
        return node

    def _unique(self, name: str) -> str:
        """A shared module that runs again makes nodes of the same name: number the repeats."""
        count = self.names[name] = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name}@{count}"

    def _infer(
        self, op: Op, inputs: Sequence[Value], refs: Mapping[str, Value]
    ) -> tuple[tuple[Shape | None, ...], Mismatch | None]:
        count = 1 + len(op.results)
        shapes = [self.shape(value) for value in inputs]
        ref_shapes = {name: self.shape(value) for name, value in refs.items()}
        known = [shape for shape in shapes if shape is not None]
        known_refs = {name: shape for name, shape in ref_shapes.items() if shape is not None}
        if len(known) < len(shapes) or len(known_refs) < len(ref_shapes):
            return (None,) * count, None
        try:
            if self.explorer is not None:
                return self.explorer.infer(op, known, known_refs), None
            return op.outputs(*known, **known_refs), None
        except Mismatch as mismatch:
            return (None,) * count, mismatch

    def shape(self, value: Value) -> Shape | None:
        shapes = self.nodes[value.node].shapes
        return shapes[value.output] if value.output < len(shapes) else None

    def weights(self, node: Node) -> dict[str, Weight]:
        """The weights of a node; none where a shape is unknown."""
        shapes = [self.shape(value) for value in node.inputs]
        refs = {name: self.shape(value) for name, value in node.refs}
        if None in shapes or None in refs.values():
            return {}
        return node.op.weights(*shapes, **refs)

    # ---- the whole

    def finish(self, doc: str = "") -> Graph:
        return Graph(
            name=self.name,
            nodes=tuple(self.nodes),
            root=self.root.freeze(),
            inputs=dict(self.inputs),
            outputs=dict(self.outputs),
            train_outputs=dict(self.train_outputs),
            init=tuple(self.init),
            doc=doc,
            decided=self.decided,
        )
