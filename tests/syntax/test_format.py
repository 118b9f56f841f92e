"""The formatter keeps what a spec means, changes nothing twice, and reads like the specs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.diagnostics import ArchError
from archdsl.graph.library import decode
from archdsl.source import Source
from archdsl.syntax import parse, tree
from archdsl.syntax.format import format_source
from archdsl.syntax.parse import tokens

ROOT = Path(__file__).parents[2]
SPECS = [*sorted(ROOT.glob("specs/**/*.arch")), ROOT / "archdsl/prelude.arch"]
TEXTS = [path.read_text(encoding="utf-8") for path in SPECS]


def meaning(node: Any) -> Any:
    """A tree without its places, to be compared."""
    if isinstance(node, tree.Node):
        kept = (f.name for f in fields(node) if not f.name.endswith("span"))
        return (type(node).__name__, *(meaning(getattr(node, name)) for name in kept))
    if isinstance(node, tuple):
        return tuple(map(meaning, node))
    return type(node).__name__, node


def parsed(text: str) -> Any:
    return meaning(parse(Source("test.arch", text)))


def parses(text: str) -> bool:
    try:
        parse(Source("test.arch", text))
    except ArchError:
        return False
    return True


def holds(text: str) -> str:
    """The two laws, for a text that parses."""
    formatted = format_source(text)
    assert parsed(formatted) == parsed(text)
    assert format_source(formatted) == formatted
    assert comments(formatted) == comments(text)
    assert all(line == line.rstrip() for line in formatted.split("\n"))
    assert "\n\n\n" not in formatted
    assert not formatted or formatted.endswith("\n")
    assert not formatted.endswith("\n\n")
    return formatted


def comments(text: str) -> list[str]:
    return [token.rstrip() for token in tokens(text) if token.type == "COMMENT"]


# ---- the style -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_the_specs_are_written_in_the_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_source(text) == text


STYLE = {
    "parameters are spaced, arguments are not": (
        "block b(n=8,k =3x3){conv( n , k,padding = 1)}",
        "block b(n = 8, k = 3x3) { conv(n, k, padding=1) }\n",
    ),
    "functions and variants too": (
        "fn f(v,by=8)=v//by*by\nmodel  b=a( layers=[3,4] )",
        "fn f(v, by = 8) = v // by * by\nmodel b = a(layers=[3, 4])\n",
    ),
    "assignments": (
        "block b {x,y=in->chunk( 2 )}",
        "block b { x, y = in -> chunk(2) }\n",
    ),
    "a nested call in a default": ("block b(n = f(x = 1)) {}", "block b(n = f(x=1)) {}\n"),
    "operators": (
        "block b{x=-a+b*-c**2/(d-1)%e\ny=not a and b!=c or d in[1,2]and e not in(f)}",
        "block b {\n    x = -a + b * -c ** 2 / (d - 1) % e\n"
        "    y = not a and b != c or d in [1, 2] and e not in (f)\n}\n",
    ),
    "what flows in": (
        "block b{in->x\nin . size [ 0 ]-1}",
        "block b {\n    in -> x\n    in.size[0] - 1\n}\n",
    ),
    "ranges": ("block b{for i in 0 ..= n {relu}}", "block b { for i in 0..=n { relu } }\n"),
    "labels": ("block b{l{i+1}.x :conv( 1)}", "block b { l{i + 1}.x: conv(1) }\n"),
    "a body that spans lines": (
        "block b { conv(1)\n relu }",
        "block b {\n    conv(1)\n    relu\n}\n",
    ),
    "else stands beside its brace": (
        "block b {\nif a { relu }\n\nelse { tanh }\n}",
        "block b {\n    if a { relu } else { tanh }\n}\n",
    ),
    "unless a comment keeps them apart": (
        "block b {\nif a { relu }\n# why\nelse { tanh }\n}",
        "block b {\n    if a { relu }\n    # why\n    else { tanh }\n}\n",
    ),
    "a chain goes on": (
        "block b {\nx\n->conv(1)->\nrelu\n}",
        "block b {\n    x\n        -> conv(1) ->\n        relu\n}\n",
    ),
    "brackets": (
        "block b(\nn,\n k = 1,\n) {\nx = [\n1,\n2,\n]\n}",
        "block b(\n    n,\n    k = 1,\n) {\n    x = [\n        1,\n        2,\n    ]\n}\n",
    ),
    "a body behind parameters on several lines": (
        "block b(n,\n k = 1) {\nrelu\n}",
        "block b(n,\n    k = 1) {\n    relu\n}\n",
    ),
    "two brackets on one line indent once": (
        "block b {\nadd(in, {\nrelu\n})\n}",
        "block b {\n    add(in, {\n        relu\n    })\n}\n",
    ),
    "a last comma on one line": ("block b { x = [1, 2,] }", "block b { x = [1, 2] }\n"),
    "blank lines": (
        "\n\nblock b {\n\n\nrelu\n\n\ntanh\n\n}\n\n\n\nblock c {}\n\n",
        "block b {\n    relu\n\n    tanh\n}\n\nblock c {}\n",
    ),
    "doc comments": (
        "///  of b\n\nblock b {\n///of relu\nrelu }",
        "/// of b\nblock b {\n    /// of relu\n    relu\n}\n",
    ),
    "comments behind code": (
        "block b {# b\nrelu # one\n  # own line\ntanh# two\n}",
        "block b {  # b\n    relu  # one\n    # own line\n    tanh  # two\n}\n",
    ),
    "aligned comments stay aligned": (
        "block b {\n  relu      # one\n  conv(64)  # two\n  tanh  # three\n}",
        "block b {\n    relu      # one\n    conv(64)  # two\n    tanh  # three\n}\n",
    ),
    "line ends and invisible characters": (
        "\ufeffblock b {\r\n\trelu\f\r\n}\r\n",
        "block b {\n    relu\n}\n",
    ),
    "nothing": ("", ""),
    "next to nothing": (" \n\n\t\n", ""),
    "only a comment": ("\n  #  here \n\n", "#  here\n"),
}


@pytest.mark.parametrize(("text", "expected"), STYLE.values(), ids=STYLE)
def test_style(text: str, expected: str) -> None:
    assert holds(text) == expected


# ---- specs, written carelessly -------------------------------------------------------------------

REMARKS = ("#", "# a { b", "#  ) -> x:", "#\t tabs ", "# 'quotes\" ", "# é ☂")


def careless(text: str, random: Random) -> str:
    """The same words with other spaces, line ends and comments: it means the same."""
    made: list[str] = []
    brackets: list[str] = []
    before = "\n"
    for token in tokens(text):
        kind, word = token.type, str(token)
        if kind == "_NL":
            made.append(
                random.choice(("\n", "\r\n", "\n\n")) if before == "DOC" else line_end(random)
            )
        elif kind == "SPACE":
            # The indentation stays: it tells the parser which bracket lacks its partner.
            made.append(word if before == "_NL" else random.choice((" ", "\t", "   ", " \f")))
        else:
            if kind in ("RBRACE", "RPAR", "RSQB"):
                brackets.pop()
            if may_break(kind, before, brackets) and random.random() < 0.1:
                made.append(line_end(random) + " " * 60)
            elif before not in ("_NL", "SPACE") and random.random() < 0.2:
                made.append(" ")
            made.append(word)
            if kind in ("LBRACE", "LPAR", "LSQB"):
                brackets.append(kind)
        before = kind
    return random.choice(("", "\ufeff", "\n\n", "# top\n")) + "".join(made)


def line_end(random: Random) -> str:
    remark = random.choice(REMARKS)
    ends = ("\n", "\n", "\n", "\r\n", "\n\n\n", "\t\n \n", f" {remark}\n", f"\n  {remark}\r\n")
    return random.choice(ends)


def may_break(kind: str, before: str, brackets: list[str]) -> bool:
    """Whether a line may end before this token without meaning anything."""
    if kind == "COLON" or before == "LABEL":  # a label is what stands right before its colon
        return False
    return before in ("LBRACE", "__ANON_0") or (bool(brackets) and brackets[-1] != "LBRACE")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_careless_specs(text: str, seed: int) -> None:
    spoilt = careless(text, Random(seed))
    assert parsed(spoilt) == parsed(text)
    formatted = holds(spoilt)
    assert formatted == format_source(formatted)


@pytest.mark.parametrize("text", TEXTS)
def test_bytes_as_they_come_from_windows(text: str) -> None:
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert format_source(decode(data, "spec")) == text


# ---- specs nobody wrote --------------------------------------------------------------------------


class Writer:
    """Random words of the language, by its grammar."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def file(self) -> str:
        return "\n".join(self.item() for _ in range(self.random.randint(1, 3)))

    def item(self) -> str:
        forms = (
            lambda: f'use "{self.pick("a", "b c", "x#y")}.arch"',
            lambda: f"{self.docs()}block {self.name()}{self.parameters()}{self.body(2)}",
            lambda: f"{self.docs()}model {self.name()}{self.parameters()}{self.body(3)}",
            lambda: f"model {self.name()} = {self.name()}({self.arguments(1)})",
            lambda: (
                f"fn {self.name()}({self.name()} = {self.expression(1)}) = {self.expression(2)}"
            ),
        )
        return self.random.choice(forms)()

    def pick(self, *words: str) -> str:
        return self.random.choice(words)

    def space(self) -> str:
        return self.pick("", " ", "  ", "\t")

    def name(self) -> str:
        return self.pick("a", "conv", "x1", "relu", "inn", "iff")

    def docs(self) -> str:
        return self.pick("", "", "///doc\n", "/// one\n///   two # \n\n")

    def parameters(self) -> str:
        return self.pick("", "()", f"({self.name()}={self.expression(1)},{self.name()})")

    def body(self, depth: int) -> str:
        statements = [self.statement(depth - 1) for _ in range(self.random.randint(0, 3))]
        if not statements:
            return self.pick("{}", "{ }", "{\n}", "{ # empty\n}")
        separator = self.pick("\n", " # c\n", "\n\n", "\n# own\n")
        start, end = self.pick("", " ", "\n", " #c\n"), self.pick("", " ", "\n", " # d\n")
        return "{" + start + separator.join(statements) + end + "}"

    def statement(self, depth: int) -> str:
        forms = [
            lambda: self.chain(depth),
            lambda: f"{self.name()}{self.space()}={self.space()}{self.chain(depth)}",
            lambda: f"{self.name()},{self.name()}={self.chain(depth)}",
            lambda: f"input {self.label()}: 3x8x8",
            lambda: f"{self.pick('', 'train ')}output {self.label()}:{self.chain(depth)}",
            lambda: f"module {self.label()}:{self.step(depth)}",
            lambda: f"return {self.chain(depth)},{self.expression(depth)}",
            lambda: f'init{{ conv.bias : zeros\n"a.*" :ones( {self.arguments(0)}) }}',
        ]
        if depth > 0:
            forms += [
                lambda: f"if {self.expression(1)} {self.body(depth)}",
                lambda: (
                    f"if {self.expression(1)} {self.body(depth)}"
                    f"{self.pick(' ', chr(10))}else {self.body(depth)}"
                ),
                lambda: f"for {self.name()} in {self.expression(1)} {self.body(depth)}",
                lambda: f"/// doc\n{self.chain(depth)}",
            ]
        return self.random.choice(forms)()

    def chain(self, depth: int) -> str:
        arrow = self.pick("->", " -> ", "\n->", "-> # c\n")
        return arrow.join(self.step(depth) for _ in range(self.random.randint(1, 3)))

    def step(self, depth: int) -> str:
        label = self.pick("", "", f"{self.label()}{self.space()}:{self.space()}")
        forms = [lambda: self.expression(depth), lambda: f"{self.name()}({self.arguments(depth)})"]
        if depth > 0:
            forms += [lambda: self.body(depth), lambda: f"{self.name()} {self.body(depth)}"]
        return label + self.random.choice(forms)()

    def label(self) -> str:
        return self.pick("a", "b1", "x.y", "l{i}", "l{ i+1 }.z", "in", "0")

    def arguments(self, depth: int) -> str:
        given = [
            self.pick("", f"{self.name()}{self.space()}={self.space()}") + self.chain_inside(depth)
            for _ in range(self.random.randint(0, 3))
        ]
        return self.pick(",", ", ", ",\n", " , # c\n").join(given)

    def chain_inside(self, depth: int) -> str:
        return self.pick("->", " -> ").join(
            self.expression(depth) for _ in range(self.random.randint(1, 2))
        )

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(
                "1", "2.5", "3x3", '"s # t"', "true", "none", "in", self.name(), "1e-5"
            )
        one, two = self.expression(depth - 1), self.expression(depth - 2)
        word = self.pick(
            "+", "-", "*", "/", "//", "%", "**", "==", "<=", "..", "..=", "and", "in", "not in"
        )
        forms = (
            f"({one}{self.space()} {word} {two})",
            f"(-{one})",
            f"(not {one})",
            f"({one} if {two} else {one})",
            f"[{one},{two},]",
            f"[{one} for {self.name()},{self.name()} in [{two}] if {two}]",
            f"{self.name()}{self.space()}[{one}]",
            f"{self.name()} . {self.name()}",
            f"in.{self.name()}",
            f"{self.name()}{self.space()}({self.arguments(depth - 1)})",
        )
        return self.random.choice(forms)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_random_specs(seed: int) -> None:
    text = Writer(Random(seed)).file()
    if parses(text):
        holds(text)


def test_random_specs_mostly_parse() -> None:
    """Else the test above would say nothing."""
    assert sum(parses(Writer(Random(seed)).file()) for seed in range(100)) > 60


WORDS = [
    "a",
    "in",
    "1",
    "2.5",
    "3x3",
    '"s"',
    "true",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "->",
    ",",
    ":",
    "=",
    ".",
    "..",
    "..=",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "not",
    "and",
    "if",
    "else",
    "for",
    "in",
    "return",
    "///d\n",
    "#c\n",
    "\n",
    "\n",
    "a:",
    "l{i}:",
    "conv(",
    "{\n",
    "}\n",
]


def test_random_words() -> None:
    """Most of them do not parse; of those that do, the laws hold."""
    random = Random(0)
    found = 0
    for _ in range(4000):
        middle = " ".join(random.choice(WORDS) for _ in range(random.randint(1, 6)))
        text = f"block b {{ {middle}\n}}"
        if parses(text):
            found += 1
            holds(text)
    assert found > 100
