"""Signs of other languages and of papers, mended where nothing else can be meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archdsl import ArchError
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax import slips as slips_module
from archdsl.syntax.lines import Line, line_at
from archdsl.syntax.slips import Slip, slips
from tests.syntax.fixing import fixed, fixed_body


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("relu --> bn --> tanh", "relu -> bn -> tanh"),
        ("relu >> bn => tanh", "relu -> bn -> tanh"),
        ("relu|bn→tanh", "relu->bn->tanh"),
        ("relu ->> bn - > tanh ~> relu", "relu -> bn -> tanh -> relu"),
        ("relu =>\n  bn =>\n  tanh", "relu ->\n  bn ->\n  tanh"),
        ("relu\n  => bn\n  => tanh", "relu\n  -> bn\n  -> tanh"),
        ("conv(8, (3,3),\n  padding=(1,1)) => bn", "conv(8, 3x3,\n  padding=1x1) -> bn"),
        ("conv(8, (3,3)) -> maxpool((2,2))", "conv(8, 3x3) -> maxpool(2x2)"),
        ("conv(8, 3X3) -> maxpool(2 x 2)", "conv(8, 3x3) -> maxpool(2x2)"),
        ("conv(8, 3 × 3) => bn", "conv(8, 3x3) -> bn"),
        ("2 x (conv(8,1) -> relu)", "2 * (conv(8,1) -> relu)"),
        ("2x(conv(8,1) -> relu)", "2 * (conv(8,1) -> relu)"),
        ("2 × conv(8, 1)", "2 * conv(8, 1)"),
        ("relu\nrequire params < 1K", "relu\nrequire params < 1k"),
        ("relu\nrequire params < 1 K and macs < 2m", "relu\nrequire params < 1k and macs < 2M"),
        ("conv(8, 3); relu; bn;", "conv(8, 3)\nrelu\nbn"),
        ("  conv(8, 3) ; relu", "  conv(8, 3)\n  relu"),
        ("relu; # a; b", "relu # a; b"),
        ("a: { relu; tanh; }", "a: { relu\ntanh }"),
        ("conv(8; 3)", "conv(8, 3)"),
        ("relu // text behind code", "relu # text behind code"),
        ("relu // it's text -> a, b; c", "relu # it's text -> a, b; c"),
        ("relu -- text behind code", "relu # text behind code"),
        ("/* nothing */\nrelu", "# nothing\nrelu"),
        ("b: { relu -> relu6 }\nadd(x, b.1)", "b: { relu -> relu6 }\nadd(x, b[1])"),
        ("upsample(2, mode='nearest') => relu", 'upsample(2, mode="nearest") -> relu'),
        ("for w in (16, 32) { conv(w, 1) }", "for w in [16, 32] { conv(w, 1) }"),
        ("w = (16, 32)\nconv(w[0], 1)", "w = [16, 32]\nconv(w[0], 1)"),
        ("k = (3, 5)\nconv(8, k)", "k = 3x5\nconv(8, k)"),
        ("if x.rank => 2 { relu }", "if x.rank >= 2 { relu }"),
        ("if x.rank == 2|x.rank == 3 { relu }", "if x.rank == 2 or x.rank == 3 { relu }"),
        ("if !(x.rank == 3)&&true { relu }\ntanh", "if not (x.rank == 3) and true { relu }\ntanh"),
        ("if x.rank == 2 { relu => tanh }", "if x.rank == 2 { relu -> tanh }"),
    ],
)
def test_what_a_sign_stands_for(body: str, after: str) -> None:
    assert fixed_body(body) == after


@pytest.mark.parametrize("shape", ["3 x 32 x 32", "(3, 32, 32)", "3, 32, 32", "3X32X32", "3×32×32"])
def test_the_shape_of_an_input(shape: str) -> None:
    text = "model m {\n    input x: SHAPE\n    relu\n}\n"
    assert fixed(text.replace("SHAPE", shape)) == text.replace("SHAPE", "3x32x32")


@pytest.mark.parametrize(
    "body",
    [
        "conv(8, 3), bn, relu",  # a chain or lines of their own
        "n = x.channels // two relu",  # no comment: it may divide
        "n = 2 // 3 relu",
        "conv(8, x.channels // groups padding=1)",
        "conv(16, 3) x 2",
        "relu & tanh",
    ],
)
def test_what_may_mean_something_else_stays(body: str) -> None:
    assert fixed_body(body) == body


def test_line_ends_of_other_systems_stay() -> None:
    text = "model m {\n    input x: 3, 8, 8\n    relu;\n    conv(8,\n        3\n    bn => relu\n}\n"
    text = text.replace("\n", "\r\n")
    mended = text.replace("3, 8, 8", "3x8x8").replace(";", "").replace("    3", "    3)")
    assert fixed(text) == mended.replace("=>", "->")


@pytest.mark.parametrize(
    "line",
    [
        "1K: conv(3X3: relu)",
        "layer.1.conv: relu",
        "conv (3, 3) -> f(a[1](3, 4))",
        'dropout("a => b; 3 x 3 | 1K") # (3, 3) => bn; x.1',
        "a >= b <= c == d != e -> relu -> 3x3 -> 2 * x -> 1.5 -> 2k -> 3..=4 -> a // b - 1",
        "    output y: concat(a, b)",
    ],
)
def test_what_is_written_as_it_should_be_is_no_slip(line: str) -> None:
    assert slips(line_at(Source("a.arch", line), 0)) == ()


@pytest.mark.parametrize("sign", ["a; ", "=> ", "// a b ", ", a"])
def test_a_line_of_thousands_of_signs_is_not_read_for_each(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To know how deep a sign stands, all of the line before it is read."""
    characters = 0
    depth = Line.depth

    def counted(self: Line, column: int, opening: str = "([") -> int:
        nonlocal characters
        characters += column
        return depth(self, column, opening)

    monkeypatch.setattr(Line, "depth", counted)
    text = f"block b {{\n relu() {sign * 10_000}\n}}"
    with pytest.raises(ArchError):
        parse(Source("a.arch", text))
    assert characters <= 2 * len(text)


def test_the_lines_of_a_statement_are_searched_once_for_all_its_mistakes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[int] = []

    def rule(line: Line) -> Iterator[Slip]:
        searched.append(line.start)
        return iter(())

    monkeypatch.setattr(slips_module, "_RULES", (*slips_module._RULES, rule))
    slips.cache_clear()
    statement = "conv(8; 3) =>\n" * 25 + "relu\n"
    with pytest.raises(ArchError) as caught:
        parse(Source("a.arch", f"block b {{\n{statement}}}"))
    assert len(caught.value.diagnostics) == 25
    assert len(searched) == len(set(searched)) == 26
