"""Arguments under the names that other libraries give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import applied
from archdsl.graph.call_text import shortened
from archdsl.graph.elsewhere import own_name
from archdsl.graph.report import nearest
from archdsl.graph.typos import is_typo
from archdsl.graph.values import Bound, OpStep
from archdsl.ops import OPS, Op
from archdsl.source import Span

__all__ = ["ACTIVATION", "IMPLIED", "Respelled", "edited_text", "respelled"]

IMPLIED = frozenset({"in_channels", "in_features", "num_features", "num_channels"})
"""What is known here, because it flows in."""
ACTIVATION = ("act", "activation")
_ARGUMENTS = {
    "alpha": ("negative_slope",),
    "axis": ("dim",),
    "dilation_rate": ("dilation",),
    "filters": ("channels",),
    "groups_count": ("groups",),
    "kernel_size": ("kernel",),
    "num_groups": ("groups",),
    "out_channels": ("channels",),
    "out_features": ("channels",),
    "output_size": ("size",),
    "pool_size": ("kernel",),
    "rate": ("p",),
    "scale": ("factor", "by"),
    "scale_factor": ("factor", "by"),
    "strides": ("stride",),
    "units": ("channels",),
    "upscale_factor": ("factor",),
    "use_bias": ("bias",),
}


@dataclass(frozen=True)
class Respelled:
    """A call of an operator with the arguments that it has here, and how that is said."""

    fix: Fix
    help: str


def respelled(step: OpStep) -> Respelled | None:
    """A call that names arguments as another library does; none where one has no counterpart."""
    op, known = step.op, {*step.op.model_fields, *step.op.refs}
    foreign = [one for one in step.arguments if one.name is not None and one.name not in known]
    gone = [one for one in foreign if _is_needless(op, one) or one.name in ACTIVATION]
    others = [one for one in foreign if one not in gone]
    names = [_own_argument(one.name or "", known) for one in others]
    behind = [_activation(one) for one in foreign if one.name in ACTIVATION]
    given = [one.name for one in step.arguments if one.name in known]
    if None in names or None in behind or len({*names, *given}) < len(names) + len(given):
        return None
    if any(one.name_span is None for one in foreign):
        return None
    edits = [
        Edit(one.name_span, own)
        for one, own in zip(others, names, strict=True)
        if one.name_span and own
    ]
    edits += _without(step.arguments, gone)
    steps = "".join(f" -> {activation}" for activation in behind if activation)
    call = " ".join((edited_text(step.span, edits) + steps).split())
    title, help = f"write `{shortened(call)}`", f"write `{call}`"
    if steps:
        help = f"write the activation behind it: `{call}`"
        edits.append(Edit(Span(step.span.source, step.span.end, step.span.end), steps))
    elif names and len(edits) == 1:
        title, help = f"write `{names[0]}`", f"did you mean `{names[0]}`?"
    decides = bool(behind) or any(one.name == "axis" for one in others)
    ordered = tuple(sorted(edits, key=lambda edit: edit.span.start))
    return Respelled(Fix(title, ordered, decides), help)


def _is_needless(op: type[Op], bound: Bound) -> bool:
    return bound.name == "inplace" or (bound.name in IMPLIED and op.implied is not None)


def _own_argument(name: str, known: Iterable[str]) -> str | None:
    own = next((own for own in _ARGUMENTS.get(name, ()) if own in known), None)
    meant = nearest(name, known) if own is None else []
    return meant[0] if len(meant) == 1 and is_typo(name, meant[0]) else own


def _activation(bound: Bound) -> str | None:
    """The operator that an argument names; empty for none, as `linear` is called there."""
    if isinstance(bound.value, OpStep):
        return bound.span.text
    if bound.value in ("linear", None):
        return ""
    own = own_name(bound.value) if isinstance(bound.value, str) else None
    return own if own is not None and OPS[own].family == "activation" else None


def _without(arguments: Sequence[Bound], gone: Sequence[Bound]) -> Iterator[Edit]:
    """Arguments taken out: behind one that stays with the comma before it, else with the one
    behind."""
    first = next((index for index, one in enumerate(arguments) if one not in gone), len(arguments))
    for index, bound in enumerate(arguments):
        if bound not in gone or bound.name_span is None:
            continue
        source, start, end = bound.span.source, bound.name_span.start, bound.span.end
        if index > first:
            start = source.text.rindex(",", 0, start)
        elif index + 1 < len(arguments):
            behind = source.text[source.text.index(",", end) + 1 :]
            end = len(source.text) - len(behind.lstrip())
        yield Edit(Span(source, start, end), "")


def edited_text(span: Span, edits: Iterable[Edit]) -> str:
    """What stands in a span after edits inside of it."""
    text = applied(edits).get(span.source, span.source.text)
    return text[span.start : len(text) - (len(span.source.text) - span.end)]
