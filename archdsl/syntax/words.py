"""The words of the language: what cannot be a name."""

from __future__ import annotations

import re

__all__ = ["KEYWORDS", "is_name"]

# Kept equal to the grammar by a test.
KEYWORDS = frozenset(
    {"and", "block", "else", "false", "fn", "for", "if", "in", "init", "input", "model"}
    | {"module", "none", "not", "or", "output", "require", "return", "train", "true", "use"}
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_name(text: str) -> bool:
    """Whether a text can be the name of a value.

    >>> is_name("conv1"), is_name("0"), is_name("input")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None and text not in KEYWORDS
