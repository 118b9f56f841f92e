"""The server as a process, driven over its pipes by a client."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import Editor

BLOCKS = """\
/// Two convolutions, and the way around them. 😀
block basic(width, stride = 1) {
    conv1: conv(width, 3x3, stride=stride, padding=1) -> bn1: bn -> relu
    conv2: conv(width, 3x3, padding=1) -> bn2: bn
    in -> downsample: project(like=bn2)
    add(bn2, downsample) -> relu
}

fn double(n) = 2 * n
"""
NET = """\
use "blocks.arch"

model net(classes = 10, width = 8) {
    input image: 3x24x24
    stem: conv(width, 3x3, padding=1)  # 🧠🧠 the stem
    layer1: { 2 * basic(width) }
    for i in 0..2 {
        down{i}: basic(double(width), stride=2)
    }
    mean: global_avgpool -> flatten -> fc: linear(classes)
}
"""
OTHER = """\
use "blocks.arch"
model other { input x: 3x8x8
    basic(width=4) -> tail: conv(2, 1x1) }
"""
FILES = {"blocks.arch": BLOCKS, "net.arch": NET, "other.arch": OTHER}


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    root = tmp_path_factory.mktemp("space é").resolve()
    (root / "pyproject.toml").write_text("")
    editor = Editor(root)
    yield editor
    assert editor.stop() == 0
    assert editor.messages == []


@pytest.fixture(autouse=True)
def files(editor):
    """Every test begins with the same files, and none of them open."""
    for name in list(editor.texts):
        editor.close(name)
    editor.texts.clear()
    for name, text in FILES.items():
        (editor.root / name).write_text(text)


def places(editor: Editor, found: list[types.Location]) -> list[tuple[str, int, str]]:
    """File, line and text of each, in order."""
    made = []
    for one in found:
        name = one.uri.rpartition("/")[2]
        made.append((name, one.range.start.line + 1, editor.shown(name, one.range)))
    return sorted(made)


def references(editor: Editor, name: str, text: str, shift: int = 0, declared: bool = True):
    context = types.ReferenceContext(include_declaration=declared)
    params = types.ReferenceParams(context=context, **editor.at(name, text, shift))
    return places(editor, editor.ask("text_document_references", params))


def definition(editor: Editor, name: str, text: str, shift: int = 0):
    params = types.DefinitionParams(**editor.at(name, text, shift))
    return editor.ask("text_document_definition", params)


def hover(editor: Editor, name: str, text: str, shift: int = 0) -> str:
    found = editor.ask("text_document_hover", types.HoverParams(**editor.at(name, text, shift)))
    return found.contents.value if found else ""


def completions(editor: Editor, name: str, text: str) -> dict[str, types.CompletionItem]:
    """What is offered right behind a text."""
    params = types.CompletionParams(**editor.at(name, text, len(text)))
    found = editor.ask("text_document_completion", params)
    return {item.label: item for item in found.items}


def inlays(editor: Editor, name: str) -> list[tuple[int, str]]:
    identity = types.TextDocumentIdentifier(editor.uri(name))
    everything = types.Range(types.Position(0, 0), types.Position(10_000, 0))
    found = editor.ask("text_document_inlay_hint", types.InlayHintParams(identity, everything))
    return [(hint.position.line + 1, hint.label) for hint in found]


def actions(editor: Editor, name: str, text: str) -> list[types.CodeAction]:
    where = editor.at(name, text)
    place = types.Range(where["position"], where["position"])
    params = types.CodeActionParams(where["text_document"], place, types.CodeActionContext([]))
    return editor.ask("text_document_code_action", params)


def renamed(editor: Editor, name: str, text: str, new: str, shift: int = 0) -> types.WorkspaceEdit:
    params = types.RenameParams(new_name=new, **editor.at(name, text, shift))
    return editor.ask("text_document_rename", params)


# ---- diagnostics


def test_a_good_spec_has_nothing_wrong(editor):
    assert editor.open("net.arch") == []


def test_a_mistake_is_told_at_its_place_and_mended_by_a_code_action(editor):
    assert editor.open("net.arch") == []
    editor.type("net.arch", "stem: conv(", "stem: cnv(")
    [wrong] = editor.diagnostics("net.arch")
    assert (wrong.code, wrong.severity, wrong.source) == (
        "unknown-operator",
        types.DiagnosticSeverity.Error,
        "archdsl",
    )
    assert editor.shown("net.arch", wrong.range) == "cnv"
    assert Path(wrong.code_description.href.removeprefix("file://")).name == "unknown-operator.md"
    fix = next(a for a in actions(editor, "net.arch", "cnv(") if "conv" in a.title)
    assert fix.kind == types.CodeActionKind.QuickFix
    assert [d.code for d in fix.diagnostics] == ["unknown-operator"]
    editor.apply(fix.edit)
    assert editor.diagnostics("net.arch") == []
    assert editor.texts["net.arch"] == NET


def test_places_are_counted_in_utf16(editor):
    """Behind two characters above U+FFFF in one line."""
    text = 'model m { input x: 3x8x8\n    conv(4, 3x3, padding_mode="🧠🧠") -> rlu\n}\n'
    found = editor.open("net.arch", text)
    assert [editor.shown("net.arch", one.range) for one in found] == ['"🧠🧠"']
    editor.type("net.arch", "🧠🧠", "reflect🧠")
    editor.type("net.arch", "🧠", "")
    [wrong] = editor.diagnostics("net.arch")
    assert editor.shown("net.arch", wrong.range) == "rlu"
    editor.type("net.arch", "rlu", "relu")
    assert editor.diagnostics("net.arch") == []


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_any_kind(editor, end):
    text = end.join(
        ["model m {", "    input x: 3x8x8", "    # \u2028 \x0c 😀", "    cnv(2, 1x1)", "}"]
    )
    [wrong] = editor.open("net.arch", text)
    assert (wrong.range.start.line, wrong.range.start.character) == (3, 4)


def test_syntax_errors_are_told_and_the_last_shapes_are_kept(editor):
    editor.open("net.arch")
    before = inlays(editor, "net.arch")
    assert (5, "8x24x24") in before
    editor.type("net.arch", "mean: global_avgpool ->", "mean: global_avgpool -> ->")
    assert [one.code for one in editor.diagnostics("net.arch")] == ["syntax"]
    assert (5, "8x24x24") in inlays(editor, "net.arch")
    assert "8x24x24" in hover(editor, "net.arch", "stem:")


def test_what_is_wrong_in_a_used_file_is_told_there(editor):
    """Of a file that is open but not saved its text in the editor counts."""
    editor.open("net.arch")
    editor.open("blocks.arch")
    editor.type("blocks.arch", "conv2: conv(", "conv2: cnv(")
    editor.diagnostics("blocks.arch")
    [wrong] = editor.told[editor.uri("blocks.arch")].diagnostics
    assert editor.shown("blocks.arch", wrong.range) == "cnv"
    [use] = wrong.related_information
    assert use.location.uri == editor.uri("net.arch")
    assert editor.shown("net.arch", use.location.range).startswith("basic(width)")
    assert editor.told[editor.uri("net.arch")].diagnostics == ()
    assert [a.title for a in actions(editor, "blocks.arch", "cnv(")]


def test_what_was_told_is_taken_back_when_a_file_is_closed(editor):
    editor.open("net.arch", "model m { input x: 3x8x8\n cnv(2) }")
    assert editor.told[editor.uri("net.arch")].diagnostics
    told = editor.times_told[editor.uri("net.arch")]
    editor.close("net.arch")
    editor.texts.pop("net.arch")
    editor.open("other.arch")
    assert editor.times_told[editor.uri("net.arch")] == told + 1
    assert editor.told[editor.uri("net.arch")].diagnostics == ()


def test_a_used_file_that_is_closed_unsaved(editor):
    """What is on disk counts again, also for the files that use it."""
    editor.open("blocks.arch")
    editor.open("net.arch")
    before = editor.diagnostics("blocks.arch")
    editor.type("blocks.arch", "conv2: conv(", "conv2: cnv(")
    assert [one.code for one in editor.diagnostics("blocks.arch")] == ["unknown-operator"]
    editor.close("blocks.arch")
    editor.diagnostics("net.arch")
    assert [*editor.told[editor.uri("blocks.arch")].diagnostics] == before


def test_a_used_file_that_is_opened_unsaved(editor):
    """As an editor does that was closed with it."""
    editor.open("net.arch")
    editor.open("blocks.arch", BLOCKS.replace("block basic", "block simple"))
    wrong = editor.diagnostics("net.arch")
    assert {editor.shown("net.arch", one.range) for one in wrong} == {"basic"}


def test_a_used_file_that_changes_on_disk(editor):
    """The editor watches the files and says so."""
    editor.open("net.arch")
    (editor.root / "blocks.arch").write_text(BLOCKS.replace("relu\n}", "rlu\n}"))
    changed = types.FileEvent(editor.uri("blocks.arch"), types.FileChangeType.Changed)
    params = types.DidChangeWatchedFilesParams([changed])
    editor.tell("workspace_did_change_watched_files", params)
    editor.diagnostics("net.arch")
    [wrong] = editor.told[editor.uri("blocks.arch")].diagnostics
    assert editor.shown("blocks.arch", wrong.range) == "rlu"


def test_only_the_last_of_many_keystrokes_counts(editor):
    editor.open("net.arch")
    for letter in "xyz":
        editor.type("net.arch", "stem: ", f"stem: {letter}")
    [wrong] = editor.diagnostics("net.arch")
    assert editor.shown("net.arch", wrong.range) == "zyxconv"
    assert editor.told[editor.uri("net.arch")].version == editor.versions["net.arch"]


def test_a_text_that_is_in_no_file(editor):
    item = types.TextDocumentItem("untitled:Untitled-1", "arch", 1, "model m { input x: 3x8x8 }")
    editor.tell("text_document_did_open", types.DidOpenTextDocumentParams(item))
    identity = types.TextDocumentIdentifier(item.uri)
    editor.ask("text_document_document_symbol", types.DocumentSymbolParams(identity))
    [wrong] = editor.told[item.uri].diagnostics
    assert wrong.code == "nothing-computed"
    editor.tell("text_document_did_close", types.DidCloseTextDocumentParams(identity))


def test_a_file_of_blocks_is_no_mistake(editor):
    assert editor.open("blocks.arch") == []
    assert editor.open("net.arch", "") == []


# ---- what is there


def test_hover_tells_shapes_and_docs(editor):
    editor.open("net.arch")
    step = hover(editor, "net.arch", "conv(width")
    assert "`3x24x24 -> 8x24x24`, 224 parameters" in step
    assert "Convolution with zero padding" in step
    block = hover(editor, "net.arch", "basic(width)")
    assert "runs 2 times" in block
    assert "Two convolutions, and the way around them. 😀" in block
    assert "block basic(width, stride = 1)" in block
    assert "distance between" in hover(editor, "net.arch", "padding=1") or "padding" in hover(
        editor, "net.arch", "padding=1"
    )
    assert "8x24x24" in hover(editor, "net.arch", "layer1")
    assert "given: `10`" in hover(editor, "net.arch", "linear(classes)", len("linear("))
    assert "for i in 0..2" in hover(editor, "net.arch", "{i}", 1)
    assert hover(editor, "net.arch", "# 🧠🧠", 2) == ""


def test_hover_in_a_block_tells_what_the_open_models_do_in_it(editor):
    editor.open("net.arch")
    editor.open("blocks.arch")
    assert "runs 4 times" in hover(editor, "blocks.arch", "conv(width, 3x3, stride")
    given = hover(editor, "blocks.arch", "stride=stride", len("stride="))
    assert "given: `1`, `2`" in given


def test_inlay_hints(editor):
    editor.open("net.arch")
    assert inlays(editor, "net.arch") == [
        (5, "8x24x24"),
        (6, "8x24x24"),
        (8, "16x12x12 … 16x6x6"),
        (10, "16x1x1"),
        (10, "16"),
        (10, "10"),
    ]


def test_the_model_whose_shapes_are_shown(editor):
    text = "model net(n = 4) { input x: 3x8x8\n    conv(n, 1x1) }\nmodel wide = net(n=64)\n"
    editor.open("net.arch", text)
    assert inlays(editor, "net.arch") == [(2, "4x8x8")]
    params = types.ExecuteCommandParams("archdsl.showModel", [editor.uri("net.arch"), "wide"])
    editor.ask("workspace_execute_command", params)
    assert inlays(editor, "net.arch") == [(2, "64x8x8")]


def test_outline(editor):
    editor.open("net.arch")
    identity = types.TextDocumentIdentifier(editor.uri("net.arch"))
    [model] = editor.ask("text_document_document_symbol", types.DocumentSymbolParams(identity))
    assert model.name == "net"
    inside = [child.name for child in model.children]
    assert inside == ["image", "stem", "layer1", "down{}", "mean", "fc"]


# ---- completion


def test_completion_of_operators_blocks_values_and_words(editor):
    editor.open("net.arch")
    editor.type("net.arch", "    mean: ", "    \n    mean: ")
    editor.type("net.arch", "    \n    mean", "    co\n    mean")
    found = completions(editor, "net.arch", "    co")
    assert {"conv", "basic", "project", "stem", "layer1", "output", "for", "width"} <= set(found)
    assert "mean" not in found  # it is made below
    assert "double" in found and found["stem"].detail == "8x24x24"
    resolved = editor.ask("completion_item_resolve", found["conv"])
    assert "Convolution with zero padding" in resolved.documentation.value


def test_completion_of_arguments_and_their_values(editor):
    editor.open("net.arch")
    editor.type("net.arch", "conv(width, 3x3, padding=1)", "conv(width, 3x3, padding=1, ")
    found = completions(editor, "net.arch", "conv(width, 3x3, padding=1, ")
    assert {"stride=", "dilation=", "padding_mode="} <= set(found)
    assert found["stride="].sort_text < found["padding="].sort_text  # which is given already
    editor.type("net.arch", "padding=1, ", "padding=1, padding_mode=")
    assert '"reflect"' in completions(editor, "net.arch", "padding_mode=")
    editor.type("net.arch", "padding_mode=", "bias=")
    assert {"true", "false"} <= set(completions(editor, "net.arch", "bias="))
    editor.type("net.arch", "basic(double", "basic(st, double")
    assert "stride=" in completions(editor, "net.arch", "basic(st")


def test_completion_in_other_places(editor):
    editor.open("net.arch")
    editor.type("net.arch", "0..2 {", "0..2 {\n x = layer1.")
    assert {"channels", "size"} <= set(completions(editor, "net.arch", "x = layer1."))
    editor.type("net.arch", "layer1.", "stem -> ")
    found = completions(editor, "net.arch", "stem -> ")
    assert "basic" in found and "image" not in found  # a value cannot follow an arrow
    editor.type("net.arch", 'use "blocks.arch"', 'use "')
    assert set(completions(editor, "net.arch", 'use "')) == {"blocks.arch", "other.arch"}
    editor.type("net.arch", "the stem", "the conv")
    assert completions(editor, "net.arch", "the conv") == {}


# ---- names


def test_definitions(editor):
    editor.open("net.arch")
    assert places(editor, definition(editor, "net.arch", "basic(double")) == [
        ("blocks.arch", 2, "basic")
    ]
    assert places(editor, definition(editor, "net.arch", "double(")) == [
        ("blocks.arch", 9, "double")
    ]
    assert places(editor, definition(editor, "net.arch", "stride=2")) == [
        ("blocks.arch", 2, "stride")
    ]
    assert places(editor, definition(editor, "net.arch", "classes)", 2)) == [
        ("net.arch", 3, "classes")
    ]
    assert definition(editor, "net.arch", "conv(") is None
    [file] = definition(editor, "net.arch", "blocks.arch")
    assert file.uri == editor.uri("blocks.arch")
    [prelude] = definition(editor, "net.arch", "stem:") or [None]
    assert prelude.uri == editor.uri("net.arch")
    editor.open("blocks.arch")
    [prelude] = definition(editor, "blocks.arch", "project(")
    assert prelude.uri.endswith("/archdsl/prelude.arch")


def test_references_in_all_files(editor):
    editor.open("net.arch")
    assert references(editor, "net.arch", "basic(double") == [
        ("blocks.arch", 2, "basic"),
        ("net.arch", 6, "basic"),
        ("net.arch", 8, "basic"),
        ("other.arch", 3, "basic"),
    ]
    assert references(editor, "net.arch", "basic(double", declared=False)[0][0] == "net.arch"
    editor.open("blocks.arch")
    assert references(editor, "blocks.arch", "width, stride") == [
        ("blocks.arch", 2, "width"),
        ("blocks.arch", 3, "width"),
        ("blocks.arch", 4, "width"),
        ("other.arch", 3, "width"),
    ]
    assert references(editor, "blocks.arch", "bn2)") == [
        ("blocks.arch", 4, "bn2"),
        ("blocks.arch", 5, "bn2"),
        ("blocks.arch", 6, "bn2"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "new", "counts"),
    [
        (
            "net.arch",
            "basic(double",
            "residual",
            {"blocks.arch": 1, "net.arch": 2, "other.arch": 1},
        ),
        ("blocks.arch", "width, stride", "channels", {"blocks.arch": 3, "other.arch": 1}),
        ("blocks.arch", "n) =", "count", {"blocks.arch": 2}),
        ("net.arch", "i in 0..2", "index", {"net.arch": 2}),
        ("net.arch", "net(", "network", {"net.arch": 1}),
        ("blocks.arch", "downsample: ", "shortcut", {"blocks.arch": 2}),
    ],
)
def test_rename_in_all_files(editor, name, text, new, counts):
    editor.open(name)
    where = editor.at(name, text)
    prepared = editor.ask("text_document_prepare_rename", types.PrepareRenameParams(**where))
    assert text.startswith(prepared.placeholder)
    edit = renamed(editor, name, text, new)
    made = {uri.rpartition("/")[2]: len(edits) for uri, edits in edit.changes.items()}
    assert made == counts
    editor.apply(edit)
    for changed in ("net.arch", "other.arch"):
        editor.open(changed, editor.texts.get(changed))
        assert editor.diagnostics(changed) == []
    found = references(editor, name, new)
    assert len(found) == sum(counts.values())
    assert {text for _, _, text in found} == {new}


@pytest.mark.parametrize(
    ("name", "text", "new", "why"),
    [
        ("net.arch", "stem:", "model", "`model` is a word of the language"),
        ("net.arch", "stem:", "conv", "`conv` is an operator or function of the language"),
        ("net.arch", "stem:", "two words", "`two words` is not a name"),
        ("net.arch", "stem:", "layer1", "`layer1` is a label already"),
        ("net.arch", "stem:", "forward", "PyTorch modules have a `forward` of their own"),
        ("net.arch", "width = 8", "basic", "`basic` is a block of blocks.arch already"),
        ("blocks.arch", "double", "basic", "`basic` is a block already"),
        ("net.arch", "down{i}", "up", "`down{}` is a computed label"),
        ("blocks.arch", "project(", "bridge", "`project` is part of the prelude"),
        ("net.arch", "conv(", "convolve", "nothing here has a name"),
    ],
)
def test_renames_that_are_refused(editor, name, text, new, why):
    editor.open(name)
    with pytest.raises(JsonRpcException) as refused:
        renamed(editor, name, text, new)
    assert why in str(refused.value)


REQUIRED = """\
use "blocks.arch"
block own(n) { conv(n, 1x1) }
model m(n = 4) {
    input x: 3x8x8
    require params < 1k and macs < 1M and flops < 1M and out.channels == 4
    k = n
    own(k) -> first: conv(k, 3x3) -> group: { inner: relu }
    basic(4)
}
model free { input x: 3x8x8
    last: conv(4, 1x1) }
