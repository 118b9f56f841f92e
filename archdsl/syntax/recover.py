"""Reading on after a syntax error, so that one run tells every mistake and tells it once.

The text is read once more, from a list of tokens that is mended after each mistake. What is sure
to be meant is put right: a comma, a `*`, a misspelled keyword. A statement that makes no sense
becomes a hole, and so does one that had to be guessed at: what it would have made is unknown, and
neither the text nor the network it describes is complained about for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from archdsl.diagnostics import Diagnostic
from archdsl.source import Source
from archdsl.syntax.brackets import balanced, chunks
from archdsl.syntax.explain import explain_token
from archdsl.syntax.holes import (
    HOLE,
    hole_of,
    holed,
    is_inside,
    laid_out,
    partner_of,
    separates,
    statement_around,
)
from archdsl.syntax.layout import TooNested, Unbalanced
from archdsl.syntax.misread import in_order
from archdsl.syntax.outside import lines_outside
from archdsl.syntax.place import Place, is_outside
from archdsl.syntax.repair import Repair, repair
from archdsl.syntax.signs import explain_bracket, explain_character

__all__ = ["Feed", "recover"]

_MOST_MISTAKES = 50
_MOST_TOKENS = 300_000  # read in all: of a long text with many mistakes the first are told
_MOST_CHARACTERS = 2_000_000
_BETWEEN = {HOLE, "_NL", "LBRACE", "RBRACE", "DOC"}
_NOWHERE = {"_NL", "$END"}


class Feed(Protocol):
    """A parser that takes tokens one by one."""

    parser_state: Any

    def feed_token(self, token: Token) -> Any: ...

    def feed_eof(self, last_token: Token) -> Any: ...


def recover(
    source: Source, lex: Callable[[str], Iterable[Token]], parser: Callable[[], Feed]
) -> tuple[Tree[Token] | None, list[Diagnostic]]:
    """What can be read of a text with mistakes, and the mistakes in the order of the text.

    There is no derivation where there are more mistakes than anybody reads.
    """
    recovery = _Recovery(source, lex, parser)
    derivation = recovery.run()
    return derivation, in_order(recovery.found)[:_MOST_MISTAKES]


class _Recovery:
    def __init__(
        self, source: Source, lex: Callable[[str], Iterable[Token]], parser: Callable[[], Feed]
    ) -> None:
        self.source = source
        self.lex = lex
        self.parser = parser
        self.mended = source.text  # of the same length, so that every place stays where it is
        self.found: list[Diagnostic] = []
        self.told: set[int] = set()  # lines that are not complained about again
        self.guessed: set[int] = set()  # lines that were mended by guessing

    def run(self) -> Tree[Token] | None:
        try:
            tokens = laid_out(self._balanced(self._tokens()))
        except TooNested as error:
            self.found.append(explain_bracket(error, self.source))
            return None
        except Unbalanced:  # after so many mistakes that the rest was not looked at
            return None
        tokens = self._without_guesses(tokens)
        reader = _Reader(self.parser())
        for _ in range(_rounds(len(tokens), _MOST_TOKENS)):
            if len(self.found) >= _MOST_MISTAKES:
                break
            mistake = reader.mistake(tokens)
            if mistake is None:
                return _derivation(self.parser(), tokens)
            tokens = self._mended(mistake, tokens)
        return None

    # ---- characters

    def _tokens(self) -> list[Token]:
        """All tokens; a character that is not part of the language is told and passed over."""
        for _ in range(_rounds(len(self.mended), _MOST_CHARACTERS)):
            try:
                return [self._in_place(token) for token in self.lex(self.mended)]
            except UnexpectedCharacters as error:
                offset = error.pos_in_stream or 0
            line = self.source.position(offset)[0]
            if line not in self.told:
                self.found.append(explain_character(offset, self.source))
            self.told.add(line)
            if len(self.found) >= _MOST_MISTAKES:
                break
            self._pass_over(offset, line)
        return []

    def _in_place(self, token: Token) -> Token:
        """What was passed over at the start of a line does not count as indentation."""
        if token.line in self.guessed and token.start_pos is not None:
            line = self.source.line(token.line)
            indent = len(line) - len(line.lstrip())
            before = self.mended[token.start_pos - (token.column or 1) + 1 : token.start_pos]
            if not before.strip():
                token.column = indent + 1
        return token

    def _pass_over(self, offset: int, line: int) -> None:
        """A sign between two numbers was to be an `x`; a string ends with its line."""
        before, char, after = self.mended[:offset], self.mended[offset], self.mended[offset + 1 :]
        if char == "×" and before[-1:].isdigit() and after[:1].isdigit():
            self.mended = f"{before}x{after}"
            return
        self.guessed.add(line)
        if char == '"':
            rest, end, below = after.partition("\n")
            after = f"{' ' * len(rest)}{end}{below}"
        self.mended = f"{before} {after}"

    # ---- brackets

    def _balanced(self, tokens: list[Token]) -> list[Token]:
        """The tokens with a partner for each bracket that lacked one, or without that bracket."""
        return [token for chunk in chunks(tokens) for token in self._balanced_chunk(chunk)]

    def _balanced_chunk(self, chunk: list[Token]) -> list[Token]:
        for _ in range(_rounds(len(chunk), _MOST_TOKENS)):
            chunk, error, guessed = balanced(chunk)
            if error is None:
                break
            self._tell_bracket(error)
            self.guessed |= guessed
            self.told |= guessed
        return chunk

    def _tell_bracket(self, error: Unbalanced) -> None:
        diagnostic = explain_bracket(error, self.source)
        span = diagnostic.primary.span
        if span is None or span.position[0] not in self.told:
            self.found.append(diagnostic)

    def _without_guesses(self, tokens: list[Token]) -> list[Token]:
        """A hole for each statement that stands on a line that was guessed at."""
        if not self.guessed:
            return tokens
        for line in sorted(self.guessed):
            while True:
                at = next((i for i, t in enumerate(tokens) if _stands_on(t, line)), None)
                if at is None:
                    break
                first, last = statement_around(tokens, at)
                tokens = [*tokens[:first], *hole_of(tokens[first:last], at - first), *tokens[last:]]
        return tokens

    # ---- statements

    def _mended(self, error: UnexpectedToken, tokens: list[Token]) -> list[Token]:
        """Tell a mistake; the tokens without it."""
        index = next((i for i, t in enumerate(tokens) if t is error.token), len(tokens))
        before = tokens[index - 1] if index else None
        begins = index > 0 and statement_around(tokens, index - 1)[0] == index - 1
        inside = is_inside(tokens, index)
        place = Place(set(error.expected) - {HOLE}, before, begins, inside)
        diagnostic = explain_token(error.token, place, self.source)
        lines = {t.line or 1 for t in (before, error.token) if t and t.type not in _NOWHERE}
        first_time = self._tell(diagnostic, lines)
        found = repair(error.token, place, diagnostic) if first_time else None
        self.told |= lines
        if first_time:
            self.told |= _told_with(diagnostic)
            if is_outside(error.token, place):
                self.told |= lines_outside(self.source, error.token.start_pos or 0)
        if found is not None:
            return _repaired(tokens, found)
        return holed(index, tokens)

    def _tell(self, diagnostic: Diagnostic, lines: set[int]) -> bool:
        span = diagnostic.primary.span
        if not self.told.isdisjoint(lines | ({span.position[0]} if span else set())):
            return False
        self.found.append(diagnostic)
        return True


class _Reader:
    """Looks for the first mistake, and not again at what it has read before: what is mended stands
    in the statement with the mistake."""

    def __init__(self, parser: Feed) -> None:
        self.parser = parser
        parser.parser_state.parse_conf.callbacks = {}  # nothing is built: only the states matter
        self.read: list[Token] = []
        self.states: list[tuple[int, list[Any]]] = []  # at the beginning of each statement

    def mistake(self, tokens: list[Token]) -> UnexpectedToken | None:
        for index in range(self._resume(tokens), len(tokens)):
            if not index or separates(tokens, index - 1) or tokens[index - 1].type == "LBRACE":
                self.states.append((index, list(self.parser.parser_state.state_stack)))
            try:
                self.parser.feed_token(tokens[index])
            except UnexpectedToken as error:
                self.read = tokens
                return error
        self.read = tokens
        try:
            self.parser.feed_eof(tokens[-1] if tokens else Token("_NL", ""))
        except UnexpectedToken as error:
            return error
        return None

    def _resume(self, tokens: list[Token]) -> int:
        """Go back to the beginning of the last statement before anything is different."""
        pairs = zip(self.read, tokens, strict=False)
        same = next((i for i, (one, other) in enumerate(pairs) if one is not other), None)
        same = min(len(self.read), len(tokens)) if same is None else same
        while self.states and self.states[-1][0] > same:
            self.states.pop()
        if not self.states:
            return 0
        index, states = self.states.pop()
        state = self.parser.parser_state
        state.state_stack[:] = states
        state.value_stack[:] = [None] * (len(states) - 1)
        return index


def _derivation(parser: Feed, tokens: list[Token]) -> Tree[Token]:
    for token in tokens:
        parser.feed_token(token)
    derivation: Tree[Token] = parser.feed_eof(tokens[-1] if tokens else Token("_NL", ""))
    return derivation


def _told_with(diagnostic: Diagnostic) -> set[int]:
    """The lines with something that goes away with a mistake."""
    edits = [edit for fix in diagnostic.fixes for edit in fix.edits]
    return {edit.span.position[0] for edit in edits if edit.span.start < edit.span.end}


def _rounds(size: int, most: int) -> int:
    """How often something of a size may be read again."""
    return max(1, min(4 * _MOST_MISTAKES, most // max(1, size)))


def _stands_on(token: Token, line: int) -> bool:
    return token.line == line and token.type not in _BETWEEN


def _repaired(tokens: list[Token], found: Repair) -> list[Token]:
    at = next(i for i, t in enumerate(tokens) if t is found.at)
    end = at + 1 + found.more
    while found.whole_line and end < len(tokens) and tokens[end].type not in ("_NL", "RBRACE"):
        end = partner_of(tokens, end) + 1
    mended = [*tokens[:at], *found.tokens, *tokens[end:]]
    return mended if found.tokens else laid_out(mended)
