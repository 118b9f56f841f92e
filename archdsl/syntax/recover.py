"""Reading on after a syntax error, so that one run tells every mistake and tells it once.

The text is read once more, from a list of tokens that is mended after each mistake: a bracket
without its partner gets one, and a statement that makes no sense is left out. A line that was
mended by guessing is not complained about again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from archdsl.diagnostics import Diagnostic
from archdsl.source import Source
from archdsl.syntax.explain import Place, explain_bracket, explain_character, explain_token
from archdsl.syntax.layout import PARTNER, Layout, TooNested, Unbalanced

__all__ = ["Feed", "syntax_errors"]

_MOST_MISTAKES = 50
_MOST_TOKENS = 300_000  # read in all: of a long text with many mistakes the first are told
_MOST_CHARACTERS = 2_000_000
_OPENING = {"LBRACE", "LPAR", "LSQB"}
_CLOSING = {"RBRACE", "RPAR", "RSQB"}
_SPELLING = {"RBRACE": "}", "RPAR": ")", "RSQB": "]"}
_TOP_LEVEL = {"BLOCK", "MODEL", "FN", "USE"}


class Feed(Protocol):
    """A parser that takes tokens one by one."""

    def feed_token(self, token: Token) -> object: ...

    def feed_eof(self, last_token: Token) -> object: ...


def syntax_errors(
    source: Source, lex: Callable[[str], Iterable[Token]], parser: Callable[[], Feed]
) -> list[Diagnostic]:
    """Every syntax error that can be told apart, in the order of the text."""
    found = _Recovery(source, lex, parser).run()
    places = [d.primary.span.start if d.primary.span else 0 for d in found]
    return [d for _, _, d in sorted(zip(places, range(len(found)), found, strict=True))]


class _Recovery:
    def __init__(
        self, source: Source, lex: Callable[[str], Iterable[Token]], parser: Callable[[], Feed]
    ) -> None:
        self.source = source
        self.lex = lex
        self.parser = parser
        self.found: list[Diagnostic] = []
        self.doubtful: set[int] = set()  # lines that were mended by guessing

    def run(self) -> list[Diagnostic]:
        tokens = self._tokens()
        for _ in range(_rounds(len(tokens), _MOST_TOKENS)):
            if len(self.found) >= _MOST_MISTAKES:
                break
            try:
                laid_out = list(Layout().process(iter(tokens)))
            except TooNested as error:
                self.found.append(explain_bracket(error, self.source))
                break
            except Unbalanced as error:
                self._tell(explain_bracket(error, self.source), error.token, error.token)
                tokens = self._balanced(tokens, error)
                continue
            mistake = self._first_mistake(laid_out)
            if mistake is None:
                break
            first, last = self._explained(mistake, laid_out)
            kept = [token for token in tokens if not first <= (token.start_pos or 0) < last]
            if len(kept) == len(tokens):
                break
            tokens = kept
        return self.found

    def _tell(self, diagnostic: Diagnostic, first: Token, last: Token) -> None:
        lines = range(first.line or 1, (last.line or 1) + 1)
        if self.doubtful.isdisjoint(lines):
            self.found.append(diagnostic)

    # ---- characters

    def _tokens(self) -> list[Token]:
        """All tokens; a character that is not part of the language is told and passed over."""
        text = self.source.text
        for _ in range(_rounds(len(text), _MOST_CHARACTERS)):
            try:
                return list(self.lex(text))
            except UnexpectedCharacters as error:
                offset = error.pos_in_stream or 0
            line = self.source.position(offset)[0]
            if line not in self.doubtful:
                self.found.append(explain_character(offset, self.source))
            self.doubtful.add(line)
            if len(self.found) >= _MOST_MISTAKES:
                break
            text = f"{text[:offset]} {text[offset + 1 :]}"
        return []

    # ---- brackets

    def _balanced(self, tokens: list[Token], error: Unbalanced) -> list[Token]:
        """The tokens with a partner for the bracket that lacks one, or without that bracket."""
        if error.wanted == "open":
            return [token for token in tokens if token is not error.token]
        opening = next(i for i, token in enumerate(tokens) if token is error.token)
        at = next((i for i, t in enumerate(tokens) if (t.start_pos or 0) >= error.at), len(tokens))
        if error.token.type != "LBRACE":
            at = self._end_of_brackets(tokens, opening, at)
        model = tokens[at - 1]
        kind = PARTNER[error.token.type]
        closing = [Token.new_borrow_pos(kind, _SPELLING[kind], model)]
        if at < len(tokens) and tokens[at].type in _TOP_LEVEL:
            closing.append(Token.new_borrow_pos("_NL", "\n", model))
        return tokens[:at] + closing + tokens[at:]

    def _end_of_brackets(self, tokens: list[Token], opening: int, at: int) -> int:
        """Where `(` or `[` most likely ends: with its line, or else where it was noticed."""
        end = opening + 1
        depth = 0
        while end < at and tokens[end].type != "_NL":
            depth += (tokens[end].type in _OPENING) - (tokens[end].type in _CLOSING)
            if depth < 0:
                break
            end += 1
        if end == opening + 1:
            end = at
        self.doubtful.update(range(tokens[opening].line or 1, (tokens[end - 1].line or 1) + 1))
        return end

    # ---- statements

    def _first_mistake(self, tokens: list[Token]) -> UnexpectedToken | None:
        parser = self.parser()
        try:
            for token in tokens:
                parser.feed_token(token)
            parser.feed_eof(tokens[-1] if tokens else Token("_NL", ""))
        except UnexpectedToken as error:
            return error
        return None

    def _explained(self, error: UnexpectedToken, tokens: list[Token]) -> tuple[int, int]:
        """Tell a mistake; from which offset to which its statement is to be left out."""
        index = next((i for i, t in enumerate(tokens) if t is error.token), len(tokens))
        first, last = _statement(tokens, index)
        place = Place(
            set(error.expected), tokens[index - 1] if index else None, _is_inside(tokens, index)
        )
        diagnostic = explain_token(error.token, place, self.source)
        if first == last:
            first, last = index, min(index + 1, len(tokens))
        if first == last:
            self.found.append(diagnostic)
            return 0, 0
        self._tell(diagnostic, tokens[first], tokens[last - 1])
        return tokens[first].start_pos or 0, tokens[last - 1].end_pos or 0


def _rounds(size: int, most: int) -> int:
    """How often something of a size may be read again."""
    return max(1, min(4 * _MOST_MISTAKES, most // max(1, size)))


def _statement(tokens: list[Token], index: int) -> tuple[int, int]:
    """The innermost statement around a token: its first index, and the one behind its last."""
    first, depth = index, 0
    for at in range(index - 1, -1, -1):
        kind = tokens[at].type
        if not depth and (kind == "LBRACE" or _separates(tokens, at)):
            break
        depth += (kind in _CLOSING) - (kind in _OPENING and depth > 0)
        first = at
    last, depth = index, 0
    for at in range(index, len(tokens)):
        kind = tokens[at].type
        if not depth and kind in ("_NL", "RBRACE"):
            break
        depth += (kind in _OPENING) - (kind in _CLOSING and depth > 0)
        last = at + 1
    return first, last


def _is_inside(tokens: list[Token], index: int) -> bool:
    """Whether the innermost bracket around a token is `(` or `[`."""
    depth = 0
    for at in range(index - 1, -1, -1):
        kind = tokens[at].type
        if kind in _OPENING and not depth:
            return kind != "LBRACE"
        depth += (kind in _CLOSING) - (kind in _OPENING)
    return False


def _separates(tokens: list[Token], at: int) -> bool:
    """A line end does, but for the one between a doc comment and what it is written above."""
    return tokens[at].type == "_NL" and not (at and tokens[at - 1].type == "DOC")
