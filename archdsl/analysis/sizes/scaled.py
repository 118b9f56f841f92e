"""A size times a fraction, on its way to be rounded or compared."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from math import floor, lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from archdsl.graph.varying import Varying

if TYPE_CHECKING:
    from archdsl.analysis.sizes.extent import Extent

__all__ = ["Scaled"]

_How = Callable[[Any, Any], Any]
_EXACT = 1 << 20
"""With a denominator up to this, floating-point numbers round and compare a size as fractions do:
what they are off by is far less than the distance to the next such fraction."""
_LARGE = 1 << 40  # sizes times more than this would not fit into the arrays


class Scaled(float):
    """An extent times a factor."""

    extent: Extent
    factor: Fraction

    def __new__(cls, extent: Extent, factor: Fraction, value: float) -> Scaled:
        made = super().__new__(cls, value)
        made.extent, made.factor = extent, factor
        return made

    def pinned(self) -> float:
        """The plain number; candidates for which it is another one are looked at apart."""
        self.extent.pinned()
        return float.__float__(self)

    # ---- rounding

    def __floor__(self) -> Any:
        return self._rounded(1)

    def __ceil__(self) -> Any:
        return self._rounded(-1)

    def __trunc__(self) -> Any:
        return self._rounded(1 if self.extent * self.factor.numerator >= 0 else -1)

    def _rounded(self, sign: int) -> Any:
        """Down, or up as the opposite of rounding the opposite down."""
        if _is_small(self.factor):
            return sign * ((sign * self.factor.numerator * self.extent) // self.factor.denominator)
        if len(self.extent.axes) != 1:
            return sign * floor(sign * self.pinned())
        # Floating-point numbers round before they are rounded down: so does this.
        by = sign * float(self.factor)
        return sign * self.extent.mapped(lambda sizes: np.floor(sizes * by).astype(np.int64))

    # ---- products and comparisons, without a loss

    def __mul__(self, other: Any) -> Any:
        return self._times(other, operator.mul)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._times(other, operator.truediv)

    def _times(self, other: Any, how: _How) -> Any:
        """Another multiple, where that is rounded once and as a fraction would be."""
        plain = isinstance(other, int | float) and not isinstance(other, Varying | Scaled)
        if not plain or not other or self.factor.denominator & (self.factor.denominator - 1):
            return how(self.pinned(), _plain(other))
        factor: Fraction = how(self.factor, Fraction(other))
        if not _is_small(factor) and not (how is operator.mul and self.factor == 1):
            return how(self.pinned(), other)
        return Scaled(self.extent, factor, how(float.__float__(self), other))

    def _compared(self, other: Any, how: _How) -> Any:
        if not isinstance(other, int | float):
            return how(float.__float__(self), other)
        size, factor = _parts(other)
        if not (_is_small(self.factor) and _is_small(factor)):
            return how(self.pinned(), _plain(other))
        over = lcm(self.factor.denominator, factor.denominator)
        return how(self.extent * int(self.factor * over), size * int(factor * over))

    def __eq__(self, other: object) -> Any:
        return self._compared(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compared(other, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)


def _parts(number: Any) -> tuple[Any, Fraction]:
    """A number as a size times a factor."""
    if isinstance(number, Scaled):
        return number.extent, number.factor
    return (number, Fraction(1)) if isinstance(number, Varying) else (1, Fraction(number))


def _is_small(factor: Fraction) -> bool:
    return factor.denominator <= _EXACT and abs(factor.numerator) <= _LARGE


def _plain(other: Any) -> Any:
    if isinstance(other, Scaled):
        return other.pinned()
    return int(other) if isinstance(other, Varying) else other


def _pinning(name: str) -> Callable[..., Any]:
    method = getattr(float, name)

    def pinned(self: Scaled, *others: Any) -> Any:
        return method(self.pinned(), *map(_plain, others))

    return pinned


for _name in (
    *("__add__", "__radd__", "__sub__", "__rsub__", "__rtruediv__", "__mod__", "__rmod__"),
    *("__floordiv__", "__rfloordiv__", "__pow__", "__rpow__", "__bool__", "__int__", "__float__"),
    *("__round__", "__abs__", "__neg__", "__hash__"),
):
    setattr(Scaled, _name, _pinning(_name))
