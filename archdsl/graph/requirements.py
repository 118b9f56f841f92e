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
from archdsl.graph.values import MISSING, UNKNOWN, Env, Tensor, is_flow, kind_of, unwrap
from archdsl.ops import Shape
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine
    from archdsl.graph.scopes import OpenScope

__all__ = ["Requirements"]

_Side = tuple[tree.Expression, Any]
_CHANGE = "change the network, or the requirement"
_COSTS = ("params", "macs", "flops")


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
        read = names_read(statement.condition) - set(BUILTINS)
        if all(env.find(name) is not MISSING for name in read):
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
            self._check(waiting.statement, env, outputs)

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
            return dict.fromkeys(_COSTS, UNKNOWN)
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
        return {"params": params, "macs": macs, "flops": counts.FLOPS_PER_MAC * macs}

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
            said = f"`{_written(statement.condition)}` does not hold"
            return Diagnostic("requirement", said, Label(statement.condition.span), help=_CHANGE)
        part = self._culprit(statement.condition, env)
        sides = self._sides(part, env)
        said = _told(part, sides)
        stated = f"{statement.message}: {said}" if statement.message else said
        leaves = {leaf.span.text: leaf for leaf in _leaves(part)}
        told = {side.span.text for side, _ in sides}
        notes = tuple(
            f"`{text}` is {_shown(self.machine.expressions.evaluate(leaf, env))}"
            for text, leaf in leaves.items()
            if text not in told
        )
        help = self._help(part, sides, env)
        sized = any(isinstance(value, tuple) for _, value in sides)
        label = Label(part.span)
        return Diagnostic("requirement", stated, label, (), notes, help, sized=sized)

    def _help(self, part: tree.Expression, sides: list[_Side], env: Env) -> str:
        if not sides or not isinstance(part, tree.Binary):
            return _CHANGE
        (left, value), (_, wanted) = sides
        if part.operator == "==" and isinstance(left, tree.Binary) and left.operator == "%":
            evaluate = self.machine.expressions.evaluate
            sizes = _nearest(evaluate(left.left, env), evaluate(left.right, env), wanted)
            if sizes:
                return f"it holds for `{_written(left.left)}` of {' or '.join(map(_shown, sizes))}"
        if part.operator not in ("==", "!=") and _is_number(value) and _is_number(wanted):
            return _distance(value, wanted)
        return _CHANGE

    def _culprit(self, node: tree.Expression, env: Env) -> tree.Expression:
        """The part of a conjunction that does not hold."""
        while isinstance(node, tree.Binary) and node.operator == "and":
            held = self.machine.expressions.truth(node.left, env)
            node = node.right if held else node.left
        return node

    def _sides(self, part: tree.Expression, env: Env) -> list[_Side]:
        if not isinstance(part, tree.Binary) or part.operator not in COMPARISONS:
            return []
        evaluate = self.machine.expressions.evaluate
        return [(side, unwrap(evaluate(side, env))) for side in (part.left, part.right)]


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


# ---- words


def _told(part: tree.Expression, sides: list[_Side]) -> str:
    """``this needs params <= 26,000,000, and there are 25,557,032``"""
    if not sides:
        return f"`{_written(part)}` does not hold"
    assert isinstance(part, tree.Binary)
    wanted = [_shown(v) if isinstance(s, tree.Constant) else _written(s) for s, v in sides]
    facts = [
        f"there are {_shown(value)}"
        if isinstance(side, tree.Name) and side.id in _COSTS
        else f"{_written(side)} is {_shown(value)}"
        for side, value in sides
        if not isinstance(side, tree.Constant)
    ]
    needs = f"this needs {wanted[0]} {part.operator} {wanted[1]}"
    return f"{needs}, and {' and '.join(facts)}" if facts else needs


def _written(node: tree.Expression) -> str:
    text = " ".join(node.span.text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _shown(value: Any) -> str:
    value = unwrap(value)
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    if isinstance(value, int):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, tuple):
        return "x".join(str(int(n) if isinstance(n, int) else n) for n in value)
    if isinstance(value, list):
        items = [_shown(item) for item in value[:8]]
        return f"[{', '.join(items)}{', ...' if len(value) > 8 else ''}]"
    if isinstance(value, Tensor):
        return f"a value of shape {value.shape}"
    return f'"{value}"' if isinstance(value, str) else kind_of(value)


def _leaves(node: Any) -> list[tree.Name | tree.Attribute]:
    """Names and attributes of names: what a condition speaks of."""
    if isinstance(node, tree.Unary):
        return _leaves(node.operand)
    if isinstance(node, tree.Binary):
        return _leaves(node.left) + _leaves(node.right)
    named = isinstance(node, tree.Attribute) and isinstance(node.value, tree.Name | tree.FlowIn)
    return [node] if named or isinstance(node, tree.Name) else []


# ---- help: where the requirement would hold


def _nearest(value: Any, divisor: Any, wanted: Any) -> list[Any]:
    """The nearest numbers or sizes below and above that leave a remainder: 300 of 32 has 288, 320.

    >>> _nearest((300, 320), 32, 0)
    [(288, 320), (320, 320)]
    """
    if isinstance(value, tuple):
        divisors = divisor if isinstance(divisor, tuple) else (divisor,) * len(value)
        remainders = wanted if isinstance(wanted, tuple) else (wanted,) * len(value)
        axes = [_nearest(*axis) for axis in zip(value, divisors, remainders, strict=True)]
        if not all(axes):
            return []
        return list(dict.fromkeys([tuple(a[0] for a in axes), tuple(a[-1] for a in axes)]))
    if not all(type(n) is int for n in (value, divisor, wanted)) or not 0 <= wanted < divisor:
        return []
    below = value - (value - wanted) % divisor
    return [n for n in (below, below if below == value else below + divisor) if n > 0]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _distance(value: float, wanted: float) -> str:
    apart = abs(value - wanted)
    share = f" ({apart / abs(wanted):.1%})" if wanted else ""
    way = "over" if value > wanted else "under"
    return f"it is {_shown(apart)}{share} {way}; {_CHANGE}"
