"""``archdsl profile``: parameters, MACs and FLOPs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from archdsl.analysis.profile import profile
from archdsl.analysis.report import render
from archdsl.cli.options import (
    Choices,
    InputOption,
    MaxDepthOption,
    MaxNodesOption,
    ModelOption,
    OpsOption,
    SetOption,
    SpecArgument,
)
from archdsl.cli.output import out
from archdsl.cli.spec import opened

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl profile specs/resnet50.arch --depth 1"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class Mode(StrEnum):
    EVAL = "eval"
    TRAIN = "train"


def run(
    spec: SpecArgument,
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
    format: Annotated[Format, typer.Option(help="How to print the result.")] = Format.TABLE,
    mode: Annotated[
        Mode, typer.Option(help="The inference graph, or all that training computes.")
    ] = Mode.EVAL,
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Fold blocks below this level of the table."),
    ] = None,
) -> None:
    """Count parameters, MACs and FLOPs, by operator and by block."""
    arch = opened(spec, Choices.of(settings, input, model, max_nodes, max_depth, ops))
    out(render(profile(arch.graph, mode), format, depth=depth))
