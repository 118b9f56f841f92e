"""What a residual branch adds should be able to be negative."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Label, Severity


def _find(facts: Facts) -> Iterator[Hit]:
    for node in facts.of("add"):
        sources = facts.sources(node)
        if len(sources) != 2:
            continue
        skip, end = sorted(sources, key=lambda source: source.index)
        if not facts.nonnegative[end.index] or facts.branch(skip, end) is None:
            continue
        related = (Label(end.span, "never negative"),) if end.span else ()
        yield Hit(
            node,
            f"the residual branch ends in {end.op.name}, so each block can only add to its input",
            "end the branch in a linear layer or a norm, and put the activation behind the sum",
            related=related,
        )


RULE = Rule("nonnegative-residual", Severity.WARNING, _find)
