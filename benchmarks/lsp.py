"""How long after a keystroke an editor is told what is wrong. Run with `python -m benchmarks.lsp`.

A real client speaks to `archdsl lsp` over its pipes. It types one character into the file of
resnet152, which holds eleven models, and takes it back, again and again: every other keystroke
breaks the network. Measured is the time until the diagnostics of resnet152 for just that text
arrive, and until those of all models in the file and the tried fixes have arrived, too.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SPEC = Path(__file__).parents[1] / "specs" / "resnet.arch"
MODEL = "resnet152"
PLACE = "conv(64, 7x7"
KEYSTROKES = 40
MOST = 150  # milliseconds, the median


class Typist:
    """Types into one file and notes when it is told something of it."""

    def __init__(self) -> None:
        self.uri = SPEC.as_uri()
        self.version = 1
        self.told: asyncio.Queue[tuple[float, types.PublishDiagnosticsParams]] = asyncio.Queue()
        self.client = LanguageClient("benchmark", "1")
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(
            lambda told: self.told.put_nowait((perf_counter(), told))
        )

    async def open(self) -> None:
        await self.client.start_io(sys.executable, "-m", "archdsl", "lsp")
        await self.client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
        self.client.initialized(types.InitializedParams())
        text = SPEC.read_text(encoding="utf-8")
        item = types.TextDocumentItem(self.uri, "arch", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        shown = types.ExecuteCommandParams("archdsl.showModel", [self.uri, MODEL])
        await self.client.workspace_execute_command_async(shown)
        await self._settled()
        before = text[: text.index(PLACE)]
        self.line, self.column = before.count("\n"), len(before) - before.rindex("\n") - 1

    async def keystroke(self, broken: bool) -> tuple[float, float]:
        """Milliseconds until the first diagnostics for the new text, and until all are there."""
        self.version += 1
        start = types.Position(self.line, self.column)
        end = types.Position(self.line, self.column + (not broken))
        change = types.TextDocumentContentChangePartial(types.Range(start, end), "x" * broken)
        identity = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        began = perf_counter()
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identity, [change]))
        first = await self._first(broken)
        whole = await self._settled()
        return (first - began) * 1e3, (max(first, whole) - began) * 1e3

    async def _first(self, broken: bool) -> float:
        while True:
            at, told = await asyncio.wait_for(self.told.get(), 30)
            if told.version == self.version and bool(told.diagnostics) == broken:
                return at

    async def _settled(self) -> float:
        """Code actions are answered when everything is known."""
        identity, start = types.TextDocumentIdentifier(self.uri), types.Position(0, 0)
        context = types.CodeActionContext([])
        asked = types.CodeActionParams(identity, types.Range(start, start), context)
        await self.client.text_document_code_action_async(asked)
        return perf_counter()

    async def close(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


async def _measured() -> list[tuple[float, float]]:
    typist = Typist()
    await typist.open()
    times = [await typist.keystroke(broken=n % 2 == 0) for n in range(KEYSTROKES)]
    await typist.close()
    return times


def main() -> int:
    """Print the times; the exit status says whether the bound holds."""
    first, whole = zip(*asyncio.run(_measured()), strict=True)
    held = median(first) <= MOST
    print(f"{len(first)} keystrokes in {SPEC.name}, eleven models, {MODEL} shown")
    print(f"diagnostics of {MODEL}: median {median(first):.0f} ms, longest {max(first):.0f} ms")
    print(f"and of all models, with the fixes: median {median(whole):.0f} ms")
    print(f"median (at most {MOST} ms) {'ok' if held else 'BROKEN'}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
