"""Lints: rules about networks that run, one to a file. Titles stand in `diagnostics.codes`,
reasons and literature in docs/lints."""

from __future__ import annotations

from archdsl.analysis.lints import (
    abrupt_bottleneck,
    argument_order,
    bias_before_norm,
    channels_last,
    checkerboard,
    constant_softmax,
    depthwise_only,
    double_activation,
    double_softmax,
    dropout_before_norm,
    fraction,
    lost_skip,
    needless_projection,
    nonlinear_bottleneck,
    nonnegative_residual,
    parameter_concentration,
    shadowed_operator,
    small_receptive_field,
    unused_block,
    unused_output,
)
from archdsl.analysis.lints.rule import FileRule, Rule

__all__ = ["FILE_RULES", "RULES"]

RULES: tuple[Rule, ...] = (
    channels_last.RULE,
    argument_order.RULE,
    fraction.RULE,
    double_softmax.RULE,
    constant_softmax.RULE,
    double_activation.RULE,
    nonnegative_residual.RULE,
    lost_skip.RULE,
    needless_projection.RULE,
    nonlinear_bottleneck.RULE,
    depthwise_only.RULE,
    bias_before_norm.RULE,
    dropout_before_norm.RULE,
    checkerboard.RULE,
    abrupt_bottleneck.RULE,
    small_receptive_field.RULE,
    parameter_concentration.RULE,
    unused_output.RULE,
)
"""Those about the graph of a model."""

FILE_RULES: tuple[FileRule, ...] = (unused_block.RULE, shadowed_operator.RULE)
"""Those about the text of a file."""
