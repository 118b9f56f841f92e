"""A softmax over one value is always one."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("softmax"):
        dim = facts.op(node).dim
        if facts.shape(node)[dim] == 1:
            yield Hit(
                node,
                f"this softmax is over a single value, axis {dim} of {facts.shape(node)}: always 1",
                "use `sigmoid` for one score, or take the softmax over the axis of the classes",
            )


RULE = Rule("constant-softmax", Severity.WARNING, _find)
