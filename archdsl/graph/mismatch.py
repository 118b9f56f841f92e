"""What is said of shapes that do not go together: whose fault, since when, and what mends it.

An operator knows the shapes only. Here its complaint gets the names that stand in the spec, and
what it proposes becomes changes of the text (``proposals``), which are tried in ``analysis.fixes``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from archdsl.diagnostics import Diagnostic, Fix, Label
from archdsl.graph.binding import OpCall
from archdsl.graph.call_text import shortened
from archdsl.graph.history import histories
from archdsl.graph.implied import all_shorter, shorter
from archdsl.graph.proposals import (
    Operands,
    after,
    arguments,
    before,
    by_channels,
    by_keeping_the_size,
    by_larger_input,
    by_other_layers,
    instead,
    with_channels,
)
from archdsl.graph.values import OpStep, unwrap
from archdsl.graph.varying import Explorer
from archdsl.ops import Mismatch, Op, Shape
from archdsl.source import Source

if TYPE_CHECKING:
    from archdsl.graph.elaborate import Result
    from archdsl.graph.machine import Machine

__all__ = ["explain"]

_BRIDGE = re.compile(r"`(\w+)\(like=\.\.\.\)`")
_NAME = re.compile(r"[A-Za-z_][\w.]*(\[\w+\])*")
_LABELLED = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?!.*->)")


def explain(
    machine: Machine, mismatch: Mismatch, step: OpStep, call: OpCall, operands: Operands
) -> Diagnostic:
    """The diagnostic for an operator that refused these operands."""
    op = call.op
    assert op is not None
    mismatch = _of_the_skip(op, mismatch, call, operands)
    span, label = step.span, ""
    if mismatch.argument is not None and mismatch.argument in call.spans:
        span = call.spans[mismatch.argument]
    elif mismatch.argument is not None and mismatch.argument in call.refs:
        span = call.refs[mismatch.argument].span
    elif mismatch.operand is not None:
        tensor, span = operands[mismatch.operand]
        label = f"this is {tensor.shape}" if span != step.span else f"{tensor.shape} flows in"
    values = [tensor for tensor, _ in operands]
    values += [unwrap(bound.value) for bound in call.refs.values()]
    diagnostic = Diagnostic(
        mismatch.code,
        mismatch.message,
        Label(span, label),
        tuple(dict.fromkeys(histories(machine, mismatch, values))),
        (mismatch.note,) if mismatch.note else (),
    )
    return _with_ways_out(machine, diagnostic, mismatch, step, call, operands)


def _of_the_skip(op: Op, mismatch: Mismatch, call: OpCall, operands: Operands) -> Mismatch:
    """Of two operands the one made first is the skip: that is the one to adapt. A branch can
    name the branches above it only."""
    if len(operands) != 2 or mismatch.operand is None:
        return mismatch
    choose = max if _are_branches(call) else min
    skip = choose((0, 1), key=lambda index: operands[index][0].value)
    return _complaints(op, operands).get(skip, mismatch)


def _are_branches(call: OpCall) -> bool:
    """Whether the operands are `{ one statement each }`."""
    return all(isinstance(bound.value, list) and len(bound.value) == 1 for bound in call.operands)


def _complaints(op: Op, operands: Operands) -> dict[int, Mismatch]:
    """The complaint about either of two operands: one is found from the other side."""
    found: dict[int, Mismatch] = {}
    shapes = [tensor.shape for tensor, _ in operands]
    note = f"the operands are {' and '.join(map(str, shapes))}"
    for side in (0, 1):
        complaint = _complaint(op, shapes[::-1] if side else shapes)
        if complaint is None or complaint.operand is None:
            continue
        operand = 1 - complaint.operand if side else complaint.operand
        message, help = complaint.message, complaint.help
        found[operand] = Mismatch(
            message, code=complaint.code, operand=operand, note=note, help=help
        )
    return found


def _complaint(op: Op, shapes: Sequence[Shape]) -> Mismatch | None:
    try:
        op.outputs(*shapes)
    except Mismatch as mismatch:
        return mismatch
    return None


# ---- what mends it ------------------------------------------------------------------------------

_MENDS = {
    "bad-groups": "makes the groups equal",
    "shape-mismatch": "makes the shapes agree",
    "window-too-large": "makes it fit",
}
_FLATTENS = re.compile(r"`(?P<first>flatten)(?: -> \w+\(...\))?`")


def _with_ways_out(
    machine: Machine,
    diagnostic: Diagnostic,
    mismatch: Mismatch,
    step: OpStep,
    call: OpCall,
    operands: Operands,
) -> Diagnostic:
    """The diagnostic with what may mend it: candidates, and the help where none of them works."""
    assert call.op is not None
    if not machine.reporter.is_news(diagnostic):
        return diagnostic
    rest = [part for part in (mismatch.help or "").split("; ") if not _BRIDGE.search(part)]
    return replace(
        diagnostic,
        help=_advice(mismatch, call, operands, rest),
        fixes=tuple(dict.fromkeys(_candidates(machine, mismatch, step, call, operands))),
        mends="; ".join([_MENDS.get(mismatch.code, "mends it"), *_also(mismatch, rest)]),
        sized=_is_of_sizes(mismatch, operands),
    )


def _advice(mismatch: Mismatch, call: OpCall, operands: Operands, rest: list[str]) -> str | None:
    """What is said where nothing that was tried works."""
    if mismatch.help is None or not _BRIDGE.search(mismatch.help):
        return mismatch.help
    if mismatch.operand is None:
        like = call.refs.get("like")
        return mismatch.help.replace("(like=...)", f"(like={like.span.text if like else '...'})")
    wanted = operands[_target(mismatch.operand, operands)][0].shape
    return "; ".join([f"change the steps before it until this is {wanted} too", *rest])


def _also(mismatch: Mismatch, rest: list[str]) -> list[str]:
    """What an operator that proposes steps says besides."""
    return rest if mismatch.help and _BRIDGE.search(mismatch.help) else []


def _is_of_sizes(mismatch: Mismatch, operands: Operands) -> bool:
    return mismatch.code == "window-too-large" or (
        mismatch.code == "shape-mismatch" and len({tensor.shape.size for tensor, _ in operands}) > 1
    )


def _candidates(
    machine: Machine, mismatch: Mismatch, step: OpStep, call: OpCall, operands: Operands
) -> Iterator[Fix]:
    op = call.op
    assert op is not None
    yield from instead(mismatch, step)
    if flattens := _FLATTENS.search(mismatch.help or ""):
        yield from _flattened(mismatch, step, operands, flattens["first"])
    for fix in _decisions(machine, op, mismatch, step, call, operands):
        yield replace(fix, decides=True)


def _decisions(
    machine: Machine,
    op: Op,
    mismatch: Mismatch,
    step: OpStep,
    call: OpCall,
    operands: Operands,
) -> Iterator[Fix]:
    """Other numbers, and steps that change what the network computes."""
    if mismatch.code == "window-too-large":
        x = operands[0][0]
        fix = shorter(step, x) or all_shorter(machine, step, x)
        yield from [fix] if fix else []
    yield from arguments(mismatch, step)
    if mismatch.code == "bad-groups":
        yield from by_channels(machine, mismatch, step, op, operands[0][0])
    if mismatch.code == "window-too-large":
        yield from by_larger_input(machine, operands[0][0])
    if mismatch.code == "wrong-rank" and mismatch.argument in call.spans:
        yield from with_channels(machine, operands[0][0])
    if mismatch.operand is None:
        return
    fault, target = mismatch.operand, _target(mismatch.operand, operands)
    yield from by_keeping_the_size(machine, op, operands[fault][0], operands[target][0])
    layers = list(by_other_layers(machine, operands[fault][0], operands[target][0]))
    bridges = list(_bridged(op, mismatch, step, call, operands))
    halved = _ratio(operands[fault][0].shape, operands[target][0].shape) > 1
    yield from (*layers, *bridges) if halved else (*bridges, *layers)


def _flattened(mismatch: Mismatch, step: OpStep, operands: Operands, chain: str) -> Iterator[Fix]:
    span = operands[mismatch.operand or 0][1]
    if span == step.span:
        yield from before(span, chain)
    else:
        yield after(span, chain, shortened(span.text))


def _bridged(
    op: Op, mismatch: Mismatch, step: OpStep, call: OpCall, operands: Operands
) -> Iterator[Fix]:
    """Chains that bring one operand to the shape of another."""
    assert mismatch.operand is not None
    if _are_branches(call):
        yield from _endings(op, mismatch, operands)
        return
    sides = {mismatch.operand: mismatch}
    if len(operands) == 2:
        sides |= _complaints(op, operands)
    for fault, complaint in sides.items():
        span = operands[fault][1]
        like = _name(_target(fault, operands), step, operands)
        if not like or (span != step.span and _name(fault, step, operands) is None):
            continue
        for chain in _bridges(op, complaint, operands):
            text = " -> ".join(f"{one}(like={like})" for one in chain)
            if span == step.span:
                yield from before(span, text)
            else:
                yield after(span, text, span.text)


def _endings(op: Op, mismatch: Mismatch, operands: Operands) -> Iterator[Fix]:
    """Steps at the end of a branch that bring it to the shape of one above it."""
    assert mismatch.operand is not None
    target = _target(mismatch.operand, operands)
    labelled = _LABELLED.match(operands[target][1].text)
    if target > mismatch.operand or labelled is None:
        return
    for chain in _bridges(op, mismatch, operands):
        text = " -> ".join(f"{one}(like={labelled[1]})" for one in chain)
        yield after(operands[mismatch.operand][1], text, "...")


def _bridges(op: Op, mismatch: Mismatch, operands: Operands) -> list[list[str]]:
    """Steps the operator proposes, one or else two of them, that make it run: each is tried."""
    fault = mismatch.operand
    assert fault is not None
    shapes = [tensor.shape for tensor, _ in operands]
    target = shapes[_target(fault, operands)]
    steps = list(dict.fromkeys(_BRIDGE.findall(mismatch.help or "")))
    if steps and op.name != "concat" and _ratio(shapes[fault], target) > 1:
        # One of them was made with a stride: cropping or padding is the last to think of.
        steps = list(dict.fromkeys(["project", "upsample", *steps]))
    for chains in ([[one] for one in steps], [[one, steps[0]] for one in steps[1:]]):
        working = []
        for chain in chains:
            made = _result(shapes[fault], target, tuple(chain))
            if made and not _complaint(op, [*shapes[:fault], made, *shapes[fault + 1 :]]):
                working.append(chain)
        if working:
            return working
    return []


def _ratio(x: Shape, y: Shape) -> int:
    """How many times one size goes into the other."""
    if x.rank != y.rank:
        return 1
    return max(
        (round(max(n, m) / min(n, m)) for n, m in zip(x.size, y.size, strict=True)), default=1
    )


def _target(fault: int, operands: Operands) -> int:
    """The operand whose shape the one at fault should have: the first that differs."""
    shapes = [tensor.shape for tensor, _ in operands]
    return next(index for index, shape in enumerate(shapes) if shape != shapes[fault])


def _name(index: int, step: OpStep, operands: Operands) -> str | None:
    """How the spec calls an operand: empty for what flows in, none for what has no name."""
    span = operands[index][1]
    if span == step.span:
        return ""
    alone = sum(span == other for _, other in operands) == 1
    return span.text if alone and _NAME.fullmatch(span.text) else None


@lru_cache(maxsize=1024)
def _result(shape: Shape, like: Shape, chain: tuple[str, ...]) -> Shape | None:
    """The shape after these steps, found by running them as a spec of their own."""
    graph = _spec_of(chain)(_Shapes({"value": shape, "other": like})).graph
    return None if graph is None else graph.shape(graph.outputs["out"])


@cache
def _spec_of(chain: tuple[str, ...]) -> Callable[[Explorer], Result]:
    """These steps as a spec, read once for all shapes."""
    from archdsl.graph.elaborate import Request, expansions

    steps = " -> ".join(f"{one}(like=other)" for one in chain)
    text = f"model tried {{\ninput value: [1]\ninput other: [1]\nvalue -> {steps}\n}}"
    return expansions(Request(Source("tried", text), Path()))


@dataclass(frozen=True)
class _Shapes:
    """Gives the inputs of a spec their shapes."""

    given: Mapping[str, Shape]

    def input(self, name: str, shape: Shape) -> Shape:
        return self.given[name]

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        return op.outputs(*shapes, **refs)
