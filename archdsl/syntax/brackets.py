"""Brackets without their partner, told by how the lines are indented, and mended.

A bracket that is never closed is noticed where the file ends, long behind the place. But nearly
every text is indented: a line that stands no deeper than the one with the bracket is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from archdsl.syntax.layout import PARTNER, TOP_LEVEL, Layout, Unbalanced

__all__ = ["CLOSING", "balanced", "chunks"]

CLOSING = {closing: opening for opening, closing in PARTNER.items()}
_SPELLING = {"LBRACE": "{", "RBRACE": "}", "RPAR": ")", "RSQB": "]"}
_LINE_END = ("_NL", "DOC")
_NEW_STATEMENT = TOP_LEVEL | {
    *("INPUT", "OUTPUT", "TRAIN", "MODULE", "RETURN", "IF", "FOR", "INIT", "REQUIRE", "RBRACE")
}


def chunks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of each definition of a file: a bracket reaches no further."""
    chunk: list[Token] = []
    for token in tokens:
        if token.type in TOP_LEVEL and token.column == 1 and (not chunk or _is_fresh(chunk)):
            yield chunk
            chunk = []
        chunk.append(token)
    yield chunk


def _is_fresh(chunk: list[Token]) -> bool:
    return chunk[-1].type == "_NL"


def balanced(chunk: list[Token]) -> tuple[list[Token], Unbalanced | None, set[int]]:
    """A chunk with its first bracket mended, what was wrong, and the lines that were guessed at.

    Raises :class:`TooNested`.
    """
    try:
        list(Layout().process(iter(chunk)))
    except Unbalanced as noticed:
        error = _Scan(chunk).first() or noticed
    else:
        return chunk, None, set()
    if error.wanted == "open":
        at = next(i for i, t in enumerate(chunk) if t is error.token)
        before = next((t for t in reversed(chunk[:at]) if t.type != "_NL"), error.token)
        around = (error.token,) if error.token.type == "RBRACE" else (error.token, before)
        guessed = {token.line or 1 for token in around}
        return [*chunk[:at], *chunk[at + 1 :]], error, guessed
    if error.wanted == "body":
        at = next(i for i, t in enumerate(chunk) if (t.end_pos or 0) == error.at) + 1
        return _inserted(chunk, at, "LBRACE"), error, set()
    at = _end(chunk, error)
    opening = next(i for i, t in enumerate(chunk) if t is error.token)
    lines = range(error.token.line or 1, (chunk[at - 1].line or 1) + 1)
    one_line = error.token.type == "LBRACE" and opening + 1 < at and len(lines) == 1
    guessed = set() if error.token.type == "LBRACE" and not one_line else set(lines)
    return _inserted(chunk, at, PARTNER[error.token.type]), error, guessed


def _inserted(chunk: list[Token], at: int, kind: str) -> list[Token]:
    made = Token.new_borrow_pos(kind, _SPELLING[kind], chunk[at - 1])
    return [*chunk[:at], made, *chunk[at:]]


def _end(chunk: list[Token], error: Unbalanced) -> int:
    """Where an unclosed bracket most likely ends.

    A brace ends where it was noticed; ``(`` and ``[`` end with their line, before its body.
    """
    at = next((i for i, t in enumerate(chunk) if (t.start_pos or 0) >= error.at), len(chunk))
    opening = next(i for i, t in enumerate(chunk) if t is error.token)
    at = max(at, opening + 1)
    if error.token.type != "LBRACE":
        end = opening + 1
        depth = 0
        while end < at and (chunk[end].type != "_NL" or depth or _goes_on(chunk, end)):
            depth += (chunk[end].type in PARTNER) - (chunk[end].type in CLOSING)
            if depth < 0 or (chunk[end].type == "LBRACE" and _ends_line(chunk, end)):
                break
            end += 1
        at = end if end > opening + 1 else at
    while chunk[at - 1].type in _LINE_END and at > opening + 1:
        at -= 1
    return at


def _goes_on(chunk: Sequence[Token], at: int) -> bool:
    """Whether a line in brackets goes on in the next: behind a comma, unless a statement begins
    there."""
    before = at - 1
    while before > 0 and chunk[before].type in _LINE_END:
        before -= 1
    while at < len(chunk) and chunk[at].type in _LINE_END:
        at += 1
    if at == len(chunk) or chunk[before].type != "COMMA":
        return False
    return chunk[at].type not in _NEW_STATEMENT


def _ends_line(chunk: Sequence[Token], at: int) -> bool:
    return at + 1 >= len(chunk) or chunk[at + 1].type == "_NL"


