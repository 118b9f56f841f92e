"""From a graph to a picture: how deep to look, what to show beside it, where to fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from archdsl.draw import page, words
from archdsl.draw.coarse import boxes_at, coarser
from archdsl.draw.collapse import panel
from archdsl.draw.dot import write_dot
from archdsl.draw.flow import told_once, with_skips
from archdsl.draw.outline import Item, Leaf, Part, Run, nodes_of, outline, plain
from archdsl.draw.picture import Box, Frame, Panel, Picture
from archdsl.draw.render import form_of, render
from archdsl.draw.summary import splits
from archdsl.draw.ushape import shaped_like_a_u
from archdsl.draw.wiring import Naming
from archdsl.graph.graph import Graph

__all__ = ["compose", "draw", "drawn_coarser", "to_dot"]

FEWEST_BOXES = 7
"""A drawing of fewer boxes, inputs and outputs not counted, looks into the blocks."""

MOST_BOXES = 24
"""It does not if that gives more than these."""

MOST_PLAIN_BOXES = 60
"""A flat model of more is told in stretches."""

MOST_DRAWN = 800
"""Whatever depth is asked for, more boxes are not drawn: nobody reads them, and Graphviz would
take minutes."""

MOST_INSET_BOXES = 14
MOST_INSET_U = 20
"""A U has its boxes side by side, so more of them fit."""

MOST_INSETS = 2


def draw(graph: Graph, path: Path, *, depth: int | None = None) -> Path:
    """Draws a network to ``.svg``, ``.pdf``, ``.png``, ``.dot`` or ``.gv``; the suffix decides.

    ``depth`` is how many levels of blocks are opened: 0 shows the stages of the model, 1 what is
    in them, and so on; repeats stay one drawing with their number. A depth beyond the deepest
    block shows every operator by itself. By default it is what fits one page, with the blocks
    that stay closed opened once beside it. What would be too much to lay out is drawn coarser.

    The file is written whole or not at all. Raises :class:`DrawError`.

    >>> import archdsl, pathlib, tempfile
    >>> graph = archdsl.load("specs/lenet5.arch").graph
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw(graph, pathlib.Path(folder, "lenet5.svg")).stat().st_size > 1000
    True
    """
    form_of(path)  # before the work, not after it
    return render(to_dot(graph, depth=depth), path)


def to_dot(graph: Graph, *, depth: int | None = None) -> str:
    """The picture as DOT source, for any Graphviz; needs no pygraphviz.

    >>> import archdsl
    >>> "conv 5x5, 6" in to_dot(archdsl.load("specs/lenet5.arch").graph)
    True
    """
    return write_dot(compose(graph, depth))


def compose(graph: Graph, depth: int | None = None) -> Picture:
    """Everything a page shows of a graph.

    >>> import archdsl
    >>> picture = compose(archdsl.load("specs/resnet50.arch").graph)
    >>> [box.title for box in picture.main.boxes][:3], picture.insets[0].title
    (['image', 'conv 7x7, 64 /2', 'maxpool 3x3 /2'], 'bottleneck(64)')
    """
    items = outline(graph)
    deepest = nesting(items)
    insets: tuple[Panel, ...] = ()
    naming = Naming()
    if depth is not None and depth > deepest and len(graph.nodes) <= MOST_DRAWN:
        drawn = panel(graph, plain(graph), len(graph.nodes), naming, every=True)
        main = arranged(drawn, pools=True)
    elif depth is not None:
        items, chosen = affordable(graph, items, min(max(depth, 0), deepest))
        main = arranged(panel(graph, items, chosen, naming))
    else:
        if boxes_at(items, 0) > MOST_PLAIN_BOXES:
            items = coarser(graph, items, MOST_BOXES)
        chosen = default_depth(items, deepest)
        main = arranged(panel(graph, items, chosen, naming))
        insets = examples(graph, items, chosen, naming)
    return Picture(graph.name, subtitle(graph), page.folded(main), insets)


def drawn_coarser(graph: Graph, depth: int | None) -> bool:
    """Whether a picture opens less than it was asked to, because that is too much to lay out."""
    if depth is None:
        return False
    items = outline(graph)
    deepest = nesting(items)
    if depth > deepest:
        return len(graph.nodes) > MOST_DRAWN
    return boxes_at(items, depth) > MOST_DRAWN


def default_depth(items: Sequence[Item], deepest: int) -> int:
    """As shallow as tells something, as deep as fits. A group that is no block tells little by
    its name, so groups are opened where there is room."""
    depth = 0
    while depth < deepest and (boxes_at(items, depth) < FEWEST_BOXES or groups_at(items, depth)):
        if boxes_at(items, depth + 1) > MOST_BOXES:
            break
        depth += 1
    return depth


def groups_at(items: Sequence[Item], depth: int) -> bool:
    """Whether a group that stays closed at a depth holds blocks."""
    return any(
        not part.scope.block and any(inner.scope.block for inner in parts_of(part))
        for part, _ in closed_parts(items, depth, 1)
    )


def affordable(graph: Graph, items: tuple[Item, ...], depth: int) -> tuple[tuple[Item, ...], int]:
    """The items and the greatest depth up to this one that Graphviz lays out in good time."""
    while depth > 0 and boxes_at(items, depth) > MOST_DRAWN:
        depth -= 1
    if boxes_at(items, depth) > MOST_DRAWN:
        return coarser(graph, items, MOST_PLAIN_BOXES), 0
    return items, depth


def arranged(drawn: Panel, *, pools: bool = False) -> Panel:
    return shaped_like_a_u(without_wrapper(told_once(with_skips(drawn))), pools=pools)


def without_wrapper(drawn: Panel) -> Panel:
    """Without a frame around nearly everything: it says nothing, and no page could be folded."""
    total = len(drawn.boxes)
    items: list[Box | Frame] = []
    for item in drawn.items:
        if isinstance(item, Frame) and item.count == 1 and inner(item) > 0.6 * total and total > 8:
            items.extend(item.items)
        else:
            items.append(item)
    return replace(drawn, items=tuple(items))


def inner(frame: Frame) -> int:
    return len(Panel("", frame.items, ()).boxes)


def nesting(items: Sequence[Item]) -> int:
    """How many levels of containers there are."""
    deepest = 0
    for item in items:
        if isinstance(item, Run):
            deepest = max(deepest, nesting(item.copies[0]))
        elif isinstance(item, Part):
            deepest = max(deepest, 1 + nesting(item.children))
    return deepest


def subtitle(graph: Graph) -> str:
    reads = ", ".join(words.shape_text(graph.shape(v)) for v in graph.inputs.values())
    makes = ", ".join(words.shape_text(graph.shape(v)) for v in graph.outputs.values())
    return f"{reads} → {makes}   ·   {words.number(parameters(graph))} parameters"


def parameters(graph: Graph) -> int:
    total = 0
    for node in graph.nodes:
        if node.module != node.index:
            continue
        weights = node.op.weights(*graph.input_shapes(node), **graph.ref_shapes(node))
        for weight in weights.values():
            if weight.trainable:
                count = 1
                for extent in weight.shape:
                    count *= extent
                total += count
    return total


# -- examples --------------------------------------------------------------------------------


def examples(graph: Graph, items: Sequence[Item], depth: int, naming: Naming) -> tuple[Panel, ...]:
    """The blocks that stay closed and in which something splits and is joined again: the most used
    ones opened once, in the form that is used most. If it is one block, its second form as well."""
    closed = list(closed_parts(items, depth, 1))
    branching = {
        part.scope.block for outer, _ in closed for part in parts_of(outer) if splits(graph, part)
    }
    found: dict[str, list[Part]] = {}
    for outer, count in closed:
        for part, times in outermost(outer, count, branching - {""}):
            found.setdefault(part.scope.block, []).extend([part] * times)
    blocks = [
        tuple(drawn_forms(graph, parts, naming))
        for parts in sorted(found.values(), key=len, reverse=True)
    ]
    shown = [forms[0] for forms in blocks if forms]
    if len(blocks) == 1:
        shown = [form for form in blocks[0] if form is blocks[0][0] or form.count > 1]
    return tuple(shown[:MOST_INSETS])


def drawn_forms(graph: Graph, parts: Sequence[Part], naming: Naming) -> Iterator[Panel]:
    """The forms of a block that are small enough to show, the most used one first."""
    for form in forms_of(graph, parts):
        drawn = smallest_example(graph, form, naming)
        if drawn:
            yield drawn


def forms_of(graph: Graph, parts: Sequence[Part]) -> list[list[Part]]:
    """The uses of a block by what they hold, whatever the numbers; the most used form first."""
    forms: dict[object, list[Part]] = {}
    for part in parts:
        forms.setdefault(form_of_part(graph, part), []).append(part)
    return sorted(forms.values(), key=len, reverse=True)


def form_of_part(graph: Graph, part: Part) -> object:
    """Which operators there are and how they are wired."""
    place = {node: at for at, node in enumerate(nodes_of(part))}
    return tuple(
        (graph.nodes[node].op.name, tuple(place.get(v.node, -1) for v in graph.nodes[node].inputs))
        for node in place
    )


def smallest_example(graph: Graph, parts: Sequence[Part], naming: Naming) -> Panel | None:
    """The first use of a block, or the first with the fewest operators if that is too large."""
    drawn = example(graph, parts[0], naming)
    part = parts[0] if drawn else min(parts, key=lambda part: part.count)
    drawn = drawn or example(graph, part, naming)
    return drawn and replace(drawn, note=part.scope.name, count=len(parts))


def parts_of(item: Item) -> Iterator[Part]:
    """The containers of an item that can be opened, its own first; of repeats those of one copy."""
    if isinstance(item, Part):
        yield item
    for child in first_copy(item):
        yield from parts_of(child)


def first_copy(item: Item) -> Sequence[Item]:
    if isinstance(item, Leaf):
        return ()
    return item.children if isinstance(item, Part) else item.copies[0]


def outermost(part: Part, count: int, blocks: set[str]) -> Iterator[tuple[Part, int]]:
    """The outermost uses of these blocks in a part, and how often each is used."""
    if part.scope.block in blocks:
        yield part, count
        return
    for child, times in closed_parts(part.children, 0, count):
        yield from outermost(child, times, blocks)


def closed_parts(items: Sequence[Item], depth: int, count: int) -> Iterator[tuple[Part, int]]:
    for item in items:
        if isinstance(item, Run):
            yield from closed_parts(item.copies[0], depth, count * len(item.copies))
        elif isinstance(item, Part) and depth > 0:
            yield from closed_parts(item.children, depth - 1, count)
        elif isinstance(item, Part):
            yield item, count


def example(graph: Graph, part: Part, naming: Naming) -> Panel | None:
    """The block opened as far as it stays small."""
    for depth in range(nesting(part.children), -1, -1):
        title = words.block_title(part.scope)
        drawn = panel(
            graph, part.children, depth, naming,
            title=title, around=part.scope.name, result=part.scope.result,
        )  # fmt: skip
        if len(drawn.boxes) > MOST_INSET_U:
            continue
        drawn = arranged(drawn)
        if len(drawn.boxes) <= (MOST_INSET_U if drawn.rows else MOST_INSET_BOXES):
            return replace(drawn, tooltip=part.scope.name)
    return None
