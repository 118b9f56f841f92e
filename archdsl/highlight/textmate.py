"""The TextMate grammar, which Visual Studio Code and many other editors colour by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from archdsl.highlight import vocabulary as v

__all__ = ["grammar", "grammar_text"]


def grammar() -> dict[str, Any]:
    """The grammar as the format has it: patterns in the order they are tried.

    >>> grammar()["scopeName"], grammar()["fileTypes"]
    ('source.arch', ['arch'])
    """
    name = v.pattern("NAME")
    return {
        "name": "arch",
        "scopeName": "source.arch",
        "fileTypes": ["arch"],
        "patterns": [
            _match("comment.line.documentation.arch", v.pattern("DOC")),
            _match("comment.line.number-sign.arch", v.pattern("COMMENT")),
            _match("string.quoted.double.arch", v.pattern("STRING")),
            _match("entity.name.tag.label.arch", v.pattern("LABEL")),
            {
                "match": rf"\b({'|'.join(v.DEFINING)})\s+({name})",
                "captures": {
                    "1": {"name": "keyword.declaration.arch"},
                    "2": {"name": "entity.name.function.arch"},
                },
            },
            {
                "match": rf"\b({name})\s*(=)(?!=)",
                "captures": {
                    "1": {"name": "variable.parameter.arch"},
                    "2": {"name": "keyword.operator.arch"},
                },
            },
            _match("variable.other.arch", v.pattern("COMPUTED")),
            _match("constant.language.arch", _any(v.CONSTANTS)),
            _match("keyword.operator.word.arch", _any(v.WORD_OPERATORS)),
            _match("keyword.control.arch", _any(v.CONTROL)),
            _match("keyword.declaration.arch", _any(v.DECLARATIONS)),
            _match("support.function.operator.arch", _any(v.operators())),
            _match("support.function.arch", _any(v.functions())),
            _match("support.class.block.arch", _any(v.blocks())),
            _match("constant.numeric.size.arch", rf"\b{v.pattern('SIZE')}\b"),
            _match("constant.numeric.arch", v.pattern("FLOAT")),
            _match("constant.numeric.arch", v.pattern("COUNT")),
            _match("constant.numeric.arch", v.pattern("INT")),
            _match("variable.other.arch", name),
            _match("keyword.operator.arch", v.SIGNS),
        ],
    }


def grammar_text() -> str:
    """The file, as it is kept beside the extension."""
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"


def _match(scope: str, pattern: str) -> dict[str, str]:
    return {"name": scope, "match": pattern}


def _any(words: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(sorted(words))})\b"
