"""An editor for the tests: it starts the server as a process and speaks to it over its pipes."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.patience import PATIENCE


class Editor:
    """Open files by their path. Places are a text in the file: ``cursor`` finds them."""

    def __init__(self, root: Path, command: tuple[str, ...] = ("-m", "archdsl", "lsp")) -> None:
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.told: dict[str, types.PublishDiagnosticsParams] = {}
        self.times_told: dict[str, int] = defaultdict(int)
        self.news = threading.Condition()  # when something was told
        self.messages: list[str] = []
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.client = LanguageClient("tests", "1")
        heard = {
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: self._diagnostics,
            types.WINDOW_LOG_MESSAGE: self._message,
            types.WINDOW_SHOW_MESSAGE: self._message,
        }
        for name, hear in heard.items():
            self.client.feature(name)(partial(hear))
        self.run(self.client.start_io(sys.executable, *command))
        self.capabilities = self.ask("initialize", self._hello()).capabilities
        self.client.initialized(types.InitializedParams())

    def _hello(self) -> types.InitializeParams:
        folder = types.WorkspaceFolder(self.root.as_uri(), self.root.name)
        return types.InitializeParams(types.ClientCapabilities(), workspace_folders=[folder])

    def _diagnostics(self, told: types.PublishDiagnosticsParams) -> None:
        with self.news:
            self.told[told.uri] = told
            self.times_told[told.uri] += 1
            self.news.notify_all()

    def _message(self, said: Any) -> None:
        self.messages.append(said.message)

    # ---- messages

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def ask(self, name: str, params: Any) -> Any:
        """A request by the name of its method in the client."""
        return self.run(getattr(self.client, f"{name}_async")(params))

    def tell(self, name: str, params: Any) -> None:
        self.loop.call_soon_threadsafe(getattr(self.client, name), params)

    def stop(self) -> int:
        """The exit status of the server."""
        self.ask("shutdown", None)
        server = self.client._server
        self.tell("exit", None)
        status: int = self.run(server.wait())
        self.run(self.client.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        return status

    # ---- files

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> list[types.Diagnostic]:
        """Open a file; with a text, as if that had been written but not saved."""
        text = (self.root / name).read_text() if text is None else text
        self.texts[name], self.versions[name] = text, 1
        item = types.TextDocumentItem(self.uri(name), "arch", 1, text)
        before = self.times_told[self.uri(name)]
        self.tell("text_document_did_open", types.DidOpenTextDocumentParams(item))
        return self.diagnostics(name, since=before)

    def close(self, name: str) -> None:
        identity = types.TextDocumentIdentifier(self.uri(name))
        self.tell("text_document_did_close", types.DidCloseTextDocumentParams(identity))

    def type(self, name: str, old: str, new: str) -> None:
        """Put a text in the place of another, as one change of just that."""
        text = self.texts[name]
        start = text.index(old)
        place = types.Range(position(text, start), position(text, start + len(old)))
        self.texts[name] = text[:start] + new + text[start + len(old) :]
        self.versions[name] += 1
        identity = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        changes = [types.TextDocumentContentChangePartial(place, new)]
        self.tell("text_document_did_change", types.DidChangeTextDocumentParams(identity, changes))

    def diagnostics(self, name: str, since: int = 0) -> list[types.Diagnostic]:
        """What is told of the present text, once everything is: requests wait for that."""
        identity, start = types.TextDocumentIdentifier(self.uri(name)), types.Position(0, 0)
        context = types.CodeActionContext([])
        params = types.CodeActionParams(identity, types.Range(start, start), context)
        self.ask("text_document_code_action", params)
        uri = self.uri(name)
        with self.news:
            told = self.news.wait_for(lambda: self.times_told[uri] > since, PATIENCE)
            assert told, f"nothing was told of {name}"
            return list(self.told[uri].diagnostics)

    # ---- places

    def at(self, name: str, text: str, shift: int = 0) -> dict[str, Any]:
        """The place of a text in a file, as the parameters of a request."""
        where = position(self.texts[name], self.texts[name].index(text) + shift)
        identity = types.TextDocumentIdentifier(self.uri(name))
        return {"text_document": identity, "position": where}

    def shown(self, name: str, place: types.Range) -> str:
        """The text in a range of a file, open or not."""
        text = self.texts.get(name) or (self.root / name).read_text()
        return text[offset(text, place.start) : offset(text, place.end)]

    def apply(self, edit: types.WorkspaceEdit) -> None:
        for uri, edits in (edit.changes or {}).items():
            name = Path(uri.removeprefix(f"{self.root.as_uri()}/")).as_posix()
            if name not in self.texts:
                self.open(name)
            text = self.texts[name]
            for one in sorted(edits, key=lambda e: -offset(text, e.range.start)):
                first, last = offset(text, one.range.start), offset(text, one.range.end)
                text = text[:first] + one.new_text + text[last:]
            self.replace(name, text)

    def replace(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.versions[name] += 1
        identity = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        whole = [types.TextDocumentContentChangeWholeDocument(text)]
        self.tell("text_document_did_change", types.DidChangeTextDocumentParams(identity, whole))


def position(text: str, at: int) -> types.Position:
    """Counted in UTF-16 by another way than the server does."""
    line = text.count("\n", 0, at)
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return types.Position(line, sum(2 if ord(char) > 0xFFFF else 1 for char in before))


def offset(text: str, place: types.Position) -> int:
    start = 0
    for _ in range(place.line):
        following = text.find("\n", start)
        if following < 0:
            return len(text)
        start = following + 1
    units = place.character
    while units > 0:
        units -= 2 if ord(text[start]) > 0xFFFF else 1
        start += 1
    return start
