"""``# allow: rule, rule (why)``: comments that silence lints.

Behind code such a comment covers its line, on a line of its own the statement or definition that
follows, and among the comments at the top of a file the whole file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from archdsl.diagnostics import CODES, LINTS
from archdsl.graph.library import LoadedFile
from archdsl.graph.report import closest
from archdsl.graph.scan import parts
from archdsl.source import Span
from archdsl.syntax import tree
from archdsl.syntax.parse import tokens_so_far

__all__ = ["Allow", "Allows"]

_WORD = "allow:"
_SPACE = ("_NL", "SPACE")


class Allow(NamedTuple):
    """One name of such a comment: where it stands, and the stretch of the text it covers."""

    name: str
    span: Span
    covers: Span

    def silences(self, name: str, place: Span) -> bool:
        inside = self.covers.start <= place.start < self.covers.end
        return name == self.name and inside and place.source is self.covers.source

    @property
    def is_known(self) -> bool:
        return self.name in LINTS or self.name in CODES

    @property
    def meant(self) -> str | None:
        """The lint that an unknown name most likely stands for."""
        return closest(self.name, LINTS)


class Allows:
    """All of some files, and which of them silenced something."""

    def __init__(self, files: Iterable[LoadedFile]) -> None:
        self.all = [allow for file in files for allow in _allows(file)]
        self._used: set[Span] = set()

    def silence(self, name: str, places: Collection[Span]) -> bool:
        """Whether what is told at these places, or on the way to them, is silenced."""
        found = [allow for allow in self.all for place in places if allow.silences(name, place)]
        self._used.update(allow.span for allow in found)
        return bool(found)

    @property
    def unknown(self) -> list[Allow]:
        return [allow for allow in self.all if not allow.is_known]

    @property
    def idle(self) -> list[Allow]:
        """Those that silenced nothing so far."""
        return [allow for allow in self.all if allow.is_known and allow.span not in self._used]


def _allows(file: LoadedFile) -> Iterator[Allow]:
    source = file.source
    if _WORD not in source.text:  # most files: not worth reading again
        return
    fresh, top = True, True  # whether nothing stands before on this line, and in this file
    for token in tokens_so_far(source.text):
        if token.type == "_NL":
            fresh = True
        if token.type == "COMMENT":
            start = token.start_pos or 0
            for name, at in _names(token):
                span = Span(source, start + at, start + at + len(name))
                yield Allow(name, span, _covered(file, start, fresh, top))
        if token.type not in (*_SPACE, "COMMENT"):
            fresh = top = False


def _names(comment: str) -> Iterator[tuple[str, int]]:
    """The names in a comment that silences, each with where it stands.

    >>> [*_names("# allow: fraction, checkerboard (as published)")]
    [('fraction', 9), ('checkerboard', 19)]
    >>> [*_names("# we allow: nothing")]
    []
    """
    before, word, names = comment.partition(_WORD)
    if not word or before.strip(" \t") != "#":
        return
    at = len(before) + len(word)
    for part in names.partition("(")[0].split(","):
        if part.strip():
            yield part.strip(), at + part.index(part.strip())
        at += len(part) + 1


def _covered(file: LoadedFile, start: int, fresh: bool, top: bool) -> Span:
    source = file.source
    if top:
        return Span(source, 0, len(source.text))
    if fresh:
        return _statement_behind(file, start)
    first = source.text.rfind("\n", 0, start) + 1
    return Span(source, first, start)


def _statement_behind(file: LoadedFile, start: int) -> Span:
    """The first statement or definition that begins behind a place, as far as it goes."""
    first: Span | None = None
    waiting: list[object] = [file.file.items]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, tree.Node) and node.span.end > start:
            if node.span.start > start and (
                first is None or (node.span.start, -node.span.end) < (first.start, -first.end)
            ):
                first = node.span
            if node.span.start <= start:
                waiting.extend(parts(node))
    return first or Span(file.source, start, start)
