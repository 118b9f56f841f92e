"""Rounding the output size down throws away what the last window does not reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node
from archdsl.ops import Op, Shape
from archdsl.ops.arithmetic import conv_size
from archdsl.ops.base import per_axis
from archdsl.ops.guards import dots

_AXES = {1: ("element",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.nodes:
        if type(node.op).lost is Op.lost or getattr(node.op, "stride", None) == 1:
            continue
        lost = node.op.lost(*facts.graph.input_shapes(node), **facts.graph.ref_shapes(node))
        if any(lost):
            yield _hit(facts, node, lost)


def _hit(facts: Facts, node: Node, lost: tuple[int, ...]) -> Hit:
    given = facts.given(node)
    whole = tuple(n - rows for n, rows in zip(given.size, lost, strict=True))
    can_round_up = hasattr(node.op, "ceil_mode")
    way = "`ceil_mode=true` reads it too" if can_round_up else "more padding may reach it"
    return Hit(
        node,
        f"{node.op.name} throws away {_amount(lost)} of {dots(given.size)}",
        f"{way}; {dots(whole)} flowing in here loses nothing",
        notes=_formula(facts.op(node), given, lost),
    )


def _amount(lost: tuple[int, ...]) -> str:
    """What is lost, in words.

    >>> _amount((1, 2)), _amount((0, 1)), _amount((3,))
    ('1 row and 2 columns', '1 column', '3 elements')
    """
    names = zip(lost, _AXES[len(lost)], strict=True)
    parts = [f"{count} {name}{'s' * (count != 1)}" for count, name in names if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _formula(op: Any, given: Shape, lost: tuple[int, ...]) -> tuple[str, ...]:
    """The output size of the first axis that loses something, not rounded."""
    if not hasattr(op, "kernel"):
        return ()
    axis = next(axis for axis, rows in enumerate(lost) if rows)
    n, k = given.size[axis], per_axis(op.kernel, given, "kernel")[axis]
    s = k if op.stride is None else per_axis(op.stride, given, "stride")[axis]
    p = per_axis(op.padding, given, "padding")[axis]
    d = per_axis(getattr(op, "dilation", 1), given, "dilation")[axis]
    size = (conv_size(n, k, 1, p, d) - 1) / s + 1  # every s-th of the windows at stride 1
    return (f"({n} + 2*{p} - {d}*({k} - 1) - 1)/{s} + 1 = {size:.2f}, rounded down",)


RULE = Rule("fraction", Severity.NOTE, _find, strict=True)
