"""Pooling: the greatest or the mean value of each window, and the inverse of max pooling."""

from __future__ import annotations

from math import gcd
from typing import Any, ClassVar

from pydantic import Field

from archdsl.ops.arithmetic import pool_size, unpool_size
from archdsl.ops.base import (
    Function,
    Keeps,
    Mismatch,
    Module,
    NonNegativeSize,
    Op,
    Size,
    options,
    per_axis,
    per_axis_call,
)
from archdsl.ops.guards import dots, need_spatial, target_size
from archdsl.ops.shape import Shape
from archdsl.ops.window import extent, lost_rows, window_fits


class Pooling(Op):
    """What the pooling operators share: the windows, by default side by side."""

    kernel: Size = Field(description="extent of the window")
    stride: Size | None = Field(None, description="step between windows; by default the kernel")
    padding: NonNegativeSize = Field(
        0, description="elements added at both ends of each axis; at most half the kernel"
    )

    def _windows(self, x: Shape) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Kernel, stride and padding for each axis."""
        need_spatial(self.name, x)
        kernel = per_axis(self.kernel, x, "kernel")
        stride = kernel if self.stride is None else per_axis(self.stride, x, "stride")
        padding = per_axis(self.padding, x, "padding")
        for p, k in zip(padding, kernel, strict=True):
            if p <= k // 2:
                continue
            raise Mismatch(
                f"padding {p} is more than half the kernel {k}",
                code="bad-argument",
                argument="padding",
                note=f"{p} > {k} // 2 = {k // 2}",
                help=f"padding={min(kernel) // 2} is the most this kernel allows",
            )
        return kernel, stride, padding

    def _pooled(self, x: Shape, dilation: int | tuple[int, ...], ceil_mode: bool) -> Shape:
        kernel, stride, padding = self._windows(x)
        spread = per_axis(dilation, x, "dilation")
        size = tuple(
            pool_size(*axis, ceil_mode)
            for axis in zip(x.size, kernel, stride, padding, spread, strict=True)
        )
        window_fits(x, kernel, stride, padding, spread, size, ceil_mode=ceil_mode, pooling=True)
        return x.with_size(size)

    def _left_over(
        self, x: Shape, dilation: int | tuple[int, ...], ceil_mode: bool
    ) -> tuple[int, ...]:
        if ceil_mode:
            return (0,) * x.rank
        spread = per_axis(dilation, x, "dilation")
        return tuple(map(lost_rows, x.size, *self._windows(x), spread))

    def sees(self, x: Shape, **refs: Any) -> tuple[tuple[float, float], ...]:
        kernel, stride, _ = self._windows(x)
        span = map(extent, kernel, per_axis(getattr(self, "dilation", 1), x, "dilation"))
        return tuple(zip(span, stride, strict=True))

    def _module(self, callee: str, *names: str) -> Module:
        chosen = options(self, "stride", "padding", *names)
        return Module(callee, (), {"kernel_size": per_axis_call(self.kernel), **chosen})


class MaxPool(Pooling, name="maxpool"):
    """The greatest value of each window.

    Input ``C x *size``, output ``C x *size'`` with
    ``size' = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1``, rounded up with
    ``ceil_mode`` unless the last window would start in the padding. With ``return_indices`` a
    second result ``indices`` of the same shape tells where each value was, for ``max_unpool``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    >>> MaxPool(kernel=3, stride=2, ceil_mode=True).shape(Shape((64, 112, 112)))
    (64, 56, 56)
    """

    results: ClassVar[tuple[str, ...]] = ("indices",)
    dilation: Size = Field(1, description="distance between neighbouring elements of a window")
    ceil_mode: bool = Field(False, description="whether the output size is rounded up")
    return_indices: bool = Field(False, description="whether indices are a second result")

    def shape(self, x: Shape) -> Shape | tuple[Shape, ...]:
        y = self._pooled(x, self.dilation, self.ceil_mode)
        return (y, y) if self.return_indices else y

    def lost(self, x: Shape) -> tuple[int, ...]:
        return self._left_over(x, self.dilation, self.ceil_mode)

    def keeps(self) -> Keeps:
        return Keeps.INPUT | Keeps.INDICES

    def torch(self, x: Shape) -> Module:
        return self._module(f"nn.MaxPool{x.rank}d", "dilation", "return_indices", "ceil_mode")


class AvgPool(Pooling, name="avgpool"):
    """The mean of each window.

    Input ``C x *size``, output ``C x *size'`` with
    ``size' = floor((size + 2 padding - kernel) / stride) + 1``, rounded up with ``ceil_mode``
    unless the last window would start in the padding.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html

    >>> AvgPool(kernel=2).shape(Shape((64, 28, 28)))
    (64, 14, 14)
    """

    ceil_mode: bool = Field(False, description="whether the output size is rounded up")
    count_include_pad: bool = Field(True, description="whether the padding counts in the mean")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        self._check_volume(x)
        return self._pooled(x, 1, self.ceil_mode)

    def _check_volume(self, x: Shape) -> None:
        """PyTorch's 3-D mean does without the padding when it asks whether a window fits."""
        kernel = per_axis(self.kernel, x, "kernel")
        if x.rank < 3 or all(k <= n for k, n in zip(kernel, x.size, strict=True)):
            return
        raise Mismatch(
            f"a {dots(kernel)} window does not fit on {dots(x.size)}",
            code="window-too-large",
            argument="kernel",
            note="along three axes PyTorch wants the window to fit without the padding",
            help=f"a kernel of at most {dots(x.size)} fits, or pad in a step before: `pad(...)`",
        )

    def lost(self, x: Shape) -> tuple[int, ...]:
        return self._left_over(x, 1, self.ceil_mode)

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        return self._module(f"nn.AvgPool{x.rank}d", "ceil_mode", "count_include_pad")


