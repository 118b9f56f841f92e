"""One container as a module: what it holds, and what its forward does.

A ``Body`` describes one instance; :mod:`archdsl.lower.plan` finds the instances that can share
a class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archdsl.graph.graph import Guard, Scope, Value
from archdsl.lower.construct import NOWHERE, Leaf, Member, Origin, Sequence
from archdsl.ops import Function

__all__ = ["Body", "Call"]


@dataclass(frozen=True)
class Call:
    """One line of a forward: a child module or an expression, applied to values."""

    target: str  # "self.conv1", or "" for an expression
    function: Function | None
    inputs: tuple[Value, ...]
    refs: tuple[tuple[str, Value], ...]
    outputs: tuple[Value, ...]
    results: int  # how many values the call gives, whether read or not
    label: str
    train_only: bool = False
    leaves: tuple[Leaf, ...] = ()
    origin: Origin = NOWHERE
    guards: tuple[Guard, ...] = ()

    @property
    def read(self) -> tuple[Value, ...]:
        """Everything it reads: inputs first, then what it refers to."""
        return self.inputs + tuple(value for _, value in self.refs)

    def form(self) -> tuple[str, str, tuple[str, ...]] | None:
        """The expression without its values; none for a module."""
        made = self.function
        return (made.template, made.infix, tuple(made.values)) if made else None


@dataclass
class Body:
    """An instance of a container, in the terms of its own frame."""

    scope: Scope
    frame: int
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    members: list[Member] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    sequence: Sequence | None = None

    def structure(self) -> tuple[Any, ...]:
        """Everything but values: equal structures can share a class."""
        number = {value: index for index, value in enumerate(self.inputs)}
        lines: list[Any] = []
        for call in self.calls:
            read = tuple(number[value] for value in call.inputs)
            refs = tuple((name, number[value]) for name, value in call.refs)
            for value in call.outputs:
                number.setdefault(value, len(number))
            made = tuple(number[value] for value in call.outputs)
            lines.append((call.target, call.form(), read, refs, made, call.results))
        keys = tuple(member.key for member in self.members)
        made = tuple(number.get(value, -1) for value in self.outputs)
        return (len(self.inputs), made, keys, tuple(lines), self.sequence is not None)

    def skeletons(self) -> tuple[str, ...]:
        return tuple(member.construct.skeleton() for member in self.members)
