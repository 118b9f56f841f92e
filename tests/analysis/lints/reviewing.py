"""Reviewing a text, as `archdsl check` does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archdsl import Diagnostic
from archdsl.analysis.review import review
from archdsl.graph.elaborate import Request
from archdsl.source import Source


def reviewed(text: str, *, strict: bool = False, folder: Path | None = None) -> list[Diagnostic]:
    """What is said of all models of a text, each once."""
    request = Request(Source("example.arch", text), folder or Path())
    found = {
        (diagnostic.code, diagnostic.primary.span): diagnostic
        for result in review(request, strict=strict).values()
        for diagnostic in result.diagnostics
    }
    return list(found.values())


def codes(found: Iterable[Diagnostic]) -> list[str]:
    return [diagnostic.code for diagnostic in found]


def lines(found: Iterable[Diagnostic]) -> list[tuple[str, int]]:
    """Each code with the line it is told at."""
    return [(d.code, d.primary.span.position[0]) for d in found if d.primary.span]
