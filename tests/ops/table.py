"""The operator table: what every operator is tried on, against PyTorch.

Whoever adds an operator adds its rows here; one test body runs them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import torch

from archdsl.ops import OPS, Op, Shape

VECTOR = Shape((6,))
LINE = Shape((6, 11))
PICTURE = Shape((6, 9, 8))
VOLUME = Shape((6, 5, 6, 7))
SPATIAL = (LINE, PICTURE, VOLUME)
ANY_RANK = (VECTOR, *SPATIAL)


@dataclass(frozen=True)
class Row:
    """An operator with arguments, the shapes that flow in, and the tensors it refers to."""

    name: str
    shapes: tuple[Shape, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    refs: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def op(self) -> Op:
        return OPS[self.name](**self.arguments)

    def __str__(self) -> str:
        given = [f"{name}={value}" for name, value in self.arguments.items()]
        given += [f"{name}={shape}" for name, shape in self.refs.items()]
        return f"{self.name}({','.join(given)})-" + "+".join(map(str, self.shapes))

    def inputs(self, device: str, batch: int, grad: bool = False) -> list[torch.Tensor]:
        sizes = [(batch, *shape) for shape in self.shapes]
        return [torch.randn(size, device=device, requires_grad=grad) for size in sizes]

    def referred(self, device: str, batch: int) -> dict[str, torch.Tensor]:
        return {
            name: _indices(batch, shape, device)
            if name == "indices"
            else torch.randn(batch, *shape, device=device)
            for name, shape in self.refs.items()
        }


def _indices(batch: int, shape: Shape, device: str) -> torch.Tensor:
    """Distinct positions for each channel, such as a max pooling gives."""
    positions = torch.arange(prod(shape.size), device=device).reshape(shape.size)
    return positions.expand(batch, *shape).contiguous()


def rows(name: str, shapes: Sequence[Shape], *variants: Mapping[str, Any]) -> list[Row]:
    """Every variant of the arguments on every shape."""
    return [Row(name, (shape,), variant) for variant in variants or ({},) for shape in shapes]


def merged(name: str, *shapes: tuple[int, ...], **arguments: Any) -> Row:
    return Row(name, tuple(map(Shape, shapes)), arguments)


def like(name: str, shape: tuple[int, ...], target: tuple[int, ...], **arguments: Any) -> Row:
    return Row(name, (Shape(shape),), arguments, {"like": Shape(target)})


CONVOLUTIONS = [
    *rows(
        "conv",
        SPATIAL,
        {"channels": 4, "kernel": 3},
        {"channels": 4, "kernel": 3, "stride": 2, "padding": 1},
        {"channels": 12, "kernel": 2, "dilation": 2, "groups": 6, "bias": False},
        {"channels": 4, "kernel": 3, "padding": "same"},
        {"channels": 4, "kernel": 4, "padding": "same"},
        {"channels": 4, "kernel": 2, "padding": "same", "dilation": 2},
        {"channels": 4, "kernel": 3, "padding": 2, "padding_mode": "reflect"},
        {"channels": 4, "kernel": 3, "padding": 2, "padding_mode": "replicate"},
        {"channels": 4, "kernel": 3, "padding": 2, "padding_mode": "circular"},
        {"channels": 4, "kernel": 4, "padding": "same", "padding_mode": "reflect"},
        {"channels": 4, "kernel": 1, "stride": 3, "groups": 2},
    ),
    *rows(
        "conv",
        [PICTURE],
        {"channels": 4, "kernel": (1, 7), "padding": (0, 3)},
        {"channels": 4, "kernel": (3, 2), "stride": (2, 1), "dilation": (1, 3)},
        {"channels": 4, "kernel": (3, 2), "padding": "same", "dilation": (1, 3)},
    ),
    *rows(
        "conv_transpose",
        SPATIAL,
        {"channels": 4, "kernel": 2, "stride": 2},
        {"channels": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"channels": 12, "kernel": 3, "groups": 6, "bias": False},
        {"channels": 4, "kernel": 2, "dilation": 3, "output_padding": 2, "padding": 2},
    ),
    *rows("conv_transpose", [PICTURE], {"channels": 4, "kernel": (4, 2), "stride": (3, 1)}),
    *rows("linear", [VECTOR], {"channels": 10}, {"channels": 1, "bias": False}),
    *rows("linear", ANY_RANK, {"channels": 10, "over": "channels"}),
    *rows("linear", SPATIAL, {"channels": 1, "over": "channels", "bias": False}),
]

NORMALISATIONS = [
    *rows(
        "bn",
        ANY_RANK,
        {},
        {"affine": False},
        {"track_running_stats": False, "eps": 1e-3},
        {"momentum": None},
        {"momentum": 0.01},
    ),
    *rows(
        "instancenorm",
        SPATIAL,
        {},
        {"affine": True},
        {"affine": True, "track_running_stats": True},
    ),
    *rows("groupnorm", ANY_RANK, {"groups": 3}, {"groups": 1, "affine": False}),
    *rows("groupnorm", SPATIAL, {"groups": 6}),
    *rows(
        "layernorm",
        ANY_RANK,
        {},
        {"bias": False},
        {"elementwise_affine": False, "eps": 1e-6},
        {"over": "channels"},
        {"over": "channels", "bias": False},
    ),
    *rows("grn", SPATIAL, {}, {"eps": 1e-3}),
    *rows("lrn", SPATIAL, {"size": 5}, {"size": 2, "alpha": 1e-3, "beta": 0.5, "k": 2}),
]

ACTIVATIONS = [
    *(
        row
        for name in ("relu", "relu6", "silu", "sigmoid", "tanh", "hardswish", "hardsigmoid")
        for row in rows(name, ANY_RANK)
    ),
    *rows("leaky_relu", ANY_RANK, {}, {"negative_slope": 0.2}),
    *rows("prelu", ANY_RANK, {}, {"per_channel": True}, {"per_channel": True, "init": 0.1}),
    *rows("elu", ANY_RANK, {}, {"alpha": 0.5}),
    *rows("gelu", ANY_RANK, {}, {"approximate": "tanh"}),
    *rows("softmax", ANY_RANK),
    *rows("softmax", SPATIAL, {"dim": 1}),
    *rows("scale", ANY_RANK, {"by": 0.17}, {"by": -2}),
    *rows("identity", ANY_RANK),
]

REGULARISATIONS = [
    *rows("dropout", ANY_RANK, {}, {"p": 0.2}),
    *rows("dropout2d", SPATIAL, {}, {"p": 0.2}),
    *rows("drop_path", ANY_RANK, {"p": 0.2}, {"p": 0}),
    *rows("drop_block", SPATIAL, {"p": 0.2, "block_size": 3}, {"p": 0.1}),
]

POOLINGS = [
    *rows(
        "maxpool",
        SPATIAL,
        {"kernel": 2},
        {"kernel": 3, "stride": 2, "padding": 1},
        {"kernel": 2, "stride": 3, "ceil_mode": True},
        {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel": 2, "stride": 1, "dilation": 3},
        {"kernel": 2, "return_indices": True},
    ),
    *rows(
        "avgpool",
        SPATIAL,
        {"kernel": 2},
        {"kernel": 3, "stride": 2, "padding": 1},
        {"kernel": 3, "stride": 2, "padding": 1, "count_include_pad": False},
        {"kernel": 2, "stride": 3, "ceil_mode": True},
        {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    ),
    # Rounded up, a window may reach over the end, but may not start in the padding there.
    *rows(
        "maxpool",
        [Shape((2, n)) for n in range(2, 9)],
        {"kernel": 3, "stride": 2, "ceil_mode": True},
        {"kernel": 2, "stride": 3, "padding": 1, "ceil_mode": True},
    ),
    *rows("avgpool", [Shape((2, 2))], {"kernel": 3, "stride": 2, "ceil_mode": True}),
    *rows("maxpool", [PICTURE], {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}),
    *rows("avgpool", [PICTURE], {"kernel": (3, 2), "padding": (1, 0)}),
    *rows("adaptive_avgpool", SPATIAL, {"size": 4}, {"size": 1}, {"size": 13}),
    *rows("adaptive_avgpool", [PICTURE], {"size": (1, 5)}),
    *rows("global_avgpool", SPATIAL),
    *(
        Row("max_unpool", (shape,), arguments, {"indices": shape})
        for shape in SPATIAL
        for arguments in (
            {"kernel": 2},
            {"kernel": 3, "stride": 2, "padding": 1},
            {"kernel": 2, "size": tuple(2 * n + 1 for n in shape.size)},
        )
    ),
    Row(
        "max_unpool",
        (Shape((4, 3, 3)),),
        {"kernel": 2},
        {"indices": Shape((4, 3, 3)), "like": Shape((2, 7, 6))},
    ),
]

RESAMPLINGS = [
    *rows(
        "upsample",
        SPATIAL,
        {"factor": 2},
        {"factor": 1.5},
        {"factor": 0.4},
        {"size": 13},
        {"factor": 3.0, "mode": "linear"},
        {"size": 13, "mode": "linear", "align_corners": True},
    ),
    *rows(
        "upsample",
        [PICTURE],
        {"factor": (2, 1.7)},
        {"size": (4, 16)},
        {"factor": 2, "mode": "bilinear"},
        {"factor": 2, "mode": "bicubic", "align_corners": True},
    ),
    *rows("upsample", [VOLUME], {"factor": 2, "mode": "trilinear"}),
    like("upsample", (6, 5), (3, 9)),
    like("upsample", (6, 5, 4), (3, 9, 3)),
    like("upsample", (6, 5, 4), (3, 9, 3), mode="bilinear", align_corners=True),
    like("upsample", (6, 3, 3, 3), (3, 4, 5, 6), mode="linear"),
    *rows("pixel_shuffle", [Shape((12, 3, 4))], {"factor": 2}, {"factor": 1}),
    *rows(
        "pad",
        SPATIAL,
        {"before": 1},
        {"before": 0, "after": 1},
        {"after": 2, "value": 1.5},
        {"before": 0},
        {"channels": 3},
        {"before": 1, "channels": [2, 1]},
        {"before": 2, "mode": "reflect"},
        {"before": 1, "after": 3, "mode": "replicate"},
        {"before": 1, "after": 3, "mode": "circular"},
    ),
    *rows("pad", [PICTURE], {"before": (1, 2), "after": (0, 3)}),
    like("pad", (6, 4), (1, 9)),
    like("pad", (6, 4, 5), (1, 9, 5)),
    like("pad", (6, 4, 5), (1, 9, 5), value=2),
    like("pad", (6, 4, 5, 6), (1, 5, 6, 8), mode="replicate"),
    *rows("crop", SPATIAL, {"size": 4}),
    *rows("crop", [PICTURE], {"size": (9, 3)}, {"size": (9, 8)}),
    *rows("crop", SPATIAL, {"size": 4, "offset": 1}, {"size": 3, "offset": 0}),
    *rows("crop", [PICTURE], {"size": (9, 3), "offset": (0, 5)}),
    like("crop", (6, 9), (1, 4)),
    like("crop", (6, 9, 8), (1, 4, 7), offset=(2, 1)),
    like("crop", (6, 9, 8), (1, 4, 8)),
    like("crop", (6, 5, 6, 7), (1, 2, 3, 7)),
]

MERGINGS = [
    *(
        Row(name, (shape,) * count)
        for name, counts in {
            "add": (1, 2, 3),
            "sub": (2,),
            "mul": (1, 2, 3),
            "max": (1, 2, 3),
        }.items()
        for count in counts
        for shape in ANY_RANK
    ),
    merged("mul", (6, 9, 8), (6, 1, 1)),
    merged("mul", (1, 9, 8), (6, 9, 8)),
    merged("mul", (6, 1, 1), (6, 9, 8), (1, 9, 8)),
    merged("mul", (6, 9), (6, 1)),
    merged("mul", (6, 5, 6, 7), (1, 5, 6, 7)),
    merged("concat", (6,), (2,)),
    merged("concat", (6, 9), (2, 9), (1, 9)),
    merged("concat", (6, 9, 8)),
    merged("concat", (6, 9, 8), (2, 9, 8)),
    merged("concat", (6, 9, 8), (6, 9, 3), dim=2),
    merged("concat", (6, 5, 6, 7), (2, 5, 6, 7)),
]

RESHAPINGS = [
    *rows("flatten", ANY_RANK),
    *rows("flatten", SPATIAL, {"start_dim": 1}),
    *rows("reshape", ANY_RANK, {"size": -1}, {"size": [2, -1]}, {"size": (-1, 3, 1)}),
    *rows("reshape", [PICTURE], {"size": (9, 6, 8)}),
    *rows("chunk", ANY_RANK, {"chunks": 2}, {"chunks": 6}, {"chunks": 1}),
    *rows("split", ANY_RANK, {"sizes": [1, 2, 3]}, {"sizes": [6]}),
    *rows("channel_shuffle", SPATIAL, {"groups": 3}, {"groups": 1}),
]

ROWS: list[Row] = [
    *CONVOLUTIONS,
    *NORMALISATIONS,
    *ACTIVATIONS,
    *REGULARISATIONS,
    *POOLINGS,
    *RESAMPLINGS,
    *MERGINGS,
    *RESHAPINGS,
]
