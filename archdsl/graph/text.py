"""A graph as a spec again: flat, one statement for each node, under the names it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archdsl.graph.graph import Graph, InitRule, InputOp, Node, Value
from archdsl.ops import OPS
from archdsl.syntax.words import is_name

__all__ = ["to_text"]


def to_text(graph: Graph) -> str:
    """The text of a spec whose graph equals this one: the same nodes under the same names.

    >>> import archdsl
    >>> print(archdsl.parse("model m { input x: 3x8x8\\n 2 * conv(4, 3x3) }").to_text())
    model m {
        input x: 3x8x8
        x1 = x -> 0: conv(4, 3x3)
        x2 = x1 -> 1: conv(4, 3x3)
        output out: x2
    }
    <BLANKLINE>
    """
    return _Writer(graph).text()


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.spelled: dict[int, str] = {}
        self.flowing: Value | None = None  # what the next statement takes if it names nothing
        self.aliases: dict[int, str] = {}  # results of modules that are declared apart
        taken = {name.partition(".")[0] for name in (node.name for node in graph.nodes)}
        self.taken = taken | {*graph.inputs, *OPS}
        self.shared = {node.module for node in graph.nodes if node.module != node.index}

    def text(self) -> str:
        lines = [f"/// {line}".rstrip() for line in self.graph.doc.splitlines()]
        lines.append(f"model {self.graph.name} {{")
        lines += [f"    {line}" for line in self._statements()]
        return "\n".join([*lines, "}", ""])

    def _statements(self) -> Iterator[str]:
        waiting = sorted(self.graph.train_outputs.items(), key=lambda item: item[1])
        written: set[int] = set()
        for node in self.graph.nodes:
            if node.index in written:
                continue
            if node.train_only:
                name, value = next(
                    (name, value)
                    for name, value in waiting
                    if value.node >= node.index and self.graph.nodes[value.node].train_only
                )
                waiting.remove((name, value))
                inside = [n for n in self.graph.nodes[node.index : value.node + 1] if n.train_only]
                written |= {n.index for n in inside}
                yield from self._train_output(name, value, inside)
                continue
            yield from self._doc(node)
            yield self._statement(node)
        for name, value in waiting:
            yield f"train output {name}: {self._reference(value)}"
        for name, value in self.graph.outputs.items():
            yield f"output {name}: {self._reference(value)}"
        if self.graph.init:
            yield "init {"
            yield from (f"    {_rule(rule)}" for rule in self.graph.init)
            yield "}"

    def _train_output(self, name: str, value: Value, inside: list[Node]) -> Iterator[str]:
        """What only training computes stands in the braces of the output that needs it."""
        before, self.flowing = self.flowing, None
        yield f"train output {name}: {self._reference(inside[0].inputs[0])} -> {{"
        for node in inside:
            yield f"    {self._statement(node)}"
        yield f"    {self._reference(value)}"
        yield "}"
        self.flowing = before

    def _doc(self, node: Node) -> Iterator[str]:
        yield from (f"/// {line}".rstrip() for line in node.doc.splitlines())

    # ---- one node

    def _statement(self, node: Node) -> str:
        if isinstance(node.op, InputOp):
            self.spelled[node.index] = node.name
            self.flowing = Value(node.index)
            return f"input {node.name}: {_size(node.op.extent)}"
        if node.index in self.shared:
            return self._declaration(node)
        if node.module != node.index:
            return self._assigned(node, f"{self._flow(node)} -> {self.spelled[node.module]}")
        step = f"{node.name}: {self._call(node)}"
        if not _is_path(node.name):
            text = step if _merges(node) else f"{self._flow(node)} -> {step}"
            return self._assigned(node, text)
        self.spelled[node.index] = _path(node.name)
        follows = node.inputs == (self.flowing,)
        self.flowing = Value(node.index) if len(node.shapes) == 1 else None
        if _merges(node) or follows:
            return step
        return f"{self._flow(node)} -> {step}"

    def _declaration(self, node: Node) -> str:
        """A module that is applied more than once is declared, then applied by its name."""
        flow = self._flow(node)
        step = self._call(node, joining=False)
        self.spelled[node.index] = _path(node.name)
        declared = f"module {node.name}: {step}"
        applied = self._assigned(node, f"{flow} -> {_path(node.name)}", keep=True)
        return f"{declared}\n    {applied}"

    def _assigned(self, node: Node, text: str, *, keep: bool = False) -> str:
        count = len(self.spelled)
        while f"x{count}" in self.taken:
            count += 1
        alias = f"x{count}"
        self.taken.add(alias)
        if keep:
            self.aliases[node.index] = alias
        else:
            self.spelled[node.index] = alias
        return f"{alias} = {text}"

    def _flow(self, node: Node) -> str:
        inputs = [self._reference(value) for value in node.inputs]
        return inputs[0] if len(inputs) == 1 and not _merges(node) else f"[{', '.join(inputs)}]"

    def _call(self, node: Node, *, joining: bool = True) -> str:
        """The operator as it is used; a merge names what it joins, or takes what flows."""
        named = joining and _merges(node)
        arguments = [self._reference(value) for value in node.inputs] if named else []
        if named and len(arguments) == 1:
            arguments = [f"[{arguments[0]}]"]
        fields = type(node.op).model_fields
        for name, field in fields.items():
            if name in node.op.model_fields_set:
                value = _value(getattr(node.op, name))
                leading = field.is_required() and not any("=" in a for a in arguments)
                arguments.append(value if leading else f"{name}={value}")
        arguments += [f"{name}={self._reference(value)}" for name, value in node.refs]
        return f"{node.op.name}({', '.join(arguments)})" if arguments else node.op.name

    def _reference(self, value: Value) -> str:
        node = self.graph.nodes[value.node]
        spelled = self.aliases.get(value.node) or self.spelled[value.node]
        results = node.op.results
        if len(node.shapes) > 1 and not results:
            return f"{spelled}[{value.output}]"
        return f"{spelled}.{results[value.output - 1]}" if value.output else spelled


def _merges(node: Node) -> bool:
    most = node.op.operands[1]
    return most is None or most > 1


def _is_path(name: str) -> bool:
    """Whether ``_path`` can be written: no part of it is a word of the language."""
    first, *rest = name.split(".")
    return is_name(first) and all(part.isdigit() or is_name(part) for part in rest)


def _path(name: str) -> str:
    """``layer1.0.conv`` as an expression: ``layer1[0].conv``."""
    first, *rest = name.split(".")
    return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)


def _size(extent: tuple[int, ...]) -> str:
    return "x".join(map(str, extent))


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if not isinstance(value, tuple):
        return repr(value)
    if len(value) > 1 and all(isinstance(n, int) and n >= 0 for n in value):
        return _size(value)
    return f"[{', '.join(map(_value, value))}]"


def _rule(rule: InitRule) -> str:
    plain = all(map(is_name, rule.selector.split(".")))
    selector = f"{rule.selector}.{rule.parameter}"
    arguments: Mapping[str, Any] = rule.arguments
    given = ", ".join(f"{name}={_value(value)}" for name, value in arguments.items())
    call = f"{rule.function}({given})" if given else rule.function
    return f"{selector}: {call}" if plain else f'"{selector}": {call}'
