"""Every operator's PyTorch spelling, with numbers that remember what they were computed from.

A number inside a block is written in terms of that block's parameters and of the channels that
flow into it; ``Replay`` works out those terms, and translates them outwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value
from archdsl.graph.symbol import (
    Symbol,
    Terms,
    add,
    constant,
    divide,
    multiply,
    remembered,
    terms_of,
)
from archdsl.ops import Function, Module, Op, Shape

__all__ = ["Replay", "rewrite"]

Atom = Any


class Replay:
    """Terms of the values of one graph that was expanded with tracing.

    An atom is ``("param", frame, name)``, a parameter of a block, or ``("in", frame, node,
    output)``, the channels of a value that comes into a block from outside.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.frame_of: dict[int, int] = {}
        self.scope_of: dict[int, Scope] = {}
        self.outer: dict[int, int] = {}
        self._frames(graph.root, graph.root.frame)
        self._channels: dict[Value, int] = {}
        self.calls: dict[int, Module | Function] = {}
        self._sizes: dict[Any, Symbol] = {}  # what sizes and operators made of numbers, by terms
        for node in graph.nodes:
            self._run(node)
        self.fixed = self._fixed()

    def _frames(self, scope: Scope, frame: int) -> None:
        if scope.frame and scope is not self.graph.root:
            self.outer[scope.frame] = frame
            frame = scope.frame
        self.scope_of.setdefault(frame, scope)
        for child in scope.children:
            if isinstance(child, int):
                self.frame_of[child] = frame
            else:
                self._frames(child, frame)

    def _run(self, node: Node) -> None:
        frame = self.frame_of.setdefault(node.index, self.graph.root.frame)
        shapes = [self.shape_in(value, frame) for value in node.inputs]
        refs = {name: self.shape_in(value, frame) for name, value in node.refs}
        if isinstance(node.op, InputOp):
            self._channels[Value(node.index)] = node.op.extent[0]
            return
        op = node.op.model_copy(
            update={
                name: self.resolve(_remembering(value), frame)
                for name, value in node.arguments.items()
                if _has_integers(value)
            }
        )
        for index, shape in enumerate(op.outputs(*shapes, **refs)):
            self._channels[Value(node.index, index)] = shape[0]
            self._note_sizes(shape[1:])
        call = self.calls[node.index] = op.torch(*shapes, **refs)
        self._note_forgotten(op, call, shapes)

    # ---- parameters of the model that decide more than numbers

    def _note_sizes(self, sizes: Sequence[int]) -> None:
        """Sizes are not followed further: who reads them would not notice another number."""
        for size in sizes:
            if isinstance(size, Symbol) and set(size.terms) - {()}:
                self._sizes.setdefault(frozenset(size.terms.items()), size)

    def _note_forgotten(self, op: Op, call: Module | Function, shapes: Sequence[Shape]) -> None:
        """What an operator was given and its call does not show."""
        given = [getattr(op, name) for name in op.model_fields_set]
        wanted = {atom: value for value in _symbols(given) for atom in _atoms(value.terms)}
        if not wanted:
            return
        written = (
            (*call.args, *call.kwargs.values())
            if isinstance(call, Module)
            else tuple(call.values.values())
        )
        shown = {atom for value in _symbols(written) for atom in _atoms(value.terms)}
        for atom, value in wanted.items():
            if atom not in shown:
                self._sizes.setdefault(frozenset(value.terms.items()), value)

    def _fixed(self) -> frozenset[str]:
        """The parameters of the model that its class must not offer: with another value the
        spec might expand to other modules."""
        decided = self.graph.decided
        found: set[str] = set()
        for size in self._sizes.values():
            found |= self._roots(size)
        for terms in decided.numbers.values():
            found |= self._roots(Symbol(0, terms))
        for terms in decided.differences.values():
            difference = self._at_root(Symbol(0, terms))
            signs = {factor > 0 for factor in difference.terms.values()}
            if len(signs) > 1:  # channels are positive: else the difference keeps its sign
                found |= self._roots(difference)
        return frozenset(found)

    def _roots(self, value: Symbol) -> set[str]:
        return {atom[2] for atom in _atoms(self._at_root(value).terms) if atom[0] == "param"}

    def _at_root(self, value: Symbol) -> Symbol:
        """A number in terms of the model's parameters, wherever in the model it was met."""
        root = self.graph.root.frame

        def meaning(atom: Atom) -> int | None:
            if atom[0] == "channels":
                return self.channels_in(Value(atom[1], atom[2]), root)
            if atom[0] == "in":
                return self.channels_in(Value(atom[2], atom[3]), root)
            if atom[0] == "param" and atom[1] != root:
                given: int = rewrite(self.scope_of[atom[1]].arguments[atom[2]], meaning)
                return given
            return None

        made = rewrite(value, meaning)
        return made if isinstance(made, Symbol) else Symbol(0, constant(made))

    def settled(self, value: Any) -> Any:
        """A value of the model with those parameters as the numbers they are."""
        root = self.graph.root

        def meaning(atom: Atom) -> int | None:
            if atom[:2] == ("param", root.frame) and atom[2] in self.fixed:
                return int(root.arguments[atom[2]])
            return None

        return rewrite(value, meaning) if self.fixed else value

    # ---- the terms of a value, seen from a frame

    def shape_in(self, value: Value, frame: int) -> Shape:
        shape = self.graph.shape(value)
        return Shape((self.channels_in(value, frame), *shape[1:]))

    def channels_in(self, value: Value, frame: int) -> int:
        home = self.frame_of[value.node]
        if not self._within(home, frame):
            return Symbol.atom(self.graph.shape(value).channels, ("in", frame, *value))
        terms = self._channels[value]
        while home != frame:
            terms = self.lift(terms, home)
            home = self.outer[home]
        return terms

    def _within(self, inner: int, outer: int) -> bool:
        while inner != outer:
            if inner not in self.outer:
                return False
            inner = self.outer[inner]
        return True

    def resolve(self, value: Any, frame: int) -> Any:
        """A value from the spec, with ``x.channels`` replaced by what those channels are."""

        def meaning(atom: Atom) -> int | None:
            if atom[0] == "channels":
                return self.channels_in(Value(atom[1], atom[2]), frame)
            if atom[0] == "param" and not self._within(frame, atom[1]):
                return int(self.scope_of[atom[1]].arguments[atom[2]])
            return None

        return rewrite(value, meaning)

    def lift(self, value: Any, frame: int) -> Any:
        """A value of a block in the terms of whoever used the block."""
        outer = self.outer[frame]
        arguments = self.scope_of[frame].arguments

        def meaning(atom: Atom) -> int | None:
            if atom[:2] == ("param", frame):
                given: int = self.resolve(arguments[atom[2]], outer)
                return given
            if atom[:2] == ("in", frame):
                return self.channels_in(Value(atom[2], atom[3]), outer)
            return None

        return rewrite(value, meaning)


