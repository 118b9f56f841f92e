"""Networks side by side as in the table of a paper: a row for a stage, a column for a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from archdsl.analysis.stages import Entry, Stage

__all__ = ["Column", "Count", "Part", "Row", "Table", "tabulate"]


@dataclass(frozen=True, slots=True)
class Column:
    """A network: its stages, its multiply-accumulates, and those that its paper prints."""

    name: str
    stages: tuple[Stage, ...]
    macs: int
    published: int | None = None


class Part(NamedTuple):
    """Lines of a row: what all networks have alike once, or a cell for each network."""

    alike: tuple[Entry, ...]
    cells: tuple[tuple[Entry, ...], ...]

    def of(self, network: int) -> tuple[Entry, ...]:
        """What one network has of it."""
        return self.cells[network] if self.cells else self.alike


@dataclass(frozen=True, slots=True)
class Row:
    """A stage of all networks; a network without it has an empty cell."""

    name: str
    size: str
    parts: tuple[Part, ...]


class Count(NamedTuple):
    """A count in digits and a power of ten: ``Count("3.9", 9)`` is 3.9 x 10^9."""

    digits: str
    exponent: int

    @classmethod
    def of(cls, count: int) -> Count:
        """To one digit after the point and a power of a thousand, as papers print it.

        >>> Count.of(3_858_000_000), Count.of(300_774_272)
        (Count(digits='3.9', exponent=9), Count(digits='300.8', exponent=6))
        """
        exponent = 3 * ((len(str(count)) - 1) // 3)
        return cls(f"{count / 10**exponent:.1f}", exponent)


@dataclass(frozen=True, slots=True)
class Table:
    """``strangers`` are the networks that have no stage in common with those before them."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    strangers: tuple[str, ...] = ()

    @property
    def sums(self) -> Iterator[tuple[str, tuple[Count | None, ...]]]:
        """The rows below the stages. Papers call multiply-accumulates FLOPs."""
        yield "FLOPs", tuple(Count.of(column.macs) for column in self.columns)
        published = [column.published for column in self.columns]
        if any(published):
            yield "published", tuple(Count.of(count) if count else None for count in published)


def tabulate(columns: Sequence[Column]) -> Table:
    """Stages of the same name and size in one row.

    >>> one = Stage("body", "8x8", (Entry(("3x3, 64",), 2),))
    >>> two = Stage("body", "8x8", (Entry(("3x3, 64",), 5),))
    >>> table = tabulate([Column("shallow", (one,), 9), Column("deep", (two,), 12)])
    >>> [(row.name, [[e.repeats for e in cell] for cell in row.parts[0].cells])
    ...     for row in table.rows]
    [('body', [[2], [5]])]
    """
    keys: list[_Key] = []
    strangers = []
    for column in columns:
        own = [*_keyed(column.stages)]
        if keys and not {*keys} & {*own}:
            strangers.append(column.name)
        keys = _merged(keys, own)
    cells = [_keyed(column.stages) for column in columns]
    rows = tuple(
        Row(key.name, key.size, _parts([found.get(key, ()) for found in cells])) for key in keys
    )
    return Table(tuple(columns), rows, tuple(strangers))


class _Key(NamedTuple):
    """What makes stages of several networks the same; ``number`` tells two of one network apart."""

    name: str
    size: str
    number: int


def _keyed(stages: Sequence[Stage]) -> dict[_Key, tuple[Entry, ...]]:
    found: dict[_Key, tuple[Entry, ...]] = {}
    for stage in stages:
        number = sum(key[:2] == (stage.name, stage.size) for key in found)
        found[_Key(stage.name, stage.size, number)] = stage.entries
    return found


def _merged(one: list[_Key], two: list[_Key]) -> list[_Key]:
    """Both orders in one; what only one has stands between its own neighbours."""
    found: list[_Key] = []
    for _, start, end, begin, stop in SequenceMatcher(None, one, two, False).get_opcodes():
        found += one[start:end]
        found += [key for key in two[begin:stop] if key not in found]
    return [*dict.fromkeys(found)]


def _parts(cells: Sequence[tuple[Entry, ...]]) -> tuple[Part, ...]:
    """What all cells begin with, then what they differ in."""
    if len(cells) == 1:
        return (Part((), tuple(cells)),)
    alike = [each[0] for each in takewhile(_equal, zip(*cells, strict=False))]
    rest = tuple(cell[len(alike) :] for cell in cells)
    parts = [Part((entry,), ()) for entry in alike]
    return (*parts, *([Part((), rest)] if any(rest) else ()))


def _equal(entries: tuple[Entry, ...]) -> bool:
    return len({*entries}) == 1
