"""Making an operator of its arguments, and saying what it cannot take in the words of the
language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import removed, replaced
from archdsl.graph.call_text import with_argument
from archdsl.graph.making import make
from archdsl.graph.report import SpecError, closest, fail, nearest
from archdsl.graph.values import UNKNOWN, Bound, OpStep, Step, kind_of
from archdsl.ops import Op
from archdsl.source import Span

__all__ = ["fields", "listed", "validated"]


@cache
def fields(op: type[Op]) -> tuple[str, ...]:
    """The names of the arguments of an operator, in order."""
    return tuple(op.model_fields)


@cache
def _required(op: type[Op]) -> frozenset[str]:
    return frozenset(name for name, field in op.model_fields.items() if field.is_required())


def validated(step: OpStep, given: Mapping[str, Bound]) -> Op | None:
    """The operator with these arguments; none where one is unknown, as something before went wrong.

    Raises :class:`SpecError` for what is missing and for what it cannot take.
    """
    op = step.op
    missing = [name for name in fields(op) if name in _required(op) and name not in given]
    if missing:
        raise _missing(step, missing)
    values = {name: bound.value for name, bound in given.items()}
    if any(value is UNKNOWN for value in values.values()):
        return None
    for name, bound in given.items():
        if isinstance(bound.value, Step):
            raise fail(
                "wrong-kind",
                f"`{name}` of `{op.name}` cannot be a step",
                bound.span,
                help=f"`{name}`: {_description(op, name)}",
            )
    try:
        return make(op, {name: _frozen(value) for name, value in values.items()})
    except ValidationError as error:
        raise _invalid(step, given, error) from None
    except TypeError:  # an argument that cannot be hashed cannot be any argument of an operator
        raise fail(
            "wrong-kind",
            f"`{op.name}` cannot take these arguments",
            step.span,
            help=f"`{op.name}` has {listed(fields(op))}",
        ) from None


def _missing(step: OpStep, names: Sequence[str]) -> SpecError:
    op = step.op
    return fail(
        "missing-argument",
        f"`{op.name}` needs `{names[0]}`",
        step.span,
        help=f"write `{op.name}({', '.join(_example(op, name) for name in names)})`"
        if not step.arguments
        else f"add `{_example(op, names[0])}`",
        fixes=_completed(step, names),
    )


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
            help=f"`{step.op.name}` has {listed(fields(step.op))}",
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
        help=f'did you mean "{meant}"?' if meant else _advice(step.op, name, bound.value),
        fixes=[
            *_whole_number(bound),
            *_choice(bound.span, nearest(given_text, choices)),
            *_left_out(step.op.model_fields[name].default, bound),
        ],
    )


def _advice(op: type[Op], name: str, given: Any) -> str:
    if isinstance(given, float) and given.is_integer():
        return "divide by `//` instead of `/`, or round with `int(...)` or `ceil(...)`"
    said = f"`{name}`: {_description(op, name)}"
    return said if given is not None else f"leave it out, or give {said}"


def _left_out(default: Any, bound: Bound) -> list[Fix]:
    """The default, where `none` was to stand for it; in the place of `true` or `false` it may be
    either."""
    if bound.value is not None or bound.name_span is None:
        return []
    fix = removed(Span(bound.span.source, bound.name_span.start, bound.span.end))
    return [replace(fix, decides=isinstance(default, bool))]


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


def listed(names: Iterable[str]) -> str:
    """Names in a sentence."""
    shown = ", ".join(f"`{name}`" for name in names)
    return shown or "no arguments"
