"""What a syntax error most likely means, and what to write instead."""

from __future__ import annotations

from lark import Token

from archdsl.diagnostics import Diagnostic, Label
from archdsl.source import Source, Span

__all__ = ["explain_character", "explain_token"]

_CHARACTERS = {
    "×": "write sizes with the letter x: `3x3`",
    ";": "statements end with their line",
    "'": 'strings stand between double quotes: "..."',
    "“": 'strings stand between straight double quotes: "..."',
    "→": "write the arrow as `->`",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "@": "a comment begins with `#`",
    '"': "a string ends on the line it begins on",
}

_WHAT = {
    "NAME": "a name",
    "LABEL": "a label",
    "INT": "a number",
    "FLOAT": "a number",
    "SIZE": "a size",
    "STRING": "a string",
    "DOC": "a doc comment",
    "_NL": "the end of the line",
    "$END": "the end of the file",
}

_STARTS_A_STEP = {"NAME", "LBRACE", "LPAR"}
_NUMBERS = {"INT", "FLOAT"}


def explain_character(offset: int, source: Source) -> Diagnostic:
    char = source.text[offset]
    name = f"`{char}`" if char.isprintable() else f"the character U+{ord(char):04X}"
    return Diagnostic(
        "syntax",
        f"{name} is not part of the language",
        Label(Span(source, offset, offset + 1)),
        help=_CHARACTERS.get(char, "remove it, or put it in a comment: `# ...`"),
    )


def explain_token(token: Token, expected: set[str], source: Source) -> Diagnostic:
    start = token.start_pos or 0
    end = token.end_pos or start
    if token.type == "$END":
        start = end = len(source.text.rstrip())
    span = Span(source, start, end)
    count = _number_before(source.text, start)
    if token.type in _STARTS_A_STEP and count is not None:
        return _missing_star(count, span, source)
    return Diagnostic(
        "syntax",
        f"{_name(token)} cannot stand here",
        Label(span, _wanted(expected)),
        help=_help(token, expected, source),
    )


def _number_before(text: str, offset: int) -> tuple[int, int] | None:
    """Where the number stands that directly precedes an offset."""
    end = len(text[:offset].rstrip(" \t"))
    start = end
    while start and text[start - 1].isdigit():
        start -= 1
    lone = start < end and not (start and (text[start - 1].isalnum() or text[start - 1] in "._"))
    return (start, end) if lone else None


def _missing_star(count: tuple[int, int], span: Span, source: Source) -> Diagnostic:
    number = source.text[slice(*count)]
    step = source.text[span.start :].partition("\n")[0].partition("->")[0].strip()
    return Diagnostic(
        "missing-star",
        f"a repeat needs a `*` between {number} and `{span.text}`",
        Label(Span(source, count[0], span.end), "two things stand side by side"),
        help=f"write `{number} * {step}`",
    )


def _name(token: Token) -> str:
    if token.type in ("_NL", "$END"):
        return _WHAT[token.type]
    shown = str(token) if len(token) <= 40 else f"{token[:40]}..."
    return f"`{shown}`"


def _wanted(expected: set[str]) -> str:
    if {"NAME", "LABEL", "LBRACE"} <= expected:
        return "a step is expected"
    if {"NAME", "INT", "STRING"} <= expected:
        return "a value is expected"
    named = sorted({_WHAT.get(name, _spell(name)) for name in expected})
    return f"expected {' or '.join(named)}" if len(named) <= 4 else ""


_SIGNS = {
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COLON": ":",
    "COMMA": ",",
    "EQUAL": "=",
    "DOT": ".",
}


def _spell(name: str) -> str:
    sign = _SIGNS.get(name)
    if sign:
        return f"`{sign}`"
    return "`->`" if name.startswith("__ANON") else f"`{name.lower()}`"


def _help(token: Token, expected: set[str], source: Source) -> str:
    text = str(token)
    if text == "=":
        return "`==` compares; `name = value` is a statement of its own"
    if text == ":":
        return "a label stands directly before a step: `name: step`"
    if token.type in ("LABEL",):
        return "begin a new line for each labelled statement, or join steps with `->`"
    if token.type in ("NAME", "INT", "SIZE", "FLOAT", "STRING") and "COMMA" in expected:
        return "separate arguments with commas"
    if token.type in ("NAME", "LBRACE", "LPAR"):
        return "join steps with `->`, or begin a new line"
    if token.type in ("BLOCK", "MODEL", "FN", "USE"):
        return f"`{text}` stands at the top level of a file, outside every `{{ }}`"
    if "NAME" in expected and token.type in ("_NL", "$END"):
        return "the statement is not finished: something must follow"
    if token.type.isupper() and text.isalpha():
        return f"`{text}` is a word of the language; use another name"
    return f"remove {_name(token)}, or finish what stands before it"
