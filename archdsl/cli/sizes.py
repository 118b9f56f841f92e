"""``archdsl sizes``: which input sizes are legal?"""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.analysis.fixes import examined
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
from archdsl.cli.output import Failure, out, report
from archdsl.cli.spec import show, tally
from archdsl.graph.elaborate import Request

if TYPE_CHECKING:
    from archdsl.analysis.sizes import Sizes

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl sizes specs/unet.arch --why 570"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def run(
    spec: SpecArgument,
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
    format: Annotated[Format, typer.Option(help="How to print the answer.")] = Format.TEXT,
    exact: Annotated[
        bool, typer.Option("--exact", help="Only sizes at which no row or column is lost.")
    ] = False,
    asked: Annotated[
        str | None,
        typer.Option("--why", metavar="SIZE", help="What rules a size out: 570, or 570x572."),
    ] = None,
) -> None:
    """Tell all input sizes that the network runs with, exactly."""
    # Not above: the help of all commands is told without numpy, too.
    from archdsl.analysis.sizes.report import render, to_dict

    request = Choices.of(settings, input, model, max_nodes, max_depth, ops).request(spec)
    if asked is not None:
        raise SystemExit(_why(request, asked))
    answer, training = _answers(request)
    name = next((w.graph.name for w in answer.exploration.legal if w.graph), request.model or "")
    if format is Format.JSON:
        both = {"model": name or None, **to_dict(answer)}
        out(json.dumps(both | {"training": training and to_dict(training)}) + "\n")
    elif answer.exploration.legal:
        out(f"{request.source.name}: {name}\n{render(answer, exact=exact)}\n")
        if training is not None:
            out("in training, where it has more outputs:\n")
            out(f"{render(training, exact=exact)}\n")
    if not answer.exploration.legal:
        found = examined(request).diagnostics  # the mistake, as `check` tells it
        show(found)
        report(f"\n{request.source.name}: no size runs, {tally(found)}\n")
        raise SystemExit(1)


def _answers(request: Request) -> tuple[Sizes, Sizes | None]:
    """For inference, and for training where that is another answer."""
    from archdsl.analysis.sizes import TooIntricate, sizes

    try:
        whole = sizes(request)
        legal = [way.graph for way in whole.exploration.legal if way.graph]
        if legal and not any(graph.train_outputs for graph in legal):
            return whole, None
        inference = sizes(replace(request, training=False))
    except TooIntricate:
        raise Failure(
            f"{request.source.name}: the structure depends on the sizes in too many ways to tell; "
            "check single sizes with --input"
        ) from None
    same = [
        one.legal == other.legal for one, other in zip(whole.axes, inference.axes, strict=False)
    ]
    return inference, None if all(same) else whole


def _why(request: Request, asked: str) -> int:
    """The status: 0 where the size is legal."""
    from archdsl.analysis.sizes.why import Unclear, why

    try:
        answer = why(request, asked)
    except Unclear as unclear:
        raise Failure(f"--why {asked}: {unclear}") from None
    show(answer.diagnostics)
    out(f"{request.source.name}: {answer.verdict}\n")
    return 0 if answer.legal else 1
