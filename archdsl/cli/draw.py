"""``archdsl draw``: a figure of a network that fits a page."""

from __future__ import annotations

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
from archdsl.cli.output import Failure, out
from archdsl.cli.spec import opened

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl draw specs/resnet50.arch -o resnet50.svg"


def run(
    spec: SpecArgument,
    output: OutputOption = None,
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="How many levels of blocks to open."),
    ] = None,
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
) -> None:
    """Draw the network on one page: .svg, .pdf, .png or .dot.

    The suffix of -o says which; without -o Graphviz DOT is printed."""
    from archdsl.draw import DrawError, draw, to_dot

    arch = opened(spec, Choices.of(settings, input, model, max_nodes, max_depth, ops))
    if output is None:
        out(to_dot(arch.graph, depth=depth))
        return
    try:
        draw(arch.graph, output, depth=depth)
    except DrawError as error:
        raise Failure(str(error)) from None
