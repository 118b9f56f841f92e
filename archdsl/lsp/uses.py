"""What the steps of a spec made, wherever they ran: shapes, parameters and MACs by their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from archdsl.analysis.profile import Block, Layer, profile
from archdsl.analysis.receptive import Field, receptive_fields
from archdsl.analysis.report import human
from archdsl.graph.graph import Graph, Node, Scope, Value
from archdsl.graph.report import PRELUDE
from archdsl.lsp.positions import Drift
from archdsl.lsp.project import prelude_path
from archdsl.source import Span

__all__ = ["Expansion", "Ran", "described", "located", "shapes_text"]


def located(name: str) -> Path:
    """The file that a source is the text of; sources are called by their whole path here."""
    return prelude_path() if name == PRELUDE else Path(name).resolve()


@dataclass(frozen=True, slots=True)
class Ran:
    """A step that ran once: the shapes of what flowed in and of what it made."""

    name: str
    taken: tuple[str, ...]
    made: tuple[str, ...]
    params: int
    macs: int
    sees: str = ""


@dataclass(frozen=True)
class Expansion:
    """One model, expanded without an error.

    A text that was changed since is compared with the one that was expanded: what is told of a
    step that stands outside of the change still holds for it.
    """

    model: str
    graph: Graph
    _drifts: dict[tuple[Path, str], Drift] = field(default_factory=dict)

    def ran(self, place: Path, text: str, start: int, end: int) -> tuple[Ran, ...]:
        """What the step between two offsets of a file did, each time that it ran."""
        written = self._steps.get(place)
        if written is None:
            return ()
        old, steps = written
        drift = self._drift(place, old, text)
        first, last = drift.older(start), drift.older(end - 1)
        if first is None or last is None:
            return ()
        return tuple(map(self._one, steps.get((first, last + 1), ())))

    def arguments(self, block: str, name: str) -> list[str]:
        """The values that a parameter of a block or of the model was given, each once."""
        scopes = [s for s in self.graph.root.scopes() if block == (s.block or self.graph.name)]
        given = (self._shown(s.arguments[name]) for s in scopes if name in s.arguments)
        return list(dict.fromkeys(text for text in given if text))

    # ---- places

    def _drift(self, place: Path, old: str, text: str) -> Drift:
        if (place, text) not in self._drifts:
            self._drifts.clear()  # of use for one text at a time
            self._drifts[place, text] = Drift(old, text)
        return self._drifts[place, text]

    @cached_property
    def _steps(self) -> Mapping[Path, tuple[str, dict[tuple[int, int], list[Node | Scope]]]]:
        """By file its text, and what ran at each place of it."""
        found: dict[Path, tuple[str, dict[tuple[int, int], list[Node | Scope]]]] = {}
        names: dict[str, Path] = {}
        for span, step in self._spans():
            name = span.source.name
            if name not in names:
                names[name] = located(name)
                found[names[name]] = (span.source.text, {})
            found[names[name]][1].setdefault((span.start, span.end), []).append(step)
        return found

    def _spans(self) -> Iterator[tuple[Span, Node | Scope]]:
        for scope in self.graph.root.scopes():
            if scope.span is not None and scope.result:
                yield scope.span, scope
        for node in self.graph.compute_nodes:
            if node.span is not None:
                yield node.span, node

    # ---- facts

    def _one(self, step: Node | Scope) -> Ran:
        values = step.result if isinstance(step, Scope) else self._results(step)
        taken = step.source if isinstance(step, Scope) else step.inputs
        counts = self._counts.get(step.name)
        params, macs = (counts.params, counts.macs) if counts else (0, 0)
        sees = self._sees(values[0]) if values else ""
        return Ran(step.name, self._shapes(taken), self._shapes(values), params, macs, sees)

    def _sees(self, value: Value) -> str:
        """How much of the input one position of a value depends on; nothing where on all of it."""
        field = self._fields[value.node]
        return "x".join(f"{axis.extent:g}" for axis in field) if field else ""

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        return receptive_fields(self.graph)

    def _results(self, node: Node) -> tuple[Value, ...]:
        """All parts of a `chunk`, but of a step with named results only the first."""
        count = 1 if node.op.results else len(node.shapes)
        return tuple(Value(node.index, index) for index in range(count))

    def _shapes(self, values: Sequence[Value]) -> tuple[str, ...]:
        return tuple(str(self.graph.shape(value)) for value in values)

    @cached_property
    def _counts(self) -> Mapping[str, Layer | Block]:
        counts = profile(self.graph)
        rows: tuple[Layer | Block, ...] = (*counts.root.blocks(), *counts.layers)
        return {row.name: row for row in rows}

    def _shown(self, value: Any) -> str:
        """A value as the language writes it; nothing for a step."""
        if isinstance(value, bool) or value is None:
            return {None: "none", True: "true", False: "false"}[value]
        if isinstance(value, int | float):
            return f"{value:g}" if isinstance(value, float) else str(value)
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, tuple):
            return "x".join(map(str, value))
        if isinstance(value, list):
            items = [self._shown(item) for item in value]
            return f"[{', '.join(items)}]" if all(items) else ""
        shape = getattr(value, "shape", None)
        return str(shape) if shape is not None else ""


def shapes_text(ran: Sequence[Ran]) -> str:
    """The shape that a step made; of several that differ the first and the last.

    >>> once = Ran("conv", ("3x8x8",), ("4x6x6",), 112, 3888)
    >>> shapes_text([once]), shapes_text([once, Ran("conv", ("4x6x6",), ("4x4x4",), 0, 0)])
    ('4x6x6', '4x6x6 … 4x4x4')
    """
    made = list(dict.fromkeys(", ".join(one.made) for one in ran))
    return made[0] if len(made) == 1 else f"{made[0]} … {', '.join(ran[-1].made)}" if made else ""


def described(ran: Sequence[Ran]) -> str:
    """What a step did, in one line.

    >>> described([Ran("conv", ("3x8x8",), ("4x6x6",), 112, 3888)])
    '`3x8x8 -> 4x6x6`, 112 parameters, 3.89 k MACs'
    """
    params, macs = sum(one.params for one in ran), sum(one.macs for one in ran)
    parts = [f"`{_flow(ran[0])}`"]
    if len(ran) > 1:
        last = f", … `{_flow(ran[-1])}`" if _flow(ran[0]) != _flow(ran[-1]) else ""
        parts = [f"runs {len(ran)} times: `{_flow(ran[0])}`{last}"]
    if params:
        parts.append(f"{params:,} parameters")
    if macs:
        parts.append(f"{human(macs)} MACs")
    sees = list(dict.fromkeys(one.sees for one in ran))
    if any(sees):
        more = f" … {sees[-1]}" if len(sees) > 1 and sees[-1] else ""
        parts.append(f"receptive field {sees[0]}{more}")
    return ", ".join(parts)


def _flow(ran: Ran) -> str:
    taken = ", ".join(ran.taken)
    return f"{taken} -> {', '.join(ran.made)}" if taken else ", ".join(ran.made)
