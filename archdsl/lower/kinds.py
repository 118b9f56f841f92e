"""What a container becomes: a class, an `nn.Sequential`, an identity, or only a part of a name."""

from __future__ import annotations

from archdsl.graph.graph import Graph, Scope, Value
from archdsl.lower.flow import Flow
from archdsl.lower.replay import Replay
from archdsl.ops import Module

__all__ = ["Kinds"]


class Kinds:
    """Those of the containers of one graph."""

    def __init__(self, graph: Graph, replay: Replay, flow: Flow) -> None:
        self.graph = graph
        self.replay = replay
        self.flow = flow

    def kind(self, scope: Scope) -> str:
        """``identity``, ``sequence``, ``class``, or ``path`` and ``again`` as they are."""
        if scope.kind in ("path", "again", "reserved"):
            return scope.kind
        if scope.kind != "model" and self._is_identity(scope):
            return "identity"
        if scope.kind == "group" and self.is_chain(scope):
            return "sequence"
        return "class"

    def _is_identity(self, scope: Scope) -> bool:
        if len(scope.children) != 1 or not isinstance(scope.children[0], int):
            return False
        return self.graph.nodes[scope.children[0]].op.name == "identity"

    def is_chain(self, scope: Scope) -> bool:
        """Whether each child takes just what the one before it made, as in nn.Sequential."""
        inputs, outputs = self.flow.inputs[id(scope)], self.flow.outputs[id(scope)]
        if len(inputs) != 1 or len(outputs) != 1 or not scope.children:
            return False
        current = inputs[0]
        for child in scope.children:
            following = self._through(child, current)
            if following is None:
                return False
            current = following
        return current == outputs[0] and self._read_once(scope, outputs[0])

    def _through(self, child: int | Scope, current: Value) -> Value | None:
        """What a child makes of the current value, if it is a module of one input and output."""
        if isinstance(child, int):
            node = self.graph.nodes[child]
            plain = node.module == node.index and len(node.shapes) == 1
            module = isinstance(self.replay.calls.get(child), Module)
            return Value(child) if plain and module and node.sources == (current,) else None
        inputs, outputs = self.flow.inputs[id(child)], self.flow.outputs[id(child)]
        if self.kind(child) in ("path", "again", "reserved"):
            return None
        return outputs[0] if inputs == (current,) and len(outputs) == 1 else None

    def _read_once(self, scope: Scope, result: Value) -> bool:
        """Nothing but the next child reads what a child makes."""
        inside = set(scope.nodes())
        for child in scope.children[:-1]:
            made = Value(child) if isinstance(child, int) else self.flow.outputs[id(child)][0]
            readers = self.graph.consumers.get(made, ())
            if made in self.flow.wanted or any(reader not in inside for reader in readers):
                return False
            if len({self._child_of(scope, reader) for reader in readers}) != 1:
                return False
        return True

    def _child_of(self, scope: Scope, node: int) -> int:
        for index, child in enumerate(scope.children):
            if child == node or (isinstance(child, Scope) and node in set(child.nodes())):
                return index
        return -1
