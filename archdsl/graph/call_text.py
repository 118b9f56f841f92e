"""Calls as they are written: where an argument stands, and writing another value for it."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics import ArchError, Edit, Fix
from archdsl.ops import Op
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.parse import parse_value

__all__ = [
    "by_position",
    "first_argument",
    "shortened",
    "with_argument",
    "with_named",
    "written",
]

_LONGEST = 40


def with_argument(span: Span, op: type[Op], name: str, value: str, where: str = "") -> Fix | None:
    """A call of an operator with one argument set; none where it is not written as a call.

    >>> from archdsl.ops import OPS
    >>> spec = Source("a.arch", "conv(64, 7x7)")
    >>> [with_argument(Span(spec, 0, 13), OPS["conv"], *argument).edits[0].text
    ...     for argument in [("kernel", "5x5"), ("padding", "1")]]
    ['5x5', ', padding=1']
    """
    return with_named(span, _names(op), name, value, where)


def with_named(
    span: Span, names: Sequence[str], name: str, value: str, where: str = ""
) -> Fix | None:
    """The same for a call of whatever takes arguments of these names, in this order."""
    call = _call(span)
    title = f"`{name}={value}`{where}"
    if isinstance(call, tree.Name):
        return Fix(title, (_edit(span, call.span.end, call.span.end, f"({name}={value})"),))
    if not isinstance(call, tree.Call) or not span.source.text[: call.span.end].endswith(")"):
        return None
    given = _given(call, names, name)
    if given is not None:
        return Fix(title, (_edit(span, given.span.start, given.span.end, value),))
    comma = ", " if call.arguments else ""
    at = call.arguments[-1].span.end if call.arguments else call.span.end - 1
    return Fix(title, (_edit(span, at, at, f"{comma}{name}={value}"),))


def written(span: Span, op: type[Op], name: str) -> str | None:
    """The text of an argument of a call, if it is given."""
    call = _call(span)
    given = _given(call, _names(op), name) if isinstance(call, tree.Call) else None
    return span.source.text[given.span.start : given.span.end] if given else None


def by_position(span: Span) -> int:
    """How many arguments of a call are given without their names."""
    call = _call(span)
    if not isinstance(call, tree.Call):
        return 0
    return sum(argument.name is None for argument in call.arguments)


def first_argument(span: Span) -> Span | None:
    """What a call is given first, if it is given without its name."""
    call = _call(span)
    if not isinstance(call, tree.Call) or not call.arguments or call.arguments[0].name is not None:
        return None
    given = call.arguments[0].value.span
    return Span(span.source, given.start, given.end)


def _call(span: Span) -> tree.Expression | None:
    """The call that fills a span, or that merges the branches there."""
    if not span.text[:1].isalpha():
        return None
    try:
        read = parse_value(Source(span.source.name, span.source.text[: span.end]), span.start)
    except ArchError:
        return None
    return read.head if isinstance(read, tree.Branches) else read


def _names(op: type[Op]) -> list[str]:
    """What may be given by position."""
    return [field for field in op.model_fields if field not in op.refs]


def _given(call: tree.Call, names: Sequence[str], name: str) -> tree.Expression | None:
    """What is written for an argument, by its name or by its position."""
    for argument in call.arguments:
        if argument.name == name:
            return argument.value
    free = [argument.value for argument in call.arguments if argument.name is None]
    position = names.index(name)
    return free[position] if position < len(free) else None


def _edit(span: Span, start: int, end: int, text: str) -> Edit:
    return Edit(Span(span.source, start, end), text)


def shortened(text: str) -> str:
    """Code on one line, to be named in a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
