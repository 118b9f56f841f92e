"""Which names a piece of syntax tree reads and makes, without running it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.syntax import tree

__all__ = ["names_made", "names_read", "parts"]


def names_read(node: Any) -> set[str]:
    """Every name that is read anywhere in it."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, tuple):
            waiting.extend(current)
        elif isinstance(current, tree.Name):
            found.add(current.id)
        elif isinstance(current, tree.Assignment):
            waiting.append(current.value)
        elif isinstance(current, tree.Node):
            waiting.extend(parts(current))
    return found


def names_made(node: Any) -> Iterator[tree.Label | tree.Name]:
    """Labels and assigned names that can be read behind it: what is inside a labelled group
    or a loop over a list stays there."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, tuple):
            waiting.extend(reversed(current))
        elif isinstance(current, tree.Labelled):
            yield current.label
            if not isinstance(current.step, tree.Group):
                waiting.append(current.step)
        elif isinstance(current, tree.Assignment):
            yield from current.targets
        elif isinstance(current, tree.Hole):
            yield from current.labels
            waiting.append(current.bodies)
        elif isinstance(current, tree.Input | tree.ModuleDeclaration):
            yield current.label
        elif isinstance(current, tree.Node) and not isinstance(current, tree.Comprehension):
            waiting.extend(reversed(parts(current)))
            if isinstance(current, tree.Output):
                yield current.label


def parts(node: tree.Node) -> list[Any]:
    return [
        getattr(node, name)
        for kind in type(node).__mro__
        for name in getattr(kind, "__slots__", ())
        if name != "span"
    ]
