"""Instances of one block that took different branches of its ``if`` statements, as one body.

What only some instances have stands under a condition. A value that a branch replaces and the
value it replaces share a variable, as in ``if self.with_add: x = x + out``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

from archdsl.graph.graph import Guard, Scope, Value
from archdsl.lower.body import Body, Call
from archdsl.lower.construct import Member, is_identity
from archdsl.lower.construct import Sequence as Chain

__all__ = ["Group", "Slot", "unify", "unify_entries"]

T = TypeVar("T", bound=Member | Call)


@dataclass(frozen=True)
class Slot(Generic[T]):
    """Something in the instances that have it (``None`` elsewhere), and under which conditions."""

    items: tuple[T | None, ...]
    guards: tuple[Guard, ...] = ()

    @property
    def present(self) -> list[int]:
        return [index for index, item in enumerate(self.items) if item is not None]

    @property
    def first(self) -> T:
        return next(item for item in self.items if item is not None)


@dataclass(frozen=True)
class Group:
    """Instances that share a class; ``body`` is what the class does."""

    bodies: tuple[Body, ...]
    body: Body
    members: tuple[Slot[Member], ...]
    calls: tuple[Slot[Call], ...]

    @classmethod
    def alike(cls, bodies: Sequence[Body]) -> Group:
        """Instances of one structure."""
        return cls(
            tuple(bodies),
            replace(bodies[0], calls=[replace(call, guards=()) for call in bodies[0].calls]),
            tuple(Slot(items) for items in zip(*(b.members for b in bodies), strict=True)),
            tuple(Slot(items) for items in zip(*(b.calls for b in bodies), strict=True)),
        )


class _Apart(Exception):
    """These instances cannot share a class."""


def unify(bodies: Sequence[Body], frame_scope: Callable[[Body], Scope]) -> Group | None:
    """One group for instances of different structure, or ``None`` where that cannot be."""
    try:
        return _Unifier(bodies, frame_scope).group()
    except _Apart:
        return None


def unify_entries(
    group: Group, frame_scope: Callable[[Body], Scope], slot: Slot[Member]
) -> tuple[Slot[Member], ...]:
    """The children of a sequence that the instances of a group have in a member."""
    return _Unifier(group.bodies, frame_scope).entries(slot)


class _Unifier:
    def __init__(self, bodies: Sequence[Body], frame_scope: Callable[[Body], Scope]) -> None:
        self.bodies = tuple(bodies)
        self.decisions = [frame_scope(body).decisions for body in bodies]
        self.parent: dict[Hashable, Hashable] = {}

    def group(self) -> Group:
        first = self.bodies[0]
        if len({len(body.inputs) for body in self.bodies}) > 1:
            raise _Apart
        if len({body.sequence is None for body in self.bodies}) > 1:
            raise _Apart
        members = self._slots([body.members for body in self.bodies], _place)
        for slot in members:
            self._check_member(slot)
        if first.sequence is not None:
            return Group(self.bodies, first, members, ())
        calls = self._slots([body.calls for body in self.bodies], lambda call: call.origin)
        return self._joined(members, calls)

    # ---- what is where

    def _slots(
        self, rows: Sequence[Sequence[T]], key_of: Callable[[T], Hashable]
    ) -> tuple[Slot[T], ...]:
        tables = [{key_of(item): item for item in row} for row in rows]
        if any(len(table) != len(row) for table, row in zip(tables, rows, strict=True)):
            raise _Apart
        order = _merged_order([list(table) for table in tables])
        return tuple(self._slot(tuple(table.get(key) for table in tables)) for key in order)

    def _slot(self, items: tuple[T | None, ...]) -> Slot[T]:
        if all(item is not None for item in items):
            return Slot(items)
        slot = Slot(items)
        first = slot.first
        if isinstance(first, Member) and first.stateless:
            return slot  # a ReLU that nobody calls costs nothing
        guards = tuple(g for g in first.guards if not self._always(g))
        for item, decided in zip(items, self.decisions, strict=True):
            held = all(decided.get(g.statement) == frozenset({g.taken}) for g in guards)
            if held != (item is not None):
                raise _Apart
        return Slot(items, guards)

    def _always(self, guard: Guard) -> bool:
        return all(made.get(guard.statement) == frozenset({guard.taken}) for made in self.decisions)

    def _check_member(self, slot: Slot[Member]) -> None:
        constructs = [member.construct for member in slot.items if member is not None]
        solid = [construct for construct in constructs if not is_identity(construct)]
        if len({construct.skeleton() for construct in solid}) <= 1:
            return
        if not all(isinstance(construct, Chain) for construct in constructs):
            raise _Apart
        named = {construct.named for construct in constructs if isinstance(construct, Chain)}
        for entry in self.entries(slot):
            items = [item for item in entry.items if item is not None]
            if len({item.construct.skeleton() for item in items}) > 1 or len(named) > 1:
                raise _Apart
            if named == {True} and len({item.key for item in items}) > 1:
                raise _Apart  # a child without a label has another number where one is missing

    def entries(self, slot: Slot[Member]) -> tuple[Slot[Member], ...]:
        """The children of sequences that differ, each where it is."""
        rows: list[list[Member]] = []
        for member in slot.items:
            chain = member.construct if member is not None else None
            rows.append(list(chain.entries) if isinstance(chain, Chain) else [])
        if len({tuple(entry.construct.skeleton() for entry in row) for row in rows}) == 1:
            return tuple(Slot(items) for items in zip(*rows, strict=True))
        return self._slots(rows, lambda entry: entry.origin)

    # ---- which values share a variable

    def _joined(self, members: tuple[Slot[Member], ...], calls: tuple[Slot[Call], ...]) -> Group:
        names = [self._identities(index, calls) for index in range(len(self.bodies))]
        for slot in calls:
            self._join_call(slot, names)
        counts = {len(body.outputs) for body in self.bodies}
        if len(counts) > 1:
            raise _Apart
        for position in range(counts.pop()):
            self._join(
                table[body.outputs[position]]
                for table, body in zip(names, self.bodies, strict=True)
            )
        for index in range(len(self.bodies)):
            self._check_lives(index, calls, names[index])
        return Group(self.bodies, self._canonical(calls, names), members, calls)

    def _identities(self, index: int, calls: tuple[Slot[Call], ...]) -> dict[Value, Hashable]:
        """Values of an instance under names that all instances have in common."""
        body = self.bodies[index]
        named: dict[Value, Hashable] = {v: ("in", at) for at, v in enumerate(body.inputs)}
        for slot in calls:
            call = slot.items[index]
            if call is not None:
                for output, value in enumerate(call.outputs):
                    named.setdefault(value, (call.origin, output))
        return named

    def _join_call(self, slot: Slot[Call], names: list[dict[Value, Hashable]]) -> None:
        calls = [(index, call) for index, call in enumerate(slot.items) if call is not None]
        first = calls[0][1]
        for _, call in calls:
            same = (
                call.target == first.target
                and call.form() == first.form()
                and len(call.inputs) == len(first.inputs)
                and [name for name, _ in call.refs] == [name for name, _ in first.refs]
                and len(call.outputs) == len(first.outputs)
            )
            if not same:
                raise _Apart
        for position in range(len(first.read)):
            self._join(names[index][call.read[position]] for index, call in calls)

    def _find(self, key: Hashable) -> Hashable:
        while key in self.parent:
            key = self.parent[key]
        return key

    def _join(self, keys: Iterable[Hashable]) -> None:
        roots = list(dict.fromkeys(self._find(key) for key in keys))
        for root in roots[1:]:
            self.parent[root] = roots[0]

    def _check_lives(
        self, index: int, calls: tuple[Slot[Call], ...], names: dict[Value, Hashable]
    ) -> None:
        """Values that share a variable must not be alive together."""
        body = self.bodies[index]
        born: dict[Value, int] = dict.fromkeys(body.inputs, -1)
        dies: dict[Value, int] = {}
        for at, slot in enumerate(calls):
            call = slot.items[index]
            if call is None:
                continue
            dies.update(dict.fromkeys(call.read, at))
            born.update((value, at) for value in call.outputs if value not in born)
        dies.update(dict.fromkeys(body.outputs, len(calls)))
        sharing: dict[Hashable, list[Value]] = {}
        for value in born:
            sharing.setdefault(self._find(names[value]), []).append(value)
        for values in sharing.values():
            values.sort(key=lambda value: born[value])
            for one, two in pairwise(values):
                if dies.get(one, born[one]) > born[two]:
                    raise _Apart

    def _canonical(self, calls: tuple[Slot[Call], ...], names: list[dict[Value, Hashable]]) -> Body:
        """The body of the class: every variable one value."""
        chosen: dict[Hashable, Value] = {}
        for table in names:
            for value, key in table.items():
                chosen.setdefault(self._find(key), value)
        merged: list[Call] = []
        for slot in calls:
            index = slot.present[0]
            call = slot.first

            def one(value: Value, table: dict[Value, Hashable] = names[index]) -> Value:
                return chosen[self._find(table[value])]

            merged.append(
                replace(
                    call,
                    inputs=tuple(map(one, call.inputs)),
                    refs=tuple((name, one(value)) for name, value in call.refs),
                    outputs=tuple(map(one, call.outputs)),
                    guards=slot.guards,
                )
            )
        first = self.bodies[0]
        table = names[0]
        outputs = tuple(chosen[self._find(table[value])] for value in first.outputs)
        inputs = tuple(chosen[self._find(("in", at))] for at in range(len(first.inputs)))
        return replace(first, inputs=inputs, outputs=outputs, calls=merged)


def _place(member: Member) -> Hashable:
    """A name may stand for one thing in one branch and for another in the other."""
    return (member.key, member.guards)


def _merged_order(rows: Sequence[Sequence[Hashable]]) -> list[Hashable]:
    """An order in which every row is in order. Raises where there is none."""
    order: list[Hashable] = []
    for row in rows:
        at = 0
        for key in row:
            if key in order:
                found = order.index(key)
                if found < at:
                    raise _Apart
                at = found + 1
            else:
                order.insert(at, key)
                at += 1
    return order
