"""Text to syntax tree. The only place that knows the parser generator."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lark import Lark, TextSlice, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from archdsl.diagnostics import ArchError, Diagnostic, Label
from archdsl.resources import resource
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.build import TreeBuilder
from archdsl.syntax.explain import explain_character, explain_token
from archdsl.syntax.layout import Layout, Unbalanced

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse", "parse_value", "tokens"]

_MOST_SYNTAX_ERRORS = 50


def parse(source: Source) -> tree.File:
    """The syntax tree of a spec.

    Raises :class:`ArchError` with every syntax error that can be told apart: after a mistake
    reading goes on at the next line.

    >>> parse(Source("a.arch", "block twice { conv(8, 3x3) -> relu }")).items[0].name
    'twice'
    """
    found: list[Diagnostic] = []
    text = source.text
    while len(found) < _MOST_SYNTAX_ERRORS:
        try:
            derivation = _parser().parse(text, start="start")
        except (UnexpectedInput, Unbalanced) as error:
            diagnostic, resumable = _describe(error, source)
            found.append(diagnostic)
            rest = _without_line(text, resumable)
            if rest is None:
                break
            text = rest
            continue
        if found:
            break
        try:
            builder = TreeBuilder(source, lambda start, end: _expression(source, start, end))
            file: tree.File = builder.build(derivation)
            return file
        except UnexpectedInput as error:
            raise ArchError([_describe(error, source)[0]]) from None
        except RecursionError:
            raise ArchError([_too_nested(source)]) from None
    raise ArchError(found)


def parse_value(source: Source, start: int) -> tree.Expression:
    """An expression that fills the rest of a text, for values given from outside."""
    try:
        return _expression(source, start, len(source.text))
    except (UnexpectedInput, Unbalanced) as error:
        raise ArchError([_describe(error, source)[0]]) from None


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text, line ends and comments among them, for the formatter."""
    return _lexer().lex(text, dont_ignore=True)


@cache
def _parser() -> Lark:
    return _make(start=["start", "expression"], parser="lalr", lexer="basic", postlex=Layout())


@cache
def _lexer() -> Lark:
    return _make(start=["start", "expression"], parser="lalr", lexer="basic")


def _make(**options: Any) -> Lark:
    """The tables are built once and kept in the user's cache folder."""
    grammar = resource("grammar", "arch.lark").read_text(encoding="utf-8")
    name = "layout" if "postlex" in options else "plain"
    return Lark(
        grammar,
        cache=_cache_file(f"{name}.tables"),
        maybe_placeholders=True,
        propagate_positions=True,
        **options,
    )


def _cache_file(name: str) -> str | bool:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "archdsl"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return str(folder / name) if os.access(folder, os.W_OK) else False


def _expression(source: Source, start: int, end: int) -> tree.Expression:
    """The computed piece of a label, read with the same grammar where it stands."""
    derivation = _parser().parse(TextSlice(source.text, start, end), start="expression")
    builder = TreeBuilder(source, lambda a, b: _expression(source, a, b))
    made: tree.Expression = builder.build(derivation)
    return made


def _describe(error: UnexpectedInput | Unbalanced, source: Source) -> tuple[Diagnostic, int | None]:
    """The diagnostic, and the offset whose line to leave out when reading on (or none)."""
    if isinstance(error, Unbalanced):
        return _unbalanced(error, source), None
    if isinstance(error, UnexpectedCharacters):
        offset = error.pos_in_stream or 0
        return explain_character(offset, source), offset
    if isinstance(error, UnexpectedToken):
        token = error.token
        return explain_token(token, set(error.expected), source), token.start_pos
    raise AssertionError(error)


def _unbalanced(error: Unbalanced, source: Source) -> Diagnostic:
    start = error.token.start_pos or 0
    here = Span(source, start, start + 1)
    bracket = str(error.token)
    if error.wanted == "open":
        return Diagnostic(
            "missing-brace",
            f"this `{bracket}` closes nothing",
            Label(here),
            help=f"remove the `{bracket}`, or open what it should close",
        )
    partner = {"{": "}", "(": ")", "[": "]"}[bracket]
    noticed = Label(Span(source, error.at, error.at), f"still open here, where `{partner}` is due")
    return Diagnostic(
        "missing-brace",
        f"this `{bracket}` is never closed",
        Label(here, f"`{partner}` is missing"),
        secondary=(noticed,),
        help=f"add `{partner}` at the end of what it should hold",
    )


def _without_line(text: str, offset: int | None) -> str | None:
    """The text with the line of an offset blanked out, or None where that would break brackets."""
    if offset is None:
        return None
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    line = text[start:end]
    if not line.strip() or any(line.count(a) != line.count(b) for a, b in ("{}", "()", "[]")):
        return None
    return text[:start] + " " * len(line) + text[end:]


def _too_nested(source: Source) -> Diagnostic:
    return Diagnostic(
        "too-deep",
        "this text is nested too deeply to be read",
        Label(Span(source, 0, 0)),
        help="name parts of the expression, or make blocks of them",
    )
