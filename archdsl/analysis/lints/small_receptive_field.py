"""A classifier that averages over positions sees no more at once than the receptive field."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.analysis.receptive import receptive_fields
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node
from archdsl.ops.guards import dots


def _find(facts: Facts) -> Iterator[Hit]:
    if len(facts.graph.inputs) != 1:
        return
    (image,) = facts.graph.inputs.values()
    size = facts.graph.shape(image).size
    pools = [node for node in facts.of("global_avgpool") if _classifies(facts, node)]
    fields = receptive_fields(facts.graph) if pools else ()
    for node in pools:
        field = fields[node.inputs[0].node]
        if field is None or len(field) != len(size):
            continue
        seen = tuple(int(axis.extent) for axis in field)
        if max(seen) == 1:  # nothing before it looks around: what flows in are features
            continue
        if any(extent < n for extent, n in zip(seen, size, strict=True)):
            yield Hit(
                node,
                f"before this pooling every position sees {dots(seen)} of the {dots(size)} input",
                "more or larger strides, kernels or dilations before it let a position see it all; "
                "or a smaller input",
            )


def _classifies(facts: Facts, pool: Node) -> bool:
    """Whether only vectors come of it, up to an output: no gate, and no auxiliary head."""
    if pool.train_only or max(facts.given(pool).size) == 1:
        return False
    ends = facts.is_output(pool)
    for node in facts.walk(pool, lambda _: True):
        if not set(facts.shape(node).size) <= {1}:
            return False
        ends = ends or facts.is_output(node)
    return ends


RULE = Rule("small-receptive-field", Severity.NOTE, _find)
