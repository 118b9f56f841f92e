"""One container as a module: what it holds, and what its forward does.

A ``Body`` describes one instance; :mod:`archdsl.lower.plan` finds the instances that can share
a class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass, field, replace
from typing import Any

from archdsl.diagnostics import ArchError, Diagnostic, Label
from archdsl.graph.graph import Graph, Guard, InputOp, Node, Scope, Value
from archdsl.graph.reserved import MODULE_ATTRIBUTES
from archdsl.graph.symbol import Symbol, terms_of
from archdsl.lower.construct import (
    NOWHERE,
    Construct,
    Leaf,
    Make,
    Member,
    Origin,
    Run,
    Sequence,
    Tree,
)
from archdsl.lower.flow import Flow
from archdsl.lower.names import is_attribute
from archdsl.lower.replay import Replay
from archdsl.ops import Function, Module

__all__ = ["Bodies", "Body", "Call", "is_identity"]

IDENTITY = "nn.Identity"


def is_identity(construct: Construct) -> bool:
    return isinstance(construct, Make) and construct.callee == IDENTITY


@dataclass(frozen=True)
class Call:
    """One line of a forward: a child module or an expression, applied to values."""

    target: str  # "self.conv1", or "" for an expression
    function: Function | None
    inputs: tuple[Value, ...]
    refs: tuple[tuple[str, Value], ...]
    outputs: tuple[Value, ...]
    results: int  # how many values the call gives, whether read or not
    label: str
    train_only: bool = False
    leaves: tuple[Leaf, ...] = ()
    origin: Origin = NOWHERE
    guards: tuple[Guard, ...] = ()

    @property
    def read(self) -> tuple[Value, ...]:
        """Everything it reads: inputs first, then what it refers to."""
        return self.inputs + tuple(value for _, value in self.refs)

    def form(self) -> tuple[str, str, tuple[str, ...]] | None:
        """The expression without its values; none for a module."""
        made = self.function
        return (made.template, made.infix, tuple(made.values)) if made else None


@dataclass
class Body:
    """An instance of a container, in the terms of its own frame."""

    scope: Scope
    frame: int
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    members: list[Member] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    sequence: Sequence | None = None

    def structure(self) -> tuple[Any, ...]:
        """Everything but values: equal structures can share a class."""
        number = {value: index for index, value in enumerate(self.inputs)}
        lines: list[Any] = []
        for call in self.calls:
            read = tuple(number[value] for value in call.inputs)
            refs = tuple((name, number[value]) for name, value in call.refs)
            for value in call.outputs:
                number.setdefault(value, len(number))
            made = tuple(number[value] for value in call.outputs)
            lines.append((call.target, call.form(), read, refs, made, call.results))
        keys = tuple(member.key for member in self.members)
        made = tuple(number.get(value, -1) for value in self.outputs)
        return (len(self.inputs), made, keys, tuple(lines), self.sequence is not None)

    def skeletons(self) -> tuple[str, ...]:
        return tuple(member.construct.skeleton() for member in self.members)


class Bodies:
    """Makes bodies; ``use`` says how an instance of another class is constructed."""

    def __init__(
        self, graph: Graph, replay: Replay, flow: Flow, use: Callable[[Scope], Construct]
    ) -> None:
        self.graph = graph
        self.replay = replay
        self.flow = flow
        self.use = use

    # ---- what a container becomes

    def kind(self, scope: Scope) -> str:
        """``identity``, ``sequence``, ``class``, or ``path`` and ``again`` as they are."""
        if scope.kind in ("path", "again", "reserved"):
            return scope.kind
        if scope.kind != "model" and self._is_identity(scope):
            return "identity"
        if scope.kind == "group" and self.is_chain(scope):
            return "sequence"
        return "class"

    def _is_identity(self, scope: Scope) -> bool:
        if len(scope.children) != 1 or not isinstance(scope.children[0], int):
            return False
        return self.graph.nodes[scope.children[0]].op.name == "identity"

    def is_chain(self, scope: Scope) -> bool:
        """Whether each child takes just what the one before it made, as in nn.Sequential."""
        inputs, outputs = self.flow.inputs[id(scope)], self.flow.outputs[id(scope)]
        if len(inputs) != 1 or len(outputs) != 1 or not scope.children:
            return False
        current = inputs[0]
        for child in scope.children:
            following = self._through(child, current)
            if following is None:
                return False
            current = following
        return current == outputs[0] and self._read_once(scope, outputs[0])

    def _through(self, child: int | Scope, current: Value) -> Value | None:
        """What a child makes of the current value, if it is a module of one input and output."""
        if isinstance(child, int):
            node = self.graph.nodes[child]
            plain = node.module == node.index and len(node.shapes) == 1
            module = isinstance(self.replay.calls.get(child), Module)
            return Value(child) if plain and module and node.sources == (current,) else None
        inputs, outputs = self.flow.inputs[id(child)], self.flow.outputs[id(child)]
        if self.kind(child) in ("path", "again", "reserved"):
            return None
        return outputs[0] if inputs == (current,) and len(outputs) == 1 else None

    def _read_once(self, scope: Scope, result: Value) -> bool:
        """Nothing but the next child reads what a child makes."""
        inside = set(scope.nodes())
        for child in scope.children[:-1]:
            made = Value(child) if isinstance(child, int) else self.flow.outputs[id(child)][0]
            readers = self.graph.consumers.get(made, ())
            if made in self.flow.wanted or any(reader not in inside for reader in readers):
                return False
            if len({self._child_of(scope, reader) for reader in readers}) != 1:
                return False
        return True

    def _child_of(self, scope: Scope, node: int) -> int:
        for index, child in enumerate(scope.children):
            if child == node or (isinstance(child, Scope) and node in set(child.nodes())):
                return index
        return -1

    # ---- constructs

    def construct(self, child: int | Scope) -> Construct:
        if isinstance(child, int):
            return self._make(self.graph.nodes[child])
        kind = self.kind(child)
        if kind == "identity":
            return Make(IDENTITY, (), ())
        if kind == "sequence":
            return self.sequence(child)
        if kind == "path":
            return Tree(
                tuple((self.key(c), self.construct(c)) for c in child.children if self._declares(c))
            )
        return self.use(child)

    def _make(self, node: Node) -> Make:
        module = self.replay.calls[node.index]
        assert isinstance(module, Module)
        names = ("in_channels", "channels") if len(module.args) > 1 else ("channels",)
        positional = tuple(
            Leaf(value, names[index] if index < len(names) else f"argument{index}")
            for index, value in enumerate(module.args)
        )
        keywords = [(name, Leaf(value, name)) for name, value in module.kwargs.items()]
        if node.op.inplaceable:
            keywords.append(("inplace", Leaf(self.flow.in_place(node), "inplace")))
        return Make(module.callee, positional, tuple(keywords))

    def key(self, child: int | Scope) -> str:
        return self.graph.nodes[child].key if isinstance(child, int) else child.key

    def _declares(self, child: int | Scope) -> bool:
        """Whether a child is a module of its own: no input, expression or second application."""
        if isinstance(child, int):
            node = self.graph.nodes[child]
            return node.module == child and isinstance(self.replay.calls.get(child), Module)
        return child.kind not in ("again", "reserved")

    def sequence(self, scope: Scope) -> Sequence:
        origins = self.origins(scope.children)
        entries = [
            Member(self.key(child), self.construct(child), "", origins[_mark(child)], guards)
            for child in scope.children
            for guards in (self.guards(child),)
        ]
        named = [entry.key for entry in entries] != [str(index) for index in range(len(entries))]
        return Sequence(tuple(compress(entries, named)), named)

    def guards(self, child: int | Scope) -> tuple[Guard, ...]:
        return self.graph.nodes[child].guards if isinstance(child, int) else child.guards

    def origins(self, children: Iterable[int | Scope]) -> dict[int, Origin]:
        """Where each child was written, and the how manieth of that place it is."""
        found: dict[int, Origin] = {}
        seen: dict[Origin, int] = {}
        for child in children:
            span = self.graph.nodes[child].span if isinstance(child, int) else child.span
            place = (span.source.name, span.start, span.end) if span else ("", -1, -1)
            count = seen.get((*place, 0), 0)
            seen[(*place, 0)] = count + 1
            found[_mark(child)] = (*place, count)
        return found

    # ---- bodies

    def body(self, scope: Scope) -> Body:
        frame = scope.frame or self.replay_frame(scope)
        made = Body(scope, frame, self.flow.inputs[id(scope)], self.flow.outputs[id(scope)])
        if scope.kind == "block" and self.is_chain(scope):
            sequence = self.sequence(scope)
            runs = any(isinstance(entry.construct, Run) for entry in sequence.entries)
            if not sequence.named or runs:
                made.sequence = sequence
                made.members = [Member("", sequence)]
                return made
        if scope.kind == "model":
            made.inputs = tuple(self.graph.inputs.values())
            made.outputs = (*self.graph.outputs.values(), *self.graph.train_outputs.values())
        _Filler(self, made).fill()
        return made

    def replay_frame(self, scope: Scope) -> int:
        return self.replay.frame_of[next(scope.nodes())]


class _Filler:
    """Members and calls of one body."""

    def __init__(self, bodies: Bodies, body: Body) -> None:
        self.bodies = bodies
        self.body = body
        self.graph = bodies.graph
        self.targets: dict[str, str] = {}  # by the full name of a module
        self.stateless: dict[str, list[int]] = {}  # positions of unlabelled modules without state
        self.keys: set[str] = set()

    def fill(self) -> None:
        scope = self.body.scope
        self.keys = {self.bodies.key(child) for child in scope.children}
        self.origins = self.bodies.origins(self._callers(scope))
        for child in scope.children:
            self._declare(child)
        calls = [call for _, call in sorted(self._calls(scope), key=lambda pair: pair[0])]
        self.body.calls = _live(calls, self.body.outputs)

    def _callers(self, scope: Scope) -> Iterator[int | Scope]:
        """Everything in a container that becomes a call, with what stands in paths."""
        for child in scope.children:
            yield child
            if isinstance(child, Scope) and child.kind in ("path", "again"):
                yield from self._callers(child)

    # ---- members

    def _declare(self, child: int | Scope) -> None:
        if not self.bodies._declares(child):
            return
        key = self.bodies.key(child)
        construct = self.bodies.construct(child)
        doc = self.graph.nodes[child].doc if isinstance(child, int) else child.doc
        if isinstance(child, int) and key.isdigit() and not self._has_state(child):
            self._declare_stateless(self.graph.nodes[child], construct, doc)
            return
        origin, guards = self.origins[_mark(child)], self.bodies.guards(child)
        self.body.members.append(Member(key, construct, doc, origin, guards))
        self._target(child, f"self.{key}" if is_attribute(key) else f'getattr(self, "{key}")')

    def _has_state(self, child: int) -> bool:
        node = self.graph.nodes[child]
        return bool(node.op.weights(*self.graph.input_shapes(node), **self.graph.ref_shapes(node)))

    def _declare_stateless(self, node: Node, construct: Construct, doc: str) -> None:
        """Modules without a label and without state are one where they are alike."""
        assert isinstance(construct, Make)
        for position, member in enumerate(self.body.members):
            if position in self.stateless.get(node.op.name, ()) and _alike(
                member.construct, construct
            ):
                both = _both(member.construct, construct)
                self.body.members[position] = replace(member, construct=both)
                self.targets[node.name] = f"self.{member.key}"
                return
        key, count = node.op.name, 2
        while key in self.keys or key in MODULE_ATTRIBUTES:
            key, count = f"{node.op.name}{count}", count + 1
        self.keys.add(key)
        self.stateless.setdefault(node.op.name, []).append(len(self.body.members))
        self.body.members.append(Member(key, construct, doc, stateless=True))
        self.targets[node.name] = f"self.{key}"

    def _target(self, child: int | Scope, text: str) -> None:
        if isinstance(child, int):
            self.targets[self.graph.nodes[child].name] = text
            return
        self.targets[child.name] = text
        if child.kind != "path":
            return
        declared = [inner for inner in child.children if self.bodies._declares(inner)]
        keys = [self.bodies.key(inner) for inner in declared]
        listed = keys == [str(index) for index in range(len(keys))]
        for key, inner in zip(keys, declared, strict=True):
            self._target(inner, f"{text}[{key}]" if listed else f'{text}["{key}"]')

    # ---- calls

    def _calls(self, scope: Scope) -> Iterator[tuple[int, Call]]:
        for child in scope.children:
            if isinstance(child, int):
                node = self.graph.nodes[child]
                if not isinstance(node.op, InputOp):
                    yield child, self._node_call(node)
            elif child.kind in ("path", "again"):
                yield from self._calls(child)
            elif child.kind != "reserved":
                first = min(child.nodes(), default=None)
                if first is not None:
                    yield first, self._scope_call(child)

    def _node_call(self, node: Node) -> Call:
        made = self.bodies.replay.calls[node.index]
        outputs = tuple(Value(node.index, index) for index in range(len(node.shapes)))
        label = "" if node.key.isdigit() else node.key
        common: dict[str, Any] = {
            "inputs": node.inputs,
            "refs": node.refs,
            "outputs": outputs,
            "results": len(outputs),
            "label": label.partition("@")[0],
            "train_only": node.train_only,
            "origin": self.origins[node.index],
            "guards": node.guards,
        }
        if isinstance(made, Function):
            leaves = tuple(Leaf(value, name) for name, value in made.values.items())
            return Call("", made, leaves=leaves, **common)
        owner = self.graph.nodes[node.module]
        return Call(self._reach(owner.name, node), None, **common)

    def _scope_call(self, scope: Scope) -> Call:
        flow = self.bodies.flow
        inputs, outputs = flow.inputs[id(scope)], flow.outputs[id(scope)]
        nodes = [self.graph.nodes[index] for index in scope.nodes()]
        owner = self.graph.nodes[nodes[0].module]
        name = scope.name
        if owner.index != nodes[0].index:  # applied again: under the name of the first time
            depth = scope.name.count(".") + 1
            name = ".".join(owner.name.split(".")[:depth])
        key = scope.key.partition("@")[0]
        return Call(
            self._reach(name, nodes[0]),
            None,
            inputs,
            (),
            outputs,
            len(outputs),
            "" if key.isdigit() else key,
            all(node.train_only for node in nodes),
            origin=self.origins[_mark(scope)],
            guards=scope.guards,
        )

    def _reach(self, name: str, node: Node) -> str:
        target = self.targets.get(name)
        if target is not None:
            return target
        raise ArchError(
            [
                Diagnostic(
                    "bad-label",
                    f"the shared module `{name}` is applied inside another container",
                    Label(node.span),
                    help="apply it in the body that declares it; a PyTorch module cannot reach "
                    "its parent's children",
                )
            ]
        )


def _live(calls: list[Call], outputs: tuple[Value, ...]) -> list[Call]:
    """The calls that an output needs; a warning told of the others."""
    wanted = set(outputs)
    kept: list[Call] = []
    for call in reversed(calls):
        if wanted.intersection(call.outputs):
            wanted.update(call.read)
            kept.append(call)
    return kept[::-1]


def _mark(child: int | Scope) -> int:
    """Nodes by their index, scopes by their identity: one key for both."""
    return child if isinstance(child, int) else -id(child)


def _alike(left: Construct, right: Construct) -> bool:
    if left.skeleton() != right.skeleton():
        return False
    pairs = zip(left.leaves(), right.leaves(), strict=True)
    return all(a.value == b.value for a, b in pairs if a.name != "inplace")


def _both(left: Construct, right: Construct) -> Construct:
    """In place only where both may be."""
    allowed = all(
        leaf.value for side in (left, right) for leaf in side.leaves() if leaf.name == "inplace"
    )
    return left.mapped(lambda value: value and allowed if isinstance(value, bool) else value)


# ---- runs of neighbours

_FEWEST_GROWING = 2  # two neighbours always grow by some step; only more make it a rule


def compress(entries: Sequence_[Member], named: bool) -> Iterator[Member]:
    """Neighbours alike, or with numbers that grow by a fixed step, become one entry."""
    position = 0
    while position < len(entries):
        length, steps = _run_from(entries, position, named)
        first = entries[position]
        if length <= (_FEWEST_GROWING if any(steps) else 1):
            yield first
            position += 1
            continue
        prefix, start = _split(first.key) if named else (None, 0)
        run = Run(first.construct, length, steps, prefix, start)
        yield replace(first, construct=run)
        position += length


def _run_from(
    entries: Sequence_[Member], position: int, named: bool
) -> tuple[int, tuple[Any, ...]]:
    first = entries[position]
    steps: tuple[Any, ...] | None = None
    length = 1
    while position + length < len(entries):
        entry, before = entries[position + length], entries[position + length - 1]
        if entry.construct.skeleton() != first.construct.skeleton():
            break
        if entry.guards != first.guards or (named and not _follows(before.key, entry.key)):
            break
        grown = _steps(before.construct, entry.construct)
        if grown is None or (steps is not None and not _same(steps, grown)):
            break
        steps = grown
        length += 1
    return length, steps or ()


def _split(key: str) -> tuple[str, int]:
    digits = len(key) - len(key.rstrip("0123456789"))
    return (key[:-digits], int(key[-digits:])) if digits else (key, -1)


def _follows(before: str, key: str) -> bool:
    one, first = _split(before)
    two, second = _split(key)
    return one == two and first >= 0 and second == first + 1 and f"{two}{second}" == key


def _steps(before: Construct, after: Construct) -> tuple[Any, ...] | None:
    steps: list[Any] = []
    for one, two in zip(before.leaves(), after.leaves(), strict=True):
        step = _step(one.value, two.value)
        if step is None:
            return None
        steps.append(step)
    return tuple(steps)


def _step(one: Any, two: Any) -> int | None:
    """The difference of two numbers, 0 for what is the same, None for what cannot grow."""
    integers = all(isinstance(v, int) and not isinstance(v, bool) for v in (one, two))
    if not integers:
        return 0 if type(one) is type(two) and one == two else None
    difference = Symbol(int(two), terms_of(two)) - Symbol(int(one), terms_of(one))
    if not difference.terms:
        return 0
    return difference if int(difference) else None


def _same(steps: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(terms_of(a) == terms_of(b) for a, b in zip(steps, other, strict=True))
