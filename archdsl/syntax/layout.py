"""Line ends that separate nothing are removed between the lexer and the parser.

Brackets are matched here too, because only here is it still known on which line, and how far
indented, an opening bracket stood: that is what tells which one lacks its partner.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

__all__ = ["PARTNER", "Layout", "TooNested", "Unbalanced"]

PARTNER = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
"""The closing bracket of each opening one."""
DEEPEST = 100
"""Brackets within brackets: more is no text that anybody wrote, and would exhaust the stack."""
_CLOSE = {closing: opening for opening, closing in PARTNER.items()}
_TOP_LEVEL = {"BLOCK", "MODEL", "FN", "USE"}
_NEWLINE = "_NL"


class Unbalanced(Exception):
    """A bracket without its partner: ``token`` is that bracket, ``at`` where it was noticed."""

    def __init__(self, token: Token, at: int, wanted: str) -> None:
        super().__init__(wanted)
        self.token = token
        self.at = at
        self.wanted = wanted


class TooNested(Exception):
    """Brackets within brackets beyond the limit: ``token`` is the first of them that is."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


class Layout:
    """The ``postlex`` stage of the parser."""

    always_accept = (_NEWLINE,)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        brackets: list[tuple[Token, int]] = []  # each with the indentation of its line
        pending: Token | None = None  # a line end that nothing has made superfluous yet
        last = "{"  # what came before: at the start of a file a line end separates nothing
        indent, fresh = 0, True
        end = 0
        for token in stream:
            end = token.end_pos or 0
            if token.type == _NEWLINE:
                fresh = True
                if not _inside_parentheses(brackets) and last not in ("{", "->", _NEWLINE):
                    pending = pending or token
                continue
            if fresh:
                # The first line may begin with a byte order mark, which counts as a column.
                column = (token.column or 1) - 1 if token.line != 1 else 0
                _check_indentation(brackets, token, column)
                if not _inside_parentheses(brackets):  # else the line goes on with a statement
                    indent = column
            if pending and token.type not in ("RBRACE", "ELSE") and str(token) != "->":
                yield pending
            pending = None
            if token.type in PARTNER:
                if len(brackets) == DEEPEST:
                    raise TooNested(token)
                brackets.append((token, indent))
            elif token.type in _CLOSE:
                _close(brackets, token)
            fresh = False
            last = str(token) if token.type in ("LBRACE", "RBRACE") else _spelling(token)
            yield token
        if brackets:
            raise Unbalanced(brackets[-1][0], end, "close")


def _spelling(token: Token) -> str:
    return "->" if str(token) == "->" else token.type


def _inside_parentheses(brackets: list[tuple[Token, int]]) -> bool:
    return bool(brackets) and brackets[-1][0].type != "LBRACE"


def _check_indentation(brackets: list[tuple[Token, int]], token: Token, indent: int) -> None:
    """A line that begins further left than the line of an open bracket leaves it unclosed."""
    if not brackets:
        return
    opening, opened_at = brackets[-1]
    starts_over = token.type in _TOP_LEVEL and indent == 0
    closes_outer = token.type in _CLOSE and indent < opened_at
    if starts_over or closes_outer:
        raise Unbalanced(opening, token.start_pos or 0, "close")


def _close(brackets: list[tuple[Token, int]], token: Token) -> None:
    if not brackets:
        raise Unbalanced(token, token.start_pos or 0, "open")
    opening, _ = brackets[-1]
    if opening.type == "LBRACE" and token.type != "RBRACE":
        raise Unbalanced(token, token.start_pos or 0, "open")
    if opening.type != _CLOSE[token.type]:
        raise Unbalanced(opening, token.start_pos or 0, "close")
    brackets.pop()
