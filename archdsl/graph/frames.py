"""Frames: a block, a model or a function begins to run, with its parameters as its names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archdsl.graph.binding import arguments_text, bind_parameters
from archdsl.graph.report import fail
from archdsl.graph.scopes import OpenScope
from archdsl.graph.symbol import Symbol
from archdsl.graph.values import Bound, Definition, Env, unwrap
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Frames"]

_WORK_OF_A_CALL = 4  # beyond that of its statements


class Frames:
    """Numbers the frames of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._count = 0

    def begin(
        self, definition: Definition, given: Mapping[str, Bound], flow: Any, scope: OpenScope
    ) -> Env:
        """The names of a block or model that begins to run: its parameters."""
        if scope.span is not None:
            self.machine.budget.spend(scope.span, _WORK_OF_A_CALL)
        self._count += 1
        scope.frame = self._count
        env = Env({}, definition.env, flow)
        item = definition.item
        assert isinstance(item, tree.Block | tree.Model)
        env.body = item.body
        self._parameters(item, given, env)
        scope.arguments = dict(env.names)
        scope.about = item.doc
        scope.defaults = {
            p.name: p.default.value for p in item.parameters if isinstance(p.default, tree.Constant)
        }
        if self.machine.tracing:
            for name, value in env.names.items():
                env.names[name] = self._traced(value, ("param", scope.frame, name))
        self.machine.usage.check_parameters(item)
        return env

    def call(self, definition: Definition, arguments: Sequence[Bound], span: Span) -> Any:
        """What a function gives."""
        item = definition.item
        if not isinstance(item, tree.Fn):
            raise fail(
                "wrong-kind",
                f"`{item.name}` is a model, and a model is not a step",
                span,
                help="make a `block` of what both should share",
            )
        parameters = [(p.name, p.default is not None) for p in item.parameters]
        given = bind_parameters(item.name, parameters, arguments, span)
        env = Env({}, definition.env)
        with self.machine.budget.deeper(item.name, span, arguments_text(arguments)):
            self.machine.budget.spend(span, _WORK_OF_A_CALL)
            self._parameters(item, given, env)
            return self.machine.expressions.evaluate(item.value, env)

    def _parameters(
        self, item: tree.Block | tree.Model | tree.Fn, given: Mapping[str, Bound], env: Env
    ) -> None:
        for parameter in item.parameters:
            if parameter.name in given:
                env.names[parameter.name] = given[parameter.name].value
            elif parameter.default is not None:
                value = self.machine.expressions.evaluate(parameter.default, env)
                env.names[parameter.name] = unwrap(value)

    def _traced(self, value: Any, atom: tuple[Any, ...]) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return Symbol.atom(int(value), atom)
