"""One file as its reader sees it now: the last tree that could be read, carried to the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archdsl.lsp.positions import Drift
from archdsl.lsp.symbols import FileIndex, Symbol
from archdsl.lsp.uses import Expansion, Ran
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """``index`` was made from ``read``, the last text without syntax errors; ``text`` is what
    the editor shows. ``expansions`` are the models that run through this file, those that are to
    be shown first in front."""

    path: Path
    index: FileIndex
    read: str
    text: str
    expansions: Sequence[Expansion] = ()

    @cached_property
    def drift(self) -> Drift:
        return Drift(self.read, self.text)

    @property
    def is_current(self) -> bool:
        return self.drift.same

    def older(self, offset: int) -> int | None:
        """A place of the text in the text that was read."""
        return self.drift.older(offset)

    def newer(self, span: Span) -> tuple[int, int] | None:
        """Where a stretch of what was read stands now."""
        start, end = self.drift.newer(span.start), self.drift.newer(max(span.start, span.end - 1))
        if start is None or end is None:
            return None
        return start, end + (span.end > span.start)

    def ran(self, step: tree.Node) -> tuple[Ran, ...]:
        """What a step did in the first of the models that it runs in."""
        span = step.span
        for expansion in self.expansions:
            ran = expansion.ran(self.path, self.read, span.start, span.end)
            if ran:
                return ran
        return ()

    def arguments(self, symbol: Symbol, owner: str) -> list[str]:
        """The values of a parameter in the first of the models that it has any in."""
        found = (expansion.arguments(owner, symbol.name) for expansion in self.expansions)
        return next(filter(None, found), [])
