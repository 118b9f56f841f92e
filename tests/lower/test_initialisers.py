"""What the initialisers do that PyTorch does not have."""

import pytest
import torch
import torch.nn.functional as F

import archdsl

MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize(("factor", "kernel", "padding"), [(2, 4, 1), (3, 5, 1), (4, 8, 2)])
@pytest.mark.parametrize("rank", MODES)
def test_bilinear_makes_a_transposed_convolution_interpolate(rank, factor, kernel, padding, groups):
    """As F.interpolate does, up to the rim, where that repeats the border."""
    size = "x".join("6" * rank)
    module = archdsl.parse(
        f"model m {{ input x: 4x{size}\n"
        f"up: conv_transpose(4, {kernel}, stride={factor}, padding={padding}, groups={groups})\n"
        "init { conv_transpose: bilinear\n up.bias: zeros } }"
    ).to_torch()
    x = torch.randn(2, 4, *(6,) * rank)
    inner = (..., *(slice(factor, -factor),) * rank)
    with torch.no_grad():
        made = module(x)
    expected = F.interpolate(x, scale_factor=factor, mode=MODES[rank])
    assert made.shape == expected.shape
    torch.testing.assert_close(made[inner], expected[inner])
