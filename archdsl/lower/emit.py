"""Writing a plan as a Python module that a reviewer would accept."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap as wrap_text

from archdsl.graph.graph import Graph, InitRule
from archdsl.graph.initialisers import INITIALISERS
from archdsl.lower.class_plan import ClassPlan, Line
from archdsl.lower.forward import Line as Statement
from archdsl.lower.forward import forward_lines
from archdsl.lower.layout import WIDTH, Doc, layout, statement, wrap
from archdsl.lower.names import is_attribute
from archdsl.lower.plan import Plan, plan

__all__ = ["emit"]


def emit(graph: Graph) -> str:
    """Self-contained source of a module for a graph that was expanded with tracing.

    It imports torch and nothing of this package; torch is not needed to write it.
    """
    made = plan(graph)
    classes = [_Class(one, made).text() for one in made.classes]
    model = made.classes[-1].name
    exported = f'__all__ = ["{model}"]'
    head = "\n\n".join((_header(graph), _imports(made, classes), exported))
    rest = (part.strip("\n") for part in (*made.support, *classes))
    return "\n\n\n".join((head, *rest)) + "\n"


def _header(graph: Graph) -> str:
    shapes = ", ".join(str(graph.shape(value)) for value in graph.inputs.values())
    results = ", ".join(str(graph.shape(value)) for value in graph.outputs.values())
    title = f"{graph.name}: {shapes} -> {results}. Written by archdsl."
    return f'"""{_quoted(title)}"""'


def _folded(text: str, width: int) -> list[str]:
    """The lines of a comment; those that are too long as several."""
    lines: list[str] = []
    for line in text.splitlines():
        lines += [line] if len(line) <= width else wrap_text(line, width)
    return lines


def _quoted(text: str) -> str:
    """Text that is safe between triple quotes."""
    return text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"')


def _imports(made: Plan, classes: list[str]) -> str:
    text = "\n".join((*classes, *made.support))
    standard = ["from collections import OrderedDict"] if "OrderedDict(" in text else []
    if "fnmatch(" in text:
        standard.append("from fnmatch import fnmatch")
    standard += [line for line in made.imports if line not in standard]
    third = ["import torch"] if "torch." in text.replace("torch.Tensor", "torch.") else []
    if " F." in text or "(F." in text:
        third.append("import torch.nn.functional as F")
    third.append("from torch import Tensor, nn")
    return "\n".join(standard + ([""] if standard else []) + third)


class _Class:
    """The text of one class."""

    def __init__(self, made: ClassPlan, whole: Plan) -> None:
        self.made = made
        self.whole = whole
        self.is_model = made.body.scope.kind == "model"

    def text(self) -> str:
        base = "nn.Sequential" if self.made.sequence else "nn.Module"
        lines = [f"class {self.made.name}({base}):"]
        about = [f"    {line}".rstrip() for line in self._docstring()]
        lines += [*about, ""] if about else []
        lines += self._init()
        if not self.made.sequence:
            lines += ["", *self._forward()]
        return "\n".join(lines)

    def _docstring(self) -> list[str]:
        about = _folded(_quoted(self.made.about), WIDTH - 7)
        if not about:
            return []
        if about[0].startswith('"'):  # as the formatter has it
            about[0] = f" {about[0]}"
        if len(about) == 1 and len(about[0]) + 10 <= WIDTH:
            return [f'"""{about[0]}"""']
        return [f'"""{about[0]}', *about[1:], '"""']

    # ---- __init__

    def _init(self) -> Iterator[str]:
        parameters = [
            Doc(f"{p.name}: {p.annotation}{f' = {p.default}' if p.default is not None else ''}")
            for p in self.made.parameters
        ]
        parameters += [Doc(f"{name}: nn.Module | None = None") for name in self.made.modules]
        head = Doc("def __init__(", (Doc("self"), *parameters), ") -> None:")
        yield from _indented(layout(head, 4))
        if self.made.sequence:
            call = Doc(
                "super().__init__(", self.made.sequence, ")", spread=len(self.made.sequence) > 1
            )
            yield from _indented(layout(call, 8), 8)
            return
        yield "        super().__init__()"
        for name, text in self.made.stored.items():
            yield from _indented(statement(f"self.{name} = {text}", 8), 8)
        condition = ""
        for line in self.made.lines:
            yield from _branch(line.condition, condition, line.otherwise)
            condition = line.condition
            yield from self._member(line, 12 if condition else 8)
        if self.is_model and self.whole.graph.init:
            yield from self._initialise()

    def _member(self, line: Line, indent: int) -> Iterator[str]:
        pad = " " * indent
        lines = _folded(line.member.doc, WIDTH - 2 - indent)
        yield from (f"{pad}# {text}".rstrip() for text in lines)
        key = line.member.key
        if is_attribute(key):
            doc = wrap(f"self.{key} = ", line.doc)
        else:
            doc = Doc("self.add_module(", (Doc(f'"{key}"'), line.doc), ")")
        yield from _indented(layout(doc, indent), indent)

    def _initialise(self) -> Iterator[str]:
        for rule in self.whole.graph.init:
            yield from (f"        {line}" for line in self._rule(rule))

    def _rule(self, rule: InitRule) -> list[str]:
        """By operator, by the name of a module, or by a pattern of names; later rules win."""
        arguments = [f"{name}={_value(value)}" for name, value in rule.arguments.items()]

        def call(parameter: str) -> str:
            callee = INITIALISERS[rule.function].callee(rule.function)
            return f"{callee}({', '.join([parameter, *arguments])})"

        classes = self.whole.callees.get(rule.selector)
        if classes:
            kinds = classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
            there = " and module.bias is not None" if rule.parameter == "bias" else ""
            return [
                "for module in self.modules():",
                f"    if isinstance(module, {kinds}){there}:",
                f"        {call(f'module.{rule.parameter}')}",
            ]
        name = _string(f"{rule.selector}.{rule.parameter}")
        if not any(char in name for char in "*?["):
            return [call(f'self.get_parameter("{name}")')]
        return [
            "for name, parameter in self.named_parameters():",
            f'    if fnmatch(name, "{name}"):',
            f"        {call('parameter')}",
        ]

    # ---- forward

    def _forward(self) -> Iterator[str]:
        names = [Doc(f"{name}: Tensor") for name in self.made.input_names]
        head = Doc("def forward(", (Doc("self"), *names), f") -> {self._returns()}:")
        yield from _indented(layout(head, 4))
        condition = ""
        for line in forward_lines(self.made, self.whole.graph):
            yield from _branch(line.condition, condition, line.condition.removeprefix("not "))
            condition = line.condition
            yield from _written(line, 12 if condition else 8)

    def _returns(self) -> str:
        count = len(self.made.body.outputs)
        if not self.is_model:
            return "Tensor" if count == 1 else f"tuple[{', '.join(['Tensor'] * count)}]"
        graph = self.whole.graph
        single = "Tensor" if len(graph.outputs) == 1 else "dict[str, Tensor]"
        return (
            f"{single} | dict[str, Tensor]"
            if graph.train_outputs and single == "Tensor"
            else single
        )


def _branch(condition: str, before: str, otherwise: str) -> Iterator[str]:
    """The line that begins a branch, after the branch ``before``."""
    if condition and condition != before:
        follows = before and before == otherwise
        yield "        else:" if follows else f"        if {condition}:"


def _written(line: Statement, indent: int) -> list[str]:
    text = " " * indent + line.text
    if len(text) > WIDTH:
        return _indented(statement(line.text, indent), indent)
    comment = f"{text}  # {line.shape}"
    return [comment if line.shape and len(comment) <= WIDTH else text]


def _indented(text: str, indent: int = 4) -> list[str]:
    """The first line moved in; the others were laid out where they belong."""
    first, *rest = text.split("\n")
    return [" " * indent + first, *rest]


def _string(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _value(value: object) -> str:
    return f'"{_string(value)}"' if isinstance(value, str) else repr(value)
