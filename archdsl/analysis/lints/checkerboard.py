"""A transposed convolution should reach every output with equally many kernel elements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.ops.base import per_axis


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
            reached = _reached(kernel, stride, dilation)
            if min(reached) == max(reached):
                continue
            counts = ", ".join(map(str, reached))
            yield Hit(
                node,
                f"a kernel of {kernel} at stride {stride} reaches the outputs unevenly: "
                "checkerboard artefacts",
                f"kernel={-(-kernel // stride) * stride}, a multiple of the stride; or upsample, "
                "then conv",
                notes=(f"neighbouring outputs get {counts} kernel elements in turn",),
            )
            break


def _reached(kernel: int, stride: int, dilation: int) -> list[int]:
    """How many elements of the kernel reach each of ``stride`` neighbouring outputs."""
    counts = Counter(dilation * element % stride for element in range(kernel))
    return [counts[output] for output in range(stride)]


RULE = Rule("checkerboard", Severity.NOTE, _find)
