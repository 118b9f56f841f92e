"""The one style, as the smallest stretch of lines that changes."""

from __future__ import annotations

from archdsl.diagnostics import ArchError
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax.format import format_source

__all__ = ["formatted"]

Change = tuple[int, int, str]
"""Lines from one up to another, counted from 0, and what stands there instead."""


def formatted(text: str) -> Change | None:
    """What the formatter changes; nothing where the text is no spec, or is in the style.

    >>> formatted("block b(n) {\\n  conv(n,3x3)\\n}\\n")
    (1, 2, '    conv(n, 3x3)\\n')
    """
    text = text.replace("\r\n", "\n")
    try:
        parse(Source("", text))
    except ArchError:
        return None
    old, new = _lines(text), _lines(format_source(text))
    if old == new:
        return None
    shorter = min(len(old), len(new))
    front = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    most = shorter - front
    back = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    return front, len(old) - back, "".join(new[front : len(new) - back])


def _lines(text: str) -> list[str]:
    """With their ends; `str.splitlines` knows more ends than an editor does."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]
