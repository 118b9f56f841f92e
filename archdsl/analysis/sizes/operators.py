"""Running one operator for all candidates at once.

It is run once for each way through its formulas, and what it gives is put together again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from archdsl.analysis.sizes.extent import Extent
from archdsl.analysis.sizes.law import CONSTANT, Law, common
from archdsl.analysis.sizes.region import Region, TooIntricate, union
from archdsl.analysis.sizes.world import World
from archdsl.graph.report import Stop
from archdsl.graph.varying import varies
from archdsl.ops import Mismatch, Op, Shape

__all__ = ["Halt", "Operators"]

_MOST_PATHS = 4096


class Halt(Stop):
    """The representative is refused; nothing more is to be learnt from it."""


class Operators:
    """The operators of one expansion, with the candidates of its world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._memo: dict[Any, Any] = {}
        self._known: dict[Any, Extent] = {}
        self._kept: list[Any] = []

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        """The output shapes for all candidates; those that the operator refuses are left out."""
        if not varies((*shapes, *refs.values(), *op.__dict__.values())):
            outputs = op.outputs(*shapes, **refs)
            if type(op).lost is not Op.lost and any(op.lost(*shapes, **refs)):
                self.world.lose_all()
            return outputs
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
        before = self.world.pending
        ways = list(self._ways(type(op).outputs, op, shapes, refs))
        self.world.pending = before
        running = [(region, made) for region, made in ways if not isinstance(made, Mismatch)]
        if isinstance(ways[0][1], Mismatch):
            # The representative is refused: the rest needs another one.
            self.world.region = ways[0][0]
            self.world.pending.extend(region for region, _ in running)
            raise Halt
        outputs = self._united(running)
        self._see_loss(op, shapes, refs)
        return outputs

    def _see_loss(self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]) -> None:
        """Which candidates lose rows or columns here."""
        if type(op).lost is Op.lost:
            return
        region, pending = self.world.region, self.world.pending
        ways = list(self._ways(type(op).lost, op, shapes, refs))
        self.world.region, self.world.pending = region, pending
        for way, lost in ways:
            for amount in lost:
                self.world.lose(way, amount)

    def _ways(
        self,
        run: Callable[..., Any],
        op: Op,
        shapes: Sequence[Shape],
        refs: Mapping[str, Shape],
    ) -> Iterator[tuple[Region, Any]]:
        """Every way through a formula, that of the representative first."""
        own, region = self.world.representative, self.world.region
        waiting, first = [region], True
        for _ in range(_MOST_PATHS):
            if not waiting:
                break
            self.world.region, self.world.pending = waiting.pop(), []
            chosen = own if first else self.world.region.candidate(own)
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
            waiting += self.world.pending
            yield self.world.region, made
        else:
            raise TooIntricate
        self.world.region = region

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
        self.world.pending.extend(region for region, _ in apart)
        self.world.region = union([region for region, _ in alike])
        return tuple(Shape(self._interned(extent) for extent in shape) for shape in shapes)

    def _merged(self, ways: list[tuple[Region, tuple[Shape, ...]]]) -> tuple[Shape, ...] | None:
        if len(ways) == 1:
            return ways[0][1]
        regions = [region for region, _ in ways]
        if any(region.bonds != regions[0].bonds for region in regions):
            return ways[0][1] if _equal_results(ways) else None
        made = []
        for shapes in zip(*(shapes for _, shapes in ways), strict=True):
            joined = [self._joined(regions, parts) for parts in zip(*shapes, strict=True)]
            extents = [extent for extent in joined if extent is not None]
            if len(extents) < len(joined):
                return None
            made.append(Shape(extents))
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
        index = self.world.representative[axis]
        return Extent(int(array[index]), self.world, (axis,), array, law)

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
                self.world.need(first + period)
                return None
            if values[first : first + period].any():
                slopes.add(law.slope)
        return laws[0]._replace(slope=slopes.pop()) if len(slopes) == 1 else None

    def _interned(self, extent: int) -> int:
        """Equal extents are one object, so that equality is seen without a decision.

        They are equal at every size if their law is the same and the candidates hold one period.
        """
        if not isinstance(extent, Extent) or extent.law is None:
            return extent
        law, array = extent.law, extent.array
        if law.start - 1 + law.period > len(array):
            self.world.need(law.start - 1 + law.period)
            return extent
        constant = self.world.constant(extent, law)
        alive = self.world.region.masks[extent.axes[0]].values
        if constant and (array[alive] == constant[0]).all():
            return constant[0]
        return self._known.setdefault((extent.axes, law, array.tobytes()), extent)


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
