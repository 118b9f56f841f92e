"""Evaluating expressions: what is computed while a spec expands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.arithmetic import (
    COMPARISONS,
    arithmetic,
    comparison,
    membership,
    not_a_number,
    shown,
    within_reach,
)
from archdsl.graph.calls import shortened, with_argument
from archdsl.graph.functions import BUILTINS, call_builtin
from archdsl.graph.lookup import Lookup, is_nameless
from archdsl.graph.report import SpecError, closest, fail, spelled
from archdsl.graph.values import (
    MISSING,
    UNKNOWN,
    BlockStep,
    Bound,
    BranchesStep,
    Builtin,
    Container,
    Definition,
    Env,
    Function,
    GroupStep,
    LabelledStep,
    OpStep,
    Pipeline,
    Repeat,
    Step,
    Tensor,
    contains_tensor,
    is_flow,
    kind_of,
    unwrap,
)
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Expressions"]

_DEEPEST_LIST = 12


class Expressions:
    """The half of the machine that computes values."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.names = Lookup(machine)

    def evaluate(self, node: tree.Expression, env: Env, doc: str = "") -> Any:
        """The value of an expression. A call given the tensors it works on runs.

        ``doc`` is the comment above the statement; it belongs to the first step that runs.
        """
        if doc and isinstance(node, tree.Chain) and self._begins_with_value(node.steps[0], env):
            return self.machine.steps.chain(node, env, MISSING, doc)
        if isinstance(node, tree.Call):
            return self.machine.steps.settle(self.call(node, env))
        method = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node, env)

    def known(self, node: tree.Expression, env: Env) -> Any:
        """A value to compute with; without a complaint where it is already reported missing."""
        value = self.evaluate(node, env)
        if value is UNKNOWN:
            raise SpecError(None)
        return value

    # ---- leaves

    def _constant(self, node: tree.Constant, env: Env) -> Any:
        return within_reach(node.value, node.span)

    def _flowin(self, node: tree.FlowIn, env: Env) -> Any:
        reach: Env | None = env
        while reach is not None:
            if reach.flow_in is not MISSING:
                return reach.flow_in
            reach = reach.parent
        inputs = [f"`{name}`" for name in self.machine.assembly.inputs]
        raise fail(
            "missing-input",
            f"`in` could be any of {len(inputs)} inputs here"
            if inputs
            else "nothing flows in here, so there is no `in`",
            node.span,
            help=f"name the one you mean: {' or '.join(inputs)}"
            if inputs
            else "declare an `input`, or apply the block to a value: `x -> block(...)`",
            fixes=[replaced(node.span, name) for name in self.machine.assembly.inputs],
        )

    def _name(self, node: tree.Name, env: Env) -> Any:
        found = self.names.value_named(node.id, env)
        if found is MISSING:
            raise self.names.unknown(node, env)
        return self.names.as_value(found, node.span)

    def _hole(self, node: tree.Hole, env: Env) -> Any:
        return UNKNOWN

    def _computed(self, node: tree.Computed, env: Env) -> Any:
        return self._name(self._spelled(node, env), env)

    def _spelled(self, node: tree.Computed, env: Env) -> tree.Name:
        return tree.Name(node.span, self.machine.label_text(node.name, env))

    # ---- operators of the language

    def _unary(self, node: tree.Unary, env: Env) -> Any:
        if node.operator == "not":
            return not self.truth(node.operand, env)
        return -self.number(node.operand, env)

    def _binary(self, node: tree.Binary, env: Env) -> Any:
        sign = node.operator
        if sign == "and":
            return self.truth(node.left, env) and self.truth(node.right, env)
        if sign == "or":
            return self.truth(node.left, env) or self.truth(node.right, env)
        left, right = self.known(node.left, env), self.known(node.right, env)
        if self.machine.tracing:
            self.machine.assembly.decided.binary(sign, left, right)
        if sign in ("..", "..="):
            return self._range(left, right, node)
        if sign in ("in", "not in"):
            return membership(left, right, node)
        if sign in COMPARISONS:
            return comparison(left, right, node)
        if sign == "*" and isinstance(right, Step):
            return self._repeat(left, right, node)
        if sign == "+" and isinstance(left, list) and isinstance(right, list):
            self.machine.allow_repeats(len(left) + len(right), node.span)
            return self._measured(left + right, node.span)
        return arithmetic(left, right, node)

    def _repeat(self, count: Any, step: Step, node: tree.Binary) -> Repeat:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise fail(
                "wrong-kind",
                f"a step is repeated a whole number of times, not {shown(count)}",
                node.left.span,
                help="write the number of repeats before the star: `3 * step`",
            )
        self.machine.allow_repeats(count, node.left.span)
        return Repeat(node.span, int(count), step)

    def _range(self, low: Any, high: Any, node: tree.Binary) -> list[int]:
        for end, value in ((node.left, low), (node.right, high)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise fail(
                    "wrong-kind",
                    f"a range runs between whole numbers, not {shown(value)}",
                    end.span,
                    help="round it first: `int(...)`, `floor(...)` or `//`",
                    fixes=_rounded(end),
                )
        stop = high + 1 if node.operator == "..=" else high
        self.machine.allow_repeats(int(stop) - int(low), node.span)
        return list(range(int(low), int(stop)))

    def number(self, node: tree.Expression, env: Env) -> Any:
        value = self.known(node, env)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise not_a_number(value, node.span, "-")
        return value

    def truth(self, node: tree.Expression, env: Env) -> bool:
        value = self.known(node, env)
        if not isinstance(value, bool):
            raise fail(
                "wrong-kind",
                f"a condition is true or false, not {kind_of(value)}",
                node.span,
                help="compare it with something: `x == 1`, `x != none`, `len(x) > 0`",
            )
        return value

    def _choice(self, node: tree.Choice, env: Env) -> Any:
        taken = node.then if self.truth(node.condition, env) else node.otherwise
        return self.evaluate(taken, env)

    # ---- lists

    def _listof(self, node: tree.ListOf, env: Env) -> list[Any]:
        return self._measured([unwrap(self.evaluate(item, env)) for item in node.items], node.span)

    def _measured(self, items: list[Any], span: Span) -> list[Any]:
        """Lists of lists stay as small as what they stand for: they can name a list twice."""
        if any(type(item) is list for item in items):
            most = self.machine.limits.nodes
            if _leaves(items, most, span, 0) > most:
                raise fail(
                    "too-large",
                    f"this list stands for more than {most:,} values",
                    span,
                    help="write fewer, or raise the limit with --max-nodes",
                )
        return items

    def _comprehension(self, node: tree.Comprehension, env: Env) -> list[Any]:
        items = list(self._clauses(node, node.clauses, env.inner(MISSING)))
        return self._measured(items, node.span)

    def _clauses(
        self, node: tree.Comprehension, clauses: tuple[tree.Clause, ...], env: Env
    ) -> Iterator[Any]:
        if not clauses:
            yield unwrap(self.evaluate(node.element, env))
            return
        clause, *rest = clauses
        for item in self.items(clause.iterable, env):
            self.machine.spend(clause.span)
            self.assign(clause.targets, item, env, clause.span)
            if clause.condition is None or self.truth(clause.condition, env):
                yield from self._clauses(node, tuple(rest), env)

    def items(self, node: tree.Expression, env: Env) -> list[Any]:
        value = unwrap(self.known(node, env))
        if isinstance(value, list | tuple):
            return list(value)
        raise fail(
            "wrong-kind",
            f"`for` runs over a list or a range, not {kind_of(value)}",
            node.span,
            help="write a range, `0..4`, or a list, `[64, 128]`",
            fixes=[replaced(node.span, f"0..{node.span.text}")],
        )

    def assign(self, targets: tuple[str, ...], value: Any, env: Env, span: Span) -> None:
        if len(targets) == 1:
            env.names[targets[0]] = value
            return
        if value is UNKNOWN:
            env.names.update(dict.fromkeys(targets, UNKNOWN))
            return
        value = unwrap(value)
        if not isinstance(value, list | tuple) or len(value) != len(targets):
            has = f"{len(value)} values" if isinstance(value, list | tuple) else kind_of(value)
            raise fail(
                "wrong-kind",
                f"{len(targets)} names cannot be given to {has}",
                span,
                help="give as many names as there are values",
            )
        env.names.update(zip(targets, value, strict=True))

    # ---- parts of values

    def _attribute(self, node: tree.Attribute, env: Env) -> Any:
        value = self.known(node.value, env)
        if isinstance(value, Container) and node.name in value.names:
            return value.names[node.name]
        inner = value.names if isinstance(value, Container) else {}
        lost = isinstance(value, Container) and (
            is_nameless(env) or getattr(value.scope, "incomplete", False)
        )
        value = unwrap(value)
        if value is UNKNOWN or lost:
            raise SpecError(None)
        if isinstance(value, Tensor):
            found = self._of_tensor(value, node.name)
            if found is not MISSING:
                return found
        known = (*inner, *self._tensor_attributes(value)) if is_flow(value) else tuple(inner)
        if isinstance(value, Tensor) and node.name in known:
            raise self._result_not_made(value, node)
        meant = closest(node.name, known)
        raise fail(
            "bad-index",
            f"{kind_of(value)} has no `{node.name}`",
            node.name_span,
            help=f"did you mean `.{meant}`?"
            if meant
            else f"it has {', '.join(f'`.{name}`' for name in known) or 'no parts'}",
            fixes=spelled(node.name_span, node.name, known),
        )

    def _result_not_made(self, tensor: Tensor, node: tree.Attribute) -> SpecError:
        op = self.machine.assembly.nodes[tensor.value.node].op
        switch = f"return_{node.name}"
        return fail(
            "bad-index",
            f"this `{op.name}` does not give its `{node.name}`",
            node.name_span,
            help=f"ask for them where it is made: `{op.name}(..., {switch}=true)`"
            if switch in type(op).model_fields
            else f"name the `{op.name}` itself",
            fixes=self._switched(tensor, switch),
        )

    def _switched(self, tensor: Tensor, switch: str) -> list[Fix]:
        """The step that made a value, told to make a further one."""
        made = self.machine.assembly.nodes[tensor.value.node]
        if made.span is None or switch not in type(made.op).model_fields:
            return []
        where = f" in `{shortened(made.span.text)}`"
        fix = with_argument(made.span, type(made.op), switch, "true", where)
        return [fix] if fix else []

    def _tensor_attributes(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, Tensor):
            return ()
        more = self.machine.assembly.nodes[value.value.node].op.results
        return ("channels", "size", "shape", "rank", *more)

    def _of_tensor(self, tensor: Tensor, name: str) -> Any:
        if name == "channels":
            return self.machine.channels(tensor)
        if name == "size":
            return tensor.shape.size
        if name == "shape":
            return (self.machine.channels(tensor), *tensor.shape[1:])
        if name == "rank":
            return tensor.shape.rank
        return self.machine.steps.further_result(tensor, name)

    def _index(self, node: tree.Index, env: Env) -> Any:
        value = self.known(node.value, env)
        index = self.known(node.index, env)
        if self.machine.tracing:
            self.machine.assembly.decided.by(index)
        if isinstance(index, bool) or not isinstance(index, int):
            raise fail(
                "bad-index",
                f"an index is a whole number, not {kind_of(index)}",
                node.index.span,
                help="count from 0: `xs[0]`; from the end: `xs[-1]`",
            )
        if isinstance(value, Container) and getattr(value.scope, "incomplete", False):
            raise SpecError(None)
        if isinstance(value, Container):
            key = str(int(index))
            found = value.names.get(key, MISSING)
            found = self.machine.steps.child(value, key) if found is MISSING else found
            if found is not MISSING:
                return found
            if not isinstance(unwrap(value), list):
                raise self._no_child(value, node)
        value = unwrap(value)
        if not isinstance(value, list | tuple):
            raise fail(
                "bad-index",
                f"{kind_of(value)} cannot be indexed",
                node.value.span,
                help="lists, sizes and containers can be",
            )
        if not -len(value) <= index < len(value):
            raise fail(
                "bad-index",
                f"there is no item {int(index)} in a list of {len(value)}",
                node.index.span,
                help=f"the last item is {len(value) - 1}" if value else "the list is empty",
                fixes=_last_item(node.index.span, value),
            )
        return value[int(index)]

    def _no_child(self, container: Container, node: tree.Index) -> SpecError:
        keys = list(container.scope.keys) if container.scope else list(container.names)
        return fail(
            "bad-index",
            f"`{node.value.span.text}` has no child `{node.index.span.text}`",
            node.index.span,
            help=f"its children are {', '.join(f'`{key}`' for key in keys[:12])}"
            if keys
            else "it has no children",
        )

    # ---- calls and steps

    def call(self, node: tree.Call, env: Env) -> Any:
        """A call: a number for a function, else a step with its arguments."""
        callee = node.callee
        found = (
            self.names.callable_named(callee, env)
            if isinstance(callee, tree.Name)
            else self.evaluate(callee, env)
        )
        arguments = tuple(self._bound(argument, env) for argument in node.arguments)
        found = self._choose(found, arguments)
        if isinstance(found, type):
            return OpStep(node.span, found, arguments)
        if isinstance(found, OpStep | BlockStep):
            return self._with_more(found, arguments, node.span)
        if isinstance(found, Definition) and isinstance(found.item, tree.Block):
            return BlockStep(node.span, found, arguments)
        if isinstance(found, Definition | Function):
            definition = found.definition if isinstance(found, Function) else found
            return self.machine.call_function(definition, arguments, node.span)
        if isinstance(found, Builtin):
            if self.machine.tracing:
                values = [bound.value for bound in arguments]
                self.machine.assembly.decided.function(found.name, *values)
            return call_builtin(found, arguments, node.span)
        if isinstance(found, int) and any(isinstance(bound.value, Step) for bound in arguments):
            raise fail(
                "missing-star",
                f"a repeat needs a `*` between {shown(found)} and what is repeated",
                node.span,
                help=f"write `{callee.span.text} * "
                f"{node.span.text[len(callee.span.text) :].strip()}`",
                fixes=[
                    replaced(_behind(callee.span, node.span), " * ", "write a `*` between them")
                ],
            )
        raise fail(
            "wrong-kind",
            f"{kind_of(found)} cannot be called",
            callee.span,
            help="only operators, blocks and functions take arguments",
        )

    def _choose(self, found: Any, arguments: tuple[Bound, ...]) -> Any:
        """``max`` is an operator on values of the network and a function on numbers."""
        name = getattr(found, "name", "") if isinstance(found, type) else ""
        numbers = arguments and not any(contains_tensor(bound.value) for bound in arguments)
        return BUILTINS[name] if name in BUILTINS and numbers else found

    def _with_more(self, step: OpStep | BlockStep, more: tuple[Bound, ...], span: Span) -> Step:
        """``act(0.1)`` where ``act`` is a step already: later named arguments win."""
        named = {bound.name for bound in more if bound.name}
        kept = tuple(bound for bound in step.arguments if bound.name not in named)
        if isinstance(step, OpStep):
            return OpStep(span, step.op, kept + more)
        return BlockStep(span, step.definition, kept + more)

    def _bound(self, argument: tree.Argument, env: Env) -> Bound:
        value = unwrap(self.evaluate(argument.value, env))
        return Bound(argument.name, value, argument.value.span, argument.name_span)

    def _group(self, node: tree.Group, env: Env) -> GroupStep:
        return GroupStep(node.span, node.body, env)

    def _branches(self, node: tree.Branches, env: Env) -> BranchesStep:
        head = (
            self.call(node.head, env)
            if isinstance(node.head, tree.Call)
            else self.names.as_value(self.names.callable_named(node.head, env), node.head.span)
        )
        if not isinstance(head, OpStep) or head.op.operands[1] is not None:
            raise fail(
                "wrong-kind",
                f"`{node.head.span.text}` does not merge branches",
                node.head.span,
                help="`concat`, `add`, `mul` and `max` do",
            )
        return BranchesStep(node.span, head, node.body, env)

    def _chain(self, node: tree.Chain, env: Env) -> Any:
        """A chain that begins with a value runs; one that begins with a step waits."""
        first = node.steps[0]
        inner = first.step if isinstance(first, tree.Labelled) else first
        if self._begins_with_value(inner, env):
            return self.machine.steps.chain(node, env, MISSING)
        return Pipeline(node.span, node, env)

    def _begins_with_value(self, node: tree.Expression, env: Env) -> bool:
        if isinstance(node, tree.FlowIn | tree.Index | tree.Attribute | tree.ListOf):
            return True
        if isinstance(node, tree.Comprehension):
            return True
        if isinstance(node, tree.Computed):
            node = self._spelled(node, env)
        if isinstance(node, tree.Name):
            found = env.find(node.id)
            return is_flow(found) or isinstance(found, Container)
        if isinstance(node, tree.Chain):
            return self._begins_with_value(node.steps[0], env)
        if isinstance(node, tree.Call):
            return any(self._begins_with_value(a.value, env) for a in node.arguments if not a.name)
        return False

    def _labelled(self, node: tree.Labelled, env: Env) -> Any:
        if self._begins_with_value(node.step, env):
            return self.machine.steps.chain(node, env, MISSING)
        step = self.evaluate(node.step, env)
        if not isinstance(step, Step):
            raise fail(
                "bad-label",
                f"a label names a step, not {kind_of(step)}",
                node.label.span,
                help="`name = value` gives a name to anything else",
            )
        return LabelledStep(node.span, node.label, env, step)


def _rounded(node: tree.Expression) -> list[Fix]:
    """Rounding a quotient down, or a number that is none."""
    if isinstance(node, tree.Binary) and node.operator == "/":
        between = Span(node.span.source, node.left.span.end, node.right.span.start)
        return [replaced(between, between.text.replace("/", "//"), "write `//`")]
    return [replaced(node.span, f"int({node.span.text})")]


def _last_item(index: Span, value: Sequence[Any]) -> list[Fix]:
    """Nearest to an index that is too large; whether it is meant the author knows."""
    return [replace(replaced(index, str(len(value) - 1)), decides=True)] if value else []


def _behind(first: Span, whole: Span) -> Span:
    """The blanks between the first part of something and the rest."""
    text = whole.text[first.end - whole.start :]
    return Span(whole.source, first.end, first.end + len(text) - len(text.lstrip()))


def _leaves(items: list[Any], most: int, span: Span, depth: int) -> int:
    """How many values a list of lists stands for, counted no further than the limit."""
    if depth > _DEEPEST_LIST:
        raise fail(
            "too-deep",
            f"lists are nested more than {_DEEPEST_LIST} deep",
            span,
            help="join lists with `+` instead of putting one into the other",
        )
    count = 0
    for item in items:
        count += _leaves(item, most, span, depth + 1) if type(item) is list else 1
        if count > most:
            break
    return count
