"""A layer in the words of a paper's table: ``7x7, 64, stride 2``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from archdsl.graph.graph import Graph, Node, Value

__all__ = ["layer"]

POOLS: Final = {"maxpool": "max pool", "avgpool": "average pool", "max_unpool": "max unpool"}


def layer(graph: Graph, node: Node, *, stride: bool = True) -> str:
    """A layer in the words of a table; nothing for what a table leaves out."""
    op: Any = node.op
    name = op.name
    after = graph.shape(Value(node.index)).size
    if name == "linear":  # at every position it is a convolution
        return f"{_extent(1, len(after))}, {op.channels}" if after else f"{op.channels}-d fc"
    if op.family == "convolution":
        return ", ".join(_convolution(op, len(after), stride))
    if name in POOLS:
        return _pool(op, len(after), POOLS[name])
    if name in ("global_avgpool", "adaptive_avgpool"):
        before = graph.shape(node.inputs[0]).size
        if all(axis == 1 for axis in after):
            return "average pool"
        return "" if before == after else f"average pool to {'x'.join(map(str, after))}"
    if name == "upsample":
        return "upsample"
    return {"lrn": "LRN", "softmax": "softmax", "pixel_shuffle": "pixel shuffle"}.get(name, "")


def _convolution(op: Any, rank: int, stride: bool) -> Iterator[str]:
    kind = {"conv_transpose": " transposed"}.get(op.name, "")
    groups = op.groups
    if groups > 1 and groups == op.channels:
        kind += " depthwise"
    yield f"{_extent(op.kernel, rank)}{kind}"
    yield str(int(op.channels))
    if groups > 1 and groups != op.channels:
        yield f"C={groups}"  # the cardinality of Xie et al. 2017
    if stride and not _is_one(op.stride):
        yield f"stride {_short(op.stride)}"
    if not _is_one(op.dilation):
        yield f"dilation {_short(op.dilation)}"


def _pool(op: Any, rank: int, words: str) -> str:
    stride = op.kernel if op.stride is None else op.stride
    told = f"{_extent(op.kernel, rank)} {words}"
    return told if _is_one(stride) else f"{told}, stride {_short(stride)}"


def _is_one(value: Any) -> bool:
    return bool(_short(value) == "1")


def _extent(value: Any, rank: int) -> str:
    """
    >>> _extent(3, 2), _extent((1, 7), 2)
    ('3x3', '1x7')
    """
    return "x".join(map(str, value if isinstance(value, tuple) else (value,) * rank))


def _short(value: Any) -> str:
    """Equal numbers once.

    >>> _short((2, 2)), _short((2, 1)), _short(2)
    ('2', '2x1', '2')
    """
    axes = value if isinstance(value, tuple) else (value,)
    return str(axes[0]) if len(set(axes)) == 1 else "x".join(map(str, axes))
