"""Blocks that use themselves, or each other: a label in one has the names of the block it is in."""

from __future__ import annotations

import re

import pytest
from lsprotocol import types

from tests.lsp.editor import Editor

ITSELF = """\
block h(n) {
    if n > 0 { inner: h(n - 1) }
    conv(4, 1)
}
model m {
    input x: 4x16x16
    top: h(3)
    add(top, top.inner.inner)
}
"""
EACH_OTHER = """\
block even(n) {
    if n > 0 { module shared: odd(n - 1)
        group: { shared -> inner: odd(n - 1) } }
    conv(4, 1)
}
block odd(n) { if n > 0 { inner: even(n - 1) -> after: relu }
    conv(4, 1) }
model m {
    input x: 4x16x16
    top: even(3) -> a.b: odd(2)
    output y: add(top.group.inner, a.b.inner.group)
}
"""
WITHOUT_END = """\
block again { inner: again -> relu }
model m { input x: 4x16x16
    top: again }
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    editor = Editor(tmp_path_factory.mktemp("recursion").resolve())
    yield editor
    assert editor.stop() == 0
    assert editor.messages == []


@pytest.mark.parametrize("text", [ITSELF, EACH_OTHER, WITHOUT_END])
def test_everything_is_answered(editor, text):
    found = editor.open("net.arch", text)
    assert [one.code for one in found] == (["too-deep"] if text == WITHOUT_END else [])
    identity = types.TextDocumentIdentifier(editor.uri("net.arch"))
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    editor.ask("text_document_document_symbol", types.DocumentSymbolParams(identity))
    editor.ask("text_document_inlay_hint", types.InlayHintParams(identity, whole))
    context = types.CodeActionContext([])
    editor.ask("text_document_code_action", types.CodeActionParams(identity, whole, context))
    options = types.FormattingOptions(tab_size=4, insert_spaces=True)
    formatting = types.DocumentFormattingParams(identity, options)
    editor.ask("text_document_formatting", formatting)
    lines = text.split("\n")
    for number, line in enumerate(lines):
        for word in re.finditer(r"\b[a-z]\w*", line):
            at = types.Position(number, word.end())
            editor.ask("text_document_hover", types.HoverParams(identity, at))
            editor.ask("text_document_completion", types.CompletionParams(identity, at))
            editor.ask("text_document_definition", types.DefinitionParams(identity, at))
            found = types.ReferenceParams(types.ReferenceContext(True), identity, at)
            editor.ask("text_document_references", found)
            highlight = types.DocumentHighlightParams(identity, at)
            editor.ask("text_document_document_highlight", highlight)


def inside(symbols: list[types.DocumentSymbol]) -> list[tuple[str, list]]:
    return [(one.name, inside(one.children or [])) for one in symbols]


def outline(editor: Editor, text: str) -> list[tuple[str, list]]:
    editor.open("net.arch", text)
    identity = types.TextDocumentIdentifier(editor.uri("net.arch"))
    params = types.DocumentSymbolParams(identity)
    return inside(editor.ask("text_document_document_symbol", params))


def test_the_outline_has_each_label_where_it_is_written(editor):
    assert outline(editor, ITSELF) == [
        ("h", [("inner", [])]),
        ("m", [("x", []), ("top", [])]),
    ]
    assert outline(editor, EACH_OTHER) == [
        ("even", [("shared", []), ("group", [("inner", [])])]),
        ("odd", [("inner", []), ("after", [])]),
        ("m", [("x", []), ("top", []), ("a", [("b", [])]), ("y", [])]),
    ]


def test_a_name_that_is_reached_through_itself(editor):
    """`inner` of `inner` is the same label, however often."""
    editor.open("net.arch", ITSELF)
    there = editor.at("net.arch", "top.inner.inner", len("top.inner.in"))
    found = editor.ask("text_document_definition", types.DefinitionParams(**there))
    assert [one.range.start.line for one in found] == [1]
    params = types.RenameParams(new_name="deeper", **there)
    editor.apply(editor.ask("text_document_rename", params))
    assert editor.texts["net.arch"] == ITSELF.replace("inner", "deeper")
    assert editor.diagnostics("net.arch") == []


def test_members_are_offered_at_any_depth(editor):
    editor.open("net.arch", ITSELF.replace("top.inner.inner", "top.inner.inner."))
    at = editor.at("net.arch", "inner.)", len("inner."))
    found = editor.ask("text_document_completion", types.CompletionParams(**at))
    assert {"inner", "channels"} <= {item.label for item in found.items}
