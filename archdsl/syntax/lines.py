"""Lines of a text as far as they are code: comments are blank, and strings nothing but quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.source import Source, Span

__all__ = ["Line", "first_step", "line_at", "lines_from"]

_LONGEST = 2_000
_NO_CODE = re.compile(r'"(?:[^"\\\n]|\\.)*(?:"|$)|#.*')


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text; ``code`` is as long as the line."""

    source: Source
    start: int
    code: str

    @property
    def end(self) -> int:
        return self.start + len(self.code)

    @property
    def is_long(self) -> bool:
        """Whether nobody wrote it by hand: what looks at it sign by sign would take long."""
        return len(self.code) > _LONGEST

    @property
    def indent(self) -> str:
        return self.code[: len(self.code) - len(self.code.lstrip(" \t"))]

    def span(self, found: re.Match[str]) -> Span:
        return Span(self.source, self.start + found.start(), self.start + found.end())

    def depth(self, column: int, opening: str = "([") -> int:
        """How many brackets that this line opens are open before a column."""
        closing = "".join({"(": ")", "[": "]", "{": "}"}[sign] for sign in opening)
        before = self.code[:column]
        return sum(map(before.count, opening)) - sum(map(before.count, closing))


def line_at(source: Source, offset: int) -> Line:
    """The line that an offset is in."""
    return next(lines_from(source, source.text.rfind("\n", 0, offset) + 1))


def lines_from(source: Source, start: int) -> Iterator[Line]:
    """All lines from the beginning of one on."""
    while start <= len(source.text):
        end = source.text.find("\n", start)
        end = end if end >= 0 else len(source.text)
        code = _NO_CODE.sub(_hidden, source.text[start:end]).replace("\r", " ")
        yield Line(source, start, code)
        start = end + 1


def _hidden(found: re.Match[str]) -> str:
    return ('"' if found[0][0] == '"' else " ") * len(found[0])


def first_step(line: str) -> str:
    """What stands before an arrow, a comment, or a bracket that was opened elsewhere."""
    depth = 0
    for offset, char in enumerate(line):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (depth == 0 and line.startswith(("->", "#"), offset)):
            return line[:offset].strip()
    return line.strip()
