"""One mistake is one diagnostic, and one run tells them all: after a syntax error the rest of the
spec is still read, expanded and checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from lark import Token

from archdsl import ArchError, Diagnostic
from archdsl.analysis.review import review
from archdsl.diagnostics.text import render
from archdsl.graph.elaborate import Request, elaborate_all
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax.parse import tokens
from tests.diagnostics.expected import expectations

ROOT = Path(__file__).parents[2]
SYNTAX = {"syntax", "missing-brace", "missing-star"}


def found(text: str) -> list[Diagnostic]:
    """What is said of all models of a spec, each thing once."""
    request = Request(Source("spec.arch", text), ROOT / "specs")
    told = {
        (diagnostic.code, diagnostic.primary.span): diagnostic
        for result in elaborate_all(request).values()
        for diagnostic in result.diagnostics
    }
    return list(told.values())


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in found(text)]


def test_twelve_mistakes_of_twelve_kinds_in_one_run() -> None:
    path = Path(__file__).with_name("twelve_mistakes.arch")
    text = path.read_text()
    assert text.count("\n") >= 200
    waiting = expectations(path)
    assert len(waiting) == 12
    results = review(Request(Source(str(path), text), path.parent, path))
    told = {
        (diagnostic.code, diagnostic.primary.span): diagnostic
        for result in results.values()
        for diagnostic in result.diagnostics
    }
    for diagnostic in told.values():
        assert diagnostic.primary.span is not None
        line = diagnostic.primary.span.position[0]
        met = [e for e in waiting if e.meets(diagnostic, line, path.name)]
        assert met, render([diagnostic])
        waiting.remove(met[0])
    assert not waiting


# ---- what is lost is not complained about, and what is not lost is checked ----------------------

MODEL = """
block twice(width) {{
    conv(width, 3x3, padding=1) -> relu
    b: conv(width, 3x3, padding=1) -> relu
}}
model m(n = 2) {{
    input x: 3x32x32
    {}
    x -> last: conv(4, 1x1)
}}
"""


@pytest.mark.parametrize(
    "body",
    [
        "a: conv(8 1x1\n add(a, a)",
        "a: conv(8, 1x1 -> relu\n b: conv(8, 1x1)\n add(a, b)",
        "a = = x\n a -> conv(8, 3x3)",
        "a, b = x -> chunk(2) c\n concat(a, b)",
        "a: { conv(8, 1x1) c: relu }\n concat(a.c, x) -> conv(3, 1x1)",
        "a: { conv(8 1x1) }\n a[0] -> relu",
        "for i in 0.. { a{i}: relu }\n concat(a0, a1)",
        "for i n 0..2 {\n a{i}: relu\n}\n concat(a0, a1)",
        "if n > { a: relu\n }\n concat(a, x)",
        ": conv(8, 1x1)\n y -> relu",
        "output y conv(8, 1x1)\n require y.channels == 8",
        "init { conv normal\n conv.bias: zeros }",
        "module a: conv(8, 1x1) relu\n x -> a",
        "concat {\n a: relu\n b: conv(8 8 8)\n}",
        "return x x",
        "twice(8 2)",
        "twice(8) -> twice 8",
        '"a" + conv(8, 1x1)) -> relu',
        "a: conv(8, 1x1) ~ relu\n add(a, x)",
        'a: conv(8, 3x3, padding="same)\n add(a, x)',
        "// conv(8, 99x99)",
        "input y 3x8x8\n y -> conv(4, 1x1)",
        "require n > > 3",
        "input y z",
        "x -> z: conv(8, 3,\n padding=1,\n bias=false\n z -> relu",
        "a: relu => conv(1, 1)\n => relu\n add(a, a)",
        "if n > 3:\n        relu\n    elif n > 2:\n        tanh\n    else:\n        bn",
    ],
)
def test_a_lost_statement_is_one_mistake(body: str) -> None:
    [code] = codes(MODEL.format(body))
    assert code in SYNTAX


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("3 relu\n conv(8, 99x99)", "window-too-large"),
        ("conv(8, 3×3)\n conv(8, 99x99)", "window-too-large"),
        ("inptu y: 5x8x8\n y -> conv(8, 99x99)", "window-too-large"),
        ("conv(8 3x3)\n conv(8, 99x99)", "window-too-large"),
        ("// a remark\n conv(8, 99x99)", "window-too-large"),
        ("a = ,\n conv(8, 99x99)", "window-too-large"),
        ("output y: relu relu\n conv(8, 99x99)", "window-too-large"),
        ("relu relu\n x -> conv(8, 99x99)", "window-too-large"),
        ("relu relu\n cnv(8, 3x3)", "unknown-operator"),
        ("a: {\n conv(8, 3x3) -> relu\n\n    conv(8, 99x99)", "window-too-large"),
        ("for i in 0..2\n        relu\n    }\n    conv(8, 99x99)", "window-too-large"),
        ("relu)\n x -> add(y)", "unknown-name"),
        ("output y = x -> conv(8, 99x99)", "window-too-large"),
        ("for i in 0..2:\n        relu\n    x -> conv(8, 99x99)", "window-too-large"),
        ("conv(8, [\n      3\n     ], padding=1\n    x -> conv(8, 99x99)", "window-too-large"),
        ("conv(8, 3,\n        padding=1\n    x -> conv(8, 99x99)", "window-too-large"),
    ],
)
def test_what_follows_a_mistake_is_checked(body: str, code: str) -> None:
    first, second = codes(MODEL.format(body))
    assert first in SYNTAX
    assert second == code


@pytest.mark.parametrize(
    "head",
    [
        "block b(width { conv(width, 3x3) }",
        "block b width) { conv(width, 3x3) }",
        "block bwidth) { conv(width, 3x3) }",
        "blck b(width) { conv(width, 3x3) }",
        "block b(width) \n    conv(width, 3x3)\n}",
        "block b(width) {\n    conv(width, 3x3)\n",
        "block b(width, width =) { conv(width, 3x3) }",
        "fn b(width) conv(width, 3x3)",
        "def b(width) = conv(width, 3x3)",
    ],
)
def test_a_lost_definition_is_one_mistake(head: str) -> None:
    text = f"{head}\n\nmodel m {{\n    input x: 3x8x8\n    a: b(8) -> relu\n    add(a, a)\n}}\n"
    [code] = codes(text)
    assert code in SYNTAX


@pytest.mark.parametrize("use", ['use "blocks/residual.arch', "use 'blocks/residual.arch'"])
def test_a_file_is_used_in_spite_of_its_quotes(use: str) -> None:
    text = "model m { input x: 3x8x8\n bottleneck(8) -> cnv(8, 3x3) }"
    assert codes(f"{use}\n{text}") == ["syntax", "unknown-operator"]


def test_a_model_that_cannot_be_read_is_not_missed() -> None:
    assert codes("model m( { input x: 3x8x8\n relu }\nmodel n = m(3)\n") == ["missing-brace"]
    assert codes("model m(a = ) { input x: 3x8x8\n relu }\nmodel n = m(3)\n") == ["syntax"]


# ---- zoo specs with one statement broken ---------------------------------------------------------


def valid_specs() -> list[str]:
    texts = [path.read_text() for path in sorted((ROOT / "specs").glob("*.arch"))]
    small = [text for text in texts if len(text) < 2_000]
    return [text for text in small[:12] if not codes(text)]


def broken(random: Random, text: str) -> str:
    """The text with one token lost, doubled, misspelled, or with a sign beside it that means
    nothing."""
    words = [t for t in tokens(text) if t.type not in ("SPACE", "COMMENT", "DOC", "_NL")]
    kind = random.choice(["lose", "lose a sign", "double", "misspell", "stray"])
    if kind == "lose a sign":
        words = [t for t in words if str(t) in ('{}()[],:->"')]
    if kind == "misspell":
        words = [t for t in words if t.type.lower() == str(t) and len(t) > 2]
    word: Token = random.choice(words)
    start, end = word.start_pos or 0, word.end_pos or 0
    match kind:
        case "double":
            return f"{text[:end]} {text[start:]}"
        case "misspell":
            return text[: start + 1] + text[start + 2 :]
        case "stray":
            return f"{text[:start]}{random.choice('~;$?&@')}{text[start:]}"
    return text[:start] + text[end:]


def unreadable(random: Random, specs: list[str], count: int) -> Iterable[str]:
    while count:
        text = broken(random, random.choice(specs))
        try:
            parse(Source("spec.arch", text))
        except ArchError:
            count -= 1
            yield text


def test_one_broken_statement_of_a_zoo_spec_is_one_mistake() -> None:
    """In nearly all cases: some mistakes cannot be told from two."""
    texts = list(unreadable(Random(4), valid_specs(), 100))
    alone = [len(all_codes) == 1 and all_codes[0] in SYNTAX for all_codes in map(codes, texts)]
    assert sum(alone) >= 0.97 * len(texts)
