"""Matching the arguments of a call with the parameters of an operator or a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import removed, replaced
from archdsl.graph.calls import with_argument
from archdsl.graph.making import make
from archdsl.graph.report import SpecError, closest, fail, nearest, spelled
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


@cache
def _fields(op: type[Op]) -> tuple[str, ...]:
    return tuple(op.model_fields)


@cache
def _required(op: type[Op]) -> frozenset[str]:
    return frozenset(name for name, field in op.model_fields.items() if field.is_required())


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
    fields = _fields(op)
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
    free = iter(fields)
    for bound in step.arguments:
        if bound.name is None:
            if not contains_tensor(bound.value):
                _positional(step, bound, free, given)
        elif bound.name in op.refs:
            _reference(op.name, bound, refs)
        else:
            _named(op.name, bound, given, (*fields, *op.refs))
    return _validated(step, operands, refs, given)


def _positional(step: OpStep, bound: Bound, free: Iterator[str], given: dict[str, Bound]) -> None:
    op = step.op
    if op.operands[1] is None and isinstance(bound.value, Step):
        raise fail(
            "wrong-kind",
            f"`{op.name}` merges values of the network, and this is a step",
            bound.span,
            help=f"apply it to something: `x -> {bound.span.text}`",
        )
    name = next((field for field in free if field not in given), None)
    if name is None:
        raise _too_many(op.name, bound, _fields(op))
    given[name] = bound


def _too_many(what: str, bound: Bound, names: Sequence[str]) -> SpecError:
    count = len(names)
    takes = f"takes {count} argument{'s' if count != 1 else ''}" if count else "takes none"
    return fail(
        "too-many-arguments",
        f"one argument too many: `{what}` {takes}",
        bound.span,
        help=f"remove it; `{what}` has {_listed(names)}",
        fixes=[replace(removed(bound.span), decides=True)],
    )


def _named(what: str, bound: Bound, given: dict[str, Bound], known: Sequence[str]) -> None:
    assert bound.name is not None
    if bound.name not in known:
        meant = closest(bound.name, known)
        raise fail(
            "unknown-argument",
            f"`{what}` has no argument `{bound.name}`",
            bound.name_span or bound.span,
            help=f"did you mean `{meant}`?" if meant else f"`{what}` has {_listed(known)}",
            fixes=spelled(bound.name_span, bound.name, known),
        )
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
            if not step.arguments
            else f"add `{_example(op, missing[0])}`",
            fixes=_completed(step, missing),
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
        made = make(op, frozen)
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


def _invalid(step: OpStep, given: Mapping[str, Bound], error: ValidationError) -> SpecError:
    """What pydantic found, in the words of the language; the place is the argument's."""
    found = error.errors(include_url=False)
    name = str(found[0]["loc"][0]) if found[0]["loc"] else ""
    bound = given.get(name)
    if bound is None:
        reason = str(found[0]["msg"]).removeprefix("Value error, ")
        return fail(
            "bad-argument",
            f"`{step.op.name}`: {reason[:1].lower()}{reason[1:]}",
            step.span,
            help=f"`{step.op.name}` has {_listed(_fields(step.op))}",
        )
    wanted = list(dict.fromkeys(filter(None, map(_wanted, found))))
    choices = [c for one in found for c in _choices(one)]
    given_text = bound.value if isinstance(bound.value, str) else ""
    meant = closest(given_text, choices)
    return fail(
        "bad-argument",
        f"`{name}` of `{step.op.name}` cannot be {_shown(bound.value)}",
        bound.span,
        label=f"{_either(wanted)} is expected" if wanted else "",
        help=f'did you mean "{meant}"?' if meant else f"`{name}`: {_description(step.op, name)}",
        fixes=[*_whole_number(bound), *_choice(bound.span, nearest(given_text, choices))],
    )


def _choice(span: Span, choices: Iterable[str]) -> list[Fix]:
    return [replaced(span, f'"{choice}"') for choice in choices]


def _whole_number(bound: Bound) -> list[Fix]:
    """A quotient that is a fraction only in name: `64 / 2` is 32.0."""
    text, value = bound.span.text, bound.value
    if not isinstance(value, float) or not value.is_integer():
        return []
    if text.count("/") == 1:
        return [replaced(bound.span, text.replace("/", "//"))]
    return [replaced(bound.span, str(int(value)))] if text[0].isdigit() else []


def _either(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _wanted(error: Mapping[str, Any]) -> str:
    """What a complaint of pydantic asks for."""
    kind, context = error["type"], error.get("ctx", {})
    limits = {
        "greater_than": "a number above {gt}",
        "greater_than_equal": "a number of at least {ge}",
        "less_than": "a number below {lt}",
        "less_than_equal": "a number of at most {le}",
        "too_short": "a list of at least {min_length}",
        "too_long": "a list of at most {max_length}",
    }
    if kind in limits:
        return limits[kind].format(**context)
    if kind == "literal_error":
        return str(context["expected"]).replace("'", '"')
    if kind in ("value_error", "assertion_error"):
        reason = str(error["msg"]).partition(", ")[2]
        return reason[:1].lower() + reason[1:]
    return _KINDS.get(kind.removesuffix("_type").removesuffix("_parsing"), "")


_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "none_required": "none",
    "string": "a string",
    "tuple": "a size",
}


def _choices(error: Mapping[str, Any]) -> list[str]:
    """The strings that an argument can be."""
    if error["type"] != "literal_error":
        return []
    parts = str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    return [part.strip("'") for part in parts]


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


_EXAMPLES = {"channels": 64, "chunks": 2, "factor": 2, "groups": 2, "kernel": 3, "size": 7}


def _example(op: type[Op], name: str) -> str:
    return f"{name}={_EXAMPLES.get(name, '...')}"


def _completed(step: OpStep, missing: Sequence[str]) -> list[Fix]:
    """The call with usual values for what is missing: a place to begin from."""
    if any(name not in _EXAMPLES for name in missing):
        return []
    if not step.arguments:
        given = ", ".join(_example(step.op, name) for name in missing)
        return [replace(replaced(step.span, f"{step.op.name}({given})"), decides=True)]
    if len(missing) > 1:
        return []
    fix = with_argument(step.span, step.op, missing[0], str(_EXAMPLES[missing[0]]))
    return [replace(fix, decides=True)] if fix else []


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
