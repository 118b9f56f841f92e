"""Characters that are not part of the language, and brackets without their partner."""

from __future__ import annotations

from archdsl.diagnostics import Diagnostic, Label
from archdsl.source import Source, Span
from archdsl.syntax.layout import TooNested, Unbalanced
from archdsl.syntax.lines import line_at
from archdsl.syntax.mends import of_bracket, of_string
from archdsl.syntax.misread import too_nested
from archdsl.syntax.slips import mended, slips

__all__ = ["explain_bracket", "explain_character"]

_CHARACTERS = {
    "×": "write sizes with the letter x: `3x3`",
    "'": 'strings stand between double quotes: "..."',
    "“": 'strings stand between straight double quotes: "..."',
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "^": "write a power as `**`",
    "@": "a comment begins with `#`",
    "\\": "a chain goes on in the next line where that begins with `->`",
    '"': "a string ends on the line it begins on",
}
"""Those that stand for nothing in particular are among the slips."""

_LETTERS = "a name is made of the letters a to z, digits and `_`; comments and strings take any"
_REMOVE = "remove it, or put it in a comment: `# ...`"


def explain_character(offset: int, source: Source) -> Diagnostic:
    char = source.text[offset]
    name = f"`{char}`" if char.isprintable() else f"the character U+{ord(char):04X}"
    line = line_at(source, offset)
    slip = next((s for s in slips(line) if s.span.start <= offset < s.reach), None)
    known = slip.help if slip else _CHARACTERS.get(char)
    return Diagnostic(
        "syntax",
        "this string is not closed" if char == '"' else f"{name} is not part of the language",
        Label(Span(source, offset, offset + 1)),
        help=known or (_LETTERS if char.isalpha() else _REMOVE),
        fixes=(mended(slip, line),) if slip else of_string(offset, source),
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
