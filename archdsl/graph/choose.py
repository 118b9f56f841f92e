"""Which model is expanded, with which arguments: variants, and what is set from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archdsl.diagnostics import ArchError
from archdsl.graph.arithmetic import LARGEST_NUMBER
from archdsl.graph.binding import bind_parameters
from archdsl.graph.library import LoadedFile
from archdsl.graph.machine import Machine
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.request import Request
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    Bound,
    Definition,
    Env,
    unwrap,
)
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.parse import parse_value

__all__ = ["check_complete", "choose", "model_name", "settings"]

_Variation = tuple[tree.Call, Env]
"""The arguments of a variant, and the names of the file it stands in."""


def model_name(request: Request, loaded: LoadedFile) -> str:
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


def choose(request: Request, loaded: LoadedFile) -> tuple[Definition, list[_Variation]]:
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


def settings(
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
            bound = machine.expressions.calls.bound(argument, env)
            name = bound.name or next(free, None)
            if name is None:
                bind_parameters(model.name, [(n, True) for n in names], [bound], call.span)
            chosen[name or ""] = Bound(name, bound.value, bound.span, bound.name_span)
    for name, value in request.settings.items():
        chosen[name] = _setting(machine, name, value, names, loaded.env)
    return list(chosen.values())


def check_complete(model: tree.Model, given: set[str | None]) -> None:
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
