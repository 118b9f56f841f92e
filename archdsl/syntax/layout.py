"""Line ends that separate nothing are removed between the lexer and the parser.

Brackets are matched here too, because what is inside ( ) and [ ] depends on them. Only a word that
begins a definition, flush left, tells that one before it was not closed: braces survive copying,
indentation does not. Where brackets do not match, archdsl/syntax/brackets.py looks at both.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

__all__ = ["PARTNER", "TOP_LEVEL", "Layout", "TooNested", "Unbalanced"]

PARTNER = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
"""The closing bracket of each opening one."""
DEEPEST = 100
"""Brackets within brackets: more is no text that anybody wrote, and would exhaust the stack."""
_CLOSE = {closing: opening for opening, closing in PARTNER.items()}
TOP_LEVEL = {"BLOCK", "MODEL", "FN", "USE"}
_NEWLINE = "_NL"


class Unbalanced(Exception):
    """A bracket without its partner: ``token`` is that bracket, ``at`` where it was noticed.

    ``wanted`` is what it lacks: "close", "open", or the "body" whose ``{`` should stand at ``at``.
    """

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
        brackets: list[Token] = []
        pending: Token | None = None  # a line end that nothing has made superfluous yet
        last = "{"  # what came before: at the start of a file a line end separates nothing
        fresh = True
        end = 0
        for token in stream:
            end = token.end_pos or 0
            if token.type == _NEWLINE:
                fresh = True
                if not _inside_parentheses(brackets) and last not in ("{", "->", _NEWLINE):
                    pending = pending or token
                continue
            if fresh and brackets and token.type in TOP_LEVEL and token.column == 1:
                raise Unbalanced(brackets[-1], token.start_pos or 0, "close")
            if pending and token.type not in ("RBRACE", "ELSE") and str(token) != "->":
                yield pending
            pending = None
            if token.type in PARTNER:
                if len(brackets) == DEEPEST:
                    raise TooNested(token)
                brackets.append(token)
            elif token.type in _CLOSE:
                _close(brackets, token)
            fresh = False
            last = str(token) if token.type in ("LBRACE", "RBRACE") else _spelling(token)
            yield token
        if brackets:
            raise Unbalanced(brackets[-1], end, "close")


def _spelling(token: Token) -> str:
    return "->" if str(token) == "->" else token.type


def _inside_parentheses(brackets: list[Token]) -> bool:
    return bool(brackets) and brackets[-1].type != "LBRACE"


def _close(brackets: list[Token], token: Token) -> None:
    if not brackets:
        raise Unbalanced(token, token.start_pos or 0, "open")
    opening = brackets[-1]
    if opening.type == "LBRACE" and token.type != "RBRACE":
        raise Unbalanced(token, token.start_pos or 0, "open")
    if opening.type != _CLOSE[token.type]:
        raise Unbalanced(opening, token.start_pos or 0, "close")
    brackets.pop()
