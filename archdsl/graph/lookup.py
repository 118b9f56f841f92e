"""What names mean where they stand, and what was meant where they mean nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Label
from archdsl.graph.functions import BUILTINS
from archdsl.graph.report import SpecError, closest, fail
from archdsl.graph.values import (
    MISSING,
    BlockStep,
    Container,
    Definition,
    Env,
    Function,
    OpStep,
    SharedModule,
    is_flow,
    unwrap,
)
from archdsl.ops import OPS
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Lookup"]

_CONSTANTS = ("true", "false", "none")


class Lookup:
    """Names of the spec first, then operators, then functions."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def value_named(self, name: str, env: Env) -> Any:
        found = env.find(name)
        if found is not MISSING:
            return found
        return OPS.get(name, BUILTINS.get(name, MISSING))

    def callable_named(self, node: tree.Name, env: Env) -> Any:
        """What a name means where only a step or function can stand.

        A label may have an operator's name, as ``conv: conv(...)``; a value is never meant there.
        """
        reach: Env | None = env
        while reach is not None:
            found = reach.names.get(node.id, MISSING)
            if found is not MISSING and not is_flow(found) and not isinstance(found, Container):
                return found
            reach = reach.parent
        if node.id in OPS:
            return OPS[node.id]
        found = BUILTINS.get(node.id, MISSING)
        if found is not MISSING:
            return found
        found = env.find(node.id)
        if found is MISSING:
            raise self.unknown(node, env, step=True)
        raise fail(
            "wrong-kind",
            f"`{node.id}` is a value, and a value is not a step",
            node.span,
            help=f"to go on from it, begin a statement with it: `{node.id} -> ...`",
        )

    def as_value(self, found: Any, span: Span) -> Any:
        """Operators and blocks named without arguments are steps."""
        if isinstance(found, type):
            return OpStep(span, found)
        if isinstance(found, Definition) and isinstance(found.item, tree.Block):
            return BlockStep(span, found)
        if isinstance(found, Definition) and isinstance(found.item, tree.Fn):
            return Function(found)
        if isinstance(found, SharedModule):
            return replace(found, span=span)
        return found

    def unknown(self, node: tree.Name, env: Env, *, step: bool = False) -> SpecError:
        made = self.machine.made_elsewhere(node.id, node.span, env)
        line = made.position[0] if made else 0
        if made and made.start < node.span.start:
            return fail(
                "unknown-name",
                f"`{node.id}` does not exist here: what makes it did not run",
                node.span,
                secondary=(Label(made, "made here only"),),
                help="make it in every case, or use it only where it is made",
            )
        if made:
            return fail(
                "unknown-name",
                f"`{node.id}` is used before it exists",
                node.span,
                help=f"it is made on line {line}: move this statement below it",
            )
        names = env.all_names()
        if _is_incomplete(env) and not closest(node.id, {*names, *OPS, *BUILTINS}):
            return SpecError(None)  # it may come from the file that could not be used
        steps = {name for name, v in names.items() if not is_flow(unwrap(v))} | set(OPS)
        first = steps if step else {*names, *_CONSTANTS}
        meant = closest(node.id, first) or closest(node.id, {*OPS, *BUILTINS, *steps})
        help = f"did you mean `{meant}`?" if meant else self._no_idea(step)
        if step or (meant in OPS and meant not in names):
            message = f"no operator, block or function is named `{node.id}`"
            return fail("unknown-operator", message, node.span, help=help)
        return fail("unknown-name", f"nothing is named `{node.id}` here", node.span, help=help)

    def _no_idea(self, step: bool) -> str:
        if step:
            return "`archdsl ops` lists the operators; blocks of other files come with `use`"
        return "give a step that name with a label: `name: step`, or compute it: `name = ...`"


def _is_incomplete(env: Env) -> bool:
    reach: Env | None = env
    while reach is not None:
        if reach.incomplete:
            return True
        reach = reach.parent
    return False
