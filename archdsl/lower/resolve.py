"""One class in the making: what its parameters are, and how they spell every value in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archdsl.graph.graph import Graph, Guard, Scope, Value
from archdsl.graph.reserved import MODULE_ATTRIBUTES
from archdsl.graph.symbol import Symbol
from archdsl.lower.body import Body, is_identity
from archdsl.lower.condition import Untranslatable, negated, python
from archdsl.lower.construct import (
    Construct,
    Given,
    Leaf,
    Member,
    Use,
    sequential,
)
from archdsl.lower.construct import Sequence as Chain
from archdsl.lower.layout import WIDTH, Doc
from archdsl.lower.merge import Group, Slot, unify_entries
from archdsl.lower.names import fresh, identifier
from archdsl.lower.replay import Replay
from archdsl.lower.terms import Spelling, amount, names_in, spell, spelling
from archdsl.syntax import tree

__all__ = ["ClassPlan", "Line", "Parameter", "Resolver"]


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


@dataclass
class _Column:
    """A parameter in the making: its value in each instance, in that instance's frame."""

    name: str
    values: list[Any]
    kind: str  # "channels", "param" or "extra"


class Resolver:
    """Finds, for every value in a class, the Python that spells it in all instances."""

    def __init__(self, graph: Graph, replay: Replay, group: Group, name: str) -> None:
        self.graph = graph
        self.replay = replay
        self.group = group
        scope = group.body.scope
        self.plan = ClassPlan(name, group.body, scope.about or scope.doc)
        self.plan.input_names = input_names(group.body, graph)
        self.attributes = {slot.first.key for slot in group.members} | MODULE_ATTRIBUTES
        self.columns: dict[str, _Column] = {}
        self.given: dict[str, list[Construct | None]] = {}
        self.atoms: dict[int, dict[Any, str]] = {}
        self.conditions: dict[tree.If, str] = {}  # the flags that stand for some

    def resolve(self) -> Resolver:
        if self.plan.body.sequence is not None:
            self.plan.sequence = self._chain(self.group.members[0])
        else:
            for slot in self.group.members:
                self.plan.lines.append(self._line(slot))
            self._forward()
        self.plan.parameters = self._parameters()
        return self

    # ---- members

    def _line(self, slot: Slot[Member]) -> Line:
        member = slot.first
        condition = self._condition(slot.guards)
        otherwise = self._condition(_opposite(slot.guards))
        constructs = [item.construct for item in slot.items if item is not None]
        solid = [construct for construct in constructs if not is_identity(construct)]
        kinds = {construct.skeleton() for construct in solid}
        if len(kinds) > 1:
            return Line(member, sequential(self._chain(slot)), condition, otherwise)
        if len(solid) < len(constructs) and solid:
            name = fresh(identifier(member.key), self.columns)
            self.given[name] = [
                None if item is None or is_identity(item.construct) else item.construct
                for item in slot.items
            ]
            return Line(member, Given(name).render(iter(())), condition, otherwise)
        texts = self._texts(constructs, slot.present)
        return Line(member, constructs[0].render(iter(texts)), condition, otherwise)

    def _chain(self, slot: Slot[Member]) -> tuple[Doc, ...]:
        """The children of an nn.Sequential, those that only some instances have as well."""
        entries = unify_entries(self.group, self._frame_scope, slot)
        made: list[Doc] = []
        for entry in entries:
            constructs = [item.construct for item in entry.items if item is not None]
            texts = self._texts(constructs, entry.present)
            made.append(constructs[0].render(iter(texts)))
        conditions = [self._condition(entry.guards) for entry in entries]
        chain = slot.first.construct
        assert isinstance(chain, Chain)
        whole = Chain(tuple(entry.first for entry in entries), chain.named)
        return whole.items(made, conditions)

    def _frame_scope(self, body: Body) -> Scope:
        return self.replay.scope_of[body.frame]

    def _texts(self, constructs: list[Construct], present: list[int]) -> list[str]:
        rows = [list(construct.leaves()) for construct in constructs]
        return [self._text(list(column), present) for column in zip(*rows, strict=True)]

    # ---- calls

    def _forward(self) -> None:
        for call, slot in zip(self.plan.body.calls, self.group.calls, strict=True):
            rows = [item.leaves for item in slot.items if item is not None]
            self.plan.texts.append(
                {
                    column[0].name: self._stored_text(list(column), slot.present)
                    for column in zip(*rows, strict=True)
                }
            )
            if call.guards and call.guards not in self.plan.flags:
                self.plan.flags[call.guards] = self._flag(call, slot)

    def _flag(self, call: Any, slot: Slot[Any]) -> str:
        """What the forward asks; the `else` of a condition asks for the opposite."""
        known = self.plan.flags.get(_opposite(call.guards), "")
        if known and not known.startswith("not "):
            return f"not {known}"
        what = call.label or (call.function and self._function_name(slot)) or "branch"
        name = fresh(identifier(f"with_{what}"), self.plan.stored.keys() | self.attributes)
        self.plan.stored[name] = self._condition(call.guards)
        return f"self.{name}"

    def _function_name(self, slot: Slot[Any]) -> str:
        name: str = self.graph.nodes[slot.first.outputs[0].node].op.name
        return name

    # ---- conditions

    def _condition(self, guards: tuple[Guard, ...]) -> str:
        """Python that is true where all guards hold; empty without guards."""
        parts = [self._guard(guard, len(guards) > 1) for guard in guards]
        return " and ".join(parts)

    def _guard(self, guard: Guard, joined: bool) -> str:
        text = self._truth(guard)
        return f"({text})" if joined and " or " in text else text

    def _truth(self, guard: Guard) -> str:
        """The condition of an ``if``; where it speaks of what a class cannot know, a flag that
        whoever constructs an instance passes."""
        statement, write = guard.statement, python if guard.taken else negated
        if statement not in self.conditions:
            try:
                return write(statement.condition, self._name_in_condition)
            except Untranslatable:
                taken = [
                    True in self._frame_scope(body).decisions.get(statement, ())
                    for body in self.group.bodies
                ]
                self.conditions[statement] = self._extra("branch", taken)
        return self.conditions[statement] if guard.taken else f"not {self.conditions[statement]}"

    def _name_in_condition(self, node: tree.Expression) -> str | None:
        if isinstance(node, tree.Name):
            return self._parameter_text(node.id)
        if isinstance(node, tree.Attribute) and node.name == "channels":
            return self._channels_text(node.value)
        return None

    def _parameter_text(self, name: str) -> str | None:
        scopes = [self._frame_scope(body) for body in self.group.bodies]
        if any(name not in scope.arguments for scope in scopes):
            return None
        values = [scope.arguments[name] for scope in scopes]
        if not all(v is None or isinstance(v, int | float | str | tuple) for v in values):
            return None
        if any(isinstance(v, tuple) and len(set(v)) != 1 for v in values):
            return None  # Python does not compare a tuple with a number axis by axis
        known = identifier(name)
        if known not in self.columns:
            traced = [
                Symbol.atom(int(value), ("param", body.frame, name))
                if isinstance(value, int) and not isinstance(value, bool)
                else value
                for value, body in zip(values, self.group.bodies, strict=True)
            ]
            for value, body in zip(traced, self.group.bodies, strict=True):
                if isinstance(value, Symbol):
                    self._atom_name(next(iter(value.terms))[0], body)
            self.columns[known] = _Column(known, traced, "param")
        return known

    def _channels_text(self, node: tree.Expression) -> str | None:
        values: list[int] = []
        for body in self.group.bodies:
            scope = self._frame_scope(body)
            value = self._value_named(node, scope)
            if value is None:
                return None
            atom = ("in", body.frame, *value)
            values.append(Symbol.atom(self.graph.shape(value).channels, atom))
        return self._common(values, list(range(len(values))), stored=False)

    def _value_named(self, node: tree.Expression, scope: Scope) -> Value | None:
        if isinstance(node, tree.FlowIn):
            return scope.source[0] if len(scope.source) == 1 else None
        argument = scope.arguments.get(node.id) if isinstance(node, tree.Name) else None
        value = getattr(argument, "value", None)
        return value if isinstance(value, Value) else None

    # ---- one value

    def _text(self, leaves: list[Leaf], present: list[int], *, stored: bool = False) -> str:
        values = [leaf.value for leaf in leaves]
        if self.plan.body.scope.kind == "model":
            values = [self.replay.settled(value) for value in values]
        if leaves[0].name == "inplace":
            return str(all(values))
        common = self._common(values, present, stored)
        if common is not None:
            return common
        if all(plain(value) == plain(values[0]) for value in values):
            return literal(values[0])
        name = self._fitting(values, present) or self._extra(
            leaves[0].name, self._everywhere(values, present)
        )
        if stored:
            self.plan.stored[name] = name
        return f"self.{name}" if stored else name

    def _stored_text(self, leaves: list[Leaf], present: list[int]) -> str:
        """A value in the forward, from attributes; what is long to write is computed once."""
        before = dict(self.plan.stored)
        text = self._text(leaves, present, stored=True)
        made = self.plan.stored.keys() - before
        if not made & self.attributes and (len(text) <= WIDTH // 2 or self.plan.stored == before):
            return text
        self.plan.stored = before
        name = fresh(leaves[0].name, before.keys() | self.attributes)
        self.plan.stored[name] = self._text(leaves, present)
        return f"self.{name}"

    def _everywhere(self, values: list[Any], present: list[int]) -> list[Any]:
        """A value for each instance; those that have no use for it get somebody else's."""
        known = dict(zip(present, values, strict=True))
        return [known.get(index, plain(values[0])) for index in range(len(self.group.bodies))]

    def _common(self, values: list[Any], present: list[int], stored: bool) -> str | None:
        """The expression that all instances have in common, if they have one."""
        if all(isinstance(value, tuple) for value in values):
            if len({len(value) for value in values}) > 1 or not values[0]:
                return None
            columns = zip(*values, strict=True)
            parts = [self._common(list(column), present, stored) for column in columns]
            return None if None in parts else _tuple_text([part or "" for part in parts])
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            return None
        spellings = [
            self._spelling(value, self.group.bodies[index])
            for value, index in zip(values, present, strict=True)
        ]
        chosen = next(
            (one for one in dict.fromkeys(spellings) if self._explains(one, spellings, present)),
            None,
        )
        if chosen is None:
            return None
        self._claim(chosen, present)
        if stored:
            self.plan.stored.update((name, name) for name in names_in(chosen))
        return spell(chosen, "self." if stored else "")

    def _spelling(self, value: int, body: Body) -> Spelling:
        return spelling(value, lambda atom: self._atom_name(atom, body))

    def _explains(self, one: Spelling, others: list[Spelling], present: list[int]) -> bool:
        """Whether an expression gives the value of every instance: where a branch was taken,
        the same number may have come about in another way."""
        if not any(True for _ in names_in(one)):
            return all(other == one for other in others)
        for other, index in zip(others, present, strict=True):
            if other != one and self._number(one, index) != self._number(other, index):
                return False
        return True

    def _number(self, terms: Spelling, index: int) -> int | None:
        """What an expression amounts to in an instance; None if it has another kind of name."""
        values: dict[str, int] = {}
        for name in names_in(terms):
            symbol = self._named(name, self.group.bodies[index])
            if symbol is None:
                return None
            values[name] = int(symbol)
        return amount(terms, values)

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
            name = input_names(body, self.graph)[body.inputs.index(value)]
        else:
            home = self.replay.scope_of[atom[1]]
            flowing = "x" if value in home.source else identifier(self.graph.nodes[value.node].key)
            name = _argument_name(home, value) or flowing
        return "in_channels" if name == "x" else f"{name}_channels"

    def _claim(self, terms: Spelling, present: list[int]) -> None:
        """Names in a common expression are parameters of the class."""
        for name in names_in(terms):
            if name in self.columns:
                continue
            symbols = [self._named(name, body) for body in self.group.bodies]
            known = next(symbols[index] for index in present if symbols[index] is not None)
            assert known is not None
            atom: Any = next(iter(known.terms))[0]
            # An instance without it has no use for it either: any number will do.
            values = [int(known) if symbol is None else symbol for symbol in symbols]
            kind = "channels" if atom[0] == "in" else "param"
            self.columns[name] = _Column(name, values, kind)

    def _named(self, name: str, body: Body) -> Symbol | None:
        """What a name of the class stands for in an instance, in that instance's frame."""
        for atom, known in self.atoms.get(id(body), {}).items():
            if known == name:
                return self._symbol(atom, body)
        for parameter, value in self._frame_scope(body).arguments.items():
            plain_number = isinstance(value, int) and not isinstance(value, bool)
            if plain_number and identifier(parameter) == name:
                return self._symbol(("param", body.frame, parameter), body)
        for value in body.inputs:
            atom = ("in", body.frame, *value)
            if self._wanted_name(atom, body) == name:
                return self._symbol(atom, body)
        return None

    def _symbol(self, atom: Any, body: Body) -> Symbol:
        if atom[0] == "param":
            # Of the block itself, or of the one around it that made a step with it.
            return Symbol.atom(int(self.replay.scope_of[atom[1]].arguments[atom[2]]), atom)
        return Symbol.atom(self.graph.shape(Value(atom[2], atom[3])).channels, atom)

    def _fitting(self, values: list[Any], present: list[int]) -> str | None:
        """A parameter of the block, or one made before, that has these values everywhere."""
        for name, column in self.columns.items():
            made = [column.values[index] for index in present]
            if column.kind == "extra" and _same_values(made, values):
                return name
        if self.plan.body.scope.kind != "block":
            return None
        for parameter in self.plan.body.scope.arguments:
            given = [body.scope.arguments[parameter] for body in self.group.bodies]
            if _same_values([given[index] for index in present], values):
                name = identifier(parameter)
                if name not in self.columns:
                    self.columns[name] = _Column(name, list(map(plain, given)), "param")
                return name
        return None

    def _extra(self, wanted: str, values: list[Any]) -> str:
        reserved = {identifier(n) for n in self.plan.body.scope.arguments} | {*self.columns}
        name = fresh(identifier(wanted), reserved)
        self.columns[name] = _Column(name, values, "extra")
        return name

    # ---- the parameters

    def _parameters(self) -> list[Parameter]:
        order = [identifier(name) for name in self.plan.body.scope.arguments]
        rank = {"channels": 0, "param": 1, "extra": 2}

        def place(column: _Column) -> tuple[bool, int, int]:
            default = self._default(column) is not None
            at = order.index(column.name) if column.name in order else 0
            return default, rank[column.kind], at

        self.sorted = sorted(self.columns.values(), key=place)
        self.plan.modules = list(self.given)
        return [
            Parameter(column.name, _annotation(column.values), self._default(column))
            for column in self.sorted
        ]

    def _default(self, column: _Column) -> str | None:
        """A block's defaults are those of the spec; the model's are what it was expanded with."""
        scope = self.plan.body.scope
        if scope.kind == "model":
            return literal(column.values[0])
        for name, value in scope.defaults.items():
            if identifier(name) == column.name and column.kind == "param":
                return literal(plain(value))
        return None

    def uses(self) -> Iterator[tuple[Body, Use]]:
        """How each instance is constructed, in the terms of whoever holds it."""
        for index, body in enumerate(self.group.bodies):
            if body.scope.kind == "model":
                continue
            lift = self._lifting(body)
            arguments = tuple(
                Leaf(lift(column.values[index]), column.name) for column in self.sorted
            )
            modules: list[tuple[str, Construct | None]] = []
            for name, made in self.given.items():
                module = made[index]
                modules.append((name, module.mapped(lift) if module is not None else None))
            yield body, Use(self.plan, arguments, tuple(modules))

    def _lifting(self, body: Body) -> Callable[[Any], Any]:
        """From the terms of an instance to those of whoever holds it."""
        if body.scope.kind != "block":
            return lambda value: value  # a group speaks in the terms of the block around it
        return lambda value: self.replay.lift(value, body.frame)


def input_names(body: Body, graph: Graph) -> list[str]:
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


def _opposite(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    """The guard of the other branch, so that the two are ``if`` and ``else``; none for an ``if``
    inside another, whose ``else`` would speak of both."""
    if len(guards) != 1:
        return ()
    return (Guard(guards[0].statement, not guards[0].taken),)


def plain(value: Any) -> Any:
    """A value without its history; a size with equal extents as one number."""
    if isinstance(value, tuple | list):
        items = tuple(map(plain, value))
        numbers = all(isinstance(item, int) for item in items)
        return items[0] if items and numbers and len(set(items)) == 1 else items
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return int(value)


def literal(value: Any) -> str:
    """Python for a plain value."""
    if isinstance(value, tuple | list):
        return _tuple_text([literal(item) for item in value])
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value) if isinstance(value, bool) or not isinstance(value, int) else str(int(value))


def _same_values(given: Iterable[Any], values: Iterable[Any]) -> bool:
    pairs = [(plain(a), plain(b)) for a, b in zip(given, values, strict=True)]
    return all(type(a) is type(b) and a == b for a, b in pairs)


def _tuple_text(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _annotation(values: Sequence[Any]) -> str:
    return " | ".join(sorted({_kind(value) for value in values}))


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        inner = sorted({_kind(item) for item in value}) or ["int"]
        return f"tuple[{' | '.join(inner)}, ...]"
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else type(value).__name__
