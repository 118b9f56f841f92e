"""The syntax tree: frozen nodes, each with the span it was read from."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.source import Span

__all__ = [
    "Argument",
    "Assignment",
    "Attribute",
    "Binary",
    "Block",
    "Body",
    "Branches",
    "Call",
    "Chain",
    "Choice",
    "Clause",
    "Comprehension",
    "Computed",
    "Constant",
    "Expression",
    "File",
    "Flow",
    "FlowIn",
    "Fn",
    "For",
    "Group",
    "Hole",
    "If",
    "Index",
    "Init",
    "InitRule",
    "Input",
    "Label",
    "Labelled",
    "ListOf",
    "Model",
    "ModuleDeclaration",
    "Name",
    "Node",
    "Output",
    "Parameter",
    "Require",
    "Return",
    "Statement",
    "Unary",
    "Use",
    "Variant",
]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Compared by identity: two equal texts at two places are two nodes."""

    span: Span


# ---- Expressions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """A number, string, size (a tuple), ``true``, ``false`` or ``none``."""

    value: int | float | str | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class FlowIn(Node):
    """``in``: what flowed into the block."""


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Node):
    """``then if condition else otherwise``"""

    then: Expression
    condition: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    name: str | None
    name_span: Span | None
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    callee: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Node):
    value: Expression
    name: str
    name_span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True, eq=False)
class ListOf(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Clause(Node):
    targets: tuple[str, ...]
    iterable: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Node):
    element: Expression
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Label(Node):
    """``stage{i}.conv``: parts between dots, each a mix of text and computed pieces."""

    parts: tuple[tuple[str | Expression, ...], ...]

    @property
    def is_plain(self) -> bool:
        return all(isinstance(piece, str) for part in self.parts for piece in part)


@dataclass(frozen=True, slots=True, eq=False)
class Computed(Node):
    """``stage{i}`` where the value of that name is read."""

    name: Label


@dataclass(frozen=True, slots=True, eq=False)
class Labelled(Node):
    label: Label
    step: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Chain(Node):
    """``step -> step -> ...``, two steps at least."""

    steps: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Body(Node):
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group(Node):
    """``{ ... }`` or ``( ... )`` used as a step."""

    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class Branches(Node):
    """``concat { one statement for each branch }``"""

    head: Name | Call
    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class Hole(Node):
    """What could not be read: a statement, a definition or a piece of a label.

    ``labels`` are those in it, ``names`` all other words; ``bodies`` are read all the same.
    """

    word: str
    labels: tuple[Label, ...] = ()
    names: tuple[Name, ...] = ()
    bodies: tuple[Body, ...] = ()


Expression = (
    Constant
    | Name
    | Computed
    | FlowIn
    | Unary
    | Binary
    | Choice
    | Call
    | Attribute
    | Index
    | ListOf
    | Comprehension
    | Labelled
    | Chain
    | Group
    | Branches
    | Hole
)


# ---- Statements --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Flow(Node):
    chain: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Input(Node):
    label: Label
    shape: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Output(Node):
    label: Label
    chain: Expression
    train_only: bool
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ModuleDeclaration(Node):
    label: Label
    step: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Assignment(Node):
    targets: tuple[Name, ...]
    value: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Return(Node):
    values: tuple[Expression, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class If(Node):
    condition: Expression
    then: Body
    otherwise: Body | None
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class For(Node):
    targets: tuple[str, ...]
    iterable: Expression
    body: Body
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class InitRule(Node):
    """``conv.bias: zeros``: a selector (operator, name or pattern) and an initialiser."""

    selector: str
    initialiser: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Init(Node):
    rules: tuple[InitRule | Hole, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Require(Node):
    """``require params <= 26M, "fits the phone"``"""

    condition: Expression
    message: str
    doc: str = ""


Statement = (
    Flow
    | Input
    | Output
    | ModuleDeclaration
    | Assignment
    | Return
    | If
    | For
    | Init
    | Require
    | Hole
)


# ---- A file ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    name: str
    default: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Use(Node):
    path: str
    path_span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Block(Node):
    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    body: Body
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Model(Node):
    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    body: Body
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Variant(Node):
    """``model resnet101 = resnet50(layers=[3, 4, 23, 3])``"""

    name: str
    name_span: Span
    call: Call
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Fn(Node):
    """``fn divisible(v, by = 8) = ...``"""

    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    value: Expression
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class File(Node):
    items: tuple[Use | Block | Model | Variant | Fn | Hole, ...]
