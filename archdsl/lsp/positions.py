"""Places as editors count them: lines from 0, and in a line units of an encoding.

The protocol counts UTF-16 units unless client and server agree on something else; the rest of
the package counts characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

__all__ = ["Drift", "Text", "normalised"]

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")
_BYTES_OF_A_UNIT: Final = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def normalised(text: str) -> str:
    """The same text, as long as before, with a line end wherever an editor sees one."""
    return _LONE_RETURN.sub("\n", text)


class Text:
    """A text whose places are converted. Characters above U+FFFF count two UTF-16 units.

    >>> text = Text("# \\U0001f600 x\\nconv", "utf-16")
    >>> text.position(4), text.offset(0, 5), text.offset(1, 0)
    ((0, 5), 4, 6)
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _plain(self) -> bool:
        """Whether every character is one unit."""
        return self.text.isascii()

    def _line(self, number: int) -> str:
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, line: int, character: int) -> int:
        """Beyond the end of a line or of the text means its end."""
        if line >= len(self._starts):
            return len(self.text)
        written = self._line(line)
        within = character if self._plain else self._characters(written, character)
        return self._starts[line] + min(max(within, 0), len(written))

    def position(self, offset: int) -> tuple[int, int]:
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : offset]
        return line, len(before) if self._plain else self._units(before)

    def _units(self, text: str) -> int:
        size = _BYTES_OF_A_UNIT[self.encoding]
        return len(text.encode(_codec(self.encoding), "surrogatepass")) // size

    def _characters(self, text: str, units: int) -> int:
        """How many characters so many units are; half a character counts as none of it."""
        data = text.encode(_codec(self.encoding), "surrogatepass")
        cut = data[: max(units, 0) * _BYTES_OF_A_UNIT[self.encoding]]
        return len(cut.decode(_codec(self.encoding), "ignore"))

    def replaced(self, start: tuple[int, int], end: tuple[int, int], new: str) -> str:
        """The text with a stretch of it replaced, as an editor tells a change."""
        first, last = self.offset(*start), self.offset(*end)
        return self.text[:first] + new + self.text[max(first, last) :]


def _codec(encoding: str) -> str:
    return {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)


class Drift:
    """Carries places from an older text to a newer one, around the stretch that changed.

    >>> drift = Drift("conv -> relu", "conv -> bn -> relu")
    >>> drift.newer(0), drift.newer(8), drift.older(9)
    (0, 14, None)
    """

    def __init__(self, old: str, new: str) -> None:
        shorter = min(len(old), len(new))
        self.same = old == new
        self.front = shorter if self.same else _common(old, new)
        tail = shorter - self.front
        back = _common(old[len(old) - tail :][::-1], new[len(new) - tail :][::-1])
        self.old_back, self.new_back = len(old) - back, len(new) - back

    def newer(self, offset: int) -> int | None:
        """Where a place of the older text is now; none inside of what changed."""
        return self._carried(offset, self.old_back, self.new_back)

    def older(self, offset: int) -> int | None:
        return self._carried(offset, self.new_back, self.old_back)

    def _carried(self, offset: int, back: int, other: int) -> int | None:
        if self.same or offset < self.front:
            return offset
        return offset - back + other if offset >= back else None


def _common(left: str, right: str) -> int:
    """The length of what both begin with."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
