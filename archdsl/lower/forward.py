"""The lines of a forward: straight down, with the spec's names where they say something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archdsl.graph.graph import Graph, Value
from archdsl.lower.body import Call
from archdsl.lower.class_plan import ClassPlan
from archdsl.lower.layout import WIDTH
from archdsl.lower.names import identifier

__all__ = ["Line", "forward_lines"]

_PASSING = ("x", "out")  # variables of a chain: the next statement overwrites them anyway


@dataclass(frozen=True)
class Line:
    """A statement; ``shape`` is a comment; with a condition it stands under an ``if``."""

    text: str
    shape: str = ""
    condition: str = ""


@dataclass
class _Variables:
    """Which variable holds which value, while lines are written."""

    names: dict[Value, str] = field(default_factory=dict)
    arguments: set[str] = field(default_factory=set)

    def live(self) -> set[str]:
        return set(self.names.values())


def forward_lines(plan: ClassPlan, graph: Graph) -> list[Line]:
    """The body of the forward, its ``return`` included."""
    return _Writer(plan, graph).lines()


class _Writer:
    def __init__(self, plan: ClassPlan, graph: Graph) -> None:
        self.plan = plan
        self.graph = graph
        self.body = plan.body
        self.is_model = plan.body.scope.kind == "model"
        self.variables = _Variables()
        for value, name in zip(self.body.inputs, plan.input_names, strict=True):
            self.variables.names[value] = name
            self.variables.arguments.add(name)
        self.last_use = self._last_uses()
        self.readers: dict[Value, list[int]] = {}
        for position, call in enumerate(self.body.calls):
            for value in dict.fromkeys(call.read):
                self.readers.setdefault(value, []).append(position)
        # Where each variable was made; "" where every path makes it.
        self.made_under = dict.fromkeys(self.variables.arguments, "")
        self.said = ""

    def _last_uses(self) -> dict[Value, int]:
        last: dict[Value, int] = {}
        for position, call in enumerate(self.body.calls):
            last.update(dict.fromkeys(call.read, position))
        for value in self.body.outputs:
            last[value] = len(self.body.calls)
        return last

    def lines(self) -> list[Line]:
        made: list[Line] = []
        freed: list[str] = []
        for position, call in enumerate(self.body.calls):
            line, dead = self._call(position, call)
            targets = line.text.partition(" = ")[0].split(", ")
            freed = [name for name in freed if name not in targets]  # taken up again
            if freed and line.condition != (made[-1].condition or line.condition):
                made += self._del(freed)  # behind the branch: not all take it
                freed = []
            elif freed and not line.condition:
                made += self._del(freed)
                freed = []
            made.append(line)
            inside = [name for name in dead if self.made_under.get(name) == line.condition != ""]
            if inside:
                made += self._del(inside, line.condition)
            freed += [name for name in dead if self.made_under.get(name) == ""]
        made += self._return()
        return _joined(_choices(made))

    def _del(self, names: list[str], condition: str = "") -> list[Line]:
        for name in names:
            del self.made_under[name]
        together = ", ".join(names)
        texts = [together] if len(together) <= WIDTH - 16 else names
        return [Line(f"del {text}", condition=condition) for text in texts]

    # ---- calls

    def _call(self, position: int, call: Call) -> tuple[Line, list[str]]:
        """The statement for a call, and the variables that nobody reads after it."""
        expression = self._expression(position, call)
        dying = [v for v in call.read if self.last_use[v] == position]
        freed = [self.variables.names.pop(value) for value in dict.fromkeys(dying)]
        targets = self._targets(call, position, freed)
        shape = self._shape(call) if self.is_model else ""
        line = Line(f"{', '.join(targets)} = {expression}", shape, self._condition(call))
        for name in targets:
            if not line.condition or name not in self.made_under:
                self.made_under[name] = line.condition
        kept = {*targets, *self.variables.arguments, *_PASSING}
        dead = [name for name in freed if name not in kept]
        return line, [] if self._only_in_place(position + 1) else dead

    def _only_in_place(self, position: int) -> bool:
        """Whether nothing follows but an activation that needs no memory of its own."""
        following = self.body.calls[position:]
        if len(following) != 1:
            return not following
        return self.graph.nodes[following[0].outputs[0].node].op.inplaceable

    def _condition(self, call: Call) -> str:
        if call.guards in self.plan.flags:
            return self.plan.flags[call.guards]
        return "self.training" if call.train_only and self.is_model else ""

    def _expression(self, position: int, call: Call) -> str:
        inputs = [self.variables.names[value] for value in call.inputs]
        refs = {name: self.variables.names[value] for name, value in call.refs}
        if call.function is None:
            return f"{call.target}({', '.join([*inputs, *refs.values()])})"
        if call.function.infix:
            return call.function.infix.join(inputs)
        fields = {"x": inputs[0], "xs": ", ".join(inputs), **refs, **self.plan.texts[position]}
        return call.function.template.format(**fields)

    def _targets(self, call: Call, position: int, freed: list[str]) -> list[str]:
        names: list[str] = []
        for index, value in enumerate(call.outputs):
            if value not in self.last_use:
                names.append("_")
                continue
            shared = self.variables.names.get(value)  # what a branch replaces keeps its variable
            name = shared or self._name(position, call, value, index, freed, names)
            self.variables.names[value] = name
            names.append(name)
        return names

    def _name(
        self,
        position: int,
        call: Call,
        value: Value,
        index: int,
        freed: list[str],
        taken: list[str],
    ) -> str:
        label = self._label(call, value, index)
        used = {*self.variables.live(), *taken}
        goes_on = self._goes_on(position, value, freed)
        if label and label not in used and not goes_on and self._deserves_name(position, value):
            return label
        chain = [name for name in freed if name in _PASSING]
        for name in (*chain, *_PASSING, *freed, label or "y"):
            if name and name not in used and self._may_reuse(name):
                return name
        base = label or "y"
        count = 2
        while f"{base}{count}" in used:
            count += 1
        return f"{base}{count}"

    def _may_reuse(self, name: str) -> bool:
        """In a model an input keeps its name to itself; a chain goes on as ``x``."""
        return not (self.is_model and name in self.variables.arguments)

    def _label(self, call: Call, value: Value, index: int) -> str:
        if len(call.outputs) == 1 or not call.target:
            node = self.graph.nodes[value.node]
            more = node.op.results
            if index and index <= len(more):
                return identifier(f"{call.label or node.op.name}_{more[index - 1]}")
            return identifier(call.label) if call.label else ""
        node = self.graph.nodes[value.node]
        if index and value.output and value.output <= len(node.op.results):
            return identifier(f"{node.key.partition('@')[0]}_{node.op.results[value.output - 1]}")
        if index == 0:
            return identifier(call.label) if call.label else ""
        return "" if node.key.isdigit() else identifier(node.key)

    def _deserves_name(self, position: int, value: Value) -> bool:
        """Values that meet others, or live on, are called as in the spec; a chain is one name."""
        if value in self.body.outputs:
            return len(self.body.outputs) > 1
        if self.last_use[value] > position + 1:
            return True
        following = self.body.calls[position + 1]
        return len(set(following.read)) > 1

    def _goes_on(self, position: int, value: Value, freed: list[str]) -> bool:
        """The main path of a residual block keeps its variable until it meets the skip."""
        if not any(name not in self.variables.arguments for name in freed):
            return False
        last = self.last_use[value]
        if (
            len(self.readers.get(value, ())) != 1
            or last > position + 3
            or last >= len(self.body.calls)
        ):
            return False
        return len(set(self.body.calls[last].read)) <= 2

    def _shape(self, call: Call) -> str:
        """What comes out, where it is not what was said last."""
        shape = ", ".join(
            " x ".join(map(str, map(int, self.graph.shape(value))))
            for value in call.outputs
            if value in self.last_use
        )
        said, self.said = self.said, shape
        return "" if shape == said else shape

    # ---- the end

    def _return(self) -> Iterator[Line]:
        names = self.variables.names
        if not self.is_model:
            yield Line(f"return {', '.join(names[value] for value in self.body.outputs)}")
            return
        outputs = {name: names[value] for name, value in self.graph.outputs.items()}
        trained = {name: names[value] for name, value in self.graph.train_outputs.items()}
        if trained:
            yield Line(f"return {_dict(outputs | trained)}", condition="self.training")
        if len(outputs) == 1:
            yield Line(f"return {next(iter(outputs.values()))}")
        else:
            yield Line(f"return {_dict(outputs)}")


def _dict(items: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in items.items()) + "}"


def _choices(lines: list[Line]) -> list[Line]:
    """Branches that make one value each: ``x = self.a(x) if self.wide else self.b(x)``."""
    made: list[Line] = []
    for at, line in enumerate(lines):
        before = made[-1] if made else Line("")
        choice = _choice(before, line)
        alone = len(made) < 2 or made[-2].condition != before.condition
        if choice is None or not alone or lines[at + 1].condition == line.condition:
            made.append(line)
        else:
            made[-1] = choice
    return made


def _choice(one: Line, other: Line) -> Line | None:
    target, _, value = one.text.partition(" = ")
    same, _, otherwise = other.text.partition(" = ")
    if not one.condition or other.condition != f"not {one.condition}" or target != same:
        return None
    text = f"{target} = {value} if {one.condition} else {otherwise}"
    return Line(text) if value and "," not in target and len(text) <= WIDTH - 8 else None


def _joined(lines: list[Line]) -> list[Line]:
    """``x = f(y)`` and ``return x`` are one statement."""
    if len(lines) < 2:
        return lines
    before, last = lines[-2], lines[-1]
    target, _, value = before.text.partition(" = ")
    if before.condition or last.text != f"return {target}":
        return lines
    return [*lines[:-2], Line(f"return {value}", before.shape)]
