"""How operators, blocks and shapes are spelled in a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value
from archdsl.ops import Op, Shape

__all__ = [
    "argument_text",
    "block_title",
    "call",
    "node_tooltip",
    "number",
    "op_title",
    "shape_of",
    "shape_text",
    "shapes_text",
    "size_text",
]

FIRST = ("kernel", "factor", "size", "into")
"""Arguments that are said right after the operator's name, the first of them that is given."""

WINDOWS = ("kernel", "size")
"""Those that have one extent for each axis, also where one number gives them all."""

LITERAL_CALL = re.compile(r"\w+(\((?:\s*(?:\w+\s*=\s*)?(?:[\dx.]+|true|false)\s*,?)*\))?")
"""A call that has only numbers in it: shown as the spec has it."""

LONGEST_CALL = 46

MANNER = ("stride", "padding", "dilation", "groups")
"""Arguments that are always named, and not told where they change nothing."""


def size_text(size: tuple[int, ...]) -> str:
    """Spatial sizes: a power where they are all equal.

    >>> size_text((56, 56)), size_text((56, 48)), size_text((8, 8, 8)), size_text((16000,))
    ('56²', '56x48', '8³', '16000')
    """
    power = {2: "²", 3: "³"}.get(len(size))
    if power and len(set(size)) == 1:
        return f"{size[0]}{power}"
    return "x".join(map(str, size))


def shapes_text(shapes: Sequence[Shape | None]) -> str:
    """The shape of a value in each copy of a repeat.

    >>> shapes_text([Shape((64, 56, 56)), Shape((96, 56, 56)), Shape((128, 56, 56))])
    '64…128 x 56²'
    """
    first, last = shapes[0], shapes[-1]
    if first is None or last is None or first == last or first.size != last.size:
        return spread(shapes, shape_text)
    channels = f"{first.channels}…{last.channels}"
    return f"{channels} x {size_text(first.size)}" if first.rank else channels


def shape_text(shape: Shape | None) -> str:
    """A shape as an edge carries it.

    >>> shape_text(Shape((256, 56, 56))), shape_text(Shape((1000,))), shape_text(None)
    ('256 x 56²', '1000', '?')
    """
    if shape is None:
        return "?"
    if not shape.rank:
        return str(shape.channels)
    return f"{shape.channels} x {size_text(shape.size)}"


def number(count: int) -> str:
    """A large number in three digits or so.

    >>> number(25_557_032), number(61_706), number(7), number(138_357_544)
    ('25.6 M', '61.7 k', '7', '138 M')
    """
    for limit, suffix in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if count >= limit:
            scaled = count / limit
            return f"{scaled:.{0 if scaled >= 100 else 1}f}{suffix}"
    return str(count)


def spread(values: Sequence[Any], told: Callable[[Any], str]) -> str:
    """What copies of a repeat have in common, or how it runs from the first to the last.

    >>> spread([0.1, 0.15, 0.2], str), spread([3, 3], str)
    ('0.1…0.2', '3')
    """
    first, last = told(values[0]), told(values[-1])
    return first if first == last else f"{first}…{last}"


def op_title(op: Op, *others: Op, rank: int = 0) -> str:
    """The operator in the few words of a paper's table. ``others`` are those of the later copies
    of a repeat, ``rank`` is the number of spatial axes of what it reads.

    >>> from archdsl.ops import OPS
    >>> op_title(OPS["conv"](channels=64, kernel=7, stride=2, padding=3), rank=2)
    'conv 7x7, 64 /2'
    >>> op_title(OPS["maxpool"](kernel=(3, 3), stride=2)), op_title(OPS["relu"]())
    ('maxpool 3x3 /2', 'relu')
    >>> op_title(OPS["conv_transpose"](channels=64, kernel=(2, 2), stride=2))
    'conv_transpose 2x2, 64 x2'
    >>> op_title(OPS["dropout"](p=0.1), OPS["dropout"](p=0.2))
    'dropout 0.1…0.2'
    """
    if isinstance(op, InputOp):
        return "input"
    values = {name: getattr(op, name) for name in type(op).model_fields}
    words = [op.name, *first_words(op, values, rank)]
    wide = next(
        (values[n] for n in ("channels", "features") if isinstance(values.get(n), int)), None
    )
    if wide is not None and op.family == "convolution":
        words[-1] += "," if len(words) > 1 else ""
        words.append(str(int(wide)))
    if op.rate:
        words.append(spread([getattr(one, op.rate) for one in (op, *others)], rate_text))
    return " ".join(words + manner(values, op))


def first_words(op: Op, values: Mapping[str, Any], rank: int) -> list[str]:
    """The size of a window, of what an operator makes, or by how much it enlarges."""
    for name in FIRST:
        value = values.get(name)
        if value is None or (value == 1 and name not in WINDOWS):
            continue
        if name == "factor" and op.enlarges:
            return ["x" + extent(value, short=True)]
        whole = isinstance(value, int) and name in WINDOWS and rank
        return [extent((value,) * rank if whole else value)]
    return []


