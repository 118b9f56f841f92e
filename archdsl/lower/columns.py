"""The parameters of a class in the making, each with its value in every instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archdsl.graph.symbol import Symbol
from archdsl.lower.atoms import Atoms
from archdsl.lower.class_plan import Parameter
from archdsl.lower.literals import annotation, literal, plain, same_values
from archdsl.lower.merge import Group
from archdsl.lower.names import fresh, identifier
from archdsl.lower.terms import Spelling, names_in

__all__ = ["Column", "Columns"]


@dataclass
class Column:
    """A parameter in the making: its value in each instance, in that instance's frame."""

    name: str
    values: list[Any]
    kind: str  # "channels", "param" or "extra"


class Columns:
    """Those of one class."""

    def __init__(self, group: Group, atoms: Atoms) -> None:
        self.group = group
        self.scope = group.body.scope
        self.atoms = atoms
        self.named: dict[str, Column] = {}

    def claim(self, terms: Spelling, present: list[int]) -> None:
        """Names in a common expression are parameters of the class."""
        for name in names_in(terms):
            if name in self.named:
                continue
            symbols = [self.atoms.named(name, body) for body in self.group.bodies]
            known = next(symbols[index] for index in present if symbols[index] is not None)
            assert known is not None
            atom: Any = next(iter(known.terms))[0]
            # An instance without it has no use for it either: any number will do.
            values = [int(known) if symbol is None else symbol for symbol in symbols]
            kind = "channels" if atom[0] == "in" else "param"
            self.named[name] = Column(name, values, kind)

    def fitting(self, values: list[Any], present: list[int]) -> str | None:
        """A parameter of the block, or one made before, that has these values everywhere."""
        for name, column in self.named.items():
            made = [column.values[index] for index in present]
            if column.kind == "extra" and same_values(made, values):
                return name
        if self.scope.kind != "block":
            return None
        for parameter in self.scope.arguments:
            given = [body.scope.arguments[parameter] for body in self.group.bodies]
            if same_values([given[index] for index in present], values):
                return self.parameter(parameter, list(map(plain, given)))
        return None

    def extra(self, wanted: str, values: list[Any]) -> str:
        """A new parameter, for what nothing else spells."""
        reserved = {identifier(n) for n in self.scope.arguments} | {*self.named}
        name = fresh(identifier(wanted), reserved)
        self.named[name] = Column(name, values, "extra")
        return name

    def traced(self, name: str, values: list[Any]) -> str:
        """A parameter of the block whose numbers remember that they come from it."""
        known = identifier(name)
        if known in self.named:
            return known
        symbols = [
            Symbol.atom(int(value), ("param", body.frame, name))
            if isinstance(value, int) and not isinstance(value, bool)
            else value
            for value, body in zip(values, self.group.bodies, strict=True)
        ]
        for symbol, body in zip(symbols, self.group.bodies, strict=True):
            if isinstance(symbol, Symbol):
                self.atoms.name(next(iter(symbol.terms))[0], body)
        return self.parameter(name, symbols)

    def parameter(self, name: str, values: list[Any]) -> str:
        """A parameter of the block, under the name it has in Python."""
        known = identifier(name)
        if known not in self.named:
            self.named[known] = Column(known, values, "param")
        return known

    def in_order(self) -> list[Column]:
        """As ``__init__`` takes them: those without a default first, the block's in its order."""
        order = [identifier(name) for name in self.scope.arguments]
        rank = {"channels": 0, "param": 1, "extra": 2}

        def place(column: Column) -> tuple[bool, int, int]:
            at = order.index(column.name) if column.name in order else 0
            return self._default(column) is not None, rank[column.kind], at

        return sorted(self.named.values(), key=place)

    def parameters(self) -> list[Parameter]:
        """The same as they will be written."""
        return [
            Parameter(column.name, annotation(column.values), self._default(column))
            for column in self.in_order()
        ]

    def _default(self, column: Column) -> str | None:
        """A block's defaults are those of the spec; the model's are what it was expanded with."""
        if self.scope.kind == "model":
            return literal(column.values[0])
        for name, value in self.scope.defaults.items():
            if identifier(name) == column.name and column.kind == "param":
                return literal(plain(value))
        return None
