"""Applying steps to what flows: chains, and one step after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.binding import has_operands
from archdsl.graph.labels import bind_label
from archdsl.graph.lookup import is_incomplete
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    BlockStep,
    BranchesStep,
    Builtin,
    Container,
    Env,
    Function,
    GroupStep,
    LabelledStep,
    OpStep,
    Pipeline,
    Repeat,
    SharedModule,
    Step,
    contains_tensor,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Steps"]


class Steps:
    """Runs chains: each step takes what flows and hands on its result."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    # ---- chains

    def chain(self, node: tree.Expression, env: Env, flow: Any, doc: str = "") -> Any:
        """Run a chain. ``flow`` is the current value, for a first step that names none."""
        steps = node.steps if isinstance(node, tree.Chain) else (node,)
        waiting: tree.Label | None = None  # a label before a value names the step after it
        given = False  # whether what flows was handed on by `->`
        for position, written in enumerate(steps):
            label, inner = waiting, written
            if isinstance(written, tree.Labelled):
                label, inner = written.label, written.step
            thing = self._step(inner, env, first=position == 0)
            if is_flow(thing) or isinstance(thing, Container):
                if thing is UNKNOWN and is_incomplete(env):  # it may have been a step
                    raise SpecError(None)
                if position:
                    raise _value_in_chain(inner.span)
                if label is not None and len(steps) == 1:
                    raise _label_on_value(label)
                flow, given, waiting = unwrap(thing), True, label
                continue
            if not isinstance(thing, Step):
                raise _not_a_step(thing, inner.span)
            flow = self.apply(thing, flow, given=given, label=label, env=env, doc=doc)
            given, waiting, doc = True, None, ""
        return flow

    def _step(self, node: tree.Expression, env: Env, *, first: bool) -> Any:
        if isinstance(node, tree.Call):
            return self.machine.expressions.calls.call(node, env)
        if isinstance(node, tree.Name) and (not first or env.find(node.id) is MISSING):
            names = self.machine.expressions.names
            return names.as_value(names.callable_named(node, env), node.span)
        return self.machine.expressions.evaluate(node, env)

    def settle(self, step: Any) -> Any:
        """Where a value is wanted, a step that was given its tensors runs."""
        if isinstance(step, BlockStep) and any(contains_tensor(b.value) for b in step.arguments):
            return self.apply(step, MISSING)
        if isinstance(step, Step) and has_operands(step):
            return self.apply(step, MISSING)
        return step

    # ---- one step

    def apply(
        self,
        step: Step,
        flow: Any,
        *,
        given: bool = False,
        label: tree.Label | None = None,
        env: Env | None = None,
        doc: str = "",
    ) -> Any:
        """Apply a step to what flows, and bind its label. ``given``: `->` stands before it."""
        while isinstance(step, LabelledStep):
            label, env, step = step.label, step.env, step.step
        key = self.machine.labels.key(label, env) if label is not None and env is not None else None
        result: Any
        if isinstance(step, SharedModule):
            result = self.machine.shared.apply(step, flow, label)
        elif isinstance(step, Repeat):
            result = self._repeat(step, flow, label)
        else:
            result = self.run(step, flow, given=given, key=key, doc=doc)
        if key is not None and env is not None:
            bind_label(env, key, result)
        return unwrap(result)

    def run(
        self, step: Step, flow: Any, *, given: bool = False, key: str | None = None, doc: str = ""
    ) -> Any:
        """Apply a step that makes one child, under the key of that child."""
        if isinstance(step, OpStep):
            return self.machine.operators.apply(step, flow, given, key, doc)
        containers = self.machine.containers
        if isinstance(step, BlockStep):
            return containers.block(step, flow, key, doc)
        if isinstance(step, GroupStep):
            return containers.group(step, flow, key, doc)
        if isinstance(step, Pipeline):
            return containers.pipeline(step, flow, key, doc)
        assert isinstance(step, BranchesStep)
        return containers.branches(step, flow, key, doc)

    def _repeat(self, step: Repeat, flow: Any, label: tree.Label | None) -> Any:
        if label is not None:
            raise fail(
                "bad-label",
                "a label names one step, and this is a repeat",
                label.span,
                help=f"make a container of it: `{label.span.text}: {{ {step.span.text} }}`",
                fixes=[replaced(step.span, f"{{ {step.span.text} }}")],
            )
        for _ in range(step.count):
            self.machine.budget.spend(step.span)
            flow = self.apply(step.step, flow, given=True)
        return flow


def _value_in_chain(span: Span) -> SpecError:
    return fail(
        "wrong-kind",
        f"`{span.text}` is a value, and a value cannot follow `->`",
        span,
        help=f"begin a new statement with it, or merge it: `-> concat({span.text})`",
        fixes=[replaced(span, f"{merge}({span.text})") for merge in ("concat", "add")],
    )


def _label_on_value(label: tree.Label) -> SpecError:
    if label.span.text == "output":
        return fail(
            "bad-label",
            "an output has a name",
            label.span,
            help="write `output out: ...`",
            fixes=[replaced(label.span, "output out")],
        )
    return fail(
        "bad-label",
        "a label names a step, and this is a value",
        label.span,
        help=f"to give a value another name, write `{label.span.text} = ...`",
        fixes=_assigned(label.span),
    )


def _assigned(label: Span) -> list[Fix]:
    """`name = value` for `name: value`."""
    text, colon = label.source.text, label.source.text.find(":", label.end)
    if text[label.end : colon].strip() or colon < 0:
        return []
    sign = Span(label.source, label.end, colon + 1)
    return [replaced(sign, " =", f"write `{label.text} = ...`")]


def _not_a_step(thing: Any, span: Span) -> SpecError:
    if isinstance(thing, Function | Builtin):
        help = "call it, and use the number it gives as an argument"
    else:
        help = "a statement is a chain of steps, or gives a name: `name = value`"
    return fail("wrong-kind", f"{kind_of(thing)} is not a step", span, help=help)
