"""How operators, blocks and shapes are spelled in a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from archdsl.graph.graph import Graph, InputOp, Node, Scope
from archdsl.ops import Op, Shape

__all__ = ["block_title", "call", "node_tooltip", "number", "op_title", "shape_text", "size_text"]

FIRST = ("kernel", "factor", "size", "into", "groups")
"""Arguments that are said right after the operator's name."""

LITERAL_CALL = re.compile(r"\w+(\((?:\s*(?:\w+\s*=\s*)?(?:[\dx.]+|true|false)\s*,?)*\))?")
"""A call that has only numbers in it: shown as the spec has it."""

LONGEST_CALL = 46

SPELLED_OUT = {"convolution", "pooling"}


def size_text(size: tuple[int, ...]) -> str:
    """Spatial sizes: a power where they are all equal.

    >>> size_text((56, 56)), size_text((56, 48)), size_text((8, 8, 8)), size_text((16000,))
    ('56²', '56x48', '8³', '16000')
    """
    power = {2: "²", 3: "³"}.get(len(size))
    if power and len(set(size)) == 1:
        return f"{size[0]}{power}"
    return "x".join(map(str, size))


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


def op_title(op: Op) -> str:
    """The operator in the few words of a paper's table.

    >>> from archdsl.ops import OPS
    >>> op_title(OPS["conv"](channels=64, kernel=(7, 7), stride=2, padding=3))
    'conv 7x7, 64 /2'
    >>> op_title(OPS["maxpool"](kernel=(3, 3), stride=2)), op_title(OPS["relu"]())
    ('maxpool 3x3 /2', 'relu')
    """
    if isinstance(op, InputOp):
        return "input"
    values = {name: getattr(op, name) for name in type(op).model_fields}
    words = [op.name]
    first = next((n for n in FIRST if n in values and values[n] not in (None, 1)), None)
    if op.family in SPELLED_OUT and values.get("kernel") is not None:
        first = "kernel"
    if first and first != "groups":
        words.append(extent(values[first]))
    wide = next(
        (values[n] for n in ("channels", "features") if isinstance(values.get(n), int)), None
    )
    if wide is not None and op.family == "convolution":
        words[-1] += "," if len(words) > 1 else ""
        words.append(str(int(wide)))
    return " ".join(words + manner(values, op))


def manner(values: Mapping[str, Any], op: Op) -> list[str]:
    """Stride, dilation and groups, where they are not one."""
    words: list[str] = []
    stride = values.get("stride")
    if stride is None and op.family == "pooling":
        stride = values.get("kernel")
    uneven = isinstance(stride, tuple) and len(set(stride)) > 1
    if uneven and values.get("stride") is None:
        return words  # the windows are side by side, as one expects
    if stride is not None and not is_one(stride):
        words.append("/" + extent(stride, short=True))
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


def block_title(scope: Scope) -> str:
    """The call of a block as the spec has it, or with its numbers put in.

    A group has no call; it goes by its name, and a numbered one also by that of what it is in.
    """
    if not scope.block:
        around, _, key = scope.name.rpartition(".")
        return f"{around.rpartition('.')[2]}.{key}" if key.isdigit() and around else key
    written = " ".join(scope.span.text.split()) if scope.span else ""
    if written.startswith(scope.block) and LITERAL_CALL.fullmatch(written):
        return call_text(written)
    return call(scope.block, scope.arguments)


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """Name and arguments; what is no number, size or word is left out.

    >>> call("bottleneck", {"width": 128, "stride": 2, "like": object(), "gate": False})
    'bottleneck(128, stride=2)'
    """
    told = []
    for key, value in arguments.items():
        text = argument_text(value)
        if text is None or (key in ("stride", "dilation", "groups") and is_one(value)):
            continue
        if key == "padding" and value == 0:
            continue
        plain = isinstance(value, int | tuple | list) and not isinstance(value, bool)
        bare = plain and key not in ("stride", "padding", "dilation", "groups")
        told.append(text if bare else f"{key}={text}")
    return call_text(f"{name}({', '.join(told)})" if told else name)


def call_text(text: str) -> str:
    return text if len(text) <= LONGEST_CALL else text[: LONGEST_CALL - 2].rstrip(" ,") + "…)"


def argument_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else None
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and all(isinstance(axis, int) for axis in value) and value:
        return extent(value)
    if isinstance(value, list) and all(isinstance(entry, int) for entry in value) and value:
        return "[" + ", ".join(map(str, value)) + "]"
    return None


def node_tooltip(graph: Graph, node: Node) -> str:
    """Everything about one node in one line: name, operator, arguments, shapes."""
    reads = ", ".join(shape_text(graph.nodes[v.node].shapes[v.output]) for v in node.inputs)
    makes = ", ".join(map(shape_text, node.shapes))
    flow = f"{reads} -> {makes}" if reads else makes
    told = call_full(node.op.name, node.arguments)
    shared = f" [weights of {graph.nodes[node.module].name}]" if node.module != node.index else ""
    return f"{node.name}: {told}: {flow}{shared}"


def call_full(name: str, arguments: Mapping[str, Any]) -> str:
    told = ", ".join(f"{key}={full(value)}" for key, value in arguments.items())
    return f"{name}({told})" if told else name


def full(value: Any) -> str:
    if isinstance(value, tuple) and all(isinstance(axis, int) for axis in value):
        return extent(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
