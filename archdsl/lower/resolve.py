"""One class in the making: its children and its forward, spelled so that they fit all instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archdsl.graph.graph import Graph, Scope
from archdsl.graph.reserved import MODULE_ATTRIBUTES
from archdsl.lower.arguments import input_names
from archdsl.lower.atoms import Atoms
from archdsl.lower.body import Body
from archdsl.lower.class_plan import ClassPlan, Line
from archdsl.lower.columns import Columns
from archdsl.lower.construct import Construct, Given, Leaf, Member, Use, is_identity, sequential
from archdsl.lower.construct import Sequence as Chain
from archdsl.lower.guards import Guards, opposite
from archdsl.lower.layout import Doc
from archdsl.lower.merge import Group, Slot, unify_entries
from archdsl.lower.names import fresh, identifier
from archdsl.lower.replay import Replay
from archdsl.lower.spelling import Speller

__all__ = ["Resolver"]


class Resolver:
    """Makes the plan of a class, and says how each instance is constructed."""

    def __init__(self, graph: Graph, replay: Replay, group: Group, name: str) -> None:
        self.graph = graph
        self.replay = replay
        self.group = group
        scope = group.body.scope
        self.plan = ClassPlan(name, group.body, scope.about or scope.doc)
        self.plan.input_names = input_names(group.body, graph)
        self.attributes = {slot.first.key for slot in group.members} | MODULE_ATTRIBUTES
        self.modules: dict[str, list[Construct | None]] = {}  # handed in, or not, by each instance
        self.columns = Columns(group, Atoms(graph, replay))
        self.speller = Speller(replay, self.plan, self.columns, self.attributes)
        self.guards = Guards(graph, replay, self.columns, self.speller)

    def resolve(self) -> Resolver:
        if self.plan.body.sequence is not None:
            self.plan.sequence = self._chain(self.group.members[0])
        else:
            for slot in self.group.members:
                self.plan.lines.append(self._line(slot))
            self._forward()
        self.plan.parameters = self.columns.parameters()
        self.plan.modules = list(self.modules)
        return self

    # ---- members

    def _line(self, slot: Slot[Member]) -> Line:
        member = slot.first
        condition = self.guards.text(slot.guards)
        otherwise = self.guards.text(opposite(slot.guards))
        constructs = [item.construct for item in slot.items if item is not None]
        solid = [construct for construct in constructs if not is_identity(construct)]
        kinds = {construct.skeleton() for construct in solid}
        if len(kinds) > 1:
            return Line(member, sequential(self._chain(slot)), condition, otherwise)
        if len(solid) < len(constructs) and solid:
            name = fresh(identifier(member.key), self.columns.named)
            self.modules[name] = [
                None if item is None or is_identity(item.construct) else item.construct
                for item in slot.items
            ]
            return Line(member, Given(name).render(iter(())), condition, otherwise)
        texts = self._texts(constructs, slot.present)
        return Line(member, constructs[0].render(iter(texts)), condition, otherwise)

    def _chain(self, slot: Slot[Member]) -> tuple[Doc, ...]:
        """The children of an nn.Sequential, those that only some instances have as well."""
        entries = unify_entries(self.group, self._frame_scope, slot)
        made: list[Doc] = []
        for entry in entries:
            constructs = [item.construct for item in entry.items if item is not None]
            texts = self._texts(constructs, entry.present)
            made.append(constructs[0].render(iter(texts)))
        conditions = [self.guards.text(entry.guards) for entry in entries]
        chain = slot.first.construct
        assert isinstance(chain, Chain)
        whole = Chain(tuple(entry.first for entry in entries), chain.named)
        return whole.items(made, conditions)

    def _frame_scope(self, body: Body) -> Scope:
        return self.replay.scope_of[body.frame]

    def _texts(self, constructs: list[Construct], present: list[int]) -> list[str]:
        rows = [list(construct.leaves()) for construct in constructs]
        return [self.speller.text(list(column), present) for column in zip(*rows, strict=True)]

    # ---- calls

    def _forward(self) -> None:
        for call, slot in zip(self.plan.body.calls, self.group.calls, strict=True):
            rows = [item.leaves for item in slot.items if item is not None]
            self.plan.texts.append(
                {
                    column[0].name: self.speller.stored_text(list(column), slot.present)
                    for column in zip(*rows, strict=True)
                }
            )
            if call.guards and call.guards not in self.plan.flags:
                self.plan.flags[call.guards] = self._flag(call, slot)

    def _flag(self, call: Any, slot: Slot[Any]) -> str:
        """What the forward asks; the `else` of a condition asks for the opposite."""
        known = self.plan.flags.get(opposite(call.guards), "")
        if known and not known.startswith("not "):
            return f"not {known}"
        what = call.label or (call.function and self._function_name(slot)) or "branch"
        name = fresh(identifier(f"with_{what}"), self.plan.stored.keys() | self.attributes)
        self.plan.stored[name] = self.guards.text(call.guards)
        return f"self.{name}"

    def _function_name(self, slot: Slot[Any]) -> str:
        name: str = self.graph.nodes[slot.first.outputs[0].node].op.name
        return name

    # ---- instances

    def uses(self) -> Iterator[tuple[Body, Use]]:
        """How each instance is constructed, in the terms of whoever holds it."""
        columns = self.columns.in_order()
        for index, body in enumerate(self.group.bodies):
            if body.scope.kind == "model":
                continue
            lift = self._lifting(body)
            arguments = tuple(Leaf(lift(column.values[index]), column.name) for column in columns)
            modules: list[tuple[str, Construct | None]] = []
            for name, made in self.modules.items():
                module = made[index]
                modules.append((name, module.mapped(lift) if module is not None else None))
            yield body, Use(self.plan, arguments, tuple(modules))

    def _lifting(self, body: Body) -> Callable[[Any], Any]:
        """From the terms of an instance to those of whoever holds it."""
        if body.scope.kind != "block":
            return lambda value: value  # a group speaks in the terms of the block around it
        return lambda value: self.replay.lift(value, body.frame)
