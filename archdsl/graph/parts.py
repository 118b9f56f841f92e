"""Parts of values: `x.channels`, `pool.indices`, `sizes[0]`, `body[2]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.call_text import shortened, with_argument
from archdsl.graph.lookup import is_nameless
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.symbol import Symbol
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    Container,
    Env,
    Tensor,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Parts"]


class Parts:
    """Attributes and items of the values of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def attribute(self, node: tree.Attribute, env: Env) -> Any:
        """``x.name``: what is inside a container, or what is known of a value of the network."""
        value = self._whole(node, env)
        if isinstance(value, Container) and node.name in value.names:
            return value.names[node.name]
        inner = value.names if isinstance(value, Container) else {}
        lost = isinstance(value, Container) and (
            is_nameless(env) or getattr(value.scope, "incomplete", False)
        )
        value = unwrap(value)
        if value is UNKNOWN or lost:
            raise SpecError(None)
        if isinstance(value, Tensor):
            found = self._of_tensor(value, node.name)
            if found is not MISSING:
                return found
        known = (*inner, *self._tensor_attributes(value)) if is_flow(value) else tuple(inner)
        if isinstance(value, Tensor) and node.name in known:
            raise self._result_not_made(value, node)
        meant = closest(node.name, known)
        raise fail(
            "bad-index",
            f"{kind_of(value)} has no `{node.name}`",
            node.name_span,
            help=f"did you mean `.{meant}`?"
            if meant
            else f"it has {', '.join(f'`.{name}`' for name in known) or 'no parts'}",
            fixes=spelled(node.name_span, node.name, known),
        )

    def _whole(self, node: tree.Attribute, env: Env) -> Any:
        """What it is a part of."""
        expressions = self.machine.expressions
        try:
            return expressions.known(node.value, env)
        except SpecError as error:
            raise expressions.names.of_a_module(node, env) or error from None

    def _result_not_made(self, tensor: Tensor, node: tree.Attribute) -> SpecError:
        op = self.machine.assembly.nodes[tensor.value.node].op
        switch = f"return_{node.name}"
        return fail(
            "bad-index",
            f"this `{op.name}` does not give its `{node.name}`",
            node.name_span,
            help=f"ask for them where it is made: `{op.name}(..., {switch}=true)`"
            if switch in type(op).model_fields
            else f"name the `{op.name}` itself",
            fixes=self._switched(tensor, switch),
        )

    def _switched(self, tensor: Tensor, switch: str) -> list[Fix]:
        """The step that made a value, told to make a further one."""
        made = self.machine.assembly.nodes[tensor.value.node]
        if made.span is None or switch not in type(made.op).model_fields:
            return []
        where = f" in `{shortened(made.span.text)}`"
        fix = with_argument(made.span, type(made.op), switch, "true", where)
        return [fix] if fix else []

    def _tensor_attributes(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, Tensor):
            return ()
        more = self.machine.assembly.nodes[value.value.node].op.results
        return ("channels", "size", "shape", "rank", *more)

    def _of_tensor(self, tensor: Tensor, name: str) -> Any:
        if name == "channels":
            return self._channels(tensor)
        if name == "size":
            return tensor.shape.size
        if name == "shape":
            return (self._channels(tensor), *tensor.shape[1:])
        if name == "rank":
            return tensor.shape.rank
        return self.machine.operators.further_result(tensor, name)

    def _channels(self, tensor: Tensor) -> int:
        count = tensor.shape.channels
        return Symbol.atom(count, ("channels", *tensor.value)) if self.machine.tracing else count

    def item(self, node: tree.Index, env: Env) -> Any:
        """``x[i]``: of a list or a size, or a child of a container."""
        value = self.machine.expressions.known(node.value, env)
        index = self.machine.expressions.known(node.index, env)
        if self.machine.tracing:
            self.machine.assembly.decided.by(index)
        if isinstance(index, bool) or not isinstance(index, int):
            raise fail(
                "bad-index",
                f"an index is a whole number, not {kind_of(index)}",
                node.index.span,
                help="count from 0: `xs[0]`; from the end: `xs[-1]`",
            )
        if isinstance(value, Container):
            found = self._child(value, str(int(index)))
            if found is not MISSING:
                return found
            if not isinstance(unwrap(value), list):
                raise self._no_child(value, node)
        value = unwrap(value)
        if not isinstance(value, list | tuple):
            raise fail(
                "bad-index",
                f"{kind_of(value)} cannot be indexed",
                node.value.span,
                help="lists, sizes and containers can be",
            )
        if not -len(value) <= index < len(value):
            raise fail(
                "bad-index",
                f"there is no item {int(index)} in a list of {len(value)}",
                node.index.span,
                help=f"the last index is {len(value) - 1}" if value else "the list is empty",
                fixes=_last_item(node.index.span, value),
            )
        return value[int(index)]

    def _child(self, container: Container, key: str) -> Any:
        if getattr(container.scope, "incomplete", False):
            raise SpecError(None)
        found = container.names.get(key, MISSING)
        return self.machine.containers.child(container, key) if found is MISSING else found

    def _no_child(self, container: Container, node: tree.Index) -> SpecError:
        keys = list(container.scope.keys) if container.scope else list(container.names)
        return fail(
            "bad-index",
            f"`{node.value.span.text}` has no child `{node.index.span.text}`",
            node.index.span,
            help=f"its children are {', '.join(f'`{key}`' for key in keys[:12])}"
            if keys
            else "it has no children",
        )


def _last_item(index: Span, value: Sequence[Any]) -> list[Fix]:
    """Nearest to an index that is too large; whether it is meant the author knows."""
    return [replace(replaced(index, str(len(value) - 1)), decides=True)] if value else []
