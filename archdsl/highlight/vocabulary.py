"""The words of the language by what they are, and the patterns of everything else."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from archdsl.graph.functions import BUILTINS
from archdsl.graph.initialisers import INITIALISERS
from archdsl.graph.library import prelude
from archdsl.ops import OPS
from archdsl.resources import resource
from archdsl.syntax.words import KEYWORDS

__all__ = [
    "CONSTANTS",
    "CONTROL",
    "DECLARATIONS",
    "DEFINING",
    "SIGNS",
    "WORD_OPERATORS",
    "blocks",
    "functions",
    "operators",
    "pattern",
]

CONSTANTS: Final = frozenset({"false", "none", "true"})
WORD_OPERATORS: Final = frozenset({"and", "in", "not", "or"})
CONTROL: Final = frozenset({"else", "for", "if", "return"})
DECLARATIONS: Final = KEYWORDS - CONSTANTS - WORD_OPERATORS - CONTROL
DEFINING: Final = ("block", "fn", "model")
"""The words that a name to be defined stands behind."""
SIGNS: Final = r"->|\.\.=?|\*\*|//|[=!<>]=|[-+*/%<>=]"

_TERMINAL: Final = re.compile(r"^([A-Z_]+)(?:\.\d+)?: /(.+)/$", re.MULTILINE)


def operators() -> list[str]:
    """The operators that come with archdsl."""
    own = (name for name, op in OPS.items() if op.__module__.startswith("archdsl."))
    return sorted(own)


def functions() -> list[str]:
    """Functions over numbers and lists, and initialisers."""
    return sorted({*BUILTINS, *INITIALISERS} - OPS.keys())


def blocks() -> list[str]:
    """What the prelude defines."""
    return sorted(prelude().names)


@cache
def _terminals() -> dict[str, str]:
    grammar = resource("grammar", "arch.lark").read_text(encoding="utf-8")
    return {name: written.replace(r"\/", "/") for name, written in _TERMINAL.findall(grammar)}


def pattern(terminal: str) -> str:
    r"""The regular expression of a terminal of the grammar.

    >>> pattern("NAME"), pattern("INT")
    ('[A-Za-z_][A-Za-z0-9_]*', '\\d+')
    """
    return _terminals()[terminal]
