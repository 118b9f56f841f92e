"""The machine that expands a spec: its limits, its frames and what its parts share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from archdsl.diagnostics import Diagnostic, Label
from archdsl.diagnostics.edits import removed, replaced, without
from archdsl.graph.assembly import Assembly, OpenScope
from archdsl.graph.binding import arguments_text, bind_parameters
from archdsl.graph.expressions import Expressions
from archdsl.graph.graph import InitRule, Node
from archdsl.graph.report import Reporter, Stop, closest, fail
from archdsl.graph.requirements import Requirements
from archdsl.graph.reserved import is_reserved
from archdsl.graph.scan import names_made, names_read
from archdsl.graph.statements import Statements
from archdsl.graph.steps import Steps
from archdsl.graph.symbol import Symbol
from archdsl.graph.values import (
    Bound,
    Definition,
    Env,
    SharedModule,
    Tensor,
    kind_of,
    unwrap,
)
from archdsl.ops import Shape
from archdsl.source import Span
from archdsl.syntax import tree

__all__ = ["Limits", "Machine"]


@dataclass(frozen=True)
class Limits:
    """What an expansion may grow to.

    ``nodes`` counts applied operators, ``depth`` blocks within blocks. Statements and list items
    that make no node are limited too, in proportion to the nodes.
    """

    nodes: int = 100_000
    depth: int = 100

    @property
    def work(self) -> int:
        return 10 * self.nodes


_WORK_OF_A_CALL = 4  # beyond that of its statements
_MOST_PARTS = 32  # of a label: every part is a container


class Machine:
    """Everything that one expansion needs.

    With ``tracing`` the integers that parameters and channels stand for remember where they
    came from (:class:`Symbol`), for the compiler.
    """

    def __init__(
        self,
        assembly: Assembly,
        reporter: Reporter,
        limits: Limits,
        *,
        input_shapes: Mapping[str, Shape],
        tracing: bool = False,
    ) -> None:
        self.assembly = assembly
        self.reporter = reporter
        self.limits = limits
        self.tracing = tracing
        self.training = True  # whether the outputs that only training has are made
        self.input_shapes = dict(input_shapes)
        self.expressions = Expressions(self)
        self.steps = Steps(self)
        self.statements = Statements(self)
        self.requirements = Requirements(self)
        self.modules: list[SharedModule] = []
        self.init_places: list[tuple[InitRule, Span]] = []
        self.applied: dict[int, Span] = {}  # where each shared node was applied first
        self.failed_outputs: set[str] = set()
        self.lost_inputs = False  # whether an input could not be made; that was told
        self.frames = 0
        self._work = 0
        self._depth = 0
        self._checked: set[tree.Node] = set()
        self._made: dict[tree.Body, dict[str, Span]] = {}
        self._read: dict[tree.Body, set[str]] = {}  # names that are read in each body

    closest = staticmethod(closest)

    # ---- limits

    def spend(self, span: Span, work: int = 1) -> None:
        self._work += work
        if self._work > self.limits.work:
            self._stop(
                span,
                f"this spec takes more than {self.limits.work:,} statements to expand",
            )

    def allow_repeats(self, count: int, span: Span) -> None:
        """A repeat that could not fit into the limit is refused before it begins."""
        if count > self.limits.nodes:
            raise fail(
                "too-large",
                f"{count:,} repeats are more than the limit of {self.limits.nodes:,}",
                span,
                help="write fewer, or raise the limit with --max-nodes",
            )

    def too_nested(self, span: Span) -> None:
        self.reporter.add(
            Diagnostic(
                "too-deep",
                "this statement is nested too deeply to be computed",
                Label(span),
                help="name parts of it, or make blocks of them",
            )
        )
        raise Stop

    def too_many_nodes(self, span: Span) -> Stop:
        self._stop(span, f"this model has more than {self.limits.nodes:,} nodes")
        raise AssertionError

    def _stop(self, span: Span, message: str) -> None:
        self.reporter.add(
            Diagnostic("too-large", message, Label(span), help="raise the limit with --max-nodes")
        )
        raise Stop

    @contextmanager
    def nested(self, span: Span, name: str = "") -> Iterator[None]:
        """One level further in."""
        if self._depth >= self.limits.depth:
            self._too_deep(name, span)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def deeper(self, name: str, span: Span, arguments: str) -> Iterator[None]:
        """One block or function further in."""
        with self.nested(span, name), self.reporter.using(name, span, arguments):
            yield

    def _too_deep(self, name: str, span: Span) -> None:
        recursive = any(use.block == name for use in self.reporter.uses)
        message = (
            f"`{name}` calls itself without end"
            if recursive
            else f"blocks are nested more than {self.limits.depth} deep"
        )
        self.reporter.add(
            Diagnostic(
                "too-deep",
                message,
                Label(span, f"{self.limits.depth} blocks deep, and one more here"),
                help="end the recursion with a condition on a parameter that grows smaller: "
                "`if depth > 1 { ... }`"
                if recursive
                else "raise the limit with --max-depth",
            )
        )
        raise Stop

    # ---- frames

    def frame(
        self, definition: Definition, given: Mapping[str, Bound], flow: Any, scope: OpenScope
    ) -> Env:
        """The names of a block or model that begins to run: its parameters."""
        if scope.span is not None:
            self.spend(scope.span, _WORK_OF_A_CALL)
        self.frames += 1
        scope.frame = self.frames
        env = Env({}, definition.env, flow)
        item = definition.item
        assert isinstance(item, tree.Block | tree.Model)
        env.body = item.body
        self._parameters(item, given, env)
        scope.arguments = dict(env.names)
        scope.about = item.doc
        scope.defaults = {
            p.name: p.default.value for p in item.parameters if isinstance(p.default, tree.Constant)
        }
        if self.tracing:
            for name, value in env.names.items():
                env.names[name] = self._traced(value, ("param", scope.frame, name))
        self._warn_unused(item)
        return env

    def _parameters(
        self, item: tree.Block | tree.Model | tree.Fn, given: Mapping[str, Bound], env: Env
    ) -> None:
        for parameter in item.parameters:
            if parameter.name in given:
                env.names[parameter.name] = given[parameter.name].value
            elif parameter.default is not None:
                value = self.expressions.evaluate(parameter.default, env)
                env.names[parameter.name] = unwrap(value)

    def _traced(self, value: Any, atom: tuple[Any, ...]) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return Symbol.atom(int(value), atom)

    def call_function(self, definition: Definition, arguments: Sequence[Bound], span: Span) -> Any:
        item = definition.item
        if not isinstance(item, tree.Fn):
            raise fail(
                "wrong-kind",
                f"`{item.name}` is a model, and a model is not a step",
                span,
                help="make a `block` of what both should share",
            )
        parameters = [(p.name, p.default is not None) for p in item.parameters]
        given = bind_parameters(item.name, parameters, arguments, span)
        env = Env({}, definition.env)
        with self.deeper(item.name, span, arguments_text(arguments)):
            self.spend(span, _WORK_OF_A_CALL)
            self._parameters(item, given, env)
            return self.expressions.evaluate(item.value, env)

    def _warn_unused(self, item: tree.Block | tree.Model) -> None:
        if item in self._checked:
            return
        self._checked.add(item)
        read = names_read(item.body) | {
            name for p in item.parameters if p.default for name in names_read(p.default)
        }
        self._read[item.body] = read
        for parameter in item.parameters:
            if parameter.name not in read:
                self.reporter.warn(
                    "unused-parameter",
                    f"`{item.name}` never reads its parameter `{parameter.name}`",
                    parameter.span,
                    "use it, or remove it here and where the block is used",
                    [removed(parameter.span)] if isinstance(item, tree.Block) else [],
                )

    def check_read(self, statement: tree.Assignment, env: Env) -> None:
        """What is computed for nobody; of values of the network the graph tells it."""
        if statement in self._checked:
            return
        self._checked.add(statement)
        reach: Env | None = env
        while reach is not None and (reach.body is None or reach.body not in self._read):
            reach = reach.parent
        if reach is None or reach.body is None:
            return
        for name in statement.targets:
            if name.id not in self._read[reach.body] and not name.id.startswith("_"):
                self.reporter.warn(
                    "unused-result",
                    f"`{name.id}` is never read",
                    name.span,
                    "use it, or remove it; a name that begins with `_` may be unused",
                    [replaced(name.span, f"_{name.id}"), without(statement.span)],
                )

    # ---- what is known of values and names

    def channels(self, tensor: Tensor) -> int:
        count = tensor.shape.channels
        return Symbol.atom(count, ("channels", *tensor.value)) if self.tracing else count

    def label_text(self, label: tree.Label, env: Env) -> str:
        """A label with its computed pieces filled in."""
        if label.is_plain:
            text = label.span.text
        else:
            parts = ["".join(self._piece(p, env) for p in part) for part in label.parts]
            text = ".".join(parts)
        if "." in text and text.count(".") >= _MOST_PARTS:
            raise fail(
                "bad-label",
                f"this label has more than {_MOST_PARTS} parts",
                label.span,
                help="use containers: `name: { ... }`",
            )
        if not all(text.split(".")):
            raise fail(
                "bad-label",
                f"`{label.span.text}` has an empty part",
                label.span,
                help="something must stand between two dots, and at both ends",
            )
        return text

    def refuse_reserved(self, key: str, span: Span) -> None:
        """Labels are the names of submodules, and some names every module has already."""
        part = next((part for part in key.split(".") if is_reserved(part)), None)
        if part is not None:
            raise fail(
                "bad-label",
                f"PyTorch modules have a `{part}` of their own, so nothing in one can be named so",
                span,
                help=f"name it `{part}_`",
                fixes=[replaced(span, f"{part}_")] if span.text == part else [],
            )

    def _piece(self, piece: str | tree.Expression, env: Env) -> str:
        if isinstance(piece, str):
            return piece
        value = self.expressions.known(piece, env)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise fail(
                "bad-label",
                f"a label is made of whole numbers and strings, not {kind_of(value)}",
                piece.span,
                help="count with `for i in 0..n` and write `name{i}`",
            )
        if self.tracing:
            self.assembly.decided.by(value)
        text = str(int(value)) if isinstance(value, int) else value
        if not all(char.isascii() and (char.isalnum() or char == "_") for char in text):
            raise fail(
                "bad-label",
                f"`{text}` cannot be part of a name",
                piece.span,
                help="names are made of letters, digits and `_`",
            )
        return text

    def made_elsewhere(self, name: str, span: Span, env: Env) -> Span | None:
        """Where a name is made in one of the bodies around: further down, or not this time."""
        reach: Env | None = env
        while reach is not None:
            if reach.body is not None and reach.body.span.source is span.source:
                made = self._made_in(reach.body).get(name)
                if made is not None:
                    return made
            reach = reach.parent
        return None

    def _made_in(self, body: tree.Body) -> dict[str, Span]:
        """Where each name of a body is made first; looked up once, however many are unknown."""
        if body not in self._made:
            made = self._made[body] = {}
            for one in names_made(body):
                made.setdefault(one.id if isinstance(one, tree.Name) else one.span.text, one.span)
        return self._made[body]

    def input_shape(self, name: str, statement: tree.Input, env: Env) -> Shape:
        """The declared shape, or the one given from outside."""
        declared = self.expressions.known(statement.shape, env)
        extents = declared if isinstance(declared, tuple | list) else (declared,)
        if self.tracing:
            self.assembly.decided.by(extents)
        if not all(isinstance(n, int) and not isinstance(n, bool) for n in extents):
            raise fail(
                "bad-input",
                f"the shape of an input is channels and sizes, not {kind_of(declared)}",
                statement.shape.span,
                help="write the shape of one sample, without the batch: `3x224x224`",
            )
        if not 1 <= len(extents) <= 4 or min(extents) < 1:
            raise fail(
                "bad-input",
                f"an input cannot have the shape {'x'.join(map(str, extents)) or 'of nothing'}",
                statement.shape.span,
                label="channels, then 0 to 3 spatial sizes, each at least 1, are expected",
                help="write the shape of one sample, without the batch: `3x224x224`",
            )
        given = self.input_shapes.pop(name, None) or self.input_shapes.pop("", None)
        shape = given or Shape(map(int, extents))
        explorer = self.assembly.explorer
        return explorer.input(name, shape) if explorer else shape

    def check_shared(self, node: Node, span: Span) -> None:
        """One set of weights must fit every application of a shared module."""
        again = node.module != node.index
        if not again and self.assembly.scope.replay is None:
            return
        first = self.assembly.nodes[node.module]
        made, wanted = self.assembly.weights(first), self.assembly.weights(node)
        if again and first.op == node.op and made == wanted:
            return
        notes = f"made: {_listed(made)}; needed here: {_listed(wanted)}" if again else ""
        self.conflict(first, span, (notes,) if notes else ())

    def conflict(self, first: Node, span: Span, notes: tuple[str, ...] = ()) -> None:
        place = self.applied.get(first.index)
        self.reporter.add(
            Diagnostic(
                "conflicting-weights",
                f"`{first.name.partition('@')[0]}` is shared, but would need other weights here",
                Label(span),
                secondary=(Label(place, "its weights were made for this"),) if place else (),
                notes=notes,
                help="apply it to values with the same number of channels, "
                "or use the block twice instead of one module",
            )
        )


def _listed(weights: Any) -> str:
    shapes = {name: "x".join(map(str, w.shape)) for name, w in (weights or {}).items()}
    return ", ".join(f"{name} {shape or 'a number'}" for name, shape in shapes.items()) or "none"
