"""Integers that stand for many at once, as the analysis of legal sizes computes with them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from archdsl.ops import Op, Shape

__all__ = ["Explorer", "Varying", "varies"]


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


def varies(value: Any) -> bool:
    """Whether a value, or a part of a size, is a :class:`Varying`."""
    if isinstance(value, tuple | list):
        return any(map(varies, value))
    return isinstance(value, Varying)
