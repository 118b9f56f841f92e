"""Resampling: what changes the spatial size without a window: scaling, shuffling, framing."""

from __future__ import annotations

from operator import sub
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from archdsl.ops.arithmetic import scaled_size
from archdsl.ops.base import (
    Function,
    Keeps,
    Mismatch,
    Module,
    NonNegativeSize,
    Op,
    PositiveInt,
    Real,
    Size,
    options,
    per_axis,
    per_axis_call,
)
from archdsl.ops.guards import (
    dots,
    need_one_of,
    need_reach,
    need_spatial,
    target_size,
)
from archdsl.ops.shape import Shape

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""PyTorch's name of linear interpolation along so many axes."""


def _as_factor(value: Any) -> Any:
    """Whole factors as integers, so that sizes stay exact: ``2.0`` is ``2``."""
    if isinstance(value, list | tuple):
        return tuple(map(_as_factor, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Beyond this a size no longer fits a floating-point number; no network comes near it.
PositiveReal = Annotated[Real, Field(gt=0, le=1e6)]
Factor = PositiveInt | PositiveReal
Factors = Annotated[Factor | tuple[Factor, ...], BeforeValidator(_as_factor)]


class Upsample(Op, name="upsample"):
    """Scales the spatial axes, up or down, by interpolation.

    Input ``C x *size``, output ``C x *size'`` where ``size'`` is ``floor(size factor)``, the given
    ``size``, or the size of the tensor ``like``. ``mode="linear"`` is linear along every axis,
    whatever the rank; PyTorch's names for it, ``bilinear`` and ``trilinear``, fit their rank only.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html,
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    >>> x = Shape((64, 7, 7))
    >>> Upsample(factor=2).shape(x), Upsample(mode="linear").shape(x, like=Shape((8, 15, 15)))
    ((64, 14, 14), (64, 15, 15))
    """

    refs: ClassVar[tuple[str, ...]] = ("like",)
    enlarges: ClassVar[bool] = True
    factor: Factors | None = Field(None, description="output size divided by input size")
    size: Size | None = Field(None, description="output size")
    mode: Literal["nearest", "linear", "bilinear", "trilinear", "bicubic"] = Field(
        "nearest", description="how values between the elements are found"
    )
    align_corners: bool = Field(
        False, description="whether the centres of the corner elements coincide"
    )

    def shape(self, x: Shape, *, like: Shape | None = None) -> Shape:
        need_spatial(self.name, x)
        need_one_of(self.name, factor=self.factor, size=self.size, like=like)
        self._check_mode(x)
        if self.factor is None:
            return x.with_size(target_size(self.name, x, self.size, like))
        size = tuple(map(scaled_size, x.size, per_axis(self.factor, x, "factor")))
        if any(out < 1 for out in size):
            raise Mismatch(
                f"{x} scaled by {self.factor} leaves nothing",
                code="bad-argument",
                argument="factor",
                note=f"floor(size*factor) = {dots(size)}",
                help="factor=1 is the least that always leaves an element",
            )
        return x.with_size(size)

    def _check_mode(self, x: Shape) -> None:
        ranks = {"bilinear": 2, "trilinear": 3, "bicubic": 2}
        if ranks.get(self.mode, x.rank) != x.rank:
            raise Mismatch(
                f"{self.mode} interpolation is for {ranks[self.mode]} spatial axes, but {x} "
                f"has {x.rank}",
                code="wrong-rank",
                argument="mode",
                help='mode="linear" works along any number of axes',
            )
        if self.align_corners and self.mode == "nearest":
            raise Mismatch(
                'align_corners has no meaning with mode="nearest"',
                code="bad-argument",
                argument="align_corners",
                help='leave align_corners out, or use mode="linear"',
            )

    def sees(self, x: Shape, *, like: Shape | None = None) -> tuple[tuple[float, float], ...]:
        seen = {"nearest": 1, "bicubic": 4}.get(self.mode, 2)
        made = self.shape(x, like=like).size
        return tuple((min(seen, n), n / out) for n, out in zip(x.size, made, strict=True))

    def torch(self, x: Shape, *, like: Shape | None = None) -> Module | Function:
        chosen = options(self, "mode", "align_corners")
        if self.mode == "linear":
            chosen["mode"] = LINEAR[x.rank]
        if like is not None:
            fields = "".join(f", {name}={{{name}}}" for name in chosen)
            return Function(f"F.interpolate({{x}}, size={{like}}.shape[2:]{fields})", chosen)
        target = {"scale_factor": self.factor, "size": self.size}
        given = {name: per_axis_call(value) for name, value in target.items() if value is not None}
        return Module("nn.Upsample", (), {**given, **chosen})


class PixelShuffle(Op, name="pixel_shuffle"):
    """Moves channels into space: each group of ``factor ** 2`` channels becomes one, ``factor``
    times as high and wide.

    Input ``C x H x W``, output ``C / factor ** 2 x factor H x factor W``.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html,
    https://arxiv.org/abs/1609.05158

    >>> PixelShuffle(factor=3).shape(Shape((27, 17, 17)))
    (3, 51, 51)
    """

    # By a factor of one some devices return a view.
    aliases: ClassVar[bool] = True
    enlarges: ClassVar[bool] = True
    factor: PositiveInt = Field(description="output size divided by input size")

    def shape(self, x: Shape) -> Shape:
        if x.rank != 2:
            raise Mismatch(
                f"pixel_shuffle needs 2 spatial axes, but what flows in is {x}",
                code="wrong-rank",
                help="pixel_shuffle exists for pictures only; use conv_transpose or upsample",
            )
        squared = self.factor * self.factor
        if x.channels % squared:
            raise Mismatch(
                f"{x.channels} channels cannot be split into groups of {self.factor}*{self.factor}",
                code="bad-groups",
                argument="factor",
                note=f"{x.channels} = {x.channels // squared}*{squared} + {x.channels % squared}",
                help=f"give it {(x.channels // squared + 1) * squared} channels",
            )
        size = tuple(n * self.factor for n in x.size)
        return Shape((x.channels // squared, *size))

    def sees(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return ((1, 1 / self.factor),) * x.rank

    def torch(self, x: Shape) -> Module:
        return Module("nn.PixelShuffle", (self.factor,))


CENTER_PAD = '''\
def center_pad(
    x: torch.Tensor, size: tuple[int, ...], mode: str = "constant", value: float = 0.0
) -> torch.Tensor:
    """Pads ``x`` on all sides to the spatial ``size``; an odd element goes to the end."""
    amounts: list[int] = []
    for axis in range(x.dim() - 1, 1, -1):
        missing = size[axis - 2] - x.shape[axis]
        amounts += [missing // 2, missing - missing // 2]
    return F.pad(x, amounts, mode, value)
'''


class Pad(Op, name="pad"):
    """Adds elements around the input: so many ``before`` and ``after`` on each spatial axis, or
    enough to have the size of ``like``, with the input in the middle.

    Input ``C x *size``, output ``C x *(before + size + after)``. ``pad(1)`` pads all sides,
    ``pad(0, 1)`` the ends, ``pad(1x2)`` the first axis by 1 and the second by 2. Of an odd
    difference to ``like`` the extra element goes to the end. ``channels`` of the same value are
    added after the last one, or ``[before, after]``: a shortcut without weights (ResNet, option A).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    >>> x = Shape((64, 56, 56))
    >>> Pad(before=0, after=1).shape(x), Pad().shape(x, like=Shape((32, 61, 60)))
    ((64, 57, 57), (64, 61, 60))
    >>> Pad(channels=64).shape(x)
    (128, 56, 56)
    """

    refs: ClassVar[tuple[str, ...]] = ("like",)
    # Padding by nothing may hand on its input.
    aliases: ClassVar[bool] = True
    before: NonNegativeSize | None = Field(None, description="elements added before each axis")
    after: NonNegativeSize | None = Field(
        None, description="elements added after each axis; by default as many as before"
    )
    mode: Literal["constant", "reflect", "replicate", "circular"] = Field(
        "constant", description="what the padding holds"
    )
    value: Real = Field(0.0, description="the constant")
    channels: NonNegativeSize | None = Field(
        None, description="channels added after the last one, or [before, after]"
    )

    def shape(self, x: Shape, *, like: Shape | None = None) -> Shape:
        need_spatial(self.name, x)
        self._check_arguments(like)
        amounts = self._amounts(x) if like is None else self._amounts_like(x, like)
        argument = "like" if like is not None else "before" if self.after is None else "after"
        need_reach(self.mode, x, amounts, argument)
        first, last = self._channels()
        size = tuple(b + n + a for n, (b, a) in zip(x.size, amounts, strict=True))
        return Shape((first + x.channels + last, *size))

    def _check_arguments(self, like: Shape | None) -> None:
        ends = self.before if self.before is not None else self.after
        if ends is not None or like is not None or self.channels is None:
            need_one_of(self.name, before=ends, like=like)
        if self.channels is None:
            return
        if isinstance(self.channels, tuple) and len(self.channels) != 2:
            raise Mismatch(
                f"channels has {len(self.channels)} numbers",
                code="bad-argument",
                argument="channels",
                help="give channels as one number, or as [before, after]",
            )
        if self.mode != "constant" or like is not None:
            raise Mismatch(
                "channels can be added with a constant and by number only",
                code="bad-argument",
                argument="channels",
                help="add the channels in a second step: `pad(...) -> pad(channels=...)`",
            )

    def _channels(self) -> tuple[int, ...]:
        """Channels added before the first and after the last."""
        if isinstance(self.channels, tuple):
            return self.channels
        return (0, self.channels or 0)

    def _amounts(self, x: Shape) -> tuple[tuple[int, int], ...]:
        """Elements added before and after each spatial axis."""
        before = per_axis(self.before or 0, x, "before")
        after = before if self.after is None else per_axis(self.after, x, "after")
        return tuple(zip(before, after, strict=True))

    def _amounts_like(self, x: Shape, like: Shape) -> tuple[tuple[int, int], ...]:
        target = target_size(self.name, x, None, like)
        missing = tuple(m - n for n, m in zip(x.size, target, strict=True))
        if any(m < 0 for m in missing):
            raise Mismatch(
                f"{dots(x.size)} cannot be padded to {dots(target)}: that is smaller",
                argument="like",
                help=lambda: (
                    "`crop(like=...)` makes it smaller"
                    if all(m <= 0 for m in missing)
                    else "`upsample(like=...)` makes one axis larger and another smaller"
                ),
            )
        return tuple((m // 2, m - m // 2) for m in missing)

    def keeps(self) -> Keeps:
        return Keeps.INPUT if self.mode in ("reflect", "replicate") else Keeps.NOTHING

    def torch(self, x: Shape, *, like: Shape | None = None) -> Function:
        values = options(self, "mode", "value")
        fields = "".join(f", {name}={{{name}}}" for name in values)
        if like is not None:
            template = f"center_pad({{x}}, {{like}}.shape[2:]{fields})"
            return Function(template, values, support=CENTER_PAD)
        pairs = list(self._amounts(x))
        if self.channels is not None:
            pairs.insert(0, self._channels())  # type: ignore[arg-type]
        # PyTorch counts from the last axis.
        values["amounts"] = tuple(amount for pair in reversed(pairs) for amount in pair)
        return Function(f"F.pad({{x}}, {{amounts}}{fields})", values)


CENTER_CROP = '''\
def center_crop(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """The middle of ``x`` with the spatial ``size``; an odd element is cut off at the end."""
    for axis, target in enumerate(size, start=2):
        x = x.narrow(axis, (x.shape[axis] - target) // 2, target)
    return x
'''

CROP = '''\
def crop(x: torch.Tensor, offset: tuple[int, ...], size: tuple[int, ...]) -> torch.Tensor:
    """The part of ``x`` with the spatial ``size`` that begins at ``offset``."""
    for axis, (start, length) in enumerate(zip(offset, size, strict=True), start=2):
        x = x.narrow(axis, start, length)
    return x
'''


class Crop(Op, name="crop"):
    """Cuts a part out of the input: of the given ``size``, or the size of ``like``.

    Input ``C x *size``, output ``C x *size'``. The part begins at ``offset``; without one it is the
    middle and begins at ``floor((size - size') / 2)``, so of an odd difference the extra element is
    cut off at the end. (``torchvision``'s ``center_crop`` rounds half to even instead: where the
    difference is 3, 7, 11 ... it starts one later.)
    Source: https://arxiv.org/abs/1505.04597

    >>> Crop().shape(Shape((512, 64, 64)), like=Shape((512, 56, 56)))
    (512, 56, 56)
    """

    refs: ClassVar[tuple[str, ...]] = ("like",)
    aliases: ClassVar[bool] = True
    size: Size | None = Field(None, description="output size")
    offset: NonNegativeSize | None = Field(
        None, description="elements cut off before the part, on each axis; by default the middle"
    )

    def shape(self, x: Shape, *, like: Shape | None = None) -> Shape:
        need_spatial(self.name, x)
        target = target_size(self.name, x, self.size, like)
        larger = [m > n for n, m in zip(x.size, target, strict=True)]
        if any(larger):
            raise Mismatch(
                f"{dots(target)} cannot be cut out of {dots(x.size)}: it is larger",
                argument="size" if like is None else "like",
                help=lambda: (
                    "`pad(like=...)` or `upsample(like=...)` makes it larger"
                    if all(m >= n for n, m in zip(x.size, target, strict=True))
                    else "`upsample(like=...)` makes one axis larger and another smaller"
                ),
            )
        if self.offset is not None:
            self._check_offset(x, target, per_axis(self.offset, x, "offset"))
        return x.with_size(target)

    def _check_offset(self, x: Shape, target: tuple[int, ...], offset: tuple[int, ...]) -> None:
        for n, length, start in zip(x.size, target, offset, strict=True):
            if start + length <= n:
                continue
            raise Mismatch(
                f"a part of {length} from {start} on reaches over the end of {n}",
                code="bad-argument",
                argument="offset",
                note=f"{start} + {length} = {start + length} > {n}",
                help=f"offset={min(map(sub, x.size, target))} fits on every axis",
            )

    def torch(self, x: Shape, *, like: Shape | None = None) -> Function:
        values: dict[str, Any] = {}
        size = "{like}.shape[2:]"
        if like is None:
            values["size"] = per_axis(self.size or 1, x, "size")
            size = "{size}"
        if self.offset is None:
            return Function(f"center_crop({{x}}, {size})", values, support=CENTER_CROP)
        values["offset"] = per_axis(self.offset, x, "offset")
        return Function(f"crop({{x}}, {{offset}}, {size})", values, support=CROP)
