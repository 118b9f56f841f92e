"""Every operator against PyTorch: one body over the operator table."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from archdsl.ops import OPS, Module, Shape
from archdsl.ops.base import Mismatch

from .spelled import forward, spelled
from .table import ROWS, Row

every_row = pytest.mark.parametrize("row", ROWS, ids=str)


@every_row
def test_the_declaration_agrees_with_pytorch(row: Row) -> None:
    module = spelled(row.op.torch(*row.shapes, **row.refs), "meta").eval()

    with FlopCounterMode(display=False) as counter:
        ys = forward(module, row.inputs("meta", 2), row.referred("meta", 2))
    outputs = row.op.outputs(*row.shapes, **row.refs)
    assert [tuple(y.shape) for y in ys] == [(2, *shape) for shape in outputs]

    weights = row.op.weights(*row.shapes, **row.refs)
    state = module.state_dict(keep_vars=True)
    assert {name: weight.shape for name, weight in weights.items()} == {
        name: tuple(tensor.shape) for name, tensor in state.items()
    }
    assert list(weights) == list(state)
    trainable = dict(module.named_parameters())
    assert {name for name, weight in weights.items() if weight.trainable} == set(trainable)

    # The counter takes a multiplication and an addition for two, and the batch is of two.
    macs = row.op.macs(*row.shapes, outputs[0], **row.refs)
    assert 2 * 2 * macs == counter.get_total_flops()


@every_row
def test_gradients_reach_every_input_and_parameter(row: Row) -> None:
    torch.manual_seed(0)
    module = spelled(row.op.torch(*row.shapes, **row.refs), "cpu").train()
    inputs = row.inputs("cpu", 2, grad=True)
    ys = forward(module, inputs, row.referred("cpu", 2))
    sum(y.square().sum() for y in ys if y.is_floating_point()).backward()
    for tensor in (*inputs, *module.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()


@every_row
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_only_an_alias_shares_memory_with_its_input(row: Row, training: bool) -> None:
    module = spelled(row.op.torch(*row.shapes, **row.refs), "cpu").train(training)
    inputs = row.inputs("cpu", 2)
    ys = forward(module, inputs, row.referred("cpu", 2))
    memory = {x.untyped_storage().data_ptr() for x in inputs}
    shared = any(y.untyped_storage().data_ptr() in memory for y in ys)
    assert row.op.aliases or not shared


@pytest.mark.parametrize("row", [row for row in ROWS if row.op.inplaceable], ids=str)
def test_in_place_gives_the_same_values_and_gradients(row: Row) -> None:
    description = row.op.torch(*row.shapes)
    assert isinstance(description, Module)
    in_place = Module(description.callee, description.args, {**description.kwargs, "inplace": True})
    (x,) = row.inputs("cpu", 2, grad=True)
    results = []
    for module in (spelled(description, "cpu"), spelled(in_place, "cpu")):
        y = module(x * 3)
        (gradient,) = torch.autograd.grad(y.square().sum(), x)
        results.append((y, gradient))
    torch.testing.assert_close(results[0], results[1])


def accepts(name: str, rank: int) -> bool:
    """Whether some row's arguments, written as single numbers, work with inputs of this rank."""
    for row in ROWS:
        if row.name == name and all(shape.rank == row.shapes[0].rank for shape in row.shapes):
            shape = Shape((row.shapes[0].channels, *(7,) * rank))
            refs = dict.fromkeys(row.refs, shape)
            try:
                row.op.shape(*[shape] * len(row.shapes), **refs)
            except Mismatch:
                continue
            return True
    return False


OWN = [name for name, op in OPS.items() if op.__module__.startswith("archdsl.ops.")]


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("name", OWN)
def test_every_operator_has_a_row_for_every_rank_it_takes(name: str, rank: int) -> None:
    ranks = {row.shapes[0].rank for row in ROWS if row.name == name}
    assert (rank in ranks) == accepts(name, rank)


@pytest.mark.parametrize("name", OWN)
def test_every_operator_is_documented(name: str) -> None:
    text = OPS[name].__doc__ or ""
    assert "https://" in text
    assert ">>>" in text
    assert all(field.description for field in OPS[name].model_fields.values())


def test_operators_need_no_torch() -> None:
    code = "import sys, archdsl.ops; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
