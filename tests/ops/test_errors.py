"""Every way an operator refuses its input: what it says, where it points, and what helps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from archdsl.ops import OPS, Mismatch, Op, Shape

from .mending import follow

VECTOR, LINE, PICTURE = Shape((64,)), Shape((64, 9)), Shape((64, 9, 8))
FOUR = Shape((2, 3, 3, 3, 3))


@dataclass(frozen=True)
class Refusal:
    """What is refused, and what is said. ``mends`` are the arguments whose new value helps."""

    name: str
    shapes: tuple[Shape, ...] | Shape
    arguments: Mapping[str, Any]
    message: str
    code: str = "shape-mismatch"
    at: str | int | None = None
    note: str = ""
    help: str = ""
    mends: tuple[str, ...] = ()
    refs: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def op(self) -> Op:
        return OPS[self.name](**self.arguments)

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return (self.shapes,) if isinstance(self.shapes, Shape) else self.shapes

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def tall(*shape: int) -> dict[str, Shape]:
    return {"like": Shape(shape)}


K3 = {"channels": 4, "kernel": 3}

REFUSALS = [
    # rank
    *(
        Refusal(
            name,
            VECTOR,
            arguments,
            f"{name} needs 1, 2 or 3 spatial axes, but what flows in is 64",
            "wrong-rank",
            help="before the flatten",
        )
        for name, arguments in (
            ("conv", K3),
            ("conv_transpose", K3),
            ("maxpool", {"kernel": 2}),
            ("avgpool", {"kernel": 2}),
            ("global_avgpool", {}),
            ("adaptive_avgpool", {"size": 2}),
            ("instancenorm", {}),
            ("lrn", {"size": 5}),
            ("dropout2d", {}),
            ("upsample", {"factor": 2}),
            ("pad", {"before": 1}),
            ("crop", {"size": 2}),
            ("drop_block", {"p": 0.1}),
            ("grn", {}),
            ("channel_shuffle", {"groups": 2}),
        )
    ),
    *(
        Refusal(
            name,
            FOUR,
            arguments,
            "what flows in is 2x3x3x3x3",
            "wrong-rank",
            help="1-D, 2-D and 3-D",
        )
        for name, arguments in (("conv", K3), ("bn", {}))
    ),
    Refusal(
        "linear",
        PICTURE,
        {"channels": 10},
        "linear needs a vector, but what flows in is 64x9x8",
        "wrong-rank",
        help="flatten first: `flatten -> linear(...)`",
    ),
    Refusal(
        "pixel_shuffle", LINE, {"factor": 2}, "pixel_shuffle needs 2 spatial axes", "wrong-rank"
    ),
    Refusal(
        "conv",
        LINE,
        {"channels": 4, "kernel": (3, 3)},
        "kernel 3x3 has 2 axes, but 64x9 has 1",
        "wrong-rank",
        "kernel",
        help="one number",
    ),
    Refusal(
        "softmax", VECTOR, {"dim": 1}, "softmax along axis 1", "bad-argument", "dim", mends=("dim",)
    ),
    Refusal(
        "flatten",
        LINE,
        {"start_dim": 3},
        "flatten along axis 3",
        "bad-argument",
        "start_dim",
        mends=("start_dim",),
    ),
    Refusal(
        "concat",
        (LINE, LINE),
        {"dim": 2},
        "concat along axis 2",
        "bad-argument",
        "dim",
        mends=("dim",),
    ),
    # groups
    Refusal(
        "conv",
        Shape((48, 9)),
        {"channels": 64, "kernel": 1, "groups": 32},
        "48 input channels cannot be split into 32 equal groups",
        "bad-groups",
        "groups",
        "48 = 1*32 + 16",
        mends=("groups",),
    ),
    Refusal(
        "conv",
        LINE,
        {"channels": 10, "kernel": 1, "groups": 4},
        "10 output channels cannot be split into 4 equal groups",
        "bad-groups",
        "groups",
        "10 = 2*4 + 2",
        mends=("groups",),
    ),
    Refusal(
        "conv_transpose",
        LINE,
        {"channels": 10, "kernel": 1, "groups": 4},
        "10 output channels",
        "bad-groups",
        "groups",
        mends=("groups",),
    ),
    Refusal(
        "groupnorm",
        Shape((48, 9)),
        {"groups": 32},
        "48 input channels",
        "bad-groups",
        "groups",
        mends=("groups",),
    ),
    Refusal(
        "channel_shuffle",
        LINE,
        {"groups": 3},
        "64 input channels",
        "bad-groups",
        "groups",
        "64 = 21*3 + 1",
        mends=("groups",),
    ),
    Refusal(
        "chunk", LINE, {"chunks": 3}, "64 input channels", "bad-groups", "chunks", mends=("chunks",)
    ),
    Refusal(
        "pixel_shuffle",
        PICTURE,
        {"factor": 3},
        "64 channels cannot be split into groups of 3*3",
        "bad-groups",
        "factor",
        "64 = 7*9 + 1",
        "give it 72 channels",
    ),
    # windows
    Refusal(
        "conv",
        PICTURE,
        {"channels": 4, "kernel": 11, "padding": 1},
        "a 11x11 window does not fit on 9x8",
        "window-too-large",
        "kernel",
        "floor((8 + 2*1 - 11)/1) + 1 = 0",
        mends=("padding", "kernel"),
    ),
    Refusal(
        "conv",
        Shape((3, 2, 20)),
        {"channels": 4, "kernel": (7, 5), "dilation": 3, "stride": 4},
        "a 7x5 window does not fit on 2x20",
        "window-too-large",
        "kernel",
        mends=("padding", "kernel"),
    ),
    Refusal(
        "conv",
        LINE,
        {"channels": 4, "kernel": 99, "padding": 8, "padding_mode": "reflect"},
        "a 99 window does not fit",
        "window-too-large",
        "kernel",
        mends=("kernel",),
    ),
    Refusal(
        "maxpool",
        Shape((64, 3, 3)),
        {"kernel": 4},
        "a 4x4 window does not fit on 3x3",
        "window-too-large",
        "kernel",
        mends=("padding", "kernel"),
    ),
    Refusal(
        "maxpool",
        Shape((64, 1)),
        {"kernel": 2, "dilation": 5},
        "a 2 window does not fit on 1",
        "window-too-large",
        "kernel",
        mends=("kernel",),
    ),
    Refusal(
        "maxpool",
        Shape((64, 1)),
        {"kernel": 4, "dilation": 3, "padding": 2},
        "does not fit",
        "window-too-large",
        "kernel",
        help="less dilation",
    ),
    Refusal(
        "maxpool",
        Shape((64, 1)),
        {"kernel": 5, "stride": 2, "ceil_mode": True},
        "a 5 window does not fit on 1",
        "window-too-large",
        "kernel",
        "ceil((1 + 2*0 - 5)/2) + 1 = -1",
        mends=("padding", "kernel"),
    ),
    Refusal(
        "avgpool",
        Shape((64, 1, 1)),
        {"kernel": 7},
        "a 7x7 window does not fit on 1x1",
        "window-too-large",
        "kernel",
        mends=("padding", "kernel"),
    ),
    Refusal(
        "avgpool",
        Shape((64, 2, 2, 2)),
        {"kernel": 3, "padding": 1},
        "a 3x3x3 window does not fit on 2x2x2",
        "window-too-large",
        "kernel",
        "without the padding",
        "a kernel of at most 2x2x2",
    ),
    # arguments that do not go together
    Refusal(
        "conv",
        LINE,
        {**K3, "padding": "same", "stride": 2},
        'padding="same" needs stride 1',
        "bad-argument",
        "padding",
        help="leave out the stride",
    ),
    Refusal(
        "conv",
        Shape((64, 3)),
        {"channels": 4, "kernel": 3, "padding": 3, "padding_mode": "reflect"},
        "reflect padding of 3 needs 4 elements to take from",
        "bad-argument",
        "padding",
        help="at most 2",
    ),
    Refusal(
        "conv",
        Shape((64, 1)),
        {**K3, "padding": "same", "padding_mode": "reflect"},
        "reflect padding of 1 needs 2 elements",
        "bad-argument",
        "padding",
    ),
    Refusal(
        "pad",
        Shape((64, 3)),
        {"before": 4, "mode": "circular"},
        "circular padding of 4 needs 4 elements",
        "bad-argument",
        "before",
        help="at most 3",
    ),
    Refusal(
        "conv_transpose",
        LINE,
        {**K3, "stride": 2, "output_padding": 2},
        "output_padding 2 must be smaller than the stride or the dilation",
        "bad-argument",
        "output_padding",
        "2 >= max(stride, dilation) = 2",
        mends=("output_padding",),
    ),
    Refusal(
        "conv_transpose",
        Shape((64, 1, 1)),
        {**K3, "padding": 2},
        "a padding of 2 cuts off all",
        "bad-argument",
        "padding",
        "(1 - 1)*1 - 2*2 + 1*(3 - 1) + 0 + 1 = -1",
        mends=("padding",),
    ),
    Refusal(
        "maxpool",
        LINE,
        {"kernel": 3, "padding": 2},
        "padding 2 is more than half the kernel 3",
        "bad-argument",
        "padding",
        "2 > 3 // 2 = 1",
        mends=("padding",),
    ),
    Refusal(
        "avgpool",
        PICTURE,
        {"kernel": (4, 2), "padding": 2},
        "padding 2 is more than half",
        "bad-argument",
        "padding",
        mends=("padding",),
    ),
    Refusal(
        "instancenorm",
        Shape((64, 1, 1)),
        {},
        "instancenorm needs more than one position",
        help="before the pooling",
    ),
    # unpooling
    Refusal(
        "max_unpool",
        LINE,
        {"kernel": 2},
        "max_unpool needs the indices",
        "bad-argument",
        "indices",
        help="return_indices=true",
    ),
    Refusal(
        "max_unpool",
        LINE,
        {"kernel": 2},
        "the indices are 64x9x8, but what flows in is 64x9",
        at="indices",
        refs={"indices": PICTURE},
    ),
    Refusal(
        "max_unpool",
        LINE,
        {"kernel": 2, "size": 20},
        "max_unpool makes 18 here and cannot",
        "bad-argument",
        "size",
        "20 is not between 16 and 20",
        refs={"indices": LINE},
    ),
    Refusal(
        "max_unpool",
        LINE,
        {"kernel": 2},
        "cannot be stretched to 30",
        "bad-argument",
        "like",
        refs={"indices": LINE, **tall(2, 30)},
    ),
    Refusal(
        "max_unpool",
        LINE,
        {"kernel": 2, "size": 19},
        "exactly one of size, like",
        "bad-argument",
        "like",
        refs={"indices": LINE, **tall(2, 30)},
    ),
    Refusal(
        "max_unpool",
        Shape((64, 1)),
        {"kernel": 2, "padding": 1},
        "max_unpool of 64x1 leaves 0",
        "bad-argument",
        "padding",
        refs={"indices": Shape((64, 1))},
    ),
    # resampling
    Refusal(
        "upsample",
        LINE,
        {},
        "exactly one of factor, size, like, but none is given",
        "bad-argument",
        help="give one of",
    ),
    Refusal(
        "upsample",
        LINE,
        {"factor": 2, "size": 9},
        "but factor and size are given",
        "bad-argument",
        "size",
        help="keep factor",
    ),
    Refusal(
        "upsample",
        LINE,
        {"factor": 0.1},
        "scaled by 0.1 leaves nothing",
        "bad-argument",
        "factor",
        mends=("factor",),
    ),
    Refusal(
        "upsample",
        LINE,
        {"factor": 2, "mode": "bilinear"},
        "bilinear interpolation is for 2",
        "wrong-rank",
        "mode",
        mends=("mode",),
    ),
    Refusal(
        "upsample",
        LINE,
        {"factor": 2, "mode": "bicubic"},
        "bicubic interpolation is for 2",
        "wrong-rank",
        "mode",
        mends=("mode",),
    ),
    Refusal(
        "upsample",
        LINE,
        {"factor": 2, "align_corners": True},
        "align_corners has no meaning",
        "bad-argument",
        "align_corners",
        mends=("mode",),
    ),
    Refusal(
        "upsample",
        LINE,
        {},
        "64x9x8 has 2 spatial axes, but 64x9 has 1",
        "wrong-rank",
        "like",
        refs={"like": PICTURE},
    ),
    Refusal("pad", LINE, {}, "exactly one of before, like", "bad-argument"),
    Refusal(
        "pad",
        LINE,
        {"before": 1},
        "exactly one of before, like",
        "bad-argument",
        "like",
        refs=tall(2, 30),
    ),
    Refusal(
        "pad",
        LINE,
        {},
        "9 cannot be padded to 4: that is smaller",
        at="like",
        help="`crop(like=...)`",
        refs=tall(64, 4),
    ),
    Refusal(
        "pad",
        PICTURE,
        {},
        "9x8 cannot be padded to 4x9",
        at="like",
        help="`upsample(like=...)`",
        refs=tall(64, 4, 9),
    ),
    Refusal(
        "pad", LINE, {"channels": (1, 2, 3)}, "channels has 3 numbers", "bad-argument", "channels"
    ),
    Refusal(
        "pad",
        LINE,
        {"before": 1, "channels": 1, "mode": "reflect"},
        "channels can be added with a constant",
        "bad-argument",
        "channels",
    ),
    Refusal("crop", LINE, {}, "exactly one of size, like", "bad-argument"),
    Refusal("crop", LINE, {"size": 10}, "10 cannot be cut out of 9: it is larger", at="size"),
    Refusal(
        "crop",
        PICTURE,
        {"size": (4, 6), "offset": 3},
        "a part of 6 from 3 on reaches over the end of 8",
        "bad-argument",
        at="offset",
        note="3 + 6 = 9 > 8",
        help="offset=2 ",
        mends=("offset",),
    ),
    Refusal(
        "crop",
        LINE,
        {},
        "12 cannot be cut out of 9",
        at="like",
        help="`pad(like=...)`",
        refs=tall(64, 12),
    ),
    Refusal(
        "crop",
        PICTURE,
        {},
        "9x9 cannot be cut out of 9x8",
        at="like",
        help="`pad(like=...)`",
        refs=tall(64, 9, 9),
    ),
    # merging
    Refusal(
        "add",
        (PICTURE, Shape((32, 9, 8))),
        {},
        "add cannot join 32x9x8 with 64x9x8",
        at=1,
        note="the operands are 64x9x8, 32x9x8",
        help="`project(like=...)`",
    ),
    Refusal(
        "add",
        (Shape((32, 9, 8)), PICTURE, PICTURE),
        {},
        "add cannot join 32x9x8 with 64x9x8",
        at=0,
        help="channels=64",
    ),
    Refusal(
        "sub",
        (PICTURE, Shape((64, 10, 9))),
        {},
        "sub cannot join 64x10x9 with 64x9x8",
        at=1,
        help="`crop(like=...)`",
    ),
    Refusal(
        "max",
        (PICTURE, Shape((64, 8, 8))),
        {},
        "max cannot join",
        at=1,
        help="`pad(like=...)` or `upsample(like=...)`",
    ),
    Refusal(
        "max",
        (PICTURE, Shape((64, 8, 9))),
        {},
        "max cannot join",
        at=1,
        help="`upsample(like=...)`",
    ),
    Refusal("add", (PICTURE, Shape((64, 1, 1))), {}, "add cannot join 64x1x1 with 64x9x8", at=1),
    Refusal(
        "add",
        (VECTOR, Shape((64, 1, 1))),
        {},
        "add cannot join 64x1x1 with 64",
        at=1,
        help="`flatten` it first",
    ),
    Refusal(
        "mul",
        (PICTURE, Shape((32, 1, 1))),
        {},
        "mul cannot join 32x1x1 with 64x9x8",
        at=1,
        help="as a gate 64x1x1 or 1x9x8 would do",
    ),
    Refusal("mul", (PICTURE, Shape((1, 1, 1))), {}, "mul cannot join 1x1x1 with 64x9x8", at=1),
    Refusal("mul", (Shape((64, 1, 1)), Shape((1, 9, 8))), {}, "mul cannot join 1x9x8 with", at=1),
    Refusal(
        "mul",
        (Shape((64, 1, 1)), PICTURE, Shape((64, 9, 9))),
        {},
        "mul cannot join 64x9x8 with 64x9x9",
        at=1,
    ),
    Refusal(
        "concat",
        (PICTURE, Shape((32, 9, 9))),
        {},
        "concat cannot join 32x9x9 with 64x9x8",
        at=1,
        help="`crop(like=...)`",
    ),
    Refusal(
        "concat",
        (PICTURE, Shape((32, 9, 9))),
        {"dim": 2},
        "concat cannot join",
        at=1,
        help="`project(like=...)`",
    ),
    Refusal(
        "concat",
        (PICTURE, LINE),
        {},
        "concat cannot join 64x9 with 64x9x8",
        at=1,
        help="same number of axes",
    ),
    # reshaping
    Refusal(
        "reshape",
        PICTURE,
        {"size": (64, 71)},
        "the 4608 elements of 64x9x8 do not fill",
        at="size",
        note="64*9*8 = 4608, but not 64*71 = 4544",
        mends=("size",),
    ),
    Refusal(
        "reshape",
        PICTURE,
        {"size": (-1, 7)},
        "do not fill",
        at="size",
        note="not a multiple of 7 = 7",
        mends=("size",),
    ),
    Refusal(
        "split",
        LINE,
        {"sizes": (32, 16)},
        "the parts have 48 channels together, but 64x9 has 64",
        at="sizes",
        note="32 + 16 = 48",
        mends=("sizes",),
    ),
    Refusal(
        "split",
        LINE,
        {"sizes": (64, 16)},
        "the parts have 80 channels",
        at="sizes",
        help="must add up to 64",
    ),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_refusal_points_at_the_fault_and_its_help_helps(refusal: Refusal) -> None:
    with pytest.raises(Mismatch) as caught:
        refusal.op.shape(*refusal.inputs, **refusal.refs)
    mismatch = caught.value
    assert refusal.message in mismatch.message
    assert mismatch.code == refusal.code
    if isinstance(refusal.at, int):
        assert mismatch.operand == refusal.at
    else:
        assert mismatch.argument == refusal.at
    assert refusal.note in (mismatch.note or "")
    assert mismatch.help
    assert refusal.help in mismatch.help
    if refusal.mends:
        followed = follow(refusal.op, refusal.inputs, refusal.refs, mismatch)
        assert followed == dict.fromkeys(refusal.mends)


@pytest.mark.parametrize(
    "refusal", [r for r in REFUSALS if "like=...)`" in r.help and "project" not in r.help], ids=str
)
def test_the_bridges_that_a_help_names_bridge(refusal: Refusal) -> None:
    with pytest.raises(Mismatch) as caught:
        refusal.op.shape(*refusal.inputs, **refusal.refs)
    bridges = re.findall(r"`(\w+)\(like=...\)`", caught.value.help or "")
    assert bridges
    for bridge in bridges:
        if refusal.refs:  # another operator in the place of this one
            OPS[bridge]().shape(*refusal.inputs, **refusal.refs)
            continue
        operands = list(refusal.inputs)
        at = caught.value.operand
        assert at is not None
        operands[at] = OPS[bridge]().outputs(operands[at], like=operands[1 - at])[0]
        refusal.op.shape(*operands)


def test_the_values_of_arguments_are_checked() -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("conv", {"channels": 0, "kernel": 3}),
        ("conv", {"channels": "4", "kernel": 3}),
        ("conv", {"channels": 4, "kernel": 3, "bias": 1}),
        ("conv", {"channels": 4, "kernel": True}),
        ("conv", {"channels": 4, "kernel": 3, "filters": 3}),
        ("linear", {"channels": 4.0}),
        ("bn", {"eps": 0}),
        ("dropout", {"p": 1.5}),
        ("drop_path", {"p": 1}),
        ("drop_path", {}),
        ("leaky_relu", {"negative_slope": -1}),
        ("elu", {"alpha": float("inf")}),
        ("upsample", {"factor": 0}),
        ("upsample", {"factor": float("nan")}),
        ("upsample", {"factor": 2, "mode": "cubic"}),
        ("reshape", {"size": (-1, -1)}),
        ("reshape", {"size": (0, 4)}),
        ("reshape", {"size": ()}),
        ("split", {"sizes": ()}),
        ("chunk", {"chunks": 10**9}),
    ]
    for name, arguments in wrong:
        with pytest.raises(ValidationError):
            OPS[name](**arguments)


def test_sizes_may_be_lists_and_single_numbers() -> None:
    assert OPS["conv"](channels=4, kernel=[3, 5]).shape(PICTURE) == (4, 7, 4)
    assert OPS["reshape"](size=4608).shape(PICTURE) == (4608,)
    assert OPS["upsample"](factor=[2, 0.5]).shape(PICTURE) == (64, 18, 4)


@pytest.mark.parametrize("far", [10**12, 10**30])
def test_enormous_numbers_are_answered_at_once(far: int) -> None:
    x = Shape((far, far, far))
    assert OPS["conv"](channels=far, kernel=3, padding=1).shape(x) == (far, far, far)
    with pytest.raises(Mismatch, match="does not fit"):
        OPS["conv"](channels=1, kernel=far).shape(PICTURE)
    with pytest.raises(Mismatch, match="does not fit"):
        OPS["maxpool"](kernel=far).shape(PICTURE)
    with pytest.raises(Mismatch, match="groups"):
        OPS["conv"](channels=far, kernel=1, groups=far - 1).shape(x)
    assert OPS["upsample"](factor=1.5).shape(x).rank == 2
