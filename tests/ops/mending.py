"""Follows the help of a :class:`Mismatch`, to see that it really helps."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from archdsl.ops import Mismatch, Op, Shape


def proposals(mismatch: Mismatch) -> list[tuple[str, object]]:
    """The concrete arguments that the help proposes, as ``name=value``."""
    found = re.findall(r'(\w+)=(\d+|"\w+"|\[[-\d, ]*\])', mismatch.help or "")
    return [(name, ast.literal_eval(value)) for name, value in found]


def follow(
    op: Op, shapes: tuple[Shape, ...], refs: Mapping[str, Shape], mismatch: Mismatch
) -> dict[str, Mismatch | None]:
    """Tries each proposal by itself: what is still wrong after changing that argument."""
    return {
        name: complaint(
            type(op)(**{**op.model_dump(exclude_unset=True), name: value}), shapes, refs
        )
        for name, value in proposals(mismatch)
    }


def complaint(op: Op, shapes: tuple[Shape, ...], refs: Mapping[str, Shape]) -> Mismatch | None:
    try:
        op.shape(*shapes, **refs)
    except Mismatch as mismatch:
        return mismatch
    return None
