"""Applying the fixes there is no doubt about.

A fix is beyond doubt where it is the only one that holds for its mistake, of all the candidates,
and decides nothing about the network: two ways out, or another number, are the author's to choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archdsl.analysis.fixes import edited
from archdsl.analysis.review import review
from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import applied
from archdsl.graph.elaborate import Request, Result

__all__ = ["Mended", "mended", "undoubted"]

_MOST_ROUNDS = 50


@dataclass(frozen=True)
class Mended:
    """A spec with fixes applied: the request with the new texts, what is found in it now, and what
    was done, in this order."""

    request: Request
    results: Mapping[str, Result]
    fixes: tuple[Fix, ...]


def mended(request: Request, *, strict: bool = False) -> Mended:
    """Apply what is beyond doubt until nothing is left; a fix may bring the next mistake to light.

    >>> from pathlib import Path
    >>> from archdsl.source import Source
    >>> spec = "model m { input x: 3x8x8\\n 2 cnv(4, 3x3) -> rellu }"
    >>> mended(Request(Source("m.arch", spec), Path())).request.source.text
    'model m { input x: 3x8x8\\n 2 * conv(4, 3x3) -> relu }'
    """
    results: Mapping[str, Result] = review(request, strict=strict, thorough=True)
    done: list[Fix] = []
    for _ in range(_MOST_ROUNDS):
        fixes = undoubted(results)
        if not fixes:
            break
        several, request, results = _step(request, results, fixes, strict)
        done += several
    return Mended(request, review(request, strict=strict), tuple(done))


def _step(
    request: Request, results: Mapping[str, Result], fixes: list[Fix], strict: bool
) -> tuple[list[Fix], Request, Mapping[str, Result]]:
    """All of the fixes at once, if they get along with each other: each was tried alone. Else the
    first."""
    together = _with(request, fixes, strict)
    if len(fixes) == 1 or _mistakes(together[1]) + len(fixes) <= _mistakes(results):
        return fixes, *together
    return fixes[:1], *_with(request, fixes[:1], strict)


def _with(request: Request, fixes: list[Fix], strict: bool) -> tuple[Request, Mapping[str, Result]]:
    after = edited(request, _joined(fixes))
    assert after is not None, "each of them was tried"
    return after, review(after, strict=strict, thorough=True)


def undoubted(results: Mapping[str, Result]) -> list[Fix]:
    """The fixes beyond doubt of all that was found; of two that touch each other the first."""
    chosen: list[Fix] = []
    for fix in dict.fromkeys(_only(results)):
        try:
            applied(_joined([*chosen, fix]).edits)
        except ValueError:
            continue
        chosen.append(fix)
    return chosen


def _only(results: Mapping[str, Result]) -> Iterator[Fix]:
    for result in results.values():
        for diagnostic in result.diagnostics:
            if len(diagnostic.fixes) == 1 and not diagnostic.fixes[0].decides:
                yield diagnostic.fixes[0]


def _joined(fixes: Iterable[Fix]) -> Fix:
    return Fix("", tuple(edit for fix in fixes for edit in fix.edits))


def _mistakes(results: Mapping[str, Result]) -> int:
    """Mistakes, each counted once though several models may share it."""
    return len(
        {
            (diagnostic.code, diagnostic.primary.span)
            for result in results.values()
            for diagnostic in result.diagnostics
        }
    )
