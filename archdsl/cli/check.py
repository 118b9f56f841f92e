"""``archdsl check``: is the spec right, and what does it describe?"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from archdsl.analysis.profile import profile
from archdsl.analysis.report import flow, human
from archdsl.analysis.review import review
from archdsl.cli.options import (
    Choices,
    InputOption,
    MaxDepthOption,
    MaxNodesOption,
    ModelOption,
    OpsOption,
    SetOption,
)
from archdsl.cli.output import Failure, note, out, report
from archdsl.cli.spec import show, tally
from archdsl.diagnostics import Diagnostic
from archdsl.diagnostics.json import to_dict
from archdsl.graph.elaborate import Result
from archdsl.graph.graph import Graph
from archdsl.graph.library import ReadError

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl check specs/*.arch"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def run(
    specs: Annotated[
        list[str],
        typer.Argument(metavar="SPEC", help="Specs, or zoo:NAME; - reads standard input."),
    ],
    settings: SetOption = None,
    input: InputOption = None,
    model: ModelOption = None,
    max_nodes: MaxNodesOption = 100_000,
    max_depth: MaxDepthOption = 100,
    ops: OpsOption = None,
    format: Annotated[Format, typer.Option(help="How to print the results.")] = Format.TEXT,
) -> None:
    """Check specs: names, arguments and every shape. All models of a file, or --model."""
    choices = Choices.of(settings, input, model, max_nodes, max_depth, ops)
    tell = _tell_json if format is Format.JSON else _tell_text
    status = 0
    for index, spec in enumerate(specs):
        try:
            request = choices.request(spec)
        except (Failure, ReadError) as failure:  # the other specs are still worth checking
            note(str(failure))
            status = 2
            continue
        results = review(request)
        tell(request.source.name, results)
        if any(result.graph is None for result in results.values()):
            status = status or 1
            if tell is _tell_text and index < len(specs) - 1:
                report("\n")
    raise SystemExit(status)


def _tell_text(name: str, results: dict[str, Result]) -> None:
    """Diagnostics, each once, though several models may share a mistake; then a line for each."""
    told: dict[Any, Diagnostic] = {}
    for result in results.values():
        for diagnostic in result.diagnostics:
            told.setdefault((diagnostic.code, diagnostic.primary.span), diagnostic)
    show([*told.values()])
    for result in results.values():
        if result.graph is not None:
            out(f"{name}: {_summary(result.graph)}\n")
    if any(diagnostic.is_error for diagnostic in told.values()):
        report(f"\n{name}: {tally([*told.values()])}\n")


def _summary(graph: Graph) -> str:
    counts = profile(graph)
    return (
        f"{graph.name} ok, {flow(counts)}, {counts.params:,} parameters, {human(counts.macs)} MACs"
    )


def _tell_json(name: str, results: dict[str, Result]) -> None:
    for model, result in results.items():
        out(json.dumps(_object(model, result)) + "\n")


def _object(model: str, result: Result) -> dict[str, Any]:
    """The documented form of ``check --format json``: one object for each model, on one line."""
    graph = result.graph
    inputs = graph.inputs if graph else {}
    outputs = graph.outputs if graph else {}
    return {
        "ok": graph is not None,
        "model": graph.name if graph else model or None,
        "inputs": {name: list(graph.shape(value)) for name, value in inputs.items() if graph},
        "outputs": {name: list(graph.shape(value)) for name, value in outputs.items() if graph},
        "diagnostics": [to_dict(diagnostic) for diagnostic in result.diagnostics],
    }
