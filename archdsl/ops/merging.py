"""Merging: several tensors become one. Shapes must agree; nothing is broadcast silently."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import ClassVar

from pydantic import Field

from archdsl.ops.base import Function, Keeps, Mismatch, NonNegativeInt, Op
from archdsl.ops.guards import need_axis
from archdsl.ops.shape import Shape


def _agree(op: str, shapes: tuple[Shape, ...], compared: tuple[Shape, ...], also: str = "") -> None:
    """All ``compared`` must be equal; the first that differs from most of them is at fault.

    ``shapes`` are those of the operands as they are, to be shown; ``also`` adds to the help.
    """
    expected = Counter(compared).most_common(1)[0][0]
    for index, (x, own) in enumerate(zip(shapes, compared, strict=True)):
        if own != expected:
            alike = (x for x, own in zip(shapes, compared, strict=True) if own == expected)
            raise Mismatch(
                partial(_cannot_join, op, x, [*alike]),
                operand=index,
                note="the operands are " + ", ".join(map(str, shapes)),
                help=partial(_bridge, own, expected, also),
            )


def _cannot_join(op: str, x: Shape, others: list[Shape]) -> str:
    return f"{op} cannot join {x} with {max(others, key=lambda other: other.elements)}"


def _bridge(x: Shape, target: Shape, also: str = "") -> str:
    """The steps that turn one shape into the other; ``...`` stands for the other operand."""
    if x.rank != target.rank:
        if x.rank and not target.rank and x.elements == target.elements:
            return f"`flatten` it first{also}"
        return (
            f"bring both to the same number of axes: {x.rank} and {target.rank} do not go "
            f"together{also}"
        )
    steps = []
    if x.channels != target.channels:
        steps.append(
            f"`project(like=...)`, or a layer with channels={target.channels}, changes the channels"
        )
    if x.size != target.size:
        pairs = list(zip(x.size, target.size, strict=True))
        if all(n >= m for n, m in pairs):
            steps.append("`crop(like=...)` cuts it to size")
        elif all(n <= m for n, m in pairs):
            steps.append("`pad(like=...)` or `upsample(like=...)` brings it to size")
        else:
            steps.append("`upsample(like=...)` brings it to size")
    return "; ".join(steps) + also


class Merge(Op):
    """What the elementwise mergers share: any number of operands of one shape."""

    operands: ClassVar[tuple[int, int | None]] = (1, None)
    infix: ClassVar[str] = ""

    def shape(self, *xs: Shape) -> Shape:
        _agree(self.name, xs, xs)
        return xs[0]

    def torch(self, *xs: Shape) -> Function:
        if len(xs) == 1:
            # A copy: an operation in place on a sum must never reach what was summed.
            return Function("{x}.clone()")
        return Function(infix=self.infix)


class Add(Merge, name="add"):
    """Sum of the operands, as in a residual connection.

    All shapes must be equal, and so is the output's.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.add.html

    >>> Add().shape(Shape((64, 56, 56)), Shape((64, 56, 56)))
    (64, 56, 56)
    """

    infix: ClassVar[str] = " + "


class Sub(Merge, name="sub"):
    """The first operand less the second.

    The shapes must be equal, and so is the output's.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.sub.html

    >>> Sub().shape(Shape((64, 56, 56)), Shape((64, 56, 56)))
    (64, 56, 56)
    """

    operands: ClassVar[tuple[int, int | None]] = (2, 2)
    infix: ClassVar[str] = " - "


def _gates(x: Shape) -> tuple[Shape, Shape]:
    """A factor for each channel, and one for each position."""
    return x.with_size((1,) * x.rank), x.with_channels(1)


class Mul(Merge, name="mul"):
    """Product of the operands, element by element.

    Shapes must be equal, but for gates: against ``C x *size`` an operand may be ``C x 1 x 1``, a
    factor for each channel (squeeze-and-excitation), or ``1 x *size``, a factor for each position
    (spatial attention). The output has the full shape.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.mul.html,
    https://arxiv.org/abs/1709.01507

    >>> Mul().shape(Shape((256, 56, 56)), Shape((256, 1, 1)))
    (256, 56, 56)
    """

    infix: ClassVar[str] = " * "

    def shape(self, *xs: Shape) -> Shape:
        full = next((x for x in xs if all(y == x or y in _gates(x) for y in xs)), None)
        if full is not None:
            return full
        full = max(xs, key=lambda x: x.elements)
        gates = _gates(full)
        # The gates take the full shape here, so that the fault is found among the others.
        compared = tuple(full if x in gates else x for x in xs)
        _agree(self.name, xs, compared, f"; as a gate {gates[0]} or {gates[1]} would do")
        return full

    def keeps(self) -> Keeps:
        return Keeps.INPUT


class Max(Merge, name="max"):
    """The greatest of the operands, element by element (maxout).

    All shapes must be equal, and so is the output's. Of more than two operands the maxima on the
    way are kept as well.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.maximum.html

    >>> Max().shape(Shape((64, 56, 56)), Shape((64, 56, 56)))
    (64, 56, 56)
    """

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, *xs: Shape) -> Function:
        if len(xs) == 1:
            return super().torch(*xs)
        if len(xs) == 2:
            return Function("torch.maximum({xs})")
        template = "functools.reduce(torch.maximum, [{xs}])"
        return Function(template, imports=("import functools",))


class Concat(Op, name="concat"):
    """The operands one after another along one axis.

    The sizes along ``dim`` add up; all others must be equal. ``dim`` counts the axes of a sample
    from 0, the channels: PyTorch's ``dim`` less the batch.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.cat.html

    >>> Concat().shape(Shape((64, 56, 56)), Shape((32, 56, 56)))
    (96, 56, 56)
    """

    operands: ClassVar[tuple[int, int | None]] = (1, None)
    dim: NonNegativeInt = Field(0, description="axis of the sample; 0 is the channels")

    def shape(self, *xs: Shape) -> Shape:
        for x in xs:
            need_axis(self.name, x, "dim", self.dim)
        dim = int(self.dim)  # one number, where it stands for many
        before, after = xs[0][:dim], xs[0][dim + 1 :]
        first = xs[0][dim]
        _agree(self.name, xs, tuple(Shape((*x[:dim], first, *x[dim + 1 :])) for x in xs))
        return Shape((*before, sum(x[dim] for x in xs), *after))

    def torch(self, *xs: Shape) -> Function:
        return Function("torch.cat([{xs}], dim={dim})", {"dim": self.dim + 1})
