"""What a syntax error most likely means, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from lark import Token

from archdsl.diagnostics import Diagnostic, Fix, Label
from archdsl.source import Source, Span
from archdsl.syntax.habits import habit_at
from archdsl.syntax.layout import TooNested, Unbalanced
from archdsl.syntax.mends import (
    of_bracket,
    of_character,
    of_comma,
    of_glued_brace,
    of_join,
    of_star,
    of_word,
)

__all__ = [
    "Place",
    "explain_bracket",
    "explain_character",
    "explain_token",
    "is_foreign_comment",
    "lacks_comma",
    "misspelled",
    "not_a_value",
    "too_nested",
]

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
    "^": "write a power as `**`",
    '"': "a string ends on the line it begins on",
}

_LETTERS = "a name is made of the letters a to z, digits and `_`; comments and strings take any"
_REMOVE = "remove it, or put it in a comment: `# ...`"

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
_STARTS_A_VALUE = {"NAME", "COMPUTED", "INT", "SIZE", "FLOAT", "COUNT", "STRING"}
_ENDS = {"_NL", "$END", "RBRACE", "RPAR", "RSQB"}
_TOP_LEVEL = ("block", "fn", "model", "use")
_STATEMENTS = ("for", "if", "init", "input", "module", "output", "require", "return", "train")
_INSIDE = ("else", "in")
_FEW = 5  # so few tokens can stand where one of these words is the likely one
_ELSEWHERE = {
    "class": "blocks are declared with `block name(...) { ... }`",
    "def": "functions are declared with `fn name(...) = ...`, blocks with `block name(...) {`",
    "elif": "write `else if`",
    "import": 'write `use "file.arch"`',
    "let": "write `name = value`",
    "while": "loops run over lists and ranges: `for i in 0..n { ... }`",
}
"""Words of other languages."""


# ---- Characters and brackets -------------------------------------------------------------------


def explain_character(offset: int, source: Source) -> Diagnostic:
    char = source.text[offset]
    name = f"`{char}`" if char.isprintable() else f"the character U+{ord(char):04X}"
    return Diagnostic(
        "syntax",
        "this string is not closed" if char == '"' else f"{name} is not part of the language",
        Label(Span(source, offset, offset + 1)),
        help=_CHARACTERS.get(char) or (_LETTERS if char.isalpha() else _REMOVE),
        fixes=of_character(offset, source),
    )


def explain_bracket(error: Unbalanced | TooNested, source: Source) -> Diagnostic:
    start = error.token.start_pos or 0
    here = Span(source, start, start + 1)
    bracket = str(error.token)
    if isinstance(error, TooNested):
        return too_nested(here)
    if error.wanted == "body":
        return Diagnostic(
            "missing-brace",
            "the body below this line has no `{`",
            Label(Span(source, error.at, error.at), "`{` is missing"),
            secondary=(Label(here, "this closes the body"),),
            help="add ` {` at the end of the line",
            fixes=of_bracket(error, source),
        )
    if error.wanted == "open":
        return Diagnostic(
            "missing-brace",
            f"this `{bracket}` closes nothing",
            Label(here, "nothing is open here"),
            help=f"remove the `{bracket}`, or open what it should close",
            fixes=of_bracket(error, source),
        )
    partner = {"{": "}", "(": ")", "[": "]"}[bracket]
    noticed = Label(Span(source, error.at, error.at), f"still open here, where `{partner}` is due")
    return Diagnostic(
        "missing-brace",
        f"this `{bracket}` is never closed",
        Label(here, f"`{partner}` is missing"),
        secondary=(noticed,),
        help=f"add `{partner}` at the end of what it should hold",
        fixes=of_bracket(error, source),
    )


def too_nested(span: Span) -> Diagnostic:
    return Diagnostic(
        "too-deep",
        "this text is nested too deeply to be read",
        Label(span, "too many levels begin here"),
        help="name parts of it, or make blocks of them",
    )


def not_a_value(span: Span, help: str) -> Diagnostic:
    text = span.text.strip()
    return Diagnostic(
        "syntax",
        f"`{text}` is not a value" if text else "a value is missing",
        Label(span, "this is read as an expression"),
        help=help,
    )


# ---- Tokens ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token stands that cannot stand there."""

    expected: set[str]
    before: Token | None
    begins: bool
    """Whether the token before it is the first of a statement."""
    in_list: bool
    """Whether it stands between `(` and `)` or `[` and `]`."""


