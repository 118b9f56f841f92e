"""Lists and comprehensions, and giving the items of a list to names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.edits import replaced
from archdsl.graph.report import fail
from archdsl.graph.values import MISSING, UNKNOWN, Env, kind_of, unwrap
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Lists"]

_DEEPEST_LIST = 12


class Lists:
    """Makes the lists of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def written(self, node: tree.ListOf, env: Env) -> list[Any]:
        """``[a, b]``"""
        evaluate = self.machine.expressions.evaluate
        return self.measured([unwrap(evaluate(item, env)) for item in node.items], node.span)

    def comprehension(self, node: tree.Comprehension, env: Env) -> list[Any]:
        """``[f(i) for i in 0..n]``"""
        items = list(self._clauses(node, node.clauses, env.inner(MISSING)))
        return self.measured(items, node.span)

    def _clauses(
        self, node: tree.Comprehension, clauses: tuple[tree.Clause, ...], env: Env
    ) -> Iterator[Any]:
        if not clauses:
            yield unwrap(self.machine.expressions.evaluate(node.element, env))
            return
        clause, *rest = clauses
        for item in self.items(clause.iterable, env):
            self.machine.budget.spend(clause.span)
            self.assign(clause.targets, item, env, clause.span)
            if clause.condition is None or self.machine.expressions.truth(clause.condition, env):
                yield from self._clauses(node, tuple(rest), env)

    def items(self, node: tree.Expression, env: Env) -> list[Any]:
        """What a ``for`` runs over."""
        value = unwrap(self.machine.expressions.known(node, env))
        if isinstance(value, list | tuple):
            return list(value)
        raise fail(
            "wrong-kind",
            f"`for` runs over a list or a range, not {kind_of(value)}",
            node.span,
            help="write a range, `0..4`, or a list, `[64, 128]`",
            fixes=[replaced(node.span, f"0..{node.span.text}")],
        )

    def assign(self, targets: tuple[str, ...], value: Any, env: Env, span: Span) -> None:
        """Give a value to a name, or its items to as many names."""
        if len(targets) == 1:
            env.names[targets[0]] = value
            return
        if value is UNKNOWN:
            env.names.update(dict.fromkeys(targets, UNKNOWN))
            return
        value = unwrap(value)
        if not isinstance(value, list | tuple) or len(value) != len(targets):
            has = f"{len(value)} values" if isinstance(value, list | tuple) else kind_of(value)
            raise fail(
                "wrong-kind",
                f"{len(targets)} names cannot be given to {has}",
                span,
                help="give as many names as there are values",
            )
        env.names.update(zip(targets, value, strict=True))

    def measured(self, items: list[Any], span: Span) -> list[Any]:
        """Lists of lists stay as small as what they stand for: they can name a list twice."""
        if any(type(item) is list for item in items):
            most = self.machine.budget.limits.nodes
            if _leaves(items, most, span, 0) > most:
                raise fail(
                    "too-large",
                    f"this list stands for more than {most:,} values",
                    span,
                    help="write fewer, or raise the limit with --max-nodes",
                )
        return items


def _leaves(items: list[Any], most: int, span: Span, depth: int) -> int:
    """How many values a list of lists stands for, counted no further than the limit."""
    if depth > _DEEPEST_LIST:
        raise fail(
            "too-deep",
            f"lists are nested more than {_DEEPEST_LIST} deep",
            span,
            help="join lists with `+` instead of putting one into the other",
        )
    count = 0
    for item in items:
        count += _leaves(item, most, span, depth + 1) if type(item) is list else 1
        if count > most:
            break
    return count
