"""Sets of sizes and their formulas in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from archdsl.analysis.sizes.sets import SizeSet

__all__ = ["AXES", "either", "in_words"]

AXES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What the spatial axes are called, by their number."""
_MOST_LISTED = 8


def in_words(sizes: SizeSet, name: str) -> str:
    """A set of sizes, as short as it can be said; ``k`` counts from 0.

    >>> in_words(SizeSet(188, 1, (0,), (), True, 1024), "H")
    'H >= 188'
    >>> in_words(SizeSet(1, 64, (0,), (), True, 1024), "H")
    'H = 64, 128, 192, ...: multiples of 64'
    >>> in_words(SizeSet(173, 16, (12,), (), True, 1024), "H")
    'H = 188 + 16k'
    >>> in_words(SizeSet(3, 64, (0, 1, 2, 63), (), True, 1024), "H")
    'H = 63, 64, 65 or 66, each + 64k'
    """
    if not sizes:
        return f"no {name}"
    few = f"{name} = {either(_ranges(sizes.few))}" if sizes.few else ""
    many = _many(sizes, name) if sizes.residues else ""
    said = f"{few}, and {many}" if few and many else few or many
    return said if sizes.proven else f"{said} (of the sizes up to {sizes.checked:,})"


def _many(sizes: SizeSet, name: str) -> str:
    """The part that goes on without end."""
    first = next(islice(sizes, len(sizes.few), None))
    period, end = sizes.period, first + sizes.period
    if period == 1:
        return f"any {name}" if first == 1 else f"{name} >= {first}"
    window = [size for size in range(first, end) if size in sizes]
    if window == [period]:
        return f"{name} = {period}, {2 * period}, {3 * period}, ...: multiples of {period}"
    if len(window) == 1:
        return f"{name} = {first} + {period}k"
    ranges = _ranges(window)
    if len(ranges) <= _MOST_LISTED:
        return f"{name} = {either(ranges)}, each + {period}k"
    missing = _ranges(size for size in range(first, end) if size not in sizes)
    if len(missing) <= _MOST_LISTED:
        return f"{name} >= {first} but for {either(missing)}, each + {period}k"
    return f"{len(window)} of {period} sizes in a row from {name} = {first}: {', '.join(ranges)}"


def _ranges(sizes: Iterable[int]) -> list[str]:
    """Sizes in a row as one: ``29 ... 32``."""
    runs: list[list[int]] = []
    for size in sizes:
        if runs and size == runs[-1][-1] + 1:
            runs[-1].append(size)
        else:
            runs.append([size])
    said: list[str] = []
    for run in runs:
        short = len(run) > 4 or (len(run) > 2 and len(runs) > 1)
        said += [f"{run[0]} ... {run[-1]}"] if short else map(str, run)
    return said


def either(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
