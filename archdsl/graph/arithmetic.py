"""Numbers and sizes: what the signs of the language do to them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from archdsl.diagnostics.edits import replaced
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import Step, contains_tensor, is_flow, kind_of
from archdsl.graph.varying import Varying, alike
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = [
    "COMPARISONS",
    "LARGEST_NUMBER",
    "arithmetic",
    "comparison",
    "limited",
    "membership",
    "not_a_number",
    "shown",
    "within_reach",
]

LARGEST_NUMBER = 10**15

_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MERGES = {"+": "add", "-": "sub", "*": "mul"}


def comparison(left: Any, right: Any, node: tree.Binary) -> bool:
    ordered = node.operator not in ("==", "!=")
    if contains_tensor(left) or contains_tensor(right):
        raise fail(
            "wrong-kind",
            "values of the network cannot be compared while the spec expands",
            node.span,
            help="compare what is known of them: `x.channels`, `x.size` or `x.shape`",
        )
    if isinstance(left, tuple) or isinstance(right, tuple):
        sizes = _compared_by_axis(left, right, node)
        if sizes is not None:
            return sizes
    try:
        return bool(COMPARISONS[node.operator](*alike((left, right))))
    except TypeError:
        assert ordered
    raise fail(
        "wrong-kind",
        f"`{node.operator}` cannot compare {kind_of(left)} with {kind_of(right)}",
        node.span,
        help="compare numbers with numbers",
    )


def _compared_by_axis(left: Any, right: Any, node: tree.Binary) -> bool | None:
    """Sizes are compared axis by axis, and a number stands for all axes: a comparison holds if it
    does on every axis, and ``!=`` where ``==`` does not. None for what is no size."""
    if not all(
        isinstance(v, tuple | int | float) and not isinstance(v, bool) for v in (left, right)
    ):
        return None
    lefts, rights = _axes(left, right)
    if node.operator in ("==", "!="):
        pairs = map(alike, zip(lefts, rights, strict=False))
        same = len(lefts) == len(rights) and all(one == other for one, other in pairs)
        return same == (node.operator == "==")
    _same_rank(lefts, rights, node)
    holds = COMPARISONS[node.operator]
    return all(holds(*alike(pair)) for pair in zip(lefts, rights, strict=True))


def membership(item: Any, items: Any, node: tree.Binary) -> bool:
    if not isinstance(items, list | tuple | range):
        raise fail(
            "wrong-kind",
            f"`in` needs a list on its right, not {kind_of(items)}",
            node.right.span,
            help="write the list in brackets: `x in [1, 2]`",
            fixes=[replaced(node.right.span, f"[{node.right.span.text}]")],
        )
    item, *items = alike((item, *items))
    return (item in items) == (node.operator == "in")


def arithmetic(left: Any, right: Any, node: tree.Binary) -> Any:
    sign = node.operator
    if isinstance(left, tuple) or isinstance(right, tuple):
        return _by_axis(left, right, node)
    for value, side in ((left, node.left), (right, node.right)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise not_a_number(value, side.span, sign, node)
    left, right = alike((left, right))
    try:
        result = _power(left, right, node) if sign == "**" else _ARITHMETIC[sign](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        raise fail(
            "bad-number",
            f"{shown(left)} {sign} {shown(right)} has no usable result",
            node.span,
            help="the divisor must not be 0"
            if right == 0
            else "use numbers that stay within reach",
        ) from None
    return limited(result, node.span)


def _by_axis(left: Any, right: Any, node: tree.Binary) -> tuple[Any, ...]:
    """Sizes are computed with axis by axis; a number stands for all axes."""
    lefts, rights = _axes(left, right)
    _same_rank(lefts, rights, node)
    return tuple(arithmetic(one, other, node) for one, other in zip(lefts, rights, strict=True))


def _axes(left: Any, right: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rank = len(left) if isinstance(left, tuple) else len(right)
    lefts = left if isinstance(left, tuple) else (left,) * rank
    rights = right if isinstance(right, tuple) else (right,) * rank
    return lefts, rights


def _same_rank(lefts: tuple[Any, ...], rights: tuple[Any, ...], node: tree.Binary) -> None:
    if len(lefts) != len(rights):
        raise fail(
            "wrong-kind",
            f"a size of {len(lefts)} axes cannot be used with one of {len(rights)}",
            node.span,
            help="both need the same number of axes",
        )


def _power(base: float, exponent: float, node: tree.Binary) -> Any:
    if abs(base) > 1 and abs(exponent) > 64:
        raise _too_large(node.span)
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError
    return result


def limited(result: Any, span: Span) -> Any:
    if isinstance(result, Varying):  # of a size, and sizes have no limit of their own
        return result
    if isinstance(result, float) and not math.isfinite(result):
        raise _too_large(span)
    if isinstance(result, int) and abs(int(result)) > LARGEST_NUMBER:
        raise _too_large(span)
    return result


def not_a_number(value: Any, span: Span, sign: str, node: tree.Binary | None = None) -> SpecError:
    """``node`` is the operation that it cannot be used in, if that has two sides."""
    merge = _MERGES.get(sign)
    left, right = (node.left.span.text, node.right.span.text) if node else ("a", "b")
    fixes = []
    if is_flow(value) and merge:
        given = f"{left}, {right}"
        help = "values of the network are merged by operators: "
        help += f"`{merge}({given if len(given) < 40 else 'a, b'})`"
        fixes = [replaced(node.span, f"{merge}({given})")] if node else []
    elif isinstance(value, Step) and sign == "*":
        help = "the number of repeats stands first: `3 * step`"
        fixes = [replaced(node.span, f"{right} * {left}")] if node else []
    else:
        help = f"`{sign}` works on numbers"
    message = f"{kind_of(value)} cannot be used with `{sign}`"
    return fail("wrong-kind", message, span, help=help, fixes=fixes)


def shown(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else kind_of(value)


def within_reach(value: Any, span: Span) -> Any:
    """A number or size as it is written. Raises :class:`SpecError` for one beyond the limit."""
    largest = max(value) if isinstance(value, tuple) else value
    if isinstance(largest, int | float) and largest > LARGEST_NUMBER:
        raise _too_large(span)
    return value


def _too_large(span: Span) -> SpecError:
    return fail(
        "too-large",
        f"this number is beyond {LARGEST_NUMBER:,}",
        span,
        help="sizes, widths and counts of real networks stay far below it",
    )
