"""What is merged must be a value of the network: what else was given, and what may be meant."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from archdsl.diagnostics import Fix, Label
from archdsl.diagnostics.edits import removed, replaced
from archdsl.graph.report import SpecError, fail
from archdsl.graph.values import MISSING, Bound, Definition, Pipeline, Step, kind_of
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["not_a_value"]


def not_a_value(what: str, bound: Bound) -> SpecError:
    """An operand that is a step, or a chain that begins with something that is no value."""
    name, meant = _beginning(bound)
    merges = f"`{what}` merges values of the network"
    if not isinstance(meant, Step):
        return fail(
            "wrong-kind",
            f"{merges}, and `{name}` is {kind_of(meant)}",
            bound.span,
            help="every operand is the label of a step, an input, or `in`",
            fixes=[replace(removed(bound.span), decides=True)],
        )
    given = _name_of(meant)
    if given is None:
        return fail(
            "wrong-kind",
            f"{merges}, and this is a step",
            bound.span,
            help=f"apply it to something: `x -> {bound.span.text}`",
        )
    return fail(
        "wrong-kind",
        f"{merges}, and `{name}` is a step",
        bound.span,
        secondary=[Label(meant.span, "a step with a name, applied to nothing")],
        help=f"a label applies it where it stands: `{given.text}: {_short(meant.span.text)}`",
        fixes=[_labelled(given, meant.span)],
    )


def _beginning(bound: Bound) -> tuple[str, Any]:
    """What a chain begins with, by its name; of anything else the thing itself."""
    if isinstance(bound.value, Pipeline) and isinstance(bound.value.chain, tree.Chain):
        head = bound.value.chain.steps[0]
        found = bound.value.env.find(head.id) if isinstance(head, tree.Name) else MISSING
        if found is not MISSING and not isinstance(found, Definition):
            return head.span.text, found
    return bound.span.text, bound.value


def _name_of(step: Any) -> Span | None:
    """The name in the statement ``name = step``, where a step stands in one."""
    if not isinstance(step, Step):
        return None
    source, here = step.span.source, step.span
    first = source.text.rfind("\n", 0, here.start) + 1
    last = source.text.find("\n", here.end)
    behind = source.text[here.end : last if last >= 0 else None].strip()
    found = re.fullmatch(r"\s*(\w+)\s*=\s*", source.text[first : here.start])
    if found is None or (behind and not behind.startswith(("#", "}"))):
        return None
    return Span(source, first + found.start(1), first + found.end(1))


def _short(text: str) -> str:
    first, more, _ = text.partition("\n")
    return f"{first} ... }}" if more else first


def _labelled(name: Span, step: Span) -> Fix:
    between = Span(name.source, name.end, step.start)
    return replace(replaced(between, ": ", f"write `{name.text}: ...`"), decides=True)
