"""What an editor may ask, one function for each request."""

from __future__ import annotations

from typing import Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from archdsl.lsp.actions import fixes_at
from archdsl.lsp.completion import complete
from archdsl.lsp.convert import Converter, markdown
from archdsl.lsp.formatting import formatted
from archdsl.lsp.hover import hover, operator_text
from archdsl.lsp.inlay import hints
from archdsl.lsp.outline import outline
from archdsl.lsp.rename import Refused, renamable, rename
from archdsl.lsp.server import ArchServer
from archdsl.lsp.symbols import Reference
from archdsl.lsp.view import View

__all__ = ["SHOW_MODEL", "register"]

SHOW_MODEL: Final = "archdsl.showModel"
"""The command that chooses whose shapes are shown: a URI, and the name of a model."""
_REQUEST_FAILED: Final = -32803

Positioned = (
    types.HoverParams
    | types.CompletionParams
    | types.DefinitionParams
    | types.ReferenceParams
    | types.DocumentHighlightParams
    | types.PrepareRenameParams
    | types.RenameParams
)


def register(server: ArchServer) -> None:
    """Make a server answer everything that is in this file."""
    for name, (handler, options) in _FEATURES.items():
        server.feature(name, options)(handler)
    server.command(SHOW_MODEL)(_show_model)


# ---- texts


