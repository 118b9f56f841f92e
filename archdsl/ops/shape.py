"""The shape of one sample: channels first, then the spatial sizes; no batch."""

from __future__ import annotations

__all__ = ["Shape", "channels_first"]


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


_LEAST_PICTURE = 16


def channels_first(shape: Shape) -> Shape | None:
    """The shape of a picture whose channels seem to be written last; none if they do not.

    They do where a grey (1), coloured (3) or transparent (4) picture comes out as one that is as
    wide as that. A signal of one axis may be declared so, unless it is as long as it has channels.

    >>> channels_first(Shape((224, 320, 3))), channels_first(Shape((28, 28, 1)))
    ((3, 224, 320), (1, 28, 28))
    >>> channels_first(Shape((3, 224, 224))), channels_first(Shape((64, 1000, 1)))
    (None, None)
    """
    if shape.rank != 2 or min(shape[:2]) < _LEAST_PICTURE:
        return None
    *size, channels = shape
    if channels != 3 and not (channels in (1, 4) and size[0] == size[1]):
        return None
    return Shape((channels, *size))
