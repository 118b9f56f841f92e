"""Diagnostics as workflow commands: GitHub shows them beside the lines they are about."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.diagnostics.model import Diagnostic, Severity

__all__ = ["render"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """One command a line. Columns are given where a place ends on the line it begins on, for only
    there GitHub takes them; the end column is that of the last character.

    Source:
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands

    >>> from archdsl.diagnostics.model import Label
    >>> from archdsl.source import Source, Span
    >>> spec = Source("a.arch", "cnv(64)")
    >>> print(render([Diagnostic("unknown-operator", "no operator is named `cnv`",
    ...     Label(Span(spec, 0, 3)), help="did you mean `conv`?")]), end="")
    ::error file=a.arch,line=1,endLine=1,col=1,endColumn=3,title=unknown-operator::no operator is named `cnv`%0Ahelp: did you mean `conv`?
    """  # noqa: E501
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {**_place(diagnostic), "title": diagnostic.code}
    shown = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {shown}::{_escaped(_message(diagnostic))}"


def _place(diagnostic: Diagnostic) -> dict[str, str]:
    span = diagnostic.primary.span
    if span is None or span.source.name.startswith("--"):  # said on the command line: in no file
        return {}
    line, column = span.position
    end_line, end_column = span.end_position
    place = {"file": span.source.name, "line": str(line), "endLine": str(end_line)}
    if line == end_line:
        place |= {"col": str(column), "endColumn": str(max(column, end_column - 1))}
    return place


def _message(diagnostic: Diagnostic) -> str:
    lines = [diagnostic.message]
    for label in diagnostic.secondary:
        place = f"{label.span}: " if label.span else ""
        lines.append(f"{place}{label.message}")
    lines += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
