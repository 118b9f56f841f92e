"""``archdsl check``: is the spec right, and what does it describe?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Protocol

import typer

from archdsl.analysis.profile import profile
from archdsl.analysis.report import flow, human
from archdsl.analysis.review import review
from archdsl.cli.options import (
    STDIN,
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
from archdsl.files import WriteError
from archdsl.graph.elaborate import Request, Result
from archdsl.graph.graph import Graph
from archdsl.graph.library import ReadError

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl check specs/*.arch"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


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
    fix: Annotated[
        bool, typer.Option("--fix", help="Apply the fixes without alternative; print the diff.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings, and what rounding loses, are errors.")
    ] = False,
) -> None:
    """Check specs: names, arguments and every shape. All models of a file, or --model."""
    choices = Choices.of(settings, input, model, max_nodes, max_depth, ops)
    printer = _PRINTERS[format]()
    status = 0
    for spec in specs:
        try:
            request = choices.request(spec)
            results = _results(spec, request, fix, strict, diff=format is Format.TEXT)
        except (Failure, ReadError, WriteError) as failure:  # the others are still worth checking
            note(str(failure))
            status = 2
            continue
        printer.add(request.source.name, results, quiet=fix and spec == STDIN)
        if any(result.has_errors for result in results.values()):
            status = status or 1
    printer.close()
    raise SystemExit(status)


def _results(
    spec: str, request: Request, fix: bool, strict: bool, diff: bool
) -> Mapping[str, Result]:
    if not fix:
        return review(request, strict=strict)
    from archdsl.cli.mend import fix as mend  # rarely needed

    return mend(spec, request, strict=strict, diff=diff)


def _each_once(results: Mapping[str, Result]) -> list[Diagnostic]:
    """Several models may share a mistake."""
    told: dict[Any, Diagnostic] = {}
    for result in results.values():
        for diagnostic in result.diagnostics:
            told.setdefault((diagnostic.code, diagnostic.primary.span), diagnostic)
    return [*told.values()]


class _Printer(Protocol):
    """Prints what is found in one spec after another."""

    def add(self, name: str, results: Mapping[str, Result], quiet: bool) -> None:
        """``quiet``: standard output is for something else."""

    def close(self) -> None: ...


class _Text:
    """For people: diagnostics on standard error, and a line for each model that is right."""

    def __init__(self) -> None:
        self.apart = False  # whether a blank line is due before the next diagnostics

    def add(self, name: str, results: Mapping[str, Result], quiet: bool) -> None:
        told = _each_once(results)
        if self.apart:
            report("\n")
        show(told)
        say = report if quiet else out
        for result in results.values():
            if result.graph is not None:
                say(f"{name}: {_summary(result.graph)}\n")
            elif not result.has_errors:
                say(f"{name}: {_contents(result)}\n")
        self.apart = any(diagnostic.is_error for diagnostic in told)
        if self.apart:
            report(f"\n{name}: {tally(told)}\n")

    def close(self) -> None:
        pass


class _Json:
    """One object for each model, on one line."""

    def add(self, name: str, results: Mapping[str, Result], quiet: bool) -> None:
        say = report if quiet else out
        for model, result in results.items():
            say(json.dumps(_object(model, result)) + "\n")

    def close(self) -> None:
        pass


class _Github:
    """A workflow command for each diagnostic."""

    def add(self, name: str, results: Mapping[str, Result], quiet: bool) -> None:
        from archdsl.diagnostics.github import render

        (report if quiet else out)(render(_each_once(results)))

    def close(self) -> None:
        pass


class _Sarif:
    """One log of everything."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.quiet = False

    def add(self, name: str, results: Mapping[str, Result], quiet: bool) -> None:
        self.found += _each_once(results)
        self.quiet |= quiet

    def close(self) -> None:
        from archdsl import __version__
        from archdsl.diagnostics.sarif import render

        (report if self.quiet else out)(render(self.found, __version__))


_PRINTERS: Mapping[Format, Callable[[], _Printer]] = {
    Format.TEXT: _Text,
    Format.JSON: _Json,
    Format.SARIF: _Sarif,
    Format.GITHUB: _Github,
}


def _contents(result: Result) -> str:
    """Of a file without a model: shapes are checked where its blocks are used."""
    count = len(result.files[0].own)
    return f"ok, {count} definition{'s' * (count != 1)} for other files, no model"


def _summary(graph: Graph) -> str:
    counts = profile(graph)
    return (
        f"{graph.name} ok, {flow(counts)}, {counts.params:,} parameters, {human(counts.macs)} MACs"
    )


def _object(model: str, result: Result) -> dict[str, Any]:
    """The documented form of ``check --format json``: one object for each model, on one line."""
    graph = result.graph
    inputs = graph.inputs if graph else {}
    outputs = graph.outputs if graph else {}
    return {
        "ok": not result.has_errors,
        "model": graph.name if graph else model or None,
        "inputs": {name: list(graph.shape(value)) for name, value in inputs.items() if graph},
        "outputs": {name: list(graph.shape(value)) for name, value in outputs.items() if graph},
        "diagnostics": [to_dict(diagnostic) for diagnostic in result.diagnostics],
    }
