"""Whatever is written, the answer is a network or diagnostics: never another exception, and soon.

Specs of the zoo and of the tests are mutilated the way people and editors do it; other texts are
random. About two thousand inputs in all.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archdsl
from archdsl import ArchError
from archdsl.diagnostics.text import render
from archdsl.graph.library import ReadError, decode

ROOT = Path(__file__).parents[2]
SPECS = [
    path.read_text()
    for folder in ("specs", "tests/diagnostics", "tests/graph")
    for path in sorted((ROOT / folder).rglob("*.arch"))
]
_TOKEN = re.compile(
    r"\s+|[A-Za-z_]\w*|\d+(?:x\d+)+|\d+(?:\.\d+)?|->|\.\.=?|\*\*|[=<>!]=|//|.", re.S
)
WORDS = [
    *"{}()[]:,.=+-*/%<>\n#",
    *("->", "..", "**", "//", "==", "///", '"', "in", "if", "else", "for", "return", "model"),
    *("block", "fn", "module", "input", "output", "train", "init", "use", "true", "none", "not"),
    *("0", "1", "-1", "2", "1000000", "10**30", "1e999", "3x3", "0x0", "3x3x3x3", '"same"', "x"),
    *("conv", "add", "concat", "relu", "chunk(2)", "len", "max", "project(like=in)", "i", "[[]]"),
]
SECONDS = 2.0
RUNS = settings(
    max_examples=650,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def survives(text: str) -> None:
    start = time.process_time()
    try:
        found = archdsl.parse(
            text, folder=ROOT / "specs", max_nodes=2_000, max_depth=40
        ).diagnostics
    except ArchError as error:
        found = error.diagnostics
        assert any(diagnostic.is_error for diagnostic in found)
    assert time.process_time() - start < SECONDS
    render(found)
    for diagnostic in found:
        assert diagnostic.message and diagnostic.help, diagnostic
        assert diagnostic.primary.span is not None, diagnostic


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """A spec with a few tokens deleted, swapped, inserted, doubled or changed."""
    tokens = _TOKEN.findall(draw(st.sampled_from(SPECS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(tokens) - 1)))
        other = draw(st.integers(0, max(0, len(tokens) - 1)))
        match draw(st.sampled_from(["delete", "swap", "insert", "double", "number", "replace"])):
            case "delete":
                del tokens[at : at + draw(st.integers(1, 3))]
            case "swap" if tokens:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "insert":
                tokens.insert(at, draw(st.sampled_from(WORDS)))
            case "double":
                tokens[at:at] = tokens[min(at, other) : max(at, other)][:40]
            case "number":
                places = [i for i, token in enumerate(tokens) if token[:1].isdigit()]
                if places:
                    new = draw(st.sampled_from(["0", "1", "7", "-3", "2.5", "100000", "10**14"]))
                    tokens[draw(st.sampled_from(places))] = new
            case "replace" if tokens:
                tokens[at] = draw(st.sampled_from(WORDS))
        if not tokens:
            break
    return "".join(tokens)


@st.composite
def shuffled(draw: st.DrawFn) -> str:
    """A spec with some of its lines in another order, missing or from another spec."""
    lines = draw(st.sampled_from(SPECS)).splitlines(keepends=True)
    others = draw(st.sampled_from(SPECS)).splitlines(keepends=True) or ["\n"]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines)))
        match draw(st.sampled_from(["move", "drop", "take"])):
            case "move" if lines:
                lines.insert(at, lines.pop(draw(st.integers(0, len(lines) - 1))))
            case "drop":
                del lines[at : at + 1]
            case "take":
                lines.insert(at, draw(st.sampled_from(others)))
    return "".join(lines)


@RUNS
@given(mutilated())
def test_mutilated_specs(text: str) -> None:
    survives(text)


@RUNS
@given(shuffled())
def test_shuffled_specs(text: str) -> None:
    survives(text)


@RUNS
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_words_of_the_language(text: str) -> None:
    survives(text)
    survives(f"model m {{ input x: 4x8x8\n{text}\n}}")


@settings(RUNS, max_examples=300)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survives(text)


@settings(RUNS, max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        text = decode(data, "spec")
    except ReadError:
        return
    survives(text)
