"""Convolutions and the fully connected layer: the operators that multiply and accumulate."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from pydantic import Field

from archdsl.ops.arithmetic import conv_size, transposed_size
from archdsl.ops.base import (
    Keeps,
    Mismatch,
    Module,
    NonNegativeSize,
    Op,
    PositiveInt,
    Size,
    Weight,
    options,
    per_axis,
    per_axis_call,
)
from archdsl.ops.guards import need_groups, need_reach, need_spatial
from archdsl.ops.shape import Shape
from archdsl.ops.window import extent, lost_rows, window_fits


class Conv(Op, name="conv"):
    """Convolution with zero padding, in as many dimensions as its input has.

    Input ``C x *size``, output ``channels x *size'`` with
    ``size' = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> Conv(channels=64, kernel=7, stride=2, padding=3).shape(Shape((3, 224, 224)))
    (64, 112, 112)
    """

    implied = 0

    channels: PositiveInt = Field(description="output channels")
    kernel: Size = Field(description="extent of the kernel")
    stride: Size = Field(1, description="step between neighbouring windows")
    padding: NonNegativeSize | Literal["same"] = Field(
        0, description='elements added at both ends of each axis, or "same" to keep the size'
    )
    dilation: Size = Field(1, description="distance between neighbouring kernel elements")
    groups: PositiveInt = Field(1, description="independent groups the channels are split into")
    bias: bool = Field(True, description="whether a bias is added")
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = Field(
        "zeros", description="what the padding holds"
    )

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        need_groups(self.groups, "groups", input=x.channels, output=self.channels)
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        dilation = per_axis(self.dilation, x, "dilation")
        if self.padding == "same":
            return self._same(x, kernel, stride, dilation)
        padding = per_axis(self.padding, x, "padding")
        need_reach(self.padding_mode, x, tuple((p, p) for p in padding), "padding")
        size = tuple(map(conv_size, x.size, kernel, stride, padding, dilation))
        # Padding taken from the input itself cannot be made as large as one likes.
        may_pad = self.padding_mode in ("zeros", "replicate")
        window_fits(x, kernel, stride, padding, dilation, size, may_pad=may_pad)
        return Shape((self.channels, *size))

    def _same(
        self, x: Shape, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
    ) -> Shape:
        """The size is kept; of an odd total, the greater part of the padding is at the end."""
        if any(step != 1 for step in stride):
            raise Mismatch(
                'padding="same" needs stride 1',
                code="bad-argument",
                argument="padding",
                help="give the padding as a number, or leave out the stride",
            )
        total = tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))
        need_reach(self.padding_mode, x, tuple((p // 2, p - p // 2) for p in total), "padding")
        return x.with_channels(self.channels)

    def weights(self, x: Shape) -> dict[str, Weight]:
        kernel = per_axis(self.kernel, x, "kernel")
        return _weight_and_bias(
            (self.channels, x.channels // self.groups, *kernel), self.bias, self.channels
        )

    def macs(self, x: Shape, y: Shape) -> int:
        return y.elements * (x.channels // self.groups) * prod(per_axis(self.kernel, x, "kernel"))

    def lost(self, x: Shape) -> tuple[int, ...]:
        if self.padding == "same":  # at stride 1 nothing is left over
            return (0,) * x.rank
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        padding = per_axis(self.padding, x, "padding")
        dilation = per_axis(self.dilation, x, "dilation")
        return tuple(map(lost_rows, x.size, kernel, stride, padding, dilation))

    def sees(self, x: Shape) -> tuple[tuple[float, float], ...]:
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        span = map(extent, kernel, per_axis(self.dilation, x, "dilation"))
        return tuple(zip(span, stride, strict=True))

    def _uneven(self) -> bool:
        """Whether "same" is an odd number of elements on some axis, more at its end."""
        extents = [v for v in (self.kernel, self.dilation) if isinstance(v, tuple)]
        model = Shape((1, *extents[0])) if extents else Shape((1, 1))
        kernel = per_axis(self.kernel, model, "kernel")
        dilation = per_axis(self.dilation, model, "dilation")
        return any(d * (k - 1) % 2 for k, d in zip(kernel, dilation, strict=True))

    def keeps(self) -> Keeps:
        if self.padding_mode == "zeros" and self.padding == "same" and self._uneven():
            return Keeps.COPY
        # Other padding is a step of its own: what the convolution keeps is the padded copy, and
        # mirroring or repeating the border keeps what it started from as well.
        kept = {"zeros": Keeps.INPUT, "circular": Keeps.COPY}
        return kept.get(self.padding_mode, Keeps.INPUT | Keeps.COPY)

    def torch(self, x: Shape) -> Module:
        names = ("stride", "padding", "dilation", "groups", "bias", "padding_mode")
        arguments = {"kernel_size": per_axis_call(self.kernel), **options(self, *names)}
        return Module(f"nn.Conv{x.rank}d", (x.channels, self.channels), arguments)


class ConvTranspose(Op, name="conv_transpose"):
    """Transposed convolution, the usual learned upsampling: the gradient of a convolution.

    Input ``C x *size``, output ``channels x *size'`` with
    ``size' = (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    >>> ConvTranspose(channels=64, kernel=2, stride=2).shape(Shape((128, 28, 28)))
    (64, 56, 56)
    """

    implied = 0
    enlarges: ClassVar[bool] = True

    channels: PositiveInt = Field(description="output channels")
    kernel: Size = Field(description="extent of the kernel")
    stride: Size = Field(1, description="step in the output between neighbouring input elements")
    padding: NonNegativeSize = Field(0, description="elements cut off at both ends of each axis")
    output_padding: NonNegativeSize = Field(
        0, description="elements added at the end of each axis; less than stride or dilation"
    )
    dilation: Size = Field(1, description="distance between neighbouring kernel elements")
    groups: PositiveInt = Field(1, description="independent groups the channels are split into")
    bias: bool = Field(True, description="whether a bias is added")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        need_groups(self.groups, "groups", input=x.channels, output=self.channels)
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        padding = per_axis(self.padding, x, "padding")
        extra = per_axis(self.output_padding, x, "output_padding")
        dilation = per_axis(self.dilation, x, "dilation")
        self._check_extra(extra, tuple(map(max, stride, dilation)))
        size = tuple(map(transposed_size, x.size, kernel, stride, padding, extra, dilation))
        if any(out < 1 for out in size):
            self._refuse_padding(x, kernel, stride, padding, extra, dilation)
        return Shape((self.channels, *size))

    def _check_extra(self, extra: tuple[int, ...], limits: tuple[int, ...]) -> None:
        for added, limit in zip(extra, limits, strict=True):
            if added < limit:
                continue
            raise Mismatch(
                f"output_padding {added} must be smaller than the stride or the dilation",
                code="bad-argument",
                argument="output_padding",
                note=f"{added} >= max(stride, dilation) = {limit}",
                help=f"output_padding={min(limits) - 1} is the most these allow",
            )

    def _refuse_padding(self, x: Shape, *arguments: tuple[int, ...]) -> None:
        axes = list(zip(x.size, *arguments, strict=True))
        n, k, s, p, o, d = next(axis for axis in axes if transposed_size(*axis) < 1)
        out = transposed_size(n, k, s, p, o, d)
        most = min((transposed_size(n, k, s, 0, o, d) - 1) // 2 for n, k, s, _, o, d in axes)
        raise Mismatch(
            f"a padding of {p} cuts off all of the output",
            code="bad-argument",
            argument="padding",
            note=f"({n} - 1)*{s} - 2*{p} + {d}*({k} - 1) + {o} + 1 = {out}",
            help=f"padding={most} is the most that leaves an element",
        )

    def weights(self, x: Shape) -> dict[str, Weight]:
        kernel = per_axis(self.kernel, x, "kernel")
        return _weight_and_bias(
            (x.channels, self.channels // self.groups, *kernel), self.bias, self.channels
        )

    def macs(self, x: Shape, y: Shape) -> int:
        kernel = per_axis(self.kernel, x, "kernel")
        return x.elements * (self.channels // self.groups) * prod(kernel)

    def sees(self, x: Shape) -> tuple[tuple[float, float], ...]:
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        span = map(extent, kernel, per_axis(self.dilation, x, "dilation"))
        return tuple((-(-k // s), 1 / s) for k, s in zip(span, stride, strict=True))

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        names = ("stride", "padding", "output_padding", "groups", "bias", "dilation")
        arguments = {"kernel_size": per_axis_call(self.kernel), **options(self, *names)}
        return Module(f"nn.ConvTranspose{x.rank}d", (x.channels, self.channels), arguments)


CHANNEL_LINEAR = '''\
class ChannelLinear(nn.Linear):
    """The same fully connected layer of the channels at each position."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        convolve = (F.conv1d, F.conv2d, F.conv3d)[x.dim() - 3]
        return convolve(x, self.weight.view(*self.weight.shape, *[1] * (x.dim() - 2)), self.bias)
