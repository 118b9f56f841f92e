"""Regularisation: what drops something at random in training and is the identity otherwise."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from archdsl.ops.base import Fraction, Keeps, Module, Op, Real, options
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
    p: Annotated[Real, Field(ge=0, lt=1)] = Field(
        description="probability that a sample is dropped"
    )

    def shape(self, x: Shape) -> Shape:
        return x

    def torch(self, x: Shape) -> Module:
        return Module("DropPath", (), {"p": self.p}, support=DROP_PATH)
