"""Candidates for mending a syntax error: what the text most likely was to be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Token

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import applied, inserted, replaced, without
from archdsl.source import Source, Span
from archdsl.syntax.layout import Unbalanced
from archdsl.syntax.lines import Line, first_step, line_at, lines_from
from archdsl.syntax.slips import all_edits
from archdsl.syntax.words import is_name

__all__ = [
    "of_bracket",
    "of_comma",
    "of_commas",
    "of_glued_brace",
    "of_join",
    "of_label",
    "of_star",
    "of_string",
    "of_word",
]

_NEW_STATEMENT = re.compile(
    r"[ \t]*(?:(?:input|output|train|module|return|if|for|init|require|block|model|fn|use)\b|\})"
)
_SECOND_NAME = re.compile(r"[A-Za-z_]\w*\s*")
_LABEL = re.compile(r"[ \t]*[\w.{}]+[ \t]*:")


def of_string(offset: int, source: Source) -> tuple[Fix, ...]:
    """The quote may be missing before whatever can follow a string, or at the end of the line."""
    if source.text[offset] != '"':
        return ()
    end = _line_end(source, offset)
    ends = [i for i in range(offset + 1, end) if source.text[i] in ",)]"]
    return tuple(inserted(source, at, '"', 'add `"`') for at in [*ends, end])


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
    ends = _ends_of_list(start, error.at, source)
    return tuple(inserted(source, at, partner, title) for at in ends)


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


def _ends_of_list(start: int, noticed: int, source: Source) -> Iterator[int]:
    """Where `(` or `[` may end: before an arrow, a brace or another bracket, or with the last line
    that goes on from the one before."""
    first = line_at(source, start)
    depth, braces, end, last = 0, 0, start + 1, "("
    for line in lines_from(source, first.start):
        begin = max(line.start, start + 1)
        code = line.code.rstrip()
        is_below = line.start > first.start
        if is_below and (line.start >= noticed or not (depth or _goes_on(last, line, first))):
            break
        if not code.strip():
            continue
        for at in range(begin - line.start, len(code)):
            depth += (code[at] in "([") - (code[at] in ")]")
            braces += (code[at] == "{") - (code[at] == "}")
            closed = depth < 0 or braces < 0
            if closed or (depth == 0 and (code.startswith("->", at) or code[at] == "{")):
                yield line.start + len(code[:at].rstrip())
            if closed:
                return
        end, last = line.start + len(code), code
    yield end


def _goes_on(code: str, below: Line, first: Line) -> bool:
    """Whether what a line leaves open goes on below: behind a comma, unless a statement begins
    there, and behind the bracket itself, if it stands deeper."""
    if not below.code.strip():
        return True
    deeper = len(below.indent) > len(first.indent)
    if code.endswith(("(", "[")):
        return deeper
    begins = _NEW_STATEMENT.match(below.code) or (not deeper and _LABEL.match(below.code))
    return code.endswith(",") and not begins


def of_glued_brace(token: Token, source: Source) -> tuple[Fix, ...]:
    name, _, rest = str(token).partition("{")
    span = Span(source, token.start_pos or 0, token.end_pos or 0)
    return (replaced(span, f"{name} {{ {rest[:-1]} }}"),)


def of_star(count: tuple[int, int], span: Span, written: str) -> tuple[Fix, ...]:
    between = Span(span.source, count[1], span.start)
    return (replaced(between, " * ", f"write `{written}`"),)


def of_comma(before: Token, source: Source) -> tuple[Fix, ...]:
    return (inserted(source, before.end_pos or 0, ",", "add `,`"),)


def of_commas(at: int, source: Source) -> tuple[Fix, ...]:
    """Steps in a row with commas between them."""
    line = line_at(source, at)
    if line.is_long or _ENUMERATES.match(line.code):
        return ()
    inside = line.depth(at - line.start, "([{")
    commas = [
        found
        for found in re.finditer(r"[ \t]*,[ \t]*", line.code)
        if line.depth(found.start(), "([{") == inside
    ]
    arrows = tuple(Edit(line.span(found), " -> ") for found in commas)
    lines = tuple(Edit(line.span(found), f"\n{line.indent}") for found in commas)
    return Fix("join them with `->`", arrows), Fix("begin a new line", lines)


_ENUMERATES = re.compile(r"[ \t]*(?:(?:for|return|require|use)\b|[\w, \t]+=)")


def of_label(name: Token, source: Source) -> tuple[Fix, ...]:
    """``output y = ...``: a colon stands behind the name, with what else is to mend in its line."""
    end = name.end_pos or 0
    line = line_at(source, end)
    behind = line.code[end - line.start :]
    value = behind.lstrip(" \t=")
    if not value.strip() or _LABEL.match(value):
        return ()
    if "=" not in behind[: len(behind) - len(value)] and _SECOND_NAME.fullmatch(value):
        return ()
    colon = Edit(Span(source, end, end + len(behind) - len(value)), ": ")
    others = [edit for edit in all_edits(line) if edit.span.start >= colon.span.end]
    after = applied([colon, *others])[source][line.start :].partition("\n")[0]
    words = source.text[line.start : end].split()[-2:]
    title = f"write `{' '.join(words)}: {first_step(after[end - line.start + 2 :])}`"
    return (Fix(title, (colon, *others)),)


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
        *([replaced(blanks, ": ", "write `:`")] if is_name(line.strip()) else []),
    )


def _line_end(source: Source, offset: int) -> int:
    end = source.text.find("\n", offset)
    return end if end >= 0 else len(source.text)
