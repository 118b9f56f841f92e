"""DropBlock: what it drops in training, against torchvision's and the paper's words."""

import pytest
import torch

import archdsl
from archdsl.ops import OPS, Shape
from tests.reference import compare_outputs, fill, load_reference, recorded_input
from tests.reference.public import torchvision

from .spelled import spelled


def drop_block(p: float, block_size: int, rank: int = 2) -> torch.nn.Module:
    op = OPS["drop_block"](p=p, block_size=block_size)
    return spelled(op.torch(Shape((4, *(9,) * rank))), "cpu")


@pytest.mark.parametrize(
    ("size", "block_size"), [((14, 14), 7), ((7, 7), 7), ((9, 20), 3), ((5, 5), 7), ((6, 7, 8), 3)]
)
def test_equals_torchvision(size: tuple[int, ...], block_size: int) -> None:
    """The same positions are drawn, so the same elements are dropped and scaled."""
    x = torch.randn(8, 16, *size)
    theirs = torchvision.ops.drop_block2d if len(size) == 2 else torchvision.ops.drop_block3d
    torch.manual_seed(0)
    expected = theirs(x, p=0.1, block_size=block_size)
    torch.manual_seed(0)
    made = drop_block(0.1, block_size, len(size)).train()(x)
    assert (made == 0).any()
    torch.testing.assert_close(made, expected)


def test_drops_whole_blocks_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    x = torch.ones(64, 8, 20)
    made = drop_block(0.2, 4, 1).train()(x)
    for line in (made == 0).flatten(0, 1).tolist():
        runs = "".join("x" if dropped else " " for dropped in line).split()
        assert all(len(run) >= 4 for run in runs)
    # Where blocks overlap a little less than p is dropped.
    assert 0.15 < (made == 0).float().mean() < 0.2
    assert made.mean() == pytest.approx(1)


def test_dropblock_resnet50_is_resnet50_when_it_does_not_train() -> None:
    reference = load_reference("resnet50")
    arch = archdsl.load("zoo:dropblock_resnet50")
    module = arch.to_torch().double().eval()
    state = [[key, list(tensor.shape)] for key, tensor in module.state_dict().items()]
    assert state == reference["state_dict"]
    fill(module)
    with torch.no_grad():
        compare_outputs({"out": module(recorded_input(reference))}, reference)
    applied = [node.name for node in arch.graph.nodes if node.op.name == "drop_block"]
    assert {name.partition(".")[0] for name in applied} == {"layer3", "layer4"}
    assert len(applied) == 4 * (6 + 3)
