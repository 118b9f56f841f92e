"""The rules of `init`: which weights are set by which initialiser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archdsl.graph.graph import InitRule
from archdsl.graph.initialisers import INITIALISERS
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.values import Env
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["add_rules"]


def add_rules(machine: Machine, statement: tree.Init, env: Env) -> None:
    """Keep the rules for the end; one that is wrong does not hide the others."""
    for rule in statement.rules:
        if isinstance(rule, tree.Hole):
            continue
        try:
            made = _rule(machine, rule, env)
            machine.assembly.init.append(made)
            machine.init_places.append((made, rule.span))
        except SpecError as error:
            machine.reporter.add(error.diagnostic)


def _rule(machine: Machine, rule: tree.InitRule, env: Env) -> InitRule:
    name = _initialiser(rule)
    arguments = _arguments(machine, rule, name, env)
    if "{" in rule.selector:
        raise fail(
            "bad-label",
            "a rule of `init` names modules as they are called in the end",
            rule.span,
            help='write the name out, or a pattern in quotes: `"layer*.conv": ...`',
        )
    selector, parameter = _selector(rule)
    return InitRule(selector, parameter, name, arguments)


def _initialiser(rule: tree.InitRule) -> str:
    call = rule.initialiser
    callee = call.callee if isinstance(call, tree.Call) else call
    name = callee.id if isinstance(callee, tree.Name) else ""
    if name in INITIALISERS:
        return name
    meant = closest(name, INITIALISERS)
    raise fail(
        "unknown-operator",
        f"no initialiser is named `{callee.span.text}`",
        callee.span,
        help=f"did you mean `{meant}`?" if meant else f"there are {', '.join(INITIALISERS)}",
        fixes=spelled(callee.span, name, INITIALISERS),
    )


def _arguments(machine: Machine, rule: tree.InitRule, name: str, env: Env) -> dict[str, Any]:
    call, known = rule.initialiser, INITIALISERS[name].arguments
    arguments: dict[str, Any] = {}
    free = iter(known)
    for argument in call.arguments if isinstance(call, tree.Call) else ():
        given = argument.name or next((f for f in free if f not in arguments), None)
        if given not in known:
            raise fail(
                "unknown-argument",
                f"`{name}` has no argument `{argument.span.text}`",
                argument.span,
                help=f"it has {', '.join(known) or 'none'}",
                fixes=spelled(argument.name_span, argument.name or "", known),
            )
        value = machine.expressions.evaluate(argument.value, env)
        if not isinstance(value, int | float | str):
            raise fail(
                "wrong-kind",
                f"`{given}` of `{name}` is a number or a string",
                argument.value.span,
                help="see torch.nn.init",
            )
        if machine.tracing:
            machine.assembly.decided.by(value)
        arguments[given] = value
    return arguments


def _selector(rule: tree.InitRule) -> tuple[str, str]:
    head, _, last = rule.selector.rpartition(".")
    if head and last in ("weight", "bias"):
        return head, last
    return rule.selector, "weight"
