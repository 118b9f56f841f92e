"""The narrow end of an inverted residual block is linear."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import ACTIVATIONS, NORMS, PASSIVE, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node

_BETWEEN = ACTIVATIONS | NORMS | PASSIVE | {"mul"}
"""What may stand between two convolutions of the block; ``mul`` is a squeeze-and-excitation."""


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("conv"):
        if not facts.is_pointwise(node) or not _narrows(facts, node):
            continue
        depthwise = facts.before(node, _BETWEEN)
        if depthwise is None or not facts.is_depthwise(depthwise):
            continue
        expansion = facts.before(depthwise, _BETWEEN)
        if expansion is None or not facts.is_pointwise(expansion) or _narrows(facts, expansion):
            continue
        behind = facts.behind(node, NORMS | PASSIVE)
        if behind is not None and behind.op.name in ACTIVATIONS:
            yield Hit(
                behind,
                f"{behind.op.name} on a linear bottleneck: it destroys what {facts.shape(node)[0]} "
                "channels have to carry",
                "leave it out: the activations of this block stand in its wide part",
            )


def _narrows(facts: Facts, node: Node) -> bool:
    return facts.shape(node).channels < facts.given(node).channels


RULE = Rule("nonlinear-bottleneck", Severity.WARNING, _find)
