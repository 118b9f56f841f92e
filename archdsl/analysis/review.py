"""Everything that is to be said of a spec: what the expansion found, and what the lints find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from archdsl.analysis.fixes import tried
from archdsl.analysis.lints import FILE_RULES, RULES
from archdsl.analysis.lints.allow import Allow, Allows
from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import FileRule, Hit, Rule
from archdsl.diagnostics import Diagnostic, Fix, Label, Severity
from archdsl.diagnostics.edits import replaced
from archdsl.graph.elaborate import Request, Result, elaborate_all
from archdsl.graph.graph import Graph
from archdsl.graph.report import Use, placed
from archdsl.source import Span

__all__ = ["hits_of", "looked", "review"]

_ORDER = tuple(Severity)  # errors first
_STRICT = frozenset(rule.name for rule in RULES if rule.strict)


def review(request: Request, *, strict: bool = False) -> dict[str, Result]:
    """The model that was asked for, or else each model of the file, by name.

    The one way for a command, an editor or a test to learn all diagnostics of a spec. Lints are
    for models without errors. ``strict`` makes errors of all warnings, and of `fraction`. The
    fixes hold.

    >>> from pathlib import Path
    >>> from archdsl.source import Source
    >>> spec = "model m { input x: 3x8x8\\n conv(4, 3x3) -> relu -> relu }"
    >>> found = review(Request(Source("m.arch", spec), Path()))["m"].diagnostics
    >>> [(str(one.severity), one.code) for one in found]
    [('warning', 'double-activation')]
    """
    look = partial(looked, strict=strict)
    errors = None if strict else elaborate_all
    return tried(request, look(request), look, errors)


def looked(request: Request, *, strict: bool = False) -> dict[str, Result]:
    """What is found, with candidates for fixes that nobody has tried: the first, quick half of a
    review, for who cannot wait for the other."""
    results = elaborate_all(request)
    allows = Allows(next(iter(results.values())).files)
    linted = {name: _linted(result, allows) for name, result in results.items()}
    remarks = tuple(_remarks(request, results, allows))
    return {
        name: _ordered(result, (*found, *remarks), strict)
        for (name, result), found in zip(results.items(), linted.values(), strict=True)
    }


def hits_of(lint: str, graph: Graph) -> tuple[Diagnostic, ...]:
    """What one lint finds in a model, in the order of the text, silenced or not.

    >>> from pathlib import Path
    >>> from archdsl.source import Source
    >>> spec = "model m { input x: 3x7x7\\n maxpool(2) # allow: fraction\\n }"
    >>> graph = elaborate_all(Request(Source("m.arch", spec), Path()))["m"].graph
    >>> [found.message for found in hits_of("fraction", graph)]
    ['maxpool throws away 1 row and 1 column of 7x7']
    """
    rules = [rule for rule in RULES if rule.name == lint]
    facts = Facts(graph)
    return tuple(_told(_of_the_graph(rules, facts), facts, Allows(())))


def _ordered(result: Result, found: Iterable[Diagnostic], strict: bool) -> Result:
    diagnostics = sorted(
        map(_as_strict, found) if strict else found,
        key=lambda diagnostic: _ORDER.index(diagnostic.severity),
    )
    broken = any(diagnostic.is_error for diagnostic in diagnostics)
    graph = None if broken else result.graph
    return replace(result, graph=graph, diagnostics=tuple(diagnostics))


def _as_strict(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.severity is Severity.NOTE and diagnostic.code not in _STRICT:
        return diagnostic
    return replace(diagnostic, severity=Severity.ERROR)


# ---- the lints of one model


def _linted(result: Result, allows: Allows) -> list[Diagnostic]:
    """What the expansion found and is not silenced, then the lints in the order of the text."""
    kept = [one for one in result.diagnostics if one.is_error or not _is_silent(one, (), allows)]
    if result.graph is None:
        return kept
    facts = Facts(result.graph)
    file = result.files[0]
    of_the_file = ((rule, hit) for rule in FILE_RULES for hit in rule.find(file))
    return kept + _told(chain(of_the_file, _of_the_graph(RULES, facts)), facts, allows)


_Hits = Iterable[tuple[Rule | FileRule, Hit]]


def _told(hits: _Hits, facts: Facts, allows: Allows) -> list[Diagnostic]:
    found: dict[tuple[str, Span | None], Diagnostic] = {}  # a place in a block is told once
    for rule, hit in hits:
        if diagnostic := _diagnostic(rule, hit, facts, allows):
            found.setdefault((diagnostic.code, diagnostic.primary.span), diagnostic)
    return sorted(found.values(), key=_place)


def _of_the_graph(rules: Sequence[Rule], facts: Facts) -> Iterator[tuple[Rule, Hit]]:
    for rule in rules:
        hits = rule.find(facts)
        if rule.everywhere:
            hits = _everywhere(hits, facts.graph)
        yield from ((rule, hit) for hit in hits)


def _everywhere(hits: Iterable[Hit], graph: Graph) -> Iterator[Hit]:
    """One hit for each place that every node made there is hit at."""
    by_place: dict[tuple[int, ...], list[Hit]] = {}
    for hit in hits:
        by_place.setdefault(_key(hit.span), []).append(hit)
    made = Counter(_key(node.span) for node in graph.nodes) if by_place else {}
    for place, alike in by_place.items():
        if len(alike) == made[place]:
            yield alike[0]


def _key(span: Span | None) -> tuple[int, ...]:
    """A place, quick to compare."""
    return (id(span.source), span.start, span.end) if span else ()


def _diagnostic(rule: Rule | FileRule, hit: Hit, facts: Facts, allows: Allows) -> Diagnostic | None:
    """What is said of a hit, with the way to it through the blocks; nothing if that is silenced."""
    diagnostic = Diagnostic(
        rule.name,
        hit.message,
        Label(hit.span),
        hit.related,
        hit.notes,
        hit.help,
        rule.level,
    )
    if isinstance(hit.where, Span):
        return None if _is_silent(diagnostic, (), allows) else diagnostic
    around = facts.uses(hit.use or hit.where)
    uses = [Use(_shown(scope.span), scope.span, "") for scope in around if scope.span is not None]
    if _is_silent(diagnostic, [use.span for use in uses], allows):
        return None
    return placed(diagnostic, uses[::-1])


def _is_silent(diagnostic: Diagnostic, uses: Iterable[Span], allows: Allows) -> bool:
    span = diagnostic.primary.span
    return bool(allows.all) and allows.silence(diagnostic.code, [*([span] if span else []), *uses])


def _shown(span: Span) -> str:
    return " ".join(span.text.split())


def _place(diagnostic: Diagnostic) -> tuple[str, int]:
    span = diagnostic.primary.span
    return (span.source.name, span.start) if span else ("", 0)


# ---- the comments that silence


def _remarks(request: Request, results: dict[str, Result], allows: Allows) -> Iterator[Diagnostic]:
    yield from (_unknown(allow) for allow in allows.unknown)
    if _is_whole(request, results):
        own = next(iter(results.values())).files[0].source
        yield from (_idle(allow) for allow in allows.idle if allow.span.source is own)


def _is_whole(request: Request, results: dict[str, Result]) -> bool:
    """Whether all there is in the file was reviewed as it stands: else another model, or another
    setting, may need what silenced nothing now."""
    files = next(iter(results.values())).files
    if not files or request.settings or request.inputs:
        return False
    own = {name for name, model in files[0].models.items() if model.env is files[0].env}
    return own <= set(results) and all(result.graph for result in results.values())


def _unknown(allow: Allow) -> Diagnostic:
    return _remark(
        "unknown-lint",
        f"no lint is named `{allow.name}`",
        allow,
        f"did you mean `{allow.meant}`?" if allow.meant else "`archdsl explain` lists all lints",
        (replaced(allow.span, allow.meant),) if allow.meant else (),
    )


def _idle(allow: Allow) -> Diagnostic:
    return _remark(
        "unused-allow",
        f"`{allow.name}` has nothing to say here",
        allow,
        "remove it from the comment",
    )


def _remark(
    code: str, message: str, allow: Allow, help: str, fixes: tuple[Fix, ...] = ()
) -> Diagnostic:
    place = Label(allow.span)
    return Diagnostic(code, message, place, help=help, severity=Severity.WARNING, fixes=fixes)
