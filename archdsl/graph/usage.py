"""Which names the bodies of a spec make and read: what is computed for nobody, and where something
that is unknown here is made."""

from __future__ import annotations

from archdsl.diagnostics.edits import removed, replaced, without
from archdsl.graph.report import Reporter
from archdsl.graph.scan import names_made, names_read
from archdsl.graph.values import Env
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Usage"]


class Usage:
    """The names of each body, looked up once however often the body runs."""

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter
        self._checked: set[tree.Node] = set()
        self._made: dict[tree.Body, dict[str, Span]] = {}
        self._read: dict[tree.Body, set[str]] = {}

    def check_parameters(self, item: tree.Block | tree.Model) -> None:
        """Warn of parameters that a body never reads."""
        if item in self._checked:
            return
        self._checked.add(item)
        read = names_read(item.body) | {
            name for p in item.parameters if p.default for name in names_read(p.default)
        }
        self._read[item.body] = read
        for parameter in item.parameters:
            if parameter.name not in read:
                self.reporter.warn(
                    "unused-parameter",
                    f"`{item.name}` never reads its parameter `{parameter.name}`",
                    parameter.span,
                    "use it, or remove it here and where the block is used",
                    [removed(parameter.span)] if isinstance(item, tree.Block) else [],
                )

    def check_read(self, statement: tree.Assignment, env: Env) -> None:
        """What is computed for nobody; of values of the network the graph tells it."""
        if statement in self._checked:
            return
        self._checked.add(statement)
        reach: Env | None = env
        while reach is not None and (reach.body is None or reach.body not in self._read):
            reach = reach.parent
        if reach is None or reach.body is None:
            return
        for name in statement.targets:
            if name.id not in self._read[reach.body] and not name.id.startswith("_"):
                self.reporter.warn(
                    "unused-result",
                    f"`{name.id}` is never read",
                    name.span,
                    "use it, or remove it; a name that begins with `_` may be unused",
                    [replaced(name.span, f"_{name.id}"), without(statement.span)],
                )

    def made_elsewhere(self, name: str, span: Span, env: Env) -> Span | None:
        """Where a name is made in one of the bodies around: further down, or not this time."""
        reach: Env | None = env
        while reach is not None:
            if reach.body is not None and reach.body.span.source is span.source:
                made = self._made_in(reach.body).get(name)
                if made is not None:
                    return made
            reach = reach.parent
        return None

    def _made_in(self, body: tree.Body) -> dict[str, Span]:
        """Where each name of a body is made first; looked up once, however many are unknown."""
        if body not in self._made:
            made = self._made[body] = {}
            for one in names_made(body):
                made.setdefault(one.id if isinstance(one, tree.Name) else one.span.text, one.span)
        return self._made[body]
