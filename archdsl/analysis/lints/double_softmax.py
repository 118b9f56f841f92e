"""A softmax of probabilities is nearly uniform."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import PASSIVE, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Label, Severity


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("softmax"):
        before = facts.before(node, PASSIVE | {"flatten"})
        if before is not None and before.op.name == "softmax":
            yield Hit(
                node,
                "a softmax of a softmax: of probabilities it makes nearly equal ones",
                "leave one of the two out",
                related=(Label(before.span, "probabilities since here"),) if before.span else (),
            )


RULE = Rule("double-softmax", Severity.WARNING, _find)
