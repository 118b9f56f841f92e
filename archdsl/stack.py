"""Room for walking through deeply nested specs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["deep_stack"]

_FRAMES = 20_000  # what the deepest nesting within reasonable limits needs


@contextmanager
def deep_stack(frames: int = _FRAMES) -> Iterator[None]:
    """So many Python frames, while something nested is walked through."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
