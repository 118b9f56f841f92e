"""Every mistake is told where it stands, once, and with a way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics import CODES
from archdsl.diagnostics.text import render
from archdsl.resources import resource

from .expected import expectations, known

HERE = Path(__file__).parent
SPECS = sorted(path for path in HERE.rglob("*.arch") if path.parent.name != "parts")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_says_what_is_expected_and_nothing_else(path: Path) -> None:
    expected = expectations(path)
    assert expected, "this spec expects nothing"
    found = known(path)
    missing = list(expected)
    surprising = []
    for diagnostic, file, line in found:
        met = next((e for e in missing if e.meets(diagnostic, line, file)), None)
        if met is None:
            surprising.append(diagnostic)
        else:
            missing.remove(met)
    told = render(surprising)
    assert not missing and not surprising, "\n".join(["missing:", *map(str, missing), told])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_diagnostic_keeps_to_the_form(path: Path) -> None:
    for diagnostic, _, _ in known(path):
        text = render([diagnostic])
        assert diagnostic.code in CODES, text
        assert diagnostic.help, f"no way out: {text}"
        for sentence in (diagnostic.message, diagnostic.help, *diagnostic.notes):
            assert not sentence.endswith((".", "\n")) or sentence.endswith("..."), text
            assert not sentence[:1].isupper(), text
        assert "None" not in text and "Traceback" not in text, text


def test_every_code_has_a_spec_and_a_page() -> None:
    """And no page or spec is about a code that does not exist."""
    told = {found.code for path in SPECS for found in expectations(path)}
    pages = {page.stem for page in resource("errors").glob("*.md")} - {"README"}
    assert told == set(CODES)
    assert pages == set(CODES)


def test_every_code_of_the_package_is_in_the_table() -> None:
    """A code that is written somewhere and not in the table would have no page."""
    package = Path(archdsl.__file__).parent
    pattern = re.compile(r'(?:fail|Diagnostic|_report|warn)\(\s*"([a-z-]+)"|code="([a-z-]+)"')
    written = {
        first or second
        for file in package.rglob("*.py")
        for first, second in pattern.findall(file.read_text())
    }
    assert written <= set(CODES)


ONE_MISTAKE = (
    "add_of_64_and_256",
    "concat_of_64_and_56",
    "kernel_7_on_5",
    "unknown_operator_cnv",
    "misspelled_argument",
    "missing_brace",
    "one_missing_star",
    "recursion_without_end",
    "use_of_a_missing_file",
    "name_before_it_exists",
    "a_billion_nodes",
    "a_billion_repeats",
)


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_one_mistake_is_one_diagnostic(name: str) -> None:
    found = known(HERE / f"{name}.arch")
    assert len(found) == 1 and found[0][0].is_error


def test_tells_where_a_block_was_used() -> None:
    found = known(HERE / "several_mistakes_in_one_block.arch")
    for diagnostic, _, _ in found:
        uses = [label for label in diagnostic.secondary if label.message.startswith("in `cell(3)`")]
        assert [use.span.position[0] for use in uses if use.span] == [11]


def test_tells_since_when_a_value_has_its_shape() -> None:
    [(diagnostic, _, _)] = known(HERE / "add_of_64_and_256.arch")
    histories = {
        label.message: label.span.position[0] for label in diagnostic.secondary if label.span
    }
    assert histories == {"64x32x32 since here": 4, "256x32x32 since here": 5}


def test_a_used_file_tells_its_own_mistakes() -> None:
    [(diagnostic, file, line)] = known(HERE / "use_of_a_broken_file.arch")
    assert (file, line, diagnostic.code) == ("broken.arch", 2, "syntax")
