"""What a syntax error most likely means, and what to write instead."""

from __future__ import annotations

from lark import Token

from archdsl.diagnostics import Diagnostic, Fix, Label
from archdsl.source import Source, Span
from archdsl.syntax.habits import habit_at
from archdsl.syntax.lines import first_step
from archdsl.syntax.mends import (
    of_comma,
    of_commas,
    of_glued_brace,
    of_join,
    of_label,
    of_star,
    of_word,
)
from archdsl.syntax.place import (
    ELSEWHERE,
    TOP_LEVEL,
    Place,
    declares,
    elsewhere,
    is_at_top,
    lacks_comma,
    misspelled,
)

__all__ = ["explain_token"]

_WHAT = {
    "NAME": "a name",
    "COMPUTED": "a name",
    "LABEL": "a label",
    "INT": "a number",
    "COUNT": "a number",
    "FLOAT": "a number",
    "SIZE": "a size",
    "STRING": "a string",
    "DOC": "a doc comment",
    "_NL": "the end of the line",
    "$END": "the end of the file",
}

_STARTS_A_STEP = {"NAME", "LBRACE", "LPAR"}
_ENDS = {"_NL", "$END", "RBRACE", "RPAR", "RSQB"}


def explain_token(token: Token, place: Place, source: Source) -> Diagnostic:
    start = token.start_pos or 0
    span = Span(source, start, max(token.end_pos or start, start))
    if (habit := habit_at(token, place.expected, source)) is not None:
        said = f"`{habit.span.text}` cannot stand here"
        return Diagnostic("syntax", said, Label(habit.span), help=habit.help, fixes=habit.fixes)
    if declares(token, place):
        return _without_colon(token, place.before, span, source)
    count = _number_before(source.text, start)
    if token.type in _STARTS_A_STEP and count is not None and not place.in_list:
        return _missing_star(count, span, source)
    glued = next((t for t in (token, place.before) if t is not None and t.type == "COMPUTED"), None)
    if glued is not None and token.type in ("COMPUTED", *_ENDS, "RBRACE"):
        return _glued_brace(glued, source)
    if token.type in _ENDS and place.before is not None:
        return _too_early(token, place.expected, source, place.before)
    return Diagnostic(
        "syntax",
        f"{_name(token)} cannot stand here",
        Label(span, _wanted(place.expected)),
        help=_meant(token, place) or _help(token, place),
        fixes=_candidates(token, place, source),
    )


def _candidates(token: Token, place: Place, source: Source) -> tuple[Fix, ...]:
    """What the help of a token that cannot stand there proposes, as changes of the text."""
    if (found := misspelled(token, place)) is not None:
        return of_word(*found, source)
    if lacks_comma(token, place) and place.before is not None:
        return of_comma(place.before, source)
    if token == "elif":
        return of_word(token, "else if", source)
    if is_at_top(place) or elsewhere(token, place):
        return ()
    if token.type == "COMMA" and "_NL" in place.expected:
        return of_commas(token.start_pos or 0, source)
    if token.type == "LABEL" or token.type in _STARTS_A_STEP:
        return of_join(token, source)
    return ()


def _glued_brace(token: Token, source: Source) -> Diagnostic:
    """``block b{relu}``: without a space a name and a brace are one computed name."""
    name, _, rest = str(token).partition("{")
    start = token.start_pos or 0
    return Diagnostic(
        "syntax",
        f"`{token}` is read as one name",
        Label(Span(source, start, token.end_pos or start), "a computed name, like `stage{i}`"),
        help=f"a space stands before the brace of a body: `{name} {{ {rest[:-1]} }}`",
        fixes=of_glued_brace(token, source),
    )


