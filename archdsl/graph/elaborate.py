"""From syntax tree to graph: choosing the model, running it, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from archdsl.diagnostics import ArchError, Diagnostic, Label, Severity
from archdsl.graph.arithmetic import LARGEST_NUMBER
from archdsl.graph.assembly import Assembly
from archdsl.graph.binding import bind_parameters
from archdsl.graph.graph import Graph, InitRule, Node, Value
from archdsl.graph.library import Library, LoadedFile
from archdsl.graph.machine import Limits, Machine
from archdsl.graph.report import Reporter, SpecError, Stop, closest, fail, spelled
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    Bound,
    Definition,
    Env,
    Tensor,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.graph.varying import Explorer
from archdsl.ops import OPS, Shape
from archdsl.source import Source, Span
from archdsl.stack import deep_stack
from archdsl.syntax import tree
from archdsl.syntax.parse import parse_value

_Variation = tuple[tree.Call, Env]
"""The arguments of a variant, and the names of the file it stands in."""

__all__ = [
    "Request",
    "Result",
    "chosen_model",
    "elaborate",
    "elaborate_all",
    "expansions",
]


@dataclass(frozen=True)
class Request:
    """What to expand: a file's text, which of its models, and what is set from outside.

    ``settings`` are values of the model's parameters, or their text in the language; ``texts``
    are those of used files that are open in an editor, by path. Without ``training``, the
    outputs that only training has are left out.
    """

    source: Source
    folder: Path
    path: Path | None = None
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    texts: Mapping[Path, str] = field(default_factory=dict)
    training: bool = True


@dataclass(frozen=True)
class Result:
    """The graph, if there are no errors, and everything that was found.

    ``files`` are those that were read, the one that was asked for first. ``unjudged`` is what
    could not be judged, because something before it went wrong.
    """

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[LoadedFile, ...] = field(default=(), repr=False, compare=False)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.diagnostics)

    unjudged: tuple[Span, ...] = field(default=(), repr=False, compare=False)


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
        return _model_name(request, library.add(request.source, request.folder, request.path))
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
    for diagnostic in library.found:
        reporter.add(diagnostic)
    reporter.brief = explorer is not None
    try:
        with deep_stack():
            graph = _expand(request, loaded, reporter, tracing, explorer)
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
    return Result(graph, found, tuple(library.files), tuple(reporter.unjudged))


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Errors first; within each kind in the order in which they were found."""
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.severity is not Severity.ERROR))


def _expand(
    request: Request,
    loaded: LoadedFile,
    reporter: Reporter,
    tracing: bool,
    explorer: Explorer | None,
) -> Graph:
    definition, arguments = _choose(request, loaded)
    model = definition.item
    assert isinstance(model, tree.Model)
    assembly = Assembly(_model_name(request, loaded), request.limits.nodes, explorer)
    assembly.root.block = model.name
    assembly.root.span = model.name_span
    machine = Machine(
        assembly, reporter, request.limits, input_shapes=_inputs(request), tracing=tracing
    )
    machine.training = request.training
    parameters = [(p.name, p.default is not None) for p in model.parameters]
    settings = _settings(machine, request, loaded, model, arguments)
    _check_complete(model, {bound.name for bound in settings})
    given = bind_parameters(model.name, parameters, settings, model.name_span)
    env = machine.frame(definition, given, MISSING, assembly.root)
    result = machine.statements.run(model.body, env, MISSING)
    _finish(machine, model, result, env, request)
    return assembly.finish(model.doc)


# ---- which model, with which arguments


def _model_name(request: Request, loaded: LoadedFile) -> str:
    return request.model or _default_model(request, loaded).name


def _default_model(request: Request, loaded: LoadedFile) -> Definition:
    own = {name: d for name, d in loaded.models.items() if d.env is loaded.env}
    if not own and loaded.misread:
        raise SpecError(None)  # it may be what could not be read
    if not own:
        raise fail(
            "no-model",
            f"{request.source.name} has no model",
            Span(request.source, 0, 0),
            help="a file is checked for its model: `model name { input image: 3x224x224 ... }`"
            if not loaded.own
            else "it holds blocks for other files; check a file that uses them",
        )
    stem = Path(request.source.name).stem
    return own.get(stem) or next(iter(own.values()))


