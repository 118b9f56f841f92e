"""Sets of candidates: along one axis, and over all of them together."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from archdsl.analysis.sizes.law import CONSTANT, Law, common

__all__ = ["LARGEST_GRID", "Bond", "Mask", "Region", "TooIntricate", "periodic", "spread", "union"]

Array = Any
LARGEST_GRID = 1 << 25
"""The largest table of several axes that is looked at."""
_WINDOW = 16


class TooIntricate(Exception):
    """The sizes hang together in more ways than can be looked at."""


@dataclass(frozen=True, eq=False)
class Mask:
    """A set of candidates along one axis; periodic from ``law.start`` on."""

    values: Array
    law: Law | None = CONSTANT

    def also(self, other: Mask) -> Mask:
        return Mask(self.values & other.values, periodic(self.law, other.law))

    def without(self, other: Mask) -> Mask:
        return Mask(self.values & ~other.values, periodic(self.law, other.law))

    def either(self, other: Mask) -> Mask:
        return Mask(self.values | other.values, periodic(self.law, other.law))

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.values))


def periodic(*laws: Law | None) -> Law | None:
    both = common(*laws)
    return both[0] if both else None


@dataclass(frozen=True, eq=False)
class Bond:
    """What several axes must fulfil together: an array over them."""

    axes: tuple[int, ...]
    values: Array


def spread(array: Array, own: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    """An array over its ``own`` axes with a dimension for each of ``axes``, to be broadcast."""
    return array[tuple(slice(None) if axis in own else None for axis in axes)]


@dataclass(frozen=True, eq=False)
class Region:
    """Candidates that went the same way: the product of a set for each axis, less what the
    ``bonds`` exclude."""

    masks: tuple[Mask, ...]
    bonds: tuple[Bond, ...] = ()

    def narrowed(self, axis: int, mask: Mask) -> Region:
        masks = (*self.masks[:axis], mask, *self.masks[axis + 1 :])
        return replace(self, masks=masks)

    def bound(self, axes: tuple[int, ...], values: Array) -> Region:
        return replace(self, bonds=(*self.bonds, Bond(axes, values)))

    def grid(self, axes: tuple[int, ...]) -> Array:
        """Which candidates of these axes are in it, as far as they alone decide that."""
        shape = tuple(len(self.masks[axis].values) for axis in axes)
        if int(np.prod(shape)) > LARGEST_GRID:
            raise TooIntricate
        alive = np.ones(shape, dtype=bool)
        for axis in axes:
            alive &= spread(self.masks[axis].values, (axis,), axes)
        for bond in self.bonds:
            if set(bond.axes) <= set(axes):
                alive &= spread(bond.values, bond.axes, axes)
        return alive

    def candidate(self, wanted: Sequence[int]) -> tuple[int, ...] | None:
        """The one nearest to what is wanted, as indices; None if it is empty."""
        if any(not mask.count for mask in self.masks):
            return None
        found = [_nearest(mask.values, want) for mask, want in zip(self.masks, wanted, strict=True)]
        for axes in _clusters(self.bonds):
            best = _nearest_cell(self.grid(axes), [wanted[axis] for axis in axes])
            if best is None:
                return None
            for axis, index in zip(axes, best, strict=True):
                found[axis] = int(index)
        return tuple(found)


def _nearest(values: Array, wanted: int) -> int:
    indices = np.flatnonzero(values)
    return int(indices[np.abs(indices - wanted).argmin()])


def _nearest_cell(grid: Array, wanted: Sequence[int]) -> Array | None:
    """Looked for in a window that grows: all cells of a large grid would not fit into memory."""
    reach = _WINDOW
    while True:
        low = np.array([max(0, at - reach) for at in wanted])
        window = grid[tuple(slice(a, at + reach) for a, at in zip(low, wanted, strict=True))]
        cells = np.argwhere(window) + low
        if len(cells):
            return cells[int(np.abs(cells - np.array(wanted)).sum(axis=1).argmin())]
        if window.shape == grid.shape:
            return None
        reach *= 4


def _clusters(bonds: Iterable[Bond]) -> list[tuple[int, ...]]:
    """Axes that bonds tie together."""
    clusters: list[set[int]] = []
    for bond in bonds:
        touched = [one for one in clusters if one & set(bond.axes)]
        clusters = [one for one in clusters if one not in touched]
        clusters.append(set(bond.axes).union(*touched))
    return [tuple(sorted(one)) for one in clusters]


def union(regions: Sequence[Region]) -> Region:
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
