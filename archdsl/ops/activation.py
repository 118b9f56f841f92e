"""Activations and scale: functions of each element by itself; softmax. The shape stays."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from archdsl.ops.base import Function, Keeps, Module, NonNegativeInt, Op, Real, Weight, options
from archdsl.ops.guards import need_axis
from archdsl.ops.shape import Shape


class Activation(Op):
    """What the activations share: a module of PyTorch that takes the arguments by their names."""

    callee: ClassVar[str]
    kept: ClassVar[Keeps] = Keeps.INPUT

    def shape(self, x: Shape) -> Shape:
        return x

    def keeps(self) -> Keeps:
        return self.kept

    def torch(self, x: Shape) -> Module:
        return Module(self.callee, (), options(self, *type(self).model_fields))


class ReLU(Activation, name="relu"):
    """Rectifier: ``max(0, x)``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html

    >>> ReLU().shape(Shape((64, 56, 56)))
    (64, 56, 56)
    """

    callee: ClassVar[str] = "nn.ReLU"
    kept: ClassVar[Keeps] = Keeps.OUTPUT
    inplaceable: ClassVar[bool] = True


class ReLU6(Activation, name="relu6"):
    """Rectifier with a ceiling: ``min(max(0, x), 6)``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html

    >>> ReLU6().torch(Shape((32, 112, 112))).callee
    'nn.ReLU6'
    """

    callee: ClassVar[str] = "nn.ReLU6"
    inplaceable: ClassVar[bool] = True


class LeakyReLU(Activation, name="leaky_relu"):
    """Rectifier with a slope below zero: ``x`` if ``x > 0``, else ``negative_slope x``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html

    >>> LeakyReLU(negative_slope=0.2).torch(Shape((64, 8, 8))).kwargs
    {'negative_slope': 0.2}
    """

    callee: ClassVar[str] = "nn.LeakyReLU"
    inplaceable: ClassVar[bool] = True
    # In place the gradient is taken from the output, whose sign a negative slope would turn.
    negative_slope: Real = Field(0.01, ge=0, description="slope below zero")


class PReLU(Op, name="prelu"):
    """Rectifier whose slope below zero is learned: one slope, or one for each channel.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html

    >>> PReLU(per_channel=True).weights(Shape((64, 8, 8)))["weight"].shape
    (64,)
    """

    per_channel: bool = Field(False, description="whether each channel has a slope of its own")
    init: Real = Field(0.25, description="the slope before training")

    def shape(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        return {"weight": Weight((x.channels if self.per_channel else 1,))}

    def keeps(self) -> Keeps:
        return Keeps.INPUT

    def torch(self, x: Shape) -> Module:
        count = {"num_parameters": x.channels} if self.per_channel else {}
        return Module("nn.PReLU", (), {**count, **options(self, "init")})


class ELU(Activation, name="elu"):
    """Exponential linear unit: ``x`` if ``x > 0``, else ``alpha (exp(x) - 1)``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html

    >>> ELU().torch(Shape((64, 8, 8))).callee
    'nn.ELU'
    """

    callee: ClassVar[str] = "nn.ELU"
    inplaceable: ClassVar[bool] = True
    # In place the gradient is taken from the output, whose sign a negative alpha would turn.
    alpha: Real = Field(1.0, ge=0, description="limit below zero, negated")


class GELU(Activation, name="gelu"):
    """Gaussian error linear unit: ``x`` times the normal distribution function of ``x``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html

    >>> GELU(approximate="tanh").torch(Shape((64, 8, 8))).kwargs
    {'approximate': 'tanh'}
    """

    callee: ClassVar[str] = "nn.GELU"
    approximate: Literal["none", "tanh"] = Field("none", description="how it is approximated")


class SiLU(Activation, name="silu"):
    """Sigmoid linear unit, also called swish: ``x sigmoid(x)``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html

    >>> SiLU().torch(Shape((64, 8, 8))).callee
    'nn.SiLU'
    """

    callee: ClassVar[str] = "nn.SiLU"
    inplaceable: ClassVar[bool] = True


class Sigmoid(Activation, name="sigmoid"):
    """Logistic function: ``1 / (1 + exp(-x))``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html

    >>> Sigmoid().torch(Shape((64, 1, 1))).callee
    'nn.Sigmoid'
    """

    callee: ClassVar[str] = "nn.Sigmoid"
    kept: ClassVar[Keeps] = Keeps.OUTPUT


class Tanh(Activation, name="tanh"):
    """Hyperbolic tangent.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html

    >>> Tanh().torch(Shape((6, 28, 28))).callee
    'nn.Tanh'
    """

    callee: ClassVar[str] = "nn.Tanh"
    kept: ClassVar[Keeps] = Keeps.OUTPUT


class Hardswish(Activation, name="hardswish"):
    """Piecewise approximation of silu: ``x relu6(x + 3) / 6``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html

    >>> Hardswish().torch(Shape((16, 112, 112))).callee
    'nn.Hardswish'
    """

    callee: ClassVar[str] = "nn.Hardswish"
    inplaceable: ClassVar[bool] = True


class Hardsigmoid(Activation, name="hardsigmoid"):
    """Piecewise linear approximation of sigmoid: ``relu6(x + 3) / 6``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html

    >>> Hardsigmoid().torch(Shape((16, 1, 1))).callee
    'nn.Hardsigmoid'
    """

    callee: ClassVar[str] = "nn.Hardsigmoid"
    inplaceable: ClassVar[bool] = True


class Softmax(Op, name="softmax"):
    """Exponentials scaled to the sum 1 along one axis.

    ``dim`` counts the axes of a sample from 0, the channels: PyTorch's ``dim`` less the batch.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html

    >>> Softmax().torch(Shape((1000,))).kwargs
    {'dim': 1}
    """

    dim: NonNegativeInt = Field(0, description="axis of the sample; 0 is the channels")

    def shape(self, x: Shape) -> Shape:
        need_axis(self.name, x, "dim", self.dim)
        return x

    def keeps(self) -> Keeps:
        return Keeps.OUTPUT

    def torch(self, x: Shape) -> Module:
        return Module.of("nn.Softmax", dim=self.dim + 1)


class Scale(Op, name="scale"):
    """The input times a constant: what keeps a deep residual branch small, ``scale(0.17)``.

    The shape stays.
    Source: Szegedy et al. 2017, https://arxiv.org/abs/1602.07261, section 3.3

    >>> Scale(by=0.17).torch(Shape((384, 35, 35))).values
    {'by': 0.17}
    """

    by: Real = Field(description="what each element is multiplied by")

    def shape(self, x: Shape) -> Shape:
        return x

    def torch(self, x: Shape) -> Function:
        return Function("{x} * {by}", {"by": self.by})


class Identity(Activation, name="identity"):
    """The input as it is: what a parameter for a norm or an activation may be set to.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html

    >>> Identity().shape(Shape((64, 56, 56)))
    (64, 56, 56)
    """

    callee: ClassVar[str] = "nn.Identity"
    kept: ClassVar[Keeps] = Keeps.NOTHING
    does_nothing: ClassVar[bool] = True
    aliases: ClassVar[bool] = True
