"""Telling a slip of the hand from another word."""

from __future__ import annotations

__all__ = ["is_typo"]

_SHORT = 5  # characters of a name that has at most one slip
_SHORTEST = 3  # of a name that is another one with any other letter
_OTHERS = frozenset(
    {
        *("addmm", "bmm", "einsum", "fold", "matmul", "unfold"),
        *("celu", "crelu", "glu", "mish", "relu1", "rrelu", "selu", "threshold"),
        *("hardshrink", "hardtanh", "softshrink", "tanhshrink"),
        *("logsigmoid", "logsoftmax", "softmin", "softplus", "softsign"),
        *("div", "drop", "pow", "sum"),
        *("gn", "in", "ln", "norm", "rmsnorm"),
        *("lstm", "rnn"),
    }
)
"""Functions that other libraries have: who writes one means it."""


def is_typo(name: str, meant: str) -> bool:
    """Whether a name is another one with a slip or two: a letter too many, too few, another one, or
    two that changed places. Another number is never a slip.

    >>> [is_typo(*pair) for pair in [("rleu", "relu"), ("Max_Pol", "maxpool"), ("cnv", "conv")]]
    [True, True, True]
    >>> [is_typo(*pair) for pair in [("out", "dropout"), ("selu", "elu"), ("conv2", "conv1")]]
    [False, False, False]
    """
    x, y = _plain(name), _plain(meant)
    if x == y:
        return True
    if x in _OTHERS or _digits(x) != _digits(y):
        return False
    if min(len(x), len(y)) <= _SHORT:
        if x[:1] != y[:1] and x[:2] != y[1::-1]:
            return False
        if len(x) == len(y) <= _SHORTEST and sorted(x) != sorted(y):
            return False
        return _slips(x, y) <= 1
    return _slips(x, y) <= 2


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _digits(name: str) -> str:
    return "".join(char for char in name if char.isdigit())


def _slips(x: str, y: str) -> int:
    """The least number of slips between two words (optimal string alignment)."""
    last: list[int] = []
    row = list(range(len(y) + 1))
    for i, char in enumerate(x, start=1):
        before, last, row = last, row, [i]
        for j, other in enumerate(y, start=1):
            least = min(last[j] + 1, row[-1] + 1, last[j - 1] + (char != other))
            if i > 1 and j > 1 and char == y[j - 2] and x[i - 2] == other:
                least = min(least, before[j - 2] + 1)
            row.append(least)
    return row[-1]
