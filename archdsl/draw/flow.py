"""The flow of a panel: its spine, what is beside it, and which edges are skips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from archdsl.draw.picture import Box, Edge, Kind, Panel

__all__ = ["Flow", "told_once", "with_skips"]


LONGEST_SIDE_WAY = 3
"""A skip of more boxes than this is a branch."""


@dataclass(frozen=True)
class Flow:
    """Boxes in the order they run and the edges that follow it."""

    panel: Panel

    @cached_property
    def order(self) -> dict[str, int]:
        """The position of each box: inputs, then by first node, then outputs."""

        def key(box: Box) -> tuple[int, int]:
            if not box.nodes:
                return (0 if box.kind is Kind.INPUT else 2), 0
            return (0 if box.kind is Kind.INPUT else 1), min(box.nodes)

        return {box.id: i for i, box in enumerate(sorted(self.panel.boxes, key=key))}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges that run forward; containers that interleave can make others."""
        return tuple(e for e in self.panel.edges if self.order[e.tail] < self.order[e.head])

    @cached_property
    def into(self) -> dict[str, list[str]]:
        return grouped((edge.head, edge.tail) for edge in self.edges)

    @cached_property
    def out_of(self) -> dict[str, list[str]]:
        return grouped((edge.tail, edge.head) for edge in self.edges)

    @cached_property
    def rank(self) -> dict[str, int]:
        """The number of boxes before each box on the longest way to it."""
        rank: dict[str, int] = {}
        for box in self.order:
            rank[box] = 1 + max((rank[b] for b in self.into.get(box, ())), default=-1)
        return rank

    @cached_property
    def spine(self) -> tuple[str, ...]:
        """The longest way through the model proper; what only training computes is beside it."""
        aside = {box.id for box in self.panel.boxes if box.train_only}
        best: dict[str, tuple[int, str]] = {}
        for box in self.order:
            if box in aside:
                continue
            ways = [(best[b][0] + 1, b) for b in self.into.get(box, ()) if b in best]
            best[box] = max(ways, key=lambda way: way[0], default=(0, ""))
        if not best:
            return ()
        at = max(best, key=lambda box: best[box][0])
        found = [at]
        while best[at][1]:
            at = best[at][1]
            found.append(at)
        return tuple(reversed(found))

    def reaches(self, start: str, goal: str, without: str = "") -> bool:
        """Whether a way leads from ``start`` to ``goal`` that does not end with ``without``."""
        limit = self.order[start]
        waiting = [box for box in self.into.get(goal, ()) if box not in (start, without)]
        seen = set(waiting)
        while waiting:
            box = waiting.pop()
            if box == start:
                return True
            for before in self.into.get(box, ()):
                if before not in seen and self.order[before] >= limit:
                    seen.add(before)
                    waiting.append(before)
        return False


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        if value not in found.setdefault(key, []):
            found[key].append(value)
    return found


def with_skips(panel: Panel) -> Panel:
    """The panel with its skips marked: edges that a longer way runs beside, and the two edges
    of a projection that joins an addition."""
    flow = Flow(panel)
    marked = {
        (edge.tail, edge.head)
        for edge in flow.edges
        if len(flow.into[edge.head]) > 1 and flow.reaches(edge.tail, edge.head)
    }
    boxes = {box.id: box for box in panel.boxes}
    for box in panel.boxes:
        marked.update(side_way(flow, box, boxes))
    edges = tuple(
        replace(edge, skip=True) if (edge.tail, edge.head) in marked else edge
        for edge in panel.edges
    )
    return replace(panel, edges=edges)


def told_once(panel: Panel) -> Panel:
    """The panel with the shape on one edge only where a value spreads to three boxes or more."""
    spread: dict[tuple[str, str], list[Edge]] = {}
    for edge in panel.edges:
        if not edge.via and not edge.skip:
            spread.setdefault((edge.tail, edge.shape), []).append(edge)
    quiet = {edge for edges in spread.values() if len(edges) > 2 for edge in edges[1:]}
    edges = tuple(replace(edge, quiet=True) if edge in quiet else edge for edge in panel.edges)
    return replace(panel, edges=edges)


def side_way(flow: Flow, box: Box, boxes: dict[str, Box]) -> list[tuple[str, str]]:
    """The edges of a skip that starts with this box: it only adapts a value to the merge that a
    longer way from the same value leads to."""
    chain = [box.id]
    while len(chain) <= LONGEST_SIDE_WAY and boxes[chain[-1]].adapts:
        into, out_of = flow.into.get(chain[-1], []), flow.out_of.get(chain[-1], [])
        if len(into) != 1 or len(out_of) != 1:
            return []
        chain.append(out_of[0])
    merge = boxes[chain[-1]]
    if len(chain) < 2 or merge.kind is not Kind.MERGE or not fits(merge, [boxes[b] for b in chain]):
        return []
    start = flow.into[box.id][0]
    rivals = [b for b in flow.into[merge.id] if b not in (chain[-2], start)]
    if not any(flow.rank[b] > flow.rank[chain[-2]] for b in rivals):
        return []
    if not flow.reaches(start, merge.id, chain[-2]):
        return []
    return list(zip([start, *chain], chain, strict=False))


def fits(merge: Box, chain: list[Box]) -> bool:
    """An addition may be reached by a convolution; of a concatenation that is a branch."""
    if merge.title == "add":
        return sum(box.kind is Kind.CONVOLUTION for box in chain) <= 1
    return all(box.title.startswith(("crop", "pad")) for box in chain[:-1])
