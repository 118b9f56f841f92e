"""What names stand for, without running anything: symbols, and the scopes they are looked up in.

A scope is what one environment of the expansion is: that of a file, of a block, model or
function, of a labelled group, or of a comprehension. Unlabelled braces only group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Binding", "FileIndex", "Kind", "Reference", "Scope", "Symbol"]


class Kind(StrEnum):
    """What made a name."""

    BLOCK = "block"
    FUNCTION = "function"
    MODEL = "model"
    PARAMETER = "parameter"
    INPUT = "input"
    OUTPUT = "output"
    LABEL = "label"
    MODULE = "module"
    VALUE = "value"
    LOOP = "loop variable"


_DEFINED = {Kind.BLOCK, Kind.FUNCTION, Kind.MODEL}
_VALUES = {Kind.LABEL, Kind.INPUT, Kind.OUTPUT}
_GIVEN = {Kind.PARAMETER, Kind.VALUE, Kind.LOOP}


@dataclass(eq=False)
class Symbol:
    """One name in one scope, however often it is given a value there.

    ``node`` is what made it first: a definition, a parameter, a labelled step, a statement.
    ``inner`` holds what is inside: the names of braces or of a block that a label stands before,
    the names in a definition.
    """

    name: str
    kind: Kind
    path: Path | None
    node: tree.Node
    scope: Scope
    places: list[Span] = field(default_factory=list)
    inner: Scope | None = None
    steps: tuple[tree.Expression, ...] = ()
    """Of a label: the step it names; where a value stands behind the colon, the step after it."""

    @property
    def is_value(self) -> bool:
        """Whether it is never meant where a step must stand: a label may be called ``conv``."""
        return self.kind in _VALUES

    @property
    def is_defined(self) -> bool:
        """Whether it is known to the whole file, above and below."""
        return self.kind in _DEFINED

    @property
    def is_computed(self) -> bool:
        return "{}" in self.name


@dataclass(frozen=True, slots=True)
class Binding:
    """A name is given a value, which it has from an offset on."""

    symbol: Symbol
    since: int


@dataclass(eq=False)
class Scope:
    """Names in reach. What is made inside stays inside."""

    parent: Scope | None
    span: Span | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)

    def bind(self, symbol: Symbol, place: Span, since: int) -> Symbol:
        """Give a name a value; what was named so before in the same way is the same symbol."""
        known = self.bindings.setdefault(symbol.name, [])
        same = next((b.symbol for b in known if _alike(b.symbol, symbol)), symbol)
        same.places.append(place)
        known.append(Binding(same, since))
        return same

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str, offset: int, *, step: bool = False) -> Symbol | None:
        """What a name means at a place. ``step``: where no value is meant."""
        return self._nearest(name, offset, step=step)

    def find_later(self, name: str, *, step: bool = False) -> Symbol | None:
        """The same where the value is made further down, as in a loop that goes round again."""
        return self._nearest(name, None, step=step)

    def find_computed(self, name: str) -> Symbol | None:
        """The label with computed pieces that can have made a name."""
        for scope in self.chain():
            for symbol in scope.symbols():
                if symbol.is_computed and re.fullmatch(_pattern(symbol.name), name):
                    return symbol
        return None

    def _nearest(self, name: str, offset: int | None, *, step: bool) -> Symbol | None:
        for scope in self.chain():
            for binding in reversed(scope.bindings.get(name, ())):
                if step and binding.symbol.is_value:
                    continue
                if offset is None or binding.since <= offset or binding.symbol.is_defined:
                    return binding.symbol
        return None

    def symbols(self) -> Iterator[Symbol]:
        """Everything that is named here."""
        for known in self.bindings.values():
            yield from dict.fromkeys(binding.symbol for binding in known)

    def member(self, name: str) -> Symbol | None:
        """What is reached from outside with a dot."""
        known = self.bindings.get(name)
        return known[-1].symbol if known else None

    def parameter(self, name: str) -> Symbol | None:
        known = [b.symbol for b in self.bindings.get(name, ())]
        return next((symbol for symbol in known if symbol.kind is Kind.PARAMETER), None)


def _alike(left: Symbol, right: Symbol) -> bool:
    """A label ``norm`` and a parameter ``norm`` of one block are two things with one name."""
    kinds = {left.kind, right.kind}
    return left.kind == right.kind or any(kinds <= group for group in (_VALUES, _GIVEN))


def _pattern(name: str) -> str:
    return r"(?:\w|\{\})+".join(map(re.escape, name.split("{}")))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A place where a symbol is named. ``scope`` is where it was looked up; there is none for
    the name of an argument and what follows a dot."""

    span: Span
    symbol: Symbol
    scope: Scope | None


@dataclass(frozen=True, eq=False)
class FileIndex:
    """What the names of one file mean. ``operators`` are the places that name one."""

    path: Path | None
    file: tree.File
    scope: Scope
    references: tuple[Reference, ...]
    operators: tuple[tuple[Span, str], ...]
    scopes: tuple[Scope, ...]
    used: tuple[FileIndex, ...]
    paths: tuple[tuple[Span, Path], ...]

    @property
    def own(self) -> dict[str, Symbol]:
        """What other files get from this one."""
        mine = [symbol for symbol in self.scope.symbols() if symbol.path == self.path]
        return {symbol.name: symbol for symbol in mine}

    def at(self, offset: int) -> Reference | None:
        """The reference or definition that a place is in."""
        touching = (r for r in self.references if r.span.start <= offset <= r.span.end)
        return max(touching, key=lambda r: r.span.start, default=None)

    def operator_at(self, offset: int) -> tuple[Span, str] | None:
        named = (o for o in self.operators if o[0].start <= offset <= o[0].end)
        return next(named, None)

    def scope_at(self, offset: int) -> Scope:
        """The innermost scope around a place."""
        around = [s for s in self.scopes if s.span and s.span.start <= offset <= s.span.end]
        return max(around, key=lambda s: s.span.start if s.span else 0, default=self.scope)

    def reaches(self, symbol: Symbol, offset: int) -> bool:
        """Whether a name is in reach of a place, be it made further down."""
        return any(symbol in scope.symbols() for scope in self.scope_at(offset).chain())
