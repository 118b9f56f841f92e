"""Collecting diagnostics while a spec expands: each mistake once, with the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from archdsl.diagnostics import Diagnostic, Label, Severity
from archdsl.source import Span

__all__ = ["Reporter", "SpecError", "Stop", "closest", "fail"]

_LONGEST_CHAIN = 4


class SpecError(Exception):
    """A mistake in the spec; the statement it stands in gives no result."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic.message if diagnostic else "already reported")
        self.diagnostic = diagnostic


class Stop(Exception):
    """A limit is reached: no point in going on."""


def fail(
    code: str,
    message: str,
    span: Span | None,
    *,
    label: str = "",
    help: str | None = None,
    notes: Iterable[str] = (),
    secondary: Iterable[Label] = (),
) -> SpecError:
    """The exception for an error at a place."""
    primary = Label(span, label)
    return SpecError(Diagnostic(code, message, primary, tuple(secondary), tuple(notes), help))


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate somebody most likely meant."""
    from difflib import get_close_matches

    names = sorted(set(candidates))
    exact = [known for known in names if known.lower() == name.lower()]
    close = exact or get_close_matches(name, names, n=1, cutoff=0.6)
    return close[0] if close else None


@dataclass(frozen=True, slots=True)
class _Use:
    block: str
    span: Span
    arguments: str


class Reporter:
    """Keeps what was found, and knows through which blocks the expansion is passing."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.uses: list[_Use] = []
        self._told: set[tuple[str, Span | None]] = set()

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.found)

    @contextmanager
    def using(self, block: str, span: Span, arguments: str) -> Iterator[None]:
        self.uses.append(_Use(block, span, arguments))
        try:
            yield
        finally:
            self.uses.pop()

    def add(self, diagnostic: Diagnostic | None) -> None:
        """Tell a mistake, unless it was told: a block used often has each mistake once."""
        if diagnostic is None:
            return
        key = (diagnostic.code, diagnostic.primary.span)
        if key in self._told:
            return
        self._told.add(key)
        chain = tuple(
            Label(use.span, f"in `{use.block}({use.arguments})`, used here")
            for use in reversed(self.uses[-_LONGEST_CHAIN:])
        )
        self.found.append(replace(diagnostic, secondary=diagnostic.secondary + chain))

    def warn(self, code: str, message: str, span: Span, help: str) -> None:
        self.add(Diagnostic(code, message, Label(span), help=help, severity=Severity.WARNING))
