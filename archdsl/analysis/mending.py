"""Applying the fixes there is no doubt about.

A fix is beyond doubt where it is the only one that holds for its mistake, of all the candidates,
and decides nothing about the network: two ways out, or another number, are the author's to choose.

Fixes that are their mistake's only candidate are tried together, and where they do not get along
by halves. Only where there are several candidates for a mistake each must be tried by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from archdsl.analysis.better import Change, Place, all_of, effort, place
from archdsl.analysis.fixes import edited
from archdsl.analysis.resize import resized
from archdsl.analysis.review import looked, review
from archdsl.diagnostics import Diagnostic, Fix
from archdsl.diagnostics.edits import Moves
from archdsl.extras import MissingExtra
from archdsl.graph.elaborate import Request, Result

__all__ = ["Mended", "mended"]

_MOST_ROUNDS = 50
_MOST_EFFORT = 200_000  # of all looks at a spec, in steps
_MOST_LOOKS = 5  # at a spec so large that this is more
Mend = tuple[Diagnostic, Fix]
"""A mistake, and what mends it."""


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
    mending = _Mending(request, strict)
    mending.run()
    return Mended(mending.request, review(mending.request, strict=strict), tuple(mending.done))


class _Mending:
    """Mends one spec, and does not look at it too often."""

    def __init__(self, request: Request, strict: bool) -> None:
        self.request = request
        self.look = partial(looked, strict=strict)
        self.effort = 0
        self.greatest = 0  # of one look
        self.results: Mapping[str, Result] = self._looked(request)
        self.most = max(_MOST_EFFORT, _MOST_LOOKS * self.effort)
        self.done: list[Fix] = []
        self.tried: set[Place] = set()  # mistakes that nothing was found for that is beyond doubt

    def run(self) -> None:
        """What was tried for a mistake is tried again when all else is mended, and not before."""
        again = False
        for _ in range(_MOST_ROUNDS):
            if self._apply([*self._alone()]) or self._apply([*self._chosen()]):
                again = True
            elif again and self.tried:
                self.tried.clear()
                again = False
            else:
                return

    # ---- what is beyond doubt

    def _open(self) -> Iterator[tuple[Diagnostic, list[Fix]]]:
        """The mistakes that may have a fix beyond doubt, each once, with all their candidates."""
        for diagnostic in {place(one): one for one in all_of(self.results)}.values():
            fixes = diagnostic.fixes
            if place(diagnostic) in self.tried or all(fix.decides for fix in fixes):
                continue
            possible = [fix for fix in dict.fromkeys(fixes) if edited(self.request, fix)]
            if not all(fix.decides for fix in possible):
                yield diagnostic, possible

    def _alone(self) -> Iterator[Mend]:
        """The fixes that are the only candidate."""
        for diagnostic, fixes in self._open():
            if len(fixes) == 1 and not diagnostic.sized:
                yield diagnostic, fixes[0]

    def _chosen(self) -> Iterator[Mend]:
        """Those that hold as the only one of several. Where other sizes of the input cannot be
        told, for want of numpy, there may be others."""
        for diagnostic, fixes in self._open():
            if len(fixes) == 1 and not diagnostic.sized:
                continue
            if not self._can_afford():
                return
            try:
                only = self._only(diagnostic, fixes)
            except MissingExtra:
                only = None
            if only is None:
                self.tried.add(place(diagnostic))
            else:
                yield diagnostic, only

    def _only(self, diagnostic: Diagnostic, fixes: Iterable[Fix]) -> Fix | None:
        """The one that holds, if it decides nothing and there is no other."""
        only: Fix | None = None
        for fix in self._ways_out(diagnostic, fixes):
            if not self._can_afford():
                return None
            if self._with([(diagnostic, fix)]) is None:
                continue
            if only is not None or fix.decides:
                return None
            only = fix
        return only

    def _ways_out(self, diagnostic: Diagnostic, fixes: Iterable[Fix]) -> Iterator[Fix]:
        yield from fixes
        if diagnostic.sized:
            yield from resized(self.request, self._model(diagnostic))

    def _model(self, diagnostic: Diagnostic) -> str:
        return next(n for n, result in self.results.items() if diagnostic in result.diagnostics)

    # ---- applying it

    def _apply(self, mends: Sequence[Mend]) -> bool:
        """Apply as many as get along with each other."""
        kept: list[Mend] = []
        best: tuple[Request, Mapping[str, Result]] | None = None
        parts = [mends] if mends else []
        while parts and self._can_afford():
            part = parts.pop()
            after = self._with([*kept, *part])
            if after is not None:
                best = after
                kept += part
            elif len(part) > 1:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
            else:
                self.tried.add(place(part[0][0]))
        if best is not None:
            self._settle(kept, *best)
        return best is not None

    def _settle(self, mends: list[Mend], request: Request, results: Mapping[str, Result]) -> None:
        fix = _joined(mends)
        self.done += dict.fromkeys(fix for _, fix in mends)
        moves = Moves(fix.edits)
        self.tried = {
            (code, name, now) for code, name, old in self.tried for now in moves.of(name, old)
        }
        self.request, self.results = request, results

    def _with(self, mends: list[Mend]) -> tuple[Request, Mapping[str, Result]] | None:
        """The spec with these fixes and what is found in it then, if it is better."""
        fix = _joined(mends)
        request = edited(self.request, fix)
        if request is None:  # they touch each other
            return None
        after = self._looked(request)
        mistakes = [diagnostic for diagnostic, _ in mends]
        is_better = all(
            name in after
            and Change(fix.edits, before, patient=True).improves(mistakes, after[name])
            for name, before in self.results.items()
        )
        return (request, after) if is_better else None

    def _can_afford(self) -> bool:
        return self.effort + self.greatest <= self.most

    def _looked(self, request: Request) -> Mapping[str, Result]:
        results = self.look(request)
        self.greatest = max(self.greatest, effort(request, results))
        self.effort += effort(request, results)
        return results


def _joined(mends: Iterable[Mend]) -> Fix:
    """All of the fixes as one; what is the fix of several mistakes is made once."""
    fixes = dict.fromkeys(fix.edits for _, fix in mends)
    return Fix("", tuple(edit for edits in fixes for edit in edits))
