"""Guards that the sliding-window operators share."""

from __future__ import annotations

from archdsl.ops.arithmetic import conv_size
from archdsl.ops.base import Mismatch
from archdsl.ops.shape import Shape

__all__ = ["need_spatial", "window_fits"]


def need_spatial(op: str, x: Shape) -> None:
    """The operator slides over 1, 2 or 3 spatial axes; a vector has none."""
    if 1 <= x.rank <= 3:
        return
    raise Mismatch(
        f"{op} needs 1, 2 or 3 spatial axes, but what flows in is {x}",
        code="wrong-rank",
        help="use linear on a vector, or put the operator before the flatten"
        if x.rank == 0
        else f"{op} exists for 1-D, 2-D and 3-D inputs only",
    )


def window_fits(
    x: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    size: tuple[int, ...],
) -> None:
    """Every axis must have room for at least one window."""
    for axis, out in enumerate(size):
        if out >= 1:
            continue
        n, k, s, p, d = x.size[axis], kernel[axis], stride[axis], padding[axis], dilation[axis]
        dots = "x".join(map(str, kernel))
        raise Mismatch(
            f"a {dots} window does not fit on {'x'.join(map(str, x.size))}",
            code="window-too-large",
            argument="kernel",
            note=f"floor(({n} + 2*{p} - {d}*({k} - 1) - 1)/{s}) + 1 = {out}",
            help=_mend_window(n, k, s, p, d),
        )


def _mend_window(n: int, k: int, s: int, p: int, d: int) -> str:
    """The smallest padding that makes room, tried with the same formula."""
    need = p
    while conv_size(n, k, s, need, d) < 1:
        need += 1
    return f"padding={need} makes it fit, or a kernel of at most {(n + 2 * p - 1) // d + 1}"