@dataclass
class _Open:
    token: Token
    indent: int
    tells: bool
    """Whether indentation tells what is inside: not where a body is written flush left."""


class _Scan:
    """Looks for the first bracket without its partner."""

    def __init__(self, chunk: list[Token]) -> None:
        self.chunk = chunk
        self.open: list[_Open] = []
        self.lines: list[tuple[int, int]] = []  # of each line its indentation and first index

    def first(self) -> Unbalanced | None:
        indent, fresh = 0, True
        for index, token in enumerate(self.chunk):
            if token.type == "_NL":
                fresh = True
                continue
            if fresh:
                indent, fresh = (token.column or 1) - 1, False
                error = self._left_open(index, indent)
                if error is not None:
                    return error
                self.lines.append((indent, index))
                starts = True
            else:
                starts = False
            if token.type in PARTNER:
                self.open.append(_Open(token, indent, self._tells(index, indent)))
            elif token.type in CLOSING:
                error = self._close(index, indent, starts)
                if error is not None:
                    return error
        if not self.open:
            return None
        last = self.chunk[-1]
        return Unbalanced(self.open[-1].token, last.end_pos or 0, "close")

    def _tells(self, index: int, indent: int) -> bool:
        if not _ends_line(self.chunk, index):
            return True
        below = next((t for t in self.chunk[index + 1 :] if t.type != "_NL"), None)
        return below is None or (below.column or 1) - 1 > indent or below.type in CLOSING

    def _left_open(self, index: int, indent: int) -> Unbalanced | None:
        """A line that stands no deeper than the one with the bracket, and does not close it."""
        if not self.open:
            return None
        top, token = self.open[-1], self.chunk[index]
        if top.token.type != "LBRACE" and token.type != "LABEL" and _goes_on(self.chunk, index):
            return None
        alone = len(self.open) == 1
        closes = token.type in CLOSING and (indent == top.indent or alone)
        if not top.tells or indent > top.indent or closes or str(token) == "->":
            return None
        return Unbalanced(top.token, token.start_pos or 0, "close")

    def _close(self, index: int, indent: int, starts: bool) -> Unbalanced | None:
        token = self.chunk[index]
        if not self.open:
            return self._unopened(token, indent, starts)
        top = self.open[-1]
        if PARTNER[top.token.type] != token.type:
            if top.token.type == "LBRACE" or self._closes_later(index, top):
                return Unbalanced(token, token.start_pos or 0, "open")
            return Unbalanced(top.token, token.start_pos or 0, "close")
        made = token.start_pos == self.chunk[index - 1].start_pos  # by `_inserted`
        error = None if made else self._wrongly_closed(token, top, indent, starts)
        if error is None:
            self.open.pop()
        return error

    def _closes_later(self, index: int, top: _Open) -> bool:
        """Whether a bracket is closed in spite of a closing one of another kind inside it."""
        depth, fresh = 0, False
        for token in self.chunk[index + 1 :]:
            if token.type == "_NL":
                fresh = True
                continue
            inside = (token.column or 1) - 1 > top.indent or token.type in CLOSING
            if token.type in ("LBRACE", "RBRACE") or (fresh and not inside):
                return False
            fresh = False
            if not depth and token.type == PARTNER[top.token.type]:
                return True
            depth += (token.type in PARTNER) - (token.type in CLOSING)
        return False

    def _wrongly_closed(
        self, token: Token, top: _Open, indent: int, starts: bool
    ) -> Unbalanced | None:
        """A `}` further right than the line that opened the body closes something in it."""
        if token.type != "RBRACE" or not top.tells or indent <= top.indent:
            return None
        if top.token.line == token.line:
            return None
        if starts:
            return self._headless(token, indent)
        at = next(i for i, t in enumerate(self.chunk) if t is top.token)
        spans = _ends_line(self.chunk, at)
        return Unbalanced(token, token.start_pos or 0, "open") if spans else None

    def _unopened(self, token: Token, indent: int, starts: bool) -> Unbalanced:
        headless = self._headless(token, indent) if token.type == "RBRACE" and starts else None
        return headless or Unbalanced(token, token.start_pos or 0, "open")

    def _headless(self, token: Token, indent: int) -> Unbalanced | None:
        """The line above a body that was never opened: as far left as what closes the body."""
        for (above, first), (below, _) in zip(
            reversed(self.lines[:-1]), reversed(self.lines[1:]), strict=True
        ):
            if above < indent:
                return None
            if above == indent:
                if below <= indent or self.chunk[first].type in CLOSING:
                    return None
                end = next(i for i in range(first, len(self.chunk)) if _ends_line(self.chunk, i))
                return Unbalanced(token, self.chunk[end].end_pos or 0, "body")
        return None
