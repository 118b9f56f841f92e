"""Edits of texts: making them, applying them, and where a place is afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import Source, Span

__all__ = ["applied", "either", "inserted", "moved", "removed", "replaced", "without"]


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


def moved(source: str, offset: int, edits: Iterable[Edit]) -> set[int]:
    """Where an offset of a source may be after the edits: what is inserted at it may count as
    standing before it or behind it.

    >>> spec = Source("a.arch", "conv(64) -> relu")
    >>> sorted(moved("a.arch", 12, [Edit(Span(spec, 12, 12), "bn -> ")]))
    [12, 18]
    """
    low = high = offset
    for edit in edits:
        if edit.span.source.name != source:
            continue
        longer = len(edit.text) - (edit.span.end - edit.span.start)
        if edit.span.end < offset or (edit.span.end == offset and edit.span.start < offset):
            low, high = low + longer, high + longer
        elif edit.span.end == offset:
            high += longer
        elif edit.span.start < offset:  # in the middle of what is replaced
            low, high = low + edit.span.start - offset, high + edit.span.start - offset
    return {low, high}
