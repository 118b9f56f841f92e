"""Inputs and outputs of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.graph.report import fail
from archdsl.graph.scan import names_made
from archdsl.graph.values import MISSING, UNKNOWN, Env, Tensor, kind_of
from archdsl.ops import Shape
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Ports"]


class Ports:
    """Those of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def input(self, statement: tree.Input, env: Env) -> Tensor:
        """The value that flows into the model; it has the name of the input."""
        name = _plain(statement.label)
        shape = self._shape(name, statement, env)
        if name in self.machine.assembly.inputs or self.machine.assembly.taken(name):
            raise fail(
                "duplicate-name",
                f"two inputs are named `{name}`"
                if name in self.machine.assembly.inputs
                else f"a step is named `{name}` already",
                statement.label.span,
                help="give each input a name of its own",
            )
        value = self.machine.assembly.add_input(name, shape, statement.span, statement.doc)
        tensor = Tensor(value, shape)
        env.names[name] = tensor
        only = len(self.machine.assembly.inputs) == 1
        env.flow_in = tensor if only else MISSING
        return tensor

    def _shape(self, name: str, statement: tree.Input, env: Env) -> Shape:
        """The declared shape, or the one given from outside."""
        declared = self.machine.expressions.known(statement.shape, env)
        extents = declared if isinstance(declared, tuple | list) else (declared,)
        if self.machine.tracing:
            self.machine.assembly.decided.by(extents)
        if not all(isinstance(n, int) and not isinstance(n, bool) for n in extents):
            raise fail(
                "bad-input",
                f"the shape of an input is channels and sizes, not {kind_of(declared)}",
                statement.shape.span,
                help="write the shape of one sample, without the batch: `3x224x224`",
            )
        if not 1 <= len(extents) <= 4 or min(extents) < 1:
            raise fail(
                "bad-input",
                f"an input cannot have the shape {'x'.join(map(str, extents)) or 'of nothing'}",
                statement.shape.span,
                label="channels, then 0 to 3 spatial sizes, each at least 1, are expected",
                help="write the shape of one sample, without the batch: `3x224x224`",
            )
        given = self.machine.input_shapes.pop(name, None) or self.machine.input_shapes.pop("", None)
        shape = given or Shape(map(int, extents))
        explorer = self.machine.assembly.explorer
        return explorer.input(name, shape) if explorer else shape

    def output(self, statement: tree.Output, env: Env, flow: Any) -> None:
        """Run the chain of an output, and keep its value under the name."""
        if statement.train_only and not self.machine.training:
            self.machine.left_out.update(made.span.text for made in names_made(statement))
            return
        name = _plain(statement.label)
        assembly = self.machine.assembly
        if name in assembly.outputs or name in assembly.train_outputs:
            raise fail(
                "duplicate-name",
                f"two outputs are named `{name}`",
                statement.label.span,
                help="give each output a name of its own",
            )
        before = assembly.train_only
        assembly.train_only = before or statement.train_only
        try:
            result = self.machine.steps.chain(statement.chain, env, flow)
        finally:
            assembly.train_only = before
        if result is UNKNOWN:
            self.machine.failed_outputs.add(name)
            return
        if not isinstance(result, Tensor):
            raise fail(
                "wrong-kind",
                f"an output is one value, not {kind_of(result)}",
                statement.chain.span,
                help="write one `output` for each of the values",
            )
        target = assembly.train_outputs if statement.train_only else assembly.outputs
        target[name] = result.value
        env.names.setdefault(name, result)


def _plain(label: tree.Label) -> str:
    if label.is_plain and len(label.parts) == 1:
        return label.span.text
    raise fail(
        "bad-label",
        "inputs and outputs have plain names",
        label.span,
        help="a letter, then letters, digits and `_`",
    )
