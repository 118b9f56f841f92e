"""What the operators say autograd keeps, against what it really saves."""

from __future__ import annotations

import pytest
import torch

from archdsl.ops import Keeps

from .spelled import forward, spelled
from .table import ROWS, Row


def address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def kept(row: Row) -> Keeps:
    """What PyTorch saves in training on the CPU, parameters and small statistics aside."""
    torch.manual_seed(0)
    module = spelled(row.op.torch(*row.shapes, **row.refs), "cpu").train()
    inputs, refs = row.inputs("cpu", 2, grad=True), row.referred("cpu", 2)
    saved: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        ys = forward(module, inputs, refs)

    own = {address(tensor) for tensor in (*module.parameters(), *module.buffers(), *refs.values())}
    given = {address(x) for x in inputs}
    large = 0.6 * max(x.numel() for x in inputs)
    found = Keeps.NOTHING
    for tensor in saved:
        if address(tensor) in own:
            continue
        if address(tensor) in given:
            found |= Keeps.INPUT
        elif tensor.dtype == torch.int64:
            found |= Keeps.INDICES
        elif address(tensor) == address(ys[0]):
            found |= Keeps.OUTPUT
        elif tensor.dtype == torch.bool:
            found |= Keeps.MASK
        elif tensor.numel() > large:
            # On the CPU a mask of dropout is made of floating-point numbers, as a copy is.
            found |= Keeps.MASK if row.name == "dropout" else Keeps.COPY
    return found


def declared(row: Row) -> Keeps:
    keeps = row.op.keeps()
    if row.name in ("mul", "max"):
        if len(row.shapes) == 1:
            return Keeps.NOTHING
        if len(row.shapes) > 2:
            # The partial results between the operands, as the docstring says.
            return keeps | Keeps.COPY
    return keeps


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_keeps_is_what_autograd_saves(row: Row) -> None:
    assert kept(row) == declared(row)
