"""Fixes are true: each is applied to the files it names, the mistake is gone and none has come."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import archdsl
from archdsl import ArchError, Diagnostic
from archdsl.analysis.fixes import tried
from archdsl.arch import ShapeLike
from archdsl.diagnostics import CODES, Fix
from archdsl.graph.elaborate import Request, Result, elaborate_all
from archdsl.source import Source

from .expected import diagnose, known

HERE = Path(__file__).parent
SPECS = sorted(HERE.glob("*.arch"))
FIXES = [
    (path, number, index)
    for path in SPECS
    for number, (diagnostic, _, _) in enumerate(known(path))
    for index in range(len(diagnostic.fixes))
]


def edit(fix: Fix, folder: Path) -> None:
    """Apply a fix to the files of a folder, as an editor would: the last edit first."""
    for one in sorted(fix.edits, key=lambda one: -one.span.start):
        file = folder / Path(one.span.source.name).relative_to(HERE)
        text = file.read_text()
        file.write_text(text[: one.span.start] + one.text + text[one.span.end :])


def kinds(found: Iterable[tuple[Diagnostic, str, int]]) -> Counter[tuple[str, str]]:
    return Counter((str(one.severity), one.code) for one, _, _ in found)


@pytest.mark.parametrize(
    ("path", "number", "index"), FIXES, ids=[f"{path.stem}-{n}-{i}" for path, n, i in FIXES]
)
def test_a_fix_mends_its_mistake_and_makes_no_other(
    path: Path, number: int, index: int, tmp_path: Path
) -> None:
    before = known(path)
    diagnostic = before[number][0]
    folder = shutil.copytree(HERE, tmp_path / "specs", ignore=shutil.ignore_patterns("*.py"))
    edit(diagnostic.fixes[index], folder)
    after = diagnose(folder / path.name)
    more = kinds(after) - kinds(before)
    had_errors = any(one.is_error for one, _, _ in before)
    allowed = {"note", "warning"} if had_errors else {"note"}
    assert {severity for severity, _ in more} <= allowed, more
    kind = (str(diagnostic.severity), diagnostic.code)
    assert kinds(after)[kind] == kinds(before)[kind] - 1


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_edits_are_within_the_text_and_do_not_overlap(path: Path) -> None:
    for diagnostic, _, _ in known(path):
        for fix in diagnostic.fixes:
            assert fix.title and fix.edits
            spans = sorted((one.span for one in fix.edits), key=lambda span: span.start)
            for span in spans:
                assert 0 <= span.start <= span.end <= len(span.source.text)
            for first, second in pairwise(spans):
                assert first.source != second.source or first.end <= second.start
            assert any(one.text != one.span.text for one in fix.edits)


def test_no_two_fixes_of_a_mistake_are_the_same() -> None:
    for path in SPECS:
        for diagnostic, _, _ in known(path):
            assert len({fix.edits for fix in diagnostic.fixes}) == len(diagnostic.fixes), path


WITHOUT = {
    "bad-input",  # nobody knows the shape but the author
    "bad-number",
    "bad-setting",  # is not in the text
    "circular-use",
    "conflicting-weights",
    "nothing-computed",
    "requirement",  # the author asked for it
    "too-deep",
    "too-large",
}
"""Codes whose help is advice: what to write is for the author to decide."""


def test_every_code_has_a_fix_somewhere_or_a_reason_why_not() -> None:
    mended = {one.code for path in SPECS for one, _, _ in known(path) if one.fixes}
    assert mended == set(CODES) - WITHOUT


def test_a_fix_in_a_file_that_is_used(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    part = tmp_path / "parts" / "b.arch"
    part.write_text("block stem(width) {\n    conv(width, 3x3) -> rellu\n}\n")
    spec = tmp_path / "m.arch"
    spec.write_text('use "parts/b.arch"\nmodel m {\n    input x: 3x8x8\n    stem(4)\n}\n')
    with pytest.raises(ArchError) as caught:
        archdsl.load(spec)
    [diagnostic] = caught.value.diagnostics
    [fix] = diagnostic.fixes
    [change] = fix.edits
    assert change.span.source.name == str(part)
    assert (change.span.text, change.text) == ("rellu", "relu")


def test_the_prelude_is_not_edited() -> None:
    """A mistake in a block of the package is mended where a file of the user's uses it, or not."""
    for path in SPECS:
        for diagnostic, _, _ in known(path):
            names = {one.span.source.name for fix in diagnostic.fixes for one in fix.edits}
            assert all(Path(name).is_relative_to(HERE) for name in names), names


BRIDGED = """
model m {{
    input x: 4x32x32
    {first}
    {second}
    {merge}
}}
"""


@pytest.mark.parametrize("merge", ["add(a, b)", "concat(a, b)", "mul(a, b)", "b -> add(a)"])
@pytest.mark.parametrize("second", ["64, 2", "64, 5", "8, 3, stride=2", "64, 7, stride=3"])
@pytest.mark.parametrize("first", ["64, 3", "16, 1", "64, 1, stride=2", "8, 9"])
def test_two_branches_can_always_be_brought_together(first: str, second: str, merge: str) -> None:
    text = BRIDGED.format(
        first=f"in -> a: conv({first})", second=f"in -> b: conv({second})", merge=merge
    )
    with pytest.raises(ArchError) as caught:
        archdsl.parse(text)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.fixes
    told = re.findall(r"`([^`]+)`", diagnostic.help or "")
    for fix in diagnostic.fixes:
        mended = text
        for one in sorted(fix.edits, key=lambda one: -one.span.start):
            mended = mended[: one.span.start] + one.text + mended[one.span.end :]
        archdsl.parse(mended)
        assert set(re.findall(r"`([^`]+)`", fix.title)) <= set(told)


MISSPELLED = """
model m {
    input x: 3x8x8
    x -> a: rellu
    x -> b: sigmoyd
    x -> c: tahn
    x -> d: hardswich
    add(a, b, c, d)
}
"""


@pytest.mark.parametrize(("effort", "mended"), [(0, 4), (20_000, 1)])
def test_a_large_spec_has_one_trial_and_a_small_one_all(effort: int, mended: int) -> None:
    def look(request: Request) -> dict[str, Result]:
        return {
            name: replace(result, effort=result.effort + effort)
            for name, result in elaborate_all(request).items()
        }

    request = Request(Source("m.arch", MISSPELLED), HERE)
    [result] = tried(request, look(request), look).values()
    assert sum(bool(one.fixes) for one in result.diagnostics) == mended


TWO_WAYS = """
model m {
    input x: 1x354x354
    skip: conv(8, 1x1)
    maxpool(4x4) -> upsample(4) -> concat(skip)
}
"""


@pytest.mark.parametrize(
    ("input", "told"),
    [
        ("1x150x150", "`--input 1x148x148` or `--input 1x152x152`"),
        ({"x": "1x150x150"}, "`--input x=1x148x148` or `--input x=1x152x152`"),
    ],
)
def test_sizes_near_the_one_that_was_given_are_told(
    input: ShapeLike | Mapping[str, ShapeLike], told: str
) -> None:
    """They are no edits of the text, which may say another size."""
    with pytest.raises(ArchError) as caught:
        archdsl.parse(TWO_WAYS, input=input)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.help and diagnostic.help.endswith(f"so does {told}")
    names = {one.span.source.name for fix in diagnostic.fixes for one in fix.edits}
    assert names == {"<text>"}
    for size in ("1x148x148", "1x152x152"):
        archdsl.parse(TWO_WAYS, input=size)
