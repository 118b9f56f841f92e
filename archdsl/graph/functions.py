"""The functions of the language: over numbers and lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from archdsl.graph.arithmetic import limited
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import UNKNOWN, Bound, Builtin, kind_of
from archdsl.graph.varying import alike
from archdsl.source import Span

__all__ = ["BUILTINS", "call_builtin"]


def _as_list(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: [
        list(item) if isinstance(item, tuple) else item for item in function(*args)
    ]


def _extreme(further: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    """Python's own ``max`` and ``min``, but for floats beside numbers that vary."""

    def chosen(*values: Any) -> Any:
        first, *rest = values[0] if len(values) == 1 else values
        for value in rest:
            if further(*alike((value, first))):
                first = value
        return first

    return chosen


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "enumerate": _as_list(enumerate),
    "float": float,
    "floor": math.floor,
    "int": math.trunc,
    "len": len,
    "log2": lambda number: math.log2(float(number)),
    "max": _extreme(operator.gt),
    "min": _extreme(operator.lt),
    "reversed": _as_list(reversed),
    "round": round,
    "sqrt": lambda number: math.sqrt(float(number)),
    "sum": lambda items: sum(alike(items)),
    "zip": _as_list(zip),
}
BUILTINS: dict[str, Builtin] = {name: Builtin(name, call) for name, call in _FUNCTIONS.items()}
"""Functions over numbers and lists."""
_OF_LISTS = {"enumerate", "len", "reversed", "sum", "zip"}


def call_builtin(builtin: Builtin, arguments: tuple[Bound, ...], span: Span) -> Any:
    if any(bound.value is UNKNOWN for bound in arguments):
        raise SpecError(None)
    for bound in arguments:
        if bound.name is not None:
            raise fail(
                "unknown-argument",
                f"`{builtin.name}` has no argument `{bound.name}`",
                bound.name_span or bound.span,
                help=f"give the value alone: `{builtin.name}({bound.span.text})`",
            )
    values = [bound.value for bound in arguments]
    lists = builtin.name in _OF_LISTS
    try:
        if not lists and any(isinstance(value, str | bool) for value in values):
            raise TypeError
        result = builtin.call(*values)
    except TypeError:
        given = " and ".join(map(kind_of, values)) or "nothing"
        raise fail(
            "wrong-kind",
            f"`{builtin.name}` cannot work on {given}",
            span,
            help=f"`{builtin.name}` works on {'lists' if lists else 'numbers'}",
        ) from None
    except (ValueError, OverflowError):
        raise fail(
            "bad-number",
            f"`{span.text}` has no usable result",
            span,
            help=f"give `{builtin.name}` a list that is not empty"
            if any(isinstance(value, list) for value in values)
            else f"`{builtin.name}` needs a number above 0",
        ) from None
    return limited(result, span)
