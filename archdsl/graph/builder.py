"""Building graphs from Python: the same operators, checks and errors as in a spec."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from archdsl.diagnostics import ArchError, Diagnostic, Label
from archdsl.graph.assembly import Assembly
from archdsl.graph.graph import Graph
from archdsl.graph.library import prelude
from archdsl.graph.limits import Budget, Limits
from archdsl.graph.machine import Machine
from archdsl.graph.report import Reporter, SpecError, Stop, closest
from archdsl.graph.reserved import is_reserved
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    BlockStep,
    Bound,
    Definition,
    OpStep,
    Step,
    Tensor,
    unwrap,
)
from archdsl.ops import OPS, Shape
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.words import is_name

__all__ = ["GraphBuilder", "Handle"]


@dataclass(frozen=True)
class Handle:
    """A value of a network that is being built.

    Second results are attributes: ``pooled.indices`` of ``b.maxpool(x, 2, return_indices=True)``.
    """

    builder: GraphBuilder
    tensor: Tensor

    @property
    def shape(self) -> Shape:
        """``(C, *size)``, without the batch."""
        return self.tensor.shape

    @property
    def channels(self) -> int:
        return self.shape.channels

    @property
    def size(self) -> tuple[int, ...]:
        return self.shape.size

    def __getattr__(self, name: str) -> Handle:
        found = (
            MISSING
            if name.startswith("_")
            else self.builder.machine.operators.further_result(self.tensor, name)
        )
        if not isinstance(found, Tensor):
            raise AttributeError(f"this value has no `{name}`")
        return Handle(self.builder, found)

    def __repr__(self) -> str:
        node = self.builder.assembly.nodes[self.tensor.value.node]
        return f"<{node.name}: {self.shape}>"


class GraphBuilder:
    """Makes a graph call by call. Every operator of the language is a method, and so is every
    block of the prelude: first the values it works on, then its arguments, then ``name``.

    A call that does not fit raises :class:`ArchError` at once, with the line of the call.
    """

    def __init__(self, name: str, *, max_nodes: int = 100_000) -> None:
        self.name = name
        self.assembly = Assembly(name, max_nodes)
        self.reporter = Reporter()
        budget = Budget(Limits(nodes=max_nodes), self.reporter)
        self.machine = Machine(self.assembly, budget, input_shapes={})
        self._check_name(name)

    def input(self, name: str, shape: str | Sequence[int]) -> Handle:
        """An input of shape ``"3x32x32"`` or ``(3, 32, 32)``, without the batch."""
        self._check_name(name)
        extents = shape.split("x") if isinstance(shape, str) else list(shape)
        try:
            made = Shape(int(extent) for extent in extents)
        except ValueError:
            made = Shape()
        if not made or min(made) < 1 or name in self.assembly.inputs:
            raise self._error(
                "bad-input",
                f"`{name}` cannot be an input of shape {shape}",
                "give channels and sizes, every number at least 1, and each input its own name",
            )
        return Handle(self, Tensor(self.assembly.add_input(name, made, _caller()), made))

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """A container: what is added inside has names that begin with its name."""
        opened = self.assembly.open(name, "group", span=_caller(skip=2))
        with self.assembly.inside(opened):
            yield

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        definition = prelude().names.get(name)
        if name not in OPS and not (
            isinstance(definition, Definition) and isinstance(definition.item, tree.Block)
        ):
            meant = closest(name, OPS)
            hint = f"; did you mean `{meant}`?" if meant else ""
            raise AttributeError(f"no operator is named `{name}`{hint}")

        def call(*arguments: Any, name: str | None = None, **named: Any) -> Any:
            return self._apply(kind, arguments, named, name)

        kind: Any = OPS.get(name) or definition
        call.__name__ = name
        call.__doc__ = kind.__doc__ if name in OPS else kind.item.doc
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *OPS})

    def graph(self, outputs: Any) -> Graph:
        """The finished graph. ``outputs``: a value, a list of them, or a dictionary by name."""
        named = outputs if isinstance(outputs, Mapping) else None
        if named is None:
            values = outputs if isinstance(outputs, list | tuple) else [outputs]
            single = len(values) == 1
            named = {"out" if single else f"out{i}": value for i, value in enumerate(values)}
        for name, value in named.items():
            if not isinstance(value, Handle) or value.builder is not self:
                raise self._error(
                    "wrong-kind",
                    f"the output `{name}` is not a value of this builder",
                    "pass what its methods gave you",
                )
            if value.tensor.value in self.assembly.inputs.values():
                raise self._error(
                    "nothing-computed",
                    f"the output `{name}` is an input",
                    "pass what an operator made of it; `identity` hands it on",
                )
            self.assembly.outputs[name] = value.tensor.value
        if not self.assembly.inputs or not self.assembly.outputs:
            raise self._error(
                "nothing-computed",
                f"`{self.name}` has no input or no output",
                "call `input`, then operators, then pass a value as `outputs`",
            )
        return self.assembly.finish()

    # ---- one call

    def _apply(
        self, kind: Any, arguments: Sequence[Any], named: Mapping[str, Any], name: str | None
    ) -> Any:
        span = _caller(skip=2)
        given = [Bound(None, self._value(value, span), span) for value in arguments]
        given += [Bound(key, self._value(value, span), span, span) for key, value in named.items()]
        before = self.assembly.mark()
        try:
            if name is not None:
                self._check_key(name)
            if isinstance(kind, Definition):
                flow, *rest = given or [Bound(None, MISSING, span)]
                block: Step = BlockStep(span, kind, tuple(rest))
                result = self.machine.steps.run(block, flow.value, key=name)
            else:
                step = OpStep(span, kind, tuple(given))
                result = self.machine.steps.run(step, MISSING, key=name)
        except SpecError as error:
            self.reporter.add(error.diagnostic)
        except Stop:
            pass
        if self.reporter.has_errors:
            self.assembly.back_to(before)  # the call made nothing; the builder can go on
            # There is no text to mend: what Python wrote is not a spec.
            found = self.reporter.forget()
            raise ArchError(replace(one, fixes=(), mends="", sized=False) for one in found)
        return self._handles(unwrap(result))

    def _handles(self, result: Any) -> Any:
        if isinstance(result, list):
            return [self._handles(item) for item in result]
        assert isinstance(result, Tensor), result is UNKNOWN
        return Handle(self, result)

    def _value(self, value: Any, span: Span) -> Any:
        if isinstance(value, Handle):
            if value.builder is not self:
                raise self._error(
                    "wrong-kind", "this value belongs to another builder", "use one builder"
                )
            return value.tensor
        if isinstance(value, list):
            return [self._value(item, span) for item in value]
        return value

    def _check_key(self, name: str) -> None:
        parts = name.split(".")
        if not all(part.isdigit() or is_name(part) for part in parts) or any(
            map(is_reserved, parts)
        ):
            raise self._error(
                "bad-label",
                f"`{name}` cannot be a name",
                "use letters, digits, `_` and dots, and no word of the language or of nn.Module",
            )
        root = self.assembly.scope is self.assembly.root
        taken = self.assembly.taken(name)
        if taken or (root and name in self.assembly.inputs):
            raise self._error(
                "duplicate-name",
                f"two children of one container are named `{taken or name}`",
                "give one of them another name",
            )

    def _check_name(self, name: str) -> None:
        if not is_name(name):
            raise self._error(
                "bad-label", f"`{name}` cannot be a name", "use letters, digits and `_`"
            )

    def _error(self, code: str, message: str, help: str) -> ArchError:
        return ArchError([Diagnostic(code, message, Label(_caller(skip=3)), help=help)])


def _caller(skip: int = 2) -> Span:
    """The line of Python that called into this module."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_globals.get("__name__") == __name__
        or frame.f_globals.get("__name__") == "contextlib"
    ):
        frame = frame.f_back
    name, number = frame.f_code.co_filename, frame.f_lineno
    text = "".join(linecache.getlines(name)) or "\n" * number
    source = Source(name, text)
    start = sum(len(line) + 1 for line in text.split("\n")[: number - 1])
    line = source.line(number) if number <= text.count("\n") + 1 else ""
    indent = len(line) - len(line.lstrip())
    return Span(source, start + indent, start + len(line))
