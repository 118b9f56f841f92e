"""Edits of texts: making them, applying them, and where a place is afterwards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice, pairwise

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import Source, Span

__all__ = ["Moves", "applied", "either", "inserted", "removed", "replaced", "without"]


# ---- making them --------------------------------------------------------------------------------


def replaced(span: Span, text: str, title: str = "") -> Fix:
    """Write something else in the place of a span.

    >>> replaced(Span(Source("a.arch", "cnv(64)"), 0, 3), "conv").title
    'write `conv`'
    """
    return Fix(title or f"write `{text}`", (Edit(span, text),))


def inserted(source: Source, offset: int, text: str, title: str) -> Fix:
    """Write something between two characters."""
    return Fix(title, (Edit(Span(source, offset, offset), text),))


def removed(span: Span, title: str = "") -> Fix:
    """Take a span out, and the comma that joins it to its neighbours in a list."""
    text, start, end = span.source.text, span.start, span.end
    before, after = text[:start].rstrip(), text[end:].lstrip()
    if before.endswith(","):
        start = len(before) - 1
    elif after.startswith(","):
        end = len(text) - len(after[1:].lstrip())
    return Fix(title or f"remove `{span.text}`", (Edit(Span(span.source, start, end), ""),))


def without(span: Span) -> Fix:
    """Take a statement or a bracket out, with its line where nothing else stands on it."""
    text, start, end = span.source.text, span.start, span.end
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end) + 1 or len(text)
    if not text[first:start].strip() and not text[end:last].strip():
        start, end = first, last
    edit = Edit(Span(span.source, start, end), "")
    return Fix(f"remove `{span.text}`" if len(span.text) == 1 else "remove it", (edit,))


def either(words: Sequence[str]) -> str:
    """Alternatives in a sentence.

    >>> either(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


# ---- applying them ------------------------------------------------------------------------------


def applied(edits: Iterable[Edit]) -> dict[Source, str]:
    """The new text of each source that is edited.

    Raises :class:`ValueError` for edits that overlap: there is no telling what they mean.

    >>> spec = Source("a.arch", "cnv(64, 3x3)")
    >>> applied([Edit(Span(spec, 8, 11), "5x5"), Edit(Span(spec, 0, 3), "conv")])[spec]
    'conv(64, 5x5)'
    """
    by_source: dict[Source, list[Edit]] = {}
    for edit in edits:
        by_source.setdefault(edit.span.source, []).append(edit)
    return {source: _applied(source.text, _in_order(own)) for source, own in by_source.items()}


def _applied(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*parts, text[at:]])


def _in_order(edits: Iterable[Edit]) -> list[Edit]:
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    for before, after in pairwise(ordered):
        if before.span.end > after.span.start:
            raise ValueError(f"edits overlap at {after.span}")
    return ordered


class Moves:
    """Where the places of texts are after edits: what is inserted at a place may count as standing
    before it or behind it. The edits do not overlap.

    >>> spec = Source("a.arch", "conv(64) -> relu")
    >>> sorted(Moves([Edit(Span(spec, 12, 12), "bn -> ")]).of("a.arch", 12))
    [12, 18]
    """

    def __init__(self, edits: Iterable[Edit]) -> None:
        by_name: dict[str, list[Edit]] = {}
        for edit in edits:
            by_name.setdefault(edit.span.source.name, []).append(edit)
        self._of = {name: _Moves(own) for name, own in by_name.items()}

    def of(self, name: str, offset: int) -> set[int]:
        """Where an offset of the text with this name may be."""
        return self._of[name].of(offset) if name in self._of else {offset}


class _Moves:
    """Those of one text. Quick for many edits and many places: the edits are put in order once."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits = _in_order(edits)
        self._ends = [edit.span.end for edit in self._edits]
        self._longer = [0, *accumulate(map(_longer, self._edits))]

    def of(self, offset: int) -> set[int]:
        before = bisect_left(self._ends, offset)
        low = high = offset + self._longer[before]
        for edit in islice(self._edits, before, None):
            start, end = edit.span.start, edit.span.end
            if start > offset:
                break
            if start < end == offset:
                low, high = low + _longer(edit), high + _longer(edit)
            elif end == offset:
                high += _longer(edit)
            else:  # in the middle of what is replaced
                low, high = low + start - offset, high + start - offset
        return {low, high}


def _longer(edit: Edit) -> int:
    """By how much it makes the text longer."""
    return len(edit.text) - (edit.span.end - edit.span.start)
