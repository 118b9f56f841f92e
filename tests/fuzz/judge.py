"""What must hold for every input there is: diagnostics or a network, and soon."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archdsl.analysis.review import review
from archdsl.diagnostics import CODES, LINTS, Diagnostic
from archdsl.diagnostics.json import to_dict
from archdsl.diagnostics.text import render
from archdsl.graph.elaborate import Request, Result
from archdsl.graph.library import ReadError, decode
from archdsl.graph.limits import Limits
from archdsl.source import Source
from archdsl.syntax import read
from archdsl.syntax.format import format_source
from tests.work import counted

__all__ = ["MOST_CALLS", "Judged", "survives"]

ROOT = Path(__file__).parents[2]
MOST_CALLS = 10_000_000
"""Calls of Python functions that a review may take: twice what the worst of thousands of inputs
took, and less than it takes where trying fixes has no limit. What a call does in C is not seen:
that no text is searched in square time is tested where it is read."""
LIMITS = Limits(nodes=2_000, depth=40)


class Judged(NamedTuple):
    """What became of an input, "refused", "broken" or "clean"; and the work it was, in calls."""

    end: str
    calls: int


def survives(data: bytes) -> Judged:
    """What became of an input. Raises for anything that must not be."""
    try:
        text = decode(data, "spec.arch")
    except ReadError as error:
        assert "\n" not in str(error)
        return Judged("refused", 0)
    _warm_up()
    source = Source("spec.arch", text)
    request = Request(source, ROOT / "specs", limits=LIMITS)
    results, calls = counted(lambda: _reviewed(request))
    assert calls <= MOST_CALLS, f"took {calls:,} calls"
    if not read(source)[1]:
        format_source(text)
    broken = any(result.has_errors for result in results.values())
    return Judged("broken" if broken else "clean", calls)


@cache
def _warm_up() -> None:
    """The tables of the grammar may have to be built first: that is no input's work."""
    review(Request(Source("spec.arch", "model m { input x: 3x8x8\n relu relu }"), ROOT / "specs"))


def _reviewed(request: Request) -> Mapping[str, Result]:
    results = review(request)
    assert results
    for result in results.values():
        _is_sound(result)
    return results


def _is_sound(result: Result) -> None:
    """A network or an error, and every diagnostic can be shown."""
    errors = [diagnostic for diagnostic in result.diagnostics if diagnostic.is_error]
    assert result.graph is None or not errors, result
    assert result.graph or errors or result.files[0].own, result
    assert render(result.diagnostics, colour=True) or not result.diagnostics
    for diagnostic in result.diagnostics:
        _is_complete(diagnostic)


def _is_complete(diagnostic: Diagnostic) -> None:
    assert diagnostic.code in {**CODES, **LINTS}, diagnostic
    assert diagnostic.message and diagnostic.help, diagnostic
    assert diagnostic.primary.span is not None, diagnostic
    json.dumps(to_dict(diagnostic), allow_nan=False).encode()
