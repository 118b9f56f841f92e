"""A transposed convolution should reach every output with equally many kernel elements."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.ops.base import per_axis

_SHOWN = 8


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("conv_transpose"):
        op, given = facts.op(node), facts.given(node)
        axes = zip(
            per_axis(op.kernel, given, "kernel"),
            per_axis(op.stride, given, "stride"),
            per_axis(op.dilation, given, "dilation"),
            strict=True,
        )
        for kernel, stride, dilation in axes:
            if _is_even(kernel, stride, dilation):
                continue
            outputs = range(min(stride, _SHOWN))
            counts = ", ".join(str(_reach(at, kernel, stride, dilation)) for at in outputs)
            counts += ", ..." if stride > _SHOWN else ""
            yield Hit(
                node,
                f"a kernel of {kernel} at stride {stride} reaches the outputs unevenly: "
                "checkerboard artefacts",
                f"kernel={-(-kernel // stride) * stride}, a multiple of the stride; or upsample, "
                "then conv",
                notes=(f"neighbouring outputs get {counts} kernel elements in turn",),
            )
            break


def _is_even(kernel: int, stride: int, dilation: int) -> bool:
    """Whether equally many elements of the kernel reach each of ``stride`` neighbouring outputs."""
    return kernel % stride == 0 and gcd(stride, dilation) == 1


def _reach(output: int, kernel: int, stride: int, dilation: int) -> int:
    """How many elements of the kernel reach one of them: the ``e`` with ``e * dilation = output``
    modulo the stride."""
    common = gcd(stride, dilation)
    if output % common:
        return 0
    period = stride // common
    first = output // common * pow(dilation // common, -1, period) % period
    return max(0, -((first - kernel) // period))


RULE = Rule("checkerboard", Severity.NOTE, _find)
