"""What an expansion may grow to, and stopping it where it would grow beyond."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph.report import Reporter, Stop, fail
from archdsl.source import Span

__all__ = ["Budget", "Limits"]


@dataclass(frozen=True)
class Limits:
    """What an expansion may grow to.

    ``nodes`` counts applied operators, ``depth`` blocks within blocks. Statements and list items
    that make no node are limited too, in proportion to the nodes.
    """

    nodes: int = 100_000
    depth: int = 100

    @property
    def work(self) -> int:
        return 10 * self.nodes


class Budget:
    """What one expansion has used of its limits."""

    def __init__(self, limits: Limits, reporter: Reporter) -> None:
        self.limits = limits
        self.reporter = reporter
        self._work = 0
        self.applied = 0  # operators
        self._depth = 0

    @property
    def effort(self) -> int:
        """How much was done so far, whatever the machine: statements and operators."""
        return self._work + self.applied

    def spend(self, span: Span, work: int = 1) -> None:
        """Count a statement, or an item of a list."""
        self._work += work
        if self._work > self.limits.work:
            self._stop(
                span,
                f"this spec takes more than {self.limits.work:,} statements to expand",
            )

    def allow_repeats(self, count: int, span: Span) -> None:
        """A repeat that could not fit into the limit is refused before it begins."""
        if count > self.limits.nodes:
            raise fail(
                "too-large",
                f"{count:,} repeats are more than the limit of {self.limits.nodes:,}",
                span,
                help="write fewer, or raise the limit with --max-nodes",
            )

    def too_nested(self, span: Span) -> NoReturn:
        self.reporter.add(
            Diagnostic(
                "too-deep",
                "this statement is nested too deeply to be computed",
                Label(span),
                help="name parts of it, or make blocks of them",
            )
        )
        raise Stop

    def too_many_nodes(self, span: Span) -> NoReturn:
        self._stop(span, f"this model has more than {self.limits.nodes:,} nodes")

    def _stop(self, span: Span, message: str) -> NoReturn:
        self.reporter.add(
            Diagnostic("too-large", message, Label(span), help="raise the limit with --max-nodes")
        )
        raise Stop

    @contextmanager
    def nested(self, span: Span, name: str = "") -> Iterator[None]:
        """One level further in."""
        if self._depth >= self.limits.depth:
            self._too_deep(name, span)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def deeper(self, name: str, span: Span, arguments: str) -> Iterator[None]:
        """One block or function further in."""
        with self.nested(span, name), self.reporter.using(name, span, arguments):
            yield

    def _too_deep(self, name: str, span: Span) -> NoReturn:
        path = [name, *(use.block for use in self.reporter.uses)]
        recursive = next((block for block in path if path.count(block) > 1), None)
        message = (
            f"`{recursive}` calls itself without end"
            if recursive
            else f"blocks are nested more than {self.limits.depth} deep"
        )
        self.reporter.add(
            Diagnostic(
                "too-deep",
                message,
                Label(span, f"{self.limits.depth} blocks deep, and one more here"),
                help="end the recursion with a condition on a parameter that grows smaller: "
                "`if depth > 1 { ... }`; --max-depth raises the limit"
                if recursive
                else "raise the limit with --max-depth",
            )
        )
        raise Stop
