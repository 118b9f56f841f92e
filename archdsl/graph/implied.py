"""Calls in PyTorch's order, which begins with the channels that flow in: here they are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import removed
from archdsl.graph.binding import bind_op
from archdsl.graph.call_text import first_argument, shortened
from archdsl.graph.proposals import made_by
from archdsl.graph.report import SpecError
from archdsl.graph.respelled import IMPLIED, edited_text
from archdsl.graph.values import Bound, OpStep, Tensor
from archdsl.source import Span

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["all_shorter", "shorter", "without_implied"]


def without_implied(error: SpecError, step: OpStep, flow: object) -> SpecError:
    """A mistake in the arguments of a call; with the call as it was meant, if all that is wrong
    with it is PyTorch's order."""
    told = error.diagnostic
    if told is None or not isinstance(flow, Tensor):
        return error
    if _contradicts(step, flow.shape.channels):
        return SpecError(replace(told, fixes=tuple(replace(f, decides=True) for f in told.fixes)))
    for meant, edits in _spellings(step, told.fixes):
        if fix := shorter(meant, flow, edits):
            count, what = flow.shape.channels, "channels" if flow.shape.rank else "features"
            mends = f"is enough: the {count} {what} that flow in are known"
            return SpecError(replace(told, fixes=(fix,), mends=mends))
    return error


def shorter(step: OpStep, x: Tensor, edits: tuple[Edit, ...] = ()) -> Fix | None:
    """The call without the channels that flow in, if it names them where PyTorch has them and can
    do without; ``edits`` are made as well."""
    bound = _implied(step, x.shape.channels)
    if bound is None:
        return None
    rest = tuple(one for one in step.arguments if one is not bound)
    try:
        bind_op(replace(step, arguments=rest))
    except SpecError:
        return None
    gone = removed(bound.span).edits if rest else (_brackets(step, bound),)
    edits = (*edits, *gone)
    return Fix(f"`{shortened(edited_text(step.span, edits))}`", edits)


def all_shorter(machine: Machine, step: OpStep, x: Tensor) -> Fix | None:
    """The same where the calls before it are in PyTorch's order too, and made of its channels a
    kernel: from here back to a call that names the channels that flow into it."""
    number = next((bound.value for bound in step.arguments if bound.name is None), None)
    spans = [step.span]
    for node in made_by(machine, x):
        if "kernel" not in type(node.op).model_fields or node.op.implied != 0:
            continue
        if node.span is None or getattr(node.op, "kernel", None) != number:
            return None
        spans.insert(0, node.span)
        number = getattr(node.op, "channels", None)
        given = node.inputs[0]
        before = machine.assembly.nodes[given.node].shapes[given.output]
        if before is not None and before.channels == number:
            return _all_without_first(spans)
    return None


def _all_without_first(calls: Sequence[Span]) -> Fix | None:
    first = [first_argument(call) for call in calls]
    edits = [removed(span).edits for span in first if span is not None]
    if len(edits) < len(calls):
        return None
    shown = [f"`{shortened(edited_text(*pair))}`" for pair in zip(calls, edits, strict=True)]
    return Fix(" and ".join(shown), tuple(edit for own in edits for edit in own))


def _contradicts(step: OpStep, channels: int) -> bool:
    """Whether the call says, under PyTorch's name, that other channels flow in."""
    return any(bound.name in IMPLIED and bound.value != channels for bound in step.arguments)


def _implied(step: OpStep, channels: int) -> Bound | None:
    """The argument at that place, if it is their number."""
    if step.op.implied is None:
        return None
    free = [bound for bound in step.arguments if bound.name is None]
    bound = free[step.op.implied] if step.op.implied < len(free) else None
    return bound if bound and type(bound.value) is int and bound.value == channels else None


def _spellings(step: OpStep, fixes: tuple[Fix, ...]) -> Iterator[tuple[OpStep, tuple[Edit, ...]]]:
    """The call as it stands, and with a name of PyTorch's (`kernel_size`) as it is spelled here."""
    yield step, ()
    for fix in fixes:
        names = {edit.span: edit.text for edit in fix.edits}
        if any(bound.name_span in names for bound in step.arguments):
            arguments = tuple(
                replace(one, name=names.get(one.name_span, one.name)) if one.name_span else one
                for one in step.arguments
                if not _is_gone(one, fix.edits)
            )
            yield replace(step, arguments=arguments), fix.edits


def _is_gone(bound: Bound, edits: Iterable[Edit]) -> bool:
    return any(
        not edit.text and edit.span.start <= bound.span.start and bound.span.end <= edit.span.end
        for edit in edits
    )


def _brackets(step: OpStep, only: Bound) -> Edit:
    """Nothing is left between them."""
    text = step.span.source.text
    start = text.rindex("(", step.span.start, only.span.start)
    return Edit(Span(step.span.source, start, step.span.end), "")
