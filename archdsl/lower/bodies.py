"""Describing a container as a body: its members, and the calls of its forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from archdsl.diagnostics import ArchError, Diagnostic, Label
from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value
from archdsl.graph.reserved import MODULE_ATTRIBUTES
from archdsl.lower.body import Body, Call
from archdsl.lower.children import Children, mark
from archdsl.lower.construct import Construct, Leaf, Make, Member
from archdsl.lower.flow import Flow
from archdsl.lower.kinds import Kinds
from archdsl.lower.names import is_attribute
from archdsl.lower.replay import Replay
from archdsl.ops import Function

__all__ = ["Bodies"]


class Bodies:
    """Makes the bodies of a graph; ``use`` says how an instance of another class is constructed."""

    def __init__(self, graph: Graph, replay: Replay, use: Callable[[Scope], Construct]) -> None:
        self.graph = graph
        self.replay = replay
        self.flow = Flow(graph)
        self.kinds = Kinds(graph, replay, self.flow)
        self.children = Children(graph, replay, self.flow, self.kinds, use)

    def body(self, scope: Scope) -> Body:
        frame = scope.frame or self._frame(scope)
        made = Body(scope, frame, self.flow.inputs[id(scope)], self.flow.outputs[id(scope)])
        if scope.kind == "block" and self.kinds.is_chain(scope):
            sequence = self.children.sequence(scope)
            runs = any(entry.construct.several for entry in sequence.entries)
            if not sequence.named or runs:
                made.sequence = sequence
                made.members = [Member("", sequence)]
                return made
        if scope.kind == "model":
            made.inputs = tuple(self.graph.inputs.values())
            made.outputs = (*self.graph.outputs.values(), *self.graph.train_outputs.values())
        _Filler(self, made).fill()
        return made

    def _frame(self, scope: Scope) -> int:
        return self.replay.frame_of[next(scope.nodes())]


class _Filler:
    """Members and calls of one body."""

    def __init__(self, bodies: Bodies, body: Body) -> None:
        self.graph = bodies.graph
        self.replay = bodies.replay
        self.flow = bodies.flow
        self.children = bodies.children
        self.body = body
        self.targets: dict[str, str] = {}  # by the full name of a module
        self.stateless: dict[str, list[int]] = {}  # positions of unlabelled modules without state
        self.keys: set[str] = set()

    def fill(self) -> None:
        scope = self.body.scope
        self.keys = {self.children.key(child) for child in scope.children}
        self.origins = self.children.origins(self._callers(scope))
        for child in scope.children:
            self._declare(child)
        calls = [call for _, call in sorted(self._calls(scope), key=lambda pair: pair[0])]
        self.body.calls = _live(calls, self.body.outputs)

    def _callers(self, scope: Scope) -> Iterator[int | Scope]:
        """Everything in a container that becomes a call, with what stands in paths."""
        for child in scope.children:
            yield child
            if isinstance(child, Scope) and child.kind in ("path", "again"):
                yield from self._callers(child)

    # ---- members

    def _declare(self, child: int | Scope) -> None:
        if not self.children.declares(child):
            return
        key = self.children.key(child)
        construct = self.children.construct(child)
        doc = self.graph.nodes[child].doc if isinstance(child, int) else child.doc
        if isinstance(child, int) and key.isdigit() and not self._has_state(child):
            self._declare_stateless(self.graph.nodes[child], construct, doc)
            return
        origin, guards = self.origins[mark(child)], self.children.guards(child)
        self.body.members.append(Member(key, construct, doc, origin, guards))
        self._target(child, f"self.{key}" if is_attribute(key) else f'getattr(self, "{key}")')

    def _has_state(self, child: int) -> bool:
        node = self.graph.nodes[child]
        return bool(node.op.weights(*self.graph.input_shapes(node), **self.graph.ref_shapes(node)))

    def _declare_stateless(self, node: Node, construct: Construct, doc: str) -> None:
        """Modules without a label and without state are one where they are alike."""
        assert isinstance(construct, Make)
        for position, member in enumerate(self.body.members):
            if position in self.stateless.get(node.op.name, ()) and _alike(
                member.construct, construct
            ):
                both = _both(member.construct, construct)
                self.body.members[position] = replace(member, construct=both)
                self.targets[node.name] = f"self.{member.key}"
                return
        key, count = node.op.name, 2
        while key in self.keys or key in MODULE_ATTRIBUTES:
            key, count = f"{node.op.name}{count}", count + 1
        self.keys.add(key)
        self.stateless.setdefault(node.op.name, []).append(len(self.body.members))
        self.body.members.append(Member(key, construct, doc, stateless=True))
        self.targets[node.name] = f"self.{key}"

    def _target(self, child: int | Scope, text: str) -> None:
        if isinstance(child, int):
            self.targets[self.graph.nodes[child].name] = text
            return
        self.targets[child.name] = text
        if child.kind != "path":
            return
        declared = [inner for inner in child.children if self.children.declares(inner)]
        keys = [self.children.key(inner) for inner in declared]
        listed = keys == [str(index) for index in range(len(keys))]
        for key, inner in zip(keys, declared, strict=True):
            self._target(inner, f"{text}[{key}]" if listed else f'{text}["{key}"]')

    # ---- calls

    def _calls(self, scope: Scope) -> Iterator[tuple[int, Call]]:
        for child in scope.children:
            if isinstance(child, int):
                node = self.graph.nodes[child]
                if not isinstance(node.op, InputOp):
                    yield child, self._node_call(node)
            elif child.kind in ("path", "again"):
                yield from self._calls(child)
            elif child.kind != "reserved":
                first = min(child.nodes(), default=None)
                if first is not None:
                    yield first, self._scope_call(child)

    def _node_call(self, node: Node) -> Call:
        made = self.replay.calls[node.index]
        outputs = tuple(Value(node.index, index) for index in range(len(node.shapes)))
        label = "" if node.key.isdigit() else node.key
        common: dict[str, Any] = {
            "inputs": node.inputs,
            "refs": node.refs,
            "outputs": outputs,
            "results": len(outputs),
            "label": label.partition("@")[0],
            "train_only": node.train_only,
            "origin": self.origins[node.index],
            "guards": node.guards,
        }
        if isinstance(made, Function):
            leaves = tuple(Leaf(value, name) for name, value in made.values.items())
            return Call("", made, leaves=leaves, **common)
        owner = self.graph.nodes[node.module]
        return Call(self._reach(owner.name, node), None, **common)

    def _scope_call(self, scope: Scope) -> Call:
        flow = self.flow
        inputs, outputs = flow.inputs[id(scope)], flow.outputs[id(scope)]
        nodes = [self.graph.nodes[index] for index in scope.nodes()]
        owner = self.graph.nodes[nodes[0].module]
        name = scope.name
        if owner.index != nodes[0].index:  # applied again: under the name of the first time
            depth = scope.name.count(".") + 1
            name = ".".join(owner.name.split(".")[:depth])
        key = scope.key.partition("@")[0]
        return Call(
            self._reach(name, nodes[0]),
            None,
            inputs,
            (),
            outputs,
            len(outputs),
            "" if key.isdigit() else key,
            all(node.train_only for node in nodes),
            origin=self.origins[mark(scope)],
            guards=scope.guards,
        )

    def _reach(self, name: str, node: Node) -> str:
        target = self.targets.get(name)
        if target is not None:
            return target
        raise ArchError(
            [
                Diagnostic(
                    "bad-label",
                    f"the shared module `{name}` is applied inside another container",
                    Label(node.span),
                    help="apply it in the body that declares it; a PyTorch module cannot reach "
                    "its parent's children",
                )
            ]
        )


def _live(calls: list[Call], outputs: tuple[Value, ...]) -> list[Call]:
    """The calls that an output needs; a warning told of the others."""
    wanted = set(outputs)
    kept: list[Call] = []
    for call in reversed(calls):
        if wanted.intersection(call.outputs):
            wanted.update(call.read)
            kept.append(call)
    return kept[::-1]


def _alike(left: Construct, right: Construct) -> bool:
    if left.skeleton() != right.skeleton():
        return False
    pairs = zip(left.leaves(), right.leaves(), strict=True)
    return all(a.value == b.value for a, b in pairs if a.name != "inplace")


def _both(left: Construct, right: Construct) -> Construct:
    """In place only where both may be."""
    allowed = all(
        leaf.value for side in (left, right) for leaf in side.leaves() if leaf.name == "inplace"
    )
    return left.mapped(lambda value: value and allowed if isinstance(value, bool) else value)
