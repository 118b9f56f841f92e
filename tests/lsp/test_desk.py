"""What is told of a file of several models, step by step, while it is being changed."""

from __future__ import annotations

from pathlib import Path

from archdsl.lsp.desk import Desk, Reviewed

SPEC = """\
block b(n) { conv(n, 1x1) -> relu }
model one { input x: 3x8x8
    b(4) -> conv(2, 1x1) }
model two { input x: 3x8x8
    b(8) -> linear(2, 3) }
"""


def looked(desk: Desk, path: Path, text: str) -> list[Reviewed]:
    """Everything that is told of a text, in order, and kept as the server keeps it."""
    desk.project.texts[path] = text
    told = []
    for reviewed in desk.look(path):
        desk.keep(reviewed)
        told.append(reviewed)
    return told


def shown(reviewed: Reviewed) -> set[tuple[str, str]]:
    """Code and text of each, as they stand in the text that was looked at."""
    spans = [(one.diagnostic.code, one.diagnostic.primary.span) for one in reviewed.found]
    assert all(span.source.text == reviewed.source.text for _, span in spans)
    return {(code, span.text) for code, span in spans}


def test_the_shown_model_is_told_first(tmp_path):
    desk, path = Desk(), tmp_path / "one.arch"
    [whole] = looked(desk, path, SPEC)
    wrong_elsewhere = shown(whole)
    assert len(wrong_elsewhere) == 1 and not whole.early

    broken = "# a line above\n" + SPEC.replace("b(4)", "bb(4)")
    early, whole, fixes = looked(desk, path, broken)
    assert (early.early, whole.early, whole.more, fixes.more) == (True, False, True, False)
    assert shown(early) == {("unknown-operator", "bb"), *wrong_elsewhere}
    assert shown(whole) == shown(fixes) == shown(early)
    assert not any(one.diagnostic.fixes for one in (*early.found, *whole.found))
    assert [one.diagnostic.fixes[0].title for one in fixes.found if one.diagnostic.fixes]

    early, *_ = looked(desk, path, SPEC)
    assert shown(early) == wrong_elsewhere


def test_a_mistake_in_a_block_of_both_goes_away_in_both(tmp_path):
    """The other model had it too, and nobody has looked at that again yet."""
    desk, path = Desk(), tmp_path / "one.arch"
    good = SPEC.replace("linear(2, 3)", "relu6")
    broken = good.replace("-> relu }", "-> rlu }")
    told = looked(desk, path, broken)
    assert shown(told[-1]) == {("unknown-operator", "rlu")}
    early, *_ = looked(desk, path, good)
    assert early.early and shown(early) == set()


def test_what_was_told_where_the_text_changed_is_dropped(tmp_path):
    desk, path = Desk(), tmp_path / "one.arch"
    looked(desk, path, SPEC)
    early, *_ = looked(desk, path, SPEC.replace("linear(2, 3)", "lin"))
    assert shown(early) == set()


def test_fixes_that_nobody_waits_for_are_not_tried(tmp_path):
    desk, path = Desk(), tmp_path / "one.arch"
    desk.project.texts[path] = SPEC.replace("b(4)", "bb(4)")
    looks = desk.look(path)
    assert next(looks).more
    desk.project.texts[path] = SPEC
    assert next(looks, None) is None


def test_shapes_are_kept_until_there_are_new_ones(tmp_path):
    desk, path = Desk(), tmp_path / "one.arch"
    good = SPEC.replace("linear(2, 3)", "relu6")
    looked(desk, path, good)
    assert [e.model for e in desk.view(path).expansions] == ["one", "two"]
    looked(desk, path, good.replace("b(4)", "bb(4)"))
    assert [e.model for e in desk.view(path).expansions] == ["one", "two"]
    desk.chosen[path] = "two"
    assert [e.model for e in desk.view(path).expansions] == ["two", "one"]
    looked(desk, path, good[: good.index("model two")])
    assert [e.model for e in desk.view(path).expansions] == ["one"]


def test_what_is_silenced_stays_so_when_the_same_text_is_looked_at_again(tmp_path):
    """As when a file that it uses has changed."""
    desk, path = Desk(), tmp_path / "one.arch"
    text = "model m { input x: 3x7x7\n    maxpool(2)  # allow: fraction\n}\n"
    for _ in range(3):
        assert shown(looked(desk, path, "".join(list(text)))[-1]) == set()
