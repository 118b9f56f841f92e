"""A second result that nothing reads is made and kept for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.facts import Facts
from archdsl.analysis.lints.rule import Hit, Rule
from archdsl.diagnostics import Severity


def _find(facts: Facts) -> Iterator[Hit]:
    made = [node for node in facts.nodes if node.op.results and len(node.shapes) > 1]
    if not made:
        return
    outputs = (*facts.graph.outputs.values(), *facts.graph.train_outputs.values())
    read = {value for node in facts.nodes for value in node.sources} | set(outputs)
    used = {(facts.nodes[value.node].module, value.output) for value in read}
    for node in made:
        for index, name in enumerate(node.op.results[: len(node.shapes) - 1], start=1):
            if (node.module, index) not in used:
                yield Hit(
                    node,
                    f"`{name}` of this {node.op.name} are asked for, and nothing reads them",
                    f"leave `return_{name}=true` out, or read them: `{node.key}.{name}`",
                )


RULE = Rule("unused-output", Severity.WARNING, _find, everywhere=True)
