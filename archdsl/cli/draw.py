"""``archdsl draw``: a figure of a network that fits a page."""

from __future__ import annotations

import sys
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
from archdsl.cli.output import Failure, note, out
from archdsl.cli.spec import opened

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl draw specs/resnet50.arch -o resnet50.svg"


def run(
    spec: SpecArgument,
    output: OutputOption = None,
    depth: Annotated[
        str | None,
        typer.Option(
            metavar="N", help='How many levels of blocks to open, or "all": every operator.'
        ),
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
    from archdsl.draw import DrawError, draw, drawn_coarser, to_dot

    levels = _levels(depth)
    arch = opened(spec, Choices.of(settings, input, model, max_nodes, max_depth, ops))
    if drawn_coarser(arch.graph, levels):
        note(f"{arch.name} is too large to be drawn at --depth {depth}: it is drawn coarser")
    if output is None:
        out(to_dot(arch.graph, depth=levels))
        return
    try:
        draw(arch.graph, output, depth=levels)
    except DrawError as error:
        raise Failure(str(error)) from None


def _levels(depth: str | None) -> int | None:
    """What --depth says, as :func:`archdsl.draw.draw` takes it."""
    if depth is None or (depth.isascii() and depth.isdigit() and len(depth) < 10):
        return None if depth is None else int(depth)
    if depth == "all":
        return sys.maxsize
    raise Failure(f'--depth {depth}: write a number of levels, as in --depth 1, or "all"')
