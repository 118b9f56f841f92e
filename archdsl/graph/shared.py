"""Shared modules: one set of weights, declared once and applied as often as it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph.graph import Node
from archdsl.graph.labels import bind_label
from archdsl.graph.report import fail
from archdsl.graph.values import (
    BROKEN,
    UNKNOWN,
    BlockStep,
    Env,
    GroupStep,
    OpStep,
    Pipeline,
    SharedModule,
    contains_unknown,
    kind_of,
    unwrap,
)
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["SharedModules"]


class SharedModules:
    """Those of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.declared: list[SharedModule] = []
        self._applied: dict[int, Span] = {}  # where each shared node was applied first

    def declare(self, statement: tree.ModuleDeclaration, env: Env) -> None:
        """Keep a place for a module; nothing is made before it is applied."""
        label = self.machine.labels.text(statement.label, env)
        step = self.machine.expressions.evaluate(statement.step, env)
        if not isinstance(step, OpStep | BlockStep | GroupStep | Pipeline):
            raise fail(
                "wrong-kind",
                f"a module is declared with a step, not {kind_of(step)}",
                statement.step.span,
                help="write `module name: block(...)`",
            )
        assembly = self.machine.assembly
        self.machine.labels.refuse_reserved(label, statement.label.span)
        if assembly.taken(label):
            raise fail(
                "duplicate-name",
                f"two children of one container are named `{label}`",
                statement.label.span,
                help="give the module a name that nothing else has",
            )
        place = assembly.reserve(label)
        key = label.rpartition(".")[2]
        module = SharedModule(statement.label.span, key, step, place.home, place)
        self.declared.append(module)
        bind_label(env, label, module)

    def apply(self, step: SharedModule, flow: Any, label: tree.Label | None) -> Any:
        """The result of a module for what flows."""
        if label is not None:
            raise fail(
                "bad-label",
                f"this module has its name already: `{step.label}`",
                label.span,
                help=f"leave the label out, or name the value: `... = x -> {step.label}`",
            )
        with self.machine.reporter.using(step.label, step.span, ""):
            return self._apply(step, flow)

    def _apply(self, step: SharedModule, flow: Any) -> Any:
        assembly = self.machine.assembly
        if BROKEN in step.modules:
            return UNKNOWN
        if step.reserved.home is not None:
            before = len(assembly.nodes)
            result: Any = UNKNOWN
            try:
                with assembly.inside(step.home), assembly.claiming(step.reserved):
                    result = self._run(step, flow)
            finally:
                # Each module once, in order: what is shared inside comes again by itself.
                step.modules.extend(dict.fromkeys(node.module for node in assembly.nodes[before:]))
                if unwrap(result) is UNKNOWN:
                    step.modules[:] = [BROKEN]
            self._applied.update(dict.fromkeys(step.modules, step.span))
            return result
        rest = iter(step.modules)
        with assembly.again(step.label, rest, step.home):
            result = self._run(step, flow)
        left = next(rest, None)
        if left is not None and not contains_unknown(result):
            self._conflict(assembly.nodes[left], step.span)
        return result

    def _run(self, module: SharedModule, flow: Any) -> Any:
        return self.machine.steps.run(module.step, flow, given=True, key=module.label)

    def check(self, node: Node, span: Span) -> None:
        """One set of weights must fit every application of a shared module."""
        again = node.module != node.index
        if not again and self.machine.assembly.scope.replay is None:
            return
        first = self.machine.assembly.nodes[node.module]
        made, wanted = self.machine.assembly.weights(first), self.machine.assembly.weights(node)
        if again and first.op == node.op and made == wanted:
            return
        notes = f"made: {_listed(made)}; needed here: {_listed(wanted)}" if again else ""
        self._conflict(first, span, (notes,) if notes else ())

    def _conflict(self, first: Node, span: Span, notes: tuple[str, ...] = ()) -> None:
        place = self._applied.get(first.index)
        self.machine.reporter.add(
            Diagnostic(
                "conflicting-weights",
                f"`{first.name.partition('@')[0]}` is shared, but would need other weights here",
                Label(span),
                secondary=(Label(place, "its weights were made for this"),) if place else (),
                notes=notes,
                help="apply it to values with the same number of channels, "
                "or use the block twice instead of one module",
            )
        )


def _listed(weights: Any) -> str:
    shapes = {name: "x".join(map(str, w.shape)) for name, w in (weights or {}).items()}
    return ", ".join(f"{name} {shape or 'a number'}" for name, shape in shapes.items()) or "none"
