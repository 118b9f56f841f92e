"""Inputs are declared channels first: ``224x224x3`` has 224 channels and is 3 wide."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node
from archdsl.ops import Shape
from archdsl.ops.shape import channels_first


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("input"):
        shape = facts.shape(node)
        meant = channels_first(shape)
        if meant is not None:
            yield Hit(
                node,
                f"{shape} has {shape.channels} channels and is {shape[-1]} wide: channels last?",
                f"channels come first: `{_as_given(node, shape)}{meant}`",
            )


def _as_given(node: Node, shape: Shape) -> str:
    """The statement that says the shape, or the option."""
    written = node.span is not None and str(shape) in node.span.text
    return f"input {node.name}: " if written else f"--input {node.name}="


RULE = Rule("channels-last", Severity.WARNING, _find)
