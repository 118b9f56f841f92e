"""Operators under the names that other libraries give them."""

from __future__ import annotations

import re
from dataclasses import replace

from archdsl.diagnostics import Edit, Fix
from archdsl.diagnostics.edits import removed, replaced
from archdsl.ops import OPS, Op
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["MODULES", "own_name", "renamed"]

_AXES = re.compile(r"[123]d")
_ELSEWHERE = {
    "averagepooling": "avgpool",
    "batchnorm": "bn",
    "batchnormalization": "bn",
    "cat": "concat",
    "concatenate": "concat",
    "cropping": "crop",
    "deconv": "conv_transpose",
    "dense": "linear",
    "dropout1d": "dropout2d",
    "dropout3d": "dropout2d",
    "fc": "linear",
    "gap": "global_avgpool",
    "globalaveragepooling": "global_avgpool",
    "hsigmoid": "hardsigmoid",
    "hswish": "hardswish",
    "interpolate": "upsample",
    "localresponsenorm": "lrn",
    "maxpooling": "maxpool",
    "multiply": "mul",
    "spatialdropout": "dropout2d",
    "stochasticdepth": "drop_path",
    "swish": "silu",
    "upsampling": "upsample",
    "zeropad": "pad",
    "zeropadding": "pad",
}
"""In small letters, without underscores and axes."""
MODULES = frozenset({"F", "functional", "keras", "layers", "nn", "self", "tf", "torch"})
"""What stands before a dot there."""


def own_name(name: str) -> str | None:
    """The operator that goes by another library's name.

    >>> own_name("Conv2d"), own_name("Conv2DTranspose"), own_name("Dropout2d")
    ('conv', 'conv_transpose', 'dropout2d')
    >>> own_name("Sequential")
    """
    plain = _plain(name)
    known = {**{own.replace("_", ""): own for own in OPS}, **_ELSEWHERE}
    return known.get(plain) or known.get(_AXES.sub("", plain))


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


# ---- its call -----------------------------------------------------------------------------------

_AXIS = ("dim", "start_dim")
_SAYS_MORE = {"cropping": "cropping", "interpolate": "", "upsample": "", "upsampling": "size"}
"""Where a number means something else there: the name of the argument, or none by position."""


def renamed(callee: Span, own: str, call: tree.Call) -> Fix:
    """The call of an operator of another library by its name here. The axes are counted without
    the batch here: torch's axis 1 is axis 0. Where that is not enough, the author decides."""
    fix = replaced(callee, own)
    there = _AXES.sub("", _plain(re.split(r"\W+", callee.text)[-1]))
    if there in _SAYS_MORE and any(_is_number(a, _SAYS_MORE[there]) for a in call.arguments):
        return replace(fix, decides=True)
    axis = _axis(OPS[own], call)
    if axis is None:
        return fix
    edits = None if axis.name == "axis" else _without_batch(OPS[own], axis)
    if edits is None:
        return replace(fix, decides=True)
    return replace(fix, edits=(*fix.edits, *edits))


def _is_number(argument: tree.Argument, name: str) -> bool:
    """Whether an argument is given by position, or by this name."""
    by_position = argument.name is None and _whole(argument.value) is not None and name != "size"
    return by_position or (argument.name == name != "")


def _axis(op: type[Op], call: tree.Call) -> tree.Argument | None:
    """The argument of a call that is an axis."""
    for argument in call.arguments:
        if argument.name in (*_AXIS, "axis"):
            return argument
    if next(iter(op.model_fields), "") not in _AXIS:
        return None
    free = (one for one in call.arguments if one.name is None)
    return next((one for one in free if _whole(one.value) is not None), None)


def _whole(value: tree.Expression) -> int | None:
    """A number as it is written."""
    if isinstance(value, tree.Unary) and value.operator == "-":
        number = _whole(value.operand)
        return None if number is None else -number
    found = value.value if isinstance(value, tree.Constant) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _without_batch(op: type[Op], axis: tree.Argument) -> tuple[Edit, ...] | None:
    """The same axis as it is counted here; none where it may be the batch."""
    number = _whole(axis.value)
    if number is None or number < 1:  # the batch, or counted from the end
        return None
    has = any(name in op.model_fields for name in _AXIS)
    if number == 1:  # the channels, which are what is meant if nothing is said
        start = axis.name_span.start if axis.name_span else axis.value.span.start
        return removed(Span(axis.value.span.source, start, axis.value.span.end)).edits
    return (Edit(axis.value.span, str(number - 1)),) if has else None
