"""Recorded facts of public reference implementations, and how to compare a module with them.

``NAME.json`` was recorded from the implementation it names (torch 2.13, CPU, float64, eval mode):
its ``state_dict`` keys and shapes in order, parameters, MACs, and its outputs for an input and
weights that :func:`fill` and :func:`recorded_input` make again.
"""

import json
import math
import zlib
from pathlib import Path
from typing import Any

import torch

__all__ = ["compare_outputs", "fill", "load_reference", "recorded_input"]


def load_reference(name: str) -> dict[str, Any]:
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text())


def _normal(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def fill(module: torch.nn.Module) -> None:
    """The recorded weights, a function of each key and shape."""
    for key, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            continue
        noise = _normal(tuple(tensor.shape), zlib.crc32(key.encode()))
        if key.endswith("running_var"):
            value = 1 + 0.1 * noise.abs()
        elif key.endswith(("running_mean", "bias")):
            value = 0.1 * noise
        elif noise.dim() <= 1:
            value = 1 + 0.1 * noise
        else:
            value = noise * math.sqrt(2 / math.prod(noise.shape[1:]))
        with torch.no_grad():
            tensor.copy_(value)


def recorded_input(reference: dict[str, Any]) -> torch.Tensor:
    return _normal((1, *reference["input"]), 0)


def compare_outputs(outputs: dict[str, torch.Tensor], reference: dict[str, Any]) -> None:
    """Every recorded number, relative to the largest output, within 1e-6."""
    assert list(outputs) == list(reference["outputs"])
    for name, recorded in reference["outputs"].items():
        flat = outputs[name].flatten()
        scale = 1e-6 * recorded["absmax"]
        assert list(outputs[name].shape) == recorded["shape"]
        assert flat.numel() == recorded["n"]
        measured = [flat.mean(), flat.std(), flat.abs().max(), *flat[:6], *flat[-3:]]
        expected = [recorded[key] for key in ("mean", "std", "absmax")]
        expected += recorded["first"] + recorded["last"]
        for ours, theirs in zip(measured, expected, strict=True):
            assert abs(ours.item() - theirs) <= scale, (name, ours.item(), theirs)
