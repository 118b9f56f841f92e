"""What is said when a model has run to its end: what it has no output or no use for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from archdsl.diagnostics import Diagnostic, Label
from archdsl.graph.graph import InitRule, Node, Value
from archdsl.graph.machine import Machine
from archdsl.graph.report import closest, fail, spelled
from archdsl.graph.request import Request
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    Env,
    Step,
    Tensor,
    contains_unknown,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.ops import OPS
from archdsl.source import Source, Span
from archdsl.syntax import tree

__all__ = ["finish"]


def finish(machine: Machine, model: tree.Model, result: Any, env: Env, request: Request) -> None:
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
        _last_value(machine, model, result, env)
    outputs = _outputs(machine, env)
    machine.requirements.settle_all(assembly.root, outputs, assembly.outputs)
    if reporter.has_errors or machine.left_out:  # what is not used here may be in training
        return
    for module in machine.shared.declared:
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


def _last_value(machine: Machine, model: tree.Model, result: Any, env: Env) -> None:
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
    if contains_unknown(values):
        return
    if any(isinstance(value, list) for value in values):
        raise fail(
            "wrong-kind",
            f"`{model.name}` ends with lists in a list, and each output is one value",
            model.name_span,
            help="name what comes out: `output name: xs[0][0]`",
        )
    if all(value.value in machine.assembly.inputs.values() for value in values):
        raise fail(
            "nothing-computed",
            f"`{model.name}` computes nothing: its output is its input",
            model.name_span,
            help=_not_flowing(machine, env)
            or "write the steps below the input: `conv(64, 3x3) -> relu`",
        )
    for index, value in enumerate(values):
        assert isinstance(value, Tensor)
        name = "out" if len(values) == 1 else f"out{index}"
        machine.assembly.outputs[name] = value.value


def _not_flowing(machine: Machine, env: Env) -> str | None:
    """What is said of values that were given names, where only they were computed."""
    inputs = machine.assembly.inputs.values()
    named = {name: unwrap(value) for name, value in env.names.items()}
    made = [
        (value.value.node, name)
        for name, value in named.items()
        if isinstance(value, Tensor) and value.value not in inputs
    ]
    if not made and any(isinstance(value, Step) for value in named.values()):
        return "`name = step` gives it a name, and does not apply it: write `name: step`"
    if not made:
        return None
    _, last = max(made)
    return f"`name = ...` does not flow: go on from it, or end with it: `{last}`"


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
    _warn_unused_parts(machine, live, _read_values(nodes, machine))
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


def _read_values(nodes: list[Node], machine: Machine) -> set[Value]:
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
