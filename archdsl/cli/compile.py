"""``archdsl compile``: a network as a Python module for PyTorch."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

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
from archdsl.cli.output import out
from archdsl.cli.spec import opened, show
from archdsl.diagnostics import ArchError
from archdsl.files import write_whole

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl compile specs/resnet50.arch --to torch -o resnet50.py"


class Target(StrEnum):
    TORCH = "torch"


def run(
    spec: SpecArgument,
    to: Annotated[Target, typer.Option(help="What to compile to.")] = Target.TORCH,
    output: OutputOption = None,
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
) -> None:
    """Write a self-contained Python module; to standard output without -o."""
    arch = opened(spec, Choices.of(settings, input, model, max_nodes, max_depth, ops))
    try:
        text = arch.to_source()
    except ArchError as error:  # what only PyTorch minds
        show(error.diagnostics)
        raise SystemExit(1) from None
    if output is None:
        out(text)
    else:
        write_whole(output, text)
