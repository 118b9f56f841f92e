"""The other way to the answer: checking one size after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from archdsl.analysis.sizes import Sizes, sizes
from archdsl.graph.elaborate import Request, elaborate
from archdsl.ops import Shape
from archdsl.source import Source


def request(text: str) -> Request:
    return Request(Source("spec.arch", text), Path())


def checked(spec: Request, answer: Sizes, size: Sequence[int]) -> bool:
    """Whether a plain check of these sizes, one for each axis, finds no error."""
    return elaborate(at(spec, answer, size)).graph is not None


def at(spec: Request, answer: Sizes, size: Sequence[int]) -> Request:
    """A spec with these sizes of its inputs."""
    given: dict[str, list[int]] = {}
    for one, extent in zip(answer.axes, size, strict=True):
        given.setdefault(one.axis.input, []).append(extent)
    channels = {name: _channels(spec, name) for name in given}
    inputs = {name: Shape((channels[name], *extents)) for name, extents in given.items()}
    return replace(spec, inputs=inputs)


def _channels(spec: Request, name: str) -> int:
    """The declared channels; the input stands on a line of its own in these specs."""
    if name in spec.inputs:
        return spec.inputs[name].channels
    line = next(line for line in spec.source.text.splitlines() if f"input {name}:" in line)
    return int(line.partition(f"input {name}:")[2].strip().partition("x")[0])


def wrong(spec: Request, tried: Iterable[Sequence[int]]) -> list[Sequence[int]]:
    """The sizes that are wrongly allowed or refused."""
    answer = sizes(spec)
    return [size for size in tried if checked(spec, answer, size) != answer.allows(size)]
