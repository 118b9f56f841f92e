"""How diagnostics look to people."""

from __future__ import annotations

from pathlib import Path

from archdsl import Diagnostic
from archdsl.diagnostics import Label, Severity
from archdsl.diagnostics.text import render
from archdsl.source import Source, Span

from .expected import known

HERE = Path(__file__).parent
SPEC = Source("a.arch", "one two\nthree\n\nfour five\n")
OTHER = Source("b.arch", "six\n")


def at(source: Source, word: str, message: str = "") -> Label:
    start = source.text.index(word)
    return Label(Span(source, start, start + len(word)), message)


def test_labels_of_a_file_stand_in_the_order_of_its_lines() -> None:
    labels = (at(OTHER, "six", "elsewhere"), at(SPEC, "three", "above"), at(SPEC, "one", "first"))
    told = Diagnostic("syntax", "said", at(SPEC, "five", "here"), labels, ("noted",), "helped")
    assert render([told]) == "\n".join(
        [
            "error[syntax]: said",
            " --> a.arch:4:6",
            "  |",
            "1 | one two",
            "  | --- first",
            "2 | three",
            "  | ----- above",
            "...",
            "4 | four five",
            "  |      ^^^^ here",
            " ::: b.arch:1:1",
            "  |",
            "1 | six",
            "  | --- elsewhere",
            "  = note: noted",
            "  = help: helped",
        ]
    )


def test_two_labels_on_a_line_show_it_once() -> None:
    told = Diagnostic("syntax", "said", at(SPEC, "two", "here"), (at(SPEC, "one", "there"),))
    assert render([told]).splitlines()[3:] == [
        "1 | one two",
        "  | --- there",
        "  |     ^^^ here",
    ]


def test_of_a_very_long_line_each_label_shows_its_part() -> None:
    source = Source("long.arch", f"begin {'x' * 500} end")
    told = Diagnostic("syntax", "said", at(source, "end"), (at(source, "begin"),))
    lines = render([told]).splitlines()
    shown = [line for line in lines if line.startswith("1 |")]
    assert len(shown) == 2
    assert "begin" in shown[0] and "end" in shown[1]
    assert all(len(line) < 200 for line in lines)
    marks = [line for line in lines if line.strip(" |^-") == "" and set(line) & {"^", "-"}]
    for line, mark in zip(shown, marks, strict=True):
        word = line[mark.index(mark.strip(" |")[0]) :][: len(mark.strip(" |"))]
        assert word in ("begin", "end")


def test_no_place_no_snippet() -> None:
    told = Diagnostic("bad-input", "said", Label(None), help="helped", severity=Severity.WARNING)
    assert render([told]) == "warning[bad-input]: said\n  = help: helped"


def test_colour_changes_no_character() -> None:
    told = [one for one, _, _ in known(HERE / "unet_of_odd_sizes.arch")]
    coloured = render(told, colour=True)
    plain = coloured
    for code in ("1;31", "1;32", "31", "34", "1", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert "\x1b[" in coloured
    assert plain == render(told)


def test_of_sizes_that_disagree_it_is_told_since_when_they_do() -> None:
    """Not where the channels changed: these may differ in a concat."""
    [(told, _, _)] = known(HERE / "unet_of_odd_sizes.arch")
    since = {label.message: label.span.text for label in told.secondary if label.span}
    assert since == {
        "177x177 since here": "maxpool(2x2)",
        "176x176 since here (`5.upconv`)": "conv_transpose(channels, 2x2, stride=2)",
        "in `up(16, skip=enc2)`, used here": "up(16, skip=enc2)",
    }
