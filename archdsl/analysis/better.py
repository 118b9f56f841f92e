"""Whether a change makes a spec better: mistakes are gone, at their places, and none has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from archdsl.diagnostics import Diagnostic, Edit, Severity
from archdsl.diagnostics.edits import Moves
from archdsl.graph.elaborate import Request, Result
from archdsl.graph.report import PRELUDE

__all__ = ["Change", "Place", "all_of", "effort", "place"]

_MISREAD = "syntax"
Place = tuple[str, str, int]
"""What is wrong, in which text, and where in it."""

_CHARACTERS = 2  # that are read while a step is expanded
_OF_A_MISTAKE = 20  # steps that are expanded while a mistake is explained


def all_of(results: Mapping[str, Result]) -> Iterator[Diagnostic]:
    """What was found in all models."""
    return (diagnostic for result in results.values() for diagnostic in result.diagnostics)


def effort(request: Request, results: Mapping[str, Result]) -> int:
    """What it takes to find this again: reading, expanding and explaining, about 20 microseconds
    for one."""
    files = {file.source for file in next(iter(results.values())).files}
    read = sum(len(source.text) for source in files | {request.source} if source.name != PRELUDE)
    steps = sum(result.effort for result in results.values())
    return read // _CHARACTERS + steps + _OF_A_MISTAKE * len([*all_of(results)])


def place(diagnostic: Diagnostic) -> Place:
    """Where a mistake is now."""
    span = diagnostic.primary.span
    if span is None:
        return diagnostic.code, diagnostic.message, 0
    return diagnostic.code, span.source.name, span.start


class Change:
    """Edits of a spec that was looked at, judged by what is found afterwards.

    A ``patient`` judge lets a mistake come to light where nothing could be judged before.
    """

    def __init__(self, edits: Iterable[Edit], before: Result, *, patient: bool = False) -> None:
        self._edits = tuple(edits)
        self._moves = Moves(self._edits)
        self._before = before
        self._patient = patient

    def improves(self, mistakes: Iterable[Diagnostic], after: Result) -> bool:
        """Whether these mistakes are gone and no other has come."""
        gone = {place for one in mistakes for place in self._places(one)}
        misread = {(name, offset) for code, name, offset in gone if code == _MISREAD}
        return not any(
            place(one) in gone or self._has_come(one, misread) for one in after.diagnostics
        )

    def _has_come(self, diagnostic: Diagnostic, misread: set[tuple[str, int]]) -> bool:
        """Whether it is another mistake, and one that counts."""
        warns = diagnostic.severity is Severity.WARNING and not self._before.has_errors
        if not (diagnostic.is_error or warns) or place(diagnostic) in self._old:
            return False
        if not self._patient or not self._was_hidden(diagnostic):
            return True
        return diagnostic.code == _MISREAD and not _is_on_a_line_of(diagnostic, misread)

    def _was_hidden(self, diagnostic: Diagnostic) -> bool:
        """Whether a mistake stands where nothing could be judged before, and was not edited now."""
        span = diagnostic.primary.span
        if span is None:
            return False
        name = span.source.name
        if self._edited & {(name, span.start), (name, span.end)}:
            return False
        return any(first <= span.start <= last for first, last in self._hidden.get(name, ()))

    def _places(self, diagnostic: Diagnostic) -> set[Place]:
        """What is wrong where, once the edits are made."""
        span = diagnostic.primary.span
        if span is None:
            return {place(diagnostic)}
        name = span.source.name
        return {(diagnostic.code, name, offset) for offset in self._moves.of(name, span.start)}

    @cached_property
    def _old(self) -> set[Place]:
        return {place for one in self._before.diagnostics for place in self._places(one)}

    @cached_property
    def _edited(self) -> set[tuple[str, int]]:
        return {
            (edit.span.source.name, offset)
            for edit in self._edits
            for offset in self._moves.of(edit.span.source.name, edit.span.start)
        }

    @cached_property
    def _hidden(self) -> dict[str, list[tuple[int, int]]]:
        """What could not be judged before, in each text: from where to where it is now."""
        found: dict[str, list[tuple[int, int]]] = {}
        for span in self._before.unjudged:
            name = span.source.name
            first, last = min(self._moves.of(name, span.start)), max(self._moves.of(name, span.end))
            found.setdefault(name, []).append((first, last))
        return found


def _is_on_a_line_of(diagnostic: Diagnostic, places: Iterable[tuple[str, int]]) -> bool:
    """Whether it stands where something was misread before: what could be read has no mistake of
    this kind behind another."""
    span = diagnostic.primary.span
    if span is None:
        return False
    line = span.position[0]
    return any(
        name == span.source.name and span.source.position(offset)[0] == line
        for name, offset in places
    )