class AdaptiveAvgPool(Op, name="adaptive_avgpool"):
    """The mean of windows laid out so that the output has the given size.

    Input ``C x *size``, output ``C x *self.size``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html

    >>> AdaptiveAvgPool(size=7).shape(Shape((512, 14, 10)))
    (512, 7, 7)
    """

    forgets_size: ClassVar[bool] = True
    size: Size = Field(description="output size")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x.with_size(per_axis(self.size, x, "size"))

    def sees(self, x: Shape) -> tuple[tuple[float, float], ...]:
        # Window i reaches from floor(i n / out) to ceil((i + 1) n / out); this is the largest.
        axes = zip(x.size, per_axis(self.size, x, "size"), strict=True)
        return tuple((-((gcd(n, out) - out - n) // out), n / out) for n, out in axes)

    def keeps(self) -> Keeps:
        # To one element PyTorch takes a plain mean, which keeps nothing.
        return Keeps.NOTHING if per_axis_call(self.size) == 1 else Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        return Module.of(f"nn.AdaptiveAvgPool{x.rank}d", per_axis_call(self.size))


class GlobalAvgPool(Op, name="global_avgpool"):
    """The mean of each channel over all positions.

    Input ``C x *size``, output ``C x 1`` in each spatial axis.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html

    >>> GlobalAvgPool().shape(Shape((2048, 7, 7)))
    (2048, 1, 1)
    """

    forgets_size: ClassVar[bool] = True

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x.with_size((1,) * x.rank)

    def sees(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return tuple((n, n) for n in x.size)

    def torch(self, x: Shape) -> Module:
        return Module.of(f"nn.AdaptiveAvgPool{x.rank}d", 1)


class MaxUnpool(Pooling, name="max_unpool"):
    """Puts each value where ``indices`` of a max pooling say it was, and zeros elsewhere.

    Input ``C x *size``, output ``C x *size'`` with
    ``size' = (size - 1) stride - 2 padding + kernel``. Where the pooling had rounded its size, that
    is not the size it started from: ``size`` or ``like`` gives it exactly.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html

    >>> small = Shape((64, 7, 7))
    >>> MaxUnpool(kernel=2).shape(small, indices=small)
    (64, 14, 14)
    >>> MaxUnpool(kernel=2).shape(small, indices=small, like=Shape((32, 15, 15)))
    (64, 15, 15)
    """

    refs: ClassVar[tuple[str, ...]] = ("indices", "like")
    needs_refs: ClassVar[bool] = True
    enlarges: ClassVar[bool] = True
    # The indices autograd keeps here are those that the max pooling keeps anyway.
    size: Size | None = Field(None, description="exact output size")

    def shape(self, x: Shape, *, indices: Shape | None = None, like: Shape | None = None) -> Shape:
        self._check_indices(x, indices)
        kernel, stride, padding = self._windows(x)
        size = tuple(map(unpool_size, x.size, kernel, stride, padding))
        if self.size is not None or like is not None:
            asked = target_size(self.name, x, self.size, like)
            self._check_size(size, stride, asked, "size" if like is None else "like")
            size = asked
        if any(out < 1 for out in size):
            raise Mismatch(
                f"max_unpool of {x} leaves {dots(size)}",
                code="bad-argument",
                argument="padding",
                help="use the kernel, stride and padding of the max pooling, or less padding",
            )
        return x.with_size(size)

    def _check_indices(self, x: Shape, indices: Shape | None) -> None:
        if indices == x:
            return
        raise Mismatch(
            "max_unpool needs the indices of a max pooling"
            if indices is None
            else f"the indices are {indices}, but what flows in is {x}",
            code="bad-argument" if indices is None else "shape-mismatch",
            argument="indices",
            help="name the max pooling `pool: maxpool(..., return_indices=true)` and pass "
            "`pool.indices`"
            if indices is None
            else "pass the indices of the max pooling whose output has this shape",
        )

    def _check_size(
        self, size: tuple[int, ...], stride: tuple[int, ...], asked: tuple[int, ...], argument: str
    ) -> None:
        for out, step, want in zip(size, stride, asked, strict=True):
            if out - step < want < out + step:
                continue
            raise Mismatch(
                f"max_unpool makes {dots(size)} here and cannot be stretched to {dots(asked)}",
                code="bad-argument",
                argument=argument,
                note=f"{want} is not between {out - step} and {out + step} (both excluded)",
                help="a size less than one stride away works; use the arguments of the max pooling",
            )

    def sees(self, x: Shape, **refs: Any) -> tuple[tuple[float, float], ...]:
        _, stride, _ = self._windows(x)
        return tuple((1, 1 / step) for step in stride)

    def torch(self, x: Shape, **refs: Any) -> Function:
        values = {"kernel_size": per_axis_call(self.kernel), **options(self, "stride", "padding")}
        template = "".join(f", {name}={{{name}}}" for name in values)
        if self.size is not None:
            values["output_size"] = per_axis(self.size, x, "size")
            template += ", output_size={output_size}"
        if refs.get("like") is not None:
            template += ", output_size={like}.shape[2:]"
        return Function(f"F.max_unpool{x.rank}d({{x}}, {{indices}}{template})", values)
