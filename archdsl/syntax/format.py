"""The one style of a spec. Works on tokens, so that comments and the user's lines stay.

Line breaks are the user's, but for these: a body that spans lines begins and ends on lines of
its own, ``else`` stands beside its brace, and blank lines come one at a time, never at the ends
of a body, around a ``->`` or below a doc comment. The rest follows from the tokens: four spaces
for each open bracket and for a line that goes on with a chain, one space between tokens or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

from lark import Token

from archdsl.syntax.layout import PARTNER
from archdsl.syntax.parse import tokens

__all__ = ["format_source"]

_INDENT: Final = 4
_CLOSING: Final = frozenset(PARTNER.values())
_LITERALS: Final = frozenset({"SIZE", "INT", "FLOAT", "COUNT", "STRING", "TRUE", "FALSE", "NONE"})
_OPERANDS: Final = frozenset({"NAME", "COMPUTED", "flow", *_LITERALS, *_CLOSING})
_PIECE: Final = re.compile(r"\{([^{}\n]*)\}")

_NO_SPACE_BEFORE: Final = frozenset({"COMMA", "COLON", "RPAR", "RSQB", "RANGE", "DOT", "EQUAL"})
_NO_SPACE_AFTER: Final = frozenset({"LPAR", "LSQB", "RANGE", "DOT", "EQUAL", "sign"})
_CALLED: Final = frozenset({"NAME", "COMPUTED", "flow", "RPAR", "RSQB"})


def format_source(text: str) -> str:
    """A spec in the one style. The text must parse; what it means does not change.

    >>> print(format_source("block b(n=8){conv( n,3x3,padding =1)->relu # same size\\n}"))
    block b(n = 8) {
        conv(n, 3x3, padding=1) -> relu  # same size
    }
    <BLANKLINE>
    """
    lines = _lines(_broken(_words(text)))
    _indent(lines)
    return "".join(f"{line}\n" for line in _rendered(_spaced(lines)))


# ---- words: tokens, and what their spacing depends on ----------------------------------------


@dataclass(frozen=True, slots=True)
class _Word:
    """A token. ``kind`` is the grammar's name for it, or tells apart what looks alike there.

    ``sign`` is a minus in front of its number, ``flow`` the ``in`` that is a value, ``default``
    the ``=`` of a parameter or a statement as against that of an argument, ``->`` and ``\\n``
    are themselves.
    """

    kind: str
    text: str
    column: int = 0

    @property
    def is_remark(self) -> bool:
        return self.kind in ("COMMENT", "DOC")


_BREAK: Final = _Word("\n", "\n")


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    brackets: list[str] = []  # the kinds of the open ones; "parameters" for a parenthesis of those
    before: tuple[str, ...] = ()  # the kinds of the words before, back to the last statement
    for token in tokens(text):
        if token.type == "SPACE":
            continue
        kind = _kind(token, before, brackets)
        words.append(_Word(kind, _text(token), token.column or 0))
        if kind in PARTNER:
            declares = before[-2:-1] and before[-2] in ("BLOCK", "MODEL", "FN")
            brackets.append("parameters" if declares and kind == "LPAR" else kind)
        elif kind in _CLOSING and brackets:
            brackets.pop()
        if kind == "\n" and _separates(brackets):
            before = ()
        elif kind not in ("\n", "COMMENT", "DOC"):
            before = (*before[-1:], kind)
    return words


def _kind(token: Token, before: Sequence[str], brackets: Sequence[str]) -> str:
    follows = bool(before) and before[-1] in _OPERANDS
    if token.type == "_NL":
        return "\n"
    if token.type == "MINUS" and not follows:
        return "sign"
    if token.type == "IN" and not follows and before[-1:] != ("NOT",):
        return "flow"
    if token.type == "EQUAL" and (_separates(brackets) or brackets[-1] == "parameters"):
        return "default"
    return "->" if token == "->" else token.type


def _separates(brackets: Sequence[str]) -> bool:
    """Whether a line end separates statements here, as it does outside of ( ) and [ ]."""
    return not brackets or brackets[-1] == "LBRACE"


def _text(token: Token) -> str:
    if token.type == "COMMENT":
        return token.rstrip()
    if token.type == "DOC":
        return f"/// {token[3:].strip()}".rstrip()
    if token.type in ("LABEL", "COMPUTED"):
        return _PIECE.sub(lambda piece: f"{{{_inline(piece[1])}}}", token)
    return str(token)


def _inline(text: str) -> str:
    """The computed piece of a label; one with a comment in it is left as it is."""
    words = _words(text)
    return text if any(word.is_remark for word in words) else _joined(words)


def _joined(words: Sequence[_Word]) -> str:
    text = words[0].text if words else ""
    for left, right in pairwise(words):
        text += (" " if _apart(left.kind, right.kind) else "") + right.text
    return text


def _apart(left: str, right: str) -> bool:
    if left in _NO_SPACE_AFTER or right in _NO_SPACE_BEFORE:
        return False
    if right in ("LPAR", "LSQB") and left in _CALLED:  # a call or an index
        return False
    return (left, right) != ("LBRACE", "RBRACE")


# ---- line breaks -----------------------------------------------------------------------------


def _broken(words: list[_Word]) -> list[_Word]:
    """The words with the line breaks of the style."""
    words = list(_without_lone_else(words))
    spanning = _spanning(words)
    made: list[_Word] = []
    for index, word in enumerate(words):
        following = words[index + 1 : index + 3]
        if index in spanning and word.kind == "RBRACE" and made[-1].kind != "\n":
            made.append(_BREAK)
        if word.kind == "COMMA" and following and following[0].kind in ("RPAR", "RSQB"):
            continue  # a last comma is of use only where each item has its line
        made.append(word)
        if index in spanning and word.kind == "LBRACE":
            remark = following[0].kind == "COMMENT"
            if following[remark].kind != "\n":
                made.append(_BREAK)
    return made


def _without_lone_else(words: list[_Word]) -> Iterator[_Word]:
    """``else`` follows its brace; only a comment between the two keeps them apart."""
    waiting: list[_Word] = []
    last = ""
    for word in words:
        if word.kind == "\n":
            waiting.append(word)
            continue
        if word.kind != "ELSE" or last != "RBRACE":
            yield from waiting
        waiting = []
        yield word
        last = word.kind
    yield from waiting


def _spanning(words: Sequence[_Word]) -> set[int]:
    """The positions of both braces of each body that has a line break of its own."""
    found: set[int] = set()
    opened: list[tuple[int, list[bool]]] = []
    for index, word in enumerate(words):
        if word.kind in PARTNER:
            opened.append((index, []))
        elif word.kind in _CLOSING:
            start, breaks = opened.pop()
            if breaks and word.kind == "RBRACE":
                found |= {start, index}
        elif word.kind == "\n" and opened:
            opened[-1][1].append(True)
    return found


# ---- lines -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Line:
    words: list[_Word] = field(default_factory=list)
    indent: int = 0

    @property
    def code(self) -> list[_Word]:
        return [word for word in self.words if not word.is_remark]

    @property
    def starts(self) -> str:
        return self.words[0].kind if self.words else ""

    @property
    def ends(self) -> str:
        """The kind of its last word, a comment behind it left aside."""
        kept = [word.kind for word in self.words if word.kind != "COMMENT"]
        return kept[-1] if kept else ""


def _lines(words: Iterable[_Word]) -> list[_Line]:
    lines = [_Line()]
    for word in words:
        if word.kind == "\n":
            lines.append(_Line())
        else:
            lines[-1].words.append(word)
    return lines


def _indent(lines: Sequence[_Line]) -> None:
    """A line stands one level inside the line that opened its bracket; a closing bracket stands
    level with that line; a comment stands where the code below it does."""
    opened: list[int] = []  # for each open bracket the indent of its line
    comments: list[_Line] = []
    before = ""
    for line in lines:
        if not line.code:
            comments.append(line)
            continue
        inside = opened[-1] + _INDENT if opened else 0
        if "->" in (line.starts, before):
            inside += _INDENT
        line.indent = opened[-1] if line.starts in _CLOSING else inside
        for comment in comments:
            comment.indent = inside
        comments.clear()
        level = line.indent
        for word in line.code:
            if word.kind in PARTNER:
                opened.append(level)
            elif word.kind in _CLOSING:
                level = min(level, opened.pop())  # `b = 2) {` belongs to where the ( stood
        before = line.ends


def _spaced(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines with at most one blank line between two, and none where it says nothing."""
    last: _Line | None = None
    blank = False
    for line in lines:
        if not line.words:
            blank = last is not None
            continue
        if blank and last is not None and _may_be_apart(last, line):
            yield _Line()
        yield line
        last, blank = line, False


def _may_be_apart(above: _Line, below: _Line) -> bool:
    return (
        above.ends not in PARTNER
        and above.ends not in ("DOC", "->")
        and below.starts not in _CLOSING
        and below.starts != "->"
    )


def _rendered(lines: Iterable[_Line]) -> Iterator[str]:
    """Comments behind code two spaces away; those that were aligned stay aligned."""
    for column, group in groupby(lines, key=_remark_column):
        members = list(group)
        texts = [" " * line.indent * bool(line.words) + _joined(_shown(line)) for line in members]
        width = max(map(len, texts))
        for line, text in zip(members, texts, strict=True):
            yield f"{text:<{width}}  {line.words[-1].text}" if column else text


def _remark_column(line: _Line) -> int:
    """Where the comment behind the code of a line stood; 0 for none."""
    behind = len(line.words) > 1 and line.words[-1].kind == "COMMENT"
    return line.words[-1].column if behind else 0


def _shown(line: _Line) -> list[_Word]:
    return line.words[:-1] if _remark_column(line) else line.words