def _choose(request: Request, loaded: LoadedFile) -> tuple[Definition, list[_Variation]]:
    """The model to expand, and the calls of its variants on the way to it, innermost last."""
    if request.model is None:
        definition = _default_model(request, loaded)
    elif request.model in loaded.models:
        definition = loaded.models[request.model]
    elif request.model in loaded.lost:
        raise SpecError(None)
    else:
        meant = closest(request.model, loaded.models)
        known = ", ".join(f"`{name}`" for name in loaded.models) or "none"
        raise fail(
            "no-model",
            f"no model is named `{request.model}`",
            Span(Source("--model", request.model), 0, len(request.model)),
            help=f"did you mean `{meant}`?" if meant else f"the models here: {known}",
        )
    calls: list[_Variation] = []
    seen = {definition.name}
    while isinstance(definition.item, tree.Variant):
        call = definition.item.call
        calls.append((call, definition.env))
        callee = call.callee
        name = callee.id if isinstance(callee, tree.Name) else callee.span.text
        found = definition.env.find(name)
        if found is UNKNOWN or (found is MISSING and definition.env.incomplete):
            raise SpecError(None)
        if name in seen or not (
            isinstance(found, Definition) and isinstance(found.item, tree.Model | tree.Variant)
        ):
            meant = closest(name, loaded.models)
            raise fail(
                "no-model",
                f"`{name}` is a variant of itself"
                if name in seen
                else f"no model is named `{name}`",
                callee.span,
                help=f"did you mean `{meant}`?"
                if meant and name not in seen
                else "a variant names a model with a body",
                fixes=spelled(callee.span, name, set(loaded.models) - seen),
            )
        seen.add(name)
        definition = found
    return definition, calls


def _settings(
    machine: Machine,
    request: Request,
    loaded: LoadedFile,
    model: tree.Model,
    calls: list[_Variation],
) -> list[Bound]:
    """Arguments from variants and from outside; what is nearer to the user wins."""
    names = [parameter.name for parameter in model.parameters]
    chosen: dict[str, Bound] = {}
    for call, env in reversed(calls):
        free = iter(names)
        for argument in call.arguments:
            bound = machine.expressions._bound(argument, env)
            name = bound.name or next(free, None)
            if name is None:
                bind_parameters(model.name, [(n, True) for n in names], [bound], call.span)
            chosen[name or ""] = Bound(name, bound.value, bound.span, bound.name_span)
    for name, value in request.settings.items():
        chosen[name] = _setting(machine, name, value, names, loaded.env)
    return list(chosen.values())


def _check_complete(model: tree.Model, given: set[str | None]) -> None:
    for parameter in model.parameters:
        if parameter.default is None and parameter.name not in given:
            raise fail(
                "missing-argument",
                f"`{model.name}` needs a value for `{parameter.name}`",
                parameter.span,
                help=f"give it a default, `{parameter.name} = ...`, "
                f"or set it: `--set {parameter.name}=...`",
            )


def _setting(machine: Machine, name: str, value: Any, known: list[str], env: Env) -> Bound:
    text = value if isinstance(value, str) else str(value).lower()
    source = Source("--set", f"{name}={text}")
    span = Span(source, 0, len(source.text))
    if name not in known:
        meant = closest(name, known)
        raise fail(
            "bad-setting",
            f"the model has no parameter `{name}`",
            Span(source, 0, len(name)),
            help=f"did you mean `{meant}`?"
            if meant
            else f"it has {', '.join(f'`{n}`' for n in known) or 'none'}",
        )
    if not isinstance(value, str):
        return Bound(name, _plain(value, name, span), span)
    try:
        node = parse_value(source, len(name) + 1)
    except ArchError as error:
        raise SpecError(error.diagnostics[0]) from None
    return Bound(name, unwrap(machine.expressions.evaluate(node, env)), span)


def _plain(value: Any, name: str, span: Span) -> Any:
    """A value from Python that the language knows too."""
    if isinstance(value, list | tuple):
        return [_plain(item, name, span) for item in value]
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "item") and hasattr(value, "dtype"):  # a number of numpy or torch
        value = value.item()
    if isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER:
        return value
    raise fail(
        "bad-setting",
        f"`{name}` cannot be set to this value",
        span,
        help=f"give a number of at most {LARGEST_NUMBER:,}, a string, a list of these, or none",
    )


def _inputs(request: Request) -> dict[str, Shape]:
    return dict(request.inputs)


# ---- the end


def _finish(machine: Machine, model: tree.Model, result: Any, env: Env, request: Request) -> None:
    assembly, reporter = machine.assembly, machine.reporter
    _report_inputs(machine, request)
    if not assembly.inputs and not reporter.has_errors:
        raise fail(
            "missing-input",
            f"`{model.name}` has no input",
            model.name_span,
            help="declare what flows in: `input image: 3x224x224`",
        )
    if not assembly.outputs and not machine.failed_outputs:
        _last_value(machine, model, result)
    outputs = _outputs(machine, env)
    machine.requirements.settle_all(assembly.root, outputs, assembly.outputs)
    if reporter.has_errors:
        return
    for module in machine.modules:
        if module.reserved.home is not None:
            reporter.add(
                Diagnostic(
                    "unused-result",
                    f"the module `{module.label}` is never applied",
                    Label(module.span),
                    help=f"apply it to a value: `x -> {module.label}`",
                )
            )
    for rule, place in machine.init_places:
        reporter.add(_unmatched(rule, place, machine))
    _warn_unused(machine)


