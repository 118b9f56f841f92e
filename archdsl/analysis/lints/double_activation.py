"""One activation is enough between two layers."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import ACTIVATIONS, PASSIVE, Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Label, Severity


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of(*ACTIVATIONS, "softmax"):
        before = facts.before(node, PASSIVE | {"flatten"})
        if before is None or before.op.name not in ACTIVATIONS | {"softmax"}:
            continue
        if before.op.name == node.op.name == "softmax":  # a rule of its own
            continue
        yield Hit(
            node,
            f"{node.op.name} right behind {before.op.name}: two activations in a row",
            "leave one of the two out",
            related=(Label(before.span, "the other one"),) if before.span else (),
        )


RULE = Rule("double-activation", Severity.WARNING, _find)
