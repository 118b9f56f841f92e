"""The published networks are not told to be wrong without a reason that a reader accepts.

What a lint rightly has to say of one is allowed in its spec, with the reason in parentheses.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archdsl.analysis.review import review
from archdsl.diagnostics.text import render
from archdsl.graph.elaborate import Request
from archdsl.source import Source

SPECS = sorted(Path("specs").rglob("*.arch"))
MODELS = [path for path in SPECS if path.parent.name != "blocks"]

NOTES: dict[str, set[str]] = {}
"""By file the lints that are neither mended nor allowed."""

ALLOWED = {
    "deconvnet": {"bias-before-norm"},
    "hourglass": {"bias-before-norm"},
    "hrnet_w18": {"bias-before-norm"},
    "segnet": {"bias-before-norm"},
    "squeezenet1_0": {"fraction", "small-receptive-field"},
    "u2net": {"bias-before-norm", "nonnegative-residual"},
    "vgg": {"bias-before-norm"},
}
"""By file the lints that its comments allow."""

_ALLOW = re.compile(r"# allow: (?P<names>[a-z, -]+?)(?P<reason> \(.{10,}\))?$", re.MULTILINE)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_nothing_is_told(path: Path) -> None:
    request = Request(Source(str(path), path.read_text()), path.parent, path.resolve())
    found = {
        (one.code, one.primary.span): one
        for result in review(request).values()
        for one in result.diagnostics
    }
    rest = [one for one in found.values() if one.code not in NOTES.get(path.stem, ())]
    assert render(rest) == ""
    assert {one.code for one in found.values()} == NOTES.get(path.stem, set())


def test_what_is_allowed_has_a_reason() -> None:
    allowed: dict[str, set[str]] = {}
    for path in SPECS:
        for comment in _ALLOW.finditer(path.read_text()):
            assert comment["reason"], f"{path}: {comment[0]}"
            allowed.setdefault(path.stem, set()).update(comment["names"].split(", "))
    assert allowed == ALLOWED