def explain_token(token: Token, place: Place, source: Source) -> Diagnostic:
    start = token.start_pos or 0
    span = Span(source, start, max(token.end_pos or start, start))
    if (habit := habit_at(token, place.expected, source)) is not None:
        said = f"`{habit.span.text}` cannot stand here"
        return Diagnostic("syntax", said, Label(habit.span), help=habit.help, fixes=(habit.fix,))
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
    if is_foreign_comment(token, place):
        return of_word(token, "#", source)
    if (found := misspelled(token, place)) is not None:
        return of_word(*found, source)
    if lacks_comma(token, place) and place.before is not None:
        return of_comma(place.before, source)
    if token == "elif":
        return of_word(token, "else if", source)
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
    step = _first_step(source.text[span.start :].partition("\n")[0])
    written = f"{number} * {step}"
    return Diagnostic(
        "missing-star",
        f"a repeat needs a `*` between {number} and `{span.text}`",
        Label(Span(source, count[0], span.end), "two things stand side by side"),
        help=f"write `{written}`",
        fixes=of_star(count, span, written),
    )


def _first_step(line: str) -> str:
    """What stands before an arrow, a comment, or a bracket that was opened elsewhere."""
    depth = 0
    for offset, char in enumerate(line):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or (depth == 0 and line.startswith(("->", "#"), offset)):
            return line[:offset].strip()
    return line.strip()


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
    if "NAME" in expected:
        return f"write what belongs behind `{before}`, or remove it"
    return f"finish what begins before it: {_wanted(expected) or 'it is not complete'}"


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
    if is_foreign_comment(token, place):
        return "a comment begins with `#`"
    for word in (token, place.before):
        if word is not None and word.type == "NAME" and str(word) in _ELSEWHERE:
            return _ELSEWHERE[str(word)]
    found = misspelled(token, place)
    if found is not None:
        return f"did you mean `{found[1]}`?"
    if _at_top(place):
        return "a file holds `use`, `fn`, `block` and `model`; steps stand inside their braces"
    return None


def is_foreign_comment(token: Token, place: Place) -> bool:
    """``// ...`` where a statement begins."""
    return token == "//" and (place.before is None or place.before.type in ("_NL", "LBRACE"))


def misspelled(token: Token, place: Place) -> tuple[Token, str] | None:
    """A word that was most likely to be a word of the language, and that: here or just before."""
    inside = [word for word in _INSIDE if word.upper() in place.expected]
    here = _TOP_LEVEL if _at_top(place) else inside if len(place.expected) < _FEW else []
    before = place.before if place.begins else None
    words: list[tuple[Token | None, Iterable[str]]] = [(before, _STATEMENTS), (token, here)]
    for word, known in words:
        if word is not None and word.type == "NAME" and str(word) not in _ELSEWHERE:
            close = get_close_matches(str(word), list(known), n=1, cutoff=0.65)
            if close:
                return word, close[0]
    return None


def _at_top(place: Place) -> bool:
    return {"BLOCK", "MODEL"} <= place.expected


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
    if expected == {"STRING"}:
        return 'write it in double quotes: "..."'
    if token.type in _STARTS_A_STEP:
        return "join steps with `->`, or begin a new line"
    if text in _TOP_LEVEL:
        return f"`{text}` stands at the top level of a file, outside every `{{ }}`"
    if text.isalpha():
        return f"`{text}` is a word of the language; use another name"
    return f"remove {_name(token)}, or finish what stands before it"


def lacks_comma(token: Token, place: Place) -> bool:
    """Whether an argument or item begins where the one before it is complete."""
    return place.in_list and token.type in _STARTS_A_VALUE | {"LABEL"}


def _help_equals(expected: set[str], before: Token | None) -> str:
    if before is not None and before.isalpha() and before.type == before.upper():
        return f"`{before}` is a word of the language; use another name"
    if _wanted(expected):
        return f"{_wanted(expected)}: write it before the `=`"
    return "`==` compares; `name = value` is a statement of its own"
