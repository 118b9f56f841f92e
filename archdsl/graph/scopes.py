"""Containers of a graph while they are filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archdsl.graph.graph import Guard, Scope, Value
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["OpenScope"]


@dataclass
class OpenScope:
    """A container that is still being filled."""

    name: str
    kind: str
    block: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    doc: str = ""
    frame: int = 0
    span: Span | None = None
    children: list[int | OpenScope] = field(default_factory=list)
    keys: dict[str, int | OpenScope] = field(default_factory=dict)
    counted: int = 0  # children, but for modules applied again
    source: tuple[Value, ...] = ()
    result: tuple[Value, ...] = ()
    replay: Iterator[int] | None = None  # modules to apply again, instead of making new ones
    shared: str = ""
    home: OpenScope | None = None  # of a reserved place that is not claimed, where it is
    outcome: Any = None  # after it ran, what the language knows of it
    about: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    decisions: dict[tree.If, set[bool]] = field(default_factory=dict)
    incomplete: bool = False  # whether something in it could not be read; that was told

    def child_name(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def free_key(self) -> str:
        """The key of the next child without a label: its position among all children."""
        return str(self.counted)

    def adopt(self, key: str, child: int | OpenScope) -> None:
        """Hold a node, or another container, as the next child."""
        self.children.append(child)
        self.keys[key] = child
        self.counted += 1

    def freeze(self) -> Scope:
        return Scope(
            name=self.name,
            kind=self.kind,
            block=self.block,
            arguments=dict(self.arguments),
            children=tuple(
                child if isinstance(child, int) else child.freeze() for child in self.children
            ),
            result=self.result,
            source=self.source,
            doc=self.doc,
            frame=self.frame,
            span=self.span,
            shared=self.shared,
            about=self.about,
            defaults=dict(self.defaults),
            guards=self.guards,
            decisions={key: frozenset(taken) for key, taken in self.decisions.items()},
        )
