"""What is written by habit, in signs that are tokens here, too: arrows, sizes, units, bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.source import Source, Span
from archdsl.syntax.indented import indented_body
from archdsl.syntax.lines import line_at
from archdsl.syntax.slips import mended, slips

__all__ = ["Habit", "habit_at"]

_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Habit:
    """What was written by habit, and how it is written here."""

    span: Span
    help: str
    fixes: tuple[Fix, ...]


def habit_at(token: Token, expected: set[str], source: Source) -> Habit | None:
    """The habit that a token belongs to which cannot stand where it does."""
    start = token.start_pos or 0
    if token.type == "_NL" and "LBRACE" in expected:
        return _brace_below(start, source)
    line = line_at(source, start)
    if (body := indented_body(token, line)) is not None:
        return Habit(*body)
    for slip in slips(line):
        if slip.span.start <= start < slip.reach:
            return Habit(slip.span, slip.help, (mended(slip, line),))
    return None


def _brace_below(end: int, source: Source) -> Habit | None:
    """A body whose brace stands on a line of its own."""
    blanks = _BLANKS.match(source.text, end)
    brace = blanks.end() if blanks else end
    if not source.text.startswith("{", brace):
        return None
    fix = replaced(Span(source, end, brace), " ", "write `{` at the end of the line above")
    help = "the `{` of a body stands at the end of the line above"
    return Habit(Span(source, brace, brace + 1), help, (fix,))
