"""Guards that operators of several families share; each raises :class:`Mismatch` or passes."""

from __future__ import annotations

from math import gcd

from archdsl.ops.base import Mismatch, per_axis
from archdsl.ops.shape import Shape

__all__ = [
    "dots",
    "need_axis",
    "need_groups",
    "need_one_of",
    "need_reach",
    "need_spatial",
    "target_size",
]


def dots(size: tuple[int, ...]) -> str:
    """A size as the language writes it.

    >>> dots((3, 3))
    '3x3'
    """
    return "x".join(map(str, size))


def need_spatial(op: str, x: Shape, least: int = 1) -> None:
    """The operator works along 1, 2 or 3 spatial axes; a vector has none."""
    if least <= x.rank <= 3:
        return
    raise Mismatch(
        f"{op} needs 1, 2 or 3 spatial axes, but what flows in is {x}",
        code="wrong-rank",
        help=f"put {op} before the flatten or the linear that made this vector"
        if x.rank == 0
        else f"{op} exists for 1-D, 2-D and 3-D inputs only",
    )


def need_axis(op: str, x: Shape, argument: str, axis: int) -> None:
    """An axis of the sample is counted from 0, the channels."""
    if axis < len(x):
        return
    raise Mismatch(
        f"{op} along axis {axis}, but {x} has the axes 0 (channels) to {x.rank} only",
        code="bad-argument",
        argument=argument,
        help=f"{argument}={x.rank} is the last axis",
    )


def need_groups(groups: int, argument: str, **channels: int) -> None:
    """Every count of channels, given by what it counts, must split into equal groups."""
    for what, count in channels.items():
        if count % groups == 0:
            continue
        raise Mismatch(
            f"{count} {what} channels cannot be split into {groups} equal groups",
            code="bad-groups",
            argument=argument,
            note=f"{count} = {count // groups}*{groups} + {count % groups}",
            help=f"{argument}={gcd(groups, *channels.values())} divides "
            + " and ".join(f"the {count} {what} channels" for what, count in channels.items()),
        )


def need_one_of(op: str, **given: object) -> None:
    """Exactly one of these arguments must be given."""
    chosen = [name for name, value in given.items() if value is not None]
    if len(chosen) == 1:
        return
    names = ", ".join(given)
    raise Mismatch(
        f"{op} takes exactly one of {names}, but "
        + (" and ".join(chosen) + " are given" if chosen else "none is given"),
        code="bad-argument",
        argument=chosen[1] if chosen else None,
        help=f"keep {chosen[0]} and leave out the rest" if chosen else f"give one of {names}",
    )


def target_size(
    op: str, x: Shape, size: int | tuple[int, ...] | None, like: Shape | None
) -> tuple[int, ...]:
    """The spatial size asked for: by number, or by another tensor with the same axes."""
    need_one_of(op, size=size, like=like)
    if size is not None:
        return per_axis(size, x, "size")
    assert like is not None  # the guard above made sure
    if like.rank == x.rank:
        return like.size
    raise Mismatch(
        f"{like} has {like.rank} spatial axes, but {x} has {x.rank}",
        code="wrong-rank",
        argument="like",
        help=f"name a tensor with {x.rank} spatial axes",
    )


def need_reach(mode: str, x: Shape, amounts: tuple[tuple[int, int], ...], argument: str) -> None:
    """Reflected or wrapped padding takes its elements from the input: there must be enough."""
    least = {"reflect": 1, "circular": 0}.get(mode)
    if least is None:
        return
    for n, pair in zip(x.size, amounts, strict=True):
        if max(pair) + least <= n:
            continue
        raise Mismatch(
            f"{mode} padding of {max(pair)} needs {max(pair) + least} elements to take from, "
            f"but an axis of {x} has {n}",
            code="bad-argument",
            argument=argument,
            help=f"at most {n - least} can be padded here in mode {mode}",
        )
