"""What one operator costs: its parameters, its buffers and its multiply-accumulates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from archdsl.ops import Op, Shape

__all__ = ["FLOPS_PER_MAC", "macs", "params_and_buffers"]

FLOPS_PER_MAC: Final = 2


def params_and_buffers(
    op: Op, inputs: Sequence[Shape], refs: Mapping[str, Shape]
) -> tuple[int, int]:
    """The elements that training changes, and those of the state that it does not.

    >>> from archdsl.ops import OPS
    >>> params_and_buffers(OPS["bn"](), [Shape((64, 8, 8))], {})
    (128, 129)
    """
    weights = op.weights(*inputs, **refs).values()
    params = sum(Shape(weight.shape).elements for weight in weights if weight.trainable)
    buffers = sum(Shape(weight.shape).elements for weight in weights if not weight.trainable)
    return params, buffers


def macs(op: Op, inputs: Sequence[Shape], refs: Mapping[str, Shape], output: Shape) -> int:
    """The multiply-accumulates of one sample.

    >>> from archdsl.ops import OPS
    >>> macs(OPS["linear"](channels=10), [Shape((84,))], {}, Shape((10,)))
    840
    """
    return int(op.macs(*inputs, output, **refs))
