"""Ways through a syntax tree: what is inside a node, and which nodes stand at a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Part", "children", "label_parts", "path_at", "walk", "words"]


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("span", "doc"))


def children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes right inside a node, in the order they are declared."""
    kind: Any = type(node)
    for name in _fields(kind):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[tree.Node]:
    if isinstance(value, tree.Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def walk(node: tree.Node) -> Iterator[tree.Node]:
    """A node and everything inside it; as deep as it may be, nothing here recurses."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed([*children(current)]))


def path_at(node: tree.Node, offset: int) -> list[tree.Node]:
    """The nodes around a place, the outermost first. The end of a node belongs to it."""
    path: list[tree.Node] = []
    inside: tree.Node | None = node
    while inside is not None:
        path.append(inside)
        inside = _containing(children(inside), offset)
    return path


def _containing(nodes: Iterable[tree.Node], offset: int) -> tree.Node | None:
    """Where two meet, the one that begins there."""
    found = [node for node in nodes if node.span.start <= offset <= node.span.end]
    return max(found, key=lambda node: node.span.start, default=None)


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two dots of a label. ``name`` has ``{}`` for each computed piece."""

    name: str
    span: Span


def label_parts(label: tree.Label) -> list[Part]:
    """The parts of a label, each with its place.

    >>> from archdsl.source import Source
    >>> span = Span(Source("", "stage{i + 1}.conv"), 0, 17)
    >>> [(part.name, part.span.start) for part in label_parts(tree.Label(span, ()))]
    [('stage{}', 0), ('conv', 13)]
    """
    text, start = label.span.text, label.span.start
    parts: list[Part] = []
    name, begin, computed = "", 0, False
    for at, char in enumerate(f"{text}."):
        if char == "." and not computed:
            span = Span(label.span.source, start + begin, start + at)
            parts.append(Part(name, span))
            name, begin = "", at + 1
        elif char in "{}":
            computed = char == "{"
            name += char
        elif not computed:
            name += char
    return parts


def words(node: tree.For | tree.Clause) -> list[tuple[str, Span]]:
    """The names a loop counts with, and where they stand: behind ``for``, before ``in``."""
    source, at = node.span.source, node.span.start + len("for")
    found = []
    for name in node.targets:
        at = source.text.index(name, at)
        found.append((name, Span(source, at, at + len(name))))
        at += len(name)
    return found
