"""The stages of a network as the table of a paper has them: sizes, layers, blocks that repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from archdsl.analysis.layers import layer
from archdsl.graph.graph import Graph, InputOp, Node, Scope, Value

__all__ = ["Entry", "Stage", "stages"]

MOST_SIZES: Final = 2
"""A container whose children make more sizes than this is no stage; it holds several."""

MOST_LAYERS: Final = 8
"""A block of more layers is told by its name."""

POINT: Final = "1x1"
"""The size of what has no positions left, as papers write it."""

SPAN: Final = ".."
"""Between the names of the first and the last of stages that are equal."""

GATE: Final = "mul"


@dataclass(frozen=True, slots=True)
class Entry:
    """Layers that stand together in a cell, and how often they follow one another.

    A convolution is its kernel and its channels; ``inside`` tells blocks apart that read alike.
    """

    layers: tuple[str, ...]
    repeats: int = 1
    inside: tuple[str, ...] = ()

    @property
    def bracketed(self) -> bool:
        return len(self.layers) > 1 or self.repeats > 1


@dataclass(frozen=True, slots=True)
class Stage:
    """Layers up to one output size, under the name that the spec gives them."""

    name: str
    size: str
    entries: tuple[Entry, ...]


def stages(graph: Graph) -> tuple[Stage, ...]:
    """What a network is made of, from its input to its output, without what only trains.

    A stage is a container with a name, the poolings before it included; what stands outside of
    one belongs together as long as its size stays. Norms, activations and shortcuts are left
    out, and of blocks the strides: the output sizes tell them.

    >>> import archdsl
    >>> for stage in stages(archdsl.load("zoo:resnet18").graph)[:2]:
    ...     print(stage.name, stage.size, *[(e.layers, e.repeats) for e in stage.entries])
    conv1 112x112 (('7x7, 64, stride 2',), 1)
    layer1 56x56 (('3x3 max pool, stride 2',), 1) (('3x3, 64', '3x3, 64'), 2)
    """
    found: list[_Draft] = []
    for part, around in _parts(graph, graph.root, ""):
        entries = _entries(graph, part)
        if not entries:
            continue
        draft = _Draft.of(graph, part, around, entries)
        if found and (_is_norm(graph, part) or found[-1].takes(draft)):
            found[-1] = found[-1].joined(draft)
        else:
            found.append(draft)
    if found and _makes_scores(graph):
        found[-1] = replace(found[-1], entries=(*found[-1].entries, Entry(("softmax",))))
    return tuple(Stage(draft.name, draft.size, _told(draft)) for draft in found)


# ---- stages


@dataclass(frozen=True, slots=True)
class _Draft:
    """A stage in the making. ``named`` says that a container gave its name, ``labelled`` that a
    layer did; else it goes by the container around."""

    name: str
    size: str
    entries: tuple[Entry, ...]
    named: bool
    labelled: bool

    @classmethod
    def of(cls, graph: Graph, part: int | Scope, around: str, entries: tuple[Entry, ...]) -> _Draft:
        key = part.key if isinstance(part, Scope) else graph.nodes[part].key
        label = "" if key.isdigit() else key
        scope = isinstance(part, Scope)
        named, labelled = bool(label) and scope, bool(label) and not scope
        return cls(label or around, _size(graph, part), entries, named, labelled)

    def takes(self, other: _Draft) -> bool:
        """Whether what comes next belongs to the same stage."""
        if self.size != other.size:
            return False
        if self.named:
            return other.named and {*self.entries} == {*other.entries}
        return not (other.named and self.labelled)

    def joined(self, other: _Draft) -> _Draft:
        if self.named and not other.named:
            return replace(self, entries=self.entries + other.entries)
        if self.named:
            span = f"{self.name.partition(SPAN)[0]}{SPAN}{other.name}"
            return replace(self, name=span, entries=self.entries + other.entries)
        renamed = other.named or (other.labelled and not self.labelled)
        return _Draft(
            other.name if renamed else self.name,
            self.size,
            self.entries + other.entries,
            other.named,
            self.labelled or other.labelled,
        )


def _parts(graph: Graph, scope: Scope, around: str) -> Iterator[tuple[int | Scope, str]]:
    """The layers and containers that stages are made of; one that holds several is opened."""
    for child in scope.children:
        if isinstance(child, Scope) and _holds_stages(graph, child):
            yield from _parts(graph, child, child.key)
        elif _computes(graph, child):
            yield child, around


def _holds_stages(graph: Graph, scope: Scope) -> bool:
    """Whether its children go through several sizes and end at another one than they begin with:
    an hourglass, which comes back, is one block."""
    sizes = [_size(graph, part) for part in scope.children if _computes(graph, part)]
    return len({*sizes}) > MOST_SIZES and sizes[0] != sizes[-1]


def _computes(graph: Graph, part: int | Scope) -> bool:
    """Whether inference needs it; an input is not computed."""
    nodes = part.nodes() if isinstance(part, Scope) else (part,)
    return any(_runs(graph.nodes[node]) for node in nodes)


def _is_norm(graph: Graph, part: int | Scope) -> bool:
    """A norm that is told at all belongs to what it follows."""
    return isinstance(part, int) and graph.nodes[part].op.family == "normalisation"


def _runs(node: Node) -> bool:
    return not node.train_only and not isinstance(node.op, InputOp)


def _size(graph: Graph, part: int | Scope) -> str:
    """The size of what a part makes; of several results that of the first."""
    if isinstance(part, int):
        value = Value(part)
    else:
        value = part.result[0] if part.result else Value(max(part.nodes()))
    size = graph.shape(value).size
    return POINT if all(axis == 1 for axis in size) else "x".join(map(str, size))


def _makes_scores(graph: Graph) -> bool:
    """Whether the network ends in one score a class, to which the loss applies the softmax."""
    values = [*graph.outputs.values()]
    if len(values) != 1 or graph.shape(values[0]).rank:
        return False
    return graph.nodes[values[0].node].op.family != "activation"


def _told(draft: _Draft) -> tuple[Entry, ...]:
    """Neighbours that are equal once, with their number; poolings and what has no positions left
    on one line."""
    entries = []
    for entry, same in groupby(draft.entries):
        entries.append(replace(entry, repeats=sum(each.repeats for each in same)))
    if draft.size != POINT:
        return tuple(entries)
    told: list[Entry] = []
    for words, same in groupby(draft.entries, _is_plain_word):
        group = [*same]
        told += [Entry((", ".join(entry.layers[0] for entry in group),))] if words else group
    return tuple(told)


def _is_plain_word(entry: Entry) -> bool:
    return not entry.bracketed and "," not in entry.layers[0]


# ---- blocks


def _entries(graph: Graph, part: int | Scope) -> tuple[Entry, ...]:
    """A layer is an entry, a block is one, and a container of blocks has one for each."""
    if isinstance(part, int):
        node = graph.nodes[part]
        text = layer(graph, node) if _runs(node) else ""
        return (Entry((text,)),) if text else ()
    if _joins(graph, part.children) or (part.key.isdigit() and not _is_chain(graph, part)):
        return _block(graph, part)
    return tuple(entry for child in part.children for entry in _inner(graph, child))


def _inner(graph: Graph, part: int | Scope) -> tuple[Entry, ...]:
    if isinstance(part, Scope) and not _is_chain(graph, part):
        return _block(graph, part)
    return _entries(graph, part)


def _is_chain(graph: Graph, scope: Scope) -> bool:
    """Whether a container only sets blocks one after another: it joins nothing, they do."""
    return not _joins(graph, scope.children) and _joins(graph, scope.nodes())


def _joins(graph: Graph, parts: Iterable[int | Scope]) -> bool:
    """Whether one of the parts is a merge; a gate is no block's end."""
    nodes = [graph.nodes[part] for part in parts if isinstance(part, int)]
    return any(_merges(node) and node.op.name != GATE for node in nodes)


