"""Descriptions of how modules are constructed: a skeleton, and the values that fill it.

Two instances of a block have the same skeleton and may differ in values; what differs becomes a
parameter of the class they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, Final

from archdsl.graph.graph import Guard
from archdsl.lower.layout import Doc, wrap

if TYPE_CHECKING:
    from archdsl.lower.class_plan import ClassPlan

__all__ = [
    "IDENTITY",
    "NOWHERE",
    "Construct",
    "Given",
    "Leaf",
    "Make",
    "Member",
    "Origin",
    "Sequence",
    "Tree",
    "Use",
    "is_identity",
    "sequential",
]


@dataclass(frozen=True)
class Leaf:
    """A value in a constructor call and what it is called there."""

    value: Any
    name: str


Origin = tuple[str, int, int, int]
"""Where something was written: file, start, end, and the how manieth of that place it is."""
NOWHERE: Origin = ("", -1, -1, 0)
IDENTITY: Final = "nn.Identity"


class Construct:
    """How one module is made."""

    several: ClassVar[bool] = False
    """Whether it makes several neighbours, and names them itself."""

    def skeleton(self) -> str:
        """Everything but the values."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Leaf]:
        """The values, in the order ``render`` takes their texts."""
        raise NotImplementedError

    def mapped(self, function: Callable[[Any], Any]) -> Construct:
        """The same with every value replaced."""
        raise NotImplementedError

    def render(self, texts: Iterator[str]) -> Doc:
        """Python, given the text of every value."""
        raise NotImplementedError


@dataclass(frozen=True)
class Make(Construct):
    """``nn.Conv2d(3, 64, kernel_size=7)``"""

    callee: str
    positional: tuple[Leaf, ...]
    keywords: tuple[tuple[str, Leaf], ...]

    def skeleton(self) -> str:
        return f"{self.callee}({len(self.positional)};{','.join(k for k, _ in self.keywords)})"

    def leaves(self) -> Iterator[Leaf]:
        yield from self.positional
        yield from (leaf for _, leaf in self.keywords)

    def mapped(self, function: Callable[[Any], Any]) -> Make:
        return Make(
            self.callee,
            tuple(replace(leaf, value=function(leaf.value)) for leaf in self.positional),
            tuple((k, replace(leaf, value=function(leaf.value))) for k, leaf in self.keywords),
        )

    def render(self, texts: Iterator[str]) -> Doc:
        arguments = [Doc(next(texts)) for _ in self.positional]
        for name, _ in self.keywords:
            text = next(texts)
            if (name, text) != ("inplace", "False"):
                arguments.append(Doc(f"{name}={text}"))
        return Doc(f"{self.callee}(", tuple(arguments), ")")


def is_identity(construct: Construct) -> bool:
    return isinstance(construct, Make) and construct.callee == IDENTITY


@dataclass(frozen=True)
class Given(Construct):
    """A module that is handed in as an argument: ``downsample or nn.Identity()``."""

    name: str

    def skeleton(self) -> str:
        return f"given {self.name}"

    def leaves(self) -> Iterator[Leaf]:
        yield from ()

    def mapped(self, function: Callable[[Any], Any]) -> Given:
        return self

    def render(self, texts: Iterator[str]) -> Doc:
        return Doc(f"nn.Identity() if {self.name} is None else {self.name}")


@dataclass(frozen=True)
class Use(Construct):
    """An instance of a generated class."""

    plan: ClassPlan
    arguments: tuple[Leaf, ...]
    modules: tuple[tuple[str, Construct | None], ...] = ()

    def skeleton(self) -> str:
        modules = ",".join(f"{n}:{m.skeleton() if m else ''}" for n, m in self.modules)
        return f"class {id(self.plan)} {modules}"

    def leaves(self) -> Iterator[Leaf]:
        yield from self.arguments
        for _, module in self.modules:
            if module is not None:
                yield from module.leaves()

    def mapped(self, function: Callable[[Any], Any]) -> Use:
        return Use(
            self.plan,
            tuple(replace(leaf, value=function(leaf.value)) for leaf in self.arguments),
            tuple((name, m and m.mapped(function)) for name, m in self.modules),
        )

    def render(self, texts: Iterator[str]) -> Doc:
        arguments: list[Doc] = []
        skipped = False
        for parameter in self.plan.parameters:
            text = next(texts)
            if parameter.default is not None and text == parameter.default:
                skipped = True
            elif skipped or parameter.default is not None:
                arguments.append(Doc(f"{parameter.name}={text}"))
            else:
                arguments.append(Doc(text))
        for name, module in self.modules:
            if module is not None:
                arguments.append(wrap(f"{name}=", module.render(texts)))
        return Doc(f"{self.plan.name}(", tuple(arguments), ")")


