"""The operators, one declaration each, one file per family."""

from archdsl.ops import (  # noqa: F401  (importing a family registers its operators)
    activation,
    convolution,
    merging,
    normalisation,
    pooling,
    regularisation,
    resampling,
    reshaping,
)
from archdsl.ops.base import OPS, Function, Keeps, Mismatch, Module, Op, Weight
from archdsl.ops.shape import Shape

__all__ = ["OPS", "Function", "Keeps", "Mismatch", "Module", "Op", "Shape", "Weight"]
