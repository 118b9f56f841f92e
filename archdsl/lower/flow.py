"""What flows into and out of every container, and where a ReLU may write over its input."""

from __future__ import annotations

from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value
from archdsl.ops import Keeps

__all__ = ["Flow"]


class Flow:
    """Dataflow of one graph, by scope.

    ``inputs[name]`` are the values a scope reads from outside, what flows in first;
    ``outputs[name]`` those made inside that somebody outside reads.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.inputs: dict[int, tuple[Value, ...]] = {}
        self.outputs: dict[int, tuple[Value, ...]] = {}
        self.wanted = {*graph.outputs.values(), *graph.train_outputs.values()}
        self._visit(graph.root)
        self._inplace = self._safe_modules()

    def _visit(self, scope: Scope) -> set[int]:
        inside: set[int] = set()
        for child in scope.children:
            inside |= {child} if isinstance(child, int) else self._visit(child)
        self.inputs[id(scope)] = self._from_outside(scope, inside)
        self.outputs[id(scope)] = self._to_outside(scope, inside)
        return inside

    def _from_outside(self, scope: Scope, inside: set[int]) -> tuple[Value, ...]:
        read = dict.fromkeys(
            value
            for index in sorted(inside)
            for value in self.graph.nodes[index].sources
            if value.node not in inside
        )
        first = [value for value in scope.source if value in read]
        return tuple(dict.fromkeys([*first, *read]))

    def _to_outside(self, scope: Scope, inside: set[int]) -> tuple[Value, ...]:
        readers = self.graph.consumers
        made = [
            Value(index, output)
            for index in sorted(inside)
            for output in range(len(self.graph.nodes[index].shapes))
        ]
        seen = [
            value
            for value in made
            if value in self.wanted or any(r not in inside for r in readers.get(value, ()))
        ]
        if not seen:  # nobody reads what it makes: it is a module all the same
            seen = [value for value in scope.result if value.node in inside] or made[-1:]
        first = [value for value in scope.result if value in seen]
        return tuple(dict.fromkeys([*first, *seen]))

    # ---- in place

    def in_place(self, node: Node) -> bool:
        """Whether the module of a node may write over its input wherever it is applied."""
        return node.module in self._inplace

    def _safe_modules(self) -> set[int]:
        safe: dict[int, bool] = {}
        for node in self.graph.nodes:
            if node.op.inplaceable:
                before = safe.get(node.module, True)
                safe[node.module] = before and self._may_overwrite(node)
        return {module for module, allowed in safe.items() if allowed}

    def _may_overwrite(self, node: Node) -> bool:
        """Nobody else reads the input, autograd does not need it, and it is no view."""
        (value,) = node.inputs
        maker = self.graph.nodes[value.node]
        if isinstance(maker.op, InputOp) or maker.op.aliases:
            return False
        if Keeps.OUTPUT in maker.op.keeps() or value in self.wanted:
            return False
        return self.graph.consumers[value] == (node.index,)
