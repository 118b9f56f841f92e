"""The guard of the operators that slide a window over their input."""

from __future__ import annotations

from archdsl.ops.base import Mismatch
from archdsl.ops.guards import dots
from archdsl.ops.shape import Shape

__all__ = ["window_fits"]


def window_fits(
    x: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    size: tuple[int, ...],
    *,
    ceil_mode: bool = False,
    pooling: bool = False,
    may_pad: bool = True,
) -> None:
    """Every axis of the output ``size`` must have room for at least one window.

    Padding is proposed where it ``may_pad``; ``pooling`` allows at most half the kernel of it.
    """
    axis = next((axis for axis, out in enumerate(size) if out < 1), None)
    if axis is None:
        return
    n, k, s, p, d = x.size[axis], kernel[axis], stride[axis], padding[axis], dilation[axis]
    rounding = "ceil" if ceil_mode else "floor"
    raise Mismatch(
        f"a {dots(kernel)} window does not fit on {dots(x.size)}",
        code="window-too-large",
        argument="kernel",
        note=f"{rounding}(({n} + 2*{p} - {d}*({k} - 1) - 1)/{s}) + 1 = {size[axis]}",
        help=_mend_window(x, kernel, padding, dilation, pooling, may_pad),
    )


def _mend_window(
    x: Shape,
    kernel: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    pooling: bool,
    may_pad: bool,
) -> str:
    """Changes of one argument, the same number for every axis, that make room for a window.

    Each is the inverse of the size formula: a window of extent ``d (k - 1) + 1`` fits when that is
    at most ``n + 2 p``.
    """
    axes = list(zip(x.size, kernel, padding, dilation, strict=True))
    room = max(max(p, (d * (k - 1) + 2 - n) // 2) for n, k, p, d in axes)
    most = min((n + 2 * p - 1) // d + 1 for n, _, p, d in axes)
    ways = []
    if may_pad and (not pooling or room <= min(kernel) // 2):
        ways.append(f"padding={room}")
    if not pooling or max(padding) <= most // 2:
        ways.append(f"kernel={most}")
    if not ways:
        return "a smaller kernel with less padding, or less dilation, makes it fit"
    return " or ".join(ways) + " makes it fit"
