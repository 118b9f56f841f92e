"""Text to syntax tree. The only place that knows the parser generator."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lark import Lark, TextSlice, Token
from lark.exceptions import UnexpectedInput

from archdsl.diagnostics import ArchError
from archdsl.resources import resource
from archdsl.source import Source, Span
from archdsl.stack import deep_stack
from archdsl.syntax import tree
from archdsl.syntax.build import TreeBuilder
from archdsl.syntax.layout import Layout, TooNested, Unbalanced
from archdsl.syntax.misread import in_order, not_a_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics import Diagnostic

_FRAMES = 6_000  # for building a tree: its frames take room on the C stack too

__all__ = ["parse", "parse_value", "read", "tokens", "tokens_so_far"]


def parse(source: Source) -> tree.File:
    """The syntax tree of a spec.

    Raises :class:`ArchError` with every syntax error that can be told apart.

    >>> parse(Source("a.arch", "block twice { conv(8, 3x3) -> relu }")).items[0].name
    'twice'
    """
    file, found = read(source)
    if found or file is None:
        raise ArchError(found)
    return file


def read(source: Source) -> tuple[tree.File | None, list[Diagnostic]]:
    """The syntax tree of a spec, with a hole for each statement that makes no sense; and every
    syntax error that can be told apart.

    There is no tree where there are more mistakes than anybody reads.

    >>> file, found = read(Source("a.arch", "block twice { conv(8, 3x3) -> }"))
    >>> file.items[0].name, [diagnostic.code for diagnostic in found]
    ('twice', ['syntax'])
    """
    found: list[Diagnostic] = []
    try:
        derivation: Any = _parser().parse(source.text, start="start")
    except (UnexpectedInput, Unbalanced, TooNested):
        from archdsl.syntax.recover import recover  # most texts have no mistakes

        derivation, found = recover(source, _lexer().lex, _interactive)
    if derivation is None:
        return None, found
    builder = TreeBuilder(source, lambda start, end: _expression(source, start, end))
    file: tree.File = _built(builder, derivation)
    return file, in_order([*found, *builder.found])


def parse_value(source: Source, start: int) -> tree.Expression:
    """An expression that fills the rest of a text, for values given from outside."""
    span = Span(source, start, len(source.text))
    builder = TreeBuilder(source, lambda a, b: _expression(source, a, b))
    try:
        derivation = _expression(source, start, span.end)
    except (UnexpectedInput, Unbalanced, TooNested):
        help = 'write a number, a size, a list `[1, 2]`, `true`, or a string: `"..."`'
        raise ArchError([not_a_value(span, help)]) from None
    made: tree.Expression = _built(builder, derivation)
    if builder.found:
        raise ArchError(builder.found)
    return made


def _built(builder: TreeBuilder, derivation: Any) -> Any:
    """The tree; brackets are limited, so only sums and the like of thousands of terms are deep."""
    with deep_stack(_FRAMES):
        return builder.build(derivation)


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text, line ends and comments among them, for the formatter."""
    return _lexer().lex(text, dont_ignore=True)


def tokens_so_far(text: str) -> Iterator[Token]:
    """The tokens of a text that may have mistakes: those before the first that is none."""
    with suppress(UnexpectedInput):
        yield from tokens(text)


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


def _interactive() -> Any:
    return _lexer().parse_interactive(start="start")


def _expression(source: Source, start: int, end: int) -> Any:
    """The derivation of a piece of text, read with the same grammar where it stands."""
    return _parser().parse(TextSlice(source.text, start, end), start="expression")
