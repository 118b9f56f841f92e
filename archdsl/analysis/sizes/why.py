"""Why one size runs or not: the check itself, at that size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archdsl.analysis.review import hits_of, review
from archdsl.diagnostics import Diagnostic
from archdsl.graph.elaborate import Request, Result, chosen_model, expansions
from archdsl.ops import Op, Shape

__all__ = ["Unclear", "Why", "why"]


Places = tuple[Diagnostic, ...]


class Unclear(Exception):
    """What was asked for is not a size of the inputs; the message says what is."""


@dataclass(frozen=True)
class Why:
    """The verdict in a line, and the places that bring it about."""

    legal: bool
    verdict: str
    diagnostics: Places


def why(request: Request, asked: str) -> Why:
    """``570`` for every spatial axis of every input, or ``570x572`` for the axes of each.

    Raises :class:`Unclear`.
    """
    inputs = {name: _resized(shape, asked) for name, shape in _declared(request).items()}
    size = ", ".join("x".join(map(str, shape.size)) for shape in dict.fromkeys(inputs.values()))
    whole = replace(request, inputs=inputs, model=chosen_model(request))
    training = _reviewed(whole)
    alike = training.graph and not training.graph.train_outputs
    inference = training if alike else _reviewed(replace(whole, training=False))
    if inference.graph is None:
        return Why(False, f"{size} does not run", _errors(inference))
    losses = hits_of("fraction", inference.graph)
    verdict = f"{size} runs{', and loses rows or columns' if losses else ' without loss'}"
    if alike:
        return Why(True, verdict, losses)
    more, places = _of_training(training, losses)
    more = more and f"; in training, where it has more outputs, it {more}"
    return Why(True, f"{verdict}{more}", (*losses, *places))


def _of_training(result: Result, losses: Places) -> tuple[str, Places]:
    """What training adds to the losses of inference."""
    if result.graph is None:
        return "does not run", _errors(result)
    known = {loss.primary.span for loss in losses}
    found = hits_of("fraction", result.graph)
    more = tuple(loss for loss in found if loss.primary.span not in known)
    return f"loses {'more' if losses else 'some'}" if more else "", more


def _reviewed(request: Request) -> Result:
    return next(iter(review(request).values()))


def _errors(result: Result) -> Places:
    return tuple(one for one in result.diagnostics if one.is_error)


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