async def _initialized(ls: ArchServer, params: types.InitializedParams) -> None:
    folders = ls.workspace.folders or {}
    roots = [folder.uri for folder in folders.values()] or [ls.workspace.root_uri]
    ls.desk.project.folders = tuple(ls.path(uri) for uri in roots if uri)
    watching = ls.client_capabilities.workspace
    watched = watching.did_change_watched_files if watching else None
    if watched is None or not watched.dynamic_registration:
        return
    files = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.arch")])
    registration = types.Registration("arch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, files)
    await ls.client_register_capability_async(types.RegistrationParams([registration]))


def _did_open(ls: ArchServer, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    path = ls.path(document.uri)
    ls.uris[path] = document.uri
    ls.change(path, document.text, document.version)
    if not ls.desk.project.is_saved(path):
        ls.look_again()
    ls.schedule(path, 0)


def _did_change(ls: ArchServer, params: types.DidChangeTextDocumentParams) -> None:
    document = params.text_document
    path = ls.path(document.uri)
    ls.change(path, ls.edit(path, list(params.content_changes)), document.version)
    ls.schedule(path)


def _did_close(ls: ArchServer, params: types.DidCloseTextDocumentParams) -> None:
    ls.close(ls.path(params.text_document.uri))


def _did_change_files(ls: ArchServer, params: types.DidChangeWatchedFilesParams) -> None:
    ls.look_again()


async def _show_model(ls: ArchServer, uri: str, model: str) -> None:
    ls.desk.chosen[ls.path(uri)] = model
    await ls.refresh()


# ---- places


async def _view(ls: ArchServer, uri: str) -> View | None:
    """A file as it is now, and as far as it can be told what its steps do."""
    path = ls.path(uri)
    await ls.rest(path)
    return await ls.work(ls.desk.view, path)


async def _at(ls: ArchServer, params: Positioned) -> tuple[View, int, Converter] | None:
    view = await _view(ls, params.text_document.uri)
    if view is None:
        return None
    convert = ls.converter()
    return view, convert.offset(view.text, params.position), convert


async def _reference(ls: ArchServer, params: Positioned) -> Reference | None:
    found = await _at(ls, params)
    if found is None:
        return None
    view, offset, _ = found
    older = view.older(offset)
    return None if older is None else view.index.at(older)


# ---- what is there


async def _hover(ls: ArchServer, params: types.HoverParams) -> types.Hover | None:
    found = await _at(ls, params)
    if found is None:
        return None
    view, offset, convert = found
    told = await ls.work(hover, view, offset)
    if told is None:
        return None
    return types.Hover(markdown(told.markdown), convert.range(view.text, told.start, told.end))


async def _completion(ls: ArchServer, params: types.CompletionParams) -> types.CompletionList:
    """Does not wait until the text has rested: while something is typed it does not."""
    view = await ls.work(ls.desk.view, ls.path(params.text_document.uri))
    if view is None:
        return types.CompletionList(False, [])
    convert = ls.converter()
    offset = convert.offset(view.text, params.position)
    items = await ls.work(complete, view, offset)
    return types.CompletionList(False, [convert.item(item, view.text, offset) for item in items])


async def _resolve(ls: ArchServer, item: types.CompletionItem) -> types.CompletionItem:
    if isinstance(item.data, str):
        item.documentation = markdown(operator_text(item.data))
    return item


async def _inlay_hint(ls: ArchServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    view = await _view(ls, params.text_document.uri)
    if view is None:
        return []
    convert = ls.converter()
    start = convert.offset(view.text, params.range.start)
    end = convert.offset(view.text, params.range.end)
    text = convert.text(view.text)
    return [
        types.InlayHint(
            types.Position(*text.position(hint.offset)),
            hint.text,
            tooltip=markdown(hint.tooltip),
            padding_left=True,
        )
        for hint in await ls.work(hints, view, start, end)
    ]


async def _symbols(
    ls: ArchServer, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol]:
    view = await _view(ls, params.text_document.uri)
    if view is None or not view.is_current:
        return []
    convert = ls.converter()
    return await ls.work(lambda: [*map(convert.entry, outline(view.index))])


# ---- names


async def _definition(
    ls: ArchServer, params: types.DefinitionParams
) -> list[types.Location] | None:
    found = await _at(ls, params)
    if found is None:
        return None
    view, offset, convert = found
    older = view.older(offset)
    if older is None:
        return None
    for span, path in view.index.paths:
        if span.start <= older <= span.end and path.is_file():
            start = types.Position(0, 0)
            return [types.Location(ls.uri(path.resolve()), types.Range(start, start))]
    reference = view.index.at(older)
    if reference is None:
        return None
    return [convert.location(span) for span in reference.symbol.places]


async def _references(ls: ArchServer, params: types.ReferenceParams) -> list[types.Location]:
    reference = await _reference(ls, params)
    if reference is None:
        return []
    symbol = reference.symbol
    made = {(place.source.name, place.start) for place in symbol.places}
    found = await ls.work(lambda: list(ls.desk.project.references(symbol)))
    convert = ls.converter()
    wanted = {
        (r.span.source.name, r.span.start): convert.location(r.span)
        for r in found
        if params.context.include_declaration or (r.span.source.name, r.span.start) not in made
    }
    return list(wanted.values())


async def _highlight(
    ls: ArchServer, params: types.DocumentHighlightParams
) -> list[types.DocumentHighlight]:
    found = await _at(ls, params)
    reference = await _reference(ls, params)
    if found is None or reference is None:
        return []
    view, _, convert = found
    places = [view.newer(r.span) for r in view.index.references if r.symbol is reference.symbol]
    return [
        types.DocumentHighlight(convert.range(view.text, *place))
        for place in dict.fromkeys(places)
        if place is not None
    ]


async def _prepare_rename(
    ls: ArchServer, params: types.PrepareRenameParams
) -> types.PrepareRenamePlaceholder:
    reference = await _reference(ls, params)
    try:
        symbol = renamable(reference)
    except Refused as refused:
        raise JsonRpcException(str(refused), _REQUEST_FAILED) from None
    assert reference is not None
    return types.PrepareRenamePlaceholder(ls.converter().span(reference.span), symbol.name)


async def _rename(ls: ArchServer, params: types.RenameParams) -> types.WorkspaceEdit:
    reference = await _reference(ls, params)
    try:
        symbol = renamable(reference)
        edits = await ls.work(rename, ls.desk.project, symbol, params.new_name)
    except Refused as refused:
        raise JsonRpcException(str(refused), _REQUEST_FAILED) from None
    return ls.converter().workspace_edit(edits)


# ---- changes


async def _formatting(
    ls: ArchServer, params: types.DocumentFormattingParams
) -> list[types.TextEdit]:
    text = ls.desk.project.texts.get(ls.path(params.text_document.uri), "")
    change = await ls.work(formatted, text)
    if change is None:
        return []
    first, last, new = change
    where = types.Range(types.Position(first, 0), types.Position(last, 0))
    return [types.TextEdit(where, new)]


async def _code_action(ls: ArchServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    path = ls.path(params.text_document.uri)
    await ls.rest_all()
    text = ls.desk.project.texts.get(path)
    if text is None or path not in ls.desk.reviewed:
        return []
    convert = ls.converter()
    start = convert.offset(text, params.range.start)
    end = convert.offset(text, params.range.end)
    return [
        types.CodeAction(
            fix.title,
            types.CodeActionKind.QuickFix,
            [convert.diagnostic(diagnostic)],
            only,
            edit=convert.workspace_edit(fix.edits),
        )
        for diagnostic, fix, only in fixes_at(ls.desk.found(path), start, end)
    ]


_FEATURES: Final[dict[str, tuple[Any, Any]]] = {
    types.INITIALIZED: (_initialized, None),
    types.TEXT_DOCUMENT_DID_OPEN: (_did_open, None),
    types.TEXT_DOCUMENT_DID_CHANGE: (_did_change, None),
    types.TEXT_DOCUMENT_DID_CLOSE: (_did_close, None),
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: (_did_change_files, None),
    types.TEXT_DOCUMENT_HOVER: (_hover, None),
    types.TEXT_DOCUMENT_COMPLETION: (
        _completion,
        types.CompletionOptions(trigger_characters=[".", "(", "="], resolve_provider=True),
    ),
    types.COMPLETION_ITEM_RESOLVE: (_resolve, None),
    types.TEXT_DOCUMENT_INLAY_HINT: (_inlay_hint, None),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (_symbols, None),
    types.TEXT_DOCUMENT_DEFINITION: (_definition, None),
    types.TEXT_DOCUMENT_REFERENCES: (_references, None),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (_highlight, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (_prepare_rename, None),
    types.TEXT_DOCUMENT_RENAME: (_rename, types.RenameOptions(prepare_provider=True)),
    types.TEXT_DOCUMENT_FORMATTING: (_formatting, None),
    types.TEXT_DOCUMENT_CODE_ACTION: (
        _code_action,
        types.CodeActionOptions([types.CodeActionKind.QuickFix]),
    ),
}
