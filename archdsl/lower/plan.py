"""From a graph to the classes of a PyTorch module: which containers share one, and what its
parameters are. Nothing here needs torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.graph.graph import Graph, Scope
from archdsl.graph.initialisers import INITIALISERS
from archdsl.lower.bodies import Bodies
from archdsl.lower.body import Body
from archdsl.lower.class_plan import ClassPlan
from archdsl.lower.construct import Construct, Use
from archdsl.lower.merge import Group, unify
from archdsl.lower.names import class_name, fresh
from archdsl.lower.replay import Replay
from archdsl.lower.resolve import Resolver

__all__ = ["Plan", "plan"]


@dataclass(frozen=True)
class Plan:
    """The classes in the order they must be defined; the last is the model."""

    graph: Graph
    classes: tuple[ClassPlan, ...]
    support: tuple[str, ...]
    imports: tuple[str, ...]
    callees: dict[str, tuple[str, ...]]  # by operator, the module classes it became


def plan(graph: Graph) -> Plan:
    """The classes of a graph that was expanded with tracing."""
    return _Planner(graph).run()


class _Planner:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.replay = Replay(graph)
        self.bodies = Bodies(graph, self.replay, self._use)
        self.uses: dict[int, Use] = {}
        self.classes: list[ClassPlan] = []
        self.owner: dict[int, str] = {}
        self.taken = {class_name(graph.name), *self._supporting()}
        self.again: set[int] = set()  # scopes that apply modules of another place once more

    def _use(self, scope: Scope) -> Construct:
        return self.uses[id(scope)]

    def run(self) -> Plan:
        self._own(self.graph.root, self.graph.name)
        for scopes in self._levels():
            for group in self._groups(scopes):
                self._plan_class(group)
        callees: dict[str, dict[str, None]] = {}
        for index, call in self.replay.calls.items():
            if hasattr(call, "callee"):
                name = self.graph.nodes[index].op.name
                callees.setdefault(name, {})[call.callee] = None
        return Plan(
            self.graph,
            tuple(self.classes),
            tuple(dict.fromkeys(self._support())),
            tuple(dict.fromkeys(x for call in self.replay.calls.values() for x in call.imports)),
            {name: tuple(found) for name, found in callees.items()},
        )

    def _support(self) -> Iterator[str]:
        """The code that operators and initialisers bring along."""
        yield from (call.support for call in self.replay.calls.values() if call.support)
        for rule in self.graph.init:
            if INITIALISERS[rule.function].support:
                yield INITIALISERS[rule.function].support

    def _supporting(self) -> Iterator[str]:
        """What that code defines."""
        for support in dict.fromkeys(self._support()):
            for line in support.splitlines():
                if line.startswith(("class ", "def ")):
                    yield line.split()[1].partition("(")[0].rstrip(":")

    def _own(self, scope: Scope, name: str) -> None:
        """The name a container's class would have: its block's, or its parent's and its own."""
        if scope.kind == "block":
            name = scope.block
        elif scope.kind == "group":
            name = f"{name}_{scope.key}"
        self.owner[id(scope)] = name
        if scope.kind == "again":
            self.again |= {id(inner) for inner in scope.scopes()}
        for child in scope.children:
            if isinstance(child, Scope):
                self._own(child, name)

    # ---- the order of classes

    def _levels(self) -> Iterator[list[Scope]]:
        """Containers that need a class, those inside others first.

        All instances of a block are on one level, so that they can share a class; only those of
        a block that uses itself are on the level of their own depth.
        """
        recursive: set[str] = set()
        self._find_recursive(self.graph.root, (), recursive)
        heights: dict[str, int] = {}
        while True:
            before = dict(heights)
            self._height(self.graph.root, heights, recursive)
            if heights == before:
                break
        levels: dict[int, list[Scope]] = {}
        self._height(self.graph.root, heights, recursive, levels)
        for height in sorted(levels):
            yield levels[height]

    def _find_recursive(self, scope: Scope, around: tuple[str, ...], found: set[str]) -> None:
        name = self.owner[id(scope)]
        if scope.kind == "block" and name in around:
            found.add(name)
        for child in scope.children:
            if isinstance(child, Scope):
                self._find_recursive(child, (*around, name), found)

    def _height(
        self,
        scope: Scope,
        heights: dict[str, int],
        recursive: set[str],
        levels: dict[int, list[Scope]] | None = None,
    ) -> int:
        inside = [
            self._height(child, heights, recursive, levels)
            for child in scope.children
            if isinstance(child, Scope)
        ]
        height = max(inside, default=0) + 1
        name = self.owner[id(scope)]
        if scope.kind in ("block", "group") and name not in recursive:
            height = heights[name] = max(height, heights.get(name, 0))
        if levels is not None and self._needs_class(scope):
            levels.setdefault(height, []).append(scope)
        return height

    def _needs_class(self, scope: Scope) -> bool:
        if id(scope) in self.again:
            return False
        return self.bodies.kinds.kind(scope) == "class" and any(True for _ in scope.nodes())

    # ---- instances that share a class

    def _groups(self, scopes: Sequence[Scope]) -> Iterator[Group]:
        owners: dict[str, dict[Any, list[Body]]] = {}
        for scope in scopes:
            body = self.bodies.body(scope)
            key = (body.structure(), body.skeletons())
            owners.setdefault(self.owner[id(scope)], {}).setdefault(key, []).append(body)
        for alike in owners.values():
            merged: list[Group] = []
            for bodies in alike.values():
                self._place(bodies, merged)
            yield from merged

    def _place(self, bodies: list[Body], merged: list[Group]) -> None:
        """Into the first group that these instances can share a class with."""
        for position, group in enumerate(merged):
            together = unify([*group.bodies, *bodies], self._frame_scope)
            if together is not None:
                merged[position] = together
                return
        merged.append(Group.alike(bodies))

    def _frame_scope(self, body: Body) -> Scope:
        return self.replay.scope_of[body.frame]

    def _plan_class(self, group: Group) -> None:
        scope = group.body.scope
        name = class_name(self.owner[id(scope)])
        if scope.kind != "model":
            name = fresh(name, self.taken)
            self.taken.add(name)
        made = Resolver(self.graph, self.replay, group, name).resolve()
        self.classes.append(made.plan)
        for body, use in made.uses():
            self.uses[id(body.scope)] = use
