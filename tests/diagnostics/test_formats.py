"""What other programs read of diagnostics: SARIF logs, and commands for GitHub's workflows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator

from archdsl import Diagnostic
from archdsl.diagnostics import CODES, LINTS, Edit, Fix, Label, Severity, github, sarif
from archdsl.diagnostics.edits import applied
from archdsl.source import Source, Span

from .expected import known

HERE = Path(__file__).parent
SPECS = sorted(HERE.glob("*.arch"))


# ---- SARIF --------------------------------------------------------------------------------------

_SCHEMA = json.loads((HERE / "sarif-2.1.0.json").read_text())
"""The official one, as it comes with Microsoft's sarif-multitool 5.7.0 (MIT licence)."""

Json = dict[str, Any]


def logged(diagnostics: list[Diagnostic]) -> Json:
    """The one run of a log that keeps to the schema."""
    log = json.loads(sarif.render(diagnostics, "1.0"))
    Draft202012Validator(_SCHEMA).validate(log)
    [run] = log["runs"]
    return run


def found(path: Path) -> list[Diagnostic]:
    return [diagnostic for diagnostic, _, _ in known(path)]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_sarif_keeps_to_the_schema_and_loses_nothing(path: Path) -> None:
    diagnostics = found(path)
    run = logged(diagnostics)
    assert run["columnKind"] == "unicodeCodePoints"  # as `at` counts
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result, diagnostic in zip(run["results"], diagnostics, strict=True):
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == diagnostic.code
        assert rule["help"]["text"].startswith(f"# {diagnostic.code}\n")
        assert result["level"] == diagnostic.severity
        assert result["message"]["text"].startswith(diagnostic.message)
        assert len(result.get("relatedLocations", [])) == len(diagnostic.secondary)
        titles = [fix["description"]["text"] for fix in result.get("fixes", [])]
        assert titles == [fix.title for fix in diagnostic.fixes]


def at(region: Json, text: str) -> slice:
    """Where a region is in a text, worked out from lines and columns."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    first = starts[region["startLine"] - 1] + region["startColumn"] - 1
    last = starts[region["endLine"] - 1] + region["endColumn"] - 1
    return slice(first, last)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_changes_in_a_sarif_log_are_the_fixes(path: Path) -> None:
    for diagnostic, result in zip(found(path), logged(found(path))["results"], strict=True):
        for fix, form in zip(diagnostic.fixes, result.get("fixes", []), strict=True):
            texts = {source.name: text for source, text in applied(fix.edits).items()}
            sources = {edit.span.source.name: edit.span.source.text for edit in fix.edits}
            for change in form["artifactChanges"]:
                name = unquote(change["artifactLocation"]["uri"]).removeprefix("file://")
                text = sources[name]
                ordered = sorted(
                    change["replacements"], key=lambda one: -at(one["deletedRegion"], text).start
                )
                for one in ordered:
                    here = at(one["deletedRegion"], sources[name])
                    text = text[: here.start] + one["insertedContent"]["text"] + text[here.stop :]
                assert text == texts.pop(name)
            assert not texts


def test_every_code_has_a_page_for_sarif() -> None:
    nowhere = [Diagnostic(code, "said", Label(None)) for code in [*CODES, *LINTS]]
    rules = logged(nowhere)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*CODES, *LINTS]


def test_names_of_files_become_uris() -> None:
    def uri(name: str) -> str:
        place = Label(Span(Source(name, "relu"), 0, 4))
        [result] = logged([Diagnostic("syntax", "said", place)])["results"]
        return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert uri("a folder/100%.arch") == "a%20folder/100%25.arch"
    assert uri("/a b.arch") == "file:///a%20b.arch"
    assert uri("<stdin>") == "%3Cstdin%3E"


def test_what_stands_in_no_file_has_no_physical_location() -> None:
    setting = Label(Span(Source("--set", "n=1"), 0, 1))
    [result] = logged([Diagnostic("bad-setting", "said", setting)])["results"]
    assert result["locations"] == [{}]


# ---- GitHub -------------------------------------------------------------------------------------

_COMMAND = re.compile(r"::(?P<command>error|warning|notice) (?P<properties>[^:]*)::(?P<text>.*)")


def unescaped(text: str) -> str:
    """As the runner does it, the per cent sign last."""
    for escape, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, meant)
    return text


def command(diagnostic: Diagnostic) -> tuple[str, dict[str, str], str]:
    text = github.render([diagnostic])
    assert text.endswith("\n") and text.count("\n") == 1
    read = _COMMAND.fullmatch(text[:-1])
    assert read, text
    pairs = (pair.split("=", 1) for pair in read["properties"].split(","))
    properties = {name: unescaped(value) for name, value in pairs}
    return read["command"], properties, unescaped(read["text"])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_workflow_command_says_it_all_on_one_line(path: Path) -> None:
    for diagnostic in found(path):
        name, properties, text = command(diagnostic)
        assert (
            name == {"error": "error", "warning": "warning", "note": "notice"}[diagnostic.severity]
        )
        assert properties["title"] == diagnostic.code
        span = diagnostic.primary.span
        assert span is not None
        if span.source.name.startswith("--"):
            continue
        assert properties["file"] == span.source.name
        assert (int(properties["line"]), int(properties["endLine"])) == (
            span.position[0],
            span.end_position[0],
        )
        assert text.split("\n")[0] == diagnostic.message
        assert diagnostic.help and diagnostic.help in text


def test_signs_that_mean_something_in_a_command() -> None:
    spec = Source("a,b:c%0A.arch", "relu")
    message = "100%: a, b\r\nand %0A"
    _, properties, text = command(Diagnostic("syntax", message, Label(Span(spec, 0, 4))))
    assert properties["file"] == spec.name
    assert text == message


def test_columns_end_with_the_last_character_and_stand_on_one_line_only() -> None:
    spec = Source("a.arch", "relu\ntanh")
    _, one, _ = command(Diagnostic("syntax", "said", Label(Span(spec, 5, 9))))
    assert (one["line"], one["col"], one["endColumn"]) == ("2", "1", "4")
    _, empty, _ = command(Diagnostic("syntax", "said", Label(Span(spec, 4, 4))))
    assert (empty["col"], empty["endColumn"]) == ("5", "5")
    _, two, _ = command(Diagnostic("syntax", "said", Label(Span(spec, 0, 9))))
    assert (two["line"], two["endLine"]) == ("1", "2")
    assert "col" not in two and "endColumn" not in two


def test_overlapping_edits_are_refused() -> None:
    spec = Source("a.arch", "relu -> tanh")
    fix = Fix("both", (Edit(Span(spec, 0, 4), "a"), Edit(Span(spec, 2, 6), "b")))
    with pytest.raises(ValueError, match="overlap"):
        applied(fix.edits)


def test_severities_are_those_of_sarif() -> None:
    assert {str(one) for one in Severity} <= {"none", "note", "warning", "error"}


def test_what_was_said_on_the_command_line_is_in_no_file() -> None:
    setting = Label(Span(Source("--set", "n=1"), 0, 1))
    _, properties, _ = command(Diagnostic("bad-setting", "said", setting))
    assert set(properties) == {"title"}
