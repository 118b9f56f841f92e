"""Applying an operator: the values it is given, the node it makes, and its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.graph.assembly import TooManyNodes
from archdsl.graph.binding import OpCall, bind_op
from archdsl.graph.graph import Node, Value
from archdsl.graph.implied import without_implied
from archdsl.graph.mismatch import explain
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    OpStep,
    Tensor,
    contains_unknown,
    kind_of,
    unwrap,
)
from archdsl.source import Span

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Operators", "needed"]


class Operators:
    """Makes the nodes of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def apply(self, step: OpStep, flow: Any, given: bool, key: str | None, doc: str) -> Any:
        """The result of an operator. ``given``: `->` stands before it, and hands on what flows."""
        self.machine.budget.applied += 1
        try:
            call = bind_op(step)
        except SpecError as error:
            raise without_implied(error, step, flow) from None
        operands = self._operands(step, call, flow, given)
        if operands is None or call.op is None:
            self.machine.reporter.pass_over(step.span)
            return UNKNOWN
        least, most = step.op.operands
        if len(operands) < least or (most is not None and len(operands) > most):
            raise _wrong_count(step, len(operands))
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
            self.machine.budget.too_many_nodes(step.span)
        if mismatch:
            self.machine.reporter.add(explain(self.machine, mismatch, step, call, operands))
            return UNKNOWN
        self.machine.shared.check(node, step.span)
        return self.results(node)

    def results(self, node: Node) -> Any:
        """What a node makes: one value, or a list of several."""
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
            written.insert(0, (needed(flow, step.op.name, step.span), step.span))
        elif given:
            raise fail(
                "too-many-arguments",
                f"`{step.op.name}` takes one input, and two are given: what flows, and this",
                written[0][1],
                help=f"write `{call.operands[0].span.text} -> {step.op.name}`, "
                "or leave the argument out",
            )
        if merges and len(written) == 1 and not isinstance(written[0][0], list) and call.operands:
            raise _wrong_count(step, 1)
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


def needed(flow: Any, what: str, span: Span) -> Any:
    """What flows, where something must."""
    if flow is not MISSING:
        return flow
    raise fail(
        "missing-input",
        f"nothing flows into `{what}`",
        span,
        help=f"declare an `input` above it, or apply it to a value: `x -> {what}`",
    )


def _wrong_count(step: OpStep, count: int) -> SpecError:
    name = step.op.name
    return fail(
        "missing-argument",
        f"`{name}` merges two values or more, and one is given"
        if count == 1
        else f"`{name}` cannot merge {count} values",
        step.span,
        help=f"name both: `{name}(a, b)`; what flows joins in a chain: `... -> {name}(b)`",
    )


def _not_a_tensor(item: Any, span: Span) -> SpecError:
    return fail(
        "wrong-kind",
        f"{kind_of(item)} cannot flow through an operator",
        span,
        help="give it a value of the network: a label, a parameter, or `in`",
    )
