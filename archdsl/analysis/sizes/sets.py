"""A set of sizes, said in its shortest form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from archdsl.analysis.sizes.region import Mask

__all__ = ["SizeSet"]


@dataclass(frozen=True)
class SizeSet:
    """A set of sizes: from ``start`` on those with a remainder in ``residues`` modulo ``period``,
    and the ``few`` below.

    ``proven`` says that this is so for every size; without it, for those up to ``checked``.
    """

    start: int
    period: int
    residues: tuple[int, ...]
    few: tuple[int, ...]
    proven: bool
    checked: int

    def __contains__(self, size: int) -> bool:
        if size >= self.start:
            return size % self.period in self.residues
        return size in self.few

    def __bool__(self) -> bool:
        return bool(self.residues or self.few)

    @property
    def minimum(self) -> int | None:
        """The least size; None if there is none."""
        return next(iter(self), None)

    def __iter__(self) -> Iterator[int]:
        """The sizes, from the least on, without end if there is none."""
        yield from self.few
        size = self.start
        while self.residues:
            if size % self.period in self.residues:
                yield size
            size += 1

    def nearest(self, size: int) -> list[int]:
        """The sizes closest to one: itself, or the next below and the next above."""
        if size in self:
            return [size]
        around = range(1, max(size, self.start) + self.period + 1)
        below = [one for one in around if one < size and one in self]
        above = [one for one in around if one > size and one in self]
        return below[-1:] + above[:1]

    @classmethod
    def of(cls, mask: Mask) -> SizeSet:
        """The shortest way to say what an array of candidates holds.

        >>> from archdsl.analysis.sizes.law import Law
        >>> SizeSet.of(Mask(np.arange(1, 200) % 32 == 0, Law(32, 0, 1)))
        SizeSet(start=1, period=32, residues=(0,), few=(), proven=True, checked=199)
        """
        values, law = mask.values, mask.law
        count = len(values)
        proven = law is not None and law.start - 1 + 2 * law.period <= count
        first = law.start - 1 if law is not None and proven else count // 2
        longest = law.period if law is not None and proven else (count - first) // 2
        period = next(
            (p for p in range(1, longest + 1) if (values[first + p :] == values[first:-p]).all()),
            None,
        )
        if period is None:  # no pattern among the candidates: they are listed
            few = tuple(int(size) for size in np.flatnonzero(values) + 1)
            return cls(count + 1, 1, (), few, proven=False, checked=count)
        while first > 0 and values[first - 1] == values[first - 1 + period]:
            first -= 1
        residues = sorted({(first + 1 + i) % period for i in range(period) if values[first + i]})
        few = tuple(int(size) for size in np.flatnonzero(values[:first]) + 1)
        return cls(first + 1, period, tuple(residues), few, proven, count)