'''


class Linear(Op, name="linear"):
    """Fully connected layer: every output is a weighted sum of every input.

    Input a vector ``C``, output a vector ``channels``. Over the ``"channels"`` it works at each
    position, ``C x *size`` to ``channels x *size``: a 1x1 convolution with the weight of a linear
    layer, as the MLPs of ConvNeXt and of transformers have it.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html

    >>> Linear(channels=1000).shape(Shape((2048,)))
    (1000,)
    >>> Linear(channels=384, over="channels").shape(Shape((96, 56, 56)))
    (384, 56, 56)
    """

    implied = 0

    channels: PositiveInt = Field(description="output features")
    bias: bool = Field(True, description="whether a bias is added")
    over: Literal["sample", "channels"] = Field(
        "sample", description="what is summed: a whole sample, or the channels at each position"
    )

    def shape(self, x: Shape) -> Shape:
        if x.rank != 0 and self.over == "sample":
            raise Mismatch(
                f"linear needs a vector, but what flows in is {x}",
                code="wrong-rank",
                help="flatten first: `flatten -> linear(...)`",
            )
        return x.with_channels(self.channels)

    def weights(self, x: Shape) -> dict[str, Weight]:
        return _weight_and_bias((self.channels, x.channels), self.bias, self.channels)

    def macs(self, x: Shape, y: Shape) -> int:
        return x.channels * y.elements

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        arguments = options(self, "bias")
        if x.rank == 0:
            return Module("nn.Linear", (x.channels, self.channels), arguments)
        return Module("ChannelLinear", (x.channels, self.channels), arguments, CHANNEL_LINEAR)


def _weight_and_bias(weight: tuple[int, ...], bias: bool, channels: int) -> dict[str, Weight]:
    weights = {"weight": Weight(weight)}
    if bias:
        weights["bias"] = Weight((channels,))
    return weights
