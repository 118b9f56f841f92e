"""The answer: which sizes are legal, which of them lose nothing, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations, product
from typing import Any

import numpy as np

from archdsl.analysis.sizes.explore import Axis, Exploration, Way, explore
from archdsl.analysis.sizes.extent import Extent
from archdsl.analysis.sizes.formula import Formula, formula
from archdsl.analysis.sizes.law import CONSTANT, Law, common
from archdsl.analysis.sizes.region import Mask, Region, periodic
from archdsl.analysis.sizes.sets import SizeSet
from archdsl.graph.elaborate import Request

__all__ = ["AxisSizes", "Output", "Sizes", "Tie", "sizes"]

Array = Any


@dataclass(frozen=True)
class AxisSizes:
    """One spatial axis of one input.

    ``legal`` are the sizes at which the network runs, ``exact`` those at which no row is thrown
    away either, with every other axis at a size that is legal.
    """

    axis: Axis
    legal: SizeSet
    exact: SizeSet


@dataclass(frozen=True)
class Output:
    """One extent of an output as a function of the size of an axis."""

    name: str
    position: int
    axis: int | None
    formula: Formula | None
    """None where no formula of one line is found, or several axes have a part in it."""
    exact: Formula | None = None
    """The formula at the sizes that lose nothing, where that is another one."""


@dataclass(frozen=True)
class Tie:
    """Two axes that must fit each other; ``equal`` where they must have one size."""

    one: int
    other: int
    equal: bool


@dataclass(frozen=True)
class Sizes:
    """The whole answer for one model."""

    exploration: Exploration
    axes: tuple[AxisSizes, ...]
    outputs: tuple[Output, ...]

    @cached_property
    def independent(self) -> bool:
        """Whether every combination of legal sizes is legal."""
        ways = self.exploration.legal
        if not ways:
            return True
        if any(way.region.bonds for way in ways):
            return False
        kinds = [
            _kinds([way.region.masks[axis].values for way in ways])
            for axis in range(len(self.axes))
        ]
        return all(np.logical_and.reduce(choice).any() for choice in product(*kinds))

    @cached_property
    def ties(self) -> tuple[Tie, ...]:
        """The pairs of axes that do not go together at every two sizes."""
        if self.independent:
            return ()
        regions = [way.region for way in self.exploration.legal]
        pairs = combinations(range(len(self.axes)), 2)
        ties = (_tie(regions, one, other) for one, other in pairs)
        return tuple(tie for tie in ties if tie is not None)

    def allows(self, size: Sequence[int]) -> bool:
        """Whether the network runs with these sizes, one for each axis in order.

        Raises :class:`ValueError` for a size beyond those that are known.
        """
        if min(size, default=1) < 1:
            return False
        if any(_holds(way.region, size) for way in self.exploration.legal):
            return True
        for way in self.exploration.refused:
            _holds(way.region, size)  # raises where nobody knows whether it is refused
        return False


def _tie(regions: Sequence[Region], one: int, other: int) -> Tie | None:
    """Whether two axes go together at all of their sizes."""
    pair = (one, other)
    if any(set(bond.axes) <= {*pair} for region in regions for bond in region.bonds):
        grid = reduce(np.logical_or, (region.grid(pair) for region in regions))
        least = min(grid.shape)
        equal = not (grid[:least, :least] & ~np.eye(least, dtype=bool)).any()
    else:  # products of sets: a candidate of each kind stands for all
        rows, columns = ([region.masks[axis].values for region in regions] for axis in pair)
        ways = zip(_kinds(rows).T, _kinds(columns).T, strict=True)
        grid = np.logical_or.reduce([np.outer(row, column) for row, column in ways])
        equal = all(map(_is_one_size, rows, columns))
    return Tie(one, other, equal) if (grid != np.outer(grid.any(1), grid.any(0))).any() else None


def _is_one_size(row: Array, column: Array) -> bool:
    """Whether two sets have one size at most, and that in common."""
    pairs = np.flatnonzero(row), np.flatnonzero(column)
    return not all(map(len, pairs)) or [*pairs[0]] == [*pairs[1]] == [*pairs[0][:1]]


def _kinds(masks: Sequence[Array]) -> Array:
    """In which of the sets a candidate of an axis is: a row for each answer that there is."""
    table = np.stack(masks, axis=1)
    return np.unique(table[table.any(axis=1)], axis=0)


def _holds(region: Region, size: Sequence[int]) -> bool:
    at = [_index(mask, one) for mask, one in zip(region.masks, size, strict=True)]
    tied = {axis for bond in region.bonds for axis in bond.axes}
    if any(at[axis] != size[axis] - 1 for axis in tied):
        raise ValueError(f"the sizes {tuple(size)} are more than were computed")
    if not all(mask.values[index] for mask, index in zip(region.masks, at, strict=True)):
        return False
    return all(bond.values[tuple(at[axis] for axis in bond.axes)] for bond in region.bonds)


def _index(mask: Mask, size: int) -> int:
    """The candidate that goes the way of a size.

    Raises :class:`ValueError` where none is known to.
    """
    count, law = len(mask.values), mask.law
    if size <= count:
        return size - 1
    if law is None or law.start - 1 + law.period > count:
        raise ValueError(f"{size} is more than the {count} that were computed")
    return law.start - 1 + (size - law.start) % law.period


def sizes(request: Request, *, proved: bool = True) -> Sizes:
    """Which sizes are legal for the model that is asked for.

    Without ``proved``, those around what is declared are enough. Raises :class:`TooIntricate`.
    """
    exploration = explore(request, proved=proved)
    legal = [[way.region for way in exploration.legal], [way.lossless for way in exploration.legal]]
    axes = tuple(
        AxisSizes(axis, *(SizeSet.of(_along(exploration, index, ways)) for ways in legal))
        for index, axis in enumerate(exploration.axes)
    )
    return Sizes(exploration, axes, tuple(_outputs(exploration)))


def _along(exploration: Exploration, axis: int, legal: Sequence[Region]) -> Mask:
    """Sizes of one axis that go with some size of the others.

    What is refused among the candidates may run beyond them: its law counts, too.
    """
    refused = (_law(way.region, axis) for way in exploration.refused)
    none = Mask(np.zeros(exploration.count(axis), dtype=bool), periodic(CONSTANT, *refused))
    return reduce(Mask.either, (_projected(region, axis) for region in legal), none)


def _tied(region: Region, axis: int) -> tuple[int, ...]:
    """The axes that something binds to one, and itself; none if nothing does."""
    return tuple(sorted({at for bond in region.bonds if axis in bond.axes for at in bond.axes}))


def _law(region: Region, axis: int) -> Law | None:
    return None if _tied(region, axis) else region.masks[axis].law


def _projected(region: Region, axis: int) -> Mask:
    axes = _tied(region, axis)
    if not axes:
        return region.masks[axis]
    others = tuple(position for position, other in enumerate(axes) if other != axis)
    return Mask(region.grid(axes).any(axis=others), None)


def _outputs(exploration: Exploration) -> Iterator[Output]:
    """How the sizes of the outputs follow from those of the inputs."""
    legal = [(way, way.graph) for way in exploration.legal if way.graph is not None]
    names = dict.fromkeys(name for _, graph in legal for name in graph.outputs)
    for name in names:
        made = [(way, graph) for way, graph in legal if name in graph.outputs]
        ways = [way for way, _ in made]
        shapes = [graph.shape(graph.outputs[name]) for _, graph in made]
        if any(len(shape) != len(shapes[0]) for shape in shapes):
            continue
        for position, parts in enumerate(zip(*shapes, strict=True)):
            yield _output(ways, name, position, parts)


def _output(ways: Sequence[Way], name: str, position: int, parts: Sequence[int]) -> Output:
    axes = {axis for part in parts if isinstance(part, Extent) for axis in part.axes}
    if len(axes) != 1:
        constant = None if axes or len(set(parts)) > 1 else Formula(0, int(parts[0]), 1)
        return Output(name, position, None, constant)
    axis = axes.pop()
    every = _formula([_projected(way.region, axis) for way in ways], parts)
    exact = _formula([_projected(way.lossless, axis) for way in ways], parts)
    return Output(name, position, axis, every, None if exact == every else exact)


def _formula(masks: Sequence[Mask], parts: Sequence[int]) -> Formula | None:
    """One formula for the sizes of all masks, where there is one."""
    values = np.zeros(len(masks[0].values), dtype=np.int64)
    alive = np.zeros(len(values), dtype=bool)
    for mask, part in zip(masks, parts, strict=True):
        made = part.array if isinstance(part, Extent) else part
        if (mask.values & alive & (made != values)).any():
            return None  # it depends on another axis, too
        values = np.where(mask.values, made, values)
        alive |= mask.values
    laws = common(*(part.law if isinstance(part, Extent) else CONSTANT for part in parts))
    slopes = {law.slope for law in laws or ()}
    return formula(values, alive, laws[0] if laws and len(slopes) == 1 else None)
