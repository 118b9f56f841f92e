"""What an operator is: one class that holds everything the program knows about it.

Operators know nothing of text. A complaint names an argument or an operand
(:class:`Mismatch`); whoever called knows where that stands in the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Flag
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from archdsl.ops.shape import Shape

__all__ = [
    "OPS",
    "Fraction",
    "Function",
    "Keeps",
    "Mismatch",
    "Module",
    "NonNegativeInt",
    "NonNegativeSize",
    "Op",
    "OperatorError",
    "PositiveInt",
    "Real",
    "Size",
    "Weight",
    "options",
    "per_axis",
    "per_axis_call",
]


class OperatorError(TypeError):
    """An operator's declaration is not what one must be; the message is one line."""


class Mismatch(Exception):
    """The inputs and arguments of an operator do not go together.

    ``argument`` names the argument at fault, ``operand`` the input (counted from 0);
    neither means the operator as a whole. ``note`` shows the formula with its numbers and
    ``help`` a change that was tried and makes the complaint go away. Words that take computing
    are given as functions: where only it matters *that* an operator refuses, none is called.
    """

    def __init__(
        self,
        message: str | Callable[[], str],
        *,
        code: str = "shape-mismatch",
        argument: str | None = None,
        operand: int | None = None,
        note: str | None = None,
        help: str | Callable[[], str | None] | None = None,
    ) -> None:
        super().__init__(message)
        self._message = message
        self.code = code
        self.argument = argument
        self.operand = operand
        self.note = note
        self._help = help

    @property
    def message(self) -> str:
        return self._message() if callable(self._message) else self._message

    @property
    def help(self) -> str | None:
        return self._help() if callable(self._help) else self._help

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry of a ``state_dict``: its shape, and whether training changes it."""

    shape: tuple[int, ...]
    trainable: bool = True


class Keeps(Flag):
    """What autograd keeps of an operator's forward pass until the backward pass."""

    NOTHING = 0
    INPUT = 1
    OUTPUT = 2
    MASK = 4
    """One number for each element of the output."""
    INDICES = 8
    """One 64-bit integer for each element of the output."""
    COPY = 16
    """A tensor of about the size of the input, made on the way (the padded input, for one)."""


@dataclass(frozen=True)
class Module:
    """A module to construct once and call on the inputs: ``nn.Conv2d(3, 64, kernel_size=7)``.

    ``support`` is the source of a class that PyTorch lacks; it goes into the generated file.
    ``imports`` are import lines beyond ``torch``, ``torch.nn as nn`` and
    ``torch.nn.functional as F``.
    """

    callee: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    support: str = ""
    imports: tuple[str, ...] = ()

    @classmethod
    def of(cls, callee: str, *args: Any, **kwargs: Any) -> Module:
        """A call with its arguments, to be printed in this order."""
        return cls(callee, args, kwargs)


@dataclass(frozen=True)
class Function:
    """An expression over the inputs, for what needs no module.

    ``template`` is Python with fields: ``{x}`` the input (``{xs}`` all of them, comma separated),
    ``{like}`` and its kind another tensor the operator refers to, any other field an entry
    of ``values``, printed with ``repr``: ``Function("torch.flatten({x}, {start})", {"start": 1})``.
    ``infix`` joins the inputs instead: ``Function(infix=" + ")``.
    """

    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    infix: str = ""
    support: str = ""
    imports: tuple[str, ...] = ()


