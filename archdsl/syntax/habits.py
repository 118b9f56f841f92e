"""Arrows, sizes and braces as other languages write them, in signs that are tokens here, too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import replaced
from archdsl.source import Source, Span

__all__ = ["Habit", "habit_at"]

_BLANKS = re.compile(r"\s*")
_LARGE_X = re.compile(r"(?<![\w.])\d+(?:[xX]\d+)+(?!\w)")  # 3X3
_TUPLE = re.compile(r"(?<![\w)\]])\(\s*\d+(?:\s*,\s*\d+)+\s*,?\s*\)")  # (3, 3)


@dataclass(frozen=True, slots=True)
class Habit:
    """What was written by habit, and how it is written here."""

    span: Span
    help: str
    fix: Fix


def habit_at(token: Token, expected: set[str], source: Source) -> Habit | None:
    """The habit that a token belongs to which cannot stand where it does."""
    start = token.start_pos or 0
    if token.type == "_NL" and "LBRACE" in expected:
        return _brace_below(start, source)
    arrow = source.text.find("=>", max(0, start - 1), start + 2)  # at its `=` or behind it
    if arrow >= 0:
        span = Span(source, arrow, arrow + 2)
        return Habit(span, "write the arrow as `->`", replaced(span, "->"))
    if token.upper().startswith("X"):
        return _sizes(_LARGE_X, start, source)
    return _sizes(_TUPLE, start, source) if token == "," else None


def _brace_below(end: int, source: Source) -> Habit | None:
    """A body whose brace stands on a line of its own."""
    blanks = _BLANKS.match(source.text, end)
    brace = blanks.end() if blanks else end
    if not source.text.startswith("{", brace):
        return None
    fix = replaced(Span(source, end, brace), " ", "write `{` at the end of the line above")
    help = "the `{` of a body stands at the end of the line above"
    return Habit(Span(source, brace, brace + 1), help, fix)


def _sizes(pattern: re.Pattern[str], offset: int, source: Source) -> Habit | None:
    """The size that an offset is in, if one is written like that; the fix mends its whole line."""
    first = source.text.rfind("\n", 0, offset) + 1
    end = source.text.find("\n", offset)
    found = [
        Span(source, match.start(), match.end())
        for match in pattern.finditer(source.text, first, end if end >= 0 else len(source.text))
    ]
    span = next((span for span in found if span.start < offset < span.end), None)
    if span is None:
        return None
    written = [Edit(span, "x".join(re.findall(r"\d+", span.text))) for span in found]
    size = written[found.index(span)].text
    return Habit(span, f"a size is written `{size}`", Fix(f"write `{size}`", tuple(written)))
