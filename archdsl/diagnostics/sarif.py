"""Diagnostics as SARIF 2.1.0, which code hosts and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from archdsl.diagnostics.codes import CODES, LINTS
from archdsl.diagnostics.model import Diagnostic, Edit, Fix, Label
from archdsl.resources import resource
from archdsl.source import Span

__all__ = ["render"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """One log with one run, on one line. ``version`` is that of the program.

    >>> from archdsl.source import Source
    >>> place = Label(Span(Source("a.arch", "?"), 0, 1))
    >>> found = [Diagnostic("syntax", "`?` is not part of the language", place)]
    >>> [run] = json.loads(render(found, "1.0"))["runs"]
    >>> [(result["ruleId"], result["level"]) for result in run["results"]]
    [('syntax', 'error')]
    """
    found = list(diagnostics)
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in found))
    driver = {"name": "archdsl", "version": version, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(code: str) -> dict[str, Any]:
    title = CODES.get(code) or LINTS.get(code, code)
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": title}}
    page = _page(code)
    if page is not None:
        rule["help"] = {"text": page, "markdown": page}
    return rule


def _page(code: str) -> str | None:
    """The text of the page about a code or a lint."""
    for folder in ("errors", "lints"):
        page = resource(folder, f"{code}.md")
        if page.is_file():
            return page.read_text(encoding="utf-8")
    return None


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    result = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": str(diagnostic.severity),
        "message": {"text": _message(diagnostic)},
        "locations": [_location(diagnostic.primary)],
        "relatedLocations": [_location(label) for label in diagnostic.secondary],
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }
    return {name: value for name, value in result.items() if value != []}


def _message(diagnostic: Diagnostic) -> str:
    help = [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join([diagnostic.message, *(f"note: {note}" for note in diagnostic.notes), *help])


def _location(label: Label) -> dict[str, Any]:
    """A place in a file; what was said on the command line is in none."""
    location: dict[str, Any] = {"message": {"text": label.message}} if label.message else {}
    span = label.span
    if span is not None and not span.source.name.startswith("--"):
        location["physicalLocation"] = {
            "artifactLocation": _artifact(span),
            "region": _region(span),
        }
    return location


def _artifact(span: Span) -> dict[str, str]:
    path = PurePath(span.source.name)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _region(span: Span) -> dict[str, int]:
    """Lines and columns count from 1; the end column is just behind the last character."""
    line, column = span.position
    end_line, end_column = span.end_position
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(fix: Fix) -> dict[str, Any]:
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(edit.span.source.name, []).append(edit)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(edits[0].span),
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for edits in files.values()
        ],
    }
