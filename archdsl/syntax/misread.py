"""What can be read, but not as what was meant, or not built."""

from __future__ import annotations

from archdsl.diagnostics import Diagnostic, Edit, Fix, Label
from archdsl.source import Span

__all__ = ["in_order", "nameless_input", "not_a_value", "too_nested"]


def in_order(found: list[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics of one text, in the order of the text."""
    return sorted(found, key=lambda d: d.primary.span.start if d.primary.span else 0)


def too_nested(span: Span) -> Diagnostic:
    return Diagnostic(
        "too-deep",
        "this text is nested too deeply to be read",
        Label(span, "too many levels begin here"),
        help="name parts of it, or make blocks of them",
    )


def nameless_input(word: Span, shape: Span) -> Diagnostic:
    """``input: 3x32x32``: read as a step that is labelled `input`."""
    help = f"write `input x: {shape.text}`"
    between = Span(word.source, word.end, word.end)
    return Diagnostic(
        "syntax",
        "this input has no name",
        Label(word, "its name stands behind `input`"),
        help=help,
        fixes=(Fix(help, (Edit(between, " x"),), decides=True),),
    )


def not_a_value(span: Span, help: str) -> Diagnostic:
    text = span.text.strip()
    return Diagnostic(
        "syntax",
        f"`{text}` is not a value" if text else "a value is missing",
        Label(span, "this is read as an expression"),
        help=help,
    )
