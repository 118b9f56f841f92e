"""Children of a container: their keys, where they were written, and how each is constructed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archdsl.graph.graph import Graph, Guard, Node, Scope
from archdsl.lower.construct import (
    IDENTITY,
    Construct,
    Leaf,
    Make,
    Member,
    Origin,
    Sequence,
    Tree,
)
from archdsl.lower.flow import Flow
from archdsl.lower.kinds import Kinds
from archdsl.lower.replay import Replay
from archdsl.lower.runs import compress
from archdsl.ops import Module

__all__ = ["Children", "mark"]


class Children:
    """Those of one graph; ``use`` says how an instance of another class is constructed."""

    def __init__(
        self,
        graph: Graph,
        replay: Replay,
        flow: Flow,
        kinds: Kinds,
        use: Callable[[Scope], Construct],
    ) -> None:
        self.graph = graph
        self.replay = replay
        self.flow = flow
        self.kinds = kinds
        self.use = use

    def key(self, child: int | Scope) -> str:
        return self.graph.nodes[child].key if isinstance(child, int) else child.key

    def guards(self, child: int | Scope) -> tuple[Guard, ...]:
        return self.graph.nodes[child].guards if isinstance(child, int) else child.guards

    def declares(self, child: int | Scope) -> bool:
        """Whether a child is a module of its own: no input, expression or second application."""
        if isinstance(child, int):
            node = self.graph.nodes[child]
            return node.module == child and isinstance(self.replay.calls.get(child), Module)
        return child.kind not in ("again", "reserved")

    def origins(self, children: Iterable[int | Scope]) -> dict[int, Origin]:
        """Where each child was written, and the how manieth of that place it is."""
        found: dict[int, Origin] = {}
        seen: dict[Origin, int] = {}
        for child in children:
            span = self.graph.nodes[child].span if isinstance(child, int) else child.span
            place = (span.source.name, span.start, span.end) if span else ("", -1, -1)
            count = seen.get((*place, 0), 0)
            seen[(*place, 0)] = count + 1
            found[mark(child)] = (*place, count)
        return found

    # ---- constructs

    def construct(self, child: int | Scope) -> Construct:
        """How a child that is a module of its own is made."""
        if isinstance(child, int):
            return self._make(self.graph.nodes[child])
        kind = self.kinds.kind(child)
        if kind == "identity":
            return Make(IDENTITY, (), ())
        if kind == "sequence":
            return self.sequence(child)
        if kind == "path":
            return Tree(
                tuple((self.key(c), self.construct(c)) for c in child.children if self.declares(c))
            )
        return self.use(child)

    def _make(self, node: Node) -> Make:
        module = self.replay.calls[node.index]
        assert isinstance(module, Module)
        names = ("in_channels", "channels") if len(module.args) > 1 else ("channels",)
        positional = tuple(
            Leaf(value, names[index] if index < len(names) else f"argument{index}")
            for index, value in enumerate(module.args)
        )
        keywords = [(name, Leaf(value, name)) for name, value in module.kwargs.items()]
        if node.op.inplaceable:
            keywords.append(("inplace", Leaf(self.flow.in_place(node), "inplace")))
        return Make(module.callee, positional, tuple(keywords))

    def sequence(self, scope: Scope) -> Sequence:
        """A container whose children are run one after the other."""
        origins = self.origins(scope.children)
        entries = [
            Member(self.key(child), self.construct(child), "", origins[mark(child)], guards)
            for child in scope.children
            for guards in (self.guards(child),)
        ]
        named = [entry.key for entry in entries] != [str(index) for index in range(len(entries))]
        return Sequence(tuple(compress(entries, named)), named)


def mark(child: int | Scope) -> int:
    """Nodes by their index, scopes by their identity: one key for both."""
    return child if isinstance(child, int) else -id(child)
