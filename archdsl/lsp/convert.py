"""From what the core answers to what the protocol calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from lsprotocol import types

from archdsl.diagnostics import Diagnostic, Edit, Severity
from archdsl.lsp.completion import Item
from archdsl.lsp.outline import Entry
from archdsl.lsp.positions import Text
from archdsl.lsp.symbols import Kind
from archdsl.lsp.uses import located
from archdsl.resources import resource
from archdsl.source import Source, Span

__all__ = ["Converter"]

_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_UNNECESSARY: Final = ("unused", "unreachable")
_ITEMS: Final = {
    "argument": types.CompletionItemKind.Field,
    "block": types.CompletionItemKind.Class,
    "choice": types.CompletionItemKind.EnumMember,
    "file": types.CompletionItemKind.File,
    "function": types.CompletionItemKind.Function,
    "keyword": types.CompletionItemKind.Keyword,
    "operator": types.CompletionItemKind.Operator,
    "property": types.CompletionItemKind.Property,
}
_SYMBOLS: Final = {
    Kind.BLOCK: types.SymbolKind.Class,
    Kind.FUNCTION: types.SymbolKind.Function,
    Kind.MODEL: types.SymbolKind.Module,
    Kind.INPUT: types.SymbolKind.Interface,
    Kind.OUTPUT: types.SymbolKind.Interface,
}


class Converter:
    """Converts places of one encoding; ``uri`` tells the name that the editor has for a file."""

    def __init__(self, encoding: str, uri: Callable[[Path], str]) -> None:
        self.encoding = encoding
        self.uri = uri
        self._texts: dict[int, tuple[Source | str, Text]] = {}

    # ---- places

    def text(self, of: Source | str) -> Text:
        """The text with its lines counted, once for each."""
        known = self._texts.get(id(of))
        if known is None or known[0] is not of:
            text = Text(of.text if isinstance(of, Source) else of, self.encoding)
            known = self._texts[id(of)] = (of, text)
        return known[1]

    def offset(self, text: str, position: types.Position) -> int:
        return self.text(text).offset(position.line, position.character)

    def range(self, of: Source | str, start: int, end: int) -> types.Range:
        text = self.text(of)
        return types.Range(
            types.Position(*text.position(start)), types.Position(*text.position(end))
        )

    def span(self, span: Span) -> types.Range:
        return self.range(span.source, span.start, span.end)

    def location(self, span: Span) -> types.Location:
        return types.Location(self.uri(located(span.source.name)), self.span(span))

    # ---- diagnostics

    def diagnostic(self, diagnostic: Diagnostic) -> types.Diagnostic:
        span = diagnostic.primary.span
        start = types.Position(0, 0)
        return types.Diagnostic(
            range=self.span(span) if span else types.Range(start, start),
            message=_message(diagnostic),
            severity=_SEVERITIES[diagnostic.severity],
            code=diagnostic.code,
            code_description=_page(diagnostic.code),
            source="archdsl",
            tags=[types.DiagnosticTag.Unnecessary]
            if diagnostic.code.startswith(_UNNECESSARY)
            else None,
            related_information=[
                types.DiagnosticRelatedInformation(self.location(label.span), label.message)
                for label in diagnostic.secondary
                if label.span is not None
            ],
        )

    # ---- edits

    def workspace_edit(self, edits: Iterable[Edit]) -> types.WorkspaceEdit:
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            uri = self.uri(located(edit.span.source.name))
            changes.setdefault(uri, []).append(types.TextEdit(self.span(edit.span), edit.text))
        return types.WorkspaceEdit(changes=changes)

    # ---- the rest

    def item(self, item: Item, text: str, end: int) -> types.CompletionItem:
        written = types.TextEdit(self.range(text, item.start, end), item.insert or item.label)
        return types.CompletionItem(
            label=written.new_text,
            kind=_ITEMS.get(item.kind, types.CompletionItemKind.Variable),
            detail=item.detail or None,
            documentation=markdown(item.markdown) if item.markdown else None,
            sort_text=f"{item.rank}{item.label}",
            filter_text=item.label,
            text_edit=written,
            data=item.label if item.kind == "operator" else None,
        )

    def entry(self, entry: Entry) -> types.DocumentSymbol:
        return types.DocumentSymbol(
            name=entry.name,
            kind=_SYMBOLS.get(entry.kind, types.SymbolKind.Field),
            detail=entry.detail,
            range=self.span(entry.whole),
            selection_range=self.span(entry.place),
            children=[self.entry(child) for child in entry.children],
        )


def markdown(text: str) -> types.MarkupContent:
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def _page(code: str) -> types.CodeDescription | None:
    """What `archdsl explain` shows, as a file."""
    pages = (resource(folder, f"{code}.md") for folder in ("errors", "lints"))
    page = next((page for page in pages if page.is_file()), None)
    return types.CodeDescription(page.resolve().as_uri()) if page else None


def _message(diagnostic: Diagnostic) -> str:
    """Everything that is said of the place, as the terminal shows it below the line."""
    lines = [diagnostic.message]
    if diagnostic.primary.message:
        lines.append(diagnostic.primary.message)
    lines += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)
