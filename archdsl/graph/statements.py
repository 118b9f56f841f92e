"""Running statements: what a body does to the names and to what flows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics.edits import without
from archdsl.graph.init_rules import add_rules
from archdsl.graph.labels import bind_label
from archdsl.graph.report import SpecError, fail
from archdsl.graph.scan import names_made
from archdsl.graph.values import MISSING, UNKNOWN, Env, contains_tensor, is_flow, unwrap
from archdsl.ops import OPS
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Statements"]


_KEEPS_FLOW = ("init", "module", "output", "require", "train")
"""What a statement begins with that does not change what flows."""
_NAMELESS = re.compile(r"(?:^|->)\s*[:=]")
_LACKS_SIGN = re.compile(r"\w+(?=[ \t]+\w)")  # a name, and behind it no `:` or `=`
_ASSIGNS = re.compile(r"\w+(?:\s*,\s*\w+)*\s*=(?!=)")


@dataclass
class _Frame:
    """A body that is running."""

    env: Env
    flow: Any
    operands: list[tuple[Any, Span]] | None = None
    returned: bool = False


class Statements:
    """Runs bodies, one statement after the other."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._made: dict[tree.Statement, tuple[tree.Label | tree.Name, ...]] = {}
        self._kinds: Mapping[type[tree.Node], Callable[[Any, _Frame], None]] = {
            tree.Hole: self._hole,
            tree.Flow: self._flow,
            tree.Input: self._input,
            tree.Output: self._output,
            tree.Init: self._init,
            tree.ModuleDeclaration: self._module,
            tree.Assignment: self._assignment,
            tree.Return: self._return,
            tree.If: self._if,
            tree.For: self._for,
            tree.Require: self._require,
        }

    def run(self, body: tree.Body, env: Env, flow: Any) -> Any:
        """The value a body hands on: what it returns, else its last value."""
        frame = _Frame(env, flow)
        self._body(body, frame)
        return frame.flow

    def branches(self, body: tree.Body, env: Env, flow: Any) -> list[tuple[Any, Span]]:
        """One value for each statement; every statement takes the same flow."""
        operands: list[tuple[Any, Span]] = []
        self._body(body, _Frame(env, flow, operands))
        return operands

    def _body(self, body: tree.Body, frame: _Frame) -> None:
        for index, statement in enumerate(body.statements):
            if frame.returned:
                if isinstance(body.statements[index - 1], tree.Return):
                    self._unreachable(statement, body.statements[-1])
                return
            self.machine.budget.spend(statement.span)
            try:
                self._kinds[type(statement)](statement, frame)
            except SpecError as error:
                self.machine.reporter.add(error.diagnostic)
                self.machine.reporter.pass_over(statement.span)
                self._give_up(statement, frame)
            except RecursionError:
                self.machine.budget.too_nested(statement.span)

    def _unreachable(self, statement: tree.Statement, last: tree.Statement) -> None:
        rest = Span(statement.span.source, statement.span.start, last.span.end)
        self.machine.reporter.warn(
            "unreachable",
            "this statement is never reached: the body has returned",
            statement.span,
            "remove it, or move it above the `return`",
            [replace(without(rest), decides=True)],  # or what it computes was to be returned
        )

    def _give_up(self, statement: tree.Statement, frame: _Frame) -> None:
        """What a statement that failed would have made is unknown, and not complained about."""
        frame.flow = UNKNOWN
        if statement not in self._made:  # in a loop it may fail many times
            self._made[statement] = tuple(names_made(statement))
        for made in self._made[statement]:
            name = made.id if isinstance(made, tree.Name) else self._name_of(made, frame.env)
            if name and frame.env.names.get(name) is not UNKNOWN:
                bind_label(frame.env, name, UNKNOWN)
        if isinstance(statement, tree.Input):
            self.machine.lost_inputs = True
            frame.env.flow_in = UNKNOWN
        if isinstance(statement, tree.Return):
            frame.returned = True
        if isinstance(statement, tree.Output):
            outputs = self.machine.failed_outputs
            outputs.add(statement.label.span.text)

    def _name_of(self, label: tree.Label, env: Env) -> str:
        try:
            return self.machine.labels.text(label, env)
        except SpecError:
            return ""

    # ---- one method for each kind

    def _hole(self, hole: tree.Hole, frame: _Frame) -> None:
        """What could not be read makes values that are unknown, and is not complained about."""
        self.machine.reporter.pass_over(hole.span)
        self.machine.assembly.scope.incomplete = True
        if frame.operands is not None:
            frame.operands.append((UNKNOWN, hole.span))
        elif hole.word not in _KEEPS_FLOW and not _ASSIGNS.match(hole.span.text):
            frame.flow = UNKNOWN
        self._forget(hole, frame.env)
        if hole.word == "input":
            self.machine.lost_inputs = True
            frame.env.flow_in = UNKNOWN
        if hole.word in ("output", "train"):
            self.machine.failed_outputs.add(hole.span.text)
        if hole.word == "return":
            frame.returned = True

    def _forget(self, hole: tree.Hole, env: Env) -> None:
        """Every name that it may have made is unknown."""
        assigned = _ASSIGNS.match(hole.span.text) or _LACKS_SIGN.match(hole.span.text)
        targets = set(re.findall(r"\w+", assigned[0])) if assigned else set()
        for name in hole.names:
            known = self.machine.expressions.names.value_named(name.id, env) is not MISSING
            if not known or (name.id in targets and name.id not in OPS):
                env.names[name.id] = UNKNOWN
        env.nameless |= _NAMELESS.search(hole.span.text) is not None
        for made in names_made(hole):
            text = made.id if isinstance(made, tree.Name) else self._name_of(made, env)
            if text:
                bind_label(env, text, UNKNOWN)
            else:
                env.nameless = True

    def _flow(self, statement: tree.Flow, frame: _Frame) -> None:
        result = self.machine.steps.chain(statement.chain, frame.env, frame.flow, statement.doc)
        if frame.operands is not None:
            frame.operands.append((result, statement.chain.span))
        else:
            frame.flow = result

    def _input(self, statement: tree.Input, frame: _Frame) -> None:
        self._only_in_model("input", statement.span)
        frame.flow = self.machine.ports.input(statement, frame.env)

    def _output(self, statement: tree.Output, frame: _Frame) -> None:
        self._only_in_model("output", statement.span)
        self.machine.ports.output(statement, frame.env, frame.flow)

    def _init(self, statement: tree.Init, frame: _Frame) -> None:
        self._only_in_model("init", statement.span)
        add_rules(self.machine, statement, frame.env)

    def _module(self, statement: tree.ModuleDeclaration, frame: _Frame) -> None:
        self.machine.shared.declare(statement, frame.env)

    def _assignment(self, statement: tree.Assignment, frame: _Frame) -> None:
        expressions = self.machine.expressions
        value = unwrap(expressions.evaluate(statement.value, frame.env, statement.doc))
        targets = tuple(name.id for name in statement.targets)
        expressions.lists.assign(targets, value, frame.env, statement.span)
        if not contains_tensor(value):
            self.machine.usage.check_read(statement, frame.env)

    def _return(self, statement: tree.Return, frame: _Frame) -> None:
        values = [self._returned(value, frame) for value in statement.values]
        frame.flow = values[0] if len(values) == 1 else values
        frame.returned = True

    def _returned(self, node: tree.Expression, frame: _Frame) -> Any:
        value = unwrap(self.machine.expressions.evaluate(node, frame.env))
        if is_flow(value):
            return value
        value = self.machine.steps.chain(node, frame.env, frame.flow)
        return unwrap(value)

    def _if(self, statement: tree.If, frame: _Frame) -> None:
        taken = self.machine.expressions.truth(statement.condition, frame.env)
        body = statement.then if taken else statement.otherwise
        if not self.machine.tracing:
            if body is not None:
                self._body(body, frame)
            return
        with self.machine.assembly.guarded(statement, taken):
            if body is not None:
                self._body(body, frame)

    def _for(self, statement: tree.For, frame: _Frame) -> None:
        expressions = self.machine.expressions
        for item in expressions.lists.items(statement.iterable, frame.env):
            self.machine.budget.spend(statement.span)
            expressions.lists.assign(statement.targets, item, frame.env, statement.span)
            self._body(statement.body, frame)
            if frame.returned:
                return

    def _require(self, statement: tree.Require, frame: _Frame) -> None:
        if not self.machine.tracing:  # it was checked before anything is compiled
            self.machine.requirements.meet(statement, frame.env)

    def _only_in_model(self, what: str, span: Span) -> None:
        if self.machine.assembly.scope is not self.machine.assembly.root:
            raise fail(
                "bad-label",
                f"`{what}` stands in a model, not inside a block or container",
                span,
                help="move it to the model, outside of any braces; a block has `in` and `return`",
            )
