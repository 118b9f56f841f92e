"""The shape behind every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.lsp.uses import described, shapes_text
from archdsl.lsp.view import View
from archdsl.lsp.walk import children
from archdsl.syntax import tree

__all__ = ["Hint", "hints"]

_STEPS = (tree.Name, tree.Computed, tree.Call, tree.Branches, tree.Group)


@dataclass(frozen=True, slots=True)
class Hint:
    """What is shown behind an offset of the text, and what is told when it is pointed at."""

    offset: int
    text: str
    tooltip: str


def hints(view: View, start: int, end: int) -> list[Hint]:
    """The hints between two offsets of the text."""
    found: dict[int, Hint] = {}
    for step in _steps(view.index.file):
        place = view.newer(step.span)
        if place is None or not start <= place[1] <= end:
            continue
        ran = view.ran(step)
        if ran:  # braces end with their last step: what they make is told once
            found[place[1]] = Hint(place[1], shapes_text(ran), described(ran))
    return [found[offset] for offset in sorted(found)]


def _steps(file: tree.File) -> Iterator[tree.Node]:
    """Everything that can be a step where it stands; a default is a step somewhere else."""
    waiting: list[tree.Node] = [file]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Parameter | tree.Variant):
            continue
        if isinstance(node, _STEPS) and not _on_one_line(node):
            yield node
        waiting.extend(children(node))


def _on_one_line(node: tree.Node) -> bool:
    """Braces on one line show the shape of what is in them already."""
    return isinstance(node, tree.Group) and "\n" not in node.span.text
