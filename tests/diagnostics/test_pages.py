"""The pages in docs/errors do what they say: each example is run.

The first spec of a page gives its code, exactly once, and prints the text below it; the last spec
gives nothing. What follows ``arch`` behind the fence is the name of a file to write beside the
example, or the setting it is checked with (``--set name=value``).

``ARCHDSL_UPDATE=1 pytest tests/diagnostics/test_pages.py`` writes the printed texts anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import archdsl
from archdsl import ArchError, Diagnostic
from archdsl.diagnostics import CODES
from archdsl.diagnostics.text import render
from archdsl.resources import resource

PAGES = sorted(resource("errors").glob("*.md"))
_FENCED = re.compile(r"^```(?P<kind>arch|text)(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.S | re.M)
_LONGEST_PARAGRAPH = 600


@dataclass(frozen=True)
class Page:
    code: str
    broken: tuple[str, str]
    printed: str
    fixed: tuple[str, str]
    files: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Page:
        fenced = [
            (m["kind"], m["info"].strip(), m["text"]) for m in _FENCED.finditer(path.read_text())
        ]
        beside = {info: text for _, info, text in fenced if info.endswith(".arch")}
        specs = [
            (info, text) for kind, info, text in fenced if kind == "arch" and info not in beside
        ]
        [printed] = [text for kind, _, text in fenced if kind == "text"]
        broken, fixed = specs
        return cls(path.stem, broken, printed, fixed, beside)

    def check(self, spec: tuple[str, str], folder: Path) -> tuple[Diagnostic, ...]:
        """What is found in one of its specs."""
        info, text = spec
        for name, other in self.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(other)
        (folder / "example.arch").write_text(text)
        settings = dict(setting.split("=") for setting in re.findall(r"--set (\S+)", info))
        try:
            return archdsl.load("example.arch", **settings).diagnostics
        except ArchError as error:
            return error.diagnostics


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_first_example_gives_the_code_and_prints_the_text(path: Path, tmp_path: Path) -> None:
    page = Page.read(path)
    found = page.check(page.broken, tmp_path)
    printed = render(found) + "\n"
    if os.environ.get("ARCHDSL_UPDATE"):
        _write(path, printed)
        page = Page.read(path)
    assert [diagnostic.code for diagnostic in found] == [page.code], printed
    assert page.printed == printed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_fixed_example_gives_nothing(path: Path, tmp_path: Path) -> None:
    page = Page.read(path)
    assert render(page.check(page.fixed, tmp_path)) == ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_short_and_has_its_title(path: Path) -> None:
    text = path.read_text()
    title = CODES[path.stem]
    assert text.startswith(f"# {path.stem}\n\n*{title[0].upper()}{title[1:]}.*\n\n")
    prose = _FENCED.sub("", text).split("\n\n")
    assert all(len(paragraph) <= _LONGEST_PARAGRAPH for paragraph in prose)


def _write(path: Path, printed: str) -> None:
    head, fence, rest = path.read_text().partition("```text\n")
    path.write_text(f"{head}{fence}{printed}{rest[rest.index('```') :]}")
