"""Reading text: what is found in it, and how reading goes on after a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

import pytest
from lark import Lark, Token
from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from archdsl import ArchError
from archdsl.source import Source
from archdsl.syntax import parse, recover, tree
from archdsl.syntax.parse import parse_value, tokens


def mistakes(text: str) -> list[tuple[int, int, str]]:
    """Line, column and code of every syntax error."""
    with pytest.raises(ArchError) as caught:
        parse(Source("a.arch", text))
    spans = [(diagnostic.primary.span, diagnostic.code) for diagnostic in caught.value.diagnostics]
    return [(*span.position, code) for span, code in spans if span is not None]


def statements(body: str) -> tuple[tree.Statement, ...]:
    [block] = parse(Source("a.arch", f"block b {{\n{body}\n}}")).items
    assert isinstance(block, tree.Block)
    return block.body.statements


@pytest.mark.parametrize(
    "body",
    [
        "a: conv(1) ->\n  b: relu",
        "a: conv(1)\n  -> b: relu",
        "a: conv(\n  1\n) -> b: relu",
        "a: conv(1) -> # a remark\n\n  b: relu",
        "a:\tconv(1)\r\n -> b: relu",
    ],
)
def test_a_chain_goes_on_over_line_ends_around_its_arrows(body: str) -> None:
    [flow] = statements(body)
    assert isinstance(flow, tree.Flow) and isinstance(flow.chain, tree.Chain)
    assert len(flow.chain.steps) == 2


def test_spans_are_those_of_the_text() -> None:
    [flow] = statements("layer{i + 1}.conv: conv(64, 3x3, stride=2)")
    assert isinstance(flow, tree.Flow) and isinstance(flow.chain, tree.Labelled)
    label, call = flow.chain.label, flow.chain.step
    assert label.span.text == "layer{i + 1}.conv"
    assert [[p if isinstance(p, str) else p.span.text for p in part] for part in label.parts] == [
        ["layer", "i + 1"],
        ["conv"],
    ]
    assert isinstance(call, tree.Call)
    assert [argument.span.text for argument in call.arguments] == ["64", "3x3", "stride=2"]


def test_operators_bind_as_they_do_in_python() -> None:
    node = parse_value(Source("a", "1 + 2 * -3 ** 2 - 4 // 5"), 0)

    def written(node: tree.Expression) -> str:
        if isinstance(node, tree.Binary):
            return f"({written(node.left)} {node.operator} {written(node.right)})"
        if isinstance(node, tree.Unary):
            return f"({node.operator}{written(node.operand)})"
        return node.span.text

    assert written(node) == "((1 + (2 * (-(3 ** 2)))) - (4 // 5))"


@pytest.mark.parametrize("sums", [10, 20_000])
def test_long_sums_are_read(sums: int) -> None:
    assert isinstance(parse_value(Source("a", " + ".join(["1"] * sums)), 0), tree.Binary)


def test_reading_goes_on_behind_each_mistake() -> None:
    text = """use residual
