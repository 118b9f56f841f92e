"""What the arguments of a generated forward are called."""

from __future__ import annotations

from archdsl.graph.graph import Graph, Scope, Value
from archdsl.lower.body import Body
from archdsl.lower.names import fresh, identifier

__all__ = ["argument_name", "input_names"]


def input_names(body: Body, graph: Graph) -> list[str]:
    """What a forward calls its arguments: ``x`` for what flows, else the spec's names."""
    if body.scope.kind == "model":
        return [identifier(name) for name in graph.inputs]
    names: list[str] = []
    flowing = [value for value in body.inputs if value in body.scope.source]
    for value in body.inputs:
        name = argument_name(body.scope, value)
        if name is None and value in flowing:
            name = "x" if len(flowing) == 1 else f"x{flowing.index(value) + 1}"
        if name is None:
            name = graph.nodes[value.node].key
        names.append(fresh(identifier(name), names))
    return names


def argument_name(scope: Scope, value: Value) -> str | None:
    for name, argument in scope.arguments.items():
        if getattr(argument, "value", None) == value:
            return name
        if isinstance(argument, tuple | list):
            for index, item in enumerate(argument):
                if getattr(item, "value", None) == value:
                    return f"{name}{index}"
    return None
