"""Titles of frames that no edge runs through: where they break, and on which side they stand.

An edge enters a frame at the middle of its first box, so the half of the frame beside it is free,
and that is at least half as wide as the box.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from archdsl.draw.flow import Flow
from archdsl.draw.metrics import width
from archdsl.draw.page import FRAME_MARGIN, box_extent
from archdsl.draw.picture import Box, Frame, Panel, boxes_in

__all__ = ["TITLE_SIZE", "Title", "Titles"]

TITLE_SIZE: Final = 10

MOST_LINES: Final = 3
"""A longer title has a wider box under it instead."""

BESIDE: Final = 5
"""What a title keeps from an edge beside it, an arrow head included."""


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a frame in lines; ``right`` where edges come in from the left. ``count`` is
    the last word where the frame stands for several copies."""

    lines: tuple[tuple[str, ...], ...]
    count: str = ""
    right: bool = False


@dataclass(frozen=True)
class Titles:
    """The titles in a column of a panel, and the widths that its boxes need so that they fit."""

    panel: Panel
    column: tuple[Box | Frame, ...]

    @cached_property
    def of_frames(self) -> dict[str, Title]:
        return {frame.id: self.title(frame) for frame in frames_in(self.column)}

    @cached_property
    def of_boxes(self) -> dict[str, float]:
        """The least width of boxes that would leave too little room for a word above them."""
        found: dict[str, float] = {}
        for frame in frames_in(self.column):
            entry = self.entry(frame)
            if entry is None:
                continue
            widest = max(
                (width_of(line, self.count(frame)) for line in self.lines(frame)), default=0
            )
            room = self.room(frame, entry)
            if widest > room:
                box = found.get(entry.id, box_extent(entry).width)
                found[entry.id] = max(box, box_extent(entry).width + 2 * (widest - room))
        return found

    def title(self, frame: Frame) -> Title:
        return Title(self.lines(frame), self.count(frame), self.comes_from_left(frame))

    def count(self, frame: Frame) -> str:
        return f"x {frame.count}" if frame.count > 1 else ""

    def lines(self, frame: Frame) -> tuple[tuple[str, ...], ...]:
        words = [*frame.title.split(), *filter(None, [self.count(frame)])]
        entry = self.entry(frame)
        if entry is None:
            return (tuple(words),)
        room = self.room(frame, entry)
        while len(lines := broken(words, room, self.count(frame))) > MOST_LINES:
            room *= 1.1
        return lines

    def room(self, frame: Frame, entry: Box) -> float:
        """How wide a title may be on one side of the edge that comes to the box."""
        return box_extent(entry).width / 2 + FRAME_MARGIN * depth(frame, entry.id) - BESIDE - 8

    def entry(self, frame: Frame) -> Box | None:
        """The first box that an edge from outside leads to."""
        inside = {box.id: box for box in boxes_in(frame.items)}
        entered = {e.head for e in self.panel.edges if e.head in inside and e.tail not in inside}
        return next((box for id, box in inside.items() if id in entered), None)

    def comes_from_left(self, frame: Frame) -> bool:
        """Whether the frame stands to the right of the spine, from where its data comes."""
        inside = {box.id for box in boxes_in(frame.items)}
        if inside & self.spine.keys():
            return False
        here = {box.id for box in boxes_in(self.column)} & self.spine.keys()
        feeds = [e.tail for e in self.panel.edges if e.head in inside and e.tail in here]
        if not feeds:
            return False
        start = min(self.spine[tail] for tail in feeds)
        before: set[str] = set()
        for box in boxes_in(self.column):
            if box.id in inside:
                break
            before.add(box.id)
        return any(place > start for box, place in self.spine.items() if box in before)

    @cached_property
    def spine(self) -> dict[str, int]:
        return {box: place for place, box in enumerate(Flow(self.panel).spine)}


def frames_in(items: tuple[Box | Frame, ...]) -> Iterator[Frame]:
    for item in items:
        if isinstance(item, Frame):
            yield item
            yield from frames_in(item.items)


def depth(frame: Frame, box: str) -> int:
    """How many frames are around a box, up to this one."""
    for item in frame.items:
        if isinstance(item, Frame) and box in {inner.id for inner in boxes_in(item.items)}:
            return 1 + depth(item, box)
    return 1


def width_of(line: Sequence[str], count: str = "") -> float:
    bold = count if line[-1] == count else ""
    plain = " ".join(word for word in line if word != bold)
    return width(plain, TITLE_SIZE) + width(f"  {bold}" if bold else "", TITLE_SIZE, bold=True)


def broken(words: Sequence[str], room: float, count: str = "") -> tuple[tuple[str, ...], ...]:
    """Words in as few lines as the room allows, a word that is wider on its own.

    >>> broken(["plain(32,", "stride=2)"], 200), broken(["plain(32,", "stride=2)"], 60)
    ((('plain(32,', 'stride=2)'),), (('plain(32,',), ('stride=2)',)))
    """
    lines: list[tuple[str, ...]] = []
    for word in words:
        if lines and width_of((*lines[-1], word), count) <= room:
            lines[-1] = (*lines[-1], word)
        else:
            lines.append((word,))
    return tuple(lines)
