"""Diagnostics for people: headline, place, the source line with a caret, notes and help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
        marks = [_Mark(diagnostic.primary, "^", hue)]
        marks += [_Mark(label, "-", "34") for label in diagnostic.secondary]
        marks = [mark for mark in marks if mark.label.span]
        gutter = len(str(max((mark.line for mark in marks), default=1)))
        for arrow, own in zip(("-->", *[":::"] * len(marks)), _by_file(marks), strict=False):
            lines += self.file(own, gutter, arrow)
        pad = " " * gutter
        lines += [f"{pad} = {self.paint('note', '1')}: {note}" for note in diagnostic.notes]
        if diagnostic.help:
            lines.append(f"{pad} = {self.paint('help', '1;32')}: {diagnostic.help}")
        return "\n".join(lines)

    def file(self, marks: list[_Mark], gutter: int, arrow: str) -> list[str]:
        """The marks in one file in the order of its lines; the first of them names the place."""
        pad = " " * gutter
        lines = [f"{pad}{self.paint(arrow, '34')} {marks[0].span}", f"{pad} |"]
        shown: tuple[int, str] | None = None
        for mark in sorted(marks, key=lambda mark: (mark.line, mark.span.start)):
            text, start, width = _visible(mark.span)
            if (mark.line, text) != shown:
                lines += ["..."] if shown is not None and mark.line > shown[0] + 1 else []
                lines.append(f"{mark.line:>{gutter}} | {text}")
            said = f" {mark.label.message}" if mark.label.message else ""
            marked = " " * start + mark.sign * width + said
            lines.append(f"{pad} | {self.paint(marked, mark.hue)}")
            shown = mark.line, text
        return lines


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label, and how its place is marked."""

    label: Label
    sign: str
    hue: str

    @property
    def span(self) -> Span:
        assert self.label.span is not None
        return self.label.span

    @property
    def line(self) -> int:
        return self.span.position[0]


def _by_file(marks: Iterable[_Mark]) -> list[list[_Mark]]:
    files: dict[str, list[_Mark]] = {}
    for mark in marks:
        files.setdefault(mark.span.source.name, []).append(mark)
    return list(files.values())


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
