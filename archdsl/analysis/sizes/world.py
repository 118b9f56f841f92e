"""One exploration of all candidate sizes: which of them stay together, and which part."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from archdsl.analysis.sizes.extent import Extent, expanded
from archdsl.analysis.sizes.law import CONSTANT, LONGEST, Law, common
from archdsl.graph.report import Stop
from archdsl.graph.varying import varies
from archdsl.ops import Mismatch, Op, Shape

__all__ = ["Halt", "Mask", "Refused", "Region", "TooIntricate", "World"]

Array = Any
_LARGEST_GRID = 1 << 24
_MOST_PATHS = 4096
_MOST_NUMBERS = 1 << 24


class Halt(Stop):
    """The representative is refused; nothing more is to be learnt from it."""


class TooIntricate(Exception):
    """The sizes hang together in more ways than can be looked at."""


@dataclass(frozen=True, eq=False)
class Mask:
    """A set of candidates along one axis; periodic from ``law.start`` on."""

    values: Array
    law: Law | None = CONSTANT

    def also(self, other: Mask) -> Mask:
        return Mask(self.values & other.values, _periodic(self.law, other.law))

    def without(self, other: Mask) -> Mask:
        return Mask(self.values & ~other.values, _periodic(self.law, other.law))

    def either(self, other: Mask) -> Mask:
        return Mask(self.values | other.values, _periodic(self.law, other.law))

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.values))

    @property
    def ends(self) -> bool:
        """Whether it is known to hold no size from the start of its law on."""
        if self.law is None or self.law.start - 1 + self.law.period > len(self.values):
            return False
        return not self.values[self.law.start - 1 :].any()


def _periodic(*laws: Law | None) -> Law | None:
    both = common(*laws)
    return both[0] if both else None


@dataclass(frozen=True, eq=False)
class Bond:
    """What several axes must fulfil together: an array over them."""

    axes: tuple[int, ...]
    values: Array


@dataclass(frozen=True, eq=False)
class Region:
    """Candidates that went the same way: the product of a set for each axis, less what the
    ``bonds`` exclude."""

    masks: tuple[Mask, ...]
    bonds: tuple[Bond, ...] = ()

    def widened(self, masks: tuple[Mask, ...]) -> Region:
        return replace(self, masks=(*self.masks, *masks[len(self.masks) :]))

    def narrowed(self, axis: int, mask: Mask) -> Region:
        masks = (*self.masks[:axis], mask, *self.masks[axis + 1 :])
        return replace(self, masks=masks)

    def bound(self, axes: tuple[int, ...], values: Array) -> Region:
        return replace(self, bonds=(*self.bonds, Bond(axes, values)))

    def grid(self, axes: tuple[int, ...]) -> Array:
        """Which candidates of these axes are in it, as far as they alone decide that."""
        shape = tuple(len(self.masks[axis].values) for axis in axes)
        if int(np.prod(shape)) > _LARGEST_GRID:
            raise TooIntricate
        alive = np.ones(shape, dtype=bool)
        for position, axis in enumerate(axes):
            index = [None] * len(axes)
            index[position] = slice(None)  # type: ignore[call-overload]
            alive &= self.masks[axis].values[tuple(index)]
        for bond in self.bonds:
            if set(bond.axes) <= set(axes):
                index = [slice(None) if axis in bond.axes else None for axis in axes]  # type: ignore[misc]
                alive &= bond.values[tuple(index)]
        return alive

    def candidate(self, wanted: Sequence[int]) -> tuple[int, ...] | None:
        """The one nearest to what is wanted, as indices; None if it is empty."""
        if any(not mask.count for mask in self.masks):
            return None
        found = [_nearest(mask.values, want) for mask, want in zip(self.masks, wanted, strict=True)]
        for axes in _clusters(self.bonds):
            grid = np.argwhere(self.grid(axes))
            if not len(grid):
                return None
            distance = np.abs(grid - np.array([wanted[axis] for axis in axes])).sum(axis=1)
            best = grid[int(distance.argmin())]
            for axis, index in zip(axes, best, strict=True):
                found[axis] = int(index)
        return tuple(found)


def _nearest(values: Array, wanted: int) -> int:
    indices = np.flatnonzero(values)
    return int(indices[np.abs(indices - wanted).argmin()])


def _clusters(bonds: Iterable[Bond]) -> list[tuple[int, ...]]:
    """Axes that bonds tie together."""
    clusters: list[set[int]] = []
    for bond in bonds:
        touched = [one for one in clusters if one & set(bond.axes)]
        clusters = [one for one in clusters if one not in touched]
        clusters.append(set(bond.axes).union(*touched))
    return [tuple(sorted(one)) for one in clusters]


@dataclass(frozen=True)
class Refused:
    """Candidates that an operator cannot run on."""

    region: Region
    mismatch: Mismatch


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
    refused: list[Refused] = field(default_factory=list)
    lossy: dict[int, Mask] = field(default_factory=dict)
    needed: int = 0
    """So many candidates would be needed to know more of the laws."""
    spent: int = 0
    """Numbers in the arrays that were computed."""
    _memo: dict[Any, Any] = field(default_factory=dict)
    _known: dict[Any, Extent] = field(default_factory=dict)
    _kept: list[Any] = field(default_factory=list)

    def widen(self, every: Mask, at: int) -> None:
        """One more axis, of an input that the expansion comes to now."""
        self.region = replace(self.region, masks=(*self.region.masks, every))
        self.representative = (*self.representative, at)

    # ---- what extents ask

    def spend(self, numbers: int) -> None:
        """Raises :class:`TooIntricate` where arrays would take up too much time and memory."""
        self.spent += numbers
        if self.spent > _MOST_NUMBERS:
            raise TooIntricate

    def need(self, candidates: int) -> None:
        self.needed = max(self.needed, min(candidates, LONGEST))

    def constant(self, extent: Extent, law: Law) -> int | None:
        """The one value that a periodic extent has from the start of its law on, if it has one."""
        if law.slope:
            return None
        first, period = law.start - 1, law.period
        if first + period > len(extent.array):
            self.need(first + period)
            return None
        mask = self.region.masks[extent.axes[0]]
        if mask.ends:
            return 1  # no candidate is left that a law could be of
        values = extent.array[first : first + period][mask.values[first : first + period]]
        return int(values[0]) if len(values) and (values == values[0]).all() else None

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
            if np.prod([len(self.region.masks[axis].values) for axis in axes]) > _LARGEST_GRID:
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
        law = _periodic(mask.law, law)
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

    # ---- operators

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        """The output shapes for all candidates; those that the operator refuses are left out."""
        if not varies((*shapes, *refs.values(), *op.__dict__.values())):
            return op.outputs(*shapes, **refs)
        key = (id(op), *map(_key, shapes), *((name, _key(shape)) for name, shape in refs.items()))
        known = self._memo.get(key)
        if known is None:
            known = self._explored(op, shapes, refs)
            self._memo[key] = known
            self._kept.append((op, shapes, refs))  # or an id could come again
        return known

    def _explored(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        before = self.pending
        ways = list(self._ways(type(op).outputs, op, shapes, refs))
        self.pending = before
        running = [(region, made) for region, made in ways if not isinstance(made, Mismatch)]
        for region, made in ways:
            if isinstance(made, Mismatch):
                self.refused.append(Refused(region, made))
        if isinstance(ways[0][1], Mismatch):
            # The representative is refused: the rest needs another one.
            self.region = ways[0][0]
            self.pending.extend(region for region, _ in running)
            raise Halt(ways[0][1].message)
        outputs = self._united(running)
        self._see_loss(op, shapes, refs)
        return outputs

    def _see_loss(self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]) -> None:
        """Which candidates lose rows or columns here."""
        if type(op).lost is Op.lost:
            return
        region, pending = self.region, self.pending
        for way, lost in list(self._ways(type(op).lost, op, shapes, refs)):
            for amount, extent in zip(lost, shapes[0].size, strict=False):
                if isinstance(extent, Extent) and len(extent.axes) == 1:
                    axis = extent.axes[0]
                    mask = _positive(amount, way.masks[axis], axis)
                    if mask.count or mask.law is None:
                        before = self.lossy.get(axis)
                        self.lossy[axis] = before.either(mask) if before else mask
        self.region, self.pending = region, pending

    def _ways(
        self,
        run: Callable[..., Any],
        op: Op,
        shapes: Sequence[Shape],
        refs: Mapping[str, Shape],
    ) -> Iterator[tuple[Region, Any]]:
        """Every way through a formula, that of the representative first."""
        own, region = self.representative, self.region
        waiting, first = [region], True
        for _ in range(_MOST_PATHS):
            if not waiting:
                break
            self.region, self.pending = waiting.pop(), []
            chosen = own if first else self.region.candidate(own)
            first = False
            if chosen is None:
                continue
            try:
                if chosen is own:
                    made = run(op, *shapes, **refs)
                else:
                    made = run(*_elsewhere(chosen, op, shapes), **_named(chosen, refs))
            except Mismatch as mismatch:
                made = mismatch
            waiting += self.pending
            yield self.region, made
        else:
            raise TooIntricate
        self.region = region

    # ---- putting together what the ways gave

    def _united(self, ways: list[tuple[Region, tuple[Shape, ...]]]) -> tuple[Shape, ...]:
        first = ways[0][1]
        form = [len(shape) for shape in first]
        alike = [way for way in ways if [len(shape) for shape in way[1]] == form]
        apart = [way for way in ways if way not in alike]
        shapes = self._merged(alike)
        if shapes is None:
            alike, apart = ways[:1], ways[1:]
            shapes = first
        self.pending.extend(region for region, _ in apart)
        self.region = _union([region for region, _ in alike])
        return tuple(Shape(self._interned(extent) for extent in shape) for shape in shapes)

    def _merged(self, ways: list[tuple[Region, tuple[Shape, ...]]]) -> tuple[Shape, ...] | None:
        if len(ways) == 1:
            return ways[0][1]
        regions = [region for region, _ in ways]
        if any(region.bonds != regions[0].bonds for region in regions):
            return ways[0][1] if _equal_results(ways) else None
        made = []
        for shapes in zip(*(shapes for _, shapes in ways), strict=True):
            extents = [self._joined(regions, parts) for parts in zip(*shapes, strict=True)]
            if any(extent is None for extent in extents):
                return None
            made.append(Shape(extents))  # type: ignore[arg-type]
        return tuple(made)

    def _joined(self, regions: Sequence[Region], parts: Sequence[int]) -> int | None:
        """One extent out of what each way made of it; None where they contradict each other."""
        if all(not isinstance(part, Extent) for part in parts):
            if len(set(parts)) == 1:
                return parts[0]
            axis = self._telling(regions)
        else:
            axes = {axis for part in parts if isinstance(part, Extent) for axis in part.axes}
            axis = axes.pop() if len(axes) == 1 else None
        if axis is None:
            return parts[0] if all(part is parts[0] for part in parts) else None
        array = np.zeros(len(regions[0].masks[axis].values), dtype=np.int64)
        done = np.zeros(len(array), dtype=bool)
        for region, part in zip(regions, parts, strict=True):
            mask = region.masks[axis].values
            values = part.array if isinstance(part, Extent) else np.full(len(array), part)
            if (mask & done & (values != array)).any():
                return None
            array = np.where(mask, values, array)
            done |= mask
        law = self._joined_law(regions, parts, axis)
        index = self.representative[axis]
        return Extent(int(array[index]), self, (axis,), array, law)

    def _telling(self, regions: Sequence[Region]) -> int | None:
        """The one axis along which the regions differ."""
        differing = [
            axis
            for axis, mask in enumerate(regions[0].masks)
            if any((region.masks[axis].values != mask.values).any() for region in regions)
        ]
        return differing[0] if len(differing) == 1 else None

    def _joined_law(self, regions: Sequence[Region], parts: Sequence[int], axis: int) -> Law | None:
        laws = common(
            *(part.law if isinstance(part, Extent) else CONSTANT for part in parts),
            *(region.masks[axis].law for region in regions),
        )
        if laws is None:
            return None
        first, period = laws[0].start - 1, laws[0].period
        slopes = set()
        for region, law in zip(regions, laws, strict=False):
            values = region.masks[axis].values
            if first + period > len(values):
                self.need(first + period)
                return None
            if values[first : first + period].any():
                slopes.add(law.slope)
        return laws[0]._replace(slope=slopes.pop()) if len(slopes) == 1 else None

    def _interned(self, extent: int) -> int:
        """Equal extents are one object, so that equality is seen without a decision."""
        if not isinstance(extent, Extent) or len(extent.axes) != 1:
            return extent
        alive = self.region.masks[extent.axes[0]].values
        key = (extent.axes, extent.law, extent.array.tobytes())
        found = self._known.setdefault(key, extent)
        values = found.array[alive]
        if (
            len(values)
            and (values == values[0]).all()
            and found.law is not None
            and found.law.slope == 0
        ):
            return int(values[0])
        return found


def _positive(amount: int, within: Mask, axis: int) -> Mask:
    """Where an amount of lost rows is not zero."""
    if not isinstance(amount, Extent):
        return within if amount > 0 else Mask(np.zeros_like(within.values), within.law)
    if amount.axes != (axis,) or amount.law is None or amount.law.slope:
        return Mask(within.values, None)
    return Mask(amount.array > 0, amount.law).also(within)


def _union(regions: Sequence[Region]) -> Region:
    """All candidates of regions that have none in common."""
    if len(regions) == 1:
        return regions[0]
    masks = tuple(
        reduce(Mask.either, parts) for parts in zip(*(r.masks for r in regions), strict=True)
    )
    cells = sum(int(np.prod([mask.count for mask in region.masks])) for region in regions)
    bonds = regions[0].bonds
    if all(region.bonds == bonds for region in regions) and cells == int(
        np.prod([m.count for m in masks])
    ):
        return Region(masks, bonds)
    axes = tuple(
        axis
        for axis, mask in enumerate(masks)
        if any((region.masks[axis].values != mask.values).any() for region in regions)
        or any(axis in bond.axes for region in regions for bond in region.bonds)
    )
    grid = reduce(operator.or_, (region.grid(axes) for region in regions))
    whole = Region(masks)
    return whole if (grid == whole.grid(axes)).all() else whole.bound(axes, grid)


def _equal_results(ways: list[tuple[Region, tuple[Shape, ...]]]) -> bool:
    return all(
        all(
            one is other
            or (not isinstance(one, Extent) and not isinstance(other, Extent) and one == other)
            for a, b in zip(shapes, ways[0][1], strict=True)
            for one, other in zip(a, b, strict=True)
        )
        for _, shapes in ways
    )


def _elsewhere(chosen: tuple[int, ...], op: Op, shapes: Sequence[Shape]) -> Iterator[Any]:
    """An operator and its inputs as they are for another candidate."""
    changed = {n: _at(v, chosen) for n, v in op.__dict__.items() if varies(v)}
    yield op.model_copy(update=changed) if changed else op
    for shape in shapes:
        yield Shape(_at(part, chosen) for part in shape)


def _named(chosen: tuple[int, ...], refs: Mapping[str, Shape]) -> dict[str, Shape]:
    return {name: Shape(_at(part, chosen) for part in shape) for name, shape in refs.items()}


def _at(value: Any, chosen: tuple[int, ...]) -> Any:
    if isinstance(value, tuple):
        return tuple(_at(part, chosen) for part in value)
    return value.at(chosen) if isinstance(value, Extent) else value


def _key(shape: Shape) -> tuple[Any, ...]:
    return tuple(id(part) if isinstance(part, Extent) else (part,) for part in shape)