@dataclass(frozen=True)
class Member:
    """A child module under its key, with the comment that stood above it.

    ``guards`` are the conditions it stands under; ``stateless`` ones nobody minds having.
    """

    key: str
    construct: Construct
    doc: str = ""
    origin: Origin = NOWHERE
    guards: tuple[Guard, ...] = ()
    stateless: bool = False


@dataclass(frozen=True)
class Sequence(Construct):
    """``nn.Sequential``: each entry a child, or a run of them."""

    entries: tuple[Member, ...]
    named: bool

    def skeleton(self) -> str:
        keys = (entry.key if self.named else "" for entry in self.entries)
        made = (entry.construct.skeleton() for entry in self.entries)
        return f"sequence[{';'.join(map('='.join, zip(keys, made, strict=True)))}]"

    def leaves(self) -> Iterator[Leaf]:
        for entry in self.entries:
            yield from entry.construct.leaves()

    def mapped(self, function: Callable[[Any], Any]) -> Sequence:
        return replace(
            self,
            entries=tuple(replace(e, construct=e.construct.mapped(function)) for e in self.entries),
        )

    def render(self, texts: Iterator[str]) -> Doc:
        made = [entry.construct.render(texts) for entry in self.entries]
        return sequential(self.items(made, [""] * len(made)))

    def items(self, made: list[Doc], conditions: list[str]) -> tuple[Doc, ...]:
        """What stands between the parentheses of ``nn.Sequential( )``; a condition decides
        whether its entry is there."""
        items: list[Doc] = []
        rows = zip(self.entries, made, conditions, strict=True)
        for condition, row in groupby(rows, key=lambda each: each[2]):
            docs = [
                wrap(f'"{entry.key}": ', doc) if self.named and not entry.construct.several else doc
                for entry, doc, _ in row
            ]
            items += [self._if(condition, docs)] if condition else docs
        if not self.named:
            return tuple(items)
        return (Doc("OrderedDict(", (Doc("{", tuple(items), "}", spread=True),), ")"),)

    def _if(self, condition: str, docs: list[Doc]) -> Doc:
        """Neighbours that are there under a condition: ``*([a, b] if condition else [])``."""
        unpack, opened, closed = ("**(", "{", "}") if self.named else ("*(", "[", "]")
        inside = Doc(opened, tuple(docs), closed, spread=len(docs) > 1)
        tail = (Doc(f"if {condition}"), Doc(f"else {opened}{closed}"))
        return Doc(unpack, (inside, *tail), ")", commas=False)


def sequential(items: tuple[Doc, ...]) -> Doc:
    return Doc("nn.Sequential(", items, ")", spread=len(items) > 1)


@dataclass(frozen=True)
class Tree(Construct):
    """Containers that only group names: ``fuse_layers.0.1``."""

    children: tuple[tuple[str, Construct], ...]

    @property
    def is_list(self) -> bool:
        return [key for key, _ in self.children] == [str(i) for i in range(len(self.children))]

    def skeleton(self) -> str:
        return "tree[" + ";".join(f"{k}={c.skeleton()}" for k, c in self.children) + "]"

    def leaves(self) -> Iterator[Leaf]:
        for _, construct in self.children:
            yield from construct.leaves()

    def mapped(self, function: Callable[[Any], Any]) -> Tree:
        return Tree(tuple((key, c.mapped(function)) for key, c in self.children))

    def render(self, texts: Iterator[str]) -> Doc:
        made = [(key, construct.render(texts)) for key, construct in self.children]
        if self.is_list:
            items = Doc("[", tuple(doc for _, doc in made), "]", spread=True)
            return Doc("nn.ModuleList(", (items,), ")")
        pairs = tuple(wrap(f'"{key}": ', doc) for key, doc in made)
        return Doc("nn.ModuleDict(", (Doc("{", pairs, "}", spread=True),), ")")
