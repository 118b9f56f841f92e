"""What is open, what is known of it, and what is to be said of it: the state of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from archdsl.analysis.fixes import tried
from archdsl.analysis.review import looked
from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph.elaborate import Request, Result, elaborate_all
from archdsl.lsp.positions import Drift
from archdsl.lsp.project import Project
from archdsl.lsp.symbols import FileIndex
from archdsl.lsp.uses import Expansion, located
from archdsl.lsp.view import View
from archdsl.source import Source, Span
from archdsl.syntax import tree

__all__ = ["Desk", "Found", "Reviewed"]


Look = Callable[[Request], Mapping[str, Result]]


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnostic, and the file that it is shown in."""

    path: Path
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was found out about one text. ``early`` is not the whole of it; there are ``more``
    fixes to come."""

    source: Source
    path: Path
    results: Mapping[str, Result]
    found: tuple[Found, ...]
    early: bool = False
    more: bool = False


class _Superseded(Exception):
    """The text has changed, and nobody waits for this any more."""


@dataclass
class Desk:
    """The open files, and what was last found out about each.

    ``expansions`` are kept for a model until it is expanded without an error again: while a text
    is being changed, the shapes of what did not change are still told.
    """

    project: Project = field(default_factory=Project)
    reviewed: dict[Path, Reviewed] = field(default_factory=dict)
    expansions: dict[Path, dict[str, Expansion]] = field(default_factory=dict)
    chosen: dict[Path, str] = field(default_factory=dict)
    _indices: dict[Path, tuple[str, FileIndex]] = field(default_factory=dict)

    # ---- finding out

    def look(self, path: Path) -> Iterator[Reviewed]:
        """What is wrong in an open file, told as soon as it is known; nothing is kept yet.

        First the errors of the model that is shown, in a file of several; then everything that
        is found; then, where there are candidates for fixes, those that hold.
        """
        request = self._request(path)
        shown = self._shown(path)
        if shown:
            results = elaborate_all(replace(request, model=shown))
            yield self._early(request.source, path, shown, results[shown])
        results = looked(request)
        more = any(one.fixes or one.sized for r in results.values() for one in r.diagnostics)
        told = {
            name: replace(result, diagnostics=tuple(map(_told, result.diagnostics)))
            for name, result in results.items()
        }
        yield _reviewed(request.source, path, told, more=more)
        if more:
            text = request.source.text
            look = self._while_it_is(text, path, looked)
            errors = self._while_it_is(text, path, elaborate_all)
            with suppress(_Superseded):
                yield _reviewed(request.source, path, tried(request, results, look, errors))

    def _while_it_is(self, text: str, path: Path, look: Look) -> Look:
        """The same look, for as long as a file has this text: trials take their time."""

        def looked_on(request: Request) -> Mapping[str, Result]:
            if self.project.texts.get(path) is not text:
                raise _Superseded
            return look(request)

        return looked_on

    def _request(self, path: Path) -> Request:
        source = Source(path.as_posix(), self.project.texts[path])
        return Request(source, path.parent, path, texts=dict(self.project.texts))

    def _shown(self, path: Path) -> str:
        """The model to look at before the others; none in a file of one, or just opened."""
        before = self.reviewed.get(path)
        file = self.project.parsed(path).file
        if before is None or len(before.results) < 2 or file is None:
            return ""
        names = [item.name for item in file.items if isinstance(item, tree.Model | tree.Variant)]
        wanted = (self.chosen.get(path, ""), path.stem, *names[:1])
        return next((name for name in wanted if name in names and name in before.results), "")

    def _early(self, source: Source, path: Path, shown: str, result: Result) -> Reviewed:
        """The errors of one model as they are now, and everything else as it was: but for what
        that model had, too, and has no more."""
        before = self.reviewed[path]
        drift = Drift(before.source.text, source.text)
        had = {_place(one) for one in before.results[shown].diagnostics if one.is_error}
        results = {}
        for model, old in before.results.items():
            kept = (one for one in old.diagnostics if _place(one) not in had)
            moved = (_moved(one, drift, before.source, source) for one in kept)
            results[model] = Result(None, tuple(one for one in moved if one is not None))
        errors = tuple(one for one in map(_told, result.diagnostics) if one.is_error)
        merged = errors + results[shown].diagnostics
        results[shown] = replace(result, diagnostics=merged)
        return _reviewed(source, path, results, early=True)

    def keep(self, reviewed: Reviewed) -> None:
        """From now on this is what is known of a file."""
        self.reviewed[reviewed.path] = reviewed
        if reviewed.early:
            return
        kept = self.expansions.setdefault(reviewed.path, {})
        results = reviewed.results
        for model in [model for model in kept if any(results) and model not in results]:
            del kept[model]  # it is not in the file any more
        for model, result in results.items():
            if result.graph is not None:
                kept[model] = Expansion(model, result.graph)

    def close(self, path: Path) -> None:
        """What is on disk counts again."""
        self.project.texts.pop(path, None)
        self.reviewed.pop(path, None)
        self.expansions.pop(path, None)
        self._indices.pop(path, None)

    # ---- telling

    def found(self, path: Path) -> list[Diagnostic]:
        """What is wrong in a file, as all open files see it; each mistake once."""
        seen: dict[tuple[str, int, int], Diagnostic] = {}
        for reviewed in self.reviewed.values():
            for one in reviewed.found:
                span = one.diagnostic.primary.span or Span(reviewed.source, 0, 0)
                if one.path == path:
                    seen.setdefault((one.diagnostic.code, span.start, span.end), one.diagnostic)
        return list(seen.values())

    def view(self, path: Path) -> View | None:
        """A file as its reader sees it now; None for one that could never be read."""
        source = self.project.source(path)
        index = self.project.index(path)
        if source is None:
            return None
        if index is not None:
            self._indices[path] = (source.text, index)
        elif path not in self._indices:
            return None
        text, index = self._indices[path]
        return View(path, index, text, source.text, tuple(self._running(path)))

    def _running(self, path: Path) -> Iterator[Expansion]:
        """The models that may run through a file: the chosen one, its others, those of others."""
        own = self.expansions.get(path, {})
        first = self.chosen.get(path, path.stem)
        yield from sorted(own.values(), key=lambda expansion: expansion.model != first)
        for home, others in self.expansions.items():
            if home != path:
                yield from others.values()


# ---- diagnostics


def _reviewed(
    source: Source,
    path: Path,
    results: Mapping[str, Result],
    *,
    early: bool = False,
    more: bool = False,
) -> Reviewed:
    return Reviewed(source, path, results, tuple(_found(path, results)), early, more)


def _found(path: Path, results: Mapping[str, Result]) -> Iterator[Found]:
    for model, result in results.items():
        for diagnostic in result.diagnostics:
            span = diagnostic.primary.span
            if not model and diagnostic.code == "no-model":
                continue  # a file of blocks, or one that is only begun, is no mistake in an editor
            yield Found(located(span.source.name) if span else path, diagnostic)


def _told(diagnostic: Diagnostic) -> Diagnostic:
    """Without candidates for fixes, which nobody has tried, and without the help for none."""
    help = None if diagnostic.mends else diagnostic.help
    return replace(diagnostic, fixes=(), mends="", sized=False, help=help)


def _place(diagnostic: Diagnostic) -> tuple[str, str, int, int]:
    span = diagnostic.primary.span
    where = (span.source.name, span.start, span.end) if span else ("", 0, 0)
    return (diagnostic.code, *where)


def _moved(diagnostic: Diagnostic, drift: Drift, old: Source, new: Source) -> Diagnostic | None:
    """What was found in an older text, in the newer one; None where that changed just there."""
    labels = [
        _moved_label(label, drift, old, new)
        for label in (diagnostic.primary, *diagnostic.secondary)
    ]
    primary, *secondary = labels
    if primary is None:
        return None
    left = tuple(label for label in secondary if label is not None)
    return replace(diagnostic, primary=primary, secondary=left, fixes=())


def _moved_label(label: Label, drift: Drift, old: Source, new: Source) -> Label | None:
    span = label.span
    if span is None or span.source.name != old.name:
        return label
    start, end = drift.newer(span.start), drift.newer(max(span.start, span.end - 1))
    if start is None or end is None:
        return None
    return replace(label, span=Span(new, start, end + (span.end > span.start)))
