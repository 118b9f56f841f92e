"""What is decided for all candidates of one expansion, and which of them stay together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from archdsl.analysis.sizes.extent import Extent, expanded
from archdsl.analysis.sizes.law import CONSTANT, LONGEST, Law, common
from archdsl.analysis.sizes.region import (
    LARGEST_GRID,
    Bond,
    Mask,
    Region,
    TooIntricate,
    periodic,
)

__all__ = ["World"]

Array = Any
_MOST_NUMBERS = 1 << 26


@dataclass
class World:
    """The candidates of one expansion that go the way of the representative.

    ``decide`` keeps in ``region`` those for which a decision falls as for the representative and
    puts the others into ``pending``. An operator is run once for each way through its formulas,
    and what it gives is put together again: only the structure of the network parts candidates.
    """

    region: Region
    representative: tuple[int, ...]
    pending: list[Region] = field(default_factory=list)
    lossy: dict[int, Mask] = field(default_factory=dict)
    """The candidates of each axis at which rows are lost."""
    lossy_together: list[Bond] = field(default_factory=list)
    """Those of several axes at which they are, where one alone does not tell."""
    needed: int = 0
    """So many candidates would be needed to know more of the laws."""
    spent: int = 0
    """Numbers in the arrays that were computed."""

    def widen(self, every: Mask, at: int) -> None:
        """One more axis, of an input that the expansion comes to now."""
        self.region = replace(self.region, masks=(*self.region.masks, every))
        self.representative = (*self.representative, at)

    @property
    def lossless(self) -> Region:
        """The candidates that run and lose nothing."""
        masks = tuple(
            mask.without(self.lossy[axis]) if axis in self.lossy else mask
            for axis, mask in enumerate(self.region.masks)
        )
        kept = (Bond(bond.axes, ~bond.values) for bond in self.lossy_together)
        return Region(masks, (*self.region.bonds, *kept))

    def lose_all(self) -> None:
        """Rows are lost at every candidate."""
        self.lossy.update(enumerate(self.region.masks))

    def lose(self, way: Region, amount: int) -> None:
        """Candidates of this way lose so many rows."""
        masks, region = way.masks, self.region
        deciding = {axis for bond in way.bonds if bond not in region.bonds for axis in bond.axes}
        for axis, mask in enumerate(region.masks):
            if mask is not masks[axis] and (mask.values != masks[axis].values).any():
                deciding.add(axis)
        if isinstance(amount, Extent):
            deciding.update(amount.axes)
        elif amount <= 0:
            return
        axes = tuple(sorted(deciding))
        if not axes:
            self.lose_all()
            return
        if len(axes) > 1:
            lost = way.grid(axes) & (expanded(amount, axes) > 0)
            if lost.any():
                self.lossy_together.append(Bond(axes, lost))
            return
        lost = _positive(amount, masks[axes[0]])
        if lost.count or lost.law is None:
            before = self.lossy.get(axes[0])
            self.lossy[axes[0]] = before.either(lost) if before else lost

    # ---- what extents ask

    def spend(self, numbers: int) -> None:
        """Raises :class:`TooIntricate` where arrays would take up too much time and memory."""
        self.spent += numbers
        if self.spent > _MOST_NUMBERS:
            raise TooIntricate

    def need(self, candidates: int) -> None:
        self.needed = max(self.needed, min(candidates, LONGEST))

    def constant(self, extent: Extent, law: Law) -> tuple[int, int] | None:
        """The one value that a periodic extent has, if it has one, and from which size on.

        One period of both the extent and the candidates tells: one of either may go by dead ones.
        """
        mask = self.region.masks[extent.axes[0]]
        both = periodic(law, mask.law)
        if law.slope or both is None:
            return None
        first, period = both.start - 1, both.period
        if first + period > len(extent.array):
            self.need(first + period)
            return None
        window = slice(first, first + period)
        values = extent.array[window][mask.values[window]]
        if not len(values):
            return 1, both.start  # no candidate is left that a law could be of
        return (int(values[0]), both.start) if (values == values[0]).all() else None

    def growing(self, extent: Extent, law: Law) -> Law | None:
        """The law of the amount of an extent: from where its sign is that of its slope."""
        if not law.slope:
            return law
        start = self._settles(extent.array, 0, law)
        return None if start is None else Law(law.period, abs(law.slope), start)

    def _settles(self, left: Array, right: Any, law: Law) -> int | None:
        """From where on a difference with this law has the sign of its slope.

        It grows by the slope each period, so the least value of one period tells.
        """
        first, period = law.start - 1, law.period
        if first + period > len(left):
            self.need(first + period)
            return None
        window = slice(first, first + period)
        other = right if isinstance(right, int) else right[window]
        difference = (left[window] - other) * (1 if law.slope > 0 else -1)
        periods = max(0, -int(difference.min())) // abs(law.slope) + 1
        start = law.start + periods * period
        return start if start < LONGEST else None

    def keep(self, extent: Extent, values: Sequence[int]) -> bool:
        allowed = np.isin(extent.array, values)
        known = extent.law is not None and not extent.law.slope
        return self._decided(
            extent.axes, allowed, extent.law if known else None, int.__index__(extent) in values
        )

    def decide(self, left: Extent, right: int, how: Callable[[Any, Any], Any]) -> bool:
        """Whether it is so for the representative; who differs is looked at later."""
        outcome = bool(how(int.__index__(left), int.__index__(right)))
        axes = left.axes
        if isinstance(right, Extent):
            axes = tuple(sorted({*axes, *right.axes}))
        if len(axes) > 1:
            if np.prod([len(self.region.masks[axis].values) for axis in axes]) > LARGEST_GRID:
                raise TooIntricate
            truth = how(expanded(left, axes), expanded(right, axes))
            return self._decided(axes, np.broadcast_to(truth, self._shape(axes)), None, outcome)
        other = right.array if isinstance(right, Extent) else int.__index__(right)
        truth = how(left.array, other)
        return self._decided(axes, truth, self._truth_law(left, right, how), outcome)

    def _shape(self, axes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(len(self.region.masks[axis].values) for axis in axes)

    def _decided(self, axes: tuple[int, ...], truth: Array, law: Law | None, outcome: bool) -> bool:
        if len(axes) > 1:
            return self._bound(axes, truth if outcome else ~truth, outcome)
        region, axis = self.region, axes[0]
        mask = region.masks[axis]
        differing = mask.values & (truth != outcome)
        # Even where no candidate differs, what is beyond them is known for this law only.
        law = periodic(mask.law, law)
        if not differing.any():
            if law != mask.law:
                self.region = region.narrowed(axis, Mask(mask.values, law))
            return outcome
        self.region = region.narrowed(axis, Mask(mask.values & ~differing, law))
        self.pending.append(region.narrowed(axis, Mask(differing, law)))
        return outcome

    def _bound(self, axes: tuple[int, ...], same: Array, outcome: bool) -> bool:
        region = self.region
        if (region.grid(axes) & ~same).any():
            self.region = region.bound(axes, same)
            self.pending.append(region.bound(axes, ~same))
            return outcome
        for axis in axes:  # of sizes beyond the candidates nothing is known
            mask = self.region.masks[axis]
            self.region = self.region.narrowed(axis, Mask(mask.values, None))
        return outcome

    def _truth_law(self, left: Extent, right: int, how: Callable[[Any, Any], Any]) -> Law | None:
        """From where on the truth of a comparison is periodic."""
        its = right.law if isinstance(right, Extent) else CONSTANT
        both = common(left.law, its)
        if both is None:
            return None
        mine, its = both
        law = mine._replace(slope=mine.slope - its.slope)
        if not law.slope:
            return law
        other = right.array if isinstance(right, Extent) else int.__index__(right)
        start = self._settles(left.array, other, law)
        return None if start is None else Law(law.period, 0, start)


def _positive(amount: int, like: Mask) -> Mask:
    """Where an amount of lost rows is not zero."""
    if not isinstance(amount, Extent):
        return like
    known = amount.law is not None and not amount.law.slope
    return Mask(amount.array > 0, amount.law if known else None).also(like)
