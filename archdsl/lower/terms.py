"""Numbers as Python expressions: ``4 * width``, ``in_channels // 2``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from archdsl.graph.symbol import Symbol, terms_of

__all__ = ["Spelling", "amount", "names_in", "spell", "spelling"]

Atom = Any
Spelling = tuple[tuple[tuple[Any, ...], int], ...]
"""Terms with atoms replaced by names, sorted: equal spellings print equal."""


def spelling(value: int, name_of: Callable[[Atom], str]) -> Spelling:
    """The terms of an integer under the names of a class."""
    named: dict[tuple[Any, ...], int] = {}
    for monomial, factor in terms_of(value).items():
        key = tuple(sorted((_named(atom, name_of) for atom in monomial), key=repr))
        named[key] = named.get(key, 0) + factor
    return tuple(sorted(((k, f) for k, f in named.items() if f), key=repr))


def _named(atom: Atom, name_of: Callable[[Atom], str]) -> Any:
    if atom[0] not in ("//", "%"):
        return name_of(atom)
    return (atom[0], *(spelling(Symbol(0, dict(side)), name_of) for side in atom[1:]))


def amount(terms: Spelling, values: Mapping[str, int]) -> int | None:
    """The number that a spelling stands for; None for a division by zero."""
    total = 0
    for monomial, factor in terms:
        for atom in monomial:
            part = values[atom] if isinstance(atom, str) else _divided(atom, values)
            if part is None:
                return None
            factor *= part
        total += factor
    return total


def _divided(atom: tuple[str, Spelling, Spelling], values: Mapping[str, int]) -> int | None:
    sign, left, right = atom
    one, other = amount(left, values), amount(right, values)
    if one is None or not other:
        return None
    return one // other if sign == "//" else one % other


def names_in(terms: Spelling) -> Iterator[str]:
    """The names that a spelling uses."""
    for monomial, _ in terms:
        for atom in monomial:
            if isinstance(atom, str):
                yield atom
            else:
                yield from names_in(atom[1])
                yield from names_in(atom[2])


def spell(terms: Spelling, prefix: str = "") -> str:
    """Python for a spelling, every name with a prefix (``self.``).

    >>> spell(((("width",), 4),))
    '4 * width'
    >>> spell((((), 64), (("growth", "i"), 1), (("x",), -1)), "self.")
    'self.growth * self.i - self.x + 64'
    """
    if not terms:
        return "0"
    ordered = sorted(terms, key=lambda item: (not item[0], item[1] < 0))
    text = ""
    for monomial, factor in ordered:
        product = _product(monomial, abs(factor), prefix)
        if not text:
            text = product if factor > 0 else f"-{product}"
        else:
            text += f" + {product}" if factor > 0 else f" - {product}"
    return text


def _product(monomial: tuple[Any, ...], factor: int, prefix: str) -> str:
    parts = [_atom(atom, prefix) for atom in monomial]
    if factor != 1 or not parts:
        parts.insert(0, str(factor))
    if len(parts) > 1:  # `2 * (a // b)`: the two bind alike, and order matters
        parts = [
            p if p.replace(".", "_").isidentifier() or p.isdigit() else f"({p})" for p in parts
        ]
    return " * ".join(parts)


def _atom(atom: Any, prefix: str) -> str:
    if isinstance(atom, str):
        return prefix + atom
    operator, left, right = atom
    return f"{_operand(left, prefix)} {operator} {_operand(right, prefix)}"


def _operand(terms: Spelling, prefix: str) -> str:
    text = spell(terms, prefix)
    simple = text.replace(".", "_").isidentifier() or text.isdigit()
    return text if simple else f"({text})"