def _as_size(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


PositiveInt = Annotated[int, Field(ge=1, strict=True)]
NonNegativeInt = Annotated[int, Field(ge=0, strict=True)]
Real = Annotated[float, Field(allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[PositiveInt | tuple[PositiveInt, ...], BeforeValidator(_as_size)]
"""One extent for every spatial axis (``3``), or one each (``3x5``)."""
NonNegativeSize = Annotated[NonNegativeInt | tuple[NonNegativeInt, ...], BeforeValidator(_as_size)]

OPS: dict[str, type[Op]] = {}
"""Every registered operator by its name in the language."""


class Op(BaseModel):
    """An operator: its arguments are the fields, in the order they may be given by position.

    Subclass with a name to register: ``class Conv(Op, name="conv")``. Shapes are those of one
    sample, without the batch. The methods take the input shapes in order, then ``refs`` by name.
    """

    # Strict, or the string "1" would pass for a number and the number 1 for true.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, strict=True)

    name: ClassVar[str]
    family: ClassVar[str]
    """The heading it is listed under; the name of its module."""
    operands: ClassVar[tuple[int, int | None]] = (1, 1)
    """Least and greatest number of inputs; ``None`` for any number."""
    refs: ClassVar[tuple[str, ...]] = ()
    """Names of arguments that are tensors of the network (``like``, ``indices``)."""
    needs_refs: ClassVar[bool] = False
    """Whether the first of ``refs`` must be given; it may then be given by position."""
    results: ClassVar[tuple[str, ...]] = ()
    """Names of the second and further results (``indices``)."""
    implied: ClassVar[int | None] = None
    """Where PyTorch's class wants the channels of the input among its arguments; here they are
    known, and a spec that names them is mended."""
    aliases: ClassVar[bool] = False
    """Whether the output may share memory with the input (a view, or an identity)."""
    rate: ClassVar[str] = ""
    """The argument that says how often it drops something in training: it changes no structure,
    so blocks that differ in nothing else are the same block."""
    enlarges: ClassVar[bool] = False
    """Whether its stride or factor multiplies the sizes, where others divide them."""
    does_nothing: ClassVar[bool] = False
    """Whether it gives what it is given, and is there for its name only."""
    forgets_size: ClassVar[bool] = False
    """Whether what it makes has a size of its own, whatever the input's."""
    inplaceable: ClassVar[bool] = False
    """Whether its module takes ``inplace=True`` and then writes over its input. The compiler
    decides where that is safe; an operator never asks for it itself."""

    def __init_subclass__(cls, *, name: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not name:
            return
        if name in OPS:
            raise ValueError(f"an operator named {name!r} is registered already: {OPS[name]}")
        for method in ("shape", "torch"):
            if getattr(cls, method) is getattr(Op, method):
                raise OperatorError(f"the operator {name!r} defines no `{method}`")
        cls.name = name
        cls.family = cls.__module__.rpartition(".")[2]
        OPS[name] = cls

    def shape(self, *shapes: Any, **refs: Any) -> Shape | tuple[Shape, ...]:
        """The output shape (a tuple of them for an operator with several results).

        Raises :class:`Mismatch` when the operator cannot run on these inputs.
        """
        raise NotImplementedError(f"{type(self).__name__} gives no shape")

    def weights(self, *shapes: Any, **refs: Any) -> dict[str, Weight]:
        """The parameters and buffers by name, in ``state_dict`` order."""
        return {}

    def macs(self, *shapes: Any, **refs: Any) -> int:
        """Multiply-accumulates of convolutions and matrix products for one sample.

        Takes the input shapes, then the output shape. Everything else counts nothing, as in
        ``torch.utils.flop_counter`` (whose figure is twice this).
        """
        return 0

    def lost(self, *shapes: Any, **refs: Any) -> tuple[int, ...]:
        """Rows of the input that no window reaches, at the end of each spatial axis.

        They are lost because the output size is rounded down, not because padding stays unread
        or a stride steps over them between windows.
        """
        return (0,) * shapes[0].rank if shapes else ()

    def sees(self, *shapes: Any, **refs: Any) -> tuple[tuple[float, float], ...] | None:
        """What one element of the output sees of each spatial axis of the inputs: how many
        elements, and how many further its neighbour's begin. ``None``: all there is.

        Statistics over positions, as a normalisation takes them, are no seeing.
        """
        return ((1, 1),) * max(shape.rank for shape in shapes) if shapes else ()

    def keeps(self) -> Keeps:
        """What autograd keeps for the backward pass, when every input needs a gradient."""
        return Keeps.NOTHING

    def torch(self, *shapes: Any, **refs: Any) -> Module | Function:
        """How PyTorch spells it, as a description: nothing is imported or constructed."""
        raise NotImplementedError(f"{type(self).__name__} has no PyTorch spelling")

    def outputs(self, *shapes: Shape, **refs: Shape) -> tuple[Shape, ...]:
        """``shape`` as a tuple, whether there is one result or several."""
        result = self.shape(*shapes, **refs)
        results = (result,) if isinstance(result, Shape) else result
        if not isinstance(results, tuple) or not all(isinstance(r, Shape) for r in results):
            raise OperatorError(
                f"`shape` of the operator {self.name!r} gave {result!r}, not a Shape"
            )
        return results


T = TypeVar("T", int, float)


def per_axis(value: T | tuple[T, ...], x: Shape, argument: str) -> tuple[T, ...]:
    """A size argument, one number for each spatial axis of ``x``.

    >>> per_axis(3, Shape((64, 56, 56)), "kernel")
    (3, 3)
    """
    if not isinstance(value, tuple):
        return (value,) * x.rank
    if len(value) != x.rank:
        given = "x".join(map(str, value))
        raise Mismatch(
            f"{argument} {given} has {len(value)} axes, but {x} has {x.rank} spatial axes",
            code="wrong-rank",
            argument=argument,
            help=f"give {argument} as one number, or one for each of the {x.rank} axes"
            + ("; a batch axis is no part of a shape" if x.rank == len(value) + 1 else ""),
        )
    return value


def per_axis_call(value: T | tuple[T, ...]) -> T | tuple[T, ...]:
    """A size as a reviewer would write it: ``3`` instead of ``(3, 3)``."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


def options(op: Op, *names: str) -> dict[str, Any]:
    """The named arguments as keywords of the PyTorch call, without those left at their default.

    A number that stands for a parameter of a block has a type of its own and is never left out,
    whatever its value happens to be here: it may differ where the block is used again.
    """
    chosen = {}
    for name in names:
        value, default = per_axis_call(getattr(op, name)), type(op).model_fields[name].default
        if value != default or type(value) is not type(default):
            chosen[name] = value
    return chosen
