"""What ``archdsl sizes`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archdsl.analysis.sizes.answer import AxisSizes, Output, Sizes
from archdsl.analysis.sizes.formula import Formula
from archdsl.analysis.sizes.sets import SizeSet
from archdsl.analysis.sizes.words import AXES, either, in_words

__all__ = ["axis_name", "render", "to_dict"]


def axis_name(answer: Sizes, index: int) -> str:
    """``H``, or ``left.H`` where there are several inputs."""
    axis = answer.axes[index].axis
    rank = sum(one.axis.input == axis.input for one in answer.axes)
    short = AXES[rank][axis.position]
    several = len({one.axis.input for one in answer.axes}) > 1
    return f"{axis.input}.{short}" if several else short


def render(answer: Sizes, *, exact: bool = False) -> str:
    """The answer in words, a paragraph for each group of axes that are alike."""
    lines: list[str] = []
    for group in _alike(answer):
        name, *others = [axis_name(answer, index) for index in group]
        lines.append(f"  {name}" + "".join(f", and {other} alike" for other in others))
        rows = list(_rows(answer, group, name, exact))
        width = max(len(left) for left, _ in rows)
        lines += [f"    {left:<{width}}  {right}" for left, right in rows]
    for tie in answer.ties:
        one, other = axis_name(answer, tie.one), axis_name(answer, tie.other)
        lines.append(f"  {one} and {other} must {'be equal' if tie.equal else 'fit each other'}")
    if not answer.independent and not answer.ties:
        lines.append("  not every combination of these runs")
    return "\n".join(lines)


def _alike(answer: Sizes) -> list[list[int]]:
    """Axes of one input that have the same sizes and the same effect."""
    groups: dict[Any, list[int]] = {}
    for index, one in enumerate(answer.axes):
        effect = tuple(sorted({(o.name, _said(o)) for o in answer.outputs if o.axis == index}))
        key = (one.axis.input, one.legal, one.exact, effect)
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _said(output: Output) -> str:
    exact = output.exact and output.exact.text("n")
    return f"{output.formula and output.formula.text('n')} {exact}"


def _rows(answer: Sizes, group: list[int], name: str, exact: bool) -> Iterator[tuple[str, str]]:
    one = answer.axes[group[0]]
    if not exact:
        yield "runs", in_words(one.legal, name)
    if exact or one.exact != one.legal:
        yield "without loss", in_words(one.exact, name)
    for size in dict.fromkeys(answer.axes[index].axis.declared for index in group):
        yield from _declared(one, size)
    told = set()
    for output in answer.outputs:
        if output.axis == group[0] and output.name not in told:
            told.add(output.name)
            yield output.name, _effect(output, name, exact)


def _declared(one: AxisSizes, size: int) -> Iterator[tuple[str, str]]:
    """What there is to say of the declared size."""
    if size not in one.legal:
        yield f"{size} fails", f"nearest that runs: {_near(one.legal, size)}"
    elif size not in one.exact:
        yield f"{size} loses", f"nearest without loss: {_near(one.exact, size)}"


def _effect(output: Output, name: str, exact: bool) -> str:
    any_size = output.formula and output.formula.text(name)
    lossless = output.exact.text(name) if output.exact else any_size
    if exact or lossless == any_size:
        return lossless or f"grows with {name}"
    if any_size is None:
        return f"{lossless} without loss"
    return f"{lossless} without loss, {any_size} at any" if lossless else f"{any_size}"


def _near(sizes: SizeSet, size: int) -> str:
    return either([str(one) for one in sizes.nearest(size)]) if sizes else "none"


def to_dict(answer: Sizes) -> dict[str, Any]:
    """The documented form of ``sizes --format json``."""
    return {
        "axes": [
            {
                "input": one.axis.input,
                "axis": axis_name(answer, index).rpartition(".")[2],
                "declared": one.axis.declared,
                "legal": _set(one.legal, one.axis.declared),
                "exact": _set(one.exact, one.axis.declared),
            }
            for index, one in enumerate(answer.axes)
        ],
        "outputs": [
            {
                "output": output.name,
                "extent": output.position,
                "axis": None if output.axis is None else axis_name(answer, output.axis),
                "formula": _text(answer, output, output.formula),
                "exact": _text(answer, output, output.exact or output.formula),
            }
            for output in answer.outputs
        ],
        "independent": answer.independent,
        "ties": [
            {"axes": [axis_name(answer, tie.one), axis_name(answer, tie.other)], "equal": tie.equal}
            for tie in answer.ties
        ],
    }


def _text(answer: Sizes, output: Output, formula: Formula | None) -> str | None:
    name = "" if output.axis is None else axis_name(answer, output.axis)
    return formula.text(name) if formula else None


def _set(sizes: SizeSet, declared: int) -> dict[str, Any]:
    return {
        "minimum": sizes.minimum,
        "start": sizes.start,
        "period": sizes.period,
        "residues": list(sizes.residues),
        "few": list(sizes.few),
        "nearest": sizes.nearest(declared) if sizes else [],
        "proven": sizes.proven,
    }
