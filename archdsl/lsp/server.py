"""The language server: what is open, when it is looked at, and who is told.

Everything that reads a spec runs on one thread of its own, so that messages are taken at any
time; what was found out about a text that has changed meanwhile is dropped.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlparse
from urllib.request import url2pathname

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from archdsl import __version__
from archdsl.lsp.convert import Converter
from archdsl.lsp.desk import Desk, Reviewed
from archdsl.lsp.positions import Text, normalised
from archdsl.stack import deep_stack

__all__ = ["ArchServer", "serve"]

DEBOUNCE: Final = 0.03
"""Seconds without a keystroke after which a text is looked at."""
PAUSE: Final = 0.2
"""Seconds without a keystroke after which fixes are tried."""
_STACK: Final = 256 * 1024 * 1024
_GARBAGE: Final = 50_000

T = TypeVar("T")


class ArchServer(LanguageServer):
    """Keeps the texts of the editor and tells it what is wrong with them.

    ``operators`` imports what the specs of a folder may use beyond the operators of archdsl.
    """

    def __init__(self, operators: Callable[[Path], None] | None = None) -> None:
        super().__init__("archdsl", __version__)
        self.desk = Desk()
        self.operators = operators
        self.uris: dict[Path, str] = {}
        self.versions: dict[Path, int] = {}
        self.settled: dict[Path, int] = {}  # the version of which everything wrong is known
        self.tasks: dict[Path, asyncio.Task[None]] = {}
        self.told: dict[Path, set[Path]] = {}  # where the diagnostics of a file were shown
        self._prepared: set[Path] = set()
        self._refreshing: asyncio.Task[None] | None = None
        threading.stack_size(_STACK)  # specs may be nested deeply
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="archdsl")

    # ---- names of files

    def path(self, uri: str) -> Path:
        """The file behind a URI; a text that is in no file gets a path of its own."""
        parsed = urlparse(uri)
        if parsed.scheme != "file":
            return Path.cwd() / uri.replace("/", "_")
        return Path(url2pathname(parsed.path)).resolve()

    def uri(self, path: Path) -> str:
        return self.uris.get(path) or path.as_uri()

    def converter(self) -> Converter:
        encoding = self.workspace.position_encoding
        return Converter(str(getattr(encoding, "value", encoding)), self.uri)

    # ---- work

    async def work(self, function: Callable[..., T], *args: object) -> T:
        """Run what reads specs on the thread for it, one after the other."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, _deep, function, args)

    def change(self, path: Path, text: str, version: int) -> None:
        """The editor has a new text."""
        self.desk.project.texts[path] = normalised(text)
        self.versions[path] = version

    def edit(self, path: Path, changes: list[types.TextDocumentContentChangeEvent]) -> str:
        """The text with the changes made that the editor tells."""
        text = self.desk.project.texts.get(path, "")
        encoding = self.converter().encoding
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                first, last = change.range.start, change.range.end
                start, end = (first.line, first.character), (last.line, last.character)
                text = normalised(Text(text, encoding).replaced(start, end, change.text))
            else:
                text = change.text
        return text

    def schedule(self, path: Path, delay: float = DEBOUNCE) -> None:
        """Look at a text once it has rested; a look that has not begun is put off."""
        waiting = self.tasks.get(path)
        if waiting is not None:
            waiting.cancel()
        self.tasks[path] = asyncio.ensure_future(self._look(path, delay))

    def look_again(self) -> None:
        """Another text of a file counts than before, and those that are open may use it."""
        for path in list(self.versions):
            self.schedule(path)
        if self.versions:
            self._refreshing = asyncio.ensure_future(self._refresh_later())

    async def _look(self, path: Path, delay: float) -> None:
        """Tell what is wrong in a file, in as many steps as it takes. When the file changes this
        is cancelled, and nothing that was found out since is told."""
        await asyncio.sleep(delay)
        self._loop = asyncio.get_running_loop()
        version = self.versions.get(path)
        if version is None:
            return
        try:
            await self.work(self._prepare, path.parent)
            looks = self.desk.look(path)
            while (reviewed := await self.work(next, looks, None)) is not None:
                await self._take(reviewed, version)
                if reviewed.more:  # trying fixes is not for who is in the middle of a word
                    await asyncio.sleep(PAUSE)
        except Exception:
            self._tell_bug(traceback.format_exc())

    async def _take(self, reviewed: Reviewed, version: int) -> None:
        """Something is known of a file: tell it, and look again at the files that use it."""
        path = reviewed.path
        self.desk.keep(reviewed)
        self.publish(path, {found.path for found in reviewed.found})
        if reviewed.early or self.settled.get(path) == version:
            return
        changed = path in self.settled
        self.settled[path] = version
        users = await self.work(self._users, path) if changed else []
        for user in users:
            self.schedule(user)
        if users:
            self._refreshing = asyncio.ensure_future(self._refresh_later())

    async def _refresh_later(self) -> None:
        """An editor does not ask anew for the shapes in a file because another has changed."""
        await self.rest_all()
        await self.refresh()

    async def refresh(self) -> None:
        """Let the editor ask for all shapes again."""
        workspace = self.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            await self.workspace_inlay_hint_refresh_async(None)

    def _users(self, path: Path) -> list[Path]:
        """The open files that use a file."""
        project, others = self.desk.project, list(self.versions)
        return [other for other in others if other != path and project.needs(other, path)]

    def _prepare(self, folder: Path) -> None:
        """Import the operators of a project, once."""
        if self.operators is None or folder in self._prepared or not folder.is_dir():
            return
        self._prepared.add(folder)
        try:
            self.operators(folder)
        except Exception as error:  # of a module of the user
            message = types.ShowMessageParams(types.MessageType.Error, str(error))
            self._loop.call_soon_threadsafe(self.window_show_message, message)

    def _tell_bug(self, text: str) -> None:
        message = f"This is a bug in archdsl, not in your spec:\n{text}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))

    async def rest(self, path: Path) -> None:
        """Wait until everything wrong in the present text of a file is known."""
        while self.settled.get(path) != self.versions.get(path):
            task = self.tasks.get(path)
            if task is None or task.done():
                return
            await asyncio.wait({task}, timeout=DEBOUNCE)

    async def rest_all(self) -> None:
        """Wait until nothing is looked at any more, and all fixes are known: what is wrong in a
        file, and how to mend it, may be known from one that uses it."""
        while waiting := [task for task in self.tasks.values() if not task.done()]:
            await asyncio.wait(waiting, timeout=DEBOUNCE)

    # ---- diagnostics

    def publish(self, path: Path, shown: set[Path]) -> None:
        """Tell what is wrong in a file and in those it uses, and what is not wrong any more."""
        before = self.told.get(path, set())
        self.told[path] = {path, *shown}
        convert = self.converter()
        for target in sorted({path, *shown} | before):
            found = self.desk.found(target)
            told = [convert.diagnostic(one) for one in found]
            version = self.versions.get(target)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(self.uri(target), told, version)
            )

    def close(self, path: Path) -> None:
        """A file is closed: what is on disk counts again."""
        task = self.tasks.pop(path, None)
        if task is not None:
            task.cancel()
        saved = self.desk.project.is_saved(path)
        self.desk.close(path)
        for known in (self.versions, self.settled):
            known.pop(path, None)
        for target in self.told.pop(path, {path}):
            convert = self.converter()
            left = self.desk.found(target)
            told = [convert.diagnostic(one) for one in left]
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(self.uri(target), told)
            )
        if not saved:
            self.look_again()


def _deep(function: Callable[..., T], args: tuple[object, ...]) -> T:
    with deep_stack():
        return function(*args)


def serve(operators: Callable[[Path], None] | None = None) -> None:
    """Speak the protocol over standard input and output until the client ends it.

    What anything else prints goes to standard error, or it would be taken for a message.
    """
    from archdsl.lsp.features import register

    gc.enable()  # commands run without it, for they end soon
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    server = ArchServer(operators)
    register(server)
    output, sys.stdout = sys.stdout, sys.stderr
    server.start_io(sys.stdin.buffer, output.buffer)
