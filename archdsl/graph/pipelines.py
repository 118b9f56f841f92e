"""Chains, groups, branches and labels as values: steps that wait for what flows in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.graph.report import fail
from archdsl.graph.values import (
    MISSING,
    BranchesStep,
    Container,
    Env,
    GroupStep,
    LabelledStep,
    OpStep,
    Pipeline,
    Step,
    is_flow,
    kind_of,
)
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Pipelines"]


class Pipelines:
    """Makes the steps of one expansion that are no calls; what has its value already runs."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def chain(self, node: tree.Chain, env: Env) -> Any:
        """A chain that begins with a value runs; one that begins with a step waits."""
        first = node.steps[0]
        inner = first.step if isinstance(first, tree.Labelled) else first
        if self.begins_with_value(inner, env):
            return self.machine.steps.chain(node, env, MISSING)
        return Pipeline(node.span, node, env)

    def labelled(self, node: tree.Labelled, env: Env) -> Any:
        """The same for one step with a label."""
        if self.begins_with_value(node.step, env):
            return self.machine.steps.chain(node, env, MISSING)
        step = self.machine.expressions.evaluate(node.step, env)
        if not isinstance(step, Step):
            raise fail(
                "bad-label",
                f"a label names a step, not {kind_of(step)}",
                node.label.span,
                help="`name = value` gives a name to anything else",
            )
        return LabelledStep(node.span, node.label, env, step)

    def group(self, node: tree.Group, env: Env) -> GroupStep:
        """Statements in braces."""
        return GroupStep(node.span, node.body, env)

    def branches(self, node: tree.Branches, env: Env) -> BranchesStep:
        """``concat { ... }``: a merge with a statement for each value."""
        expressions = self.machine.expressions
        if isinstance(node.head, tree.Call):
            head = expressions.calls.call(node.head, env)
        else:
            found = expressions.names.callable_named(node.head, env)
            head = expressions.names.as_value(found, node.head.span)
        if not isinstance(head, OpStep) or head.op.operands[1] is not None:
            raise fail(
                "wrong-kind",
                f"`{node.head.span.text}` does not merge branches",
                node.head.span,
                help="`concat`, `add`, `mul` and `max` do",
            )
        return BranchesStep(node.span, head, node.body, env)

    def begins_with_value(self, node: tree.Expression, env: Env) -> bool:
        """Whether it can run at once; a step waits for what flows in."""
        if isinstance(node, tree.FlowIn | tree.Index | tree.Attribute | tree.ListOf):
            return True
        if isinstance(node, tree.Comprehension):
            return True
        if isinstance(node, tree.Computed):
            node = self.machine.labels.name(node, env)
        if isinstance(node, tree.Name):
            found = env.find(node.id)
            return is_flow(found) or isinstance(found, Container)
        if isinstance(node, tree.Chain):
            return self.begins_with_value(node.steps[0], env)
        if isinstance(node, tree.Call):
            return any(self.begins_with_value(a.value, env) for a in node.arguments if not a.name)
        return False
