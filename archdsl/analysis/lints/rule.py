"""What a lint is: a rule, and what it hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from archdsl.analysis.lints.facts import Facts
from archdsl.diagnostics import Label, Severity
from archdsl.graph.graph import Node, Scope
from archdsl.graph.library import LoadedFile
from archdsl.source import Span

__all__ = ["FileRule", "Hit", "Rule"]


class Hit(NamedTuple):
    """A place that a rule is about; ``help`` says what to write instead.

    ``use`` is the use of the block around it that goes wrong, if that is not where it stands.
    """

    where: Node | Span
    message: str
    help: str
    notes: tuple[str, ...] = ()
    related: tuple[Label, ...] = ()
    use: Scope | None = None

    @property
    def span(self) -> Span | None:
        return self.where if isinstance(self.where, Span) else self.where.span


class Rule(NamedTuple):
    """A rule about the graph of a model; its page in docs/lints says why.

    A warning is almost surely a mistake, a note is advice. With ``everywhere`` a place in a block
    is told only if every use of the block has it there. ``strict`` makes it an error where
    whoever asks is strict, though it is a note.
    """

    name: str
    level: Severity
    find: Callable[[Facts], Iterator[Hit]]
    everywhere: bool = False
    strict: bool = False


class FileRule(NamedTuple):
    """A rule about the text of a file."""

    name: str
    level: Severity
    find: Callable[[LoadedFile], Iterator[Hit]]
