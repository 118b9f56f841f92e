"""A name that is an operator's hides the operator from there on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.analysis.lints.rule import FileRule, Hit
from archdsl.diagnostics import Severity
from archdsl.graph.library import LoadedFile
from archdsl.ops import OPS
from archdsl.source import Span
from archdsl.syntax import tree

_NUMBERS = (tree.Constant, tree.Unary, tree.Binary, tree.Choice, tree.ListOf, tree.Comprehension)
"""Values that hide an operator. A label, or the name of a value of the network, never does."""


def _find(file: LoadedFile) -> Iterator[Hit]:
    for item in file.file.items:
        for name, span, what in _names(item):
            if name in OPS:
                yield Hit(
                    span,
                    f"{what} `{name}` hides the operator `{name}`",
                    f"give it another name, such as `{name}_`",
                )


def _names(item: Any) -> Iterator[tuple[str, Span, str]]:
    if isinstance(item, tree.Use | tree.Hole):
        return
    kinds = {tree.Block: "the block", tree.Fn: "the function"}
    yield item.name, item.name_span, kinds.get(type(item), "the model")
    if isinstance(item, tree.Variant):
        return
    for parameter in item.parameters:
        yield parameter.name, parameter.span, "the parameter"
    if isinstance(item, tree.Block | tree.Model):
        yield from _made(item.body)


def _made(body: tree.Body) -> Iterator[tuple[str, Span, str]]:
    """The names that the statements of a body make, and those inside them."""
    waiting = [body]
    while waiting:
        for statement in waiting.pop().statements:
            if isinstance(statement, tree.Assignment) and isinstance(statement.value, _NUMBERS):
                yield from ((target.id, target.span, "the name") for target in statement.targets)
            elif isinstance(statement, tree.ModuleDeclaration):
                yield statement.label.span.text, statement.label.span, "the module"
            elif isinstance(statement, tree.For):
                yield from ((name, statement.span, "the name") for name in statement.targets)
                waiting.append(statement.body)
            elif isinstance(statement, tree.If):
                waiting.extend(part for part in (statement.then, statement.otherwise) if part)


RULE = FileRule("shadowed-operator", Severity.WARNING, _find)
