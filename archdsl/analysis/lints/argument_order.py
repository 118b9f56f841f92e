"""PyTorch's ``Conv2d(3, 64, 7)`` names the channels that flow in first; here the kernel is 64."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.call_text import by_position
from archdsl.graph.graph import Node

_LARGE = 16
"""Dense convolutions with such kernels that keep the number of channels are hardly found."""
_LONG = 3
"""Nor are those with such strides."""


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("conv", "conv_transpose"):
        op = facts.op(node)
        if op.channels != facts.given(node).channels or op.groups != 1 or not _is_swapped(node):
            continue
        yield Hit(
            node,
            f"a kernel of {op.kernel} at stride {op.stride}, and {op.channels} channels as before: "
            "is this PyTorch's order?",
            f"`{op.name}({op.kernel}, {op.stride}, ...)` is enough: the channels that flow in are "
            "known",
            notes=(f"`{op.name}` takes channels, kernel, stride, padding",),
        )


def _is_swapped(node: Node) -> bool:
    """Whether three numbers that stand first make more sense as channels in, channels, kernel."""
    kernel, stride = node.arguments.get("kernel"), node.arguments.get("stride")
    if type(kernel) is not int or type(stride) is not int or node.span is None:
        return False
    unusual = kernel > stride and (kernel >= _LARGE or stride >= _LONG)
    return unusual and by_position(node.span) >= 3


RULE = Rule("argument-order", Severity.WARNING, _find)
