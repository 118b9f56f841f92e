"""What all information has to pass should not become much smaller in one step."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node

_SHARE = 16  # one value out of so many, or of more, is abrupt; 2x2 pooling keeps one out of four
_STEPS = ("conv", "maxpool", "avgpool")
_LAYERS = ("conv", "conv_transpose", "linear")


def _find(facts: Facts) -> Iterator[Hit]:
    narrow = [node for node in facts.of(*_STEPS) if _share(facts, node) >= _SHARE]
    if not narrow or len(facts.graph.inputs) != 1:
        return
    passed = _passed(facts)
    for node in narrow:
        # The last positions of a classifier and the scores of each position are to be small.
        if not passed[node.index] or max(facts.shape(node).size) == 1 or _scores(facts, node):
            continue
        given, made = facts.given(node), facts.shape(node)
        yield Hit(
            node,
            f"{given} becomes {made} in one step, and nothing leads around it",
            "narrow in several steps, or widen the channels before the size shrinks",
            notes=(
                f"{given.elements:,} values become {made.elements:,}, "
                f"one of {_share(facts, node):.0f}",
            ),
        )


def _share(facts: Facts, node: Node) -> float:
    return facts.given(node).elements / facts.shape(node).elements


def _passed(facts: Facts) -> list[bool]:
    """For each node, whether every way from the input to the outputs leads through it: nothing
    before it is read behind it."""
    passed, furthest = [], 0
    for node in facts.nodes:
        passed.append(furthest <= node.index)
        if not node.train_only:
            readers = (reader.index for reader in facts.readers(node) if not reader.train_only)
            furthest = max(furthest, *readers, len(facts.nodes) * facts.is_output(node))
    return passed


def _scores(facts: Facts, node: Node) -> bool:
    """Whether it makes the scores: it has the channels of an output, or no layer is behind it."""
    outputs = {facts.graph.shape(value).channels for value in facts.graph.outputs.values()}
    behind = facts.walk(node, lambda _: True)
    return facts.shape(node).channels in outputs or all(n.op.name not in _LAYERS for n in behind)


RULE = Rule("abrupt-bottleneck", Severity.NOTE, _find)
