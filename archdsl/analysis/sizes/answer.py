"""The answer: which sizes are legal, which of them lose nothing, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations, product

import numpy as np

from archdsl.analysis.sizes.explore import Axis, Exploration, Way, explore
from archdsl.analysis.sizes.extent import Extent
from archdsl.analysis.sizes.formula import Formula, formula
from archdsl.analysis.sizes.law import common
from archdsl.analysis.sizes.region import Mask, Region
from archdsl.analysis.sizes.sets import SizeSet
from archdsl.graph.elaborate import Request

__all__ = ["AxisSizes", "Output", "Sizes", "Tie", "sizes"]


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
        masks = [way.region.masks for way in ways]
        kinds = [_kinds([mask[axis] for mask in masks]) for axis in range(len(self.axes))]
        return all(
            any(all(which[way] for which in choice) for way in range(len(ways)))
            for choice in product(*kinds)
        )

    @cached_property
    def ties(self) -> tuple[Tie, ...]:
        """The pairs of axes that do not go together at every two sizes."""
        if self.independent:
            return ()
        regions = [way.region for way in self.exploration.legal]
        ties = []
        for pair in combinations(range(len(self.axes)), 2):
            grid = reduce(np.logical_or, (region.grid(pair) for region in regions))
            if (grid != np.outer(grid.any(axis=1), grid.any(axis=0))).any():
                least = min(grid.shape)
                equal = not (grid[:least, :least] & ~np.eye(least, dtype=bool)).any()
                ties.append(Tie(*pair, equal))
        return tuple(ties)

    def allows(self, size: Sequence[int]) -> bool:
        """Whether the network runs with these sizes, one for each axis in order."""
        return any(_holds(way.region, size) for way in self.exploration.legal)


def _kinds(masks: Sequence[Mask]) -> set[tuple[bool, ...]]:
    """In which of the sets a candidate of an axis is, for every candidate that is in one."""
    table = np.stack([mask.values for mask in masks], axis=1)
    return {tuple(row) for row in np.unique(table[table.any(axis=1)], axis=0).tolist()}


def _holds(region: Region, size: Sequence[int]) -> bool:
    if not all(mask.values[one - 1] for mask, one in zip(region.masks, size, strict=True)):
        return False
    return all(bond.values[tuple(size[axis] - 1 for axis in bond.axes)] for bond in region.bonds)


def sizes(request: Request) -> Sizes:
    """Which sizes are legal for the model that is asked for.

    Raises :class:`TooIntricate`.
    """
    exploration = explore(request)
    legal = exploration.legal
    axes = tuple(
        AxisSizes(
            axis, SizeSet.of(_any(legal, index, axis)), SizeSet.of(_exact(legal, index, axis))
        )
        for index, axis in enumerate(exploration.axes)
    )
    return Sizes(exploration, axes, tuple(_outputs(exploration)))


def _any(ways: Sequence[Way], axis: int, about: Axis) -> Mask:
    """Sizes of one axis that are legal with some size of the others."""
    if not ways:
        return Mask(np.zeros(max(1024, about.declared), dtype=bool))
    return reduce(Mask.either, (_projected(way, axis) for way in ways))


def _exact(ways: Sequence[Way], axis: int, about: Axis) -> Mask:
    if not ways:
        return _any(ways, axis, about)
    return reduce(Mask.either, (_without_loss(way, axis) for way in ways))


def _without_loss(way: Way, axis: int) -> Mask:
    mask = _projected(way, axis)
    lossy = way.world.lossy.get(axis)
    return mask if lossy is None else mask.without(lossy)


def _projected(way: Way, axis: int) -> Mask:
    region = way.region
    mask = region.masks[axis]
    tied = {other for bond in region.bonds if axis in bond.axes for other in bond.axes}
    if not tied:
        return mask
    axes = tuple(sorted(tied))
    others = tuple(position for position, other in enumerate(axes) if other != axis)
    return Mask(region.grid(axes).any(axis=others), None)


def _outputs(exploration: Exploration) -> Iterator[Output]:
    """How the sizes of the outputs follow from those of the inputs."""
    legal = exploration.legal
    graphs = [way.graph for way in legal if way.graph is not None]
    if not graphs:
        return
    for name in graphs[0].outputs:
        shapes = [graph.shape(graph.outputs[name]) for graph in graphs if name in graph.outputs]
        if any(len(shape) != len(shapes[0]) for shape in shapes):
            continue
        for position, parts in enumerate(zip(*shapes, strict=True)):
            axes = {axis for part in parts if isinstance(part, Extent) for axis in part.axes}
            if len(axes) != 1:
                constant = None if axes or len(set(parts)) > 1 else Formula(0, int(parts[0]), 1)
                yield Output(name, position, None, constant)
                continue
            axis = axes.pop()
            every = _formula(legal, parts, axis, _projected)
            exact = _formula(legal, parts, axis, _without_loss)
            yield Output(name, position, axis, every, None if exact == every else exact)


def _formula(
    ways: Sequence[Way], parts: Sequence[int], axis: int, chosen: Callable[[Way, int], Mask]
) -> Formula | None:
    """One formula for the chosen sizes of all ways, where there is one."""
    count = len(ways[0].region.masks[axis].values)
    values = np.zeros(count, dtype=np.int64)
    alive = np.zeros(count, dtype=bool)
    laws = []
    for way, part in zip(ways, parts, strict=True):
        mask = chosen(way, axis).values & ~alive
        values = np.where(mask, part.array if isinstance(part, Extent) else part, values)
        alive |= mask
        laws.append(part.law if isinstance(part, Extent) else None)
    return formula(values, alive, laws[0] if common(*laws) else None)
