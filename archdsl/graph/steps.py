"""Applying steps to what flows: the half of the machine that makes nodes."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.assembly import OpenScope, TooManyNodes
from archdsl.graph.binding import OpCall, arguments_text, bind_op, bind_parameters, has_operands
from archdsl.graph.graph import Node, Value
from archdsl.graph.lookup import is_incomplete
from archdsl.graph.mismatch import explain
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import (
    BROKEN,
    MISSING,
    UNKNOWN,
    BlockStep,
    Bound,
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
    Tensor,
    contains_tensor,
    contains_unknown,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.ops import OPS
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
            return self.machine.expressions.call(node, env)
        if isinstance(node, tree.Name) and not first:
            found = self.machine.expressions.names.callable_named(node, env)
            return self.machine.expressions.names.as_value(found, node.span)
        if isinstance(node, tree.Name) and env.find(node.id) is MISSING:
            found = self.machine.expressions.names.callable_named(node, env)
            return self.machine.expressions.names.as_value(found, node.span)
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
        key = self._key(label, env) if label is not None and env is not None else None
        result: Any
        if isinstance(step, OpStep):
            result = self._op(step, flow, given, key, doc)
        elif isinstance(step, BlockStep):
            result = self._block(step, flow, key, doc)
        elif isinstance(step, GroupStep):
            result = self._group(step, flow, key, doc)
        elif isinstance(step, Pipeline):
            result = self._pipeline(step, flow, key, doc)
        elif isinstance(step, BranchesStep):
            result = self._branches(step, flow, key, doc)
        elif isinstance(step, SharedModule):
            result = self._shared(step, flow, label)
        else:
            assert isinstance(step, Repeat)
            result = self._repeat(step, flow, label)
        if key is not None and env is not None:
            bind_label(env, key, result)
        return unwrap(result)

    def _key(self, label: tree.Label, env: Env) -> str:
        key = self.machine.label_text(label, env)
        assembly = self.machine.assembly
        self.machine.refuse_reserved(key, label.span)
        taken = assembly.taken(key)
        if taken or (assembly.scope is assembly.root and key in assembly.inputs):
            raise fail(
                "duplicate-name",
                f"two children of one container are named `{taken}`"
                if taken
                else f"an input is named `{key}` already",
                label.span,
                help="give one of them another name; in a loop compute it: `name{i}: step`",
                fixes=self._renamed(key, label.span),
            )
        return key

    def _renamed(self, key: str, label: Span) -> list[Fix]:
        """A name that is free, made of the one that is taken."""
        if label.text != key or "." in key:
            return []
        stem = key.rstrip("0123456789") or key
        free = next(n for n in count(2) if not self.machine.assembly.taken(f"{stem}{n}"))
        return [replace(replaced(label, f"{stem}{free}"), decides=True)]

    def _need(self, flow: Any, what: str, span: Span) -> Any:
        if flow is not MISSING:
            return flow
        raise fail(
            "missing-input",
            f"nothing flows into `{what}`",
            span,
            help=f"declare an `input` above it, or apply it to a value: `x -> {what}`",
        )

    def step(self, step: Step, flow: Any, key: str | None) -> Any:
        """One operator or block under a key, for graphs that are built in Python."""
        if isinstance(step, BlockStep):
            return self._block(step, flow, key, "")
        assert isinstance(step, OpStep)
        return self._op(step, flow, False, key, "")

    # ---- operators

    def _op(self, step: OpStep, flow: Any, given: bool, key: str | None, doc: str) -> Any:
        call = bind_op(step)
        operands = self._operands(step, call, flow, given)
        if operands is None or call.op is None:
            self.machine.reporter.pass_over(step.span)
            return UNKNOWN
        least, most = step.op.operands
        if len(operands) < least or (most is not None and len(operands) > most):
            raise self._wrong_count(step, len(operands))
        refs = {name: unwrap(bound.value) for name, bound in call.refs.items()}
        if any(ref is UNKNOWN for ref in refs.values()):
            self.machine.reporter.pass_over(step.span)
            return UNKNOWN
        try:
            node, mismatch = self.machine.assembly.add(
                call.op,
                [operand.value for operand, _ in operands],
                {name: ref.value for name, ref in refs.items()},
                key=key,
                span=step.span,
                doc=doc,
                arguments=call.arguments,
            )
        except TooManyNodes:
            raise self.machine.too_many_nodes(step.span) from None
        if mismatch:
            self.machine.reporter.add(explain(self.machine, mismatch, step, call, operands))
            return UNKNOWN
        self.machine.check_shared(node, step.span)
        return self._results(node)

    def _results(self, node: Node) -> Any:
        if any(shape is None for shape in node.shapes):
            return UNKNOWN
        tensors = [
            Tensor(Value(node.index, index), shape)
            for index, shape in enumerate(node.shapes)
            if shape is not None
        ]
        if len(tensors) == 1 or node.op.results:
            return tensors[0]
        return tensors

    def further_result(self, tensor: Tensor, name: str) -> Any:
        """``pool1.indices``: the second result of the node that made a value."""
        node = self.machine.assembly.nodes[tensor.value.node]
        if name not in node.op.results or len(node.shapes) < 2:
            return MISSING
        index = node.op.results.index(name) + 1
        shape = node.shapes[index]
        return UNKNOWN if shape is None else Tensor(Value(node.index, index), shape)

    def _operands(
        self, step: OpStep, call: OpCall, flow: Any, given: bool
    ) -> list[tuple[Tensor, Span]] | None:
        """The input tensors and where each was written; None if one is unknown."""
        merges = step.op.operands[1] is None or step.op.operands[1] > 1
        written: list[tuple[Any, Span]] = [(unwrap(b.value), b.span) for b in call.operands]
        if not written or (given and merges):
            written.insert(0, (self._need(flow, step.op.name, step.span), step.span))
        elif given:
            raise fail(
                "too-many-arguments",
                f"`{step.op.name}` takes one input, and two are given: what flows, and this",
                written[0][1],
                help=f"write `{call.operands[0].span.text} -> {step.op.name}`, "
                "or leave the argument out",
            )
        if merges and len(written) == 1 and not isinstance(written[0][0], list) and call.operands:
            raise self._wrong_count(step, 1)
        flat: list[tuple[Tensor, Span]] = []
        for value, span in written:
            for item in value if isinstance(value, list) else (value,):
                if item is UNKNOWN:
                    return None
                if not isinstance(item, Tensor):
                    if contains_unknown(item):
                        return None
                    raise _not_a_tensor(item, span)
                flat.append((item, span))
        if not merges and len(flat) != 1:
            what = f"{len(flat)} are given" if call.operands else f"a list of {len(flat)} flows in"
            raise fail(
                "wrong-kind",
                f"`{step.op.name}` takes one value, but {what}",
                step.span,
                help="merge them first (`add`, `concat`), or take one: `xs[0] -> ...`",
            )
        return flat

    def _wrong_count(self, step: OpStep, count: int) -> SpecError:
        name = step.op.name
        return fail(
            "missing-argument",
            f"`{name}` merges two values or more, and one is given"
            if count == 1
            else f"`{name}` cannot merge {count} values",
            step.span,
            help=f"name both: `{name}(a, b)`; what flows joins in a chain: `... -> {name}(b)`",
        )

    # ---- containers

    def _block(self, step: BlockStep, flow: Any, key: str | None, doc: str) -> Any:
        block = step.definition.item
        assert isinstance(block, tree.Block)
        machine = self.machine
        parameters = [(p.name, p.default is not None) for p in block.parameters]
        given = bind_parameters(block.name, parameters, step.arguments, step.span)
        scope = machine.assembly.open(key, "block", block=block.name, doc=doc, span=step.span)
        shown = arguments_text(step.arguments)
        with machine.deeper(block.name, step.span, shown):
            env = machine.frame(step.definition, given, flow, scope)
            with machine.assembly.inside(scope), machine.assembly.unguarded(scope):
                result = machine.statements.run(block.body, env, flow)
                if machine.tracing:
                    result = self._never_empty(scope, unwrap(result))
                machine.requirements.settle(scope, result)
        return self._close(scope, flow, result, env)

    def _never_empty(self, scope: OpenScope, result: Any) -> Any:
        """For the compiler, a container that hands on what flows in holds an identity: so it is a
        module in every place where its block is used."""
        if scope.children or not isinstance(result, Tensor):
            return result
        node, _ = self.machine.assembly.add(OPS["identity"](), [result.value])
        return self._results(node)

    def _group(self, step: GroupStep, flow: Any, key: str | None, doc: str) -> Any:
        with self.machine.nested(step.span):
            return self._grouped(step, flow, key, doc)

    def _grouped(self, step: GroupStep, flow: Any, key: str | None, doc: str) -> Any:
        if key is None:
            inner = step.env.sharing(flow)
            return self.machine.statements.run(step.body, inner, flow)
        scope = self.machine.assembly.open(key, "group", doc=doc, span=step.span)
        env = step.env.inner(flow, step.body)
        with self.machine.assembly.inside(scope):
            result = self.machine.statements.run(step.body, env, flow)
            if self.machine.tracing:
                result = self._never_empty(scope, unwrap(result))
            self.machine.requirements.settle(scope, result)
        return self._close(scope, flow, result, env)

    def _pipeline(self, step: Pipeline, flow: Any, key: str | None, doc: str) -> Any:
        flow = self._need(flow, "this chain", step.span)
        if key is None:
            return self.chain(step.chain, step.env, flow, doc)
        scope = self.machine.assembly.open(key, "group", doc=doc, span=step.span)
        env = step.env.inner(MISSING)
        with self.machine.assembly.inside(scope):
            result = self.chain(step.chain, env, flow)
        return self._close(scope, flow, result, env)

    def _close(self, scope: OpenScope, flow: Any, result: Any, env: Env) -> Container:
        scope.source = values_of(flow)
        scope.result = values_of(result)
        made = Container(unwrap(result), env.names, scope)
        scope.outcome = made
        return made

    def child(self, container: Container, key: str) -> Any:
        """``body[2]``: a child without a label, by its number."""
        found = container.scope.keys.get(key, MISSING) if container.scope else MISSING
        if isinstance(found, int):
            return self._results(self.machine.assembly.nodes[found])
        return getattr(found, "outcome", None) or MISSING

    def _branches(self, step: BranchesStep, flow: Any, key: str | None, doc: str) -> Any:
        flow = self._need(flow, step.head.op.name, step.span)
        branches = self.machine.statements.branches(step.body, step.env.sharing(flow), flow)
        if not branches:
            raise fail(
                "nothing-computed",
                f"`{step.head.op.name}` has no branches to merge",
                step.span,
                help="write one statement for each branch between the braces",
            )
        bound = tuple(Bound(None, [value], span) for value, span in branches)
        merged = OpStep(step.span, step.head.op, step.head.arguments + bound)
        return self._op(merged, MISSING, False, key, doc)

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
            self.machine.spend(step.span)
            flow = self.apply(step.step, flow, given=True)
        return flow

    def _shared(self, step: SharedModule, flow: Any, label: tree.Label | None) -> Any:
        if label is not None:
            raise fail(
                "bad-label",
                f"this module has its name already: `{step.label}`",
                label.span,
                help=f"leave the label out, or name the value: `... = x -> {step.label}`",
            )
        with self.machine.reporter.using(step.label, step.span, ""):
            return self._apply_shared(step, flow)

    def _apply_shared(self, step: SharedModule, flow: Any) -> Any:
        assembly = self.machine.assembly
        if BROKEN in step.modules:
            return UNKNOWN
        if step.reserved.home is not None:
            before = len(assembly.nodes)
            result: Any = UNKNOWN
            try:
                with assembly.inside(step.home), assembly.claiming(step.reserved):
                    result = self._first(step, flow)
            finally:
                # Each module once, in order: what is shared inside comes again by itself.
                step.modules.extend(dict.fromkeys(node.module for node in assembly.nodes[before:]))
                if unwrap(result) is UNKNOWN:
                    step.modules[:] = [BROKEN]
            self.machine.applied.update(dict.fromkeys(step.modules, step.span))
            return result
        rest = iter(step.modules)
        with assembly.again(step.label, rest, step.home):
            result = self._first(step, flow)
        left = next(rest, None)
        if left is not None and not contains_unknown(result):
            self.machine.conflict(assembly.nodes[left], step.span)
        return result

    def _first(self, step: SharedModule, flow: Any) -> Any:
        inner = step.step
        if isinstance(inner, OpStep):
            return self._op(inner, flow, True, step.label, "")
        if isinstance(inner, BlockStep):
            return self._block(inner, flow, step.label, "")
        if isinstance(inner, GroupStep):
            return self._group(inner, flow, step.label, "")
        assert isinstance(inner, Pipeline)
        return self._pipeline(inner, flow, step.label, "")


def bind_label(env: Env, key: str, result: Any) -> None:
    """``a.b`` makes a container ``a`` with ``b`` in it."""
    *path, last = key.split(".")
    names = env.names
    for part in path:
        inner = names.get(part)
        if not isinstance(inner, Container):
            inner = Container(result)
            names[part] = inner
        names = inner.names
    names[last] = result


def values_of(flow: Any) -> tuple[Value, ...]:
    flow = unwrap(flow)
    if isinstance(flow, Tensor):
        return (flow.value,)
    if isinstance(flow, list):
        return tuple(value for item in flow for value in values_of(item))
    return ()


def _value_in_chain(span: Span) -> SpecError:
    return fail(
        "wrong-kind",
        f"`{span.text}` is a value, and a value cannot follow `->`",
        span,
        help=f"begin a new statement with it, or merge it: `-> concat({span.text})`",
        fixes=[replaced(span, f"{merge}({span.text})") for merge in ("concat", "add")],
    )


def _label_on_value(label: tree.Label) -> SpecError:
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


def _not_a_tensor(item: Any, span: Span) -> SpecError:
    return fail(
        "wrong-kind",
        f"{kind_of(item)} cannot flow through an operator",
        span,
        help="give it a value of the network: a label, a parameter, or `in`",
    )
