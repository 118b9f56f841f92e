"""Encoder-decoders: a path down, a path up, and skips between what has the same size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from archdsl.draw.flow import Flow
from archdsl.draw.picture import Box, Edge, Frame, Kind, Panel, Row, boxes_in

__all__ = ["shaped_like_a_u"]


@dataclass(frozen=True, slots=True)
class Bridge:
    """What leads from spine position ``start`` to ``end`` beside the spine: an edge, or boxes."""

    start: int
    end: int
    boxes: tuple[str, ...]


def shaped_like_a_u(panel: Panel, *, pools: bool = False) -> Panel:
    """The panel with rows and an upward path, if it is an encoder-decoder; else as it is.

    It is one when skips across a lower resolution are nested like brackets. What pools to a size
    of its own and comes back (a gate, a pyramid of poolings) is a branch and no lower resolution.
    ``pools`` keeps poolings as boxes.
    """
    if repeats(panel.items):
        return panel
    flow = Flow(panel)
    spine = flow.spine
    place = {box: index for index, box in enumerate(spine)}
    size = {box.id: prod(box.size) for box in panel.boxes}
    merges = {box.id for box in panel.boxes if box.kind is Kind.MERGE}
    forgetful = {place[box.id] for box in panel.boxes if box.forgets_size and box.id in place}
    found = bridges(flow, place)
    if found is None:
        return panel
    dips = sorted(
        (
            b
            for b in found
            if dips_between(b, spine, size, merges) and not forgetful & {*range(b.start, b.end)}
        ),
        key=lambda b: (b.start, -b.end),
    )
    if not dips or not nested(dips):
        return panel
    bottom = lowest(dips[-1], spine, size)
    if any(b.start <= bottom < b.end for b in found if b not in dips):
        return panel
    rows = tuple(Row((spine[b.start], *b.boxes, spine[b.end])) for b in unique(dips))
    upward = {*spine[bottom + 1 :]}
    for bridge in found:
        if bridge.start > bottom:
            upward.update(bridge.boxes)
    kept = {box for row in rows for box in row.boxes}
    drawn = replace(flat(panel), rows=rows, upward=frozenset(upward), edges=across(panel, rows))
    return drawn if pools else pooled_on_edges(drawn, kept)


def across(panel: Panel, rows: tuple[Row, ...]) -> tuple[Edge, ...]:
    """The edges, those along a row marked as skips: boxes on a bridge make it no less a skip."""
    level = {box: index for index, row in enumerate(rows) for box in row.boxes}
    return tuple(
        replace(edge, skip=True)
        if edge.tail in level and level[edge.tail] == level.get(edge.head)
        else edge
        for edge in panel.edges
    )


def repeats(items: tuple[Box | Frame, ...]) -> bool:
    """Whether a frame stands for several copies: it has to stay."""
    return any(
        isinstance(item, Frame) and (item.count > 1 or repeats(item.items)) for item in items
    )


def bridges(flow: Flow, place: dict[str, int]) -> list[Bridge] | None:
    """All bridges of the spine; None where something beside it is more than a plain chain."""
    found = [
        Bridge(place[edge.tail], place[edge.head], ())
        for edge in flow.edges
        if edge.tail in place and edge.head in place and place[edge.head] > place[edge.tail] + 1
    ]
    seen: set[str] = set()
    for box in flow.order:
        if box in place or box in seen:
            continue
        chain = [box]
        sources = flow.into.get(box, [])
        while len(ahead := flow.out_of.get(chain[-1], [])) == 1 and ahead[0] not in place:
            if len(flow.into[ahead[0]]) > 1:
                return None
            chain.append(ahead[0])
        seen.update(chain)
        if not ahead and len(sources) <= 1:
            continue
        if len(ahead) != 1 or not sources or any(source not in place for source in sources):
            return None
        found.append(Bridge(min(place[s] for s in sources), place[ahead[0]], tuple(chain)))
    return found


def dips_between(
    bridge: Bridge, spine: tuple[str, ...], size: dict[str, int], merges: set[str]
) -> bool:
    """Whether the spine gets smaller than the skip, and comes back to about its size. A gate
    does not: it is merged while it is small."""
    inner = [size[box] for box in spine[bridge.start + 1 : bridge.end]]
    here = size[spine[bridge.start]]
    if inner and spine[bridge.end] in merges and inner[-1] == min(inner):
        return False
    return (
        bool(inner)
        and here > 0
        and min(inner) < 0.8 * here
        and size[spine[bridge.end]] > min(inner)
    )


def nested(dips: list[Bridge]) -> bool:
    """Whether the bridges, outermost first, lie within one another."""
    return all(
        outer.start <= inner.start and inner.end <= outer.end for outer, inner in pairwise(dips)
    )


def lowest(bridge: Bridge, spine: tuple[str, ...], size: dict[str, int]) -> int:
    """The last position of the smallest size inside the innermost bridge."""
    inner = range(bridge.start + 1, bridge.end)
    least = min(size[spine[index]] for index in inner)
    return max(index for index in inner if size[spine[index]] == least)


def unique(dips: list[Bridge]) -> list[Bridge]:
    """One bridge for each pair of ends: no box can be in two rows."""
    found: list[Bridge] = []
    taken: set[int] = set()
    for bridge in reversed(dips):
        if bridge.start in taken or bridge.end in taken:
            continue
        taken |= {bridge.start, bridge.end}
        found.append(bridge)
    return found[::-1]


def flat(panel: Panel) -> Panel:
    """Without frames: they would tear the levels of the U apart. Names tell what they told."""
    boxes: list[Box | Frame] = []
    for item in panel.items:
        if isinstance(item, Box):
            boxes.append(item)
            continue
        for box in boxes_in((item,)):
            boxes.append(replace(box, name=box.path.removeprefix(panel.around + ".")))
    return replace(panel, items=tuple(boxes))


def pooled_on_edges(panel: Panel, kept: set[str]) -> Panel:
    """The way down with its poolings as arrows: the levels of the U show them already."""
    flow = Flow(panel)
    into = {edge.head: edge for edge in panel.edges}
    out_of = {edge.tail: edge for edge in panel.edges}
    gone = {
        box.id: box
        for box in panel.boxes
        if box.kind is Kind.POOLING
        and box.id not in kept
        and not box.lines
        and box.count == 1
        and len(flow.into.get(box.id, ())) == len(flow.out_of.get(box.id, ())) == 1
        and into[box.id].tail in kept
    }
    edges = []
    for edge in panel.edges:
        if edge.head in gone:
            box, after = gone[edge.head], out_of[edge.head]
            tip = f"{edge.tooltip}\n{box.tooltip}"
            edges.append(replace(after, tail=edge.tail, via=box.title, tooltip=tip, pooled=True))
        elif edge.tail not in gone:
            edges.append(edge)
    items = tuple(box for box in panel.boxes if box.id not in gone)
    return replace(panel, items=items, edges=tuple(edges))
