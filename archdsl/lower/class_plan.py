"""A generated class as it will be written: its parameters, its children, its forward."""

from __future__ import annotations

from dataclasses import dataclass, field

from archdsl.graph.graph import Guard
from archdsl.lower.body import Body
from archdsl.lower.construct import Member
from archdsl.lower.layout import Doc

__all__ = ["ClassPlan", "Line", "Parameter"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a generated ``__init__``; ``default`` is Python text."""

    name: str
    annotation: str
    default: str | None = None


@dataclass(frozen=True)
class Line:
    """A child in ``__init__``: ``self.conv = nn.Conv2d(...)``, perhaps under a condition.

    ``otherwise`` is the opposite of the condition.
    """

    member: Member
    doc: Doc
    condition: str = ""
    otherwise: str = ""


@dataclass
class ClassPlan:
    """A class that all instances of a group share.

    ``texts[i]`` spells the values of call ``i`` of the forward; ``stored`` are the attributes
    that the forward reads, with the text of each; ``flags`` are conditions over them.
    """

    name: str
    body: Body
    about: str
    parameters: list[Parameter] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)
    flags: dict[tuple[Guard, ...], str] = field(default_factory=dict)
    sequence: tuple[Doc, ...] = ()
    input_names: list[str] = field(default_factory=list)
