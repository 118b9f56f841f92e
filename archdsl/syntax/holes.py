"""Statements that cannot be read: where they begin and end, and the hole that stands for one."""

from __future__ import annotations

from lark import Token

from archdsl.syntax.brackets import CLOSING
from archdsl.syntax.layout import PARTNER, Layout

__all__ = [
    "HOLE",
    "hole_of",
    "holed",
    "is_inside",
    "laid_out",
    "partner_of",
    "separates",
    "statement_around",
]

HOLE = "HOLE"
_UNNAMED = {"STRING", "DOC", "_NL"}


def laid_out(tokens: list[Token]) -> list[Token]:
    return list(Layout().process(iter(tokens)))


def holed(at: int, tokens: list[Token]) -> list[Token]:
    """The tokens with a hole for the statement around one of them."""
    first, last = statement_around(tokens, at)
    if first == last:
        return laid_out([*tokens[:at], *tokens[at + 1 :]])
    hole = hole_of(tokens[first:last], at - first)
    if all(token.type == HOLE for token in tokens[first:last]):  # not even that can stand there
        return laid_out([*tokens[:first], *tokens[last:]])
    return [*tokens[:first], *hole, *tokens[last:]]


def hole_of(statement: list[Token], wrong: int) -> list[Token]:
    """What stands for a statement with a mistake: bodies behind the mistake that have lines of
    their own are kept, the rest is a hole."""
    if statement[0].type == "INIT":
        return [_as_hole(statement)]
    made: list[Token] = []
    lost: list[Token] = []
    at = 0
    while at < len(statement):
        end = partner_of(statement, at)
        spans = statement[at].type == "LBRACE" and statement[at].line != statement[end].line
        if spans and at > wrong and (lost or made):
            made += [_as_hole(lost)] if lost else []
            made += statement[at : end + 1]
            lost = []
        else:
            lost += statement[at : end + 1]
        at = end + 1
    return [*made, _as_hole(lost)] if lost else made


def partner_of(tokens: list[Token], at: int) -> int:
    """The index of the bracket that closes the one at an index, or that index."""
    depth = 0
    for end in range(at, len(tokens)):
        depth += (tokens[end].type in PARTNER) - (tokens[end].type in CLOSING)
        if depth <= 0:
            return end
    return len(tokens) - 1


def _as_hole(tokens: list[Token]) -> Token:
    """One token in the place of some; it keeps the words that may be names."""
    first = next((t for t in tokens if t.type not in ("DOC", "_NL")), tokens[0])
    last = tokens[-1]
    words = [f"{t}:" if t.type == "LABEL" else str(t) for t in tokens if t.type not in _UNNAMED]
    return Token(
        HOLE,
        "\n".join(words),
        start_pos=first.start_pos,
        line=first.line,
        column=first.column,
        end_line=last.end_line,
        end_column=last.end_column,
        end_pos=last.end_pos,
    )


def statement_around(tokens: list[Token], index: int) -> tuple[int, int]:
    """The innermost statement around a token: its first index, and the one behind its last."""
    first, depth = index, 0
    for at in range(index - 1, -1, -1):
        kind = tokens[at].type
        if not depth and (kind == "LBRACE" or separates(tokens, at)):
            break
        depth += (kind in CLOSING) - (kind in PARTNER and depth > 0)
        first = at
    last, depth = index, 0
    for at in range(index, len(tokens)):
        kind = tokens[at].type
        if not depth and (kind == "RBRACE" or separates(tokens, at)):
            break
        depth += (kind in PARTNER) - (kind in CLOSING and depth > 0)
        last = at + 1
    return first, last


def is_inside(tokens: list[Token], index: int) -> bool:
    """Whether the innermost bracket around a token is `(` or `[`."""
    depth = 0
    for at in range(index - 1, -1, -1):
        kind = tokens[at].type
        if kind in PARTNER and not depth:
            return kind != "LBRACE"
        depth += (kind in CLOSING) - (kind in PARTNER)
    return False


def separates(tokens: list[Token], at: int) -> bool:
    """A line end does, but for the one between a doc comment and what it is written above."""
    return tokens[at].type == "_NL" and not (at and tokens[at - 1].type == "DOC")