"""


@pytest.mark.parametrize("total", ["params", "macs", "flops", "out"])
@pytest.mark.parametrize("text", ["n = 4", "k = n", "first:", "group:", "x:", "own(n)", "basic(4)"])
def test_a_name_that_would_hide_what_a_requirement_reads_is_refused(editor, text, total):
    editor.open("net.arch", REQUIRED)
    why = f"`require` reads the total `{total}` on line 5 of net.arch"
    with pytest.raises(JsonRpcException, match=why):
        renamed(editor, "net.arch", text, total)


@pytest.mark.parametrize("text", ["inner:", "last:", "n) {"])
def test_a_name_that_no_requirement_can_see_may_be_that_of_a_total(editor, text):
    """It stands in braces, in another model or in a block."""
    editor.open("net.arch", REQUIRED)
    before = editor.diagnostics("net.arch")
    editor.apply(renamed(editor, "net.arch", text, "params"))
    assert "params" in editor.texts["net.arch"].replace("require params", "")
    assert editor.diagnostics("net.arch") == before


def test_a_requirement_on_a_name_of_the_spec_is_renamed_with_it(editor):
    text = "model m(n = 4) { input x: 3x8x8\n    require n < 5\n    conv(n, 1x1) }\n"
    editor.open("net.arch", text)
    editor.apply(renamed(editor, "net.arch", "n = 4", "params"))
    assert "require params < 5" in editor.texts["net.arch"]
    editor.apply(renamed(editor, "net.arch", "params = 4", "n"))
    assert editor.texts["net.arch"] == text


def test_a_rename_that_breaks_what_the_text_does_not_tell_is_refused(editor):
    """What `unit` holds is known only when the spec is expanded."""
    text = (
        "block thin(width) { conv(width, 1x1) }\n"
        "model m(unit = thin) { input x: 3x8x8\n    unit(width=4) }\n"
    )
    assert editor.open("net.arch", text) == []
    with pytest.raises(JsonRpcException, match="`thin` has no argument"):
        renamed(editor, "net.arch", "width)", "channels")


# ---- formatting


def test_formatting_changes_the_lines_that_need_it(editor):
    text = NET.replace("layer1: { 2 * basic(width) }", "layer1: {2*basic( width )}")
    editor.open("net.arch", text)
    identity = types.TextDocumentIdentifier(editor.uri("net.arch"))
    options = types.FormattingOptions(tab_size=4, insert_spaces=True)
    params = types.DocumentFormattingParams(identity, options)
    edits = editor.ask("text_document_formatting", params)
    assert [(e.range.start.line, e.range.end.line) for e in edits] == [(5, 6)]
    editor.apply(types.WorkspaceEdit(changes={identity.uri: edits}))
    assert editor.texts["net.arch"] == NET
    assert editor.ask("text_document_formatting", params) == ()
    editor.type("net.arch", "model net(", "model net((")
    assert editor.ask("text_document_formatting", params) == ()
