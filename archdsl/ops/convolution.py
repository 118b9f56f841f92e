"""Convolutions and the fully connected layer: the operators that multiply and accumulate."""

from __future__ import annotations

from math import prod
from typing import Any, Literal

from pydantic import Field

from archdsl.ops.arithmetic import conv_size
from archdsl.ops.base import (
    Keeps,
    Mismatch,
    Module,
    NonNegativeSize,
    Op,
    PositiveInt,
    Size,
    Weight,
    per_axis,
    per_axis_call,
)
from archdsl.ops.shape import Shape
from archdsl.ops.window import need_spatial, window_fits


class Conv(Op, name="conv"):
    """Convolution with zero padding, in as many dimensions as its input has.

    Input ``C x *size``, output ``channels x *size'`` with
    ``size' = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> Conv(channels=64, kernel=7, stride=2, padding=3).shape(Shape((3, 224, 224)))
    (64, 112, 112)
    """

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
        self._check_groups(x)
        kernel, stride = per_axis(self.kernel, x, "kernel"), per_axis(self.stride, x, "stride")
        dilation = per_axis(self.dilation, x, "dilation")
        if self.padding == "same":
            if any(step != 1 for step in stride):
                raise Mismatch(
                    'padding="same" needs stride 1',
                    code="bad-argument",
                    argument="padding",
                    help="give the padding as a number, or leave out the stride",
                )
            return x.with_channels(self.channels)
        padding = per_axis(self.padding, x, "padding")
        size = tuple(map(conv_size, x.size, kernel, stride, padding, dilation))
        window_fits(x, kernel, stride, padding, dilation, size)
        return Shape((self.channels, *size))

    def _check_groups(self, x: Shape) -> None:
        for count, what in ((x.channels, "input"), (self.channels, "output")):
            if count % self.groups:
                raise Mismatch(
                    f"{count} {what} channels cannot be split into {self.groups} equal groups",
                    code="bad-groups",
                    argument="groups",
                    help=f"groups must divide both {x.channels} (input channels) "
                    f"and {self.channels} (output channels)",
                )

    def weights(self, x: Shape) -> dict[str, Weight]:
        kernel = per_axis(self.kernel, x, "kernel")
        weights = {"weight": Weight((self.channels, x.channels // self.groups, *kernel))}
        if self.bias:
            weights["bias"] = Weight((self.channels,))
        return weights

    def macs(self, x: Shape, y: Shape) -> int:
        return y.elements * (x.channels // self.groups) * prod(per_axis(self.kernel, x, "kernel"))

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        options: dict[str, Any] = {"kernel_size": per_axis_call(self.kernel)}
        for name, default in (("stride", 1), ("padding", 0), ("dilation", 1)):
            value = per_axis_call(getattr(self, name))
            if value != default:
                options[name] = value
        if self.groups != 1:
            options["groups"] = self.groups
        if not self.bias:
            options["bias"] = False
        if self.padding_mode != "zeros":
            options["padding_mode"] = self.padding_mode
        return Module(f"nn.Conv{x.rank}d", (x.channels, self.channels), options)
