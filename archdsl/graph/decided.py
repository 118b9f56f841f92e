"""Which numbers decided the structure of a network, for the compiler.

A class can offer a parameter only where a different value would change nothing but the numbers in
it. A number that was compared, counted with, or computed with in a way that no :class:`Symbol`
remembers has decided more than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.graph.symbol import Symbol, Terms, terms_of

__all__ = ["Decided"]

_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
_REMEMBERED = {"+", "-", "*", "//", "%"}
_OF_LISTS = {"enumerate", "len", "reversed", "sum", "zip"}


class Decided:
    """Collects them while a spec expands.

    ``numbers`` decided by what they are; of ``differences`` only the sign did.
    """

    def __init__(self) -> None:
        self.numbers: dict[Any, Terms] = {}
        self.differences: dict[Any, Terms] = {}

    def binary(self, sign: str, left: Any, right: Any) -> None:
        if sign in _COMPARISONS:
            self._comparison(left, right)
        elif sign not in _REMEMBERED or not (_is_integer(left) and _is_integer(right)):
            self.by(left, right)

    def function(self, name: str, *arguments: Any) -> None:
        if name not in _OF_LISTS:
            self.by(*arguments)

    def by(self, *values: Any) -> None:
        """These numbers did, and those in these lists."""
        for symbol in _symbols(values):
            self.numbers.setdefault(_key(symbol.terms), symbol.terms)

    def _comparison(self, left: Any, right: Any) -> None:
        if _is_integer(left) and _is_integer(right):
            difference = Symbol(int(left), terms_of(left)) - right
            if not isinstance(difference, Symbol):
                return
            channels = any(
                atom[0] == "channels"
                for side in (left, right)
                for monomial in terms_of(side)
                for atom in monomial
                if isinstance(atom, tuple)
            )
            where = self.differences if channels else self.numbers
            where.setdefault(_key(difference.terms), difference.terms)
        elif isinstance(left, tuple | list) and isinstance(right, tuple | list):
            for one, other in zip(left, right, strict=False):
                self._comparison(one, other)
        else:
            self.by(left, right)


def _symbols(values: Any) -> Iterator[Symbol]:
    for value in values:
        if isinstance(value, Symbol):
            yield value
        elif isinstance(value, tuple | list):
            yield from _symbols(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _key(terms: Terms) -> Any:
    return frozenset(terms.items())
