"""What names can stand for while a spec expands: numbers, tensors, steps and containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from archdsl.graph.graph import Value
from archdsl.ops import Op, Shape
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = [
    "BROKEN",
    "MISSING",
    "UNKNOWN",
    "BlockStep",
    "Bound",
    "BranchesStep",
    "Builtin",
    "Container",
    "Definition",
    "Env",
    "Function",
    "GroupStep",
    "LabelledStep",
    "OpStep",
    "Pipeline",
    "Repeat",
    "SharedModule",
    "Step",
    "Tensor",
    "contains_tensor",
    "contains_unknown",
    "is_flow",
    "kind_of",
    "unwrap",
]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the network, and the shape it has."""

    value: Value
    shape: Shape


class _Marker:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


BROKEN: Final = -1
UNKNOWN: Final = _Marker("UNKNOWN")
"""The result of something that went wrong and was reported: nothing complains about it again."""
MISSING: Final = _Marker("MISSING")
"""Where nothing flows in."""


@dataclass
class Env:
    """Names in reach. Containers see the names around them; what is inside stays inside."""

    names: dict[str, Any]
    parent: Env | None = None
    flow_in: Any = MISSING
    body: tree.Body | None = None
    incomplete: bool = False
    """Whether names may be missing because something could not be read; that was told."""
    nameless: bool = False
    """Whether something was lost whose name nobody can tell."""

    def find(self, name: str) -> Any:
        env: Env | None = self
        while env is not None:
            if name in env.names:
                return env.names[name]
            env = env.parent
        return MISSING

    def all_names(self) -> dict[str, Any]:
        outer = self.parent.all_names() if self.parent else {}
        return outer | self.names

    def inner(self, flow_in: Any, body: tree.Body | None = None) -> Env:
        """A scope of its own inside this one."""
        return Env({}, self, flow_in, body)

    def sharing(self, flow_in: Any) -> Env:
        """The same names with another ``in``: unlabelled braces only group."""
        return Env(self.names, self.parent, flow_in, self.body)


@dataclass
class Container:
    """A labelled group or block, after it ran: its result and the names inside."""

    result: Any
    names: dict[str, Any] = field(default_factory=dict)
    scope: Any = None  # where its children without a label are found by their number


# ---- Steps: what can be applied to what flows ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """An argument, evaluated, and where it stands."""

    name: str | None
    value: Any
    span: Span
    name_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Step:
    span: Span


@dataclass(frozen=True, slots=True)
class OpStep(Step):
    op: type[Op]
    arguments: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A block, model or function together with the names of the file it stands in."""

    item: tree.Block | tree.Model | tree.Fn | tree.Variant
    env: Env

    @property
    def name(self) -> str:
        return self.item.name


@dataclass(frozen=True, slots=True)
class BlockStep(Step):
    definition: Definition
    arguments: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupStep(Step):
    body: tree.Body
    env: Env


@dataclass(frozen=True, slots=True)
class Pipeline(Step):
    """A chain that waits for what flows in."""

    chain: tree.Expression
    env: Env


@dataclass(frozen=True, slots=True)
class Repeat(Step):
    count: int
    step: Step


@dataclass(frozen=True, slots=True)
class BranchesStep(Step):
    head: OpStep
    body: tree.Body
    env: Env


@dataclass(frozen=True, slots=True)
class LabelledStep(Step):
    label: tree.Label
    env: Env
    step: Step


@dataclass(frozen=True, slots=True, eq=False)
class SharedModule(Step):
    """``module name: step``: one set of weights, applied as often as it is named.

    ``modules`` holds the node indices of the first application, once there was one;
    ``BROKEN`` if that went wrong.
    """

    label: str
    step: Step
    home: Any
    reserved: Any
    modules: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Function:
    definition: Definition


@dataclass(frozen=True, slots=True)
class Builtin:
    name: str
    call: Callable[..., Any]


def unwrap(value: Any) -> Any:
    """The result of a container where a value is wanted."""
    return value.result if isinstance(value, Container) else value


def contains_tensor(value: Any) -> bool:
    value = unwrap(value)
    if isinstance(value, list):
        return any(contains_tensor(item) for item in value)
    return isinstance(value, Tensor) or value is UNKNOWN


def contains_unknown(value: Any) -> bool:
    value = unwrap(value)
    if isinstance(value, list):
        return any(map(contains_unknown, value))
    return value is UNKNOWN


def is_flow(value: Any) -> bool:
    """Whether a value can flow: a tensor, or a list of them."""
    value = unwrap(value)
    if isinstance(value, list):
        return bool(value) and all(map(is_flow, value))
    return isinstance(value, Tensor) or value is UNKNOWN


_KINDS: Mapping[type, str] = {
    bool: "true or false",
    str: "a string",
    float: "a number",
    tuple: "a size",
    list: "a list",
    Tensor: "a value of the network",
    Container: "a container",
    Definition: "a block",
    Function: "a function",
    Builtin: "a function",
    type(None): "none",
}


def kind_of(value: Any) -> str:
    """What a value is, in the words of an error message."""
    if isinstance(value, Definition) and not isinstance(value.item, tree.Block):
        return "a function" if isinstance(value.item, tree.Fn) else "a model"
    for kind, name in _KINDS.items():
        if isinstance(value, kind):
            return name
    if isinstance(value, int):
        return "a number"
    return "a step" if isinstance(value, Step) else "something else"
