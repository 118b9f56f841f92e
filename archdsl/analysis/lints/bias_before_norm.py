"""A normalisation with a mean for each channel takes the bias before it away again."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node

_CENTRING = ("bn", "instancenorm")
"""Norms that subtract the mean of each channel. Group and layer norm share one among channels."""


def _find(facts: Facts) -> Iterator[Hit]:
    biased = [n for n in facts.of("conv", "conv_transpose", "linear") if facts.op(n).bias]
    needed = {node.module for node in biased if not _is_centred(facts, node)}
    for node in biased:
        if node.module not in needed:  # a shared module may need it where it is applied again
            norm = facts.readers(node)[0].op.name
            yield Hit(
                node,
                f"the {norm} behind this {node.op.name} takes its bias away again",
                "write `bias=false`",
            )


def _is_centred(facts: Facts, node: Node) -> bool:
    """Whether whatever reads it subtracts the mean of each channel."""
    readers = facts.readers(node)
    centred = bool(readers) and all(reader.op.name in _CENTRING for reader in readers)
    return centred and not facts.is_output(node)


RULE = Rule("bias-before-norm", Severity.NOTE, _find, everywhere=True)
