"""Atoms: numbers that parameters and channels stand for, and what they are called in a class."""

from __future__ import annotations

from typing import Any

from archdsl.graph.graph import Graph, Value
from archdsl.graph.symbol import Symbol
from archdsl.lower.arguments import argument_name, input_names
from archdsl.lower.body import Body
from archdsl.lower.names import fresh, identifier
from archdsl.lower.replay import Replay

__all__ = ["Atoms"]


class Atoms:
    """Those of the instances of one class."""

    def __init__(self, graph: Graph, replay: Replay) -> None:
        self.graph = graph
        self.replay = replay
        self._names: dict[int, dict[Any, str]] = {}

    def name(self, atom: Any, body: Body) -> str:
        """What an atom is called in the class; each instance names them in the same order."""
        names = self._names.setdefault(id(body), {})
        if atom not in names:
            names[atom] = fresh(self._wanted(atom, body), set(names.values()))
        return names[atom]

    def named(self, name: str, body: Body) -> Symbol | None:
        """What a name of the class stands for in an instance, in that instance's frame."""
        for atom, known in self._names.get(id(body), {}).items():
            if known == name:
                return self._symbol(atom, body)
        for parameter, value in self.replay.scope_of[body.frame].arguments.items():
            plain_number = isinstance(value, int) and not isinstance(value, bool)
            if plain_number and identifier(parameter) == name:
                return self._symbol(("param", body.frame, parameter), body)
        for value in body.inputs:
            atom = ("in", body.frame, *value)
            if self._wanted(atom, body) == name:
                return self._symbol(atom, body)
        return None

    def _wanted(self, atom: Any, body: Body) -> str:
        if atom[0] == "param":
            return identifier(atom[2])
        value = Value(atom[2], atom[3])
        if value in body.inputs:
            name = input_names(body, self.graph)[body.inputs.index(value)]
        else:
            home = self.replay.scope_of[atom[1]]
            flowing = "x" if value in home.source else identifier(self.graph.nodes[value.node].key)
            name = argument_name(home, value) or flowing
        return "in_channels" if name == "x" else f"{name}_channels"

    def _symbol(self, atom: Any, body: Body) -> Symbol:
        if atom[0] == "param":
            # Of the block itself, or of the one around it that made a step with it.
            return Symbol.atom(int(self.replay.scope_of[atom[1]].arguments[atom[2]]), atom)
        return Symbol.atom(self.graph.shape(Value(atom[2], atom[3])).channels, atom)
