"""What a file defines, for the editor's outline and its folding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.lsp.hover import heading
from archdsl.lsp.symbols import FileIndex, Kind, Scope, Symbol
from archdsl.source import Span

__all__ = ["Entry", "outline"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A name: the whole of what it names, the name itself, and what is inside."""

    name: str
    kind: Kind
    detail: str
    whole: Span
    place: Span
    children: tuple[Entry, ...] = ()


_SHOWN = {Kind.INPUT, Kind.OUTPUT, Kind.LABEL, Kind.MODULE}


def outline(index: FileIndex) -> tuple[Entry, ...]:
    """The definitions of a file in order, with the labels in them."""
    own = [symbol for symbol in index.scope.symbols() if symbol.path == index.path]
    return tuple(sorted(map(_entry, own), key=_start))


def _entry(symbol: Symbol) -> Entry:
    whole, place = symbol.node.span, symbol.places[0]
    if not (whole.start <= place.start and place.end <= whole.end):
        whole = place
    inner = symbol.inner
    inside = _inside(inner, whole) if inner else ()
    children = tuple(sorted(map(_entry, inside), key=_start))
    return Entry(symbol.name, symbol.kind, heading(symbol), whole, place, children)


def _inside(scope: Scope, whole: Span) -> Iterator[Symbol]:
    """Labels that are written there; a label of a block has those of the block elsewhere."""
    for symbol in scope.symbols():
        place = symbol.places[0]
        within = place.source is whole.source and whole.start <= place.start < whole.end
        if symbol.kind in _SHOWN and within:
            yield symbol


def _start(entry: Entry) -> int:
    return entry.place.start
