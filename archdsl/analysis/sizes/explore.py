"""Expanding a spec for all candidate sizes: one run for each structure that it can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from archdsl.analysis.sizes.extent import Extent
from archdsl.analysis.sizes.law import CONSTANT, IDENTITY
from archdsl.analysis.sizes.operators import Operators
from archdsl.analysis.sizes.region import Mask, Region, TooIntricate, periodic
from archdsl.analysis.sizes.world import World
from archdsl.diagnostics import Diagnostic
from archdsl.graph.elaborate import Request, Result, expansions
from archdsl.graph.graph import Graph
from archdsl.graph.varying import Explorer
from archdsl.ops import Op, Shape

__all__ = ["Axis", "Exploration", "Way", "explore"]

_LEAST = 1024
_MOST = 1 << 17
_MOST_RUNS = 64
_MOST_STEPS = 10_000  # in all runs together, where somebody waits for more than this answer
_LONGEST_AXIS = 1 << 22  # candidates: no array of more is made


@dataclass(frozen=True)
class Axis:
    """A spatial axis of an input, with the size that is declared for it."""

    input: str
    position: int
    declared: int


@dataclass(frozen=True)
class Way:
    """The candidates for which the network has one structure, and that network.

    ``world`` knows its extents; ``graph`` is None where it cannot be built for them.
    """

    world: World
    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def region(self) -> Region:
        return self.world.region

    @cached_property
    def lossless(self) -> Region:
        return self.world.lossless


@dataclass(frozen=True)
class Exploration:
    axes: tuple[Axis, ...]
    ways: tuple[Way, ...]

    @property
    def legal(self) -> list[Way]:
        return [way for way in self.ways if way.graph is not None]

    @property
    def refused(self) -> list[Way]:
        return [way for way in self.ways if way.graph is None]

    def count(self, axis: int) -> int:
        """How many candidates there are along an axis."""
        return next((len(way.region.masks[axis].values) for way in self.ways), 0)


class _Axes:
    """The axes that were met so far, in the order of the inputs."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.known: list[Axis] = []

    def index(self, axis: Axis) -> int:
        if axis not in self.known:
            self.known.append(axis)
        return self.known.index(axis)

    def every(self, axis: Axis) -> Mask:
        count = self.least + axis.declared
        if count > _LONGEST_AXIS:
            raise TooIntricate
        return Mask(np.ones(count, dtype=bool), CONSTANT)


class _Explorer:
    """Gives the inputs of one run their extents, and lets the operators run on them."""

    def __init__(self, axes: _Axes, region: Region, at: tuple[int, ...]) -> None:
        self.axes = axes
        self.world = World(region, at)
        self.operators = Operators(self.world)
        self.steps = 0
        for axis in axes.known[len(region.masks) :]:
            self.world.widen(axes.every(axis), axis.declared - 1)

    def input(self, name: str, shape: Shape) -> Shape:
        size = (self._extent(Axis(name, *axis)) for axis in enumerate(shape.size))
        return shape.with_size(tuple(size))

    def _extent(self, axis: Axis) -> Extent:
        index = self.axes.index(axis)
        if index == len(self.world.representative):
            self.world.widen(self.axes.every(axis), axis.declared - 1)
        count = len(self.world.region.masks[index].values)
        array = np.arange(1, count + 1, dtype=np.int64)
        value = self.world.representative[index] + 1
        return Extent(value, self.world, (index,), array, IDENTITY)

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        self.steps += 1
        return self.operators.infer(op, shapes, refs)


def explore(request: Request, *, proved: bool = True) -> Exploration:
    """Every candidate size on every axis of every input, up to at least twice what is declared;
    and as many as it takes to have it ``proved`` for all others.

    Raises :class:`TooIntricate` where the structure depends on the sizes in too many ways; sooner,
    if it need not be proved.
    """
    run = expansions(request)
    if not proved:
        return _explored(run, _LEAST, _MOST_STEPS)
    found = _explored(run, _LEAST)
    least, needed = _LEAST, _needed(found)
    while least < needed <= _MOST:
        least = min(2 * needed, _MOST)
        try:
            found = _explored(run, least)
        except TooIntricate:  # with so many candidates: what is found is not proved
            break
        needed = _needed(found)
    return found


def _explored(
    run: Callable[[Explorer], Result], least: int, most: float = float("inf")
) -> Exploration:
    axes = _Axes(least)
    ways = _ways(run, axes, most)
    return Exploration(tuple(axes.known), tuple(ways))


def _needed(found: Exploration) -> int:
    """So many candidates prove what holds for all sizes, as far as that is known.

    Those that are refused count as well: beyond the candidates it may run.
    """
    regions = [way.region for way in found.ways] + [way.lossless for way in found.legal]
    laws = [
        periodic(*(region.masks[axis].law for region in regions))
        for axis in range(len(found.axes) if regions else 0)
    ]
    ends = [law.start - 1 + 2 * law.period for law in laws if law is not None]
    return max([*ends, *(way.world.needed for way in found.ways)])


def _ways(run: Callable[[Explorer], Result], axes: _Axes, most: float) -> list[Way]:
    """One for each run, as long as they take no more than so many steps together."""
    waiting = [Region(())]
    ways: list[Way] = []
    while waiting:
        region = waiting.pop()
        at = region.candidate([axis.declared - 1 for axis in axes.known[: len(region.masks)]])
        if at is None:
            continue
        if len(ways) >= _MOST_RUNS or most < 0:
            raise TooIntricate
        explorer = _Explorer(axes, region, at)
        result = run(explorer)
        most -= explorer.steps
        ways.append(Way(explorer.world, result.graph, result.diagnostics))
        waiting += explorer.world.pending
    return [_complete(way, axes) for way in ways]


def _complete(way: Way, axes: _Axes) -> Way:
    """A run that ended before the last input: whatever that is, this is how it went."""
    for axis in axes.known[len(way.region.masks) :]:
        way.world.widen(axes.every(axis), axis.declared - 1)
    return way
