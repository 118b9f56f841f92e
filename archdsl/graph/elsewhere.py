"""Operators under the names that other libraries give them."""

from __future__ import annotations

import re

from archdsl.ops import OPS

__all__ = ["MODULES", "own_name"]

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
    "fc": "linear",
    "gap": "global_avgpool",
    "globalaveragepooling": "global_avgpool",
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
    plain = name.replace("_", "").lower()
    known = {**_ELSEWHERE, **{own.replace("_", ""): own for own in OPS}}
    return known.get(plain) or known.get(_AXES.sub("", plain))
