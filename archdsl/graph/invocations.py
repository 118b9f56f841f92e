"""Calls while a spec expands: a number of a function, else a step with its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.edits import replaced
from archdsl.graph.arithmetic import shown
from archdsl.graph.functions import BUILTINS, call_builtin
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import (
    BlockStep,
    Bound,
    Builtin,
    Definition,
    Env,
    Function,
    OpStep,
    Step,
    contains_tensor,
    kind_of,
    unwrap,
)
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Invocations"]


class Invocations:
    """The calls of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def call(self, node: tree.Call, env: Env) -> Any:
        """A call: a number for a function, else a step with its arguments."""
        callee = node.callee
        found = (
            self.machine.expressions.names.callable_named(callee, env)
            if isinstance(callee, tree.Name)
            else self.machine.expressions.evaluate(callee, env)
        )
        arguments = tuple(self.bound(argument, env) for argument in node.arguments)
        found = self._choose(found, arguments)
        if isinstance(found, type):
            return OpStep(node.span, found, arguments)
        if isinstance(found, OpStep | BlockStep):
            return self._with_more(found, arguments, node.span)
        if isinstance(found, Definition) and isinstance(found.item, tree.Block):
            return BlockStep(node.span, found, arguments)
        if isinstance(found, Definition | Function):
            definition = found.definition if isinstance(found, Function) else found
            return self.machine.frames.call(definition, arguments, node.span)
        if isinstance(found, Builtin):
            if self.machine.tracing:
                values = [bound.value for bound in arguments]
                self.machine.assembly.decided.function(found.name, *values)
            return call_builtin(found, arguments, node.span)
        if isinstance(found, int) and any(isinstance(bound.value, Step) for bound in arguments):
            raise _missing_star(found, node)
        raise fail(
            "wrong-kind",
            f"{kind_of(found)} cannot be called",
            callee.span,
            help="only operators, blocks and functions take arguments",
        )

    def bound(self, argument: tree.Argument, env: Env) -> Bound:
        """An argument, evaluated."""
        value = unwrap(self.machine.expressions.evaluate(argument.value, env))
        return Bound(argument.name, value, argument.value.span, argument.name_span)

    def _choose(self, found: Any, arguments: tuple[Bound, ...]) -> Any:
        """``max`` is an operator on values of the network and a function on numbers."""
        name = getattr(found, "name", "") if isinstance(found, type) else ""
        numbers = arguments and not any(contains_tensor(bound.value) for bound in arguments)
        return BUILTINS[name] if name in BUILTINS and numbers else found

    def _with_more(self, step: OpStep | BlockStep, more: tuple[Bound, ...], span: Span) -> Step:
        """``act(0.1)`` where ``act`` is a step already: later named arguments win."""
        named = {bound.name for bound in more if bound.name}
        kept = tuple(bound for bound in step.arguments if bound.name not in named)
        if isinstance(step, OpStep):
            return OpStep(span, step.op, kept + more)
        return BlockStep(span, step.definition, kept + more)


def _missing_star(count: int, node: tree.Call) -> SpecError:
    callee = node.callee.span
    return fail(
        "missing-star",
        f"a repeat needs a `*` between {shown(count)} and what is repeated",
        node.span,
        help=f"write `{callee.text} * {node.span.text[len(callee.text) :].strip()}`",
        fixes=[replaced(_behind(callee, node.span), " * ", "write a `*` between them")],
    )


def _behind(first: Span, whole: Span) -> Span:
    """The blanks between the first part of something and the rest."""
    text = whole.text[first.end - whole.start :]
    return Span(whole.source, first.end, first.end + len(text) - len(text.lstrip()))
