"""What ``--fix`` makes of a text."""

from __future__ import annotations

from pathlib import Path

from archdsl.analysis.mending import mended
from archdsl.graph.elaborate import Request
from archdsl.source import Source

__all__ = ["fixed", "fixed_body"]


def fixed(text: str) -> str:
    return mended(Request(Source("m.arch", text), Path())).request.source.text


def fixed_body(body: str) -> str:
    """The same of what stands in a model behind its input."""
    head, tail = "model m {\ninput x: 3x32x32\n", "\n}\n"
    text = fixed(f"{head}{body}{tail}")
    assert text.startswith(head) and text.endswith(tail)
    return text[len(head) : -len(tail)]
