"""Extents: integers that stand for what they would be at every candidate size at once.

A spec expanded with these in place of its input's sizes computes, with the same formulas as the
check, an array of all candidates. An extent *is* the integer of one candidate, the representative;
where a decision hangs on it, the :class:`World` keeps together the candidates for which it falls
the same way and looks at the others apart.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from archdsl.analysis.sizes.law import CONSTANT, LONGEST, Law, add, common, divide, scale
from archdsl.analysis.sizes.region import TooIntricate, spread
from archdsl.analysis.sizes.scaled import Scaled
from archdsl.graph.varying import Varying

if TYPE_CHECKING:
    from archdsl.analysis.sizes.world import World

__all__ = ["Extent", "expanded"]

Array = Any
"""A numpy array."""
_How = Callable[[Any, Any], Any]
_MOST = 1 << 62  # a number of the arrays


class Extent(Varying):
    """An integer for every candidate of the ``axes`` it depends on.

    ``array`` has one dimension for each of the axes, in order. ``law`` says how it goes on; it is
    known only along one axis.
    """

    world: World
    axes: tuple[int, ...]
    law: Law | None
    _array: Array | Callable[[], Array]

    def __new__(
        cls,
        value: int,
        world: World,
        axes: tuple[int, ...],
        array: Array | Callable[[], Array],
        law: Law | None,
    ) -> Extent:
        made = super().__new__(cls, value)
        made.world, made.axes, made._array, made.law = world, axes, array, law
        return made

    @property
    def array(self) -> Array:
        if callable(self._array):
            self._array = self._array()
            self.world.spend(self._array.size)
        return self._array

    def at(self, representative: tuple[int, ...]) -> Extent:
        """The same for another candidate."""
        index = tuple(representative[axis] for axis in self.axes)
        return Extent(int(self.array[index]), self.world, self.axes, self._array, self.law)

    # ---- what needs a number and not a formula

    def pinned(self) -> int:
        """The plain integer; candidates for which it is another one are looked at apart."""
        value = int.__index__(self)
        self.world.decide(self, value, operator.eq)
        return value

    def distinct(self) -> list[int]:
        if len(self.axes) != 1:
            return [self.pinned()]
        alive = self.world.region.masks[self.axes[0]].values
        return [int(value) for value in np.unique(self.array[alive])]

    def keep(self, values: Sequence[int]) -> bool:
        return self.world.keep(self, values)

    def as_float(self) -> float:
        return Scaled(self, Fraction(1), float(int.__index__(self)))

    def mapped(self, how: Callable[[Array], Array]) -> Extent:
        """The result of a function on arrays, of which no law is known."""
        value = int(how(np.asarray(int.__index__(self))))
        return Extent(value, self.world, self.axes, how(self.array), None)

    def __int__(self) -> int:
        return self.pinned()

    __index__ = __int__

    def __bool__(self) -> bool:
        return self.world.decide(self, 0, operator.ne)

    def __float__(self) -> float:
        return float(self.pinned())

    def __hash__(self) -> int:
        return 0  # equality is a decision, so no two may be told apart before it

    # ---- comparison: decisions

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self._compared(other, operator.eq, otherwise=False)

    def __ne__(self, other: object) -> bool:
        if self is other:
            return False
        return self._compared(other, operator.ne, otherwise=True)

    def __lt__(self, other: Any) -> bool:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._compared(other, operator.ge)

    def _compared(self, other: Any, how: _How, otherwise: bool | None = None) -> bool:
        if isinstance(other, int):
            return self.world.decide(self, other, how)
        if isinstance(other, float):
            return bool(how(self.as_float(), other))
        return NotImplemented if otherwise is None else otherwise

    # ---- arithmetic: formulas

    def __add__(self, other: Any) -> Any:
        return self._made(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._made(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Any:
        return self._made(-1, _product)

    def __pos__(self) -> Extent:
        return self

    def __abs__(self) -> Extent:
        value, array = abs(int.__index__(self)), self._array
        if callable(array):
            return Extent(value, self.world, self.axes, lambda: np.abs(self.array), None)
        law = self.law and self.world.growing(self, self.law)
        return Extent(value, self.world, self.axes, np.abs(array), law)

    def __mul__(self, other: Any) -> Any:
        return self._made(other, _product)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return self._made(other, _quotient)

    def __rfloordiv__(self, other: Any) -> Any:
        return _constant(self, other) // self

    def __mod__(self, other: Any) -> Any:
        if isinstance(other, float):
            return self.as_float() % other
        return self - (self // other) * other

    def __rmod__(self, other: Any) -> Any:
        return other - (other // self) * self

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __truediv__(self, other: Any) -> Any:
        return (self.pinned() if isinstance(other, Extent) else self.as_float()) / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.pinned()

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        return pow(self.pinned(), other, modulo)

    def __rpow__(self, other: Any, modulo: Any = None) -> Any:
        return pow(other, self.pinned(), modulo)

    def __floor__(self) -> Extent:
        return self

    def __ceil__(self) -> Extent:
        return self

    def __trunc__(self) -> Extent:
        return self

    def __round__(self, digits: Any = None) -> Extent:
        return self

    def _made(self, other: Any, how: _How) -> Any:
        """The result for every candidate, with the law that follows."""
        if not isinstance(other, int):
            return how(self.as_float(), other)
        if how is _quotient and isinstance(other, Extent):
            bool(other)  # candidates that divide by 0 go another way
        value = how(int.__index__(self), int.__index__(other))
        world, axes = self.world, self.axes
        if len(axes) == 1:
            world.spend(len(self.array))
        if not isinstance(other, Extent):
            plain = int.__index__(other)
            if len(axes) == 1:
                return Extent(value, world, axes, how(self.array, plain), self._law(plain, how))
            return Extent(value, world, axes, lambda: how(self.array, plain), None)
        if axes == other.axes and len(axes) == 1:
            array = how(self.array, other.array)
            return Extent(value, world, axes, array, self._law_with(other, how))
        both = tuple(sorted({*axes, *other.axes}))
        return Extent(
            value, world, both, lambda: how(expanded(self, both), expanded(other, both)), None
        )

    def _law(self, other: int, how: _How) -> Law | None:
        if how is _product:
            return self.law and scale(self.law, other)
        return divide(self.law, other) if how is _quotient else self.law

    def _law_with(self, other: Extent, how: _How) -> Law | None:
        """The law of what two extents along one axis make."""
        if how is operator.add or how is operator.sub:
            return add(self.law, other.law, 1 if how is operator.add else -1)
        both = common(self.law, other.law)
        if both is None:
            return None
        mine, its = both
        found = self.world.constant(other, its)
        if found is not None:
            constant, start = found
            made = scale(mine, constant) if how is _product else divide(mine, constant)
            return made and made._replace(start=start)
        if how is _product:
            found = self.world.constant(self, mine)
            return scale(its, found[0])._replace(start=found[1]) if found else None
        return self._ratio(other, mine, its)

    def _ratio(self, other: Extent, mine: Law, its: Law) -> Law | None:
        """The quotient of two sizes that both grow, in the end the ratio of their slopes.

        With the slopes ``s`` of ``a`` and ``t`` of ``b``, ``rest = a t - b s`` is periodic and
        ``a / b = s / t + rest / (b t)``. As soon as ``b > |rest|`` the last term is less than
        ``1 / t``, so ``floor(a / b)`` is that of ``s / t``, or one less by the sign of ``rest``.
        """
        if its.slope <= 0 or mine.slope < 0:
            return None
        first, period = mine.start - 1, mine.period
        if first + period > len(self.array):
            self.world.need(first + period)
            return None
        a, b = self.array[first : first + period], other.array[first : first + period]
        most = int(np.abs(a * its.slope - b * mine.slope).max())
        periods = max(0, most - int(b.min())) // its.slope + 1
        start = mine.start + periods * period
        return Law(period, 0, start) if start < LONGEST else None


def _product(left: Any, right: Any) -> Any:
    """``*``; raises :class:`TooIntricate` where numbers would not fit into an array."""
    if isinstance(left, np.ndarray):
        most = int(np.abs(left).max()) * int(np.abs(right).max())
        if most > _MOST:
            raise TooIntricate
    return left * right


def _quotient(left: Any, right: Any) -> Any:
    """``//``, with 0 for what a candidate that is refused anyway would divide by 0."""
    if not isinstance(right, np.ndarray):
        return left // right
    return left // np.where(right == 0, 1, right)


def _constant(model: Extent, value: int) -> Extent:
    array = np.full(model.array.shape, value, dtype=np.int64)
    law = CONSTANT if len(model.axes) == 1 else None
    return Extent(int.__index__(value), model.world, model.axes, array, law)


def expanded(extent: Extent | int, axes: tuple[int, ...]) -> Array:
    """The array of an extent with a dimension for each of these axes, to be broadcast."""
    if not isinstance(extent, Extent):
        return np.asarray(int.__index__(extent))
    return spread(extent.array, extent.axes, axes)
