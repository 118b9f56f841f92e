"""Compares what a picture says, unfolded, with the graph it is a picture of.

Each copy of each box is matched with the operators it stands for: the first copy by the names in
its tooltip, the others by their place, so many operators further on in the order of the spec. That
match is only a guess; it proves nothing. What proves the picture is that each operator is in
exactly one place and that the arrows are those of the graph, no fewer and no more.

Weaker than equality, since the picture does not tell it:

- the order of operands (`sub(a, b)`, `concat(a, b)`) and whether one value is an operand twice:
  arrows have no order. The shapes of the operands are compared in order, by tooltip;
- which of several results of one shape an arrow carries (`chunk`);
- which value inside a closed block an arrow starts from; its shape is compared;
- what `like=` refers to, which is not drawn.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value

from .unfold import Arrow, Box, False_, Flow, Frame, Panel, Place, panels

__all__ = ["lies"]

ADAPTS = {"crop", "pad", "identity", "flatten"}
"""Operators that an arrow may tell."""

Edge = tuple[int | str, int | str, str, tuple[str, ...]]
"""From the first operator of a box to that of another (or the name of an output), the shape, and
what happens on the way."""


def lies(graph: Graph, dot: str, *, every: bool = False) -> list[str]:
    """Everything that a picture says of the graph and that is not so, or that it keeps silent
    about. ``every`` wants a box for each operator."""
    try:
        main, *insets = panels(dot)
    except False_ as false:
        return [str(false)]
    found = Claim(graph, main, None).lies()
    if every:
        found += folded(graph, main)
    for inset in insets:
        scope = named(graph, inset.about)
        if scope is None:
            found.append(f"the block {inset.title} is not in the graph")
            continue
        found += [f"in {inset.title}: {lie}" for lie in Claim(graph, inset, scope).lies()]
    return found


def folded(graph: Graph, panel: Panel) -> Iterator[str]:
    """What is folded where nothing may be."""
    boxes = [box for box in panel.boxes.values() if not box.is_out]
    if len(boxes) != len(graph.nodes):
        yield f"{len(boxes)} boxes for {len(graph.nodes)} operators"
    for box in boxes:
        if box.count > 1 or len(box.tooltip) > 1 or box.folds:
            yield f"{box.text} is folded"


# -- the graph in words ------------------------------------------------------------------------


def shape_text(shape: Any) -> str:
    if shape is None:
        return "?"
    if len(shape) == 1:
        return str(shape[0])
    size = tuple(shape[1:])
    if len(size) in (2, 3) and len(set(size)) == 1:
        return f"{shape[0]} x {size[0]}{'²³'[len(size) - 2]}"
    return f"{shape[0]} x {'x'.join(map(str, size))}"


def argument_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and all(isinstance(axis, int) for axis in value):
        return "x".join(map(str, value))
    return str(value)


def node_text(graph: Graph, node: Node) -> str:
    """The line that a tooltip has of a node."""
    reads = ", ".join(shape_text(graph.nodes[v.node].shapes[v.output]) for v in node.inputs)
    makes = ", ".join(map(shape_text, node.shapes))
    given = ", ".join(f"{key}={argument_text(v)}" for key, v in node.arguments.items())
    call = f"{node.op.name}({given})" if given else node.op.name
    shared = f" [weights of {graph.nodes[node.module].name}]" if node.module != node.index else ""
    return f"{node.name}: {call}: {f'{reads} -> ' if reads else ''}{makes}{shared}"


def call_in(line: str) -> str:
    """What a line of a tooltip tells besides the name, and besides whose weights they are."""
    return line.partition(": ")[2].partition(" [")[0]


def named(graph: Graph, about: Sequence[str]) -> Scope | None:
    """The block of a tooltip: its name, and where several have it, the operators it lists."""
    name = about[0].partition(": ")[0]
    listed = {line.partition(": ")[0] for line in about}
    found = []
    for scope in graph.root.scopes():
        first = next(scope.nodes(), None) if scope.name == name and scope.kind != "path" else None
        if first is not None:
            found.append((graph.nodes[first].name in listed, scope.kind != "again", scope))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


# -- ranges --------------------------------------------------------------------------------------

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
RANGE = re.compile(rf"({NUMBER})…({NUMBER})")


@dataclass(frozen=True)
class Range:
    """A number that differs from copy to copy: that of the first and that of the last."""

    first: str
    last: str

    def tells(self, values: Sequence[float], counts: Sequence[int] = ()) -> bool:
        """Whether the values run evenly from the first to the last: all of them, or in a repeat
        within others (``counts`` are their copies, outermost first) each time anew."""
        if near(self.first, values[0]) and near(self.last, values[-1]) and runs(values):
            return True
        if not counts:
            return False
        once = list(values[: len(values) // counts[0]])
        return once * counts[0] == list(values) and self.tells(once, counts[1:])


def runs(values: Sequence[float]) -> bool:
    """Whether numbers never turn round."""
    return list(values) in (sorted(values), sorted(values, reverse=True))


def near(told: str, value: float) -> bool:
    """Whether a number is told right, in as many digits as are told."""
    digits = len(told.partition("e")[0].partition(".")[2])
    slack = 0.5 * 10.0**-digits if "e" not in told else 0.05 * abs(value)
    return abs(float(told) - value) <= slack * 1.01


def ranges(text: str) -> list[Range]:
    return [Range(*found.groups()) for found in RANGE.finditer(text)]


# -- comparing -----------------------------------------------------------------------------------


class Claim:
    """One drawing of a page and what it is about: the whole graph, or one block of it."""

    def __init__(self, graph: Graph, panel: Panel, about: Scope | None) -> None:
        self.graph = graph
        self.panel = panel
        self.about = about
        self.names = {node.name: node for node in graph.nodes}
        self.order = [v.node for v in graph.inputs.values()]
        self.order += [n for n in graph.root.nodes() if n not in self.order]
        self.at = {node: index for index, node in enumerate(self.order)}
        self.inside = set(about.nodes()) if about else {node.index for node in graph.nodes}
        self.wanted = {*graph.outputs.values(), *graph.train_outputs.values()}
        self.closed: set[str] = set()
        self.first: dict[str, tuple[int, ...]] = {}
        self.steps: dict[Frame, int] = {}
        self.nodes: dict[Place, tuple[int, ...]] = {}
        self.owner: dict[int, Place] = {}
        self.last: dict[int, int] = {}
        """The operators of the first copies with those of the last."""

    def lies(self) -> list[str]:
        try:
            return list(dict.fromkeys(self.checked()))
        except False_ as false:
            return [str(false)]

    def checked(self) -> Iterator[str]:
        for box in self.panel.boxes.values():
            if not box.is_in and not box.is_out:
                self.first[box.id] = self.stands_for(box)
        for fold in sorted(self.folds, key=lambda fold: -len(fold.chain)):
            self.steps[fold] = self.step(fold)
        yield from self.placed()
        for box in self.panel.boxes.values():
            yield from self.box_lies(box)
        for frame in self.panel.frames:
            yield from self.frame_lies(frame)
        yield from self.flow_lies()

    # -- who stands where --------------------------------------------------------------------

    @cached_property
    def folds(self) -> list[Frame]:
        return [frame for frame in self.panel.frames if frame.repeats]

    def stands_for(self, box: Box) -> tuple[int, ...]:
        """The operators of the first copy of a box."""
        name = box.tooltip[0].partition(": ")[0]
        if name in self.names:
            return tuple(self.node(line) for line in box.tooltip)
        self.closed.add(box.id)
        scope = named(self.graph, box.tooltip)
        if scope is not None:
            return tuple(sorted(scope.nodes(), key=self.at.__getitem__))
        stretch = re.fullmatch(r"(\d+) operators", name)
        if stretch is None:
            raise False_(f"the box {box.text} is of {name}, which is not in the graph")
        start = self.at[self.node(box.tooltip[1])]
        return tuple(self.order[start : start + int(stretch.group(1))])

    def node(self, line: str) -> int:
        name = line.partition(": ")[0]
        if name not in self.names:
            raise False_(f"a box of {name}, which is not in the graph")
        return self.names[name].index

    def step(self, fold: Frame) -> int:
        """How many operators each copy of a repeat has, those on arrows included."""
        within = [box for box in self.panel.boxes.values() if fold in box.folds and not box.is_in]
        places = [at for box in within for at in self.extent(box, fold)]
        if not places:
            raise False_(f"nothing is in the repeat {fold.id}")
        least = max(places) - min(places) + 1
        heads = [node for box in within for node in self.first[box.id]]
        for step in range(least, least + 12):
            moved = [(n, self.at[n] + step * (fold.count - 1)) for n in heads]
            if all(at < len(self.order) and self.same_operator(n, at) for n, at in moved):
                return step
        return least

    def extent(self, box: Box, fold: Frame) -> tuple[int, int]:
        """The places of the first and the last operator of a box in one copy of a repeat."""
        inner = box.folds[box.folds.index(fold) + 1 :]
        places = [self.at[node] for node in self.first[box.id]]
        return min(places), max(places) + sum(self.steps[f] * (f.count - 1) for f in inner)

    def same_operator(self, node: int, at: int) -> bool:
        return self.graph.nodes[node].op.name == self.graph.nodes[self.order[at]].op.name

    def placed(self) -> Iterator[str]:
        """Every operator is in one place."""
        for place in self.panel.places():
            box = self.panel.boxes[place.box]
            if box.is_in or box.is_out:
                continue
            shift = sum(c * self.steps[f] for c, f in zip(place.copies, box.folds, strict=True))
            try:
                nodes = tuple(self.order[self.at[n] + shift] for n in self.first[box.id])
            except IndexError:
                raise False_(f"there are not so many copies of {box.text}") from None
            self.nodes[place] = nodes
            self.last |= zip(self.first[box.id], nodes, strict=True)
            for node in nodes:
                if node in self.owner:
                    other = self.panel.boxes[self.owner[node].box]
                    raise False_(f"{self.name(node)} is in {other.text} and in {box.text}")
                self.owner[node] = place
        if strange := sorted(self.owner.keys() - self.inside):
            yield f"{self.name(strange[0])} is drawn and not a part of it"
        told = {node for reads in self.reads for node in reads.passed}
        for node in sorted(self.inside - self.owner.keys() - told):
            yield f"{self.name(node)} is not drawn"

    def name(self, node: int | str) -> str:
        return self.graph.nodes[node].name if isinstance(node, int) else node

    def key(self, place: Place) -> int | str:
        """What stands for a place in an edge: its first operator, or the name of an output."""
        box = self.panel.boxes[place.box]
        return f"output {self.result(box)}" if box.is_out else self.nodes[place][0]

    def result(self, box: Box) -> str:
        """The name of an output; of a block it may be numbered, `out 1` or `out[1]`."""
        numbered = re.fullmatch(r"out\W(\d+)\W?", box.lines[0]) if self.about else None
        return f"out {numbered.group(1)}" if numbered else box.lines[0]

    # -- what a box says of itself -----------------------------------------------------------

    def box_lies(self, box: Box) -> Iterator[str]:
        if box.is_in:
            return
        if box.is_out:
            yield from self.output_lies(box)
            return
        copies = [self.nodes[place] for place in self.panel.copies(box)]
        yield from self.tooltip_lies(box, copies)
        if box.id in self.closed:
            yield from self.block_lies(box, copies)
        else:
            yield from self.leaf_lies(box, copies)
        dashed = all(self.graph.nodes[node].train_only for node in copies[0])
        if box.dashed != dashed:
            yield f"{box.text} looks as if it were{'' if box.dashed else ' not'} of training only"
        yield from self.difference_lies(box, copies)
        yield from self.sharing_lies(box, copies[0])

    def output_lies(self, box: Box) -> Iterator[str]:
        name = box.lines[0]
        if self.about is not None:
            given = dict(self.results()).get(f"output {self.result(box)}")
            if given is None:
                yield f"the block gives no {name}"
            elif box.tooltip != (f"output {name}: {self.shape(given)}",):
                yield f"what the block gives as {name} is said to be {box.tooltip}"
            return
        value = {**self.graph.outputs, **self.graph.train_outputs}.get(name)
        if value is None:
            yield f"there is no output {name}"
        elif box.tooltip != (f"output {name}: {self.shape(value)}",):
            yield f"the output {name} is said to be {box.tooltip}"
        if box.dashed != (name in self.graph.train_outputs):
            yield f"the output {name} looks as if it were of the other kind"

    def tooltip_lies(self, box: Box, copies: Sequence[tuple[int, ...]]) -> Iterator[str]:
        """A tooltip tells the operators of the first copy, or how many it leaves out."""
        named = [self.names.get(line.partition(": ")[0]) for line in box.tooltip]
        listed = [node for node in named if node is not None]
        for node in listed:
            if node.index not in copies[0]:
                yield f"{node.name} is not in {box.text}"
        more = re.fullmatch(r"and (\d+) more", box.tooltip[-1])
        if len(listed) + (int(more.group(1)) if more else 0) != len(copies[0]):
            yield f"{box.text} lists {len(listed)} of {len(copies[0])} operators"
        yield from self.line_lies(box.tooltip)

    def line_lies(self, tooltip: Sequence[str]) -> Iterator[str]:
        """Every line about an operator is right for the first copy, and with its ranges for the
        last. An argument that differs is told as a range; a shape is that of the first copy."""
        for line in tooltip:
            node = self.names.get(line.partition(": ")[0])
            if node is None:
                continue
            end = self.graph.nodes[self.last.get(node.index, node.index)]
            first_told, last_told = RANGE.sub(r"\1", line), RANGE.sub(r"\2", line)
            if first_told != node_text(self.graph, node):
                yield f"{line!r} should be {node_text(self.graph, node)!r}"
            if "…" in line and call_in(last_told) != call_in(node_text(self.graph, end)):
                yield f"{line!r} is not {node_text(self.graph, end)!r} in the last copy"
            if "…" not in line and node.op != end.op:
                yield f"{line!r} does not tell what differs in {node_text(self.graph, end)!r}"

    def leaf_lies(self, box: Box, copies: Sequence[tuple[int, ...]]) -> Iterator[str]:
        nodes = [self.graph.nodes[node] for node in copies[0]]
        if isinstance(nodes[0].op, InputOp):
            if box.text != nodes[0].name:
                yield f"the input {nodes[0].name} is called {box.text}"
            return
        followers = next((line for line in box.lines[1:] if not line.startswith("weights of")), "")
        titles = [box.title, *(followers.split(" · ") if followers else ())]
        # An identity changes nothing; beside others only the tooltip tells it.
        told = [node for node in nodes[1:] if node.op.name != "identity"]
        nodes = [nodes[0], *(nodes[1:] if "identity" in titles[1:] else told)]
        if len(titles) != len(nodes):
            yield f"{box.text} tells {len(titles)} of {len(nodes)} operators"
        for title, node in zip(titles, nodes, strict=False):
            yield from title_lies(title, node, self.rank(node))
        for chain in copies:
            yield from self.chain_lies(box, chain)

    def rank(self, node: Node) -> int:
        """How many axes the windows of an operator have."""
        made = [node.shapes[0]] + [self.graph.nodes[v.node].shapes[v.output] for v in node.inputs]
        return max(len(shape) - 1 for shape in made if shape is not None)

    def chain_lies(self, box: Box, chain: tuple[int, ...]) -> Iterator[str]:
        """Operators of one box feed one another, and only the last feeds others."""
        for before, after in pairwise(chain):
            made = Value(before)
            if self.graph.nodes[after].sources != (made,):
                yield f"{self.name(after)} in {box.text} is not fed by {self.name(before)}"
            if self.graph.consumers.get(made, ()) != (after,) or made in self.wanted:
                yield f"{self.name(before)} in {box.text} is read elsewhere, too"
            if len(self.graph.nodes[before].shapes) > 1:
                yield f"{self.name(before)} in {box.text} has other results"

    def block_lies(self, box: Box, copies: Sequence[tuple[int, ...]]) -> Iterator[str]:
        """The copies of a closed block are wired alike inside, and give their value alike."""
        scope = named(self.graph, box.tooltip)
        if scope is not None:
            yield from call_lies((box.title, *box.lines[1:]), scope)
        gives = self.gives(copies[0])
        wired = [self.wiring(copy) for copy in copies]
        for index, copy in enumerate(copies[1:], 1):
            if not refines(wired[index], wired[0]) or not refines(wired[index], wired[-1]):
                yield f"copy {index} of {box.text} is wired in another way"
            here = self.gives(copy)
            if not (here <= gives if index == len(copies) - 1 else here == gives):
                yield f"copy {index} of {box.text} gives another value"

    def wiring(self, nodes: Sequence[int]) -> list[tuple[object, Value | None]]:
        """Who reads whom in a block, by place; values from outside as they are."""
        place = {node: index for index, node in enumerate(nodes)}
        found: list[tuple[object, Value | None]] = []
        for index, node in enumerate(nodes):
            reads = [*enumerate(self.graph.nodes[node].inputs), *self.graph.nodes[node].refs]
            for key, value in reads:
                inner = (place[value.node], value.output) if value.node in place else None
                found.append(((index, key, inner), None if inner else value))
        return found

    def gives(self, nodes: Sequence[int]) -> set[tuple[int, int]]:
        """The values of a block that others read, by place."""
        inside = set(nodes)
        return {
            (index, output)
            for index, node in enumerate(nodes)
            for output in range(len(self.graph.nodes[node].shapes))
            if Value(node, output) in self.wanted
            or any(r not in inside for r in self.graph.consumers.get(Value(node, output), ()))
        }

    # -- what differs from copy to copy ------------------------------------------------------

    def difference_lies(self, box: Box, copies: Sequence[tuple[int, ...]]) -> Iterator[str]:
        """What differs between the copies is told as a range, and what is told differs. Shapes
        are those of the arrows: what flows in and the operators decide all the others."""
        # A closed block tells the steps inside, with repeats of their own.
        told = ranges(self.call(box) if box.id in self.closed else box.text)
        counts = [fold.count for fold in box.folds]
        met: set[Range] = set()
        argued = list(differing(self.scopes_of(copies))) if box.id in self.closed else []
        for nodes in zip(*copies, strict=True):
            alike = [self.graph.nodes[node] for node in nodes]
            first = alike[0]
            for other in alike[1:]:
                yield from self.unlike(box, first, other)
            for field in type(first.op).model_fields:
                values = [getattr(node.op, field) for node in alike]
                if all(value == values[0] for value in values):
                    continue
                if not all(isinstance(v, int | float) for v in values):
                    yield f"{field} of {first.name} differs in the copies of {box.text}"
                    continue
                right = [r for r in told if r.tells(values, counts)]
                # A block may be called with a rate that it works its own rates out from.
                right = right or [r for run in argued for r in told if r.tells(run, counts)]
                met.update(right)
                if not right:
                    yield f"{box.text} does not tell {field} of {first.name}: {span(values)}"
        for values in argued:
            met.update(r for r in told if r.tells(values, counts))
        for extra in (r for r in told if r not in met):
            yield f"{box.text} tells a range {extra.first}…{extra.last} that is not there"

    def call(self, box: Box) -> str:
        scope = named(self.graph, box.tooltip)
        return call_of((box.title, *box.lines[1:]), scope.block if scope else "") or box.title

    def unlike(self, box: Box, first: Node, other: Node) -> Iterator[str]:
        """What no range can tell."""
        if first.op.name != other.op.name or first.train_only != other.train_only:
            yield f"{other.name} in a copy of {box.text} is not a {first.op.name}"
        own = (first.module == first.index, other.module == other.index)
        if own[0] != own[1]:
            yield f"{other.name} in a copy of {box.text} shares weights unlike {first.name}"
        # A module of its own container moves on with the copies, any other is the same.
        if not any(own) and first.module != other.module:
            moved = self.at.get(other.module, 0) - self.at.get(first.module, 0)
            if moved != self.at[other.index] - self.at[first.index]:
                yield f"{other.name} in a copy of {box.text} has weights of another module"

    def scopes_of(self, copies: Sequence[tuple[int, ...]]) -> list[Scope]:
        """The containers of copies, where each is one."""
        found = [self.by_nodes.get(frozenset(copy)) for copy in copies]
        return [scope for scope in found if scope is not None]

    @cached_property
    def by_nodes(self) -> dict[frozenset[int], Scope]:
        """Containers by what is in them; of one in another, the one with a call."""
        found: dict[frozenset[int], Scope] = {}
        for scope in self.graph.root.scopes():
            nodes = frozenset(scope.nodes())
            if nodes not in found or not found[nodes].block:
                found[nodes] = scope
        return found

    def sharing_lies(self, box: Box, nodes: tuple[int, ...]) -> Iterator[str]:
        """Shared weights are told, in the box or by a frame around it, and only where they are."""
        owners = [self.graph.nodes[n] for n in nodes if self.graph.nodes[n].module != n]
        weighted = [node for node in owners if has_weights(self.graph, node)]
        said = [line for line in box.lines if line.startswith("weights of ")]
        framed = any(frame.title.endswith("the same weights") for frame in box.frames)
        if said and not owners:
            yield f"{box.text} shares no weights"
        # In a closed block something may be shared that is not the whole of it.
        whole = box.id not in self.closed or len(owners) == len(nodes)
        if weighted and whole and not said and not framed:
            yield f"{box.text} does not tell whose weights it has"
        if said and owners and box.id not in self.closed:
            owner = self.graph.nodes[owners[0].module].name
            if said[0] != f"weights of {owner}":
                yield f"{box.text} has the weights of {owner}"

    # -- what a frame says -------------------------------------------------------------------

    def frame_lies(self, frame: Frame) -> Iterator[str]:
        """A frame with a name holds all of its container and nothing else."""
        scope = named(self.graph, frame.tooltip) if frame.title and frame.tooltip else None
        if scope is None:
            if frame.title:
                yield f"the frame {frame.title} is not in the graph"
            return
        nodes = set(scope.nodes())
        drawn: set[int] = set()
        for place, held in self.nodes.items():
            box = self.panel.boxes[place.box]
            if frame not in box.frames:
                continue
            # Of what is around the frame, the first copy: that is the one it is named after.
            around = sum(f.repeats for f in frame.chain)
            if not any(place.copies[:around]):
                drawn.update(held)
        for node in sorted(drawn - nodes):
            yield f"{self.name(node)} is not in the frame {frame.title}"
        for node in sorted((nodes & self.owner.keys()) - drawn):
            yield f"{self.name(node)} is missing in the frame {frame.title}"
        title = frame.title.removesuffix(", the same weights")
        yield from call_lies((title, title.partition(": ")[2]), scope)
        yield from self.line_lies(frame.tooltip)
        if frame.title.endswith("the same weights") and not all(
            self.graph.nodes[node].module != node for node in nodes
        ):
            yield f"{frame.title}: they are not"
        if frame.repeats and frame in self.steps:
            yield from self.title_lies_of_copies(frame, nodes)

    def title_lies_of_copies(self, frame: Frame, nodes: set[int]) -> Iterator[str]:
        """Numbers in the title of a repeat hold for every copy."""
        copies = [
            tuple(self.order[self.at[n] + k * self.steps[frame]] for n in nodes)
            for k in range(frame.count)
        ]
        told = ranges(frame.title)
        plain_numbers = re.findall(NUMBER, RANGE.sub("", frame.title))
        for values in differing(self.scopes_of(copies)):
            if any(r.tells(values) for r in told):
                continue
            if any(near(number, values[0]) for number in plain_numbers):
                yield f"{frame.title} tells one number for {span(values)}"

    # -- arrows ------------------------------------------------------------------------------

    def flow_lies(self) -> Iterator[str]:
        flows = list(self.panel.flows())
        if self.about is not None:
            yield from self.port_lies(flows)
        else:
            names = {f"output {name}" for name in (*self.graph.outputs, *self.graph.train_outputs)}
            drawn = [f"output {b.lines[0]}" for b in self.panel.boxes.values() if b.is_out]
            if sorted(drawn) != sorted(names):
                yield f"the outputs are {sorted(names)}, drawn are {sorted(drawn)}"
        expected: dict[tuple[int | str, int | str], list[Read]] = defaultdict(list)
        for read in self.reads:
            expected[read.tail, read.head].append(read)
        met: set[Read] = set()
        grown: dict[Arrow, list[tuple[Place, str]]] = defaultdict(list)
        for flow in flows:
            if self.from_port(flow):
                continue
            tail, head = self.key(flow.tail), self.key(flow.head)
            right = [r for r in expected[tail, head] if self.is_told(flow, r)]
            met.update(right)
            if not right:
                yield self.strange(flow, expected[tail, head])
            elif "…" in flow.arrow.shape:
                grown[flow.arrow].append((flow.head, right[0].shape))
        for arrow, shapes in grown.items():
            yield from growth_lies(arrow, shapes)
        for read in self.reads:
            if read not in met and not (self.about and isinstance(read.tail, str)):
                yield f"no arrow for {self.told(read)}"

    def from_port(self, flow: Flow) -> bool:
        """Whether it is from a box `in` of an inset."""
        return self.panel.boxes[flow.tail.box].is_in

    def is_told(self, flow: Flow, read: Read) -> bool:
        return self.has_shape(flow, read.shape) and self.has_via(flow, read)

    def has_shape(self, flow: Flow, shape: str) -> bool:
        told = set(flow.shapes)
        if flow.tail.box == flow.head.box and flow.tail.box in self.closed:
            # Between the copies of a closed block the channels may be any from those that enter
            # to those that leave: both are told, and what is between is not.
            enters = self.panel.shape(flow.arrow).partition(" x ")
            told |= {f"{enters[0]}…{''.join(one.partition(' x '))}" for one in flow.shapes}
        return not told or any(one == shape or within(one, shape) for one in told)

    def has_via(self, flow: Flow, read: Read) -> bool:
        """Whether the arrow tells what happens on the way; what a closed block goes on to do it
        may tell as well."""
        reference = (read.reference,) if read.reference else ()
        if flow.via == (*read.via, *reference):
            return True
        if flow.head.box not in self.closed or read.via or reference:
            return False
        return flow.via in self.ways(read.reader, self.nodes[flow.head])

    def ways(self, reader: int, inside: Sequence[int]) -> set[tuple[str, ...]]:
        """What becomes of a value in a block, up to the first merge."""
        done: tuple[str, ...] = ()
        found = set()
        while reader in inside:
            done = (*done, self.graph.nodes[reader].op.name)
            found.add(done)
            readers = self.graph.consumers.get(Value(reader), ())
            if self.graph.nodes[reader].op.family == "merging" or len(readers) != 1:
                break
            reader = readers[0]
        return found

    def strange(self, flow: Flow, reads: Sequence[Read]) -> str:
        arrow = f"{self.name(self.key(flow.tail))} -> {self.name(self.key(flow.head))}"
        shape = " or ".join(sorted(flow.shapes)) or "no told shape"
        so = "; ".join(map(self.told, reads)) or "there is no such flow"
        return f"an arrow {arrow} of {shape} {', '.join(flow.via)}: {so}"

    def told(self, read: Read) -> str:
        names = [*read.via, *([read.reference] if read.reference else [])]
        way = f" by {', '.join(names)}" if names else ""
        return f"{self.name(read.tail)} -> {self.name(read.head)} of {read.shape}{way}"

    def port_lies(self, flows: Sequence[Flow]) -> Iterator[str]:
        """A block has a box `in` for each value that flows in, with the same readers. Which is
        which only the shapes and the readers tell."""
        drawn: dict[str, set[Edge]] = defaultdict(set)
        for flow in flows:
            if self.from_port(flow):
                port = self.panel.boxes[flow.tail.box]
                if not self.has_shape(flow, port.shape):
                    yield f"an arrow from `in` of {port.shape} is of {flow.arrow.shape}"
                via = flow.via if flow.head.box not in self.closed else ()
                drawn[port.id].add(("in", self.key(flow.head), port.shape, via))
        expected: dict[str, set[Edge]] = defaultdict(set)
        for read in self.reads:
            if isinstance(read.tail, str):
                closed = isinstance(read.head, int) and self.owner[read.head].box in self.closed
                via = (*read.via, *((read.reference,) if read.reference else ()))
                expected[read.tail].add(("in", read.head, read.shape, () if closed else via))
        here = sorted(map(sorted, map(self.readable, drawn.values())))
        there = sorted(map(sorted, map(self.readable, expected.values())))
        if here != there:
            yield f"what flows in is {there}, drawn is {here}"

    def readable(self, edges: Iterable[Edge]) -> set[str]:
        return {f"{self.name(head)} {shape} {' '.join(via)}" for _, head, shape, via in edges}

    # -- what the graph says -----------------------------------------------------------------

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        """The flows among the places, and to outputs, with what has no box on the way."""
        found: dict[Read, None] = {}
        for index in self.order:
            if index not in self.owner or index not in self.inside:
                continue
            node = self.graph.nodes[index]
            operands = [(value, "") for value in node.inputs]
            operands += [(value, name) for name, value in node.refs if name != "like"]
            place = self.owner[index]
            for value, reference in operands:
                read = self.read(value, self.nodes[place][0], index, reference)
                if read.tail != read.head:
                    found[read] = None
        for name, value in self.results():
            found[self.read(value, name, -1, "")] = None
        return tuple(found)

    def results(self) -> Iterator[tuple[str, Value]]:
        """What the drawing hands out, by the name of its box; a block numbers what it gives."""
        if self.about is None:
            outputs = {**self.graph.outputs, **self.graph.train_outputs}
        elif len(self.about.result) == 1:
            outputs = {"out": self.about.result[0]}
        else:
            outputs = {f"out {at}": value for at, value in enumerate(self.about.result)}
        for name, value in outputs.items():
            yield f"output {name}", value

    def read(self, value: Value, head: int | str, reader: int, reference: str) -> Read:
        """Where a value comes from, by way of what has no box."""
        via: list[str] = []
        passed: list[int] = []
        while value.node in self.inside and value.node not in self.owner:
            node = self.graph.nodes[value.node]
            if node.op.name not in ADAPTS or len(node.inputs) != 1:
                raise False_(f"{node.name} is not drawn")
            via.insert(0, node.op.name)
            passed.append(node.index)
            value = node.inputs[0]
        if value.node in self.owner:
            tail: int | str = self.nodes[self.owner[value.node]][0]
        else:
            tail = f"in {value.node}.{value.output}"
        # The reader tells only in a closed block more than the box does.
        inner = reader if reader >= 0 and self.owner[reader].box in self.closed else -1
        return Read(tail, head, self.shape(value), tuple(via), reference, inner, tuple(passed))

    def shape(self, value: Value) -> str:
        return shape_text(self.graph.nodes[value.node].shapes[value.output])


@dataclass(frozen=True)
class Read:
    """A flow of the graph from one place to another; ``tail`` of an inset may be from outside,
    ``passed`` are the operators on the way that have no box."""

    tail: int | str
    head: int | str
    shape: str
    via: tuple[str, ...]
    reference: str
    reader: int
    passed: tuple[int, ...]


def refines(
    wired: Sequence[tuple[object, Value | None]], first: Sequence[tuple[object, Value | None]]
) -> bool:
    """Whether two copies are wired alike: what is one value from outside here is one there. The
    first copy may get one value for two that the others get: arrows tell which."""
    if [inner for inner, _ in wired] != [inner for inner, _ in first]:
        return False
    met: dict[Value, Value] = {}
    return all(
        met.setdefault(here, there) == there
        for (_, here), (_, there) in zip(wired, first, strict=True)
        if here is not None and there is not None
    )


def within(told: str, shape: str) -> bool:
    """Whether a shape is in a range of channels, as 96 x 56² is in 64…224 x 56²."""
    match = RANGE.match(told)
    if match is None:
        return False
    channels, _, rest = shape.partition(" x ")
    ends = sorted(map(int, match.groups()))
    return told[match.end() :].removeprefix(" x ") == rest and ends[0] <= int(channels) <= ends[1]


def growth_lies(arrow: Arrow, shapes: Sequence[tuple[Place, str]]) -> Iterator[str]:
    """A range on an arrow is what it carries in the first copy and in the last."""
    ordered = sorted(shapes, key=lambda entry: entry[0].copies)
    values = [int(shape.partition(" x ")[0]) for _, shape in ordered]
    counts = [len(set(at)) for at in zip(*(place.copies for place, _ in ordered), strict=True)]
    if not ranges(arrow.shape)[0].tells(values, counts):
        yield f"{arrow} carries {span(values)}"


def span(values: Sequence[float]) -> str:
    return ", ".join(map(str, values[:2])) + (f" … {values[-1]}" if len(values) > 2 else "")


def differing(scopes: Sequence[Scope]) -> Iterator[list[float]]:
    """The numbers of calls that are not the same in all of them."""
    for name in scopes[0].arguments if scopes else ():
        values = [scope.arguments.get(name) for scope in scopes]
        if all(type(v) in (int, float) for v in values) and len(set(values)) > 1:
            yield values


def has_weights(graph: Graph, node: Node) -> bool:
    return bool(node.op.weights(*graph.input_shapes(node), **graph.ref_shapes(node)))


def title_lies(title: str, node: Node, rank: int) -> Iterator[str]:
    """The words of an operator: its name, and numbers that are its arguments or ranges of them."""
    name, *words = title.split()
    if name != node.op.name:
        yield f"{node.name} is called {name} and is a {node.op.name}"
    values = {key: getattr(node.op, key) for key in type(node.op).model_fields}
    allowed = {text for value in values.values() for text in spellings(value, rank)}
    rates = [value for value in values.values() if isinstance(value, float)]
    for word in words:
        text = word.strip(",/()")
        if RANGE.fullmatch(text) or not any(c.isdigit() for c in text):
            continue
        rate = re.fullmatch(NUMBER, text) and any(near(text, value) for value in rates)
        if text not in allowed and text.lstrip("x") not in allowed and not rate:
            yield f"{word} in {title} is no argument of {node.name}"
    if "depthwise" in words and values.get("groups") != values.get("channels"):
        yield f"{node.name} is not depthwise"
    if node.op.name != "conv" or ranges(title):
        return
    for argument, mark in (("channels", ""), ("kernel", ""), ("stride", "/")):
        value = values[argument]
        shown = {f"{mark}{text}" for text in spellings(value, rank)}
        if not (mark and all_ones(value)) and not shown & {word.rstrip(",") for word in words}:
            yield f"{title} does not tell the {argument} of {node.name}"


def spellings(value: Any, rank: int) -> set[str]:
    """The ways to write an argument: one number for all axes, or one for each."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return {argument_text(value), str(value[0])}
    if isinstance(value, int) and not isinstance(value, bool) and rank > 0:
        return {str(value), "x".join([str(value)] * rank)}
    return {argument_text(value)}


