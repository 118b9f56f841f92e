"""What a picture shows, before anybody decides how it looks: frozen boxes, edges and frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

__all__ = ["Box", "Edge", "Frame", "Kind", "Panel", "Picture", "Row", "boxes_in"]


class Kind(Enum):
    """What a box is; the style sheet gives each kind its colours."""

    INPUT = "input"
    OUTPUT = "output"
    CONVOLUTION = "convolution"
    LINEAR = "linear"
    NORMALISATION = "normalisation"
    ACTIVATION = "activation"
    POOLING = "pooling"
    RESAMPLING = "resampling"
    MERGE = "merge"
    BLOCK = "block"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Box:
    """One box. ``name`` is what the spec calls it, empty where that is only a number; ``path``
    is the whole name, for a drawing without frames.

    ``size`` are the spatial sizes of what it makes, ``nodes`` the nodes it stands for (of a port
    into a repeat, those that it comes before). ``forgets_size`` says that it makes the same size
    of any input, ``adapts`` that it only fits a value to where it goes.
    """

    id: str
    kind: Kind
    title: str
    lines: tuple[str, ...] = ()
    name: str = ""
    count: int = 1
    tooltip: str = ""
    train_only: bool = False
    size: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()
    path: str = ""
    forgets_size: bool = False
    adapts: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """Data that flows from one box to another. ``via`` names what happens to it on the way.

    ``pooled`` says that this is a pooling, which needs no box where the layout shows it,
    ``quiet`` that an edge beside it shows the shape, ``meets`` that ``via`` happens inside the box
    it leads to.
    """

    tail: str
    head: str
    shape: str
    via: str = ""
    tooltip: str = ""
    skip: bool = False
    train_only: bool = False
    pooled: bool = False
    quiet: bool = False
    meets: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """An opened container with what is in it; ``count`` copies, one after the other."""

    id: str
    title: str
    items: tuple[Box | Frame, ...]
    count: int = 1
    tooltip: str = ""
    train_only: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes side by side from left to right: one level of a U."""

    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A drawing on its own: the whole model, or one block opened as an example.

    ``rows`` and ``upward`` (boxes of the expanding path) make a U; ``columns`` are the boxes of
    each column where a long drawing is folded; ``around`` is the container it stands in, ``note``
    says of an example where it stands, ``count`` how many there are of its form.
    """

    title: str
    items: tuple[Box | Frame, ...]
    edges: tuple[Edge, ...]
    rows: tuple[Row, ...] = ()
    upward: frozenset[str] = frozenset()
    columns: tuple[tuple[Box | Frame, ...], ...] = ()
    tooltip: str = ""
    around: str = ""
    note: str = ""
    count: int = 1

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(boxes_in(self.items))


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: the model, and beside it a block or two opened."""

    title: str
    subtitle: str
    main: Panel
    insets: tuple[Panel, ...] = ()


def boxes_in(items: tuple[Box | Frame, ...]) -> Iterator[Box]:
    """All boxes in order, those in frames included.

    >>> a, b = Box("a", Kind.OTHER, "a"), Box("b", Kind.OTHER, "b")
    >>> [box.id for box in boxes_in((Frame("f", "frame", (a,)), b))]
    ['a', 'b']
    """
    for item in items:
        if isinstance(item, Box):
            yield item
        else:
            yield from boxes_in(item.items)
