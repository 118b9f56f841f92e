"""What fits a page: rough sizes, columns, and how deep to look by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.draw.flow import Flow
from archdsl.draw.metrics import width
from archdsl.draw.picture import Box, Edge, Frame, Panel, Picture, boxes_in

__all__ = [
    "FRAME_MARGIN",
    "PAGE",
    "SMALL",
    "TITLE",
    "Page",
    "box_extent",
    "folded",
    "laid_out",
    "title_lines",
]

MOST_COLUMNS = 5

SHORT = 600
"""A drawing of at most this height is never folded."""

PAGE = (800, 1200)
"""An upright page in points on which the smallest text is still read with ease, margins and all."""

LARGEST = (960, 1360)
"""A page at which the smallest text has six points when A4 is filled to its edges."""

LINE = 12.5
ROW_GAP = 31
NODE_GAP = 16
LABEL_GAP = 6
COLUMN_GAP = 52
FRAME = 32
MOST_ARRANGED = 150
"""More boxes fit no page in any way."""

TURNED = 1.2
"""Who has to turn the page may as well read smaller words."""

AROUND_INSET = (28, 50)
HEADING = 90

JUMP = 45
"""The height of a numbered circle at the end of a column, and of the edge to it."""

FRAME_MARGIN = 9

TITLE, SMALL = 11, 10
"""The sizes of the words in a box."""

LEAST_WIDTH = 54
PADDING = 19

LONGEST_TITLE = 190


@dataclass(frozen=True, slots=True)
class Extent:
    width: float
    height: float


def title_lines(box: Box) -> tuple[str, ...]:
    """The title of a box, a long call in two lines of about the same length."""
    title = box.title
    breaks = [at + 1 for at, letter in enumerate(title) if letter == " " and title[at - 1] == ","]
    if not breaks or width(title, TITLE, bold=True) <= LONGEST_TITLE:
        return (title,)
    middle = min(breaks, key=lambda at: abs(len(title) - 2 * at))
    return (title[:middle].rstrip(), title[middle:])


def box_extent(box: Box) -> Extent:
    """How large Graphviz will draw a box, a point or so too much."""
    first, *rest = title_lines(box)
    count = f"  x {box.count}" if box.count > 1 else ""
    wide = [width(line, TITLE, bold=True) for line in (first, *rest)]
    wide[-1] += width(count, TITLE, bold=True)
    if box.name:
        wide[0] += width(box.name, SMALL) + width("  ", TITLE)
    wide += [width(line, SMALL) for line in box.lines]
    return Extent(max(LEAST_WIDTH, max(wide) + PADDING), len(wide) * LINE + 12)


def extent(panel: Panel) -> Extent:
    """About how large Graphviz will draw the panel."""
    if panel.columns:
        each = [extent(part) for part in parts(panel)]
        return Extent(
            sum(e.width for e in each) + COLUMN_GAP * (len(each) - 1), max(e.height for e in each)
        )
    panel = alone(panel)
    rank = levels(panel) if panel.rows else Flow(panel).rank
    boxes = {box.id: box_extent(box) for box in panel.boxes}
    tall: dict[int, float] = {}
    for box, size in boxes.items():
        tall[rank[box]] = max(tall.get(rank[box], 0), size.height)
    height = sum(tall.values()) + ROW_GAP * (len(tall) - 1)
    starts = {(min(rank[b.id] for b in boxes_in(f.items)), deep) for f, deep in frames_in(panel)}
    height += FRAME * len(starts) + 2 * LINE * len(panel.rows)
    wide = u_width(panel, boxes) if panel.rows else max(row_widths(panel, boxes, rank), default=0)
    return Extent(wide, height)


def parts(panel: Panel) -> tuple[Panel, ...]:
    """The columns of a panel, each with the edges in it."""
    return tuple(alone(replace(panel, items=items, columns=())) for items in panel.columns)


def alone(panel: Panel) -> Panel:
    """The panel without edges that lead out of it."""
    inside = {box.id for box in panel.boxes}
    edges = tuple(e for e in panel.edges if e.tail in inside and e.head in inside)
    return replace(panel, edges=edges)


def frames_in(panel: Panel) -> Iterator[tuple[Frame, int]]:
    """All frames, each with the number of frames around it."""
    waiting = [(item, 0) for item in panel.items if isinstance(item, Frame)]
    while waiting:
        frame, deep = waiting.pop()
        yield frame, deep
        waiting += [(item, deep + 1) for item in frame.items if isinstance(item, Frame)]


def label_width(edge: Edge) -> float:
    told = ("" if edge.quiet else edge.shape, edge.via)
    return max(width(line, SMALL) for line in told) + LABEL_GAP


def row_widths(panel: Panel, boxes: dict[str, Extent], rank: dict[str, int]) -> Iterator[float]:
    """How wide each row of boxes is, and each row of labels between two of them."""
    rows: dict[int, list[float]] = {}
    for box, size in boxes.items():
        rows.setdefault(2 * rank[box], []).append(size.width)
    for edge in panel.edges:
        start, end = sorted((2 * rank[edge.tail], 2 * rank[edge.head]))
        for row in range(start + 1, end):
            told = label_width(edge) if row == (start + end) // 2 else 0
            rows.setdefault(row, []).append(told + (NODE_GAP if end > start + 2 else 0))
    for wide in rows.values():
        yield sum(wide) + NODE_GAP * (len(wide) - 1)


def levels(panel: Panel) -> dict[str, int]:
    """The row of each box of a U, which grows downwards on both sides."""
    same = {box: row.boxes[0] for row in panel.rows for box in row.boxes}
    above: dict[str, set[str]] = {}
    for edge in panel.edges:
        high, low = (edge.head, edge.tail) if edge.head in panel.upward else (edge.tail, edge.head)
        high, low = same.get(high, high), same.get(low, low)
        if high != low:
            above.setdefault(low, set()).add(high)
    found: dict[str, int] = {}
    for _ in panel.boxes:  # as many rounds as the longest way may have steps
        before = dict(found)
        for box in panel.boxes:
            here = same.get(box.id, box.id)
            found[here] = max((found.get(b, 0) + 1 for b in above.get(here, ())), default=0)
        if found == before:
            break
    return {box.id: found[same.get(box.id, box.id)] for box in panel.boxes}


def u_width(panel: Panel, boxes: dict[str, Extent]) -> float:
    """Two arms and the widest of what leads from one to the other."""
    on_rows = {box for row in panel.rows for box in row.boxes[1:-1]}
    left, right = (
        max(
            (e.width for b, e in boxes.items() if (b in panel.upward) is up and b not in on_rows),
            default=0,
        )
        for up in (False, True)
    )
    level = {box: index for index, row in enumerate(panel.rows) for box in row.boxes}
    between = [
        sum(boxes[box].width for box in row.boxes[1:-1])
        + sum(
            label_width(e) + NODE_GAP
            for e in panel.edges
            if level.get(e.tail) == level.get(e.head) == index
        )
        for index, row in enumerate(panel.rows)
    ]
    return left + right + max(between, default=0)


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


# -- the page as a whole ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """A picture with its parts in rows of ``across``; ``stacked`` sets the second example under
    the first."""

    picture: Picture
    across: int
    stacked: bool = False

    @property
    def alone(self) -> bool:
        """Whether there is a single part."""
        return count(self.picture) == 1


def laid_out(picture: Picture) -> Page:
    """The page on which the picture can be read: its examples on the right, side by side or one
    under the other, if that fits; else what fits best. An example is left out where no page with
    it would be readable."""
    plain = Page(picture, count(picture))
    if len(picture.main.boxes) > MOST_ARRANGED:
        return plain
    best = min(beside(picture), key=lambda page: shortage(page, PAGE, turned=TURNED))
    if shortage(best, LARGEST) <= 1:
        return best
    for kept in range(len(picture.insets), -1, -1):
        fewer = replace(picture, insets=picture.insets[:kept])
        best = min(pages(fewer), key=lambda page: shortage(page, PAGE))
        if shortage(best, LARGEST) <= 1:
            break
    return best


def pages(picture: Picture) -> Iterator[Page]:
    """Ways to lay a picture out, the plain ones first."""
    main = replace(picture.main, columns=())
    yield Page(picture, count(picture))
    if main.rows:
        yield from with_insets(picture)
        return
    apart = replace(picture, main=replace(main, columns=pieces(main)))
    if len(apart.main.columns) > 1:
        # Nothing leads from one to the other, so they may stand in rows.
        for across in range(1, count(apart) + 1):
            yield Page(apart, across)
    size = extent(main)
    if size.height > size.width or len(apart.main.columns) == 1:
        for columns in range(1, MOST_COLUMNS + 1):
            yield from with_insets(replace(picture, main=cut(main, columns)))


def beside(picture: Picture) -> Iterator[Page]:
    """Examples on the right, side by side or one under the other."""
    total = count(picture)
    yield Page(picture, total)
    if len(picture.insets) > 1:
        yield Page(picture, total - 1, stacked=True)


def with_insets(picture: Picture) -> Iterator[Page]:
    """Examples beside the columns, one under the other, or below the columns."""
    total, columns = count(picture), side_by_side(picture.main)
    yield from beside(picture)
    for across in range(total - 1, columns - 1, -1):
        yield Page(picture, across)


def count(picture: Picture) -> int:
    """How many parts Graphviz will see."""
    return side_by_side(picture.main) + len(picture.insets)


def pieces(panel: Panel) -> tuple[tuple[Box | Frame, ...], ...]:
    """The items in groups that no edge joins.

    >>> from archdsl.draw.picture import Kind
    >>> a, b, c = (Box(name, Kind.OTHER, name) for name in "abc")
    >>> [len(piece) for piece in pieces(Panel("", (a, b, c), (Edge("a", "c", "1"),)))]
    [2, 1]
    """
    group = list(range(len(panel.items)))
    at = {box.id: place for place, item in enumerate(panel.items) for box in boxes_in((item,))}
    for edge in panel.edges:
        one, two = sorted((group[at[edge.tail]], group[at[edge.head]]))
        group = [one if of == two else of for of in group]
    found: dict[int, list[Box | Frame]] = {}
    for item, of in zip(panel.items, group, strict=True):
        found.setdefault(of, []).append(item)
    return tuple(map(tuple, found.values()))


def shortage(page: Page, limit: tuple[float, float], *, turned: float = 1) -> float:
    """How many times larger than a page of this size the parts are, at least one; a page that has
    to be turned counts as ``turned`` times as large."""
    cells = [extent(part) for part in parts(page.picture.main)] or [extent(page.picture.main)]
    if len(cells) > 1:
        cells = [Extent(cell.width, cell.height + JUMP) for cell in cells]
    insets = [
        Extent(size.width + AROUND_INSET[0], size.height + AROUND_INSET[1])
        for size in map(extent, page.picture.insets)
    ]
    if page.stacked:
        height = sum(inset.height for inset in insets) + ROW_GAP * (len(insets) - 1)
        insets = [Extent(max(inset.width for inset in insets), height)]
    size = gridded([*cells, *insets], page.across)
    upright = max(size.width / limit[0], (size.height + HEADING) / limit[1])
    lying = max(size.width / limit[1], (size.height + HEADING) / limit[0])
    return max(1.0, min(upright, lying * turned))


def gridded(cells: Sequence[Extent], across: int) -> Extent:
    """The size of cells in rows, each as wide as the widest one of its column.

    >>> gridded([Extent(100, 50), Extent(10, 20), Extent(60, 30)], 2)
    Extent(width=162, height=132)
    """
    rows = [cells[at : at + across] for at in range(0, len(cells), across)]
    widths = [max(row[at].width for row in rows if at < len(row)) for at in range(len(rows[0]))]
    heights = [max(cell.height for cell in row) for row in rows]
    return Extent(
        sum(widths) + COLUMN_GAP * (len(widths) - 1), sum(heights) + COLUMN_GAP * (len(heights) - 1)
    )


# -- folding ---------------------------------------------------------------------------------


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
