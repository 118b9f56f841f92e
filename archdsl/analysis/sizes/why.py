"""Why one size runs or not: the check itself, at that size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archdsl.analysis.review import review
from archdsl.diagnostics import Diagnostic
from archdsl.graph.elaborate import Request, Result, chosen_model, expansions
from archdsl.graph.graph import Graph
from archdsl.ops import Op, Shape

__all__ = ["Unclear", "Why", "why"]


class Unclear(Exception):
    """What was asked for is not a size of the inputs; the message says what is."""


@dataclass(frozen=True)
class Why:
    """The verdict in a line, and the places that bring it about."""

    legal: bool
    verdict: str
    diagnostics: tuple[Diagnostic, ...]


def why(request: Request, asked: str) -> Why:
    """``570`` for every spatial axis of every input, or ``570x572`` for the axes of each.

    Raises :class:`Unclear`.
    """
    inputs = {name: _resized(shape, asked) for name, shape in _declared(request).items()}
    result = _reviewed(replace(request, inputs=inputs))
    size = ", ".join("x".join(map(str, shape.size)) for shape in dict.fromkeys(inputs.values()))
    if result.graph is None:
        errors = tuple(one for one in result.diagnostics if one.is_error)
        return Why(False, f"{size} does not run", errors)
    losses = tuple(one for one in result.diagnostics if one.code == "fraction")
    verdict = (
        f"{size} runs{', and loses rows or columns' if _loses(result.graph) else ' without loss'}"
    )
    return Why(True, verdict, losses)


def _reviewed(request: Request) -> Result:
    """The one model that is asked for, or the one that a command takes by itself."""
    results = review(replace(request, model=chosen_model(request)))
    return next(iter(results.values()))


def _loses(graph: Graph) -> bool:
    return any(
        any(node.op.lost(*graph.input_shapes(node), **graph.ref_shapes(node)))
        for node in graph.nodes
        if type(node.op).lost is not Op.lost
    )


def _resized(shape: Shape, asked: str) -> Shape:
    parts = asked.lower().split("x")
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 10**9 for part in parts):
        raise Unclear("write a size, as in --why 570 or --why 570x572")
    numbers = tuple(map(int, parts))
    if len(numbers) == 1:
        return shape.with_size(numbers * shape.rank)
    if len(numbers) != shape.rank:
        raise Unclear(f"the input {shape} has {shape.rank} spatial axes, not {len(numbers)}")
    return shape.with_size(numbers)


def _declared(request: Request) -> dict[str, Shape]:
    """The shape of every input that the expansion comes to."""
    inputs = _Inputs()
    expansions(request)(inputs)
    return inputs.shapes


class _Inputs:
    """An explorer that learns which inputs there are."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}

    def input(self, name: str, shape: Shape) -> Shape:
        self.shapes[name] = shape
        return shape

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        return op.outputs(*shapes, **refs)
