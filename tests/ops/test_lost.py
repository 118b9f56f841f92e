"""What rounding loses, against the rows whose gradient torch leaves at zero."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch.nn import functional

from archdsl.ops import OPS, Shape

WINDOWS = [
    (n, kernel, stride, padding, dilation)
    for n, kernel, stride, dilation in product(range(1, 14), (1, 2, 3, 5), (1, 2, 3, 4), (1, 2))
    for padding in range(3)
    if dilation * (kernel - 1) + 1 <= n + 2 * padding
]


def unread(n: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Elements at the end of the input that no window reads."""
    x = torch.ones(1, 1, n, requires_grad=True)
    weight = torch.ones(1, 1, kernel)
    made = functional.conv1d(x, weight, stride=stride, padding=padding, dilation=dilation)
    (gradient,) = torch.autograd.grad(made.sum(), x)
    read = gradient[0, 0].nonzero()
    return n if not len(read) else n - 1 - int(read.max())


def test_lost_is_what_is_unread_beyond_what_the_stride_steps_over() -> None:
    for n, kernel, stride, padding, dilation in WINDOWS:
        op = OPS["conv"](
            channels=1, kernel=kernel, stride=stride, padding=padding, dilation=dilation
        )
        between = max(0, stride - (dilation * (kernel - 1) + 1))
        [lost] = op.lost(Shape((1, n)))
        if dilation == 1 or padding == 0:  # else gaps within a window may lie at the end too
            wanted = max(0, unread(n, kernel, stride, padding, dilation) - between)
            assert lost == wanted, (n, kernel, stride, padding, dilation)


@pytest.mark.parametrize("name", ["conv", "maxpool", "avgpool"])
def test_without_the_lost_rows_the_result_has_the_same_size_and_loses_nothing(name: str) -> None:
    for n, kernel, stride, padding, _ in WINDOWS:
        if padding > kernel // 2 and name != "conv":
            continue
        given = {"channels": 1} if name == "conv" else {}
        op = OPS[name](kernel=kernel, stride=stride, padding=padding, **given)
        [lost] = op.lost(Shape((1, n)))
        if lost:
            fewer = Shape((1, n - lost))
            assert op.shape(fewer) == op.shape(Shape((1, n)))
            assert op.lost(fewer) == (0,)


@pytest.mark.parametrize(
    ("name", "arguments", "size", "lost"),
    [
        ("conv", {"channels": 64, "kernel": 7, "stride": 2, "padding": 3}, (224, 224), (0, 0)),
        ("conv", {"channels": 64, "kernel": 1, "stride": 2}, (56, 56), (0, 0)),
        ("conv", {"channels": 8, "kernel": 3, "padding": "same"}, (7, 8), (0, 0)),
        ("conv", {"channels": 8, "kernel": (3, 5), "stride": (3, 1)}, (7, 8), (1, 0)),
        ("maxpool", {"kernel": 2}, (7, 8), (1, 0)),
        ("maxpool", {"kernel": 2, "ceil_mode": True}, (7, 8), (0, 0)),
        ("avgpool", {"kernel": 4}, (7, 8, 9), (3, 0, 1)),
        ("relu", {}, (7, 8), (0, 0)),
        ("global_avgpool", {}, (7, 8), (0, 0)),
        ("upsample", {"factor": 2}, (7, 8), (0, 0)),
    ],
)
def test_examples(
    name: str, arguments: dict[str, object], size: tuple[int, ...], lost: tuple[int, ...]
) -> None:
    assert OPS[name](**arguments).lost(Shape((8, *size))) == lost
