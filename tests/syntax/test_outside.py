"""What stands outside of everything that can hold it is one mistake, and never mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archdsl import ArchError
from archdsl.source import Source
from archdsl.syntax import outside, parse
from archdsl.syntax.lines import Line, lines_from
from tests.syntax.fixing import fixed

PYTHON = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)

    def forward(self, x):
        return F.relu(self.conv1(x))
"""
STATEMENTS = (
    "input x: 3x32x32\nconv(64, 3) -> relu\n\nif x.rank == 2 {\n    relu\n}\nfc: linear(3)\n"
)


def told(text: str) -> list[tuple[int, str | None]]:
    with pytest.raises(ArchError) as caught:
        parse(Source("a.arch", text))
    found = caught.value.diagnostics
    return [(one.primary.span.position[0], one.help) for one in found if one.primary.span]


@pytest.mark.parametrize(
    ("text", "help"),
    [(PYTHON, "operators need no import"), (STATEMENTS, "wrap them in `model name { ... }`")],
)
def test_it_is_told_once_and_stays(text: str, help: str) -> None:
    [(line, said)] = told(text)
    assert line == 1 and said and help in said
    assert fixed(text) == text


def test_what_follows_is_told_by_itself() -> None:
    model = "model m {\n    relu relu\n}\n"
    assert [
        line for line, _ in told(f"relu\ntanh\n{model}relu\n\nimport torch\nblok b {{}}\n")
    ] == [*(1, 4, 6, 8, 9)]


def test_each_line_of_a_long_text_outside_of_a_model_is_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at = 0

    def counted(source: Source, start: int) -> Iterator[Line]:
        nonlocal looked_at
        for line in lines_from(source, start):
            looked_at += 1
            yield line

    monkeypatch.setattr(outside, "lines_from", counted)
    lines = 2_000
    assert len(told("conv(8, 3) -> relu\n" * lines)) == 1
    assert lines <= looked_at <= lines + 10
