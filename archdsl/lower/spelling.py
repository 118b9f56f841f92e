"""One value of a class: the Python that spells it in all instances."""

from __future__ import annotations

from functools import partial
from typing import Any

from archdsl.lower.class_plan import ClassPlan
from archdsl.lower.columns import Columns
from archdsl.lower.construct import Leaf
from archdsl.lower.layout import WIDTH
from archdsl.lower.literals import literal, plain, tuple_text
from archdsl.lower.names import fresh
from archdsl.lower.replay import Replay
from archdsl.lower.terms import Spelling, amount, names_in, spell, spelling

__all__ = ["Speller"]


class Speller:
    """Spells values over the parameters of a class, plainly, or by a parameter of their own.

    ``attributes`` are the names that the class has for its children.
    """

    def __init__(
        self, replay: Replay, plan: ClassPlan, columns: Columns, attributes: set[str]
    ) -> None:
        self.replay = replay
        self.plan = plan
        self.group = columns.group
        self.atoms = columns.atoms
        self.columns = columns
        self.attributes = attributes

    def text(self, leaves: list[Leaf], present: list[int], *, stored: bool = False) -> str:
        """A value in ``__init__``, from its parameters; ``stored``: from attributes."""
        values = [leaf.value for leaf in leaves]
        if self.plan.body.scope.kind == "model":
            values = [self.replay.settled(value) for value in values]
        if leaves[0].name == "inplace":
            return str(all(values))
        common = self.common(values, present, stored=stored)
        if common is not None:
            return common
        if all(plain(value) == plain(values[0]) for value in values):
            return literal(values[0])
        name = self.columns.fitting(values, present) or self.columns.extra(
            leaves[0].name, self._everywhere(values, present)
        )
        if stored:
            self.plan.stored[name] = name
        return f"self.{name}" if stored else name

    def stored_text(self, leaves: list[Leaf], present: list[int]) -> str:
        """A value in the forward, from attributes; what is long to write is computed once."""
        before = dict(self.plan.stored)
        text = self.text(leaves, present, stored=True)
        made = self.plan.stored.keys() - before
        if not made & self.attributes and (len(text) <= WIDTH // 2 or self.plan.stored == before):
            return text
        self.plan.stored = before
        name = fresh(leaves[0].name, before.keys() | self.attributes)
        self.plan.stored[name] = self.text(leaves, present)
        return f"self.{name}"

    def _everywhere(self, values: list[Any], present: list[int]) -> list[Any]:
        """A value for each instance; those that have no use for it get somebody else's."""
        known = dict(zip(present, values, strict=True))
        return [known.get(index, plain(values[0])) for index in range(len(self.group.bodies))]

    def common(self, values: list[Any], present: list[int], *, stored: bool) -> str | None:
        """The expression that all instances have in common, if they have one."""
        if all(isinstance(value, tuple) for value in values):
            if len({len(value) for value in values}) > 1 or not values[0]:
                return None
            columns = zip(*values, strict=True)
            parts = [self.common(list(column), present, stored=stored) for column in columns]
            return None if None in parts else tuple_text([part or "" for part in parts])
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            return None
        spellings = [
            spelling(value, partial(self.atoms.name, body=self.group.bodies[index]))
            for value, index in zip(values, present, strict=True)
        ]
        chosen = next(
            (one for one in dict.fromkeys(spellings) if self._explains(one, spellings, present)),
            None,
        )
        if chosen is None:
            return None
        self.columns.claim(chosen, present)
        if stored:
            self.plan.stored.update((name, name) for name in names_in(chosen))
        return spell(chosen, "self." if stored else "")

    def _explains(self, one: Spelling, others: list[Spelling], present: list[int]) -> bool:
        """Whether an expression gives the value of every instance: where a branch was taken,
        the same number may have come about in another way."""
        if not any(True for _ in names_in(one)):
            return all(other == one for other in others)
        for other, index in zip(others, present, strict=True):
            if other != one and self._number(one, index) != self._number(other, index):
                return False
        return True

    def _number(self, terms: Spelling, index: int) -> int | None:
        """What an expression amounts to in an instance; None if it has another kind of name."""
        values: dict[str, int] = {}
        for name in names_in(terms):
            symbol = self.atoms.named(name, self.group.bodies[index])
            if symbol is None:
                return None
            values[name] = int(symbol)
        return amount(terms, values)
