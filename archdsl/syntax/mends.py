"""Candidates for mending a syntax error: what the text most likely was to be."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import inserted, replaced, without
from archdsl.source import Source, Span
from archdsl.syntax.layout import Unbalanced

__all__ = [
    "of_bracket",
    "of_character",
    "of_comma",
    "of_glued_brace",
    "of_join",
    "of_star",
    "of_word",
]

_INSTEAD = {"×": "x", ";": "", "→": "->", "&": "and", "|": "or", "!": "not ", "^": "**"}
_QUOTES = {"'": "'", "“": "”"}


def of_character(offset: int, source: Source) -> tuple[Fix, ...]:
    """A sign of another language, or a string that is not closed."""
    char = source.text[offset]
    here = Span(source, offset, offset + 1)
    if char in _INSTEAD:
        doubled = char in "&|" and source.text[offset + 1 : offset + 2] == char
        span = Span(source, offset, offset + 2) if doubled else here
        meant = _INSTEAD[char]
        return (replaced(span, meant, f"write `{meant.strip()}`" if meant else "remove it"),)
    if char in _QUOTES:
        end = source.text.find(_QUOTES[char], offset + 1, _line_end(source, offset))
        edits = (Edit(here, '"'), Edit(Span(source, end, end + 1), '"'))
        return (Fix('write `"`', edits),) if end > 0 else ()
    if char == '"':
        return tuple(_closed_string(offset, source))
    return ()


def _closed_string(offset: int, source: Source) -> Iterator[Fix]:
    """The quote may be missing before whatever can follow a string, or at the end of the line."""
    end = _line_end(source, offset)
    ends = [i for i in range(offset + 1, end) if source.text[i] in ",)]"]
    yield from (inserted(source, at, '"', 'add `"`') for at in [*ends, end])


def of_bracket(error: Unbalanced, source: Source) -> tuple[Fix, ...]:
    start = error.token.start_pos or 0
    bracket = str(error.token)
    if error.wanted == "body":
        return (inserted(source, error.at, " {", "add `{`"),)
    if error.wanted == "open":
        return (without(Span(source, start, start + 1)),)
    if bracket == "{":
        return tuple(_closed_brace(start, error.at, source))
    partner = {"(": ")", "[": "]"}[bracket]
    title = f"add `{partner}`"
    return tuple(inserted(source, at, partner, title) for at in _ends_of_list(start, source))


def _closed_brace(start: int, noticed: int, source: Source) -> Iterator[Fix]:
    """At the end of its line, where more than the brace stands there; else on a line of its own
    above the place where it was noticed."""
    text, end = source.text, _line_end(source, start)
    if text[start + 1 : end].partition("#")[0].strip():
        at = start + len(text[start:end].partition("#")[0].rstrip())
        yield inserted(source, at, " }", "add `}`")
    above = len(text[:noticed].rstrip())
    line = text[text.rfind("\n", 0, start) + 1 :]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    yield inserted(source, max(above, start + 1), f"\n{indent}}}", "add `}`")


def _ends_of_list(start: int, source: Source) -> Iterator[int]:
    """Where `(` or `[` may end: before an arrow, a brace or another bracket, or with its line."""
    text, depth = source.text, 0
    for at in range(start + 1, _line_end(source, start)):
        depth += (text[at] in "([") - (text[at] in ")]")
        if depth < 0:
            yield at
            return
        if depth == 0 and (text.startswith("->", at) or text[at] in "{#"):
            yield len(text[:at].rstrip())
        if text[at] == "#":
            return
    yield len(text[: _line_end(source, start)].rstrip())


def of_glued_brace(token: Token, source: Source) -> tuple[Fix, ...]:
    name, _, rest = str(token).partition("{")
    span = Span(source, token.start_pos or 0, token.end_pos or 0)
    return (replaced(span, f"{name} {{ {rest[:-1]} }}"),)


def of_star(count: tuple[int, int], span: Span, written: str) -> tuple[Fix, ...]:
    between = Span(span.source, count[1], span.start)
    return (replaced(between, " * ", f"write `{written}`"),)


def of_comma(before: Token, source: Source) -> tuple[Fix, ...]:
    return (inserted(source, before.end_pos or 0, ",", "add `,`"),)


def of_word(word: Token, meant: str, source: Source) -> tuple[Fix, ...]:
    return (replaced(Span(source, word.start_pos or 0, word.end_pos or 0), meant),)


def of_join(token: Token, source: Source) -> tuple[Fix, ...]:
    """Two steps side by side: a chain, two statements, or a label without its colon."""
    at = token.start_pos or 0
    line = source.text[source.text.rfind("\n", 0, at) + 1 : at]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    blanks = Span(source, len(source.text[:at].rstrip(" \t")), at)
    return (
        inserted(source, at, "-> ", "join them with `->`"),
        replaced(blanks, f"\n{indent}", "begin a new line"),
        *([replaced(blanks, ": ", "write `:`")] if line.strip().isidentifier() else []),
    )


def _line_end(source: Source, offset: int) -> int:
    end = source.text.find("\n", offset)
    return end if end >= 0 else len(source.text)
