"""Names without their colon, and lists that are not closed."""

from __future__ import annotations

import pytest

from tests.syntax.fixing import fixed, fixed_body


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("a = x -> relu\noutput logits = a", "a = x -> relu\noutput logits: a"),
        ("output logits relu => tanh", "output logits: relu -> tanh"),
        ("relu\ntrain output y=relu", "relu\ntrain output y: relu"),
        ("module enc = conv(8, (3, 3))\nenc", "module enc: conv(8, 3x3)\nenc"),
    ],
)
def test_a_colon_stands_behind_what_is_named(body: str, after: str) -> None:
    assert fixed_body(body) == after


@pytest.mark.parametrize("written", ["image = 3x32x32", "image 3x32x32", "image=(3,32,32)"])
def test_the_name_of_an_input(written: str) -> None:
    text = "model m {\n    input WRITTEN\n    relu\n}\n"
    assert fixed(text.replace("WRITTEN", written)) == text.replace("WRITTEN", "image: 3x32x32")


@pytest.mark.parametrize(
    "written",
    ["input x", "input: 3x32x32", "input x y", "input x y: 3x32x32", "output x", "init conv(8, 3)"],
)
def test_what_only_the_author_knows_is_not_made_up(written: str) -> None:
    text = f"model m {{\n    {written}\n    relu\n}}\n"
    assert fixed(text) == text


@pytest.mark.parametrize(
    "body",
    [
        "conv(8, 3, padding=1,\n    bias=false|\nbn -> relu",
        "conv(8, 3,\n    padding=1,\n    bias=false|\nbn -> relu",
        "conv(8, 3,\npadding=1,\nbias=false|\nbn -> relu",
        "conv(8, 3,\n    padding=1,  # same\n\n    # none\n    bias=false|\nbn",
        "conv(\n    8,\n    3|\nbn",
        "conv(8, 3,\n    padding=1| -> bn\nrelu",
        "conv(8, max([1,\n  3]), padding=1|\nrelu",
        "concat(relu(x),\n    tanh(x)|\nbn",
        "a: { conv(8, 3,\n    padding=1| }\nbn",
        "conv(8, 3|\nbn",
    ],
)
def test_a_call_ends_behind_the_last_line_that_goes_on(body: str) -> None:
    """The bar is where the parenthesis is missing."""
    assert fixed_body(body.replace("|", "")) == body.replace("|", ")")


@pytest.mark.parametrize("body", ["conv(8, 3,\nbn -> relu\ntanh", "conv(8, 3,\ny = x -> relu"])
def test_a_statement_is_never_drawn_into_a_call(body: str) -> None:
    assert fixed_body(body) == body
