"""What is said of shapes that do not go together: whose fault, since when, and what mends it.

An operator knows the shapes only. Here its complaint gets the names that stand in the spec, and
what it proposes is tried before it is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph.binding import OpCall
from archdsl.graph.values import OpStep, Tensor, unwrap
from archdsl.ops import Mismatch, Op, Shape
from archdsl.source import Source, Span

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["explain"]

_BRIDGE = re.compile(r"`(\w+)\(like=\.\.\.\)`")
_NAME = re.compile(r"[A-Za-z_][\w.]*(\[\w+\])*")
_LABELLED = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?!.*->)")
_MOST_PROPOSALS = 3

Operands = Sequence[tuple[Tensor, Span]]


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
    return Diagnostic(
        mismatch.code,
        mismatch.message,
        Label(span, label),
        tuple(dict.fromkeys(_histories(machine, values))),
        (mismatch.note,) if mismatch.note else (),
        _help(op, mismatch, step, call, operands),
    )


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


# ---- since when ---------------------------------------------------------------------------------


def _histories(machine: Machine, values: Sequence[Tensor]) -> Iterator[Label]:
    for tensor in values:
        node = machine.origin(tensor)
        if node.span is not None:
            inside = f" (`{node.name}`)" if "." in node.name else ""
            yield Label(node.span, f"{tensor.shape} since here{inside}")


# ---- what mends it ------------------------------------------------------------------------------


def _help(op: Op, mismatch: Mismatch, step: OpStep, call: OpCall, operands: Operands) -> str | None:
    if mismatch.help is None or not _BRIDGE.search(mismatch.help):
        return mismatch.help
    if mismatch.operand is None:
        like = call.refs.get("like")
        text = like.span.text if like else "..."
        return mismatch.help.replace("(like=...)", f"(like={text})")
    if _are_branches(call):
        proposals = list(_endings(op, mismatch, operands))
    else:
        proposals = list(_proposals(op, mismatch, step, operands))
    rest = [part for part in mismatch.help.split("; ") if not _BRIDGE.search(part)]
    if not proposals:
        wanted = operands[_target(mismatch.operand, operands)][0].shape
        return "; ".join([f"change the steps before it until this is {wanted} too", *rest])
    *first, last = [f"`{proposal}`" for proposal in proposals[:_MOST_PROPOSALS]]
    either = f"{', '.join(first)} or {last}" if first else last
    return "; ".join([f"{either} makes the shapes agree", *rest])


def _proposals(op: Op, mismatch: Mismatch, step: OpStep, operands: Operands) -> Iterator[str]:
    """Chains that bring one operand to the shape of another."""
    assert mismatch.operand is not None
    sides = {mismatch.operand: mismatch}
    if len(operands) == 2:
        sides |= _complaints(op, operands)
    for fault, complaint in sides.items():
        name = _name(fault, step, operands)
        like = _name(_target(fault, operands), step, operands)
        if name is None or not like:
            continue
        for chain in _bridges(op, complaint, operands):
            text = " -> ".join(f"{one}(like={like})" for one in chain)
            yield f"{name} -> {text}" if name else f"... -> {text} -> {step.span.text}"


def _endings(op: Op, mismatch: Mismatch, operands: Operands) -> Iterator[str]:
    """Steps at the end of a branch that bring it to the shape of one above it."""
    assert mismatch.operand is not None
    target = _target(mismatch.operand, operands)
    labelled = _LABELLED.match(operands[target][1].text)
    if target > mismatch.operand or labelled is None:
        return
    for chain in _bridges(op, mismatch, operands):
        yield " -> ".join(["...", *(f"{one}(like={labelled[1]})" for one in chain)])


def _bridges(op: Op, mismatch: Mismatch, operands: Operands) -> list[list[str]]:
    """Steps the operator proposes, one or else two of them, that make it run: each is tried."""
    fault = mismatch.operand
    assert fault is not None
    steps = list(dict.fromkeys(_BRIDGE.findall(mismatch.help or "")))
    shapes = [tensor.shape for tensor, _ in operands]
    target = shapes[_target(fault, operands)]
    for chains in ([[one] for one in steps], [[one, steps[0]] for one in steps[1:]]):
        working = []
        for chain in chains:
            made = _result(shapes[fault], target, chain)
            if made and not _complaint(op, [*shapes[:fault], made, *shapes[fault + 1 :]]):
                working.append(chain)
        if working:
            return working
    return []


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


def _result(shape: Shape, like: Shape, chain: Sequence[str]) -> Shape | None:
    """The shape after these steps, found by running them as a spec of their own."""
    from archdsl.graph.elaborate import Request, elaborate

    steps = " -> ".join(f"{one}(like=other)" for one in chain)
    inputs = f"input value: {_extents(shape)}\ninput other: {_extents(like)}"
    text = f"model tried {{\n{inputs}\nvalue -> {steps}\n}}"
    graph = elaborate(Request(Source("tried", text), Path())).graph
    return None if graph is None else graph.shape(graph.outputs["out"])


def _extents(shape: Shape) -> str:
    return str(shape) if len(shape) > 1 else f"[{shape}]"
