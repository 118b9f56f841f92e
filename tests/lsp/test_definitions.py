"""What names mean without running anything, against what they meant when the spec was expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.graph.elaborate import Request, elaborate_all
from archdsl.graph.expressions import Expressions
from archdsl.graph.lookup import Lookup
from archdsl.graph.values import (
    Builtin,
    Definition,
    Function,
    OpStep,
    SharedModule,
    is_flow,
    unwrap,
)
from archdsl.lsp.project import Project
from archdsl.lsp.symbols import FileIndex, Kind
from archdsl.ops import Op
from archdsl.source import Source, Span

SPECS = sorted(Path("specs").rglob("*.arch"))
OF_A_REQUIREMENT = ("params", "macs", "flops", "out")
EXAMPLES = Path("docs/language.md").read_text().split("```arch\n")[1:]


def names_read(monkeypatch: pytest.MonkeyPatch, request: Request) -> list[tuple[Span, object]]:
    """Every name that the expansion looked up, with what it found."""
    found: list[tuple[Span, object]] = []
    name, called = Expressions._name, Lookup.callable_named

    def seen_name(self, node, env):
        found.append((node.span, self.names.value_named(node.id, env)))
        return name(self, node, env)

    def seen_called(self, node, env):
        result = called(self, node, env)
        found.append((node.span, result))
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Expressions, "_name", seen_name)
        patch.setattr(Lookup, "callable_named", seen_called)
        elaborate_all(request)
    return found


def kinds_of(found: object) -> set[Kind]:
    """Which symbols can stand for what the expansion found."""
    given = {Kind.PARAMETER, Kind.VALUE, Kind.LOOP}
    if isinstance(found, SharedModule):
        return {Kind.MODULE}
    if is_flow(unwrap(found)):
        return {Kind.INPUT, Kind.LABEL, Kind.OUTPUT, *given}
    return given


def place(span: Span) -> tuple[str, int]:
    """A place in a text, whatever its file is called."""
    return span.source.text, span.start


def check(found: list[tuple[Span, object]], index: FileIndex, text: str) -> int:
    checked = 0
    operators = {(span.start, name) for span, name in index.operators}
    for span, value in found:
        if span.source.text != text:  # of the prelude or a used file, which have their own turn
            continue
        checked += 1
        if (span.start, span.text) in operators:
            assert isinstance(value, Builtin | type(Op)), span
            continue
        reference = index.at(span.start)
        if reference is None and span.text in OF_A_REQUIREMENT:
            continue
        assert reference is not None, f"{span}: `{span.text}` means nothing"
        symbol = reference.symbol
        if isinstance(value, Function):
            value = value.definition
        if symbol.is_defined:
            assert isinstance(value, Definition), span
            assert place(value.item.name_span) == place(symbol.places[0]), span
        elif not isinstance(value, Definition | OpStep | type):  # given as an argument
            assert symbol.kind in kinds_of(value), (str(span), symbol.kind, value)
    return checked


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_names_of_the_zoo(path, monkeypatch):
    source = Source(str(path), path.read_text())
    index = Project().index(path.resolve())
    found = names_read(monkeypatch, Request(source, path.parent, path.resolve()))
    checked = check(found, index, source.text)
    assert checked or path.parent.name == "blocks"


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_names_of_the_examples(text, monkeypatch, tmp_path):
    text = text.partition("```")[0]
    path = tmp_path / "example.arch"
    path.write_text(text)
    found = names_read(monkeypatch, Request(Source(str(path), text), tmp_path, path))
    assert check(found, Project().index(path), text)
