"""Changes of the text that may mend shapes that do not go together.

Each is a candidate only: the whole spec is expanded with it before anybody is told
(``analysis.fixes``). The smallest come first: an argument of the operator that complains, steps
before it without weights and with weights, then an argument of an earlier step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import inserted, replaced
from archdsl.graph.call_text import shortened, with_argument, with_named, written
from archdsl.graph.graph import Node
from archdsl.graph.report import PRELUDE
from archdsl.graph.scopes import OpenScope
from archdsl.graph.values import OpStep, Tensor
from archdsl.ops import OPS, Mismatch, Op, Shape
from archdsl.source import Span

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = [
    "Operands",
    "after",
    "arguments",
    "before",
    "by_channels",
    "by_keeping_the_size",
    "by_larger_input",
    "by_other_layers",
    "instead",
    "made_by",
    "with_channels",
]

Operands = Sequence[tuple[Tensor, Span]]
Fixes = Iterator[Fix]

_ASSIGNED = re.compile(r"\b([a-z_]+)=(\"[^\"]*\"|\[[^\]]*\]|\d+(?:x\d+)*|true|false|none)")
_BEFORE_A_STEP = re.compile(r"(?:^|->|\{)[ \t]*(?P<label>[A-Za-z_0-9][\w.{}]*[ \t]*:[ \t]*)?$")
_FURTHEST = 24
_MOST_OF_A_KIND = 4
_MOST_TOGETHER = 2  # steps that are changed at once


# ---- the operator that complains, and steps around it -------------------------------------------


def arguments(mismatch: Mismatch, step: OpStep) -> Fixes:
    """What the operator itself proposes: `argument=value` in its help."""
    for name, value in _ASSIGNED.findall(mismatch.help or ""):
        if name not in step.op.model_fields:
            continue
        fix = with_argument(step.span, step.op, name, value)
        if fix is not None:
            yield fix


def instead(mismatch: Mismatch, step: OpStep) -> Fixes:
    """The operators it proposes in its place, with the same arguments."""
    name = step.op.name
    if not step.span.text.startswith(name) or mismatch.argument != "like":
        return
    for other in re.findall(r"`(\w+)\(like=\.\.\.\)`", mismatch.help or ""):
        if other in OPS:
            span = Span(step.span.source, step.span.start, step.span.start + len(name))
            yield replaced(span, other, f"`{other}{shortened(step.span.text[len(name) :])}`")


def before(span: Span, chain: str) -> Fixes:
    """Steps in front of a step that takes what flows; its label stays with it."""
    line = span.source.text[: span.start].rpartition("\n")[2]
    place = _BEFORE_A_STEP.search(line)
    if place is None:
        return
    offset = span.start - len(place["label"] or "")
    title = f"`... -> {chain} -> {shortened(span.text)}`"
    yield inserted(span.source, offset, f"{chain} -> ", title)


def after(span: Span, chain: str, shown: str) -> Fix:
    """Steps behind an operand."""
    return inserted(span.source, span.end, f" -> {chain}", f"`{shown} -> {chain}`")


# ---- earlier steps ------------------------------------------------------------------------------


def by_channels(machine: Machine, mismatch: Mismatch, step: OpStep, op: Op, x: Tensor) -> Fixes:
    """Channels that split into the groups the operator has: its own, and those that flow in."""
    groups = _number(op, "groups") or (_number(op, "factor") or 1) ** 2
    own = _number(op, "channels")
    if own is not None and own % groups:
        for count in _multiples(own, groups):
            fix = with_argument(step.span, step.op, "channels", str(count))
            yield from [fix] if fix else []
    if x.shape.channels % groups:
        for count in _multiples(x.shape.channels, groups):
            yield from _channels(machine, made_by(machine, x), x.shape, count)


def _multiples(count: int, of: int) -> list[int]:
    around = [count // of * of, -(-count // of) * of]
    return sorted((n for n in around if n), key=lambda n: abs(n - count))


def by_larger_input(machine: Machine, x: Tensor) -> Fixes:
    """Earlier steps that make their output less small, the last two of them."""
    strided = (node for node in made_by(machine, x) if (_number(node.op, "stride") or 1) > 1)
    for node in islice(strided, 2):
        yield from _set(machine, node, "stride", (_number(node.op, "stride") or 2) // 2)


def by_other_layers(machine: Machine, fault: Tensor, target: Tensor) -> Fixes:
    """Another number in one of the steps that made two values what they are."""
    own, others = _apart(machine, fault, target)
    mine, other = fault.shape, target.shape
    sides = [(own, others, mine, other), (others, own, other, mine)]
    for way, against, shape, wanted in sorted(sides, key=lambda side: -side[2].elements):
        if shape.channels != wanted.channels:
            yield from _channels(machine, way, shape, wanted.channels)
        if shape.size != wanted.size and shape.rank == wanted.rank:
            yield from islice(_of_size(machine, way, against, shape, wanted), _MOST_OF_A_KIND)


def by_keeping_the_size(machine: Machine, op: Op, fault: Tensor, target: Tensor) -> Fixes:
    """The padding with which convolutions keep their size, where it was left out of one or two on
    the way to two values: of the one that makes the difference, of both, or of either. (What is
    joined by `concat` may well be smaller by two: a U-Net crops its skips.)"""
    n, m = fault.shape.size, target.shape.size
    if len(n) != len(m) or n == m:
        return
    difference = max(abs(a - b) for a, b in zip(n, m, strict=True))
    for way in _apart(machine, fault, target):
        kept = [(node, same) for node in way if (same := _same(node.op)) is not None]
        each = sorted(kept, key=lambda one: _gain(*one) != difference)
        several = len(kept) == _MOST_TOGETHER and op.name != "concat"
        if several and _gain(*each[0]) != difference:
            yield from _together([next(_padded(machine, *one), None) for one in reversed(kept)])
        for node, same in each[:_MOST_TOGETHER]:
            yield from _padded(machine, node, same)


def _padded(machine: Machine, node: Node, same: Sequence[int]) -> Fixes:
    value = same[0] if len(set(same)) == 1 else "x".join(map(str, same))
    return _set(machine, node, "padding", value)


def _together(fixes: Sequence[Fix | None]) -> Fixes:
    made = [fix for fix in fixes if fix is not None]
    if len(made) == len(fixes) and len({fix.edits for fix in made}) == len(made):
        titles = list(dict.fromkeys(fix.title for fix in made))
        title = " and ".join(titles) if titles[1:] else titles[0].replace(" in `", " in both `", 1)
        yield Fix(title, tuple(edit for fix in made for edit in fix.edits))


def _same(op: Op) -> tuple[int, ...] | None:
    """The padding with which a window of stride 1 keeps the size, if it has less."""
    if op.name.startswith("conv_transpose") or _number(op, "stride") != 1:
        return None
    kernel, padding = getattr(op, "kernel", None), getattr(op, "padding", None)
    dilation = getattr(op, "dilation", 1)
    if kernel is None or not isinstance(padding, int | tuple):
        return None
    rank = max(len(each) if isinstance(each, tuple) else 1 for each in (kernel, padding, dilation))
    axes = [each if isinstance(each, tuple) else (each,) * rank for each in (kernel, dilation)]
    reach = [(k - 1) * d for k, d in zip(*axes, strict=True)]
    same = tuple(total // 2 for total in reach)
    given = padding if isinstance(padding, tuple) else (padding,) * rank
    is_less = any(p < q for p, q in zip(given, same, strict=True))
    return same if is_less and not any(total % 2 for total in reach) else None


def _gain(node: Node, same: tuple[int, ...]) -> int:
    """By how much the size grows with it, on the axis where it is most."""
    padding: int | tuple[int, ...] = getattr(node.op, "padding", 0)
    given = padding if isinstance(padding, tuple) else (padding,) * len(same)
    return 2 * max(q - p for p, q in zip(given, same, strict=True))


def _apart(machine: Machine, x: Tensor, y: Tensor) -> tuple[list[Node], list[Node]]:
    """The nodes that made one of two values, and not the other."""
    first, second = [*made_by(machine, x)], [*made_by(machine, y)]
    shared = {node.index for node in first} & {node.index for node in second}
    one, other = ([n for n in way if n.index not in shared] for way in (first, second))
    return one, other


def with_channels(machine: Machine, x: Tensor) -> Fixes:
    """The input with one channel, where it is declared with its sizes only."""
    node = [*made_by(machine, x)][-1]
    shape = str(node.shape)
    if not node.inputs and node.span is not None and node.span.text.endswith(shape):
        source, offset = node.span.source, node.span.end - len(shape)
        yield inserted(source, offset, "1x", f"`input {node.name}: 1x{shape}`")


def made_by(machine: Machine, tensor: Tensor) -> Iterator[Node]:
    """The nodes that made a value, the last first; of a merge the way of its first operand."""
    nodes = machine.assembly.nodes
    node = nodes[tensor.value.node]
    for _ in range(_FURTHEST):
        yield node
        if not node.inputs:
            return
        node = nodes[node.inputs[0].node]


def _channels(machine: Machine, way: Iterable[Node], shape: Shape, wanted: int) -> Fixes:
    """The layer that made the channels makes as many as are wanted."""
    for node in way:
        if node.shape is None or node.shape.channels != shape.channels:
            return
        if "channels" in type(node.op).model_fields:
            yield from _set(machine, node, "channels", wanted)
            return


def _of_size(
    machine: Machine, way: list[Node], against: list[Node], shape: Shape, wanted: Shape
) -> Fixes:
    """Strides, paddings and roundings that bring one size to the other."""
    n, m = next((n, m) for n, m in zip(shape.size, wanted.size, strict=True) if n != m)
    for node in way:
        stride, padding = _number(node.op, "stride"), _number(node.op, "padding")
        if stride is not None and not node.op.name.startswith("conv_transpose"):
            if n > m and round(n / m) > 1:
                value = stride * round(n / m)
                for text in dict.fromkeys([*_strides_written(against, value), str(value)]):
                    yield from _set(machine, node, "stride", text)
            elif n < m and round(m / n) > 1 and stride % round(m / n) == 0:
                yield from _set(machine, node, "stride", stride // round(m / n))
        if (
            padding is not None
            and (m - n) % 2 == 0
            and 0 <= padding + (m - n) // 2 <= _reach(node.op)
        ):
            yield from _set(machine, node, "padding", padding + (m - n) // 2)
        if getattr(node.op, "ceil_mode", None) is False and n < m:
            yield from _set(machine, node, "ceil_mode", "true")


def _strides_written(way: list[Node], value: int) -> Iterator[str]:
    """How the other side writes this stride: in a block most likely with a parameter."""
    for node in way:
        if node.span is not None and _number(node.op, "stride") == value:
            text = written(node.span, type(node.op), "stride")
            yield from [text] if text else []


def _number(op: Op, name: str) -> int | None:
    """An argument that is one number for every axis."""
    value: Any = getattr(op, name, None)
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _reach(op: Op) -> int:
    """How far a window reaches: padding beyond it makes rows out of nothing."""
    return ((_number(op, "kernel") or 1) - 1) * (_number(op, "dilation") or 1)


def _set(machine: Machine, node: Node, name: str, value: object) -> Fixes:
    """Another argument of a step, where it is written: at the call of a block that hands it on."""
    if node.span is None:
        return
    text = written(node.span, type(node.op), name)
    if text is not None:
        yield from _at_the_call(_blocks(machine, node), text, value)
    if node.span.source.name == PRELUDE:
        return
    where = f" in `{shortened(node.span.text)}`"
    fix = with_argument(node.span, type(node.op), name, str(value), where)
    if fix is not None:
        yield fix


def _at_the_call(blocks: Sequence[OpenScope], text: str, value: object) -> Fixes:
    """Another argument of the innermost block, if what is written is a parameter of it."""
    if not blocks or blocks[-1].span is None or text not in blocks[-1].arguments:
        return
    span, names = blocks[-1].span, [*blocks[-1].arguments]
    where = f" in `{shortened(span.text)}`"
    fix = with_named(span, names, text, str(value), where) if span.source.name != PRELUDE else None
    yield from [fix] if fix else []


def _blocks(machine: Machine, node: Node) -> list[OpenScope]:
    """The blocks that a step stands in, the innermost last."""
    place: int | OpenScope | None = machine.assembly.root
    blocks = []
    for key in node.name.split("."):
        if not isinstance(place, OpenScope):
            break
        blocks += [place] if place.kind == "block" else []
        place = place.keys.get(key)
    return blocks
