"""From syntax tree to graph: choosing the model, running it, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archdsl.diagnostics import ArchError, Diagnostic, Label, Severity
from archdsl.graph.assembly import Assembly
from archdsl.graph.binding import bind_parameters
from archdsl.graph.choose import check_complete, choose, model_name, settings
from archdsl.graph.finish import finish
from archdsl.graph.graph import Graph
from archdsl.graph.library import Library, LoadedFile
from archdsl.graph.limits import Budget
from archdsl.graph.machine import Machine
from archdsl.graph.report import Reporter, SpecError, Stop
from archdsl.graph.request import Request, Result
from archdsl.graph.values import (
    MISSING,
)
from archdsl.graph.varying import Explorer
from archdsl.source import Span
from archdsl.stack import deep_stack
from archdsl.syntax import tree

__all__ = [
    "Request",
    "Result",
    "chosen_model",
    "elaborate",
    "elaborate_all",
    "expansions",
]


def elaborate(request: Request, *, tracing: bool = False) -> Result:
    """Expand a model and check it.

    All errors are in the result; nothing is raised for a mistake in the spec.
    """
    library = Library(request.texts)
    try:
        loaded = library.add(request.source, request.folder, request.path)
    except ArchError as error:
        return Result(None, tuple(error.diagnostics))
    return _result(request, loaded, library, tracing)


def elaborate_all(request: Request) -> dict[str, Result]:
    """Expand the model that was asked for, or else each model of the file; it is read once.

    The name of a model that cannot be told is empty. A file of blocks has nothing to expand: its
    one result has no graph, and no error if it can be read.
    """
    library = Library(request.texts)
    try:
        loaded = library.add(request.source, request.folder, request.path)
    except ArchError as error:
        return {request.model or "": Result(None, tuple(error.diagnostics))}
    own = [name for name, model in loaded.models.items() if model.env is loaded.env]
    if loaded.own and not own and not request.model:
        return {"": Result(None, _in_order(library.found), tuple(library.files))}
    names: list[str | None] = [request.model] if request.model else [*own] or [None]
    return {
        name or "": _result(replace(request, model=name), loaded, library, tracing=False)
        for name in names
    }


def chosen_model(request: Request) -> str | None:
    """The model that :func:`elaborate` takes; None where the file has none, or cannot be read."""
    library = Library(request.texts)
    try:
        return model_name(request, library.add(request.source, request.folder, request.path))
    except (ArchError, SpecError):
        return None


def expansions(request: Request) -> Callable[[Explorer], Result]:
    """A function that expands the model for an explorer, as far as the first error.

    The files are read once, for any number of explorers.
    """
    library = Library(request.texts)
    try:
        loaded = library.add(request.source, request.folder, request.path)
    except ArchError as error:
        failed = Result(None, tuple(error.diagnostics))
        return lambda explorer: failed
    return lambda explorer: _result(request, loaded, library, tracing=False, explorer=explorer)


def _result(
    request: Request,
    loaded: LoadedFile,
    library: Library,
    tracing: bool,
    explorer: Explorer | None = None,
) -> Result:
    reporter = Reporter()
    budget = Budget(request.limits, reporter)
    for diagnostic in library.found:
        reporter.add(diagnostic)
    reporter.brief = explorer is not None
    try:
        with deep_stack():
            graph = _expand(request, loaded, budget, tracing, explorer)
    except SpecError as error:
        reporter.brief = False  # this is the end of it in any case
        reporter.add(error.diagnostic)
        graph = None
    except Stop:
        graph = None
    except RecursionError:
        reporter.brief = False
        reporter.add(
            Diagnostic(
                "too-deep",
                "an expression in this file is nested too deeply",
                Label(Span(request.source, 0, 0)),
                help="name parts of it, or make blocks of them",
            )
        )
        graph = None
    # What is not used may be used in what could not be read.
    if any(file.misread for file in library.files):
        reporter.found = [diagnostic for diagnostic in reporter.found if diagnostic.is_error]
    found = _in_order(reporter.found)
    graph = None if reporter.has_errors else graph
    return Result(graph, found, tuple(library.files), tuple(reporter.unjudged), budget.effort)


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Errors first; within each kind in the order in which they were found."""
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.severity is not Severity.ERROR))


def _expand(
    request: Request,
    loaded: LoadedFile,
    budget: Budget,
    tracing: bool,
    explorer: Explorer | None,
) -> Graph:
    definition, arguments = choose(request, loaded)
    model = definition.item
    assert isinstance(model, tree.Model)
    assembly = Assembly(model_name(request, loaded), request.limits.nodes, explorer)
    assembly.root.block = model.name
    assembly.root.span = model.name_span
    machine = Machine(assembly, budget, input_shapes=dict(request.inputs), tracing=tracing)
    machine.training = request.training
    parameters = [(p.name, p.default is not None) for p in model.parameters]
    chosen = settings(machine, request, loaded, model, arguments)
    check_complete(model, {bound.name for bound in chosen})
    given = bind_parameters(model.name, parameters, chosen, model.name_span)
    env = machine.frames.begin(definition, given, MISSING, assembly.root)
    result = machine.statements.run(model.body, env, MISSING)
    finish(machine, model, result, env, request)
    return assembly.finish(model.doc)
