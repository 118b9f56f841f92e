"""Most of the parameters in one linear layer are most of what can overfit, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node

_SHARE = 0.8
_WORTH_TELLING = 1_000_000  # a small network has to have its parameters somewhere


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("linear"):
        own = facts.given(node).channels * facts.op(node).channels
        if own < _WORTH_TELLING or not any(True for _ in facts.of("conv")):
            continue
        total = _total(facts, own / _SHARE)
        if own > _SHARE * total:
            yield Hit(
                node,
                f"{own / total:.0%} of all parameters are in this layer",
                "pool before it: `global_avgpool -> flatten -> linear(...)`",
                notes=(f"{own:,} of {total:,} parameters",),
            )


def _total(facts: Facts, enough: float) -> int:
    """The parameters of the whole network; no further than ``enough``. The last layers have the
    most, so they count first."""
    total = 0
    for node in reversed(facts.nodes):
        if total >= enough:
            break
        total += _parameters(facts, node)
    return total


def _parameters(facts: Facts, node: Node) -> int:
    if node.module != node.index or not node.inputs:
        return 0
    weights = node.op.weights(*facts.graph.input_shapes(node), **facts.graph.ref_shapes(node))
    return sum(prod(weight.shape) for weight in weights.values() if weight.trainable)


RULE = Rule("parameter-concentration", Severity.NOTE, _find)
