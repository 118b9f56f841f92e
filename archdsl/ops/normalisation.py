"""Normalisations: they bring values to zero mean and unit variance over some group of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from archdsl.ops.base import Keeps, Mismatch, Module, Op, PositiveInt, Real, Weight, options
from archdsl.ops.guards import need_groups, need_spatial
from archdsl.ops.shape import Shape

Epsilon = Annotated[Real, Field(gt=0, lt=1)]
"""Below 1, so that channels given by habit, as in ``bn(64)``, are told."""


class BatchNorm(Op, name="bn"):
    """Batch normalisation: each channel over the batch and all positions.

    The shape stays. Follows the rank of its input; a vector is normalised as in ``BatchNorm1d``.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html,
    https://arxiv.org/abs/1502.03167

    >>> list(BatchNorm().weights(Shape((64, 56, 56))))
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """

    implied = 0

    eps: Epsilon = Field(1e-5, description="added to the variance; channels come from the input")
    momentum: Real | None = Field(
        0.1, description="share of the new batch in the running statistics; none: plain average"
    )
    affine: bool = Field(True, description="whether each channel has a learned scale and shift")
    track_running_stats: bool = Field(True, description="whether running statistics are kept")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x, least=0)
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        return _channel_weights(x.channels, self.affine, self.track_running_stats)

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        names = ("eps", "momentum", "affine", "track_running_stats")
        return Module(f"nn.BatchNorm{max(x.rank, 1)}d", (x.channels,), options(self, *names))


class InstanceNorm(Op, name="instancenorm"):
    """Instance normalisation: each channel of each sample over its positions.

    The shape stays.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html,
    https://arxiv.org/abs/1607.08022

    >>> InstanceNorm().shape(Shape((64, 56, 56)))
    (64, 56, 56)
    """

    implied = 0

    eps: Epsilon = Field(1e-5, description="added to the variance; channels come from the input")
    momentum: Real | None = Field(0.1, description="share of the new batch in the statistics")
    affine: bool = Field(False, description="whether each channel has a learned scale and shift")
    track_running_stats: bool = Field(False, description="whether running statistics are kept")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        if all(n == 1 for n in x.size):
            raise Mismatch(
                f"instancenorm needs more than one position to normalise over, but {x} has one",
                help="normalise before the pooling, or use layernorm",
            )
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        return _channel_weights(x.channels, self.affine, self.track_running_stats)

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        names = ("eps", "momentum", "affine", "track_running_stats")
        return Module(f"nn.InstanceNorm{x.rank}d", (x.channels,), options(self, *names))


class GroupNorm(Op, name="groupnorm"):
    """Group normalisation: each group of channels of each sample.

    The shape stays; the channels must split into equal ``groups``.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html,
    https://arxiv.org/abs/1803.08494

    >>> GroupNorm(groups=32).shape(Shape((256, 56, 56)))
    (256, 56, 56)
    """

    implied = 1

    groups: PositiveInt = Field(description="groups the channels are split into")
    eps: Epsilon = Field(1e-5, description="added to the variance; channels come from the input")
    affine: bool = Field(True, description="whether each channel has a learned scale and shift")

    def shape(self, x: Shape) -> Shape:
        need_groups(self.groups, "groups", input=x.channels)
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        return _channel_weights(x.channels, self.affine, tracked=False)

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        return Module("nn.GroupNorm", (self.groups, x.channels), options(self, "eps", "affine"))


CHANNEL_LAYER_NORM = '''\
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation of the channels at each position."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''


class LayerNorm(Op, name="layernorm"):
    """Layer normalisation: everything in a sample, or the channels at each position.

    The shape stays. Over the ``"sample"`` it is ``nn.LayerNorm`` with the whole shape of a sample
    ``C x *size`` as its ``normalized_shape``, so every element has a scale and a shift of its own
    and the input size is fixed. Over the ``"channels"`` (ConvNeXt) it has one each per channel.
    Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html,
    https://arxiv.org/abs/1607.06450

    >>> LayerNorm().weights(Shape((96, 7, 7)))["weight"].shape
    (96, 7, 7)
    >>> LayerNorm(over="channels").weights(Shape((96, 7, 7)))["weight"].shape
    (96,)
    """

    over: Literal["sample", "channels"] = Field("sample", description="what is normalised together")
    eps: Epsilon = Field(1e-5, description="added to the variance; channels come from the input")
    elementwise_affine: bool = Field(True, description="whether there is a learned scale and shift")
    bias: bool = Field(True, description="whether there is a learned shift besides the scale")

    def shape(self, x: Shape) -> Shape:
        return x

    def _normalized(self, x: Shape) -> tuple[int, ...]:
        return tuple(x) if self.over == "sample" else (x.channels,)

    def weights(self, x: Shape) -> dict[str, Weight]:
        if not self.elementwise_affine:
            return {}
        names = ("weight", "bias") if self.bias else ("weight",)
        return {name: Weight(self._normalized(x)) for name in names}

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        arguments = options(self, "eps", "elementwise_affine", "bias")
        normalized = self._normalized(x)
        shape = normalized if len(normalized) > 1 else normalized[0]
        if self.over == "sample" or x.rank == 0:
            return Module("nn.LayerNorm", (shape,), arguments)
        return Module("ChannelLayerNorm", (shape,), arguments, support=CHANNEL_LAYER_NORM)


GLOBAL_RESPONSE_NORM = '''\
class GlobalResponseNorm(nn.Module):
    """Scales each channel by its share in the response of all channels."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        positions = tuple(range(2, x.dim()))
        response = torch.linalg.vector_norm(x, dim=positions, keepdim=True)
        share = response / (response.mean(dim=1, keepdim=True) + self.eps)
        shape = (-1, *[1] * len(positions))
        return x + (x * share) * self.weight.view(shape) + self.bias.view(shape)
