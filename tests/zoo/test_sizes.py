"""The legal sizes of the zoo, against brute force and the published minimum sizes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from archdsl.analysis.sizes import sizes
from archdsl.graph.elaborate import Request, expansions
from archdsl.ops import Op, Shape
from archdsl.zoo import find, names

PUBLISHED = json.loads((Path(__file__).parents[1] / "reference/published.json").read_text())
MINIMA = next(row for row in PUBLISHED if row["spec"] == "min input size")["value"]
LARGEST = 700
LONG = {"resnet1202_cifar", "preresnet1001"}


def inference(model: str) -> Request:
    found = find(f"zoo:{model}")
    path = found.file.resolve()
    return Request(found.source, found.file.parent, path, found.model, training=False)


@pytest.mark.parametrize("model", sorted(MINIMA))
def test_minimum_is_the_published_one(model: str) -> None:
    answer = sizes(inference(model))
    assert [one.legal.minimum for one in answer.axes] == [MINIMA[model]] * 2
    assert all(one.legal.proven for one in answer.axes)


class OneSize:
    """An explorer that gives every input one size: a plain check, with the files read once."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = iter(sizes)

    def input(self, name: str, shape: Shape) -> Shape:
        return shape.with_size(tuple(next(self.sizes) for _ in shape.size))

    def infer(
        self, op: Op, shapes: Sequence[Shape], refs: Mapping[str, Shape]
    ) -> tuple[Shape, ...]:
        return op.outputs(*shapes, **refs)


def wrong(request: Request, tried: Iterator[list[int]]) -> list[list[int]]:
    """Sizes, one for each axis, that are wrongly allowed or refused."""
    answer, check = sizes(request), expansions(request)
    return [
        size for size in tried if answer.allows(size) != (check(OneSize(size)).graph is not None)
    ]


def around(request: Request, count: int) -> Iterator[list[int]]:
    """Sizes where the answer changes, and some by chance."""
    axes = sizes(request).axes
    chance = random.Random(0)
    first = axes[0].legal
    minimum = first.minimum or 1
    edges = {minimum - 1, minimum, minimum + 1, 1, 2, *first.nearest(LARGEST // 2)}
    edges |= {edge + 1 for edge in edges}
    for size in sorted(edge for edge in edges if 0 < edge <= LARGEST):
        yield [size] * len(axes)
    for _ in range(count):
        yield [chance.randint(1, LARGEST) for _ in axes]


@pytest.mark.parametrize("model", [name for name in names() if name not in LONG])
def test_sizes_are_right_where_the_answer_changes(model: str) -> None:
    request = inference(model)
    assert not wrong(request, around(request, 4))


@pytest.mark.slow
@pytest.mark.parametrize("model", names())
def test_every_size_up_to_700(model: str) -> None:
    request = inference(model)
    count = len(sizes(request).axes)
    top = LARGEST if model not in LONG else 40
    assert not wrong(request, iter([size] * count for size in range(1, top + 1)))


@pytest.mark.parametrize("model", [name for name in names() if name not in LONG])
def test_the_answer_is_proven(model: str) -> None:
    answer = sizes(inference(model))
    assert all(one.legal.proven and one.exact.proven for one in answer.axes)
