"""Edits of texts, over random texts and places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import Edit
from archdsl.diagnostics.edits import Moves, applied, either, removed, without
from archdsl.source import Source, Span

TEXT = "abcdefghijklmnopqrstuvwxyz"


@st.composite
def edits(draw: st.DrawFn) -> list[Edit]:
    """Edits that do not overlap, in any order."""
    places = st.integers(0, len(TEXT))
    bounds = sorted(draw(st.sets(places, min_size=2, max_size=8)))
    source = Source("a.arch", TEXT)
    spans = [Span(source, a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    texts = st.text("0123456789", max_size=5)
    return draw(st.permutations([Edit(span, draw(texts)) for span in spans]))


@given(edits())
def test_what_is_not_edited_keeps_its_order(made: list[Edit]) -> None:
    [text] = applied(made).values()
    gone = {at for edit in made for at in range(edit.span.start, edit.span.end)}
    kept = "".join(char for at, char in enumerate(TEXT) if at not in gone)
    assert "".join(char for char in text if char.isalpha()) == kept
    assert sorted(char for char in text if char.isdigit()) == sorted(
        "".join(edit.text for edit in made)
    )


@given(edits(), st.integers(0, len(TEXT) - 1))
def test_a_place_is_found_again(made: list[Edit], offset: int) -> None:
    [text] = applied(made).values()
    places = Moves(made).of("a.arch", offset)
    if not any(edit.span.start <= offset < edit.span.end for edit in made):
        assert TEXT[offset] in {text[place : place + 1] for place in places}
    assert all(0 <= place <= len(text) for place in places)
    assert Moves(made).of("another.arch", offset) == {offset}


def test_an_item_of_a_list_goes_with_one_comma() -> None:
    def left(item: str, text: str = "conv(8, 3x3, 5)") -> str:
        start = text.index(item)
        fix = removed(Span(Source("a.arch", text), start, start + len(item)))
        [after] = applied(fix.edits).values()
        return after

    assert left("8") == "conv(3x3, 5)"
    assert left("3x3") == "conv(8, 5)"
    assert left("5") == "conv(8, 3x3)"
    assert left("8", "conv(8)") == "conv()"


@pytest.mark.parametrize(
    ("text", "after"),
    [("a\n    x\nb", "a\nb"), ("a x\nb", "a \nb"), ("x", ""), ("a\nx", "a\n")],
)
def test_a_statement_goes_with_its_line_where_it_stands_alone(text: str, after: str) -> None:
    start = text.index("x")
    fix = without(Span(Source("a.arch", text), start, start + 1))
    assert [*applied(fix.edits).values()] == [after]


def test_alternatives() -> None:
    assert either(["a"]) == "a"
    assert either(["a", "b"]) == "a or b"
