"""Containers: blocks, labelled groups and chains, and the branches of a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.graph.binding import arguments_text, bind_parameters
from archdsl.graph.graph import Value
from archdsl.graph.operators import needed
from archdsl.graph.report import fail
from archdsl.graph.scopes import OpenScope
from archdsl.graph.values import (
    MISSING,
    BlockStep,
    Bound,
    BranchesStep,
    Container,
    Env,
    GroupStep,
    OpStep,
    Pipeline,
    Tensor,
    unwrap,
)
from archdsl.ops import OPS
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Containers"]


class Containers:
    """Opens the containers of one expansion, fills them and closes them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def block(self, step: BlockStep, flow: Any, key: str | None, doc: str) -> Any:
        """A block, run on what flows in with the arguments it was given."""
        block = step.definition.item
        assert isinstance(block, tree.Block)
        machine = self.machine
        parameters = [(p.name, p.default is not None) for p in block.parameters]
        given = bind_parameters(block.name, parameters, step.arguments, step.span)
        scope = machine.assembly.open(key, "block", block=block.name, doc=doc, span=step.span)
        shown = arguments_text(step.arguments)
        with machine.budget.deeper(block.name, step.span, shown):
            env = machine.frames.begin(step.definition, given, flow, scope)
            with machine.assembly.inside(scope), machine.assembly.unguarded(scope):
                result = machine.statements.run(block.body, env, flow)
                if machine.tracing:
                    result = self._never_empty(scope, unwrap(result))
                machine.requirements.settle(scope, result)
        return self._close(scope, flow, result, env)

    def group(self, step: GroupStep, flow: Any, key: str | None, doc: str) -> Any:
        """Statements in braces; without a label they are no container."""
        with self.machine.budget.nested(step.span):
            return self._grouped(step, flow, key, doc)

    def _grouped(self, step: GroupStep, flow: Any, key: str | None, doc: str) -> Any:
        if key is None:
            inner = step.env.sharing(flow)
            return self.machine.statements.run(step.body, inner, flow)
        scope = self.machine.assembly.open(key, "group", doc=doc, span=step.span)
        env = step.env.inner(flow, step.body)
        with self.machine.assembly.inside(scope):
            result = self.machine.statements.run(step.body, env, flow)
            if self.machine.tracing:
                result = self._never_empty(scope, unwrap(result))
            self.machine.requirements.settle(scope, result)
        return self._close(scope, flow, result, env)

    def pipeline(self, step: Pipeline, flow: Any, key: str | None, doc: str) -> Any:
        """A chain that waited for what flows in; without a label it is no container."""
        flow = needed(flow, "this chain", step.span)
        if key is None:
            return self.machine.steps.chain(step.chain, step.env, flow, doc)
        scope = self.machine.assembly.open(key, "group", doc=doc, span=step.span)
        env = step.env.inner(MISSING)
        with self.machine.assembly.inside(scope):
            result = self.machine.steps.chain(step.chain, env, flow)
        return self._close(scope, flow, result, env)

    def branches(self, step: BranchesStep, flow: Any, key: str | None, doc: str) -> Any:
        """What flows in, through each of the branches, merged."""
        flow = needed(flow, step.head.op.name, step.span)
        branches = self.machine.statements.branches(step.body, step.env.sharing(flow), flow)
        if not branches:
            raise fail(
                "nothing-computed",
                f"`{step.head.op.name}` has no branches to merge",
                step.span,
                help="write one statement for each branch between the braces",
            )
        bound = tuple(Bound(None, [value], span) for value, span in branches)
        merged = OpStep(step.span, step.head.op, step.head.arguments + bound)
        return self.machine.operators.apply(merged, MISSING, False, key, doc)

    def _never_empty(self, scope: OpenScope, result: Any) -> Any:
        """For the compiler, a container that hands on what flows in holds an identity: so it is a
        module in every place where its block is used."""
        if scope.children or not isinstance(result, Tensor):
            return result
        node, _ = self.machine.assembly.add(OPS["identity"](), [result.value])
        return self.machine.operators.results(node)

    def _close(self, scope: OpenScope, flow: Any, result: Any, env: Env) -> Container:
        scope.source = _values_of(flow)
        scope.result = _values_of(result)
        made = Container(unwrap(result), env.names, scope)
        scope.outcome = made
        return made

    def child(self, container: Container, key: str) -> Any:
        """``body[2]``: a child without a label, by its number."""
        found = container.scope.keys.get(key, MISSING) if container.scope else MISSING
        if isinstance(found, int):
            return self.machine.operators.results(self.machine.assembly.nodes[found])
        return getattr(found, "outcome", None) or MISSING


def _values_of(flow: Any) -> tuple[Value, ...]:
    flow = unwrap(flow)
    if isinstance(flow, Tensor):
        return (flow.value,)
    if isinstance(flow, list):
        return tuple(value for item in flow for value in _values_of(item))
    return ()
