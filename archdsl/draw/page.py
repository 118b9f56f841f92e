"""What fits a page: rough sizes, columns, and how deep to look by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archdsl.draw.flow import Flow
from archdsl.draw.picture import Box, Edge, Frame, Panel, boxes_in

__all__ = ["PAGE", "Extent", "extent", "folded", "side_by_side"]

MOST_COLUMNS = 5

SHORT = 600
"""A drawing of at most this height is never folded."""

PAGE = (720, 1000)
"""A portrait page in points at which the smallest text is still read with ease."""

CHARACTER = 5.4
LINE = 12
ROW_GAP = 30
COLUMN_GAP = 46


@dataclass(frozen=True, slots=True)
class Extent:
    width: float
    height: float


def box_extent(box: Box) -> Extent:
    first = len(box.title) + (len(box.name) + 2 if box.name else 0) + (5 if box.count > 1 else 0)
    widest = max([first * 1.15, *(len(line) for line in box.lines)])
    return Extent(widest * CHARACTER + 16, (1 + len(box.lines)) * LINE + 12)


def extent(panel: Panel) -> Extent:
    """About how large Graphviz will draw the panel."""
    if panel.columns:
        each = [extent(replace(panel, items=column, columns=())) for column in panel.columns]
        return Extent(
            sum(e.width for e in each) + COLUMN_GAP * len(each), max(e.height for e in each)
        )
    inside = {box.id for box in panel.boxes}
    part = replace(
        panel, edges=tuple(e for e in panel.edges if e.tail in inside and e.head in inside)
    )
    rank = Flow(part).rank
    rows: dict[int, list[Extent]] = {}
    for box in part.boxes:
        rows.setdefault(rank[box.id], []).append(box_extent(box))
    if panel.rows:
        return Extent(*u_extent(panel))
    height = sum(max(e.height for e in row) + ROW_GAP for row in rows.values())
    height += 26 * sum(isinstance(item, Frame) for item in panel.items)
    width = max((sum(e.width + COLUMN_GAP for e in row) for row in rows.values()), default=0)
    return Extent(width, height)


def u_extent(panel: Panel) -> tuple[float, float]:
    boxes = [box_extent(box) for box in panel.boxes]
    widest = max(box.width for box in boxes)
    tallest = max(len(panel.upward), len(boxes) - len(panel.upward))
    mean = sum(box.height for box in boxes) / len(boxes)
    return 2 * widest + 160, tallest * (mean + ROW_GAP)


def folded(panel: Panel) -> Panel:
    """The panel in as many columns as a page needs; in one if it is not long.

    It is cut between top-level items only, so frames stay whole.
    """
    if panel.rows:
        return panel
    best = panel
    for columns in range(1, MOST_COLUMNS + 1):
        best = cut(panel, columns)
        size = extent(best)
        if size.height <= SHORT or size.height <= min(PAGE[1], 1.7 * size.width):
            break
    return best


def cut(panel: Panel, columns: int) -> Panel:
    if columns == 1:
        return panel
    flow = Flow(panel)
    items = sorted(panel.items, key=lambda item: station(item, flow))
    heights = [extent(replace(panel, items=(item,), columns=())).height for item in items]
    height = sum(heights) / columns
    parts = split(list(zip(items, heights, strict=True)), height)
    while len(parts) > columns:
        height *= 1.1
        parts = split(list(zip(items, heights, strict=True)), height)
    return replace(panel, columns=parts) if len(parts) > 1 else panel


def station(item: Box | Frame, flow: Flow) -> tuple[int, int]:
    """Where an item comes in the columns: what stands beside the spine comes with the spine box
    that feeds it."""
    place = {box: index for index, box in enumerate(flow.spine)}
    boxes = [box.id for box in boxes_in((item,))]
    here = [place[box] for box in boxes if box in place]
    start = min(boxes, key=flow.order.__getitem__)
    order = flow.order[start]
    at = start
    while not here and flow.into.get(at):
        at = flow.into[at][0]
        here = [place[at]] if at in place else []
    return (min(here, default=-1), order)


def split(
    items: Sequence[tuple[Box | Frame, float]], height: float
) -> tuple[tuple[Box | Frame, ...], ...]:
    """Consecutive items in columns of about this height, or that of the tallest item.

    >>> from archdsl.draw.picture import Kind
    >>> boxes = [Box(name, Kind.OTHER, name) for name in "abcd"]
    >>> [len(column) for column in split(list(zip(boxes, [10, 10, 10, 10])), 20)]
    [2, 2]
    """
    height = max([height, *(tall for _, tall in items)])
    columns: list[list[Box | Frame]] = [[]]
    used = 0.0
    for item, tall in items:
        if columns[-1] and used + tall / 2 > height:
            columns.append([])
            used = 0.0
        columns[-1].append(item)
        used += tall
    return tuple(map(tuple, columns))


def side_by_side(panel: Panel) -> int:
    """How many parts Graphviz will see in a panel: a column that has frames is one for each
    stretch that nothing joins to the others."""
    total = 0
    for items in panel.columns:
        framed = any(isinstance(item, Frame) for item in items)
        total += stretches(items, panel.edges) if framed else 1
    return max(1, total)


def stretches(items: tuple[Box | Frame, ...], edges: tuple[Edge, ...]) -> int:
    """Into how many groups of boxes the edges among them join the items.

    >>> from archdsl.draw.picture import Kind
    >>> a, b, c = (Box(name, Kind.OTHER, name) for name in "abc")
    >>> stretches((a, b, c), (Edge("a", "b", "1"),))
    2
    """
    group = {box.id: index for index, item in enumerate(items) for box in boxes_in((item,))}
    for edge in edges:
        one, two = group.get(edge.tail), group.get(edge.head)
        if one is not None and two is not None and one != two:
            group = {box: one if of == two else of for box, of in group.items()}
    return len({*group.values()})
