"""PyTorch's ``Conv2d(3, 64, 7)`` names the channels that flow in first; here the kernel is 64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.call_text import by_position

_LARGE = 16
"""Dense convolutions with such kernels that keep the number of channels are hardly found."""
_LONG = 3
"""Nor are those with such strides, but for kernels of twice the stride: audio, and upsampling."""
_NARROWS = 4
"""The second number, were it channels, would hardly be so many times less than the first."""


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("conv", "conv_transpose"):
        op = facts.op(node)
        if op.channels != facts.given(node).channels or op.groups != 1:
            continue
        kernel, stride = _number(op.kernel), _number(op.stride)
        if node.span is None or not _is_unusual(op.channels, kernel, stride):
            continue
        written = by_position(node.span)
        if written < (2 if stride == 1 else 3):
            continue
        order = f"{kernel}, {stride}, ..." if written > 2 else f"{kernel}, ..."
        yield Hit(
            node,
            f"a kernel of {kernel} at stride {stride}, and {op.channels} channels as before: "
            "is this PyTorch's order?",
            f"`{op.name}({order})` is enough: the channels that flow in are known",
            notes=(f"`{op.name}` takes channels, kernel, stride, padding",),
        )


def _number(value: Any) -> int:
    """An argument for every axis as one number; 0 where the axes differ."""
    several = value if isinstance(value, tuple) else (value,)
    return int(several[0]) if len(set(several)) == 1 else 0


def _is_unusual(channels: int, kernel: int, stride: int) -> bool:
    """Whether three numbers make more sense as channels in, channels out and kernel."""
    if kernel <= stride or kernel == 2 * stride or kernel * _NARROWS < channels:
        return False
    return kernel >= _LARGE or stride >= _LONG


RULE = Rule("argument-order", Severity.WARNING, _find)
