"""Statements, and definitions of other languages, that stand outside of everything that can hold
them: those in a row are one mistake."""

from __future__ import annotations

import re
from difflib import get_close_matches

from archdsl.source import Source
from archdsl.syntax.lines import Line, lines_from

__all__ = ["lines_outside"]

_DEFINITIONS = ("block", "fn", "model", "use")
_PYTHON = {"async", "class", "def", "from", "import"}
_FIRST = re.compile(r"\w+|\S")
_LONGEST = 7  # that may be a misspelled definition


def lines_outside(source: Source, start: int) -> set[int]:
    """The lines, counted from 1, that are told with the one that an offset is in: what stands
    deeper, and what else of its kind begins a line."""
    number = source.position(start)[0]
    lines = lines_from(source, source.text.rfind("\n", 0, start) + 1)
    is_python = _word(next(lines)) in _PYTHON
    last = number
    for line in lines:
        if line.code.strip() and not line.indent and not _is_alike(_word(line), is_python):
            break
        last += 1
    return set(range(number, last + 1))


def _word(line: Line) -> str:
    found = _FIRST.search(line.code)
    return found[0] if found else ""


def _is_alike(word: str, is_python: bool) -> bool:
    if is_python or word in _PYTHON:
        return is_python and word in _PYTHON
    near = len(word) <= _LONGEST and get_close_matches(word, _DEFINITIONS, n=1, cutoff=0.65)
    return not near and (word.isidentifier() or word in "}])")