def all_ones(value: Any) -> bool:
    return set(value) == {1} if isinstance(value, tuple) else value == 1


def call_lies(lines: Sequence[str], scope: Scope) -> Iterator[str]:
    """A block goes by its call, with no number that it is not given; a group by its key."""
    if not scope.block:
        if scope.name.rpartition(".")[2] not in lines[0]:
            yield f"{lines[0]} is {scope.name}"
        return
    call = call_of(lines, scope.block)
    if call is None:
        yield f"{lines[0]} does not tell that it is a {scope.block}"
        return
    given = re.findall(NUMBER, scope.span.text) if scope.span else []
    known = {text for value in scope.arguments.values() for text in numbers(value)}
    # A long call is cut off, maybe in a number.
    told = re.sub(rf"{NUMBER}…\)$", "", RANGE.sub("", call.removeprefix(scope.block)))
    for number in re.findall(NUMBER, told):
        if number not in known and number not in given:
            yield f"{number} in {call} is no argument of {scope.name}"


def call_of(lines: Sequence[str], block: str) -> str | None:
    """The line that is a call of this block."""
    return next((line for line in lines if re.match(rf"{block}(\(|$)", line)), None)


def numbers(value: Any) -> Iterator[str]:
    """The numbers of an argument, as they may be told."""
    if isinstance(value, list | tuple):
        for entry in value:
            yield from numbers(entry)
    elif type(value) in (int, float) or isinstance(value, int | float):
        yield from {str(value), f"{value:.4g}", str(abs(value))}
    elif isinstance(value, str):
        yield from re.findall(NUMBER, value)
