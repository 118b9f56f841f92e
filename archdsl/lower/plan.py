"""From a graph to the classes of a PyTorch module: which containers share one, and what its
parameters are. Nothing here needs torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archdsl.graph.graph import Graph, Scope, Value
from archdsl.graph.symbol import Symbol
from archdsl.lower.body import IDENTITY, Bodies, Body, Call, Member
from archdsl.lower.construct import Construct, Given, Leaf, Make, Use
from archdsl.lower.flow import Flow
from archdsl.lower.layout import Doc
from archdsl.lower.names import class_name, fresh, identifier
from archdsl.lower.replay import Replay
from archdsl.lower.terms import Spelling, names_in, spell, spelling

__all__ = ["ClassPlan", "Parameter", "Plan", "plan"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a generated ``__init__``; ``default`` is Python text."""

    name: str
    annotation: str
    default: str | None = None


@dataclass
class ClassPlan:
    """A class that all instances of one structure share.

    ``members`` are the lines of ``__init__``; ``texts[i]`` spells the values of the call ``i`` of
    the forward; ``stored`` are parameters that the forward reads.
    """

    name: str
    body: Body
    about: str
    parameters: list[Parameter] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    members: list[tuple[Member, Doc]] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    sequence: tuple[Doc, ...] = ()
    input_names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """The classes in the order they must be defined; the last is the model."""

    graph: Graph
    classes: tuple[ClassPlan, ...]
    support: tuple[str, ...]
    imports: tuple[str, ...]
    callees: dict[str, tuple[str, ...]]  # by operator, the module classes it became


def plan(graph: Graph) -> Plan:
    """The classes of a graph that was expanded with tracing."""
    return _Planner(graph).run()


class _Planner:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.replay = Replay(graph)
        self.flow = Flow(graph)
        self.bodies = Bodies(graph, self.replay, self.flow, self._use)
        self.uses: dict[int, Use] = {}
        self.classes: list[ClassPlan] = []
        self.owner: dict[int, str] = {}

    def _use(self, scope: Scope) -> Construct:
        return self.uses[id(scope)]

    def run(self) -> Plan:
        self._own(self.graph.root, self.graph.name)
        levels: dict[int, list[Scope]] = {}
        self._height(self.graph.root, levels, again=False)
        for height in sorted(levels):
            for bodies in self._groups(levels[height]):
                self._plan_class(bodies)
        calls = list(self.replay.calls.values())
        callees: dict[str, dict[str, None]] = {}
        for index, call in self.replay.calls.items():
            if hasattr(call, "callee"):
                name = self.graph.nodes[index].op.name
                callees.setdefault(name, {})[call.callee] = None
        return Plan(
            self.graph,
            tuple(self.classes),
            tuple(dict.fromkeys(call.support for call in calls if call.support)),
            tuple(dict.fromkeys(line for call in calls for line in call.imports)),
            {name: tuple(found) for name, found in callees.items()},
        )

    def _own(self, scope: Scope, name: str) -> None:
        """The name a container's class would have: its block's, or its parent's and its own."""
        if scope.kind == "block":
            name = scope.block
        elif scope.kind == "group":
            name = f"{name}_{scope.key}"
        self.owner[id(scope)] = name
        for child in scope.children:
            if isinstance(child, Scope):
                self._own(child, name)

    def _height(self, scope: Scope, levels: dict[int, list[Scope]], *, again: bool) -> int:
        """Classes in the order of their nesting, so that each finds its children planned."""
        again = again or scope.kind == "again"
        heights = [
            self._height(child, levels, again=again)
            for child in scope.children
            if isinstance(child, Scope)
        ]
        height = max(heights, default=0) + 1
        if not again and self.bodies.kind(scope) == "class" and any(True for _ in scope.nodes()):
            levels.setdefault(height, []).append(scope)
        return height

    # ---- instances that share a class

    def _groups(self, scopes: Sequence[Scope]) -> Iterator[list[Body]]:
        groups: dict[Any, list[Body]] = {}
        for scope in scopes:
            body = self.bodies.body(scope)
            key = (self.owner[id(scope)], body.structure(), body.skeletons())
            groups.setdefault(key, []).append(body)
        merged: list[list[Body]] = []
        for bodies in groups.values():
            home = next((other for other in merged if self._agree(other[0], bodies[0])), None)
            if home is None:
                merged.append(list(bodies))
            else:
                home.extend(bodies)
                # The instance with the modules stands for all.
                home.sort(key=lambda body: sum(map(_is_identity, body.members)))
        yield from merged

    def _agree(self, one: Body, other: Body) -> bool:
        """The same but for children that are an identity in one of them."""
        same = self.owner[id(one.scope)] == self.owner[id(other.scope)]
        if not same or one.structure() != other.structure():
            return False
        return all(
            a.construct.skeleton() == b.construct.skeleton() or _is_identity(a) or _is_identity(b)
            for a, b in zip(one.members, other.members, strict=True)
        )

    def _plan_class(self, bodies: list[Body]) -> None:
        body = bodies[0]
        is_model = body.scope.kind == "model"
        taken = {made.name for made in self.classes}
        name = fresh(class_name(self.owner[id(body.scope)]), taken)
        made = ClassPlan(name, body, body.scope.about or body.scope.doc)
        made.input_names = _input_names(body, self.graph)
        _Resolver(self, made, bodies).resolve()
        self.classes.append(made)
        if is_model:
            return


