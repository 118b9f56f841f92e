"""Diagnostics for programs: plain dictionaries, the documented form of ``check --format json``."""

from __future__ import annotations

from typing import Any

from archdsl.diagnostics.model import Diagnostic, Edit, Label

__all__ = ["to_dict"]


def to_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """Lines and columns count from 1; the end column is just behind the last character."""
    span = diagnostic.primary.span
    line, column = span.position if span else (None, None)
    end_line, end_column = span.end_position if span else (None, None)
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": span.source.name if span else None,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fixes": [
            {"title": fix.title, "edits": [_edit(edit) for edit in fix.edits]}
            for fix in diagnostic.fixes
        ],
        "related": [_related(label) for label in diagnostic.secondary],
    }


def _related(label: Label) -> dict[str, Any]:
    line, column = label.span.position if label.span else (None, None)
    file = label.span.source.name if label.span else None
    return {"message": label.message, "file": file, "line": line, "column": column}


def _edit(edit: Edit) -> dict[str, Any]:
    line, column = edit.span.position
    end_line, end_column = edit.span.end_position
    return {
        "file": edit.span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "text": edit.text,
    }
