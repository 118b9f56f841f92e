"""The pure half of the server: places, words in front of the cursor, what names mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.lsp.completion import complete
from archdsl.lsp.cursor import Where, cursor_at
from archdsl.lsp.desk import Desk
from archdsl.lsp.formatting import formatted
from archdsl.lsp.hover import hover
from archdsl.lsp.inlay import hints
from archdsl.lsp.outline import outline
from archdsl.lsp.positions import Drift, Text
from archdsl.lsp.project import Project
from archdsl.lsp.rename import apply
from archdsl.ops import OPS

SPECS = sorted(Path("specs").rglob("*.arch"))
TEXTS = st.text(alphabet="ab 😀é\n\r\u2028\U00010000", max_size=40)


# ---- places


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.data())
def test_places_there_and_back(text, encoding, data):
    """Between the two characters of a line end an editor has no place."""
    offset = data.draw(st.integers(0, len(text)))
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        return
    counted = Text(text, encoding)
    assert counted.offset(*counted.position(offset)) == offset


@given(TEXTS)
def test_utf16_units_are_those_of_the_encoding(text):
    counted = Text(text)
    for offset in range(len(text) + 1):
        line, units = counted.position(offset)
        start = counted.offset(line, 0)
        assert units == len(text[start:offset].encode("utf-16-le")) // 2


def test_places_beyond_the_end_mean_the_end():
    text = Text("ab\ncd")
    assert (text.offset(0, 99), text.offset(9, 0), text.position(99)) == (2, 5, (1, 2))


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_what_stands_outside_of_a_change_keeps_its_character(front, old, new, back):
    before, after = front + old + back, front + new + back
    drift = Drift(before, after)
    moved = [drift.newer(offset) for offset in range(len(before))]
    for offset, place in enumerate(moved):
        if place is not None:
            assert (after[place], drift.older(place)) == (before[offset], offset)
    assert moved.count(None) <= len(old)


# ---- the cursor


@pytest.mark.parametrize(
    ("text", "where", "callee", "argument"),
    [
        ("", Where.TOP, "", ""),
        ("blo", Where.TOP, "", ""),
        ("block ", Where.NOTHING, "", ""),
        ("block b(", Where.NOTHING, "", ""),
        ("block b(norm = ", Where.VALUE, "b", ""),
        ("model m {\n", Where.STATEMENT, "", ""),
        ("model m {\n  con", Where.STATEMENT, "", ""),
        ("model m {\n  conv(8, 3x3) -> ", Where.STEP, "", ""),
        ("model m {\n  conv1: ", Where.STEP, "", ""),
        ("model m {\n  input x: ", Where.VALUE, "", ""),
        ("model m {\n  conv(", Where.ARGUMENT, "conv", ""),
        ("model m {\n  conv(8, pa", Where.ARGUMENT, "conv", ""),
        ("model m {\n  conv(8,\n    pa", Where.ARGUMENT, "conv", ""),
        ("model m {\n  conv(8, bias=", Where.VALUE, "conv", "bias"),
        ('model m {\n  conv(8, padding_mode="re', Where.CHOICE, "conv", "padding_mode"),
        ("model m {\n  concat(x -> ", Where.STEP, "", ""),
        ("model m {\n  f(g(1), ", Where.ARGUMENT, "f", ""),
        ("model m {\n  a.b.", Where.MEMBER, "", ""),
        ("model m {\n  n = 1 + ", Where.VALUE, "", ""),
        ("model m {\n  # con", Where.NOTHING, "", ""),
        ('model m {\n  "con', Where.NOTHING, "", ""),
        ("model m {\n  3", Where.NOTHING, "", ""),
        ("model m {\n  init {\n", Where.STATEMENT, "", ""),
        ("model m {\n  init {\n  conv: ", Where.INITIALISER, "", ""),
        ("model m {\n  require pa", Where.VALUE, "", ""),
        ('use "blo', Where.FILE, "", ""),
        ("fn f(n) = ", Where.VALUE, "", ""),
        ("}})](", Where.VALUE, "", ""),
    ],
)
def test_what_can_stand_at_the_end_of_a_text(text, where, callee, argument):
    found = cursor_at(text, len(text))
    assert found.where is where
    if where in (Where.ARGUMENT, Where.CHOICE) or argument:
        assert (found.callee, found.argument) == (callee, argument)


@given(st.text(alphabet='({[]})ab.=,: ->"#\n1x', max_size=40), st.data())
def test_the_cursor_is_told_of_any_text(text, data):
    offset = data.draw(st.integers(0, len(text)))
    assert 0 <= cursor_at(text, offset).start <= offset


# ---- everything, everywhere


def opened(tmp_path: Path, text: str) -> tuple[Desk, Path]:
    path = tmp_path / "net.arch"
    desk = Desk()
    desk.project.texts[path] = text
    for reviewed in desk.look(path):
        desk.keep(reviewed)
    return desk, path


@pytest.mark.parametrize("path", [Path("specs/hrnet_w18.arch"), Path("specs/unet.arch")], ids=str)
def test_every_place_of_a_spec_is_answered(path):
    """Also while the text is broken just there: nothing raises, and nothing leaves the text."""
    path = path.resolve()
    desk = Desk()
    text = path.read_text()
    desk.project.texts[path] = text
    for reviewed in desk.look(path):
        desk.keep(reviewed)
    for offset in range(0, len(text), len(text) // 40):
        desk.project.texts[path] = broken = text[:offset] + "(" + text[offset:]
        view = desk.view(path)
        assert view is not None
        told = hover(view, offset)
        assert told is None or 0 <= told.start <= offset <= told.end <= len(broken)
        assert all(0 <= item.start <= offset for item in complete(view, offset))
        assert all(0 <= hint.offset <= len(broken) for hint in hints(view, 0, len(broken)))


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_every_operator_in_the_zoo_is_explained(path):
    view = Desk().view(path.resolve())
    assert view is not None
    for span, name in view.index.operators:
        told = hover(view, span.start)
        assert told is not None and name in told.markdown


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_references_name_what_they_refer_to(path):
    """At every place of a symbol stands its name; every definition is one of its references."""
    index = Project().index(path.resolve())
    assert index is not None and index.references
    for reference in index.references:
        name = reference.symbol.name
        assert reference.span.text == name or reference.symbol.is_computed
        assert index.at(reference.span.start) is not None


def test_hints_of_every_step(tmp_path):
    text = (
        "block twice(n) {\n    a: conv(n, 1x1) -> relu\n    concat {\n        in\n"
        "        conv(n, 1x1)\n    }\n}\nmodel m {\n    input x: 3x8x8\n    twice(4) -> twice(8)\n"
        "    l, r = chunk(x -> conv(4, 1x1), 2)\n    output y: add(l, r)\n}\n"
    )
    desk, path = opened(tmp_path, text)
    view = desk.view(path)
    assert view is not None
    made = {
        text[: hint.offset].rpartition("\n")[2].strip(): hint.text
        for hint in hints(view, 0, len(text))
    }
    assert made == {
        "a: conv(n, 1x1)": "4x8x8 … 8x8x8",
        "a: conv(n, 1x1) -> relu": "4x8x8 … 8x8x8",
        "conv(n, 1x1)": "4x8x8 … 8x8x8",
        "}": "8x8x8 … 16x8x8",
        "twice(4)": "8x8x8",
        "twice(4) -> twice(8)": "16x8x8",
        "l, r = chunk(x -> conv(4, 1x1)": "4x8x8",
        "l, r = chunk(x -> conv(4, 1x1), 2)": "2x8x8, 2x8x8",
        "output y: add(l, r)": "2x8x8",
    }


def kinds(tmp_path: Path, text: str, word: str) -> list[str]:
    """What every place of a word in a text means."""
    desk, path = opened(tmp_path, text)
    index = desk.project.index(path)
    assert index is not None
    places = [match.start() for match in re.finditer(rf"\b{word}\b", text)]
    named = ((index.operator_at(at), index.at(at)) for at in places)
    return ["operator" if op else str(r.symbol.kind) if r else "" for op, r in named]


def test_a_label_may_be_called_like_an_operator_or_a_parameter(tmp_path):
    text = (
        "block b(norm = bn) {\n    conv: conv(4, 1x1) -> norm: norm\n"
        "    add(conv, norm) -> conv(4, 1x1) -> norm\n}\n"
        "model m { input x: 3x8x8\n    b -> conv(2, 1x1) }\n"
    )
    assert kinds(tmp_path, text, "conv") == ["label", "operator", "label", "operator", "operator"]
    assert kinds(tmp_path, text, "norm") == [
        *("parameter", "label", "parameter", "label", "parameter")
    ]


def test_the_nearest_of_two_names_counts_from_where_it_is_made(tmp_path):
    text = (
        "model m(n = 2) { input x: 3x8x8\n    g: {\n        conv(n, 1x1)\n"
        "        for n in [n + 4] { conv(n, 1x1) }\n        conv(n, 1x1)\n    }\n"
        "    conv(n, 1x1) }\n"
    )
    assert kinds(tmp_path, text, "n") == [
        *("parameter", "parameter", "loop variable", "parameter"),
        *("loop variable", "loop variable", "parameter"),
    ]
    desk, path = opened(tmp_path, text)
    view = desk.view(path)
    assert view is not None
    assert [h.text for h in hints(view, 0, len(text))] == [
        "2x8x8",
        "6x8x8",
        "6x8x8",
        "6x8x8",
        "2x8x8",
    ]


def test_all_operators_are_offered(tmp_path):
    text = "model m {\n    input x: 3x8x8\n    \n}\n"
    desk, path = opened(tmp_path, text)
    view = desk.view(path)
    assert view is not None
    offered = {item.label for item in complete(view, text.index("\n}")) if item.kind == "operator"}
    assert offered == set(OPS)


@pytest.mark.parametrize("path", SPECS[:8], ids=str)
def test_formatting_an_unformatted_spec_gives_it_back(path):
    """The change is made to the lines it names."""
    text = path.read_text()
    worse = text.replace(" -> ", "->", 3)
    change = formatted(worse)
    if worse == text:
        assert change is None
        return
    first, last, new = change
    lines = worse.splitlines(keepends=True)
    assert "".join(lines[:first]) + new + "".join(lines[last:]) == text


def test_what_a_requirement_speaks_of_is_offered(tmp_path):
    text = "model m {\n    input x: 3x8x8\n    conv(4, 1x1)\n    require \n}\n"
    desk, path = opened(tmp_path, text)
    view = desk.view(path)
    assert view is not None
    offered = {item.label for item in complete(view, text.index("\n}"))}
    assert {"params", "macs", "flops", "out", "x"} <= offered
    assert "params" not in {item.label for item in complete(view, text.index("conv"))}


def test_a_file_that_is_only_begun(tmp_path):
    """Its braces are open, and it never was a spec."""
    text = "model m {\n    input x: 3x8x8\n    concat {\n        branch1: "
    desk, path = opened(tmp_path, text)
    view = desk.view(path)
    assert view is not None
    assert {"conv", "project"} <= {item.label for item in complete(view, len(text))}
    assert [entry.name for entry in outline(view.index)] == ["m"]
    assert [child.name for child in outline(view.index)[0].children] == ["x", "branch1"]


@pytest.mark.parametrize("path", SPECS[::6], ids=str)
def test_a_spec_is_read_from_its_first_word_on(path):
    """As it is typed from above: what stands there already is known, and every name is offered."""
    path = path.resolve()
    text = path.read_text()
    whole = {symbol.name for symbol in Project().index(path).scope.symbols()}
    for end in range(0, len(text), 41):
        desk = Desk()
        desk.project.texts[path] = text[:end]
        view = desk.view(path)
        assert view is not None
        assert {entry.name for entry in outline(view.index)} <= whole
        complete(view, end)


def test_a_variant_that_goes_round_is_no_trouble(tmp_path):
    desk, path = opened(tmp_path, "model a = b(n=1)\nmodel b = a(n=2)\n")
    assert [found.diagnostic.code for found in desk.reviewed[path].found]
    assert desk.view(path) is not None


def test_files_that_use_each_other(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.arch").write_text(f'use "{other}.arch"\nblock {name} {{ relu }}\n')
    project = Project()
    index = project.index((tmp_path / "a.arch").resolve())
    assert index is not None and set(index.own) == {"a"}
    assert project.needs(tmp_path / "a.arch", (tmp_path / "b.arch").resolve())


def test_renaming_everything_in_the_zoo_keeps_its_meaning(tmp_path):
    """Every block parameter of two specs gets another name, in one file; the graphs are equal."""
    from archdsl import load
    from archdsl.lsp.rename import rename
    from archdsl.lsp.symbols import Kind

    for name in ("mobilenet_v2", "densenet121"):
        path = tmp_path / f"{name}.arch"
        path.write_text(Path(f"specs/{name}.arch").read_text())
        before = load(path).graph.nx
        for number in range(6):
            project = Project()
            index = project.index(path)
            found = {r.symbol for r in index.references if r.symbol.kind is Kind.PARAMETER}
            old = sorted(
                (s for s in found if s.path == path and not s.name.startswith("renamed")),
                key=lambda s: s.places[0].start,
            )
            owned = [s for s in old if s.scope.span.text.startswith("block")]
            if not owned:
                break
            edits = rename(project, owned[0], f"renamed{number}")
            path.write_text(apply(path.read_text(), edits))
        assert "renamed0" in path.read_text()
        after = load(path).graph.nx
        assert list(before.nodes) == list(after.nodes)
        shapes = [before.nodes[n]["shape"] for n in before.nodes]
        assert shapes == [after.nodes[n]["shape"] for n in after.nodes]