def _without_colon(token: Token, before: Token | None, span: Span, source: Source) -> Diagnostic:
    fixes = of_label(token, source)
    value = "3x32x32" if before == "input" else "..."
    return Diagnostic(
        "syntax",
        f"`{token}` cannot stand here",
        Label(span, "a name and a colon are expected"),
        help=fixes[0].title if fixes else f"write `{before} {token}: {value}`",
        fixes=fixes,
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
    step = first_step(source.text[span.start :].partition("\n")[0])
    written = f"{number} * {step}"
    return Diagnostic(
        "missing-star",
        f"a repeat needs a `*` between {number} and `{span.text}`",
        Label(Span(source, count[0], span.end), "two things stand side by side"),
        help=f"write `{written}`",
        fixes=of_star(count, span, written),
    )


def _too_early(token: Token, expected: set[str], source: Source, before: Token) -> Diagnostic:
    """Something ends where something should follow; the place is right behind the last word."""
    end = before.end_pos or 0
    what = "the file" if token.type == "$END" else "this line" if token.type == "_NL" else ""
    wanted = _wanted(expected)
    return Diagnostic(
        "syntax",
        f"{what} ends too early" if what else f"something is missing before `{token}`",
        Label(Span(source, end, end), wanted),
        help=_help_missing(expected, before),
    )


def _help_missing(expected: set[str], before: Token) -> str:
    if before.type == "DOC":
        return "a doc comment stands above what it describes; for a remark write `# ...`"
    if str(before) == "->":
        return "write the step that comes next, or remove the `->`"
    if expected == {"LBRACE"} or ("LBRACE" in expected and before.type == "RBRACE"):
        return "a body stands between braces: `if condition { ... }`, `for i in 0..n { ... }`"
    if {"COMMA", "EQUAL"} <= expected:
        return _ROW
    if "NAME" in expected:
        return f"write what belongs behind `{before}`, or remove it"
    return f"finish what begins before it: {_wanted(expected) or 'it is not complete'}"


_ROW = "`a, b = ...` names several values; merge them with `concat(a, b)`, join steps with `->`"


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


def _meant(token: Token, place: Place) -> str | None:
    """A misspelled word of the language, or one of another language: this token or the last."""
    if (word := elsewhere(token, place)) is not None:
        return ELSEWHERE[word]
    found = misspelled(token, place)
    if found is not None:
        return f"did you mean `{found[1]}`?"
    if is_at_top(place):
        return _WRAP
    return None


_WRAP = (
    "a file holds `use`, `fn`, `block` and `model`; steps stand inside their braces: "
    "wrap them in `model name { ... }`"
)


def _help(token: Token, place: Place) -> str:
    text, before, expected = str(token), place.before, place.expected
    if text == "=":
        return _help_equals(expected, before)
    if text == ":":
        return "a label is a name, with computed parts in braces: `name: step`, `name{i}: step`"
    if text == "->" and "RBRACE" in expected:
        return "one step is expected; to group several, write braces: `{ a -> b }`"
    if lacks_comma(token, place):
        return "separate arguments and items with commas"
    if token.type == "LABEL":
        return "begin a new line for each labelled statement, or join steps with `->`"
    if expected == {"NAME"}:
        return "a name is made of letters, digits and `_`, and begins with a letter"
    if expected == {"LBRACE"}:
        return f"a body stands between braces: `{before} {{ ... }}`"
    if expected == {"OUTPUT"}:
        return "`train` stands before an output: `train output name: step`"
    if expected == {"STRING"}:
        return 'write it in double quotes: "..."'
    if token.type in _STARTS_A_STEP or (text == "," and "_NL" in expected):
        return "join steps with `->`, or begin a new line"
    if text in TOP_LEVEL:
        return f"`{text}` stands at the top level of a file, outside every `{{ }}`"
    if text.isalpha():
        return f"`{text}` is a word of the language; use another name"
    return f"remove {_name(token)}, or finish what stands before it"


def _help_equals(expected: set[str], before: Token | None) -> str:
    if before is not None and before.isalpha() and before.type == before.upper():
        return f"`{before}` is a word of the language; use another name"
    if _wanted(expected):
        return f"{_wanted(expected)}: write it before the `=`"
    return "`==` compares; `name = value` is a statement of its own"
