"""What names mean where they stand, and what was meant where they mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Label
from archdsl.diagnostics.edits import replaced
from archdsl.graph.elsewhere import MODULES, own_name
from archdsl.graph.functions import BUILTINS
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
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
from archdsl.ops.describe import choices
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Lookup", "is_incomplete", "is_nameless"]

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
        if found is UNKNOWN:  # it may have been a block or a step
            raise SpecError(None)
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
        made = self.machine.usage.made_elsewhere(node.id, node.span, env)
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
        if is_nameless(env) or (is_incomplete(env) and _may_be_lost(node.id, names)):
            return SpecError(None)
        if not step and node.id in _words():
            return fail(
                "unknown-name",
                f"nothing is named `{node.id}` here",
                node.span,
                help=f'a word stands in quotes: "{node.id}"',
                fixes=[replaced(node.span, f'"{node.id}"')],
            )
        if found := _inside(node, names):
            return found
        steps = {name for name, v in names.items() if not is_flow(unwrap(v))} | set(OPS)
        first = steps if step else {*names, *_CONSTANTS}
        known = first if closest(node.id, first) else {*OPS, *BUILTINS, *steps}
        meant, fixes = closest(node.id, known), spelled(node.span, node.id, known)
        own = own_name(node.id)
        if own is not None and meant not in names:
            meant, fixes = own, [replaced(node.span, own)]
        help = f"did you mean `{meant}`?" if meant else self._no_idea(step)
        if step or (meant in OPS and meant not in names):
            message = f"no operator, block or function is named `{node.id}`"
            return fail("unknown-operator", message, node.span, help=help, fixes=fixes)
        message = f"nothing is named `{node.id}` here"
        return fail("unknown-name", message, node.span, help=help, fixes=fixes)

    def of_a_module(self, node: tree.Attribute, env: Env) -> SpecError | None:
        """What is said of `nn.Conv2d`: an operator as another library names it."""
        root = node.value
        while isinstance(root, tree.Attribute):
            root = root.value
        if not isinstance(root, tree.Name) or root.id not in MODULES:
            return None
        if self.value_named(root.id, env) is not MISSING:
            return None
        own = own_name(node.name)
        if root.id == "self" and self._is_of_the_spec(node, env):
            own = node.name
        if own is None:
            message = f"nothing is named `{root.id}` here"
            return fail("unknown-name", message, root.span, help=self._no_idea(True))
        return fail(
            "unknown-operator",
            f"no operator, block or function is named `{node.span.text}`",
            node.span,
            help=f"labels and blocks stand for themselves: `{own}`"
            if own not in OPS
            else f"operators belong to no module: `{own}`",
            # What stands behind `self` was named by the author.
            fixes=[replace(replaced(node.span, own), decides=root.id == "self")],
        )

    def _is_of_the_spec(self, node: tree.Attribute, env: Env) -> bool:
        return (
            env.find(node.name) is not MISSING
            or self.machine.usage.made_elsewhere(node.name, node.span, env) is not None
        )

    def _no_idea(self, step: bool) -> str:
        if step:
            return "`archdsl ops` lists the operators; blocks of other files come with `use`"
        return "give a step that name with a label: `name: step`, or compute it: `name = ...`"


def _inside(node: tree.Name, names: dict[str, Any]) -> SpecError | None:
    """What is said of a name that stands in a container, and is known only there."""
    within = [
        name
        for name, value in names.items()
        if isinstance(value, Container) and node.id in value.names
    ]
    if len(within) != 1:
        return None
    whole = f"{within[0]}.{node.id}"
    return fail(
        "unknown-name",
        f"nothing is named `{node.id}` here",
        node.span,
        help=f"it stands in `{within[0]}`: `{whole}`",
        fixes=[replace(replaced(node.span, whole), decides=True)],
    )


def _words() -> set[str]:
    """The words that arguments of operators may be."""
    found = [choices(op, name) for op in OPS.values() for name in op.model_fields]
    return {word[1:-1] for words in found for word in words if word.startswith('"')}


def _may_be_lost(name: str, names: dict[str, Any]) -> bool:
    """Whether a name may come from what could not be read: it is like nothing that is known,
    or like something that was lost."""
    lost = {known for known, value in names.items() if value is UNKNOWN}
    if any(known.startswith(name) for known in lost) or closest(name, lost):
        return True
    return not closest(name, {*names, *OPS, *BUILTINS} - lost)


def is_incomplete(env: Env) -> bool:
    """Whether names may be missing because something could not be read."""
    return any(reach.incomplete for reach in _around(env))


def is_nameless(env: Env) -> bool:
    """Whether something was lost whose name nobody can tell."""
    return any(reach.nameless for reach in _around(env))


def _around(env: Env) -> Iterator[Env]:
    reach: Env | None = env
    while reach is not None:
        yield reach
        reach = reach.parent
