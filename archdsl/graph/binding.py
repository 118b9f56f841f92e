"""Matching the arguments of a call with the parameters of an operator or a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import removed, replaced
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.respelled import ACTIVATION, respelled
from archdsl.graph.unapplied import not_a_value
from archdsl.graph.validation import fields, listed, validated
from archdsl.graph.values import (
    UNKNOWN,
    Bound,
    OpStep,
    Step,
    Tensor,
    contains_tensor,
    kind_of,
    unwrap,
)
from archdsl.ops import Op
from archdsl.source import Span

__all__ = ["OpCall", "arguments_text", "bind_op", "bind_parameters", "has_operands"]


@dataclass(frozen=True, slots=True)
class OpCall:
    """An operator with its arguments validated, and the tensors it was given."""

    op: Op | None  # None where an argument is unknown because something before went wrong
    operands: tuple[Bound, ...]
    refs: Mapping[str, Bound]
    arguments: Mapping[str, Any]
    spans: Mapping[str, Span]


def has_operands(step: Step) -> bool:
    """Whether a step was given the tensors it works on, and takes nothing that flows."""
    if not isinstance(step, OpStep):
        return False
    given = [b for b in step.arguments if b.name is None and contains_tensor(b.value)]
    named = {bound.name for bound in step.arguments}
    # `max_unpool(pool1.indices)`: a needed reference may be the one tensor given.
    refers = len(given) == 1 and step.op.needs_refs and step.op.refs[0] not in named
    return len(given) > refers


def bind_op(step: OpStep) -> OpCall:
    """Raises :class:`SpecError` for arguments that the operator does not have or cannot take."""
    op = step.op
    known = fields(op)
    for bound in step.arguments:
        if bound.value is UNKNOWN:  # whether it is an input or a number, it was complained about
            raise SpecError(None)
    tensors = [b for b in step.arguments if b.name is None and contains_tensor(b.value)]
    operands = tuple(tensors)
    refs: dict[str, Bound] = {}
    named = {bound.name for bound in step.arguments}
    leading = op.needs_refs and op.refs[0] not in named
    if tensors and leading and len(tensors) <= 2:
        *first, last = tensors
        operands, refs[op.refs[0]] = tuple(first), last
    given: dict[str, Bound] = {}
    free = iter(known)
    for bound in step.arguments:
        if bound.name is None:
            if not contains_tensor(bound.value):
                _positional(step, bound, free, given)
        elif bound.name in op.refs:
            _reference(op.name, bound, refs)
        elif bound.name in known:
            _named(op.name, bound, given, known)
        else:
            raise _unknown_of(step, bound)
    made = validated(step, given)
    values = {name: bound.value for name, bound in given.items()}
    spans = {name: bound.span for name, bound in given.items()}
    return OpCall(made, operands, refs, values, spans)


def _positional(step: OpStep, bound: Bound, free: Iterator[str], given: dict[str, Bound]) -> None:
    op = step.op
    if op.operands[1] is None and isinstance(bound.value, Step):
        raise not_a_value(op.name, bound)
    name = next((field for field in free if field not in given), None)
    if name is None and op.operands[1] is None:
        raise not_a_value(op.name, bound)
    if name is None:
        raise _as_a_list(step) or _too_many(op.name, bound, fields(op))
    given[name] = bound


def _as_a_list(step: OpStep) -> SpecError | None:
    """Numbers one by one, where an operator takes a list of them: `reshape(48, 64)`."""
    free = [bound for bound in step.arguments if bound.name is None]
    numbers = [bound.span for bound in free if isinstance(bound.value, int)]
    if len(fields(step.op)) != 1 or len(numbers) < len(free):
        return None
    source, start, end = step.span.source, numbers[0].start, numbers[-1].end
    written = f"[{source.text[start:end]}]"
    return fail(
        "too-many-arguments",
        f"`{step.op.name}` takes one list of numbers",
        Span(source, start, end),
        help=f"write `{step.op.name}({written})`",
        fixes=[replaced(Span(source, start, end), written)],
    )


def _too_many(what: str, bound: Bound, names: Sequence[str]) -> SpecError:
    count = len(names)
    takes = f"takes {count} argument{'s' if count != 1 else ''}" if count else "takes none"
    return fail(
        "too-many-arguments",
        f"one argument too many: `{what}` {takes}",
        bound.span,
        help=f"remove it; `{what}` has {listed(names)}",
        fixes=[replace(removed(bound.span), decides=True)],
    )


def _unknown_of(step: OpStep, bound: Bound) -> SpecError:
    """An argument that an operator does not have: all such arguments of the call are mended at
    once, where they are another library's."""
    op = step.op
    known = (*fields(op), *op.refs)
    error = _unknown(op.name, bound, known)
    meant = respelled(step)
    if error.diagnostic is None:
        return error
    if meant is not None:
        help = meant.help if known else error.diagnostic.help
        return SpecError(replace(error.diagnostic, help=help, fixes=(meant.fix,)))
    if bound.name in ACTIVATION:
        help = f"write the activation behind it: `{op.name}(...) -> relu`"
        return SpecError(replace(error.diagnostic, help=help, fixes=()))
    return error


