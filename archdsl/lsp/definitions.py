"""From a syntax tree to what its names mean, by the scoping rules of the language.

First every scope and every name that is made in it, which is done here; then every place that
reads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archdsl.lsp.reading import Reading
from archdsl.lsp.symbols import FileIndex, Kind, Reference, Scope, Symbol
from archdsl.lsp.walk import children, label_parts, words
from archdsl.ops import OPS
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["index_file"]

_KINDS = {
    tree.Block: Kind.BLOCK,
    tree.Fn: Kind.FUNCTION,
    tree.Model: Kind.MODEL,
    tree.Variant: Kind.MODEL,
}


def index_file(
    file: tree.File, path: Path | None, prelude: Scope | None, used: Mapping[Path, FileIndex]
) -> FileIndex:
    """What the names of a file mean; ``used`` are the indices of the files it uses, in order.

    >>> from archdsl.source import Source
    >>> from archdsl.syntax import parse
    >>> text = "block b(n) { conv(n, 1x1) }"
    >>> index = index_file(parse(Source("b.arch", text)), None, None, {})
    >>> index.at(18).symbol.name, index.at(18).symbol.kind.value, index.operators[0][1]
    ('n', 'parameter', 'conv')
    """
    builder = _Builder(path, Scope(prelude, None))
    for other in used.values():
        for symbol in other.own.values():
            builder.scope.bindings[symbol.name] = other.scope.bindings[symbol.name]
    builder.file(file)
    builder.reading.resolve()
    return FileIndex(
        path,
        file,
        builder.scope,
        tuple(sorted(builder.reading.references, key=lambda r: r.span.start)),
        tuple(builder.reading.operators),
        tuple(builder.scopes),
        tuple(used.values()),
        tuple((item.path_span, p) for item, p in _uses(file, path)),
    )


def _uses(file: tree.File, path: Path | None) -> list[tuple[tree.Use, Path]]:
    folder = path.parent if path else Path()
    uses = [item for item in file.items if isinstance(item, tree.Use)]
    return [(use, folder / use.path) for use in uses]


class _Builder:
    def __init__(self, path: Path | None, scope: Scope) -> None:
        self.path = path
        self.scope = scope
        self.scopes: list[Scope] = []
        self.reading = Reading()

    # ---- making names

    def file(self, file: tree.File) -> None:
        for item in file.items:
            if isinstance(item, tree.Use):
                continue
            if isinstance(item, tree.Hole):
                self._hole(item, self._open(self.scope, item.span))
                continue
            known = self.scope.bindings.get(item.name)
            if known and known[0].symbol.path != self.path:
                del self.scope.bindings[item.name]  # it is imported, and one's own name wins
            symbol = self._bind(self.scope, item.name, _KINDS[type(item)], item, item.name_span, 0)
            self._definition(item, symbol)

    def _definition(
        self, item: tree.Block | tree.Model | tree.Fn | tree.Variant, symbol: Symbol
    ) -> None:
        if isinstance(item, tree.Variant):
            self._expression(item.call, self.scope)
            return
        scope = symbol.inner = self._open(self.scope, item.span)
        for parameter in item.parameters:
            if parameter.default is not None:
                self._expression(parameter.default, scope)
            place = parameter.span
            self._bind(scope, parameter.name, Kind.PARAMETER, parameter, place, place.end)
        if isinstance(item, tree.Fn):
            self._expression(item.value, scope)
        else:
            self._body(item.body, scope)

    def _open(self, parent: Scope, span: Span) -> Scope:
        scope = Scope(parent, span)
        self.scopes.append(scope)
        return scope

    def _bind(
        self, scope: Scope, name: str, kind: Kind, node: tree.Node, place: Span, since: int
    ) -> Symbol:
        symbol = scope.bind(Symbol(name, kind, self.path, node, scope), place, since)
        self.reading.references.append(Reference(place, symbol, scope))
        return symbol

    def _label(
        self, label: tree.Label, kind: Kind, node: tree.Node, scope: Scope, since: int
    ) -> Symbol:
        """``a.b`` makes a container ``a`` with ``b`` in it."""
        self._pieces(label, scope)
        *path, last = label_parts(label)
        for part in path:
            symbol = self._bind(scope, part.name, Kind.LABEL, node, part.span, since)
            symbol.inner = symbol.inner or Scope(None, None)
            scope = symbol.inner
        return self._bind(scope, last.name, kind, node, last.span, since)

    def _pieces(self, label: tree.Label, scope: Scope) -> None:
        """What is computed in a label."""
        for piece in children(label):
            self._expression(piece, scope)

    # ---- statements

    def _body(self, body: tree.Body, scope: Scope) -> None:
        for statement in body.statements:
            self._statement(statement, scope)

    def _statement(self, node: tree.Statement, scope: Scope) -> None:
        end = node.span.end
        if isinstance(node, tree.Input):
            self._expression(node.shape, scope)
            self._label(node.label, Kind.INPUT, node, scope, end)
        elif isinstance(node, tree.Output):
            self._expression(node.chain, scope)
            self._label(node.label, Kind.OUTPUT, node, scope, end).steps = (node.chain,)
        elif isinstance(node, tree.ModuleDeclaration):
            symbol = self._label(node.label, Kind.MODULE, node, scope, end)
            self._step(node.step, scope, symbol)
        elif isinstance(node, tree.Assignment):
            self._expression(node.value, scope)
            for target in node.targets:
                self._bind(scope, target.id, Kind.VALUE, node, target.span, end)
        elif isinstance(node, tree.For):
            self._expression(node.iterable, scope)
            for name, place in words(node):
                self._bind(scope, name, Kind.LOOP, node, place, node.iterable.span.end)
            self._body(node.body, scope)
        elif isinstance(node, tree.Init):
            for rule in node.rules:
                if isinstance(rule, tree.InitRule):
                    self._rule(rule, scope)
        elif isinstance(node, tree.Hole):
            self._hole(node, scope)
        else:
            self._inside(node, scope)

    def _hole(self, node: tree.Hole, scope: Scope) -> None:
        """What could not be read still tells which names it makes and reads."""
        for label in node.labels:
            self._label(label, Kind.LABEL, node, scope, node.span.end)
        for name in node.names:
            self._expression(name, scope)
        for body in node.bodies:
            self._body(body, scope)

    def _rule(self, rule: tree.InitRule, scope: Scope) -> None:
        """Initialisers are not looked up in any scope; what they initialise are modules."""
        if isinstance(rule.initialiser, tree.Call):
            for argument in rule.initialiser.arguments:
                self._expression(argument.value, scope)
        quoted = rule.span.text.startswith('"')
        start = rule.span.start + quoted
        place = Span(rule.span.source, start, start + len(rule.selector))
        if rule.selector in OPS:
            self.reading.operators.append((place, rule.selector))
        else:
            self.reading.selector(place, scope)

    # ---- expressions

    def _inside(self, node: tree.Node, scope: Scope) -> None:
        for child in children(node):
            if isinstance(child, tree.Body):
                self._body(child, scope)
            else:
                self._expression(child, scope)

    def _expression(self, node: tree.Node, scope: Scope, *, step: bool = False) -> None:
        """``step``: where no value is meant, so that a label named like an operator is not."""
        if isinstance(node, tree.Name):
            self.reading.name(node, node.id, scope, step=step)
        elif isinstance(node, tree.Hole):
            self._hole(node, scope)
        elif isinstance(node, tree.Computed):
            self._computed(node, scope)
        elif isinstance(node, tree.Binary):
            while isinstance(node, tree.Binary):  # a sum of thousands of terms is deep on its left
                self._expression(node.right, scope)
                node = node.left
            self._expression(node, scope)
        elif isinstance(node, tree.Call):
            self._call(node, scope)
        elif isinstance(node, tree.Attribute):
            self._expression(node.value, scope)
            self.reading.member(node, node.name, node.name_span, node.value)
        elif isinstance(node, tree.Index):
            self._inside(node, scope)
            if isinstance(node.index, tree.Constant):
                name, place = str(node.index.value), node.index.span
                self.reading.member(node, name, place, node.value)
        elif isinstance(node, tree.Comprehension):
            self._comprehension(node, scope)
        elif isinstance(node, tree.Labelled):
            self._labelled(node, scope, (), step=step)
        elif isinstance(node, tree.Chain):
            self._chain(node, scope)
        elif isinstance(node, tree.Branches):
            self._expression(node.head, scope, step=True)
            self._body(node.body, scope)
        else:
            self._inside(node, scope)

    def _chain(self, node: tree.Chain, scope: Scope) -> None:
        """The first step may name a value, those behind it cannot."""
        for position, step in enumerate(node.steps):
            if isinstance(step, tree.Labelled):
                following = node.steps[position + 1 : position + 2]
                self._labelled(step, scope, following, step=position > 0)
            else:
                self._expression(step, scope, step=position > 0)

    def _labelled(
        self,
        node: tree.Labelled,
        scope: Scope,
        following: tuple[tree.Expression, ...],
        *,
        step: bool,
    ) -> None:
        symbol = self._label(node.label, Kind.LABEL, node, scope, node.span.end)
        symbol.steps = symbol.steps or (node.step, *following)
        self._step(node.step, scope, symbol, step=step)

    def _step(
        self, node: tree.Expression, scope: Scope, symbol: Symbol, *, step: bool = False
    ) -> None:
        """What a label names: labelled braces have a scope of their own."""
        symbol.steps = symbol.steps or (node,)
        if isinstance(node, tree.Group):
            symbol.inner = self._open(scope, node.span)
            self._body(node.body, symbol.inner)
        else:
            self._expression(node, scope, step=step)

    def _comprehension(self, node: tree.Comprehension, scope: Scope) -> None:
        inner = self._open(scope, node.span)
        for clause in node.clauses:
            self._expression(clause.iterable, inner)
            for name, place in words(clause):
                self._bind(inner, name, Kind.LOOP, clause, place, node.span.start)
            if clause.condition is not None:
                self._expression(clause.condition, inner)
        self._expression(node.element, inner)

    def _call(self, node: tree.Call, scope: Scope) -> None:
        self._expression(node.callee, scope, step=True)
        for argument in node.arguments:
            self._expression(argument.value, scope)
        self.reading.arguments(node)

    def _computed(self, node: tree.Computed, scope: Scope) -> None:
        self._pieces(node.name, scope)
        self.reading.name(node, label_parts(node.name)[0].name, scope, step=False)
