"""The shape of one sample: channels first, then the spatial sizes; no batch."""

from __future__ import annotations

__all__ = ["Shape"]


class Shape(tuple[int, ...]):
    """``(C, *size)`` of one sample, written ``3x224x224``.

    A vector, as a linear layer makes it, has channels and no spatial axes.

    >>> x = Shape((64, 56, 56))
    >>> x.channels, x.size, x.rank, str(x)
    (64, (56, 56), 2, '64x56x56')
    """

    __slots__ = ()

    @property
    def channels(self) -> int:
        return self[0]

    @property
    def size(self) -> tuple[int, ...]:
        """The spatial sizes, without the channels."""
        return tuple(self[1:])

    @property
    def rank(self) -> int:
        """The number of spatial axes: 0 for a vector, 2 for a picture."""
        return len(self) - 1

    @property
    def elements(self) -> int:
        """The number of elements."""
        total = 1
        for extent in self:
            total *= extent
        return total

    def with_channels(self, channels: int) -> Shape:
        return Shape((channels, *self[1:]))

    def with_size(self, size: tuple[int, ...]) -> Shape:
        return Shape((self[0], *size))

    def __str__(self) -> str:
        return "x".join(map(int.__repr__, self))