model m {
    input x 3x3
    for i in { relu }
    a: {
        conv(1 2)
        relu
    }
    if x {
        relu relu
    } else {
        tanh tanh
    }
}
block b(w { relu }
block c { relu -> }
"""
    lines = [line for line, _, _ in mistakes(text)]
    assert lines == [1, 3, 4, 6, 10, 12, 15, 16]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("block b {\n  relu\n", (1, 9)),
        ("block b {\n  a: {\n    relu\n}\n", (2, 6)),
        ("block b {\n  relu\nblock c { relu }\n", (1, 9)),
        ("block b { conv(1\n}\n", (1, 15)),
        ("block b {\n  conv(\n    1,\n    2\n  relu\n}\n", (2, 7)),
        ("block b { relu }\n}\n", (2, 1)),
        ("block b { relu) }\n", (1, 15)),
        ("block b { [1, 2 }\n", (1, 11)),
    ],
)
def test_a_bracket_without_its_partner_is_one_mistake(text: str, place: tuple[int, int]) -> None:
    assert mistakes(text) == [(*place, "missing-brace")]


def test_a_doc_comment_is_left_out_with_its_statement() -> None:
    assert mistakes("block b {\n/// of it\nrelu relu\n}\n") == [(3, 6, "syntax")]


def test_characters_that_mean_nothing_are_told_once_for_each_line() -> None:
    assert mistakes("block b {\n  a ~ b ~ c @\n  relu\n  d ? e\n}") == [
        (2, 5, "syntax"),
        (4, 5, "syntax"),
    ]


def test_not_more_is_told_than_anybody_reads() -> None:
    assert len(mistakes("block b {\n" + "relu relu\n" * 500 + "}")) == 50


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "[" * 5000 + "]" * 5000,
        "not " * 5000 + "true",
        "-" * 5000 + "1",
        "f" + "()" * 5000,
    ],
)
def test_text_that_is_nested_too_deeply_is_told(text: str) -> None:
    [(line, _, code)] = mistakes(f"block b {{\nx = {text}\n}}")
    assert (line, code) == (2, "too-deep")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\ufeff# nothing"])
def test_a_file_may_be_empty(text: str) -> None:
    assert parse(Source("a.arch", text)).items == ()


def test_a_long_text_with_many_strange_signs_is_not_read_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two million characters are read again, and then the first mistakes are told."""
    characters = 0
    lex = Lark.lex

    def counted(self: Lark, text: str, dont_ignore: bool = False) -> Iterator[Token]:
        nonlocal characters
        characters += len(text)
        return lex(self, text, dont_ignore)

    monkeypatch.setattr(Lark, "lex", counted)
    text = "block b {\n" + f"# {'-' * 96}\n" * 10_000 + "relu ~\n" * 60 + "}"
    assert 0 < len(mistakes(text)) < 50
    assert len(text) <= characters <= 2_000_000 + len(text)


def test_a_long_text_with_many_mistakes_is_not_gone_through_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone_through = 0
    look = recover._Reader.mistake

    def counted(self: recover._Reader, tokens: list[Token]) -> UnexpectedToken | None:
        nonlocal gone_through
        gone_through += len(tokens)
        return look(self, tokens)

    monkeypatch.setattr(recover._Reader, "mistake", counted)
    text = "block b {\n" + "relu relu\n" * 20_000 + "}"
    assert 0 < len(mistakes(text)) < 50
    assert 60_000 <= gone_through <= 300_000 + 60_000


def test_what_stands_before_a_mistake_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the statement it is in, and once more to make a tree."""
    fed = 0
    feed = InteractiveParser.feed_token

    def counted(self: InteractiveParser, token: Token) -> object:
        nonlocal fed
        fed += 1
        return feed(self, token)

    monkeypatch.setattr(InteractiveParser, "feed_token", counted)
    good, bad = "relu\n" * 500, "relu relu\n" * 20
    assert len(mistakes(f"block b {{\n{good}{bad}}}")) == 20
    assert 1_000 <= fed <= 2_500


def test_a_long_chain_of_dots_is_read_in_time_that_grows_with_it() -> None:
    """A search for a label that begins at each of its names would grow with the square. What the
    searches do cannot be counted, so both lengths are timed here."""

    def seconds(names: int) -> float:
        text = f"{'x.' * names}y\n"
        begin = process_time()
        assert len([*tokens(text)]) > names
        return process_time() - begin

    few, many = (min(seconds(names) for _ in range(5)) for names in (1_000, 16_000))
    assert many < 48 * few


@pytest.mark.parametrize("text", ["block b{relu}", "block b { for i in 0..n{relu} }"])
def test_a_brace_without_a_space_is_told(text: str) -> None:
    with pytest.raises(ArchError) as caught:
        parse(Source("a.arch", text))
    assert "a space stands before the brace of a body" in (caught.value.diagnostics[0].help or "")
