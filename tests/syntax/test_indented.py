"""Bodies as Python writes them get their braces, with the `else` that belongs to them."""

from __future__ import annotations

import pytest

from tests.syntax.fixing import fixed_body


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("for i in 0..3:\n    relu\n    bn\ntanh", "for i in 0..3 {\n    relu\n    bn\n}\ntanh"),
        ("if (x.rank == 2):\n    relu\ntanh", "if (x.rank == 2) {\n    relu\n}\ntanh"),
        ("if x.rank == 2: relu  # 2-D\ntanh", "if x.rank == 2 { relu }  # 2-D\ntanh"),
        ("if true: relu\nelse: tanh", "if true { relu }\nelse { tanh }"),
        (
            "if x.rank == 2:\n    relu\n\nelif x.rank == 3:\n    bn\nelse:\n    tanh\nrelu6",
            "if x.rank == 2 {\n    relu\n}\n\nelse if x.rank == 3 {\n    bn\n}\n"
            "else {\n    tanh\n}\nrelu6",
        ),
        (
            "for i in 0..2:\n    if i == 0:\n        relu\n    tanh\nbn",
            "for i in 0..2 {\n    if i == 0 {\n        relu\n    }\n    tanh\n}\nbn",
        ),
    ],
)
def test_a_body_gets_its_braces(body: str, after: str) -> None:
    assert fixed_body(body) == after


@pytest.mark.parametrize(
    "body", ["while true:\n    relu", "def f(x):\n    relu", "else:\n    relu"]
)
def test_what_there_is_not_stays(body: str) -> None:
    assert fixed_body(body) == body
