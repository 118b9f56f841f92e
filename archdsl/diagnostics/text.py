"""Diagnostics for people: headline, place, the source line with a caret, notes and help."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.diagnostics.model import Diagnostic, Label, Severity
from archdsl.source import Span

__all__ = ["render"]

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_WIDEST_LINE = 160


def render(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """All diagnostics as text, a blank line between two.

    >>> from archdsl.source import Source, Span
    >>> spec = Source("a.arch", "cnv(64)")
    >>> print(render([Diagnostic("unknown-operator", "no operator is named `cnv`",
    ...     Label(Span(spec, 0, 3)), help="did you mean `conv`?")]))
    error[unknown-operator]: no operator is named `cnv`
     --> a.arch:1:1
      |
    1 | cnv(64)
      | ^^^
      = help: did you mean `conv`?
    """
    return "\n\n".join(_Renderer(colour).one(diagnostic) for diagnostic in diagnostics)


class _Renderer:
    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def one(self, diagnostic: Diagnostic) -> str:
        hue = _COLOURS[diagnostic.severity]
        head = self.paint(f"{diagnostic.severity}[{diagnostic.code}]", f"1;{hue}")
        lines = [f"{head}: {self.paint(diagnostic.message, '1')}"]
        labels = [label for label in diagnostic.secondary if label.span]
        spans = [label.span for label in (diagnostic.primary, *labels) if label.span]
        gutter = len(str(max((span.position[0] for span in spans), default=1)))
        if diagnostic.primary.span:
            lines += self.place(diagnostic.primary, gutter, "^", hue, arrow="-->")
        for label in labels:
            lines += self.place(label, gutter, "-", "34", arrow=":::")
        pad = " " * gutter
        lines += [f"{pad} = {self.paint('note', '1')}: {note}" for note in diagnostic.notes]
        if diagnostic.help:
            lines.append(f"{pad} = {self.paint('help', '1;32')}: {diagnostic.help}")
        return "\n".join(lines)

    def place(self, label: Label, gutter: int, mark: str, hue: str, arrow: str) -> list[str]:
        span = label.span
        assert span is not None
        number = span.position[0]
        text, start, width = _visible(span)
        pad = " " * gutter
        marks = " " * start + mark * width
        said = f" {label.message}" if label.message else ""
        return [
            f"{pad}{self.paint(arrow, '34')} {span}",
            f"{pad} |",
            f"{number:>{gutter}} | {text}",
            f"{pad} | {self.paint(marks + said, hue)}",
        ]


def _visible(span: Span) -> tuple[str, int, int]:
    """The line of a span, where the marks start in it, and how many there are."""
    number, column = span.position
    end_number, end_column = span.end_position
    line = span.source.line(number)
    last = end_column if end_number == number else len(line) + 1
    start = column - 1
    width = max(1, min(last, len(line) + 1) - column)
    if len(line) > _WIDEST_LINE:  # a very long line: show the part that matters
        shift = max(0, start - _WIDEST_LINE // 4)
        line, start = line[shift : shift + _WIDEST_LINE], start - shift
        width = min(width, _WIDEST_LINE - start)
    printable = "".join(char if char.isprintable() else " " for char in line)
    return printable, start, max(1, width)
