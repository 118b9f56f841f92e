"""Evaluating expressions: names, constants, and the operators of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.arithmetic import (
    COMPARISONS,
    arithmetic,
    comparison,
    membership,
    not_a_number,
    shown,
    within_reach,
)
from archdsl.graph.invocations import Invocations
from archdsl.graph.lists import Lists
from archdsl.graph.lookup import Lookup
from archdsl.graph.parts import Parts
from archdsl.graph.pipelines import Pipelines
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import MISSING, UNKNOWN, Env, Repeat, Step, kind_of
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Expressions"]


class Expressions:
    """The half of the machine that computes values."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.names = Lookup(machine)
        self.lists = Lists(machine)
        self.calls = Invocations(machine)
        self.pipelines = Pipelines(machine)
        parts = Parts(machine)
        self._kinds: Mapping[type[tree.Node], Callable[[Any, Env], Any]] = {
            tree.Constant: self._constant,
            tree.FlowIn: self._flowin,
            tree.Name: self._name,
            tree.Hole: self._hole,
            tree.Computed: self._computed,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Choice: self._choice,
            tree.ListOf: self.lists.written,
            tree.Comprehension: self.lists.comprehension,
            tree.Attribute: parts.attribute,
            tree.Index: parts.item,
            tree.Call: self._call,
            tree.Chain: self.pipelines.chain,
            tree.Labelled: self.pipelines.labelled,
            tree.Group: self.pipelines.group,
            tree.Branches: self.pipelines.branches,
        }

    def evaluate(self, node: tree.Expression, env: Env, doc: str = "") -> Any:
        """The value of an expression. A call given the tensors it works on runs.

        ``doc`` is the comment above the statement; it belongs to the first step that runs.
        """
        if doc and isinstance(node, tree.Chain) and self.pipelines.begins_with_value(node, env):
            return self.machine.steps.chain(node, env, MISSING, doc)
        return self._kinds[type(node)](node, env)

    def known(self, node: tree.Expression, env: Env) -> Any:
        """A value to compute with; without a complaint where it is already reported missing."""
        value = self.evaluate(node, env)
        if value is UNKNOWN:
            raise SpecError(None)
        return value

    def _call(self, node: tree.Call, env: Env) -> Any:
        return self.machine.steps.settle(self.calls.call(node, env))

    # ---- leaves

    def _constant(self, node: tree.Constant, env: Env) -> Any:
        return within_reach(node.value, node.span)

    def _flowin(self, node: tree.FlowIn, env: Env) -> Any:
        reach: Env | None = env
        while reach is not None:
            if reach.flow_in is not MISSING:
                return reach.flow_in
            reach = reach.parent
        inputs = [f"`{name}`" for name in self.machine.assembly.inputs]
        raise fail(
            "missing-input",
            f"`in` could be any of {len(inputs)} inputs here"
            if inputs
            else "nothing flows in here, so there is no `in`",
            node.span,
            help=f"name the one you mean: {' or '.join(inputs)}"
            if inputs
            else "declare an `input`, or apply the block to a value: `x -> block(...)`",
            fixes=[replaced(node.span, name) for name in self.machine.assembly.inputs],
        )

    def _name(self, node: tree.Name, env: Env) -> Any:
        found = self.names.value_named(node.id, env)
        if found is MISSING:
            raise self.names.unknown(node, env)
        return self.names.as_value(found, node.span)

    def _hole(self, node: tree.Hole, env: Env) -> Any:
        return UNKNOWN

    def _computed(self, node: tree.Computed, env: Env) -> Any:
        return self._name(self.machine.labels.name(node, env), env)

    # ---- operators of the language

    def _unary(self, node: tree.Unary, env: Env) -> Any:
        if node.operator == "not":
            return not self.truth(node.operand, env)
        return -self.number(node.operand, env)

    def _binary(self, node: tree.Binary, env: Env) -> Any:
        sign = node.operator
        if sign == "and":
            return self.truth(node.left, env) and self.truth(node.right, env)
        if sign == "or":
            return self.truth(node.left, env) or self.truth(node.right, env)
        left, right = self.known(node.left, env), self.known(node.right, env)
        if self.machine.tracing:
            self.machine.assembly.decided.binary(sign, left, right)
        if sign in ("..", "..="):
            return self._range(left, right, node)
        if sign in ("in", "not in"):
            return membership(left, right, node)
        if sign in COMPARISONS:
            return comparison(left, right, node)
        if sign == "*" and isinstance(right, Step):
            return self._repeat(left, right, node)
        if sign == "+" and isinstance(left, list) and isinstance(right, list):
            self.machine.budget.allow_repeats(len(left) + len(right), node.span)
            return self.lists.measured(left + right, node.span)
        return arithmetic(left, right, node)

    def _repeat(self, count: Any, step: Step, node: tree.Binary) -> Repeat:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise fail(
                "wrong-kind",
                f"a step is repeated a whole number of times, not {shown(count)}",
                node.left.span,
                help="write the number of repeats before the star: `3 * step`",
            )
        self.machine.budget.allow_repeats(count, node.left.span)
        return Repeat(node.span, int(count), step)

    def _range(self, low: Any, high: Any, node: tree.Binary) -> list[int]:
        for end, value in ((node.left, low), (node.right, high)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise fail(
                    "wrong-kind",
                    f"a range runs between whole numbers, not {shown(value)}",
                    end.span,
                    help="round it first: `int(...)`, `floor(...)` or `//`"
                    if isinstance(value, float)
                    else "write whole numbers, as in `0..4`, or values that are some",
                    fixes=_rounded(end),
                )
        stop = high + 1 if node.operator == "..=" else high
        self.machine.budget.allow_repeats(int(stop) - int(low), node.span)
        return list(range(int(low), int(stop)))

    def number(self, node: tree.Expression, env: Env) -> Any:
        value = self.known(node, env)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise not_a_number(value, node.span, "-")
        return value

    def truth(self, node: tree.Expression, env: Env) -> bool:
        value = self.known(node, env)
        if not isinstance(value, bool):
            raise fail(
                "wrong-kind",
                f"a condition is true or false, not {kind_of(value)}",
                node.span,
                help="compare it with something: `x == 1`, `x != none`, `len(x) > 0`",
            )
        return value

    def _choice(self, node: tree.Choice, env: Env) -> Any:
        taken = node.then if self.truth(node.condition, env) else node.otherwise
        return self.evaluate(taken, env)


def _rounded(node: tree.Expression) -> list[Fix]:
    """Rounding a quotient down, or a number that is none."""
    if isinstance(node, tree.Binary) and node.operator == "/":
        between = Span(node.span.source, node.left.span.end, node.right.span.start)
        return [replaced(between, between.text.replace("/", "//"), "write `//`")]
    return [replaced(node.span, f"int({node.span.text})")]
