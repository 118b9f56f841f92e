"""A depthwise convolution filters each channel; something has to combine them."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import ACTIVATIONS, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node

_LAYERS = frozenset({"conv", "conv_transpose", "linear"})


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("conv"):
        if facts.is_depthwise(node) and not _is_mixed(facts, node):
            yield Hit(
                node,
                f"nothing combines the {facts.shape(node).channels} channels that this depthwise "
                "convolution filters one by one",
                "a 1x1 convolution behind it does: `-> conv(channels, 1x1)`, or `separable_conv`",
            )


def _is_mixed(facts: Facts, start: Node) -> bool:
    """Whether a layer mixes the channels before the next activation and depthwise convolution, on
    some way. Depthwise convolutions without an activation between them are one; a concat brings
    other channels, so behind it the wait begins again."""
    waiting = [(start, False)]
    seen = {start.index}
    while waiting:
        node, activated = waiting.pop()
        activated = activated or node.op.name in ACTIVATIONS
        for reader in facts.readers(node):
            name = reader.op.name
            if name == "channel_shuffle" or (name in _LAYERS and not facts.is_depthwise(reader)):
                return True
            if reader.index in seen or (name in _LAYERS and activated):
                continue
            seen.add(reader.index)
            waiting.append((reader, activated and name != "concat"))
    return False


RULE = Rule("depthwise-only", Severity.WARNING, _find)
