"""The three forms of figure 3 of the ResNeXt paper are one function."""

import re

import pytest
import torch

import archdsl

PATH = re.compile(r"(.*)\.paths\.(\d+)\.(conv\d|bn\d)\.(.*)")
CARDINALITY = 32


def share(grouped: dict[str, torch.Tensor], key: str) -> torch.Tensor:
    """What one path has of a parameter of the grouped form."""
    found = PATH.fullmatch(key)
    if not found:
        return grouped[key]
    block, path, module, name = found.groups()
    whole = grouped[f"{block}.{module}.{name}"]
    if whole.dim() == 0:
        return whole
    # The last convolution takes the paths' channels in, everything before it makes them.
    return whole.chunk(CARDINALITY, dim=1 if module == "conv3" else 0)[int(path)]


@pytest.mark.parametrize("form", ["resnext50_branches", "resnext50_concatenated"])
def test_equals_the_grouped_form(form: str) -> None:
    torch.manual_seed(0)
    arch = archdsl.load("specs/resnext_branches.arch", model=form)
    paths = arch.to_torch().double().eval()
    grouped = archdsl.load("specs/resnet.arch", model="resnext50_32x4d").to_torch().double().eval()
    for name, tensor in grouped.state_dict().items():
        if "running_mean" in name or name.endswith("bias"):
            tensor.normal_()
        elif "running_var" in name:
            tensor.uniform_(0.5, 2)
    count = sum(p.numel() for p in grouped.parameters())
    assert sum(p.numel() for p in paths.parameters()) == arch.profile().params == count

    state = grouped.state_dict()
    paths.load_state_dict({key: share(state, key) for key in paths.state_dict()})
    image = torch.randn(1, 3, 32, 32, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(paths(image), grouped(image), rtol=1e-10, atol=1e-10)


def test_every_block_has_its_paths() -> None:
    state = archdsl.load("zoo:resnext50_branches").to_torch().state_dict()
    paths = {match.group(1, 2) for match in map(PATH.fullmatch, state) if match}
    assert len(paths) == (3 + 4 + 6 + 3) * CARDINALITY
