"""The pages in docs/lints do what they say: each example is run.

The first spec of a page gives its lint, exactly once and nothing else, and prints the text below
it; the second gives nothing. ``ARCHDSL_UPDATE=1`` writes the printed texts anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from archdsl.analysis.lints import FILE_RULES, RULES
from archdsl.diagnostics import LINTS
from archdsl.diagnostics.text import render
from archdsl.resources import resource

from .reviewing import codes, reviewed

PAGES = sorted(resource("lints").glob("*.md"))
_FENCED = re.compile(r"^```(?P<kind>arch|text)\n(?P<text>.*?)^```$", re.S | re.M)
_LONGEST_PARAGRAPH = 600


def fenced(path: Path) -> list[tuple[str, str]]:
    return [(found["kind"], found["text"]) for found in _FENCED.finditer(path.read_text())]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_first_example_gives_the_lint_and_prints_the_text(path: Path) -> None:
    (_, broken), _, _ = fenced(path)
    found = reviewed(broken)
    printed = render(found) + "\n"
    if os.environ.get("ARCHDSL_UPDATE"):
        head, fence, rest = path.read_text().partition("```text\n")
        path.write_text(f"{head}{fence}{printed}{rest[rest.index('```') :]}")
    assert codes(found) == [path.stem], printed
    assert fenced(path)[1] == ("text", printed)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_mended_example_gives_nothing(path: Path) -> None:
    _, _, (_, mended) = fenced(path)
    assert render(reviewed(mended)) == ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_short_and_has_its_title(path: Path) -> None:
    text = path.read_text()
    title = LINTS[path.stem]
    assert text.startswith(f"# {path.stem}\n\n*{title[0].upper()}{title[1:]}.*\n\n")
    prose = re.sub(r"\]\([^)]*\)", "]", _FENCED.sub("", text)).split("\n\n")
    assert all(len(part) <= _LONGEST_PARAGRAPH for part in prose if not part.startswith("- "))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_about_networks_name_their_literature(rule) -> None:
    _, _, literature = resource("lints", f"{rule.name}.md").read_text().partition("## Literature\n")
    entries = literature.strip().split("\n")
    assert all(entry.startswith("- ") for entry in entries)
    assert re.search(r"\b(?:19|20)\d\d, \"", literature), "author, year, title"


def test_every_lint_has_a_page_and_the_other_way_round() -> None:
    assert {page.stem for page in PAGES} == set(LINTS)


def test_every_rule_has_a_title_and_the_other_way_round() -> None:
    """Two are about the comments that silence the others."""
    rules = [rule.name for rule in (*RULES, *FILE_RULES)]
    assert len(set(rules)) == len(rules)
    assert {*rules, "unknown-lint", "unused-allow"} == set(LINTS)


def test_one_rule_is_one_file_of_its_name() -> None:
    for rule in (*RULES, *FILE_RULES):
        assert rule.find.__module__ == f"archdsl.analysis.lints.{rule.name.replace('-', '_')}"


# ---- the list of all -----------------------------------------------------------------------------

LIST = Path("docs/lints.md")
_LIST = re.compile(r"(?<=<!-- lints -->\n).*?(?=<!-- /lints -->)", re.DOTALL)


def listed() -> str:
    level = {rule.name: str(rule.level) for rule in (*RULES, *FILE_RULES)}
    rows = [
        f"| [`{name}`](lints/{name}.md) | {level.get(name, 'warning')} | {title} |\n"
        for name, title in LINTS.items()
    ]
    return "\n| lint | level | tells of |\n|:--|:--|:--|\n" + "".join(rows) + "\n"


def test_the_list_is_what_there_is() -> None:
    text = LIST.read_text()
    if os.environ.get("ARCHDSL_UPDATE"):
        LIST.write_text(_LIST.sub(lambda _: listed(), text))
    assert _LIST.findall(LIST.read_text()) == [listed()]


@pytest.mark.parametrize("page", [Path("README.md"), *sorted(Path("docs").glob("*.md"))], ids=str)
def test_specs_on_the_other_pages_are_good_networks(page: Path) -> None:
    """But for what is too small to see much."""
    specs = re.findall(r"^```arch\n(.*?)^```$", page.read_text(), re.S | re.M)
    for number, text in enumerate(specs):
        found = reviewed(text, folder=Path("specs"))
        told = [one for one in found if one.code != "small-receptive-field"]
        assert render(told) == "", f"{page}, spec {number}"
