"""Runs a graph node by node, without the compiler: what the emitted source is compared with."""

from __future__ import annotations

import torch

from archdsl.graph.graph import Graph, InputOp, Value
from tests.ops.spelled import as_tuple, spelled

__all__ = ["run"]


def run(
    graph: Graph, state: dict[str, torch.Tensor], inputs: list[torch.Tensor], train: bool = False
) -> dict[str, torch.Tensor]:
    """The outputs, with the weights of a ``state_dict`` under the names of the graph."""
    values: dict[Value, torch.Tensor] = {}
    waiting = iter(inputs)
    for node in graph.nodes:
        if isinstance(node.op, InputOp):
            values[Value(node.index)] = next(waiting)
            continue
        if node.train_only and not train:
            continue
        xs = [values[value] for value in node.inputs]
        refs = {name: values[value] for name, value in node.refs}
        module = spelled(
            node.op.torch(*graph.input_shapes(node), **graph.ref_shapes(node)), "cpu"
        ).to(xs[0].dtype)
        prefix = f"{graph.nodes[node.module].name}."
        module.load_state_dict(
            {k.removeprefix(prefix): t for k, t in state.items() if k.startswith(prefix)}
        )
        results = as_tuple(module.train(train)(*xs, **refs))
        values |= {Value(node.index, at): result for at, result in enumerate(results)}
    outputs = graph.outputs | (graph.train_outputs if train else {})
    return {name: values[value] for name, value in outputs.items()}
