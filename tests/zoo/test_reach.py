"""Networks of later literature, compared with torchvision and timm as they are installed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from archdsl.ops.regularisation import DropPath
from tests.reference import fill
from tests.reference.public import timm, torchvision

THEIRS: dict[str, Callable[[], torch.nn.Module]] = {
    "shufflenet_v2_x1_0": torchvision.models.shufflenet_v2_x1_0,
    "efficientnet_b0": torchvision.models.efficientnet_b0,
    "efficientnet_b4": torchvision.models.efficientnet_b4,
    "dla34": lambda: timm.create_model("dla34"),
    "convnextv2_tiny": lambda: timm.create_model("convnextv2_tiny"),
}
FILES = ["shufflenet_v2", "efficientnet", "dla34", "convnext_v2"]


def shapes(module: torch.nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    return [(key, tuple(tensor.shape)) for key, tensor in module.state_dict().items()]


@pytest.mark.parametrize("name", THEIRS)
def test_equals_the_public_implementation(name: str) -> None:
    """Keys and shapes in order, parameters, multiply-accumulates, and outputs under one fill."""
    with torch.device("meta"):  # the fill below gives the weights: their own take minutes to draw
        theirs = THEIRS[name]().double().eval()
    theirs.to_empty(device="cpu")
    arch = archdsl.load(f"zoo:{name}", input="3x64x64")
    ours = arch.to_torch().double().eval()
    assert shapes(ours) == shapes(theirs)
    assert arch.profile().params == sum(p.numel() for p in theirs.parameters())
    fill(theirs)
    fill(ours)
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        expected = theirs(image)
    with torch.no_grad():
        made = ours(image)
    assert counter.get_total_flops() == 2 * len(image) * arch.profile().macs
    assert expected.std() > 0
    assert (made - expected).abs().max() <= 1e-9 * expected.abs().max()


@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_b4"])
def test_stochastic_depth_is_as_deep_as_theirs(name: str) -> None:
    """What evaluation does not show: the probability at each residual branch."""
    theirs = [
        block.stochastic_depth.p
        for block in THEIRS[name]().modules()
        if isinstance(block, torchvision.models.efficientnet.MBConv) and block.use_res_connect
    ]
    nodes = archdsl.load(f"zoo:{name}").graph.nodes
    ours = [node.op.p for node in nodes if isinstance(node.op, DropPath)]
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("file", FILES)
def test_is_written_in_at_most_sixty_lines(file: str) -> None:
    text = Path(f"specs/{file}.arch").read_text()
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    assert len([line for line in lines if line and not line.startswith("///")]) <= 60
