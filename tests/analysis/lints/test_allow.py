"""`# allow: rule` silences where it stands, and nowhere else; and it is no place for old wood."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.analysis.review import review
from archdsl.graph.elaborate import Request
from archdsl.ops import Shape
from archdsl.source import Source

from .reviewing import codes, lines, reviewed

UP = "conv_transpose(4, 3x3, stride=2)"

SILENT = [
    f"""model m {{ input x: 4x8x8
 {UP}  # allow: checkerboard
}}""",
    f"""model m {{ input x: 4x8x8
 {UP} -> maxpool(2x2)  # allow: fraction, checkerboard
}}""",
    f"""model m {{ input x: 4x8x8
 {UP} -> relu #allow:checkerboard (as published, Doe 2016)
}}""",
    f"""model m {{
    input x: 4x8x8
    # allow: checkerboard
    {UP} -> relu
}}""",
    f"""model m {{
    input x: 4x8x8
    # allow: checkerboard

    # and more
    body: {{
        relu
        {UP}
    }}
}}""",
    f"""# Doe 2016, figure 3
# allow: checkerboard (it is what they had)
model m {{ input x: 4x8x8
 {UP}
}}""",
    f"""# allow: checkerboard

/// Doc.
model m {{ input x: 4x8x8
 {UP}
}}""",
    f"""fn four() = 4
# allow: checkerboard
/// Doc.
block up() {{
    {UP}
}}
model m {{ input x: 4x8x8
 up -> conv(four(), 1x1)
}}""",
]


@pytest.mark.parametrize("text", SILENT)
def test_silences(text: str) -> None:
    assert reviewed(text) == []


LOUD = [
    f"""model m {{ input x: 4x8x8  # allow: checkerboard
 {UP}  # here
}}""",
    f"""model m {{ input x: 4x8x8
 {UP}  # here
 conv(4, 1x1)  # allow: checkerboard
}}""",
    f"""model m {{ input x: 4x8x8
 # allow: checkerboard
 relu
 {UP}  # here
}}""",
    f"""fn four() = 4
# allow: checkerboard
model n {{ input x: 4x8x8
 conv(four(), 1x1) }}
model m {{ input x: 4x8x8
 {UP}  # here
}}""",
    f"""model m {{ input x: 4x8x8
 # allow: fraction
 {UP}  # here
}}""",
    f"""model m {{ input x: 4x8x8
 {UP}  # here, as in Doe 2016 # allow: checkerboard
}}""",
]


@pytest.mark.parametrize("text", LOUD)
def test_does_not_silence(text: str) -> None:
    line = next(n for n, line in enumerate(text.splitlines(), start=1) if "# here" in line)
    assert ("checkerboard", line) in lines(reviewed(text))


def test_a_string_is_no_comment(tmp_path: Path) -> None:
    (tmp_path / "# allow: checkerboard").mkdir()
    (tmp_path / "# allow: checkerboard" / "b.arch").write_text("block b() { relu }\n")
    text = f'use "# allow: checkerboard/b.arch"\nmodel m {{ input x: 4x8x8\n {UP} -> b }}'
    assert lines(reviewed(text, folder=tmp_path)) == [("checkerboard", 3)]


def test_where_a_block_is_used(tmp_path: Path) -> None:
    """A comment at the use silences what stands in the block, for this use."""
    (tmp_path / "b.arch").write_text(f"block up() {{ {UP} -> relu }}\n")
    text = 'use "b.arch"\nmodel m {{ input x: 4x8x8\n up{first}\n conv(4, 1x1) -> up{second}\n}}'

    def told(first: str, second: str) -> list[str]:
        return codes(reviewed(text.format(first=first, second=second), folder=tmp_path))

    comment = "  # allow: checkerboard"
    assert told("", "") == ["checkerboard"]
    assert told(comment, "") == ["checkerboard"]
    assert told(comment, comment) == []


def test_in_the_file_of_the_block(tmp_path: Path) -> None:
    (tmp_path / "b.arch").write_text(f"# allow: checkerboard\nblock up() {{ {UP} -> relu }}\n")
    text = f'use "b.arch"\nmodel m {{ input x: 4x8x8\n up -> {UP}\n}}'
    assert lines(reviewed(text, folder=tmp_path)) == [("checkerboard", 3)]


def test_warnings_of_the_expansion_too() -> None:
    text = "model m {{ input x: 4x8x8\n a: relu{}\n x -> conv(4, 1x1) }}"
    assert codes(reviewed(text.format(""))) == ["unused-result"]
    assert codes(reviewed(text.format("  # allow: unused-result"))) == []


def test_errors_never() -> None:
    text = "model m { input x: 4x8x8\n conv(4, 9x9)  # allow: window-too-large\n}"
    assert codes(reviewed(text)) == ["window-too-large"]


def test_unknown_names() -> None:
    names = "checkerbord, fractions, no-such-thing-at-all"
    text = f"model m {{ input x: 4x8x8\n {UP} -> maxpool(2x2)  # allow: {names}\n}}"
    found = [diagnostic for diagnostic in reviewed(text) if diagnostic.code == "unknown-lint"]
    assert [d.primary.span.text for d in found if d.primary.span] == names.split(", ")
    assert [fix.edits[0].text for d in found for fix in d.fixes] == ["checkerboard", "fraction"]


MODELS = """model m(k = 2) {{
    input x: 4x8x8
    conv_transpose(4, k, stride=2)  # allow: checkerboard
}}
model n = m(k={})"""


def test_idle_comments_need_every_model() -> None:
    assert codes(reviewed(MODELS.format(2))) == ["unused-allow"]
    assert codes(reviewed(MODELS.format(3))) == []


@pytest.mark.parametrize(
    "chosen",
    [{"model": "m"}, {"settings": {"k": 4}}, {"inputs": {"x": Shape((4, 9, 9))}}],
    ids=str,
)
def test_idle_comments_need_the_file_as_it_stands(chosen: dict[str, object]) -> None:
    request = Request(Source("a.arch", MODELS.format(2)), Path(), **chosen)  # type: ignore[arg-type]
    assert [d.code for r in review(request).values() for d in r.diagnostics] == []


def test_idle_comments_need_models_without_errors() -> None:
    text = MODELS.format(2) + "\nmodel broken { input x: 4x8x8\n conv(4, 9x9) }"
    assert codes(reviewed(text)) == ["window-too-large"]


def test_idle_comments_of_other_files_may_be_for_others(tmp_path: Path) -> None:
    (tmp_path / "b.arch").write_text("block b() { relu  # allow: checkerboard\n}\n")
    assert reviewed('use "b.arch"\nmodel m { input x: 4x8x8\n b }', folder=tmp_path) == []


def test_text_that_cannot_be_read_is_told_and_nothing_else_happens() -> None:
    text = f"# allow: fraction\nmodel m {{ input x: 4x8x8\n ` ?  # allow: checkerboard\n {UP}\n}}"
    assert codes(reviewed(text)) == ["syntax"]
