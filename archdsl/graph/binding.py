"""Matching the arguments of a call with the parameters of an operator or a block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from archdsl.graph.report import closest, fail
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

__all__ = ["OpCall", "bind_op", "bind_parameters", "has_operands"]


@dataclass(frozen=True, slots=True)
class OpCall:
    """An operator with its arguments validated, and the tensors it was given."""

    op: Op | None  # None where an argument is unknown because something before went wrong
    operands: tuple[Bound, ...]
    refs: Mapping[str, Bound]
    arguments: Mapping[str, Any]
    spans: Mapping[str, Span]


@cache
def _fields(op: type[Op]) -> tuple[str, ...]:
    return tuple(op.model_fields)


@cache
def _required(op: type[Op]) -> frozenset[str]:
    return frozenset(name for name, field in op.model_fields.items() if field.is_required())


@lru_cache(maxsize=4096)
def _make(op: type[Op], arguments: tuple[tuple[str, Any, Any], ...]) -> Op:
    """Operators are frozen, so equal calls share one."""
    return op(**{name: value for name, value, _ in arguments})


def _types(value: Any) -> Any:
    """What tells 1 from 1.0 and true, which are equal to each other."""
    return tuple(map(_types, value)) if isinstance(value, tuple) else type(value)


def has_operands(step: Step) -> bool:
    """Whether a step was given the tensors it works on, and takes nothing that flows."""
    if not isinstance(step, OpStep):
        return False
    given = [b for b in step.arguments if b.name is None and contains_tensor(b.value)]
    return len(given) > _leading_refs(step.op, len(given))


def _leading_refs(op: type[Op], given: int) -> int:
    """``max_unpool(pool1.indices)``: a needed reference may be the one tensor given."""
    return 1 if given == 1 and op.needs_refs else 0


def bind_op(step: OpStep) -> OpCall:
    """Raises :class:`SpecError` for arguments that the operator does not have or cannot take."""
    op = step.op
    fields = _fields(op)
    tensors = [b for b in step.arguments if b.name is None and contains_tensor(b.value)]
    operands = tuple(tensors)
    refs: dict[str, Bound] = {}
    if tensors and (_leading_refs(op, len(tensors)) or (op.needs_refs and len(tensors) == 2)):
        *first, last = tensors
        operands, refs[op.refs[0]] = tuple(first), last
    given: dict[str, Bound] = {}
    free = iter(fields)
    for bound in step.arguments:
        if bound.name is None:
            if not contains_tensor(bound.value):
                _positional(op.name, bound, free, given, fields)
        elif bound.name in op.refs:
            _reference(op.name, bound, refs)
        else:
            _named(op.name, bound, given, (*fields, *op.refs))
    return _validated(step, operands, refs, given)


def _positional(
    what: str, bound: Bound, free: Any, given: dict[str, Bound], fields: Sequence[str]
) -> None:
    name = next((field for field in free if field not in given), None)
    if name is None:
        count = len(fields)
        takes = f"takes {count} argument{'s' if count != 1 else ''}" if count else "takes none"
        raise fail(
            "too-many-arguments",
            f"one argument too many: `{what}` {takes}",
            bound.span,
            help=f"remove it; `{what}` has {_listed(fields)}",
        )
    given[name] = bound


def _named(what: str, bound: Bound, given: dict[str, Bound], known: Sequence[str]) -> None:
    assert bound.name is not None
    if bound.name not in known:
        meant = closest(bound.name, known)
        raise fail(
            "unknown-argument",
            f"`{what}` has no argument `{bound.name}`",
            bound.name_span or bound.span,
            help=f"did you mean `{meant}`?" if meant else f"`{what}` has {_listed(known)}",
        )
    if bound.name in given:
        raise fail(
            "duplicate-argument",
            f"`{bound.name}` is given twice",
            bound.span,
            help="remove one of the two",
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
            f"`{bound.name}` is given twice",
            bound.span,
            help="remove one of the two",
        )
    refs[bound.name] = bound


def _validated(
    step: OpStep,
    operands: tuple[Bound, ...],
    refs: Mapping[str, Bound],
    given: Mapping[str, Bound],
) -> OpCall:
    op = step.op
    missing = [name for name in _fields(op) if name in _required(op) and name not in given]
    if missing:
        raise fail(
            "missing-argument",
            f"`{op.name}` needs `{missing[0]}`",
            step.span,
            help=f"write `{op.name}({', '.join(_example(op, name) for name in missing)})`"
            if not given
            else f"add `{_example(op, missing[0])}`",
        )
    values = {name: bound.value for name, bound in given.items()}
    spans = {name: bound.span for name, bound in given.items()}
    if any(value is UNKNOWN for value in values.values()):
        return OpCall(None, operands, refs, values, spans)
    for name, bound in given.items():
        if isinstance(bound.value, Step):
            raise fail(
                "wrong-kind",
                f"`{name}` of `{op.name}` cannot be a step",
                bound.span,
                help=f"`{name}`: {_description(op, name)}",
            )
    try:
        frozen = {name: _frozen(value) for name, value in values.items()}
        made = _make(op, tuple((name, value, _types(value)) for name, value in frozen.items()))
    except ValidationError as error:
        raise _invalid(step, given, error) from None
    except TypeError:  # an argument that cannot be hashed cannot be any argument of an operator
        raise fail(
            "wrong-kind",
            f"`{op.name}` cannot take these arguments",
            step.span,
            help=f"`{op.name}` has {_listed(_fields(op))}",
        ) from None
    return OpCall(made, operands, refs, values, spans)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _invalid(step: OpStep, given: Mapping[str, Bound], error: ValidationError) -> Exception:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    bound = given.get(name)
    reason = str(first["msg"]).removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    if bound is None:
        return fail(
            "bad-argument",
            f"`{step.op.name}`: {reason}",
            step.span,
            help=f"see `archdsl ops {step.op.name}`",
        )
    reason = reason.replace("input should be", "it should be")
    return fail(
        "bad-argument",
        f"`{name}` of `{step.op.name}` cannot be {_shown(bound.value)}: {reason}",
        bound.span,
        help=f"`{name}`: {_description(step.op, name)}",
    )


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"' if len(value) < 40 else "this string"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return str(value) if isinstance(value, int | float) else kind_of(value)


def _description(op: type[Op], name: str) -> str:
    field = op.model_fields[name]
    default = field.default
    shown = "" if default is PydanticUndefined else f" (default {_shown(default)})"
    return f"{field.description or name}{shown}"


def _example(op: type[Op], name: str) -> str:
    return {"channels": "channels=64", "kernel": "kernel=3"}.get(name, f"{name}=...")


def _listed(names: Iterable[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names)
    return shown or "no arguments"


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
            _positional(what, bound, free, given, names)
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


def _call_form(parameters: Sequence[tuple[str, bool]]) -> list[str]:
    return [f"{name}=..." for name, optional in parameters if not optional]
