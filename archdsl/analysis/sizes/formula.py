"""An array of sizes as a formula that fits on a line."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from archdsl.analysis.sizes.law import Law

__all__ = ["Formula", "formula"]


@dataclass(frozen=True)
class Formula:
    """``step floor((slope h + offset) / over) + plus``.

    >>> print(Formula(1, -184, 1).text("H"), Formula(1, 31, 32).text("H"))
    H - 184 floor((H + 31)/32)
    """

    slope: int
    offset: int
    over: int
    exact: bool = False
    """Whether nothing is left to be rounded at a legal size."""
    step: int = 1
    """What the quotient is multiplied with, of a size that grows by steps."""
    plus: int = 0

    def __call__(self, size: int) -> int:
        return self.step * ((self.slope * size + self.offset) // self.over) + self.plus

    def text(self, name: str) -> str:
        if not self.slope:
            return str(self.offset // self.over)
        inner = name if self.slope == 1 else f"{self.slope}*{name}"
        if self.offset:
            inner += f" {'-' if self.offset < 0 else '+'} {abs(self.offset)}"
        if self.over == 1:
            return inner
        inner = f"({inner})" if " " in inner else inner
        rounded = f"{inner}/{self.over}" if self.exact else f"floor({inner}/{self.over})"
        if self.step != 1:
            rounded = f"{self.step}*{rounded}"
        return (
            f"{rounded} {'-' if self.plus < 0 else '+'} {abs(self.plus)}" if self.plus else rounded
        )


def formula(values: Any, alive: Any, law: Law | None) -> Formula | None:
    """The formula of an array over the sizes 1, 2, ..., at those that are ``alive``.

    The law gives slope and divisor; what is left to find is the offset, and one period of the law
    proves it. None where there is none.
    """
    if law is None or law.start - 1 + law.period > len(values):
        return None
    sizes = np.flatnonzero(alive) + 1
    if not len(sizes):
        return None
    found = values[sizes - 1]
    if (found == found[0]).all():
        return Formula(0, int(found[0]), 1, exact=True)
    if not law.slope:
        return None
    rise = Fraction(law.slope, law.period)
    slope, over = rise.numerator, rise.denominator
    # floor((slope h + offset) / over) = f  <=>  over f <= slope h + offset < over (f + 1)
    rest = over * found - slope * sizes
    least, most = int(rest.max()), int((rest + over).min()) - 1
    if least > most:
        return _steps(sizes, found, law)
    offset = 0 if least <= 0 <= most else (least if least > 0 else most)
    exact = bool((rest == offset).all())
    return Formula(slope, offset, over, exact)


def _steps(sizes: Any, found: Any, law: Law) -> Formula | None:
    """Of a size that stays for a whole period and then grows by the slope of its law."""
    step, over = law.slope, law.period
    plus = int(found[0]) % step
    if ((found - plus) % step).any():
        return None
    quotient = (found - plus) // step
    rest = over * quotient - sizes
    least, most = int(rest.max()), int((rest + over).min()) - 1
    if least > most:
        return None
    return Formula(1, most if most <= 0 else least, over, step=step, plus=plus)
