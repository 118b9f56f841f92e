"""Random small arguments: the sizes are PyTorch's, and what PyTorch refuses is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.ops import OPS, Mismatch, Op, Shape

from .mending import follow
from .spelled import forward, spelled

quick = settings(max_examples=200, deadline=None)

CHANNELS = st.sampled_from([1, 2, 3, 4, 6])


def sizes(least: int, most: int, rank: int) -> st.SearchStrategy[Any]:
    """One number, or one for each axis."""
    one = st.integers(least, most)
    return one | st.tuples(*[one] * rank)


@st.composite
def inputs(draw: st.DrawFn) -> Shape:
    rank = draw(st.integers(1, 3))
    return Shape((draw(CHANNELS), *(draw(st.integers(1, 9)) for _ in range(rank))))


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Op, Shape]:
    x = draw(inputs())
    return OPS["conv"](
        channels=draw(CHANNELS),
        kernel=draw(sizes(1, 5, x.rank)),
        stride=draw(sizes(1, 3, x.rank)),
        padding=draw(sizes(0, 3, x.rank) | st.just("same")),
        dilation=draw(sizes(1, 3, x.rank)),
        groups=draw(st.integers(1, 3)),
        padding_mode=draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
    ), x


@st.composite
def transposed(draw: st.DrawFn) -> tuple[Op, Shape]:
    x = draw(inputs())
    return OPS["conv_transpose"](
        channels=draw(CHANNELS),
        kernel=draw(sizes(1, 5, x.rank)),
        stride=draw(sizes(1, 3, x.rank)),
        padding=draw(sizes(0, 3, x.rank)),
        output_padding=draw(sizes(0, 2, x.rank)),
        dilation=draw(sizes(1, 3, x.rank)),
        groups=draw(st.integers(1, 3)),
    ), x


@st.composite
def poolings(draw: st.DrawFn) -> tuple[Op, Shape]:
    x = draw(inputs())
    arguments: dict[str, Any] = {
        "kernel": draw(sizes(1, 5, x.rank)),
        "stride": draw(st.none() | sizes(1, 4, x.rank)),
        "padding": draw(sizes(0, 2, x.rank)),
        "ceil_mode": draw(st.booleans()),
    }
    name = draw(st.sampled_from(["maxpool", "avgpool"]))
    if name == "maxpool":
        arguments["dilation"] = draw(sizes(1, 3, x.rank))
    return OPS[name](**arguments), x


@st.composite
def upsamplings(draw: st.DrawFn) -> tuple[Op, Shape]:
    x = draw(inputs())
    factor = st.floats(0.05, 4) | st.integers(1, 4) | st.sampled_from([1 / 3, 0.1, 0.7, 1.1])
    return OPS["upsample"](
        factor=draw(factor | st.tuples(*[factor] * x.rank)),
        mode=draw(st.sampled_from(["nearest", "linear"])),
    ), x


def agrees(op: Op, x: Shape, device: str) -> None:
    """Ours and PyTorch's output shape are the same, or both refuse and the help helps."""
    try:
        ours = [(2, *shape) for shape in op.outputs(x)]
    except Mismatch as mismatch:
        for left in follow(op, (x,), {}, mismatch).values():
            # Something else may be wrong as well, but not this again.
            assert left is None or left.argument != mismatch.argument
        with pytest.raises((RuntimeError, ValueError)):
            run(op, x, device)
        return
    assert run(op, x, device) == ours


def run(op: Op, x: Shape, device: str) -> list[tuple[int, ...]]:
    ys = forward(spelled(op.torch(x), device), [torch.zeros(2, *x, device=device)], {})
    if any(y.numel() == 0 for y in ys):
        raise ValueError("PyTorch lets an empty output pass here and there; that is a refusal too")
    return [tuple(y.shape) for y in ys]


@quick
@given(convolutions())
def test_convolutions_are_those_of_pytorch(case: tuple[Op, Shape]) -> None:
    agrees(*case, device="meta")


@quick
@given(poolings())
def test_poolings_are_those_of_pytorch(case: tuple[Op, Shape]) -> None:
    agrees(*case, device="meta")


# On the meta device PyTorch does not look at output_padding.
@quick
@given(transposed())
def test_transposed_convolutions_are_those_of_pytorch(case: tuple[Op, Shape]) -> None:
    agrees(*case, device="cpu")


@quick
@given(upsamplings())
def test_upsamplings_are_those_of_pytorch(case: tuple[Op, Shape]) -> None:
    agrees(*case, device="meta")
