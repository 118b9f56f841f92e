"""Room for walking through deeply nested specs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["deep_stack"]

_FRAMES = 30_000  # what the deepest nesting within reasonable limits needs


@contextmanager
def deep_stack() -> Iterator[None]:
    """More Python frames than usual, while something nested is walked through."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
