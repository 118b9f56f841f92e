"""What is told of the thing that is pointed at, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.graph.functions import BUILTINS
from archdsl.graph.initialisers import INITIALISERS
from archdsl.lsp.symbols import Kind, Reference, Symbol
from archdsl.lsp.uses import described
from archdsl.lsp.view import View
from archdsl.lsp.walk import path_at
from archdsl.ops import OPS, Op
from archdsl.ops.describe import arguments, documentation, signature, values
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Hover", "argument_text", "heading", "hover", "operator_text", "prose", "symbol_text"]

_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown for a stretch of the text."""

    start: int
    end: int
    markdown: str


def hover(view: View, offset: int) -> Hover | None:
    """What is to be said of the place, or None where nothing is."""
    at = view.older(offset)
    if at is None:
        return None
    path = path_at(view.index.file, at)
    found = _argument(path, at) or _named(view, path, at)
    if found is None:
        return None
    span, markdown = found
    place = view.newer(span)
    return Hover(*place, markdown) if place else None


def _argument(path: list[tree.Node], at: int) -> tuple[Span, str] | None:
    """The name of an argument of an operator."""
    node = path[-1]
    call = path[-2] if len(path) > 1 else None
    if not isinstance(node, tree.Argument) or not isinstance(call, tree.Call):
        return None
    span, name = node.name_span, node.name
    op = OPS.get(call.callee.id) if isinstance(call.callee, tree.Name) else None
    if op is None or name is None or span is None or not span.start <= at <= span.end:
        return None
    text = argument_text(op, name)
    return (span, text) if text else None


def _named(view: View, path: list[tree.Node], at: int) -> tuple[Span, str] | None:
    reference = view.index.at(at)
    if reference is not None:
        return reference.span, _reference(view, path, reference)
    operator = view.index.operator_at(at)
    if operator is not None:
        span, name = operator
        text = operator_text(name)
        return span, _with_facts(view, [_step_around(path)], text)
    initialiser = path[-1]
    if isinstance(initialiser, tree.Name) and initialiser.id in INITIALISERS:
        return initialiser.span, _initialiser(initialiser.id)
    return None


def _reference(view: View, path: list[tree.Node], reference: Reference) -> str:
    """A symbol, and what happened where it is named, else where it is made."""
    symbol = reference.symbol
    text = symbol_text(view, symbol)
    around = _step_around(path)
    here = [around] if around is not None and not symbol.is_value else []
    return _with_facts(view, [*here, *symbol.steps], text)


def _step_around(path: list[tree.Node]) -> tree.Node | None:
    """The step that a name stands for, or that it calls."""
    node = path[-1]
    above = path[-2] if len(path) > 1 else None
    if isinstance(above, tree.Call) and above.callee is node:
        node, above = above, path[-3] if len(path) > 2 else None
    if isinstance(above, tree.Branches) and above.head is node:
        return above
    return node if isinstance(node, tree.Name | tree.Call | tree.Computed) else None


def _with_facts(view: View, steps: list[tree.Node | None], text: str) -> str:
    for step in steps:
        ran = view.ran(step) if step is not None else ()
        if ran:
            return f"{described(ran)}\n\n{text}"
    return text


# ---- symbols


def symbol_text(view: View, symbol: Symbol) -> str:
    """What a name of the spec is: how it is written, and its doc comment."""
    doc = getattr(symbol.node, "doc", "")
    parts = [f"```arch\n{heading(symbol)}\n```", doc]
    if symbol.kind is Kind.PARAMETER:
        given = view.arguments(symbol, _owner(symbol))
        if given:
            more = ", …" if len(given) > _MOST_VALUES else ""
            parts.append(f"given: {', '.join(f'`{v}`' for v in given[:_MOST_VALUES])}{more}")
    if symbol.path is not None and symbol.path != view.index.path:
        parts.append(f"from `{symbol.path.name}`")
    return "\n\n".join(part for part in parts if part)


def heading(symbol: Symbol) -> str:
    """The line that makes a symbol, shortened."""
    node = symbol.node
    if isinstance(node, tree.Block | tree.Model | tree.Fn):
        word = {Kind.FUNCTION: "fn"}.get(symbol.kind, str(symbol.kind))
        given = ", ".join(map(_parameter, node.parameters))
        return f"{word} {node.name}({given})" if given else f"{word} {node.name}"
    if isinstance(node, tree.Parameter):
        return f"(parameter) {_parameter(node)}"
    if isinstance(node, tree.For | tree.Clause):
        targets = ", ".join(node.targets)
        return f"for {targets} in {_short(node.iterable.span.text)}"
    return _short(node.span.text)


def _parameter(node: tree.Parameter) -> str:
    return node.name if node.default is None else f"{node.name} = {_short(node.default.span.text)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def _owner(parameter: Symbol) -> str:
    """The block, model or function that a parameter belongs to."""
    outside = parameter.scope.parent
    for symbol in outside.symbols() if outside else ():
        if symbol.inner is parameter.scope:
            return symbol.name
    return ""


# ---- operators


def operator_text(name: str) -> str:
    """The declaration of an operator, or what a function of the language is."""
    op = OPS.get(name)
    if op is None:
        return f"```arch\n{name}(...)\n```\n\na function over numbers and lists"
    description, _ = documentation(op)
    rows = [
        f"- `{a.name}`: {a.about}; {a.kind}" + (f", by default `{a.default}`" if a.default else "")
        for a in arguments(op)
    ]
    rows += [f"- {name}: {text}" for name, text in values(op)]
    also = ["also a function over numbers and lists"] if name in BUILTINS else []
    parts = [f"```arch\n{signature(op)}\n```", prose(description), "\n".join(rows), *also]
    return "\n\n".join(parts)


def argument_text(op: type[Op], name: str) -> str:
    """One argument of an operator."""
    for argument in arguments(op):
        if argument.name == name:
            default = f", by default `{argument.default}`" if argument.default else ""
            return f"`{name}` of `{op.name}`: {argument.about}\n\n{argument.kind}{default}"
    return f"`{name}` of `{op.name}`: a value of the network" if name in op.refs else ""


def _initialiser(name: str) -> str:
    given = ", ".join(INITIALISERS[name].arguments)
    return f"```arch\n{name}({given})\n```\n\n`torch.nn.init.{name}_`"


def prose(text: str) -> str:
    """A docstring as Markdown: its code is marked with two backquotes."""
    return text.replace("``", "`")
