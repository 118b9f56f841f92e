"""Calls while a spec expands: a number of a function, else a step with its arguments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic, Edit
from archdsl.diagnostics.edits import removed, replaced
from archdsl.graph.arithmetic import shown
from archdsl.graph.elsewhere import own_name, renamed
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
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.ops import Op
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
        found = self._callee(node, env)
        arguments = tuple(self._given(argument, found, env) for argument in node.arguments)
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
        if isinstance(found, Step) and len(arguments) == 1 and is_flow(arguments[0].value):
            raise _applied_by_a_call(found, node)
        raise fail(
            "wrong-kind",
            f"{kind_of(found)} cannot be called",
            callee.span,
            help="only operators, blocks and functions take arguments",
        )

    def _callee(self, node: tree.Call, env: Env) -> Any:
        """What is called."""
        callee, expressions = node.callee, self.machine.expressions
        try:
            if isinstance(callee, tree.Name):
                return expressions.names.callable_named(callee, env)
            return expressions.evaluate(callee, env)
        except SpecError as error:
            raise _as_a_call(error, node) from None

    def _given(self, argument: tree.Argument, found: Any, env: Env) -> Bound:
        """An argument of what was found. Python's `None` is a value of few of them."""
        try:
            return self.bound(argument, env)
        except SpecError as error:
            raise _without_none(error, argument, found) from None

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


def _as_a_call(error: SpecError, node: tree.Call) -> SpecError:
    """What is said of an unknown name; of one that another library has, with a view to its call."""
    told = error.diagnostic
    own = own_name(re.split(r"\W+", node.callee.span.text)[-1])
    if told is not None and (found := _range(node)):
        return found
    if told is None or own is None or Edit(node.callee.span, own) not in _edits(told):
        return error
    fix = renamed(node.callee.span, own, node)
    decides = fix.decides or told.fixes[0].decides
    return SpecError(replace(told, fixes=(replace(fix, decides=decides),)))


def _without_none(error: SpecError, argument: tree.Argument, found: Any) -> SpecError:
    told, value = error.diagnostic, argument.value
    fields = found.model_fields if isinstance(found, type) and issubclass(found, Op) else {}
    if told is None or not isinstance(value, tree.Name) or value.id != "None":
        return error
    field = fields.get(argument.name or "")
    if field is None or field.default is None or argument.name_span is None:
        return error
    whole = Span(value.span.source, argument.name_span.start, value.span.end)
    is_choice = isinstance(field.default, bool)
    help = f"leave it out: `{argument.name}` is never `none`"
    if is_choice:
        help = f"`{argument.name}` is `true` or `false`"
    fix = replace(removed(whole), decides=is_choice)
    return SpecError(replace(told, help=help, fixes=(fix,)))


def _applied_by_a_call(step: Step, node: tree.Call) -> SpecError:
    """`enc(x)` where `enc` is a step with its arguments already."""
    [argument] = node.arguments
    written = f"{argument.value.span.text} -> {node.callee.span.text}"
    return fail(
        "wrong-kind",
        f"{kind_of(step)} cannot be called",
        node.callee.span,
        help=f"a value flows into it: `{written}`",
        fixes=[replaced(node.span, written)] if argument.name is None else [],
    )


def _range(node: tree.Call) -> SpecError | None:
    """Python's `range`, as it is written here."""
    given = [argument.value.span.text for argument in node.arguments if argument.name is None]
    if node.callee.span.text != "range" or len(given) not in (1, 2):
        return None
    written = "..".join(["0", *given][-2:])
    return fail(
        "unknown-operator",
        "no operator, block or function is named `range`",
        node.callee.span,
        help=f"write `{written}`",
        fixes=[replaced(node.span, written)],
    )


def _edits(diagnostic: Diagnostic) -> list[Edit]:
    return [edit for fix in diagnostic.fixes for edit in fix.edits]


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
