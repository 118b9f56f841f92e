"""Checkpoints are loaded strictly, or it is said what does not fit and where it belongs."""

import pytest
import torch
from safetensors.torch import save_file

import archdsl
from archdsl.lower.weights import WeightsError
from tests.reference import compare_outputs, fill, load_reference, recorded_input


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_checkpoint_of_the_reference_fill(suffix, tmp_path):
    """Written from one module, loaded into a fresh one: the recorded outputs come out."""
    reference = load_reference("squeezenet1_0")
    arch = archdsl.load("specs/squeezenet1_0.arch")
    donor = arch.to_torch().double()
    fill(donor)
    path = tmp_path / f"squeezenet{suffix}"
    state = {key: tensor.contiguous() for key, tensor in donor.state_dict().items()}
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    torch.set_default_dtype(torch.float64)
    try:
        module = arch.to_torch(weights=path).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    with torch.no_grad():
        compare_outputs({"out": module(recorded_input(reference))}, reference)


def test_what_does_not_fit_is_listed_with_its_line(tmp_path):
    arch = archdsl.load("specs/lenet5.arch")
    state = arch.to_torch().state_dict()
    state["c3.weight"] = state["c3.weight"][:, :3]
    state["extra.weight"] = state.pop("f6.bias")
    torch.save({"state_dict": state}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError) as caught:
        arch.to_torch(weights=tmp_path / "odd.pth")
    error = caught.value
    assert (error.missing, error.unexpected, error.misshapen) == (
        ("f6.bias",),
        ("extra.weight",),
        ("c3.weight",),
    )
    assert "missing: f6.bias (84,) (specs/lenet5.arch:9:9)" in str(error)
    assert "of another shape: c3.weight (16, 3, 5, 5), not (16, 6, 5, 5)" in str(error)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"\x80\x04K\x01."])
def test_what_is_no_checkpoint_is_one_clear_line(content, tmp_path):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=r"x\.pth: "):
        archdsl.load("specs/lenet5.arch").to_torch(weights=tmp_path / "x.pth")