def _is_identity(member: Member) -> bool:
    return isinstance(member.construct, Make) and member.construct.callee == IDENTITY


def _input_names(body: Body, graph: Graph) -> list[str]:
    """What a forward calls its arguments: ``x`` for what flows, else the spec's names."""
    if body.scope.kind == "model":
        return [identifier(name) for name in graph.inputs]
    names: list[str] = []
    flowing = [value for value in body.inputs if value in body.scope.source]
    for value in body.inputs:
        name = _argument_name(body.scope, value)
        if name is None and value in flowing:
            name = "x" if len(flowing) == 1 else f"x{flowing.index(value) + 1}"
        if name is None:
            name = graph.nodes[value.node].key
        names.append(fresh(identifier(name), names))
    return names


def _argument_name(scope: Scope, value: Value) -> str | None:
    for name, argument in scope.arguments.items():
        if getattr(argument, "value", None) == value:
            return name
        if isinstance(argument, tuple | list):
            for index, item in enumerate(argument):
                if getattr(item, "value", None) == value:
                    return f"{name}{index}"
    return None


@dataclass
class _Column:
    """A parameter in the making: its value in each instance, in that instance's frame."""

    name: str
    values: list[Any]
    kind: str  # "channels", "param" or "extra"


class _Resolver:
    """Finds, for every value in a class, the Python that spells it in all instances."""

    def __init__(self, planner: _Planner, made: ClassPlan, bodies: list[Body]) -> None:
        self.planner = planner
        self.made = made
        self.bodies = bodies
        self.columns: dict[str, _Column] = {}
        self.given: dict[str, list[Construct | None]] = {}
        self.atoms: dict[int, dict[Any, str]] = {}

    def resolve(self) -> None:
        if self.made.body.sequence is not None:
            texts = self._texts([body.sequence for body in self.bodies])  # type: ignore[misc]
            self.made.sequence = self.made.body.sequence.items(iter(texts))
        else:
            for position, member in enumerate(self.made.body.members):
                self._member(position, member)
            self._forward()
        self.made.parameters = self._parameters()
        self._uses()

    # ---- members and calls

    def _member(self, position: int, member: Member) -> None:
        constructs = [body.members[position].construct for body in self.bodies]
        mixed = len({construct.skeleton() for construct in constructs}) > 1
        if mixed:
            name = fresh(identifier(member.key), self.columns)
            self.given[name] = [
                None if _is_identity(body.members[position]) else construct
                for body, construct in zip(self.bodies, constructs, strict=True)
            ]
            self.made.members.append((member, Given(name).render(iter(()))))
            return
        texts = self._texts(constructs)
        self.made.members.append((member, constructs[0].render(iter(texts))))

    def _texts(self, constructs: list[Construct]) -> list[str]:
        rows = [list(construct.leaves()) for construct in constructs]
        return [self._text(list(column)) for column in zip(*rows, strict=True)]

    def _forward(self) -> None:
        for position in range(len(self.made.body.calls)):
            calls: list[Call] = [body.calls[position] for body in self.bodies]
            rows = [call.leaves for call in calls]
            self.made.texts.append(
                {
                    column[0].name: self._text(list(column), stored=True)
                    for column in zip(*rows, strict=True)
                }
            )

    # ---- one value

    def _text(self, leaves: list[Leaf], *, stored: bool = False) -> str:
        values = [leaf.value for leaf in leaves]
        if leaves[0].name == "inplace":
            return str(all(values))
        common = self._common(values, stored)
        if common is not None:
            return common
        if all(_plain(value) == _plain(values[0]) for value in values):
            return _literal(values[0])
        name = self._fitting(values) or self._extra(leaves[0].name, values)
        if stored:
            self._store([name])
        return f"self.{name}" if stored else name

    def _common(self, values: list[Any], stored: bool) -> str | None:
        """The expression that all instances have in common, if they have one."""
        if isinstance(values[0], tuple) and any(isinstance(v, Symbol) for v in values[0]):
            if len({len(value) for value in values}) > 1:
                return None
            parts = [self._common(list(items), stored) for items in zip(*values, strict=True)]
            return None if None in parts else _tuple_text([part or "" for part in parts])
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            return None
        spellings = [
            self._spelling(value, body) for value, body in zip(values, self.bodies, strict=True)
        ]
        first = spellings[0]
        if first is None or any(other != first for other in spellings):
            return None
        self._claim(first)
        if stored:
            self._store(names_in(first))
        return spell(first, "self." if stored else "")

    def _spelling(self, value: int, body: Body) -> Spelling | None:
        return spelling(value, lambda atom: self._atom_name(atom, body))

    def _atom_name(self, atom: Any, body: Body) -> str:
        """What an atom is called in the class; each instance names them in the same order."""
        names = self.atoms.setdefault(id(body), {})
        if atom not in names:
            names[atom] = fresh(self._wanted_name(atom, body), set(names.values()))
        return names[atom]

    def _wanted_name(self, atom: Any, body: Body) -> str:
        if atom[0] == "param":
            return identifier(atom[2])
        value = Value(atom[2], atom[3])
        if value in body.inputs:
            name = _input_names(body, self.planner.graph)[body.inputs.index(value)]
        else:
            home = self.planner.replay.scope_of[atom[1]]
            key = self.planner.graph.nodes[value.node].key
            flowing = "x" if value in home.source else identifier(key)
            name = _argument_name(home, value) or flowing
        return "in_channels" if name == "x" else f"{name}_channels"

    def _claim(self, terms: Spelling) -> None:
        """Names in a common expression are parameters of the class."""
        for name in names_in(terms):
            if name not in self.columns:
                values = [self._value_of(name, body) for body in self.bodies]
                atom = next(iter(values[0].terms))[0]
                kind = "channels" if atom[0] == "in" else "param"
                self.columns[name] = _Column(name, values, kind)

    def _value_of(self, name: str, body: Body) -> Any:
        """The atom behind a name, as a value in the frame of an instance."""
        atom = next(atom for atom, known in self.atoms[id(body)].items() if known == name)
        scope = self.planner.replay.scope_of[body.frame]
        if atom[0] == "param":
            return Symbol.atom(int(scope.arguments[atom[2]]), atom)
        return Symbol.atom(self.planner.graph.shape(Value(atom[2], atom[3])).channels, atom)

    def _fitting(self, values: list[Any]) -> str | None:
        """A parameter of the block, or one made before, that has these values everywhere."""
        for name, column in self.columns.items():
            if column.kind == "extra" and _same_values(column.values, values):
                return name
        if self.made.body.scope.kind != "block":
            return None
        for parameter in self.made.body.scope.arguments:
            given = [body.scope.arguments[parameter] for body in self.bodies]
            if _same_values(given, values):
                name = identifier(parameter)
                if name not in self.columns:
                    self.columns[name] = _Column(name, values, "param")
                return name
        return None

    def _extra(self, wanted: str, values: list[Any]) -> str:
        reserved = {identifier(n) for n in self.made.body.scope.arguments} | {*self.columns}
        name = fresh(identifier(wanted), reserved)
        self.columns[name] = _Column(name, values, "extra")
        return name

    def _store(self, names: Any) -> None:
        self.made.stored.extend(name for name in names if name not in self.made.stored)

    # ---- the parameters

    def _parameters(self) -> list[Parameter]:
        order = [identifier(name) for name in self.made.body.scope.arguments]
        rank = {"channels": 0, "param": 1, "extra": 2}

        def place(column: _Column) -> tuple[bool, int, int]:
            default = self._default(column) is not None
            at = order.index(column.name) if column.name in order else 0
            return default, rank[column.kind], at

        self.sorted = sorted(self.columns.values(), key=place)
        self.made.modules = list(self.given)
        return [
            Parameter(column.name, _annotation(column.values), self._default(column))
            for column in self.sorted
        ]

    def _default(self, column: _Column) -> str | None:
        """A block's defaults are those of the spec; the model's are what it was expanded with."""
        scope = self.made.body.scope
        if scope.kind == "model":
            return _literal(column.values[0])
        for name, value in scope.defaults.items():
            if identifier(name) == column.name and column.kind == "param":
                return _literal(_plain(value))
        return None

    def _uses(self) -> None:
        for index, body in enumerate(self.bodies):
            if body.scope.kind == "model":
                continue
            lift = self._lifting(body)
            arguments = tuple(
                Leaf(lift(column.values[index]), column.name) for column in self.sorted
            )
            modules = tuple(
                (name, made[index] and made[index].mapped(lift))  # type: ignore[union-attr]
                for name, made in self.given.items()
            )
            self.planner.uses[id(body.scope)] = Use(self.made, arguments, modules)

    def _lifting(self, body: Body) -> Callable[[Any], Any]:
        """From the terms of an instance to those of whoever holds it."""
        if body.scope.kind != "block":
            return lambda value: value  # a group speaks in the terms of the block around it
        frame = body.frame
        return lambda value: self.planner.replay.lift(value, frame)


def _plain(value: Any) -> Any:
    """A value without its history; a size with equal extents as one number."""
    if isinstance(value, tuple | list):
        items = tuple(map(_plain, value))
        numbers = all(isinstance(item, int) for item in items)
        return items[0] if items and numbers and len(set(items)) == 1 else items
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return int(value)


def _same_values(given: Sequence[Any], values: Sequence[Any]) -> bool:
    pairs = [(_plain(a), _plain(b)) for a, b in zip(given, values, strict=True)]
    return all(type(a) is type(b) and a == b for a, b in pairs)


def _literal(value: Any) -> str:
    if isinstance(value, tuple | list):
        return _tuple_text([_literal(item) for item in value])
    if isinstance(value, bool) or not isinstance(value, int):
        return repr(value).replace("'", '"') if isinstance(value, str) else repr(value)
    return str(int(value))


def _tuple_text(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _annotation(values: Sequence[Any]) -> str:
    kinds = dict.fromkeys(_kind(value) for value in values)
    return " | ".join(sorted(kinds))


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        inner = sorted({_kind(item) for item in value}) or ["int"]
        return f"tuple[{' | '.join(inner)}, ...]"
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else type(value).__name__