def _unmatched(rule: InitRule, place: Span, machine: Machine) -> Diagnostic | None:
    """An `init` rule that initialises nothing."""
    nodes = machine.assembly.nodes
    if rule.selector in OPS:
        named = [node for node in nodes if node.op.name == rule.selector]
    else:
        named = [node for node in nodes if fnmatchcase(node.name, rule.selector)]
    if any(rule.parameter in machine.assembly.weights(node) for node in named):
        return None
    known = [*(node.name for node in nodes), *OPS]
    meant = closest(rule.selector, known) if not named else None
    written = Span(place.source, place.start, place.start + len(rule.selector))
    return Diagnostic(
        "unknown-name",
        f"`{rule.selector}` has no `{rule.parameter}` to initialise"
        if named
        else f"`init` names `{rule.selector}`, and the model has no such operator or module",
        Label(place),
        help=f"did you mean `{meant}`?"
        if meant
        else "name an operator or a module of the model, or a pattern of names in quotes",
        fixes=tuple(spelled(written, rule.selector, known)) if not named else (),
    )


def _report_inputs(machine: Machine, request: Request) -> None:
    """Shapes given from outside that found no input."""
    known = list(machine.assembly.inputs)
    if machine.lost_inputs:
        return
    for name, shape in machine.input_shapes.items():
        source = Source("--input", f"{name}={shape}" if name else str(shape))
        meant = closest(name, known)
        raise fail(
            "bad-input",
            f"the model has no input `{name}`",
            Span(source, 0, len(source.text)),
            help=f"did you mean `{meant}`?"
            if meant
            else f"it has {', '.join(f'`{n}`' for n in known) or 'none'}",
        )


def _last_value(machine: Machine, model: tree.Model, result: Any) -> None:
    result = unwrap(result)
    if result is UNKNOWN or machine.reporter.has_errors:
        return
    if not is_flow(result):
        raise fail(
            "nothing-computed",
            f"`{model.name}` ends with {kind_of(result)}, not with a value of the network",
            model.name_span,
            help="the last statement, or `output name: ...`, says what the model computes",
        )
    values = result if isinstance(result, list) else [result]
    if all(value.value in machine.assembly.inputs.values() for value in values):
        raise fail(
            "nothing-computed",
            f"`{model.name}` computes nothing: its output is its input",
            model.name_span,
            help="write the steps below the input: `conv(64, 3x3) -> relu`",
        )
    for index, value in enumerate(values):
        assert isinstance(value, Tensor)
        name = "out" if len(values) == 1 else f"out{index}"
        machine.assembly.outputs[name] = value.value


def _outputs(machine: Machine, env: Env) -> Any:
    """The output of a model, for requirements; those of several outputs have names."""
    made: dict[str, Any] = {}
    for name, value in machine.assembly.outputs.items():
        shape = machine.assembly.shape(value)
        made[name] = UNKNOWN if shape is None else Tensor(value, shape)
        env.names.setdefault(name, made[name])
    if machine.failed_outputs or not made:
        return UNKNOWN
    return next(iter(made.values())) if len(made) == 1 else MISSING


def _warn_unused(machine: Machine) -> None:
    """Say which results reach no output; a place in a block only if none of its uses does."""
    nodes = machine.assembly.nodes
    live = _reaching(nodes, machine)
    places: dict[Span, list[Node]] = {}
    for node in nodes:
        if node.span is not None:
            places.setdefault(node.span, []).append(node)
    read = {value.node for node in nodes for value in node.sources}
    _warn_unused_parts(machine, live, read_values(nodes, machine))
    for span, group in places.items():
        if any(node.index in live for node in group):
            continue
        if all(node.index in read for node in group):
            continue  # something that reads it is unused, and that is said
        what = "input" if group[0].op.name == "input" else "result"
        machine.reporter.warn(
            "unused-result",
            f"the result of `{_called(group[0])}` reaches no output"
            if what == "result"
            else f"the input `{group[0].name}` is never used",
            span,
            "use it, make it an output, or remove it",
        )


def read_values(nodes: list[Node], machine: Machine) -> set[Value]:
    assembly = machine.assembly
    outputs = (*assembly.outputs.values(), *assembly.train_outputs.values())
    return {value for node in nodes for value in node.sources} | set(outputs)


def _warn_unused_parts(machine: Machine, live: set[int], read: set[Value]) -> None:
    """Parts that a `chunk` or `split` makes for nobody."""
    for index in live:
        node = machine.assembly.nodes[index]
        if len(node.shapes) < 2 or node.op.results or node.span is None:
            continue
        idle = [str(i) for i in range(len(node.shapes)) if Value(index, i) not in read]
        if idle:
            machine.reporter.warn(
                "unused-result",
                f"of the {len(node.shapes)} results of `{_called(node)}` not all are used",
                node.span,
                f"use the others too, or drop them (counted from 0: {', '.join(idle)})",
            )


def _called(node: Node) -> str:
    """Its label, or what is written where it has none."""
    if node.span is None or not node.key.partition("@")[0].isdigit():
        return node.name
    text = " ".join(node.span.text.split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _reaching(nodes: list[Node], machine: Machine) -> set[int]:
    assembly = machine.assembly
    waiting = [v.node for v in (*assembly.outputs.values(), *assembly.train_outputs.values())]
    live: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index not in live:
            live.add(index)
            waiting.extend(value.node for value in nodes[index].sources)
    return live
