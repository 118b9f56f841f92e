"""What the operators share that slide a window over their input: does it fit, what is left over."""

from __future__ import annotations

from archdsl.ops.base import Mismatch
from archdsl.ops.guards import dots
from archdsl.ops.shape import Shape

__all__ = ["extent", "larger", "lost_rows", "window_fits"]


def extent(kernel: int, dilation: int) -> int:
    """Elements from the first to the last of a window along one axis.

    >>> extent(3, dilation=2)
    5
    """
    return dilation * (kernel - 1) + 1


def larger(a: int, b: int) -> int:
    """The larger of two numbers, by arithmetic alone: for many sizes at once nothing is decided.

    >>> larger(0, -2)
    0
    """
    return (a + b + abs(a - b)) // 2


def lost_rows(n: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Rows of the input at the end of one axis that no window reaches where the size is rounded
    down.

    With ``span = dilation (kernel - 1) + 1`` the last window ends
    ``(n + 2 padding - span) mod stride`` elements before the end of the padded axis. Padding that
    stays unread costs nothing, and of ``stride > span`` the rows between two windows are left out
    on purpose, behind the last window too.

    >>> lost_rows(7, kernel=3, stride=3, padding=0, dilation=1)
    1
    >>> lost_rows(224, kernel=7, stride=2, padding=3, dilation=1)  # the row left over is padding
    0
    >>> lost_rows(56, kernel=1, stride=2, padding=0, dilation=1)  # every second row, as meant
    0
    """
    span = extent(kernel, dilation)
    rest = (n + 2 * padding - span) % stride
    return larger(0, rest - padding - larger(0, stride - span))


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
    extent = f"{k}" if d == 1 else f"({d}*({k} - 1) + 1)"
    raise Mismatch(
        f"a {dots(kernel)} window does not fit on {dots(x.size)}",
        code="window-too-large",
        argument="kernel",
        note=f"{rounding}(({n} + 2*{p} - {extent})/{s}) + 1 = {size[axis]}",
        help=lambda: _mend_window(x, kernel, padding, dilation, pooling, may_pad),
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
