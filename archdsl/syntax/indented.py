"""Bodies that are told by a colon and their indentation, as in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Token

from archdsl.diagnostics import Edit, Fix
from archdsl.source import Span
from archdsl.syntax.lines import Line, lines_from

__all__ = ["indented_body"]

_HEAD = re.compile(r"[ \t]*(?P<word>if|elif|else|for)\b(?P<what>[^:{]*):")
_MEANT = {"elif": "else if"}


def indented_body(token: Token, line: Line) -> tuple[Span, str, tuple[Fix, ...]] | None:
    """Where the colon stands at which a token is out of place, what is to be said, and the fix."""
    head = _HEAD.match(line.code)
    if head is None:
        return None
    colon = line.start + head.end() - 1
    behind = len(line.code) - len(line.code[head.end() :].lstrip()) + line.start
    if not (token.start_pos or 0) <= max(colon, behind) or (token.end_pos or colon) < colon:
        return None
    words = " ".join(f"{_MEANT.get(head['word'], head['word'])} {head['what'].strip()}".split())
    body = line.code[head.end() :].strip() or "..."
    help = f"a body stands between braces: `{words} {{ {body} }}`"
    edits = tuple(_edits(line)) if head["word"] in ("if", "for") else ()
    fixes = (Fix("write `{ }` around the body", edits),) if edits else ()
    return Span(line.source, colon, colon + 1), help, fixes


def _edits(first: Line) -> Iterator[Edit]:
    """Braces for the body of a statement, and for those of the `else` that belong to it."""
    lines = lines_from(first.source, first.start)
    head: Line | None = next(lines, None)
    while head is not None:
        found = _HEAD.match(head.code)
        if found is None:
            return
        if found["word"] in _MEANT:
            word = Span(
                head.source, head.start + found.start("word"), head.start + found.end("word")
            )
            yield Edit(word, _MEANT[found["word"]])
        colon = head.start + found.end() - 1
        yield Edit(Span(head.source, colon, colon + 1), " {")
        last, below = _body(head, lines)
        end = last.start + len(last.code.rstrip())
        closed = " }" if last is head else f"\n{head.indent}}}"
        yield Edit(Span(head.source, end, end), closed)
        head = below if below is not None and _goes_on(below, head) else None


def _goes_on(line: Line, head: Line) -> bool:
    return line.indent == head.indent and line.code.lstrip().startswith(("else", "elif"))


def _body(head: Line, lines: Iterator[Line]) -> tuple[Line, Line | None]:
    """The last line of a body, and the one with code behind it."""
    last = head
    for line in lines:
        if not line.code.strip():
            continue
        if len(line.indent) <= len(head.indent):
            return last, line
        last = line
    return last, None