def _merges(node: Node) -> bool:
    return node.op.family == "merging" and len(node.inputs) > 1


def _block(graph: Graph, scope: Scope) -> tuple[Entry, ...]:
    """A block by the layers of its main path, or by its name where it has several."""
    nodes = sorted(node for node in scope.nodes() if _runs(graph.nodes[node]))
    path = _main_path(graph, nodes)
    layers = [layer(graph, graph.nodes[node]) for node in path or ()]
    told = tuple(filter(None, layers))
    if path is not None and len(told) <= MOST_LAYERS:
        if len(told) > 1:
            told = tuple(filter(None, (layer(graph, graph.nodes[n], stride=False) for n in path)))
        return (Entry(told),) if told else ()
    shape = graph.nodes[nodes[-1]].shape
    width = f", {shape.channels}" if shape else ""
    inside = _arguments(scope) if scope.block else [str(graph.nodes[n].op) for n in nodes]
    return (Entry((f"{scope.block or scope.key}{width}",), inside=tuple(inside)),)


def _arguments(scope: Scope) -> Iterator[str]:
    """What makes a block another one: its numbers and words, but for the stride."""
    for name, value in scope.arguments.items():
        listed = value if isinstance(value, list | tuple) else [value]
        if name != "stride" and all(isinstance(each, int | float | str) for each in listed):
            yield f"{name}={value}"


def _main_path(graph: Graph, nodes: list[int]) -> list[int] | None:
    """The nodes without those of shortcuts; nothing where several paths do the work."""
    before: dict[int, frozenset[int]] = {}
    shortcuts: set[int] = set()
    inside = set(nodes)
    for index in nodes:
        node = graph.nodes[index]
        ways = [before[v.node] if v.node in inside else frozenset[int]() for v in node.sources]
        before[index] = frozenset((index,)).union(*ways)
        if not _merges(node):
            continue
        common = frozenset.intersection(*ways)
        aside = _shortcuts(graph, [way - common for way in ways], node.op.name)
        if aside is None:
            return None
        shortcuts |= aside
    return [index for index in nodes if index not in shortcuts]


def _shortcuts(graph: Graph, ways: list[frozenset[int]], merge: str) -> set[int] | None:
    """What the ways to a merge have beside the longest of them: in an addition at most one
    convolution that adapts the shortcut, in a concatenation none; a gate is part of the path."""
    if merge == GATE:
        return set()
    *others, longest = sorted(ways, key=lambda way: _work(graph, way))
    allowed = 1 if merge == "add" else 0
    for other in others:
        work = _work(graph, other - longest)
        if work > allowed or (work and work >= _work(graph, longest - other)):
            return None
    return {node for other in others for node in other - longest}


def _work(graph: Graph, nodes: Iterable[int]) -> int:
    return sum(graph.nodes[node].op.family == "convolution" for node in nodes)
