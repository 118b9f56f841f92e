"""Which operators know what PyTorch's classes want told, and where those have it."""

from __future__ import annotations

import inspect

import torch.nn as nn

from archdsl.ops import OPS, Module

from .table import ROWS

COUNTS = {"in_channels", "in_features", "num_channels", "num_features"}


def counted() -> dict[str, set[int]]:
    """The operators whose PyTorch class takes such a count, with its position."""
    found: dict[str, set[int]] = {}
    for row in ROWS:
        made = row.op.torch(*row.shapes, **row.refs)
        if isinstance(made, Module) and made.callee.startswith("nn."):
            parameters = [*inspect.signature(getattr(nn, made.callee[3:])).parameters]
            places = {place for place, name in enumerate(parameters) if name in COUNTS}
            if places:
                found.setdefault(row.name, set()).update(places)
    return found


def test_all_of_them_and_at_the_same_place() -> None:
    declared = {name: {op.implied} for name, op in OPS.items() if op.implied is not None}
    assert declared == counted()
