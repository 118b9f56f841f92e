"""Mistakes of writing that leave no doubt what was meant: the tokens that were meant."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.place import Place, declares, lacks_comma, misspelled

__all__ = ["Repair", "repair"]


@dataclass(frozen=True, slots=True)
class Repair:
    """``tokens`` in the place of the token ``at`` and of ``more`` behind it, or of the rest of its
    line."""

    at: Token
    tokens: tuple[Token, ...]
    whole_line: bool = False
    more: int = 0


def repair(token: Token, place: Place, diagnostic: Diagnostic) -> Repair | None:
    """What most likely was meant where a token cannot stand, if that is beyond doubt."""
    if diagnostic.code == "missing-star":
        return Repair(token, (_beside(token, "STAR", "*"), token))
    if token.type == "_NL" and diagnostic.primary.span and diagnostic.primary.span.text == "{":
        return Repair(token, ())
    if lacks_comma(token, place) and _is_sure(token, place, diagnostic):
        return Repair(token, (_beside(token, "COMMA", ","), token))
    if _is_foreign_comment(token, place):
        return Repair(token, (), whole_line=True)
    if declares(token, place):
        if not diagnostic.fixes:
            return None
        label = Token.new_borrow_pos("LABEL", str(token), token)
        behind = _behind(diagnostic)
        more = int(behind.startswith("=") and not behind.startswith("=="))
        return Repair(token, (label, _beside(token, "COLON", ":")), more=more)
    found = misspelled(token, place)
    if found is not None:
        word, meant = found
        return Repair(word, (Token.new_borrow_pos(meant.upper(), meant, word),))
    return None


def _is_sure(token: Token, place: Place, diagnostic: Diagnostic) -> bool:
    """Whether nothing but a comma can be missing: no sign stands between sizes or strings, nor
    before ``name=``."""
    if "COMMA" not in place.expected or place.before is None:
        return False
    if str(place.before) == str(token):  # one of them may be too many
        return False
    equals = _behind(diagnostic).startswith("=")
    named = token.type == "NAME" and equals and place.before.type != "NAME"
    return named or not {token.type, place.before.type}.isdisjoint(("SIZE", "STRING"))


def _behind(diagnostic: Diagnostic) -> str:
    """The rest of the line behind the place of a mistake."""
    span = diagnostic.primary.span
    return span.source.text[span.end :].partition("\n")[0].lstrip() if span else ""


def _is_foreign_comment(token: Token, place: Place) -> bool:
    """``// ...`` where a statement begins."""
    return token == "//" and (place.before is None or place.before.type in ("_NL", "LBRACE"))


def _beside(token: Token, kind: str, text: str) -> Token:
    return Token.new_borrow_pos(kind, text, token)
