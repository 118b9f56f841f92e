"""Loading checkpoints strictly: every key and shape, or a list of what does not fit and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archdsl.extras import needs
from archdsl.graph.graph import Graph

if TYPE_CHECKING:
    import torch

__all__ = ["WeightsError", "load_weights"]

_MOST_LINES = 20


class WeightsError(Exception):
    """A checkpoint that cannot be read, or that is not for this network.

    ``missing``, ``unexpected`` and ``misshapen`` are keys; the message gives the line of the spec
    that each belongs to.
    """

    def __init__(
        self,
        message: str,
        missing: tuple[str, ...] = (),
        unexpected: tuple[str, ...] = (),
        misshapen: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.missing = missing
        self.unexpected = unexpected
        self.misshapen = misshapen


def load_weights(module: torch.nn.Module, path: Path, graph: Graph) -> None:
    """Load a ``.safetensors`` file, or a PyTorch checkpoint (``weights_only``), into a module.

    Raises :class:`WeightsError`, and :class:`MissingExtra` where safetensors is not installed; the
    module is unchanged then.
    """
    given = _read(path)
    own = {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
    shapes = {key: tuple(tensor.shape) for key, tensor in given.items()}
    missing = tuple(key for key in own if key not in shapes)
    unexpected = tuple(key for key in shapes if key not in own)
    misshapen = tuple(key for key in own if key in shapes and own[key] != shapes[key])
    if missing or unexpected or misshapen:
        lines = [f"{path} is not for {graph.name}:"]
        lines += _told("missing", missing, {key: f" {own[key]}" for key in missing}, graph)
        lines += _told("unexpected", unexpected, {k: f" {shapes[k]}" for k in unexpected}, graph)
        other = {key: f" {shapes[key]}, not {own[key]}" for key in misshapen}
        lines += _told("of another shape", misshapen, other, graph)
        raise WeightsError("\n".join(lines), missing, unexpected, misshapen)
    module.load_state_dict(dict(given), strict=True)


def _told(
    what: str, keys: tuple[str, ...], detail: Mapping[str, str], graph: Graph
) -> Iterator[str]:
    for key in keys[:_MOST_LINES]:
        yield f"  {what}: {key}{detail[key]}{_place(key, graph)}"
    if len(keys) > _MOST_LINES:
        yield f"  and {len(keys) - _MOST_LINES} more {what}"


def _place(key: str, graph: Graph) -> str:
    """The line of the spec that makes the module of a key, or of the container it would be in."""
    name = key.rpartition(".")[0]
    while name:
        for node in graph.nodes:
            if node.span is not None and (node.name == name or node.name.startswith(f"{name}.")):
                return f" ({node.span})"
        name = name.rpartition(".")[0]
    return ""


def _read(path: Path) -> Mapping[str, torch.Tensor]:
    with needs("running a network", "torch"):
        import torch

    if not path.is_file():
        raise WeightsError(f"{path}: no such file")
    if path.suffix == ".safetensors":
        with needs("reading .safetensors", "safetensors"):
            from safetensors.torch import load_file
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except ImportError as error:
        raise WeightsError(f"{path}: reading it needs {error.name}") from None
    except Exception as error:
        said = " ".join(str(error).split())[:160] or type(error).__name__
        raise WeightsError(f"{path}: not a checkpoint: {said}") from None
    found = found.get("state_dict", found) if isinstance(found, dict) else found
    if isinstance(found, dict) and all(isinstance(v, torch.Tensor) for v in found.values()):
        return found
    raise WeightsError(f"{path}: it holds no state_dict of tensors")
