"""Other sizes of the input, for a spec whose sizes do not go together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from archdsl.diagnostics import ArchError, Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.elaborate import Request
from archdsl.ops import Shape
from archdsl.ops.shape import channels_first
from archdsl.source import Source, Span
from archdsl.syntax import parse, tree

__all__ = ["INPUT", "given", "nearest", "resized"]

INPUT = "--input"
"""The source of a shape that stands in no file."""


def resized(request: Request, model: str) -> list[Fix]:
    """The nearest sizes that run, of the one input of a model: where its shape is written, or in
    the place of the shape that was given with the command.

    Raises :class:`MissingExtra` where it takes numpy to tell them, and there is none."""
    found = _inputs(request, model)
    if len(found) != 1:
        return []
    name, shape = found[0].label.span.text, found[0].shape
    if request.inputs:
        [(key, declared), *more] = request.inputs.items()
        if more or key not in ("", name):
            return []
        prefix = f"{key}=" if key else ""
        source = Source(INPUT, f"{prefix}{declared}")
        span, title = Span(source, 0, len(source.text)), f"{INPUT} {prefix}"
    elif isinstance(shape, tree.Constant) and isinstance(shape.value, tuple):
        declared, prefix = Shape(shape.value), ""
        span, title = shape.span, f"input {name}: "
    else:
        return []
    if len(declared) < 2 or min(declared) < 1:
        return []
    chosen = replace(request, model=model) if model else request
    return [
        replace(replaced(span, f"{prefix}{other}", f"`{title}{other}`"), decides=True)
        for other in _others(chosen, declared)
    ]


def _others(request: Request, declared: Shape) -> list[Shape]:
    """A shape whose channels seem to be last is turned round, whatever its sizes."""
    turned = channels_first(declared)
    return [turned] if turned else nearest(request, declared)


def given(text: str) -> dict[str, Shape]:
    """The shape that an ``--input`` gives, by the name of its input; "" stands for the only one.

    >>> given("image=1x188x188"), given("1x188x188")
    ({'image': (1, 188, 188)}, {'': (1, 188, 188)})
    """
    name, _, shape = text.rpartition("=")
    return {name: Shape(map(int, shape.split("x")))}


def nearest(request: Request, declared: Shape) -> list[Shape]:
    """The shapes with the next smaller and the next larger sizes at which the network runs, as far
    as they are of use for the same pictures: within a factor of two.

    Raises :class:`MissingExtra`.

    >>> from pathlib import Path
    >>> from archdsl.source import Source
    >>> spec = "model m { input image: 1x354x354\\n skip: conv(8, 1x1)\\n"
    >>> spec += "maxpool(4x4) -> upsample(4) -> concat(skip) }"
    >>> found = nearest(Request(Source("m.arch", spec), Path()), Shape((1, 354, 354)))
    >>> [str(shape) for shape in found]
    ['1x352x352', '1x356x356']
    """
    from archdsl.analysis.sizes import TooIntricate, sizes  # needs numpy

    try:
        answer = sizes(request, proved=False)
    except TooIntricate:
        return []
    around = [one.legal.nearest(one.axis.declared) for one in answer.axes]
    if not all(around) or len(around) != declared.rank:  # an input that the expansion did not reach
        return []
    smaller, larger = (tuple(sizes[end] for sizes in around) for end in (0, -1))
    others = dict.fromkeys(declared.with_size(size) for size in (smaller, larger))
    alike = [one for one in others if one != declared and _is_alike(one, declared)]
    return [one for one in alike if answer.allows(one.size)]


def _is_alike(one: Shape, other: Shape) -> bool:
    return all(n <= 2 * m and m <= 2 * n for n, m in zip(one.size, other.size, strict=True))


def _inputs(request: Request, model: str) -> list[tree.Input]:
    """The inputs that the model declares outside of any braces."""
    try:
        items = parse(request.source).items
    except ArchError:
        return []
    models = {item.name: item for item in items if isinstance(item, tree.Model | tree.Variant)}
    stem = PurePath(request.source.name).stem
    item = models.get(model) or models.get(stem) or next(iter(models.values()), None)
    for _ in models:
        if not isinstance(item, tree.Variant):
            break
        callee = item.call.callee
        item = models.get(callee.id) if isinstance(callee, tree.Name) else None
    if not isinstance(item, tree.Model):
        return []
    return [one for one in item.body.statements if isinstance(one, tree.Input)]
