"""Where in the language a place is, told from the text in front of it alone.

While something is typed the text is rarely a spec; so this reads words, not sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

__all__ = ["Cursor", "Where", "cursor_at"]

_WORD: Final = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\.)*"?)|(?P<comment>#[^\n]*|///[^\n]*)|(?P<end>\n)'
    r"|(?P<number>\d[\w.]*)|(?P<name>[A-Za-z_]\w*)|(?P<space>[ \t\r]+)|(?P<sign>->|\.\.=?|==|.)"
)
_OPENING: Final = "({["
_PARTNER: Final = {")": "(", "}": "{", "]": "["}
_DECLARES: Final = {"block", "model", "fn"}


class Where(StrEnum):
    """What can stand at a place."""

    NOTHING = "nothing"
    TOP = "top"
    STATEMENT = "statement"
    STEP = "step"
    VALUE = "value"
    ARGUMENT = "argument"
    MEMBER = "member"
    INITIALISER = "initialiser"
    FILE = "file"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Cursor:
    """``start`` is where the word that is being typed begins.

    In a call ``callee`` is what is called, ``given`` the names of the arguments that are given
    already and ``argument`` that of the one that is being written. ``base`` is what stands in
    front of a dot, ``within`` is ``init`` or ``require`` inside of such a statement.
    """

    where: Where
    start: int
    callee: str = ""
    given: tuple[str, ...] = ()
    argument: str = ""
    base: tuple[str, ...] = ()
    within: str = ""


@dataclass(slots=True)
class _Open:
    """A bracket that is open: what stood in front of it, and the words in it so far."""

    sign: str
    before: list[str]
    words: list[str]


def cursor_at(text: str, offset: int) -> Cursor:
    """Where a place is.

    >>> here = cursor_at("model m { conv(8, kernel=3, pad", 31)
    >>> here.where.value, here.callee, here.given, here.start
    ('argument', 'conv', ('kernel',), 28)
    """
    opened = [_Open("", [], [])]
    last = ""
    at = 0
    for match in _WORD.finditer(text, 0, offset):
        kind, word = match.lastgroup, match[0]
        at = match.start()
        last = "" if kind == "space" else str(kind)
        if kind in ("space", "comment"):
            continue
        _take(opened, word)
    inner = opened[-1]
    if last in ("comment", "number"):
        return Cursor(Where.NOTHING, offset)
    if last == "string":
        return _in_string(inner, text, at, offset)
    if last == "name":
        inner.words.pop()
    else:
        at = offset
    return _classified(opened, at)


def _take(opened: list[_Open], word: str) -> None:
    inner = opened[-1]
    if word in _OPENING:
        opened.append(_Open(word, _statement(inner.words), []))
        inner.words.append(word)
    elif word in _PARTNER:
        if len(opened) > 1 and inner.sign == _PARTNER[word]:
            opened.pop()
            opened[-1].words.append(word)
    else:
        inner.words.append(word)


def _statement(words: list[str]) -> list[str]:
    """The words since the last line end."""
    since = len(words)
    while since and words[since - 1] != "\n":
        since -= 1
    return words[since:]


def _in_string(inner: _Open, text: str, at: int, offset: int) -> Cursor:
    closed = offset - at > 1 and text[offset - 1] == '"' and text[offset - 2] != "\\"
    if closed:
        return Cursor(Where.NOTHING, offset)
    before = inner.words[:-1]
    if inner.sign == "" and before[-1:] == ["use"]:
        return Cursor(Where.FILE, at + 1)
    if inner.sign == "(" and before[-1:] == ["="] and len(before) > 1:
        return Cursor(Where.CHOICE, at, _callee(inner), argument=before[-2])
    return Cursor(Where.NOTHING, offset)


def _callee(inner: _Open) -> str:
    return inner.before[-1] if inner.before and inner.before[-1].isidentifier() else ""


def _classified(opened: list[_Open], start: int) -> Cursor:
    inner = opened[-1]
    words = inner.words
    last = words[-1] if words else ""
    if last == ".":
        return Cursor(Where.MEMBER, start, base=_base(words))
    if inner.sign == "(":
        return _in_parentheses(inner, start)
    if inner.sign == "":
        return _outside(words, start)
    if inner.sign == "{" and inner.before[-1:] == ["init"]:
        where = Where.INITIALISER if last == ":" else Where.STATEMENT
        return Cursor(where, start, within="init")
    if inner.sign == "{" and last in ("", "\n"):
        return Cursor(Where.STATEMENT, start)
    if last in ("->", "*") or (last == ":" and "input" not in _statement(words)):
        return Cursor(Where.STEP, start)
    within = "require" if _statement(words)[:1] == ["require"] else ""
    return Cursor(Where.VALUE, start, within=within)


def _outside(words: list[str], start: int) -> Cursor:
    """Between definitions."""
    line = _statement(words)
    if not line:
        return Cursor(Where.TOP, start)
    return Cursor(Where.VALUE if "=" in line else Where.NOTHING, start)


def _in_parentheses(inner: _Open, start: int) -> Cursor:
    callee, words = _callee(inner), [word for word in inner.words if word != "\n"]
    declares = len(inner.before) > 1 and inner.before[-2] in _DECLARES
    last = words[-1] if words else ""
    if last == "=":
        argument = words[-2] if len(words) > 1 and not declares else ""
        return Cursor(Where.VALUE, start, callee, argument=argument)
    if declares:
        return Cursor(Where.NOTHING, start)
    if last in ("->", "*"):
        return Cursor(Where.STEP, start)
    given = tuple(a for a, sign in pairwise(words) if sign == "=")
    if last in ("", ",") and callee:
        return Cursor(Where.ARGUMENT, start, callee, given)
    return Cursor(Where.VALUE, start)


def _base(words: list[str]) -> tuple[str, ...]:
    """``a.b`` in front of the last dot; nothing where it is not made of names."""
    found: list[str] = []
    rest = list(words)
    while len(rest) > 1 and rest[-1] == "." and (rest[-2].isidentifier() or rest[-2].isdigit()):
        found.append(rest[-2])
        rest = rest[:-2]
    return tuple(reversed(found))
