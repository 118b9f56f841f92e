"""What must hold for every input there is: diagnostics or a network, and soon."""

from __future__ import annotations

import json
import time
from pathlib import Path

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

__all__ = ["SECONDS", "survives"]

ROOT = Path(__file__).parents[2]
SECONDS = 2.0
LIMITS = Limits(nodes=2_000, depth=40)


def survives(data: bytes) -> str:
    """What became of an input: "refused", "broken" or "clean". Raises for anything that must not
    be."""
    start = time.process_time()
    try:
        text = decode(data, "spec.arch")
    except ReadError as error:
        assert "\n" not in str(error)
        return "refused"
    source = Source("spec.arch", text)
    results = review(Request(source, ROOT / "specs", limits=LIMITS))
    assert results
    for result in results.values():
        _is_sound(result)
    took = time.process_time() - start
    assert took < SECONDS, f"took {took:.1f} s"
    if not read(source)[1]:
        format_source(text)
    return "broken" if any(result.has_errors for result in results.values()) else "clean"


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
