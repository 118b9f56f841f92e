"""The computed fixes of what is wrong at a place."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.diagnostics import Diagnostic, Fix

__all__ = ["fixes_at"]


def fixes_at(
    found: Iterable[Diagnostic], start: int, end: int
) -> list[tuple[Diagnostic, Fix, bool]]:
    """The fixes of every diagnostic that touches a stretch, and whether each is the only one.

    >>> from archdsl.diagnostics import Edit, Label
    >>> from archdsl.source import Source, Span
    >>> span = Span(Source("a.arch", "cnv(8)"), 0, 3)
    >>> fix = Fix("write `conv`", (Edit(span, "conv"),))
    >>> wrong = Diagnostic("unknown-operator", "no such operator", Label(span), fixes=(fix,))
    >>> [(fix.title, only) for _, fix, only in fixes_at([wrong], 1, 1)], fixes_at([wrong], 4, 6)
    ([('write `conv`', True)], [])
    """
    return [
        (diagnostic, fix, len(diagnostic.fixes) == 1)
        for diagnostic in found
        if _touches(diagnostic, start, end)
        for fix in diagnostic.fixes
    ]


def _touches(diagnostic: Diagnostic, start: int, end: int) -> bool:
    span = diagnostic.primary.span
    return span is not None and span.start <= end and start <= span.end