def _symbols(value: Any) -> Iterator[Symbol]:
    if isinstance(value, Symbol):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _symbols(item)


def _atoms(terms: Any) -> Iterator[Atom]:
    """The atoms of a polynomial, those in divisions included."""
    for monomial in terms:
        for atom in monomial:
            if atom[0] in ("//", "%"):
                for side in atom[1:]:
                    yield from _atoms(dict(side))
            else:
                yield atom


def _has_integers(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_has_integers, value))
    return isinstance(value, int) and not isinstance(value, bool)


def _remembering(value: Any) -> Any:
    """What the spec gives is written out, also where it happens to be PyTorch's default: as a
    symbol it is told from a default that nobody gave."""
    if isinstance(value, tuple | list):
        return tuple(map(_remembering, value))
    if isinstance(value, Symbol | bool) or not isinstance(value, int):
        return value
    return Symbol(value, constant(value))


def rewrite(value: Any, meaning: Callable[[Atom], int | None]) -> Any:
    """Replace atoms by what they mean; ``None`` keeps one as it is."""
    if isinstance(value, tuple | list):
        return tuple(rewrite(item, meaning) for item in value)
    if not isinstance(value, Symbol):
        return value
    return remembered(int(value), _rewrite_terms(value.terms, meaning))


def _rewrite_terms(terms: Terms, meaning: Callable[[Atom], int | None]) -> Terms:
    total: Terms = {}
    for monomial, factor in terms.items():
        product = constant(factor)
        for atom in monomial:
            product = multiply(product, _rewrite_atom(atom, meaning))
        total = add(total, product)
    return total


def _rewrite_atom(atom: Atom, meaning: Callable[[Atom], int | None]) -> Terms:
    if atom[0] not in ("//", "%"):
        found = meaning(atom)
        return {(atom,): 1} if found is None else terms_of(found)
    operator, *sides = atom
    left, right = (_rewrite_terms(dict(side), meaning) for side in sides)
    if operator == "//" and set(right) == {()}:  # the divisor became a number
        exact = divide(left, right[()])
        if exact is not None:
            return exact
    frozen = (tuple(sorted(side.items(), key=repr)) for side in (left, right))
    return {((operator, *frozen),): 1}
