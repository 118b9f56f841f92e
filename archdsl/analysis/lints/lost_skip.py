"""A residual block keeps its skip where the size changes: by a projection."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity
from archdsl.graph.graph import Node, Scope


def _find(facts: Facts) -> Iterator[Hit]:
    blocks: dict[str, list[Scope]] = {}
    for scope, *_ in facts.scopes:
        if scope.kind == "block" and len(scope.source) == 1 == len(scope.result):
            blocks.setdefault(scope.block, []).append(scope)
    for uses in blocks.values():
        if len(uses) > 1:
            yield from _in_block(facts, uses)


def _in_block(facts: Facts, uses: list[Scope]) -> Iterator[Hit]:
    """A sum that adds what flowed in where it is made, and a use that changes the size without
    making it."""
    sums = [_sums(facts, use) for use in uses]
    skips = {
        node.span: node
        for use, made in zip(uses, sums, strict=True)
        for node in made
        if use.source[0] in node.inputs
    }
    for use, made in zip(uses, sums, strict=True):
        lost = skips.keys() - {node.span for node in made}
        if not lost or not _changes_size(facts, use) or _is_inverted(facts, use):
            continue
        before, after = facts.graph.shape(use.source[0]), facts.graph.shape(use.result[0])
        yield Hit(
            min((skips[span] for span in lost), key=lambda node: node.index),
            f"`{use.block}` loses its skip where it goes from {before} to {after}",
            "project the skip there: `in -> project(like=...)`, and add in every case",
            use=use,
        )
        return


def _sums(facts: Facts, use: Scope) -> list[Node]:
    """The additions of a block, its inner blocks left out."""
    made = (facts.nodes[index] for index in facts.inside(use, lambda scope: scope.kind != "block"))
    return [node for node in made if node.op.name == "add"]


def _changes_size(facts: Facts, use: Scope) -> bool:
    before, after = facts.graph.shape(use.source[0]), facts.graph.shape(use.result[0])
    return before.rank == after.rank and before.size != after.size


def _is_inverted(facts: Facts, use: Scope) -> bool:
    """Depthwise, or wider inside than at both ends: the block of MobileNetV2 and what came of it,
    where this is by design."""
    ends = facts.graph.shape(use.source[0]).channels, facts.graph.shape(use.result[0]).channels
    made = [facts.nodes[index] for index in facts.inside(use)]
    return any(facts.shape(n).channels > max(ends) or facts.is_depthwise(n) for n in made)


RULE = Rule("lost-skip", Severity.NOTE, _find)
