"""``require``: what a spec demands of the network it describes.

A requirement is checked where it stands. One that speaks of what is not known there (the costs, the
output, a name that is made further down) waits for the end of its model, block or container.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph import counts
from archdsl.graph.arithmetic import COMPARISONS
from archdsl.graph.functions import BUILTINS
from archdsl.graph.report import SpecError, fail
from archdsl.graph.scan import names_read
from archdsl.graph.unmet import (
    CHANGE,
    COSTS,
    Side,
    distance,
    is_number,
    leaves,
    nearest,
    shown,
    stated,
    written,
)
from archdsl.graph.values import MISSING, UNKNOWN, Env, is_flow, unwrap
from archdsl.ops import Shape
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine
    from archdsl.graph.scopes import OpenScope

__all__ = ["TOTALS", "Requirements"]

TOTALS = (*COSTS, "out")
"""What a requirement can read that nothing in the spec has to make."""


@dataclass(frozen=True)
class _Waiting:
    scope: OpenScope
    statement: tree.Require
    env: Env
    names: dict[str, Any]
    """What names meant where it stands: in a loop they mean something else at the end."""


class Requirements:
    """Those of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._waiting: list[_Waiting] = []
        self._told = 0  # errors that requirements gave

    def meet(self, statement: tree.Require, env: Env) -> None:
        """Check a requirement, or keep it for the end."""
        if all(env.find(name) is not MISSING for name in _read(statement)):
            self._check(statement, env)
            return
        scope = self.machine.assembly.scope
        self._waiting.append(_Waiting(scope, statement, env, dict(env.names)))

    def settle(self, scope: OpenScope, result: Any, outputs: Collection[str] = ()) -> None:
        """Check what waited for the end of a container that hands on ``result``.

        A model with several ``outputs`` has no single result.
        """
        due = [waiting for waiting in self._waiting if waiting.scope is scope]
        if not due:
            return
        self._waiting = [waiting for waiting in self._waiting if waiting.scope is not scope]
        known = self._costs(scope)
        if is_flow(result):
            known["out"] = unwrap(result)
        for waiting in due:
            before = waiting.env
            own = {name: value for name, value in known.items() if before.find(name) is MISSING}
            env = Env(own | waiting.names, before)
            env.names |= self._lost(waiting.statement, env)
            self._check(waiting.statement, env, outputs)

    def _lost(self, statement: tree.Require, env: Env) -> dict[str, Any]:
        """Outputs that went wrong, which was told, and in inference what only training has."""
        lost = self.machine.failed_outputs | self.machine.left_out
        nowhere = (name for name in _read(statement) & lost if env.find(name) is MISSING)
        return dict.fromkeys(nowhere, UNKNOWN)

    def settle_all(self, root: OpenScope, result: Any, outputs: Collection[str]) -> None:
        """Check the rest, at the end of the model: also of containers that were not finished."""
        while any(waiting.scope is not root for waiting in self._waiting):
            unfinished = next(w.scope for w in self._waiting if w.scope is not root)
            self.settle(unfinished, UNKNOWN)
        self.settle(root, result, outputs)

    def _costs(self, scope: OpenScope) -> dict[str, Any]:
        assembly = self.machine.assembly
        errors = sum(diagnostic.is_error for diagnostic in self.machine.reporter.found)
        if errors > self._told or assembly.explorer is not None:
            return dict.fromkeys(COSTS, UNKNOWN)
        params = macs = 0
        modules: set[int] = set()
        for index in _nodes(scope):
            node = assembly.nodes[index]
            inputs = [_known(assembly.shape(value)) for value in node.inputs]
            refs = {name: _known(assembly.shape(value)) for name, value in node.refs}
            if node.module not in modules:
                modules.add(node.module)
                params += counts.params_and_buffers(node.op, inputs, refs)[0]
            if not node.train_only:
                macs += counts.macs(node.op, inputs, refs, _known(node.shapes[0]))
        whole = scope is not assembly.root or not self.machine.left_out  # all outputs count
        total = params if whole else UNKNOWN
        return {"params": total, "macs": macs, "flops": counts.FLOPS_PER_MAC * macs}

    # ---- one requirement

    def _check(self, statement: tree.Require, env: Env, outputs: Collection[str] = ()) -> None:
        assembly = self.machine.assembly
        mark = assembly.mark()
        try:
            if len(outputs) > 1 and env.find("out") is MISSING:
                _refuse_out(statement.condition, outputs)
            held = self.machine.expressions.truth(statement.condition, env)
            broken = None if held else self._broken(statement, env)
            if len(assembly.nodes) > mark[0]:
                raise _computes(statement)
        except SpecError as error:
            broken = error.diagnostic
        if len(assembly.nodes) > mark[0]:
            assembly.back_to(mark)
        self._tell(broken)

    def _tell(self, broken: Diagnostic | None) -> None:
        reporter = self.machine.reporter
        before = len(reporter.found)
        reporter.add(broken)
        self._told += len(reporter.found) - before

    def _broken(self, statement: tree.Require, env: Env) -> Diagnostic:
        if self.machine.assembly.explorer is not None:  # for many sizes at once: there is no number
            said = f"`{written(statement.condition)}` does not hold"
            return Diagnostic("requirement", said, Label(statement.condition.span), help=CHANGE)
        part = self._culprit(statement.condition, env)
        sides = self._sides(part, env)
        said = stated(part, sides)
        message = f"{statement.message}: {said}" if statement.message else said
        spoken_of = {leaf.span.text: leaf for leaf in leaves(part)}
        told = {side.span.text for side, _ in sides}
        notes = tuple(
            f"`{text}` is {shown(self.machine.expressions.evaluate(leaf, env))}"
            for text, leaf in spoken_of.items()
            if text not in told
        )
        help = self._help(part, sides, env)
        sized = any(isinstance(value, tuple) for _, value in sides)
        label = Label(part.span)
        return Diagnostic("requirement", message, label, (), notes, help, sized=sized)

    def _help(self, part: tree.Expression, sides: list[Side], env: Env) -> str:
        if not sides or not isinstance(part, tree.Binary):
            return CHANGE
        (left, value), (_, wanted) = sides
        if part.operator == "==" and isinstance(left, tree.Binary) and left.operator == "%":
            evaluate = self.machine.expressions.evaluate
            sizes = nearest(evaluate(left.left, env), evaluate(left.right, env), wanted)
            if sizes:
                return f"it holds for `{written(left.left)}` of {' or '.join(map(shown, sizes))}"
        if part.operator not in ("==", "!=") and is_number(value) and is_number(wanted):
            return distance(part.operator, sides)
        return CHANGE

    def _culprit(self, node: tree.Expression, env: Env) -> tree.Expression:
        """The part of a conjunction that does not hold."""
        while isinstance(node, tree.Binary) and node.operator == "and":
            held = self.machine.expressions.truth(node.left, env)
            node = node.right if held else node.left
        return node

    def _sides(self, part: tree.Expression, env: Env) -> list[Side]:
        if not isinstance(part, tree.Binary) or part.operator not in COMPARISONS:
            return []
        evaluate = self.machine.expressions.evaluate
        return [(side, unwrap(evaluate(side, env))) for side in (part.left, part.right)]


def _read(statement: tree.Require) -> set[str]:
    return names_read(statement.condition) - set(BUILTINS)


def _known(shape: Shape | None) -> Shape:
    assert shape is not None, "shapes are unknown only where there are errors"
    return shape


def _nodes(scope: OpenScope) -> list[int]:
    """The nodes of a container, those of the containers in it among them."""
    found: list[int] = []
    waiting: list[Any] = [scope]
    while waiting:
        child = waiting.pop()
        if isinstance(child, int):
            found.append(child)
        else:
            waiting.extend(child.children)
    return found


def _computes(statement: tree.Require) -> SpecError:
    return fail(
        "wrong-kind",
        "a requirement speaks of what is there, and this would add a step",
        statement.condition.span,
        help="give the value a name in a statement of its own, and compare what is known of it",
    )


def _refuse_out(node: Any, outputs: Collection[str]) -> None:
    """Raises :class:`SpecError` for ``out`` where there are several outputs."""
    if "out" in names_read(node):
        known = [f"`{name}`" for name in outputs]
        raise fail(
            "unknown-name",
            f"`out` could be any of {len(known)} outputs",
            node.span,
            help=f"name the one you mean: {' or '.join(known[:8])}",
        )
