"""``archdsl compile``: a network as a Python module for PyTorch."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.options import (
    Choices,
    InputOption,
    MaxDepthOption,
    MaxNodesOption,
    ModelOption,
    OpsOption,
    OutputOption,
    SetOption,
    SpecArgument,
)
from archdsl.cli.output import Failure, note, out
from archdsl.cli.spec import opened, show
from archdsl.diagnostics import ArchError
from archdsl.files import write_whole

if TYPE_CHECKING:
    from archdsl.arch import Arch

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl compile specs/resnet50.arch --to torch -o resnet50.py"


class Target(StrEnum):
    TORCH = "torch"


def run(
    spec: SpecArgument,
    to: Annotated[Target, typer.Option(help="What to compile to.")] = Target.TORCH,
    output: OutputOption = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A checkpoint that must fit; needs torch."),
    ] = None,
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
) -> None:
    """Write a PyTorch module that needs nothing of archdsl.

    Without -o to standard output."""
    arch = opened(spec, Choices.of(settings, input, model, max_nodes, max_depth, ops))
    try:
        text = arch.to_source()
    except ArchError as error:  # what only PyTorch minds
        show(error.diagnostics)
        raise SystemExit(1) from None
    if weights is not None:
        _check_weights(arch, weights)
    if output is None:
        out(text)
    else:
        write_whole(output, text)


def _check_weights(arch: Arch, weights: Path) -> None:
    """The written module takes this checkpoint, every key and shape of it."""
    from archdsl.lower.weights import WeightsError

    try:
        module = arch.to_torch(weights)
    except WeightsError as error:
        raise Failure(str(error)) from None
    note(f"{weights}: all {len(module.state_dict())} tensors fit")
