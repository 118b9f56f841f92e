"""A skip that has the shape of its branch needs no projection."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import ACTIVATIONS, NORMS, PASSIVE, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Label, Severity
from archdsl.graph.graph import Node


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("add"):
        ends = facts.sources(node)
        if len(ends) != 2:
            continue
        for end, other in (ends, ends[::-1]):
            projection = _projection(facts, end)
            if projection is None:
                continue
            start = facts.sources(projection)[0]
            if _is_residual(facts, facts.branch(start, other)):
                yield _hit(facts, projection, node)
                break


def _projection(facts: Facts, end: Node) -> Node | None:
    """The 1x1 convolution that a skip consists of, if it keeps the shape."""
    node = end if end.op.name == "conv" else facts.before(end, NORMS | PASSIVE)
    if node is None or not facts.is_pointwise(node):
        return None
    return node if facts.shape(node) == facts.given(node) else None


def _is_residual(facts: Facts, branch: list[Node] | None) -> bool:
    """Two layers with an activation between them, at least."""
    names = [node.op.name for node in branch or ()]
    return names.count("conv") > 1 and any(name in ACTIVATIONS for name in names)


def _hit(facts: Facts, projection: Node, add: Node) -> Hit:
    return Hit(
        projection,
        f"this projection keeps the shape {facts.shape(projection)}: an identity does",
        "add the input itself, or use `project(like=...)`, which projects only where shapes differ",
        related=(Label(add.span, "the skip is added here"),) if add.span else (),
    )


RULE = Rule("needless-projection", Severity.NOTE, _find)
