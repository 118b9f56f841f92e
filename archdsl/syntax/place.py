"""Where a token stands that cannot stand there, and what that tells of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from lark import Token

__all__ = [
    "ELSEWHERE",
    "TOP_LEVEL",
    "Place",
    "declares",
    "elsewhere",
    "is_at_top",
    "is_outside",
    "lacks_comma",
    "misspelled",
]

_STARTS_A_VALUE = {"NAME", "COMPUTED", "INT", "SIZE", "FLOAT", "COUNT", "STRING"}
TOP_LEVEL = ("block", "fn", "model", "use")
_STATEMENTS = ("for", "if", "init", "input", "module", "output", "require", "return", "train")
_INSIDE = ("else", "in")
_FEW = 5  # so few tokens can stand where one of these words is the likely one
_OUTSIDE = {"NAME", "LABEL", "INT", *(word.upper() for word in _STATEMENTS)}
_OPERATORS = 'operators need no import; for the blocks of another file write `use "file.arch"`'
ELSEWHERE = {
    "class": "networks are declared with `model name { ... }`, blocks with `block name(...) {`",
    "def": "functions are declared with `fn name(...) = ...`, blocks with `block name(...) {`",
    "elif": "write `else if`",
    "from": _OPERATORS,
    "import": _OPERATORS,
    "let": "write `name = value`",
    "while": "loops run over lists and ranges: `for i in 0..n { ... }`",
}
"""Words of other languages."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token stands that cannot stand there."""

    expected: set[str]
    before: Token | None
    begins: bool
    """Whether the token before it is the first of a statement."""
    in_list: bool
    """Whether it stands between `(` and `)` or `[` and `]`."""


def declares(token: Token, place: Place) -> bool:
    """Whether a token is the name behind `input`, `output` or `module`, without its colon."""
    return token.type == "NAME" and place.expected == {"LABEL"}


def elsewhere(token: Token, place: Place) -> str | None:
    """A word of another language: this token or the last."""
    for word in (token, place.before):
        if word is not None and word.type == "NAME" and str(word) in ELSEWHERE:
            return str(word)
    return None


def misspelled(token: Token, place: Place) -> tuple[Token, str] | None:
    """A word that was most likely to be a word of the language, and that: here or just before."""
    inside = [word for word in _INSIDE if word.upper() in place.expected]
    here = TOP_LEVEL if is_at_top(place) else inside if len(place.expected) < _FEW else []
    before = place.before if place.begins else None
    words: list[tuple[Token | None, Iterable[str]]] = [(before, _STATEMENTS), (token, here)]
    for word, known in words:
        if word is not None and word.type == "NAME" and str(word) not in ELSEWHERE:
            close = get_close_matches(str(word), list(known), n=1, cutoff=0.65)
            if close:
                return word, close[0]
    return None


def is_outside(token: Token, place: Place) -> bool:
    """Whether it begins a statement, or a definition of another language, outside every model."""
    return is_at_top(place) and token.type in _OUTSIDE and misspelled(token, place) is None


def is_at_top(place: Place) -> bool:
    return {"BLOCK", "MODEL"} <= place.expected


def lacks_comma(token: Token, place: Place) -> bool:
    """Whether an argument or item begins where the one before it is complete."""
    return place.in_list and token.type in _STARTS_A_VALUE | {"LABEL"}
