"""Guards of a class: what only some instances have stands under a condition over its parameters."""

from __future__ import annotations

from archdsl.graph.graph import Graph, Guard, Scope, Value
from archdsl.graph.symbol import Symbol
from archdsl.lower.columns import Columns
from archdsl.lower.condition import Untranslatable, negated, python
from archdsl.lower.replay import Replay
from archdsl.lower.spelling import Speller
from archdsl.syntax import tree

__all__ = ["Guards", "opposite"]


class Guards:
    """Those of one class."""

    def __init__(self, graph: Graph, replay: Replay, columns: Columns, speller: Speller) -> None:
        self.graph = graph
        self.bodies = columns.group.bodies
        self.scopes = [replay.scope_of[body.frame] for body in self.bodies]
        self.columns = columns
        self.speller = speller
        self._flags: dict[tree.If, str] = {}  # parameters that stand for a condition

    def text(self, guards: tuple[Guard, ...]) -> str:
        """Python that is true where all guards hold; empty without guards."""
        parts = [self._guard(guard, len(guards) > 1) for guard in guards]
        return " and ".join(parts)

    def _guard(self, guard: Guard, joined: bool) -> str:
        text = self._truth(guard)
        return f"({text})" if joined and " or " in text else text

    def _truth(self, guard: Guard) -> str:
        """The condition of an ``if``; where it speaks of what a class cannot know, a flag that
        whoever constructs an instance passes."""
        statement, write = guard.statement, python if guard.taken else negated
        if statement not in self._flags:
            try:
                return write(statement.condition, self._name_in_condition)
            except Untranslatable:
                taken = [True in scope.decisions.get(statement, ()) for scope in self.scopes]
                self._flags[statement] = self.columns.extra("branch", taken)
        return self._flags[statement] if guard.taken else f"not {self._flags[statement]}"

    def _name_in_condition(self, node: tree.Expression) -> str | None:
        if isinstance(node, tree.Name):
            return self._parameter_text(node.id)
        if isinstance(node, tree.Attribute) and node.name == "channels":
            return self._channels_text(node.value)
        return None

    def _parameter_text(self, name: str) -> str | None:
        if any(name not in scope.arguments for scope in self.scopes):
            return None
        values = [scope.arguments[name] for scope in self.scopes]
        if not all(v is None or isinstance(v, int | float | str | tuple) for v in values):
            return None
        if any(isinstance(v, tuple) and len(set(v)) != 1 for v in values):
            return None  # Python does not compare a tuple with a number axis by axis
        return self.columns.traced(name, values)

    def _channels_text(self, node: tree.Expression) -> str | None:
        values: list[int] = []
        for body, scope in zip(self.bodies, self.scopes, strict=True):
            value = self._value_named(node, scope)
            if value is None:
                return None
            atom = ("in", body.frame, *value)
            values.append(Symbol.atom(self.graph.shape(value).channels, atom))
        return self.speller.common(values, list(range(len(values))), stored=False)

    def _value_named(self, node: tree.Expression, scope: Scope) -> Value | None:
        if isinstance(node, tree.FlowIn):
            return scope.source[0] if len(scope.source) == 1 else None
        argument = scope.arguments.get(node.id) if isinstance(node, tree.Name) else None
        value = getattr(argument, "value", None)
        return value if isinstance(value, Value) else None


def opposite(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """The guard of the other branch, so that the two are ``if`` and ``else``; none for an ``if``
    inside another, whose ``else`` would speak of both."""
    if len(guards) != 1:
        return ()
    return (Guard(guards[0].statement, not guards[0].taken),)
