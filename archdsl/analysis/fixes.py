"""Fixes that hold: every candidate is tried on the whole spec before anybody is told of it.

A candidate holds if the spec with it no longer has the mistake, at its place, and has no error that
it did not have before (no warning either, where there was no error). At most three are kept, and
besides two other sizes of the input where the sizes are at fault. They come in the order of the
candidates: the smallest change first.

What applies fixes one after another is ``mending``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from archdsl.analysis.better import Change, all_of, effort
from archdsl.analysis.resize import INPUT, given, resized
from archdsl.diagnostics import Diagnostic, Edit, Fix
from archdsl.diagnostics.edits import applied, either
from archdsl.extras import MissingExtra
from archdsl.graph.elaborate import Request, Result, elaborate
from archdsl.graph.report import PRELUDE
from archdsl.source import Source, Span

__all__ = ["edited", "examined", "path_of", "settled", "tried"]

Look = Callable[[Request], Mapping[str, Result]]
"""Everything that is found in a spec, with no candidate tried."""

_PACKAGE = Path(__file__).parents[1].resolve()
_MOST_CANDIDATES = 8
_MOST_KEPT = 3
_MOST_SIZES = 2
_MOST_TRIALS = 40
_MOST_EFFORT = 25_000  # of all of them, in steps; the first is made however much it takes


def examined(request: Request) -> Result:
    """What the expansion of one model gives, with the fixes that hold."""

    def look(request: Request) -> dict[str, Result]:
        return {request.model or "": elaborate(request)}

    return tried(request, look(request), look)[request.model or ""]


def tried(
    request: Request,
    results: Mapping[str, Result],
    look: Look,
    errors: Look | None = None,
) -> dict[str, Result]:
    """The results with the fixes that hold, and with the help made of them.

    ``errors`` is a quicker look that finds all errors: it is enough where there are any.
    Of a spec with many mistakes or a large one, the first few mistakes get theirs.
    """
    if not any(diagnostic.fixes or diagnostic.sized for diagnostic in all_of(results)):
        return dict(results)
    has_errors = any(diagnostic.is_error for diagnostic in all_of(results))
    trials = _Trials(request, results, errors if errors and has_errors else look)
    for diagnostic in sorted(all_of(results), key=lambda one: not one.is_error):
        trials.settle(diagnostic)
    return {
        name: replace(result, diagnostics=tuple(map(trials.settled, result.diagnostics)))
        for name, result in results.items()
    }


def settled(
    diagnostic: Diagnostic, own: Iterable[Fix] = (), sizes: Iterable[Fix] = (), untried: str = ""
) -> Diagnostic:
    """A diagnostic with the fixes that hold, and no other; its help is made of them.

    ``sizes`` are those that change the size of the input; ``untried`` is what to do to have them
    tried, where they were not.
    """
    own, sizes = tuple(own), tuple(sizes)
    first, more = [fix.title for fix in own], [fix.title for fix in sizes]
    help = diagnostic.help
    if diagnostic.mends and (first or more):
        help = f"{either(first or more)} {diagnostic.mends}"
        help += f"; so does {either(more)}" if first and more else ""
    if untried:
        help = f"{help}; {untried}" if help else untried
    fixes = tuple(fix for fix in (*own, *sizes) if not any(map(_is_outside, fix.edits)))
    return replace(diagnostic, fixes=fixes, help=help, mends="", sized=False)


def _is_outside(edit: Edit) -> bool:
    """Whether what it changes was given with the command: it can be told, and not applied."""
    return edit.span.source.name.startswith("--")


# ---- the spec with a fix ------------------------------------------------------------------------


def edited(request: Request, fix: Fix) -> Request | None:
    """The request with a fix applied; none where it would change what is neither a file of the
    project nor the shape of an input: the prelude, or a setting of the command line."""
    try:
        texts = applied(fix.edits)
    except ValueError:
        return None
    for source, text in texts.items():
        if source.name == request.source.name:
            request = replace(request, source=Source(source.name, text))
            continue
        if source.name == INPUT:
            request = replace(request, inputs={**request.inputs, **given(text)})
            continue
        path = path_of(request, source)
        if path is None:
            return None
        request = replace(request, texts={**request.texts, path: text})
    return request


def path_of(request: Request, source: Source) -> Path | None:
    """Where a file that the spec uses is; none for what is no such file, or ships with this
    package."""
    if source.name == PRELUDE or source.name.startswith("--"):
        return None
    folder, slash, _ = request.source.name.rpartition("/")
    try:
        path = (request.folder / source.name.removeprefix(folder + slash)).resolve()
        return path if path.is_file() and not path.is_relative_to(_PACKAGE) else None
    except (OSError, ValueError):
        return None


class _Holding(NamedTuple):
    """What holds for a mistake: its own fixes, and other sizes of the input, if they were tried."""

    own: Sequence[Fix]
    sizes: Sequence[Fix]
    untried: str


class _Trials:
    """Tries candidates on one spec, and not too many of them."""

    def __init__(self, request: Request, results: Mapping[str, Result], look: Look) -> None:
        self.request = request
        self.results = results
        self.look = look
        self.made = 0
        self.effort = 0
        self.greatest = effort(request, results)  # of one trial
        self.found: dict[tuple[str, str, Span | None], _Holding] = {}
        self.sizes: dict[str, list[Fix]] = {}  # other sizes of the input, of each model

    def settle(self, diagnostic: Diagnostic) -> None:
        """Find what holds for a mistake. Several models may share it; they share its fixes."""
        place = _mistake(diagnostic)
        if place in self.found:
            return
        own = self._holding(diagnostic, diagnostic.fixes, _MOST_KEPT)
        more: list[Fix] = []
        untried = ""
        if diagnostic.sized:
            model = next(n for n, r in self.results.items() if diagnostic in r.diagnostics)
            try:
                more = self._holding(diagnostic, self._resized(model), _MOST_SIZES)
            except MissingExtra as missing:
                untried = f"to have other input sizes tried: {missing.install}"
        self.found[place] = _Holding(own, more, untried)

    def settled(self, diagnostic: Diagnostic) -> Diagnostic:
        return settled(diagnostic, *self.found[_mistake(diagnostic)])

    def _resized(self, model: str) -> list[Fix]:
        if model not in self.sizes:
            self.sizes[model] = resized(self.request, model) if self._can_afford() else []
        return self.sizes[model]

    def _holding(self, diagnostic: Diagnostic, candidates: Iterable[Fix], most: int) -> list[Fix]:
        few = islice(candidates, _MOST_CANDIDATES)
        holding = (fix for fix in few if self._may_go_on() and self._holds(fix, diagnostic))
        return [*islice(holding, most)]

    def _may_go_on(self) -> bool:
        return not self.made or self._can_afford()

    def _can_afford(self) -> bool:
        """One more that takes no more than the greatest did. Not a matter of time: the same spec
        gets the same fixes on every machine."""
        return self.made < _MOST_TRIALS and self.effort + self.greatest <= _MOST_EFFORT

    def _looked(self, request: Request) -> Mapping[str, Result]:
        results = self.look(request)
        self.effort += effort(request, results)
        self.greatest = max(self.greatest, effort(request, results))
        return results

    def _holds(self, fix: Fix, diagnostic: Diagnostic) -> bool:
        """Tried on one model that has the mistake first, and if it holds there on the others."""
        request = edited(self.request, fix)
        if request is None:
            return False
        self.made += 1
        first = next(n for n, r in self.results.items() if diagnostic in r.diagnostics)
        chosen = replace(request, model=first) if first else request
        after = self._looked(chosen)
        if not self._is_better(fix, diagnostic, after, [first]):
            return False
        others = [name for name in self.results if name != first]
        return not others or self._is_better(fix, diagnostic, self._looked(request), others)

    def _is_better(
        self, fix: Fix, diagnostic: Diagnostic, after: Mapping[str, Result], names: list[str]
    ) -> bool:
        return all(
            name in after
            and Change(fix.edits, self.results[name]).improves([diagnostic], after[name])
            for name in names
        )


def _mistake(diagnostic: Diagnostic) -> tuple[str, str, Span | None]:
    """What makes two diagnostics the same mistake."""
    span = diagnostic.primary.span
    return diagnostic.code, "" if span else diagnostic.message, span