'''


class GlobalResponseNorm(Op, name="grn"):
    """Global response normalisation (ConvNeXt V2): channels compete by how strongly they respond.

    ``y = x + weight * x * r / (mean of r over the channels + eps) + bias``, where ``r`` is a
    channel's norm over all positions; the shape stays. It starts as the identity.
    Source: https://arxiv.org/abs/2301.00808

    >>> GlobalResponseNorm().weights(Shape((384, 56, 56)))["weight"].shape
    (384,)
    """

    eps: Epsilon = Field(1e-6, description="added to the mean response")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        return _channel_weights(x.channels, affine=True, tracked=False)

    def keeps(self) -> Keeps:
        # PyTorch composes it: the scaled input is kept as well.
        return Keeps.INPUT | Keeps.COPY

    def torch(self, x: Shape) -> Module:
        arguments = options(self, "eps")
        return Module("GlobalResponseNorm", (x.channels,), arguments, GLOBAL_RESPONSE_NORM)


class LocalResponseNorm(Op, name="lrn"):
    """Local response normalisation: each channel by the squares of its ``size`` neighbours.

    ``y = x / (k + alpha / size * sum of squares) ** beta``; the shape stays. Note that AlexNet's
    paper does not divide ``alpha`` by ``size``.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html

    >>> LocalResponseNorm(size=5).shape(Shape((96, 55, 55)))
    (96, 55, 55)
    """

    size: PositiveInt = Field(description="neighbouring channels that are summed")
    alpha: Real = Field(1e-4, description="weight of the sum")
    beta: Real = Field(0.75, description="exponent")
    k: Real = Field(1.0, description="added to the sum")

    def shape(self, x: Shape) -> Shape:
        need_spatial(self.name, x)
        return x

    def keeps(self) -> Keeps:
        # PyTorch composes it: the padded squares, the sums and their power are kept as well.
        return Keeps.INPUT | Keeps.COPY

    def torch(self, x: Shape) -> Module:
        return Module("nn.LocalResponseNorm", (self.size,), options(self, "alpha", "beta", "k"))


def _channel_weights(channels: int, affine: bool, tracked: bool) -> dict[str, Weight]:
    """A scale and shift per channel, then the running statistics."""
    weights: dict[str, Weight] = {}
    if affine:
        weights.update(weight=Weight((channels,)), bias=Weight((channels,)))
    if tracked:
        weights.update(
            running_mean=Weight((channels,), trainable=False),
            running_var=Weight((channels,), trainable=False),
            num_batches_tracked=Weight((), trainable=False),
        )
    return weights
