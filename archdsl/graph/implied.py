"""Calls in PyTorch's order, which begins with the channels that flow in: here they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import applied, removed
from archdsl.graph.binding import bind_op
from archdsl.graph.call_text import shortened
from archdsl.graph.report import SpecError
from archdsl.graph.values import Bound, OpStep, Tensor
from archdsl.source import Span

__all__ = ["shorter", "without_implied"]


def without_implied(error: SpecError, step: OpStep, flow: object) -> SpecError:
    """A mistake in the arguments of a call; with the call as it was meant, if all that is wrong
    with it is PyTorch's order."""
    told = error.diagnostic
    if told is None or not isinstance(flow, Tensor):
        return error
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
    return Fix(f"`{shortened(_call(step.span, edits))}`", edits)


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
            )
            yield replace(step, arguments=arguments), fix.edits


def _brackets(step: OpStep, only: Bound) -> Edit:
    """Nothing is left between them."""
    text = step.span.source.text
    start = text.rindex("(", step.span.start, only.span.start)
    return Edit(Span(step.span.source, start, step.span.end), "")


def _call(span: Span, edits: tuple[Edit, ...]) -> str:
    """The call as it is then."""
    text = applied(edits)[span.source]
    return text[span.start : len(text) - (len(span.source.text) - span.end)]
