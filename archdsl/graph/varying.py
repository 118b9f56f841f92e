"""Integers that stand for many at once, as the analysis of legal sizes computes with them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from archdsl.ops import Op, Shape

__all__ = ["Explorer", "Varying", "alike", "varies"]


class Explorer(Protocol):
    """Who expands a spec for many input sizes at once."""

    def input(self, name: str, shape: Shape) -> Shape:
        """The shape of an input, with the sizes that vary in it."""

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        """The output shapes of an operator."""


class Varying(int):
    """An integer of one candidate that knows those of all others.

    It is computed with like any integer; whoever needs *one* number (a count, an index, a part of
    a label) takes ``int(value)``, which makes the other candidates be looked at apart.
    """

    @abstractmethod
    def distinct(self) -> list[int]:
        """The numbers it stands for."""

    @abstractmethod
    def keep(self, values: Sequence[int]) -> bool:
        """Decide whether it is one of these."""

    @abstractmethod
    def as_float(self) -> float:
        """The same as a floating-point number."""


def alike(values: Sequence[Any]) -> Sequence[Any]:
    """Numbers that are computed with together: beside a float each that varies is one too.

    Python's own floats read the machine value of an integer without asking it.
    """
    if not any(isinstance(value, float) for value in values) or not varies(tuple(values)):
        return values
    return [value.as_float() if isinstance(value, Varying) else value for value in values]


def varies(value: Any) -> bool:
    """Whether a value, or a part of a size, is a :class:`Varying`."""
    if isinstance(value, tuple | list):
        return any(map(varies, value))
    return isinstance(value, Varying)
