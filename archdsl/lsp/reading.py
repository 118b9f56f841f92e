"""What the places that read a name mean, once it is known what is made where.

A name may be read above the place where it is made, in a loop that goes round again; so all of
this waits until every scope is filled.
"""

from __future__ import annotations

from collections.abc import Callable

from archdsl.graph.functions import BUILTINS
from archdsl.lsp.symbols import Kind, Reference, Scope, Symbol
from archdsl.lsp.walk import label_parts
from archdsl.ops import OPS
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Reading"]


class Reading:
    """Collects the places of one file that name something, then finds out what.

    ``references`` and ``operators`` are complete after :meth:`resolve`.
    """

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.operators: list[tuple[Span, str]] = []
        self._meant: dict[tree.Node, Symbol] = {}  # what a name, or a value with a dot, stands for
        self._waiting: list[Callable[[], None]] = []

    def resolve(self) -> None:
        """Look everything up."""
        for read in self._waiting:
            read()
        for reference in self.references:
            reference.symbol.inner = self._container(reference.symbol)

    # ---- collecting

    def name(self, node: tree.Name | tree.Computed, name: str, scope: Scope, *, step: bool) -> None:
        """A name is read; ``step``: where no value is meant."""
        self._waiting.append(lambda: self._read(node, name, scope, step=step))

    def member(self, node: tree.Node, name: str, place: Span, value: tree.Expression) -> None:
        """Something is reached through a value: with a dot, or by its number."""
        self._waiting.append(lambda: self._member(node, name, place, value))

    def arguments(self, call: tree.Call) -> None:
        """Arguments are given by name."""
        self._waiting.append(lambda: self._arguments(call))

    def selector(self, place: Span, scope: Scope) -> None:
        """A rule of `init` names modules."""
        self._waiting.append(lambda: self._selector(place, scope))

    # ---- looking up

    def _read(
        self, node: tree.Name | tree.Computed, name: str, scope: Scope, *, step: bool
    ) -> None:
        found = scope.find(name, node.span.start, step=step)
        if found is None and (name in OPS or name in BUILTINS):
            self.operators.append((node.span, name))
            return
        found = found or scope.find_later(name, step=step) or scope.find_computed(name)
        if found is not None:
            self._meant[node] = found
            place = node.span if isinstance(node, tree.Name) else label_parts(node.name)[0].span
            self.references.append(Reference(place, found, scope))

    def _member(self, node: tree.Node, name: str, place: Span, value: tree.Expression) -> None:
        inner = self._container(self._meant.get(value))
        found = inner.member(name) if inner else None
        if found is not None:
            self._meant[node] = found
            self.references.append(Reference(place, found, None))

    def _container(self, symbol: Symbol | None) -> Scope | None:
        """The names that a labelled step has inside: those of its braces or of its block."""
        if symbol is None or symbol.inner is not None:
            return symbol.inner if symbol else None
        for step in symbol.steps:
            callee = step.callee if isinstance(step, tree.Call) else step
            block = self._meant.get(callee)
            if block is not None and block.kind is Kind.BLOCK:
                return block.inner
        return None

    def _arguments(self, call: tree.Call) -> None:
        inner = _parameters(self._meant.get(call.callee))
        for argument in call.arguments:
            found = inner.parameter(argument.name) if inner and argument.name else None
            if found is not None and argument.name_span is not None:
                self.references.append(Reference(argument.name_span, found, None))

    def _selector(self, place: Span, scope: Scope) -> None:
        """``layer1.0.conv.bias``: as far as the names of it are written in the spec."""
        within: Scope | None = scope
        at = place.start
        for name in place.text.split("."):
            found = within.member(name) if within else None
            if found is None:
                return
            span = Span(place.source, at, at + len(name))
            self.references.append(Reference(span, found, None))
            within, at = self._container(found), span.end + 1


def _parameters(symbol: Symbol | None) -> Scope | None:
    """Where the parameters of what is called are; a variant has those of its model."""
    for _ in range(100):
        if symbol is None or not isinstance(symbol.node, tree.Variant):
            break
        callee = symbol.node.call.callee
        name = callee.id if isinstance(callee, tree.Name) else ""
        symbol = symbol.scope.find(name, 0)
    return symbol.inner if symbol is not None and symbol.is_defined else None
