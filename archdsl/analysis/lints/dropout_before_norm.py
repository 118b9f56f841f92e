"""Dropout changes the variance that a batch norm behind it has learned."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import ACTIVATIONS, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Label, Severity
from archdsl.graph.graph import Node

_WEIGHTLESS = ACTIVATIONS | {"identity", "maxpool", "avgpool", "adaptive_avgpool", "upsample"}
_LAYERS = ("conv", "linear", "conv_transpose")


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("dropout", "dropout2d"):
        norm = _norm_behind(facts, node) if facts.op(node).p > 0 else None
        if norm is not None:
            yield Hit(
                node,
                "the variance behind this dropout differs between training and inference, and a "
                "bn has learned that of training",
                "put the dropout behind the last bn, before the classifier",
                related=(Label(norm.span, "this bn"),) if norm.span else (),
            )


def _norm_behind(facts: Facts, dropout: Node) -> Node | None:
    """The batch norm on the straight way behind it, with one layer between at most."""
    node = facts.behind(dropout, _WEIGHTLESS)
    if node is not None and node.op.name in _LAYERS:
        node = facts.behind(node, _WEIGHTLESS)
    if node is None or node.op.name != "bn" or not facts.op(node).track_running_stats:
        return None
    return node


RULE = Rule("dropout-before-norm", Severity.NOTE, _find)
