"""Opening the one model that profile, draw and compile work on."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archdsl.analysis.fixes import examined
from archdsl.cli.options import Choices
from archdsl.cli.output import report, wants_colour
from archdsl.diagnostics import Diagnostic, Severity
from archdsl.diagnostics.text import render

if TYPE_CHECKING:
    from archdsl.arch import Arch

__all__ = ["opened", "show", "tally"]


def opened(spec: str, choices: Choices) -> Arch:
    """The checked network; with errors they are shown, and the command ends with status 1."""
    from archdsl.arch import Arch

    request = choices.request(spec)
    result = examined(request)
    show(result.diagnostics)
    if result.graph is None:
        report(f"\n{request.source.name}: {tally(result.diagnostics)}\n")
        raise SystemExit(1)
    return Arch(result.graph, result.diagnostics, request)


def show(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics for people, on standard error."""
    if diagnostics:
        report(render(diagnostics, colour=wants_colour(sys.stderr)) + "\n")


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """How many there are of each kind.

    >>> from archdsl.diagnostics import Label
    >>> tally([Diagnostic("syntax", "this is not the language", Label(None))])
    '1 error'
    """
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    told = [(counts[kind], kind) for kind in Severity if counts[kind]]
    return ", ".join(f"{count} {kind}{'s' * (count != 1)}" for count, kind in told)
