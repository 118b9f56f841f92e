"""Reshaping: the same elements in another shape, order or number of tensors."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from archdsl.ops.base import Function, Mismatch, Module, NonNegativeInt, Op, PositiveInt
from archdsl.ops.guards import need_axis, need_groups, need_spatial
from archdsl.ops.shape import Shape


def _as_tuple(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, tuple) else (value,)


def _one_open(extents: tuple[int, ...]) -> tuple[int, ...]:
    if any(extent < 1 and extent != -1 for extent in extents):
        raise ValueError("each extent must be at least 1, or -1 for whatever is left")
    if extents.count(-1) > 1:
        raise ValueError("only one extent can be -1")
    return extents


Extents = Annotated[
    tuple[int, ...], Field(min_length=1), BeforeValidator(_as_tuple), AfterValidator(_one_open)
]
Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1), BeforeValidator(_as_tuple)]


class Flatten(Op, name="flatten"):
    """All axes from ``start_dim`` on become one; by default a sample becomes a vector.

    Input ``C x *size``, output ``C * prod(size)``. ``start_dim`` counts the axes of a sample from
    0, the channels.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.flatten.html

    >>> Flatten().shape(Shape((512, 7, 7))), Flatten(start_dim=1).shape(Shape((512, 7, 7)))
    ((25088,), (512, 49))
    """

    aliases: ClassVar[bool] = True
    start_dim: NonNegativeInt = Field(0, description="first axis that is flattened")

    def shape(self, x: Shape) -> Shape:
        need_axis(self.name, x, "start_dim", self.start_dim)
        start = int(self.start_dim)  # one number, where it stands for many
        return Shape((*x[:start], prod(x[start:])))

    def sees(self, x: Shape) -> None:
        return None  # positions become elements of one axis

    def torch(self, x: Shape) -> Function:
        return Function("torch.flatten({x}, {start})", {"start": self.start_dim + 1})


class Reshape(Op, name="reshape"):
    """The same elements in the same order with another shape.

    Output ``size``, channels first, without the batch; one extent may be ``-1``: whatever is left.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.reshape.html

    >>> Reshape(size=(128, 7, 7)).shape(Shape((6272,)))
    (128, 7, 7)
    >>> Reshape(size=(64, -1)).shape(Shape((64, 7, 7)))
    (64, 49)
    """

    aliases: ClassVar[bool] = True
    size: Extents = Field(description="the new shape, channels first; one extent may be -1")

    def shape(self, x: Shape) -> Shape:
        known = prod(extent for extent in self.size if extent != -1)
        is_open = -1 in self.size
        if x.elements % known if is_open else x.elements != known:
            product = "*".join(str(extent) for extent in self.size if extent != -1) or "1"
            wanted = "a multiple of " if is_open else ""
            raise Mismatch(
                f"the {x.elements} elements of {x} do not fill the new shape",
                argument="size",
                note=f"{'*'.join(map(str, x))} = {x.elements}, but not {wanted}{product} = {known}",
                help="one extent of -1 takes whatever is left: size=[-1] is a vector",
            )
        rest = x.elements // known
        return Shape(rest if extent == -1 else extent for extent in self.size)

    def sees(self, x: Shape) -> None:
        return None

    def torch(self, x: Shape) -> Function:
        # Unlike reshape, this does not need the batch size, which is not ours to know.
        if len(self.size) == 1:
            return Function("torch.flatten({x}, 1)")
        return Function("torch.flatten({x}, 1).unflatten(1, {size})", {"size": self.size})


class Chunk(Op, name="chunk"):
    """Splits the channels into equal parts, each a result of its own.

    Input ``C x *size``, output ``chunks`` times ``C / chunks x *size``. Where PyTorch would make
    the last part smaller, this is refused.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.chunk.html

    >>> Chunk(chunks=2).shape(Shape((116, 28, 28)))
    ((58, 28, 28), (58, 28, 28))
    """

    aliases: ClassVar[bool] = True
    # The limit keeps a slip of the pen from filling the memory with shapes.
    chunks: Annotated[PositiveInt, Field(le=65536)] = Field(description="number of parts")

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        need_groups(self.chunks, "chunks", input=x.channels)
        return (x.with_channels(x.channels // self.chunks),) * int(self.chunks)

    def torch(self, x: Shape) -> Function:
        return Function("torch.chunk({x}, {chunks}, dim=1)", {"chunks": self.chunks})


class Split(Op, name="split"):
    """Splits the channels into parts of the given sizes, each a result of its own.

    Input ``C x *size``, output ``n x *size`` for each ``n`` in ``sizes``, which must add up to
    ``C``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.split.html

    >>> Split(sizes=(48, 16)).shape(Shape((64, 28, 28)))
    ((48, 28, 28), (16, 28, 28))
    """

    aliases: ClassVar[bool] = True
    sizes: Counts = Field(description="channels of each part")

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        total = sum(self.sizes)
        if total != x.channels:
            rest = x.channels - total + self.sizes[-1]
            raise Mismatch(
                f"the parts have {total} channels together, but {x} has {x.channels}",
                argument="sizes",
                note=f"{' + '.join(map(str, self.sizes))} = {total}",
                help=f"sizes={[*self.sizes[:-1], rest]} adds up"
                if rest > 0
                else f"the sizes must add up to {x.channels}",
            )
        return tuple(x.with_channels(count) for count in self.sizes)

    def torch(self, x: Shape) -> Function:
        return Function("torch.split({x}, {sizes}, dim=1)", {"sizes": list(self.sizes)})


class ChannelShuffle(Op, name="channel_shuffle"):
    """Deals the channels of ``groups`` groups out in turn, so that the next groups see all of them.

    The shape stays: the channels, seen as ``groups x C / groups``, are transposed.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html,
    https://arxiv.org/abs/1707.01083

    >>> ChannelShuffle(groups=2).shape(Shape((116, 28, 28)))
    (116, 28, 28)
    """

    # With one group some devices return a view.
    aliases: ClassVar[bool] = True
    groups: PositiveInt = Field(description="groups the channels are in")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        need_groups(self.groups, "groups", input=x.channels)
        return x

    def torch(self, x: Shape) -> Module:
        return Module("nn.ChannelShuffle", (self.groups,))
