"""Integers that remember how they were computed.

The compiler expands a spec with these in place of plain integers, so that ``conv(4 * width)``
can be written out as ``4 * width`` and not as 256. A symbol *is* the integer it stands for:
every formula takes it as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["Symbol", "Terms", "add", "constant", "divide", "multiply", "remembered", "terms_of"]

Monomial = tuple[Hashable, ...]
Terms = Mapping[Monomial, int]
"""A polynomial: the product of the atoms of each monomial times its coefficient."""


def constant(value: int) -> Terms:
    return {(): value} if value else {}


def terms_of(value: int) -> Terms:
    return value.terms if isinstance(value, Symbol) else constant(int(value))


class Symbol(int):
    """An integer with the polynomial it came from.

    >>> width = Symbol(64, {(("width",),): 1})
    >>> made = 4 * width
    >>> made, made.terms
    (256, {(('width',),): 4})
    """

    terms: Terms

    def __new__(cls, value: int, terms: Terms) -> Symbol:
        made = super().__new__(cls, value)
        made.terms = terms
        return made

    @classmethod
    def atom(cls, value: int, atom: Hashable) -> Symbol:
        return cls(value, {(atom,): 1})

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return int(self) + other
        return remembered(int(self) + int(other), add(self.terms, terms_of(other)))

    __radd__ = __add__

    def __neg__(self) -> Symbol:
        return remembered(-int(self), _scale(self.terms, -1))

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return int(self) - other
        negative = _scale(terms_of(other), -1)
        return remembered(int(self) - int(other), add(self.terms, negative))

    def __rsub__(self, other: Any) -> Any:
        return -(self - other)

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return int(self) * other
        return remembered(int(self) * int(other), multiply(self.terms, terms_of(other)))

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return self._opaque("//", other, int(self) // other) if other else int(self) // other

    def __rfloordiv__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return other // int(self)
        return _opaque("//", other, self, int(other) // int(self))

    def __mod__(self, other: Any) -> Any:
        return self._opaque("%", other, int(self) % other) if other else int(self) % other

    def _opaque(self, operator: str, other: Any, value: Any) -> Any:
        if not isinstance(other, int):
            return value
        exact = divide(self.terms, int(other)) if operator == "//" else None
        if exact is not None and not isinstance(other, Symbol):
            return Symbol(value, exact)
        return _opaque(operator, self, other, value)

    __hash__ = int.__hash__


_LONGEST = 64


def remembered(value: int, terms: Terms) -> Symbol:
    """The symbol; a number computed in very many steps is better known as what it amounts to."""
    short = len(terms) <= _LONGEST and sum(map(len, terms)) <= _LONGEST
    return Symbol(value, terms if short else constant(value))


def _opaque(operator: str, left: int, right: int, value: int) -> Symbol:
    atom = (operator, _frozen(terms_of(left)), _frozen(terms_of(right)))
    return Symbol.atom(value, atom)


def _frozen(terms: Terms) -> Hashable:
    return tuple(sorted(terms.items(), key=repr))


def add(left: Terms, right: Terms) -> Terms:
    total = dict(left)
    for monomial, factor in right.items():
        total[monomial] = total.get(monomial, 0) + factor
    return {monomial: factor for monomial, factor in total.items() if factor}


def _scale(terms: Terms, by: int) -> Terms:
    return {monomial: factor * by for monomial, factor in terms.items()}


def divide(terms: Terms, by: int) -> Terms | None:
    """The quotient where every coefficient divides, else None."""
    if any(factor % by for factor in terms.values()):
        return None
    return {monomial: factor // by for monomial, factor in terms.items()}


def multiply(left: Terms, right: Terms) -> Terms:
    product: dict[Monomial, int] = {}
    for one, a in left.items():
        for two, b in right.items():
            monomial = tuple(sorted(one + two, key=repr))
            product[monomial] = product.get(monomial, 0) + a * b
    return {monomial: factor for monomial, factor in product.items() if factor}
