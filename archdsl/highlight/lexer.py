"""The Pygments lexer: `pygmentize net.arch`, ```` ```arch ```` in documentation and notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from archdsl.highlight import vocabulary as v

__all__ = ["ArchLexer"]


def _words(names: Iterable[str]) -> Any:
    return words(sorted(names), prefix=r"\b", suffix=r"\b")


class ArchLexer(RegexLexer):  # type: ignore[misc]
    """Colours specs.

    >>> from pygments import lex
    >>> [text for kind, text in lex("conv1: conv(64, 7x7)", ArchLexer()) if kind in Name]
    ['conv1', 'conv']
    """

    name = "arch"
    aliases: ClassVar = ["arch"]
    filenames: ClassVar = ["*.arch"]
    mimetypes: ClassVar = ["text/x-arch"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"[\s\ufeff]+", Whitespace),
            (v.pattern("DOC"), String.Doc),
            (v.pattern("COMMENT"), Comment.Single),
            (v.pattern("STRING"), String),
            (v.pattern("LABEL"), Name.Label),
            (
                rf"\b({'|'.join(v.DEFINING)})([ \t]+)({v.pattern('NAME')})",
                bygroups(Keyword.Declaration, Whitespace, Name.Class),
            ),
            (
                rf"({v.pattern('NAME')})([ \t]*)(=)(?!=)",
                bygroups(Name.Variable, Whitespace, Operator),
            ),
            (v.pattern("COMPUTED"), Name),
            (_words(v.CONSTANTS), Keyword.Constant),
            (_words(v.WORD_OPERATORS), Operator.Word),
            (_words(v.CONTROL), Keyword),
            (_words(v.DECLARATIONS), Keyword.Declaration),
            (_words(v.operators()), Name.Builtin),
            (_words([*v.blocks(), *v.functions()]), Name.Function),
            (v.pattern("SIZE"), Number),
            (v.pattern("FLOAT"), Number.Float),
            (v.pattern("COUNT"), Number),
            (v.pattern("INT"), Number.Integer),
            (v.pattern("NAME"), Name),
            (v.SIGNS, Operator),
            (r"[(){}\[\],.:]", Punctuation),
        ]
    }
