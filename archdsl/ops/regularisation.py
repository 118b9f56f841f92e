"""Regularisation: what drops something at random in training and is the identity otherwise."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from archdsl.ops.base import Fraction, Keeps, Module, Op, PositiveInt, Real, options
from archdsl.ops.guards import need_spatial
from archdsl.ops.shape import Shape


class Dropout(Op, name="dropout"):
    """Sets elements to zero with probability ``p`` and scales the rest by ``1 / (1 - p)``.

    The shape stays.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html

    >>> Dropout(p=0.2).torch(Shape((4096,))).kwargs
    {'p': 0.2}
    """

    aliases: ClassVar[bool] = True
    rate: ClassVar[str] = "p"
    p: Fraction = Field(0.5, description="probability that an element is dropped")

    def shape(self, x: Shape) -> Shape:
        return x

    def keeps(self) -> Keeps:
        return Keeps.MASK

    def torch(self, x: Shape) -> Module:
        return Module("nn.Dropout", (), options(self, "p"))


class ChannelDropout(Op, name="dropout2d"):
    """Dropout of whole channels, in as many dimensions as its input has.

    The shape stays. What is kept is one number for each channel: next to nothing.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html

    >>> ChannelDropout(p=0.1).torch(Shape((64, 56, 56))).callee
    'nn.Dropout2d'
    """

    aliases: ClassVar[bool] = True
    rate: ClassVar[str] = "p"
    p: Fraction = Field(0.5, description="probability that a channel is dropped")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x

    def torch(self, x: Shape) -> Module:
        return Module(f"nn.Dropout{x.rank}d", (), options(self, "p"))


DROP_PATH = '''\
class DropPath(nn.Module):
    """Stochastic depth: drops a whole sample of a residual branch with probability ``p``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        keep = 1 - self.p
        mask = x.new_empty(x.shape[0], *[1] * (x.dim() - 1)).bernoulli_(keep)
        return x * (mask / keep)

    def extra_repr(self) -> str:
        return f"p={self.p}"
'''


class DropPath(Op, name="drop_path"):
    """Stochastic depth: drops whole samples with probability ``p``, scales the rest by
    ``1 / (1 - p)``. It stands at the end of a residual branch, before the addition.

    The shape stays. What is kept is one number for each sample: next to nothing.
    Source: https://arxiv.org/abs/1603.09382

    >>> DropPath(p=0.2).torch(Shape((64, 56, 56))).callee
    'DropPath'
    """

    aliases: ClassVar[bool] = True
    rate: ClassVar[str] = "p"
    p: Annotated[Real, Field(ge=0, lt=1)] = Field(
        description="probability that a sample is dropped"
    )

    def shape(self, x: Shape) -> Shape:
        return x

    def torch(self, x: Shape) -> Module:
        return Module("DropPath", (), {"p": self.p}, support=DROP_PATH)


DROP_BLOCK = '''\
class DropBlock(nn.Module):
    """Drops square blocks of each channel, about a share ``p`` of all elements."""

    def __init__(self, p: float, block_size: int) -> None:
        super().__init__()
        self.p = p
        self.block_size = block_size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        sizes = x.shape[2:]
        blocks = [min(self.block_size, n) for n in sizes]
        starts = [n - block + 1 for n, block in zip(sizes, blocks, strict=True)]
        gamma = self.p * math.prod(sizes) / (math.prod(blocks) * math.prod(starts))
        corners = x.new_empty(*x.shape[:2], *starts).bernoulli_(gamma)
        margins = [block - 1 for block in reversed(blocks) for _ in range(2)]
        pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(sizes) - 1]
        dropped = pool(F.pad(corners, margins), blocks, stride=1).bool()
        kept = x.numel() - dropped.sum()
        return x.masked_fill(dropped, 0) * (x.numel() / kept.clamp(min=1))

    def extra_repr(self) -> str:
        return f"p={self.p}, block_size={self.block_size}"
'''


class DropBlock(Op, name="drop_block"):
    """Drops contiguous blocks of each channel, so that about a share ``p`` (one minus the paper's
    ``keep_prob``) of all elements is zero, and scales the rest by all elements / kept elements.

    The shape stays. Blocks begin with probability ``gamma = p * prod(size / (block_size
    (size - block_size + 1)))`` at each place where they fit; on an axis shorter than
    ``block_size`` they are as long as the axis.
    Source: https://arxiv.org/abs/1810.12890

    >>> DropBlock(p=0.1).torch(Shape((1024, 14, 14))).kwargs
    {'p': 0.1, 'block_size': 7}
    """

    aliases: ClassVar[bool] = True
    rate: ClassVar[str] = "p"
    p: Annotated[Real, Field(ge=0, lt=1)] = Field(
        description="share of the elements that is dropped"
    )
    block_size: PositiveInt = Field(7, description="extent of a block on each axis")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x

    def keeps(self) -> Keeps:
        return Keeps.MASK

    def torch(self, x: Shape) -> Module:
        arguments = {"p": self.p, "block_size": self.block_size}
        return Module("DropBlock", (), arguments, DROP_BLOCK, ("import math",))
