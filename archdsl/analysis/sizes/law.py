"""How a size goes on beyond the candidates that were computed: the proof behind "all sizes".

A function of the input size ``h`` has the law ``(period, slope, start)`` when
``f(h + period) = f(h) + slope`` for every ``h >= start``. The input itself has ``(1, 1, 1)``, and
every formula of a size keeps to such a law: a sum adds the slopes, a division by ``c`` needs a
period in which the slope is a multiple of ``c``. So the strides on the way make the period, and
nothing is guessed from the numbers. A law holds for the candidates that are still legal.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import NamedTuple

__all__ = ["CONSTANT", "IDENTITY", "LONGEST", "Law", "add", "common", "divide", "scale"]

LONGEST = 1 << 20
"""A longer period than this is given up; no network comes near it."""


class Law(NamedTuple):
    """``f(h + period) = f(h) + slope`` for every ``h >= start``."""

    period: int
    slope: int
    start: int

    def over(self, period: int) -> Law:
        """The same law for a multiple of the period."""
        return Law(period, self.slope * (period // self.period), self.start)


IDENTITY = Law(1, 1, 1)
"""The law of the input size itself."""
CONSTANT = Law(1, 0, 1)


def common(*laws: Law | None) -> tuple[Law, ...] | None:
    """The laws over one period, each from where all of them hold; None if one is not known.

    >>> common(Law(2, 1, 3), Law(3, 3, 1))
    (Law(period=6, slope=3, start=3), Law(period=6, slope=6, start=3))
    """
    known = [law for law in laws if law is not None]
    if len(known) < len(laws):
        return None
    period = lcm(*(law.period for law in known))
    if period > LONGEST:
        return None
    start = max(law.start for law in known)
    return tuple(law.over(period)._replace(start=start) for law in known)


def add(left: Law | None, right: Law | None, sign: int = 1) -> Law | None:
    both = common(left, right)
    if both is None:
        return None
    one, other = both
    return one._replace(slope=one.slope + sign * other.slope)


def scale(law: Law, by: int) -> Law:
    return law._replace(slope=law.slope * by)


def divide(law: Law | None, by: int) -> Law | None:
    """The law of the quotient, rounded down, by a constant.

    >>> divide(Law(1, 1, 1), 32)
    Law(period=32, slope=1, start=1)
    """
    if law is None or by == 0:
        return None
    factor = abs(by) // gcd(law.slope, abs(by))
    if law.period * factor > LONGEST:
        return None
    over = law.over(law.period * factor)
    return over._replace(slope=over.slope // by)