def manner(values: Mapping[str, Any], op: Op) -> list[str]:
    """Stride, dilation and groups, where they are not one."""
    words: list[str] = []
    stride = values.get("stride")
    if stride is None and "stride" in values:
        stride = values.get("kernel")
    uneven = isinstance(stride, tuple) and len(set(stride)) > 1
    if uneven and values.get("stride") is None:
        return words  # the windows are side by side, as one expects
    if stride is not None and not is_one(stride):
        words.append(("x" if op.enlarges else "/") + extent(stride, short=True))
    if values.get("dilation") is not None and not is_one(values["dilation"]):
        words.append("dilation " + extent(values["dilation"], short=True))
    groups, channels = values.get("groups"), values.get("channels")
    if isinstance(groups, int) and groups > 1:
        words.append("depthwise" if groups == channels else f"groups {groups}")
    return words


def is_one(value: Any) -> bool:
    return all(axis == 1 for axis in value) if isinstance(value, tuple) else bool(value == 1)


def extent(value: Any, *, short: bool = False) -> str:
    """A kernel or a stride: ``3x3``; equal numbers once if ``short``."""
    if not isinstance(value, tuple):
        return str(value)
    if short and len(set(value)) == 1:
        return str(value[0])
    return "x".join(map(str, value))


def block_title(scope: Scope, *others: Scope) -> str:
    """The call of a block as the spec has it, or with its numbers put in. ``others`` are those of
    the later copies of a repeat.

    A group has no call; it goes by its name, and a numbered one also by that of what it is in.
    """
    if not scope.block:
        around, _, key = scope.name.rpartition(".")
        return f"{around.rpartition('.')[2]}.{key}" if key.isdigit() and around else key
    written = {" ".join(one.span.text.split()) if one.span else "" for one in (scope, *others)}
    only = written.pop()
    if not written and only.startswith(scope.block) and LITERAL_CALL.fullmatch(only):
        return call_text(only)
    return call(scope.block, scope.arguments, *(other.arguments for other in others))


def call(name: str, arguments: Mapping[str, Any], *others: Mapping[str, Any]) -> str:
    """Name and arguments; what is no number, size or word is left out, and what stands behind it
    is named, as it would have to be in a spec.

    >>> call("bottleneck", {"width": 128, "stride": 2, "like": object(), "gate": False})
    'bottleneck(128, stride=2)'
    >>> call("stack", {"width": 96, "n": 3, "stride": 1, "groups": 6})
    'stack(96, 3, groups=6)'
    >>> call("unit", {"p": 0.1}, {"p": 0.15}, {"p": 0.2})
    'unit(p=0.1…0.2)'
    """
    told: list[str] = []
    in_order = True
    for key, value in arguments.items():
        if argument_text(value) is None or untold(key, value):
            in_order = False
            continue
        text = spread([value, *(other.get(key, value) for other in others)], shown_argument)
        bare = in_order and key not in MANNER and isinstance(value, int | tuple | list)
        bare = bare and not isinstance(value, bool)
        in_order = bare
        told.append(text if bare else f"{key}={text}")
    return call_text(f"{name}({', '.join(told)})" if told else name)


def untold(key: str, value: Any) -> bool:
    """Whether an argument says what goes without saying: a stride of 1, no padding."""
    return value == 0 if key == "padding" else key in MANNER and is_one(value)


def call_text(text: str) -> str:
    """A call that fits a box: its last arguments are left out if it is long.

    >>> call_text("inverted_residual(width=192, kernel=5, stride=2, expand=6)")
    'inverted_residual(width=192, kernel=5, …)'
    """
    if len(text) <= LONGEST_CALL:
        return text
    start = text[: LONGEST_CALL - 3]
    kept = start.rpartition(", ")[0] or start.partition("(")[0]
    return f"{kept}, …)" if "(" in kept else f"{kept}(…)"


def argument_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else None
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return real_text(value)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and all(isinstance(axis, int) for axis in value) and value:
        return extent(value)
    if isinstance(value, list) and all(isinstance(entry, int) for entry in value) and value:
        return "[" + ", ".join(map(str, value)) + "]"
    return None


def shown_argument(value: Any) -> str:
    return argument_text(value) or "…"


def rate_text(value: float) -> str:
    return f"{value:.3g}"


def real_text(value: float) -> str:
    return f"{value:.4g}"


def node_tooltip(graph: Graph, node: Node, *others: Node) -> str:
    """Everything about one node in one line: name, operator, arguments, shapes. ``others`` are
    its like in the later copies of a repeat."""
    copies = (node, *others)
    reads = ", ".join(
        shapes_text([shape_of(graph, copy.inputs[at]) for copy in copies])
        for at in range(len(node.inputs))
    )
    makes = ", ".join(
        shapes_text([copy.shapes[at] for copy in copies]) for at in range(len(node.shapes))
    )
    flow = f"{reads} -> {makes}" if reads else makes
    told = call_full(node.op.name, node.arguments, *(other.arguments for other in others))
    shared = f" [weights of {graph.nodes[node.module].name}]" if node.module != node.index else ""
    return f"{node.name}: {told}: {flow}{shared}"


def shape_of(graph: Graph, value: Value) -> Shape | None:
    return graph.nodes[value.node].shapes[value.output]


def call_full(name: str, arguments: Mapping[str, Any], *others: Mapping[str, Any]) -> str:
    told = ", ".join(
        f"{key}={spread([value, *(other.get(key, value) for other in others)], full)}"
        for key, value in arguments.items()
    )
    return f"{name}({told})" if told else name


def full(value: Any) -> str:
    if isinstance(value, tuple) and all(isinstance(axis, int) for axis in value):
        return extent(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
