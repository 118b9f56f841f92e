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
    if not _holds(whole, place):
        whole = place
    inside = _inside(symbol.inner, whole) if symbol.inner else ()
    children = tuple(sorted(map(_entry, inside), key=_start))
    return Entry(symbol.name, symbol.kind, heading(symbol), whole, place, children)


def _inside(scope: Scope, whole: Span) -> Iterator[Symbol]:
    """The labels in a definition or in braces that stand there.

    A label before a block's name has those of the block, which are shown there; in a block that
    uses itself it even is one of them.
    """
    if scope.span is not None and not _holds(whole, scope.span):
        return
    for symbol in scope.symbols():
        if symbol.kind in _SHOWN and _holds(whole, symbol.places[0]):
            yield symbol


def _holds(whole: Span, part: Span) -> bool:
    return part.source is whole.source and whole.start <= part.start and part.end <= whole.end


def _start(entry: Entry) -> int:
    return entry.place.start