def _unknown(what: str, bound: Bound, known: Sequence[str]) -> SpecError:
    assert bound.name is not None
    meant = closest(bound.name, known)
    return fail(
        "unknown-argument",
        f"`{what}` has no argument `{bound.name}`",
        bound.name_span or bound.span,
        help=f"did you mean `{meant}`?" if meant else f"`{what}` has {listed(known)}",
        fixes=spelled(bound.name_span, bound.name, known) if known else [removed(_whole(bound))],
    )


def _named(what: str, bound: Bound, given: dict[str, Bound], known: Sequence[str]) -> None:
    assert bound.name is not None
    if bound.name not in known:
        raise _unknown(what, bound, known)
    if bound.name in given:
        raise fail(
            "duplicate-argument",
            f"`{bound.name}` of `{what}` is given twice",
            bound.name_span or bound.span,
            label=f"`{what}` has this argument already",
            help="remove one of the two",
            fixes=_without_one(bound, given[bound.name]),
        )
    given[bound.name] = bound


def _reference(what: str, bound: Bound, refs: dict[str, Bound]) -> None:
    value = unwrap(bound.value)
    if not isinstance(value, Tensor) and value is not UNKNOWN:
        raise fail(
            "wrong-kind",
            f"`{bound.name}` of `{what}` is a value of the network, not {kind_of(value)}",
            bound.span,
            help="name a label or a parameter that holds such a value",
        )
    assert bound.name is not None
    if bound.name in refs:
        raise fail(
            "duplicate-argument",
            f"`{bound.name}` of `{what}` is given twice",
            bound.name_span or bound.span,
            label=f"`{what}` has this argument already",
            help="remove one of the two",
            fixes=_without_one(bound, refs[bound.name]),
        )
    refs[bound.name] = bound


def _without_one(second: Bound, first: Bound) -> list[Fix]:
    """Either may be removed; where both say the same it is the second."""
    same = first.span.text == second.span.text
    return [removed(_whole(bound)) for bound in ((second,) if same else (second, first))]


def _whole(bound: Bound) -> Span:
    """An argument with its name."""
    start = bound.name_span.start if bound.name_span else bound.span.start
    return Span(bound.span.source, start, bound.span.end)


def bind_parameters(
    what: str,
    parameters: Sequence[tuple[str, bool]],
    arguments: Iterable[Bound],
    span: Span,
) -> dict[str, Bound]:
    """Arguments of a block, model or function by the name of their parameter.

    ``parameters`` are names, each with whether it has a default.
    """
    names = tuple(name for name, _ in parameters)
    given: dict[str, Bound] = {}
    free = iter(names)
    for bound in arguments:
        if bound.name is None:
            name = next((name for name in free if name not in given), None)
            if name is None:
                raise _too_many(what, bound, names)
            given[name] = bound
        else:
            _named(what, bound, given, names)
    for name, optional in parameters:
        if name not in given and not optional:
            raise fail(
                "missing-argument",
                f"`{what}` needs `{name}`",
                span,
                help=f"give it: `{what}({', '.join(_call_form(parameters))})`",
            )
    return given


def arguments_text(arguments: Iterable[Bound]) -> str:
    """Arguments as they were written, shortened, to say with what a block was used."""
    return ", ".join(map(_argument_text, arguments))


def _argument_text(bound: Bound) -> str:
    text = " ".join(bound.span.text.split())
    shown = text if len(text) <= 30 else f"{text[:27]}..."
    return f"{bound.name}={shown}" if bound.name else shown


def _call_form(parameters: Sequence[tuple[str, bool]]) -> list[str]:
    return [f"{name}=..." for name, optional in parameters if not optional]
