"""Runs: neighbours in an `nn.Sequential` that are alike, written as a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from archdsl.graph.symbol import Symbol, terms_of
from archdsl.lower.construct import Construct, Leaf, Member
from archdsl.lower.layout import Doc, wrap

__all__ = ["Run", "compress"]

_FEWEST_GROWING = 2  # two neighbours always grow by some step; only more make it a rule


@dataclass(frozen=True)
class Run(Construct):
    """Neighbours alike but for numbers that grow by a fixed step."""

    several: ClassVar[bool] = True

    first: Construct
    count: int
    steps: tuple[Any, ...]  # for each leaf, what it grows by from one to the next
    prefix: str | None  # of their labels; None where they are numbered by position
    start: int

    def skeleton(self) -> str:
        grows = "".join("x" if step else "." for step in self.steps)
        return f"run {self.prefix} {self.start} {grows} {self.first.skeleton()}"

    def leaves(self) -> Iterator[Leaf]:
        yield Leaf(self.count, "count")
        for leaf, step in zip(self.first.leaves(), self.steps, strict=True):
            yield leaf
            if step:
                yield Leaf(step, f"{leaf.name}_step")

    def mapped(self, function: Callable[[Any], Any]) -> Run:
        return replace(
            self,
            first=self.first.mapped(function),
            steps=tuple(function(step) for step in self.steps),
        )

    def render(self, texts: Iterator[str]) -> Doc:
        count = next(texts)
        filled: list[str] = []
        used = self.prefix is not None
        for step in self.steps:
            text = next(texts)
            if step:
                used = True
                by = next(texts)
                text = _grown(text, by, self.start)
            filled.append(text)
        made = self.first.render(iter(filled))
        stop = count if not self.start else _plus(count, self.start)
        values = f"range({self.start}, {stop})" if self.start and used else f"range({count})"
        loop = f"for {'i' if used else '_'} in {values}"
        if self.prefix is None:
            return Doc("*(", (made, Doc(loop)), ")", commas=False)
        entry = wrap(f'f"{self.prefix}{{i}}": ', made)
        return Doc("**{", (entry, Doc(loop)), "}", commas=False)


def _plus(count: str, start: int) -> str:
    return str(int(count) + start) if count.isdigit() else f"{count} + {start}"


def _grown(text: str, step: str, start: int) -> str:
    position = f"(i - {start})" if start else "i"
    factor = position if step == "1" else f"{position} * {_tight(step)}"
    return factor if text == "0" else f"{text} + {factor}"


def _tight(text: str) -> str:
    return text if text.isidentifier() or text.isdigit() else f"({text})"


# ---- finding them


def compress(entries: Sequence[Member], named: bool) -> Iterator[Member]:
    """Neighbours alike, or with numbers that grow by a fixed step, become one entry."""
    position = 0
    while position < len(entries):
        length, steps = _run_from(entries, position, named)
        first = entries[position]
        if length <= (_FEWEST_GROWING if any(steps) else 1):
            yield first
            position += 1
            continue
        prefix, start = _split(first.key) if named else (None, 0)
        run = Run(first.construct, length, steps, prefix, start)
        yield replace(first, construct=run)
        position += length


def _run_from(entries: Sequence[Member], position: int, named: bool) -> tuple[int, tuple[Any, ...]]:
    first = entries[position]
    steps: tuple[Any, ...] | None = None
    length = 1
    while position + length < len(entries):
        entry, before = entries[position + length], entries[position + length - 1]
        if entry.construct.skeleton() != first.construct.skeleton():
            break
        if entry.guards != first.guards or (named and not _follows(before.key, entry.key)):
            break
        grown = _steps(before.construct, entry.construct)
        if grown is None or (steps is not None and not _same(steps, grown)):
            break
        steps = grown
        length += 1
    return length, steps or ()


def _split(key: str) -> tuple[str, int]:
    digits = len(key) - len(key.rstrip("0123456789"))
    return (key[:-digits], int(key[-digits:])) if digits else (key, -1)


def _follows(before: str, key: str) -> bool:
    one, first = _split(before)
    two, second = _split(key)
    return one == two and first >= 0 and second == first + 1 and f"{two}{second}" == key


def _steps(before: Construct, after: Construct) -> tuple[Any, ...] | None:
    steps: list[Any] = []
    for one, two in zip(before.leaves(), after.leaves(), strict=True):
        step = _step(one.value, two.value)
        if step is None:
            return None
        steps.append(step)
    return tuple(steps)


def _step(one: Any, two: Any) -> int | None:
    """The difference of two numbers, 0 for what is the same, None for what cannot grow."""
    integers = all(isinstance(v, int) and not isinstance(v, bool) for v in (one, two))
    if not integers:
        return 0 if type(one) is type(two) and one == two else None
    difference = Symbol(int(two), terms_of(two)) - Symbol(int(one), terms_of(one))
    if not difference.terms:
        return 0
    return difference if int(difference) else None


def _same(steps: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(terms_of(a) == terms_of(b) for a, b in zip(steps, other, strict=True))
