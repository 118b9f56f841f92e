"""Every code there is. Codes are stable and never reused; each has a page in docs/errors, and each
lint one in docs/lints."""

from __future__ import annotations

__all__ = ["CODES", "LINTS"]

CODES: dict[str, str] = {
    "bad-argument": "an argument has a value that the operator cannot take",
    "bad-groups": "channels cannot be split into equal groups",
    "bad-index": "an index or attribute that the value does not have",
    "bad-input": "an input shape that cannot be used",
    "bad-label": "a label where none can stand",
    "bad-number": "arithmetic without a usable result",
    "bad-setting": "a setting that the model has no parameter for",
    "circular-use": "files that use each other in a circle",
    "conflicting-weights": "shared weights that would need two shapes",
    "duplicate-argument": "an argument given twice",
    "duplicate-name": "a name given twice in one place",
    "file-not-found": "a `use` of a file that is not there or cannot be read",
    "missing-argument": "a parameter without a value",
    "missing-brace": "a brace, bracket or parenthesis without its partner",
    "missing-input": "nothing flows in",
    "missing-star": "a repeat without its `*`",
    "no-model": "a file without the model that was asked for",
    "nothing-computed": "a model or a result without any value",
    "requirement": "a requirement of the spec that does not hold",
    "shape-mismatch": "shapes that do not go together",
    "syntax": "text that is not part of the language",
    "too-deep": "blocks nested deeper than the limit",
    "too-large": "more nodes, repeats or a larger number than the limit",
    "too-many-arguments": "more arguments than parameters",
    "unknown-argument": "an argument that the operator or block does not have",
    "unknown-name": "a name that nothing has at this place",
    "unknown-operator": "a call of something that does not exist",
    "unreachable": "a statement that is never reached",
    "unused-parameter": "a parameter that is never read",
    "unused-result": "a value that reaches no output",
    "window-too-large": "a window that does not fit on its input",
    "wrong-kind": "a value of another kind than is needed here",
    "wrong-rank": "an input with too many or too few axes",
}
"""Code to title."""

LINTS: dict[str, str] = {
    "abrupt-bottleneck": "a step that hands on a small part of what it gets",
    "argument-order": "a convolution with its arguments in PyTorch's order",
    "bias-before-norm": "a bias that the normalisation behind it takes away",
    "channels-last": "an input whose channels seem to come last",
    "checkerboard": "a transposed convolution that reaches its outputs unevenly",
    "constant-softmax": "a softmax over a single value",
    "depthwise-only": "a depthwise convolution whose channels nothing mixes",
    "double-activation": "an activation right behind an activation",
    "double-softmax": "a softmax behind a softmax",
    "dropout-before-norm": "a batch norm behind a dropout",
    "fraction": "rows or columns that rounding down throws away",
    "lost-skip": "a residual block without its skip where the size changes",
    "needless-projection": "a projection on a skip whose shape fits already",
    "nonlinear-bottleneck": "an activation behind a linear bottleneck",
    "nonnegative-residual": "a residual branch that cannot be negative",
    "parameter-concentration": "a linear layer with most of the parameters",
    "shadowed-operator": "a name that hides an operator",
    "small-receptive-field": "a classifier that sees only parts of the input",
    "unknown-lint": "an `allow` of a lint that does not exist",
    "unused-allow": "an `allow` that silences nothing",
    "unused-block": "a block or function that nothing uses",
    "unused-output": "a second result that nothing reads",
}
"""Name to title of the lints: advice and likely mistakes, told as notes and warnings."""
