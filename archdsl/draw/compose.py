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
from archdsl.draw.outline import Item, Part, Run, outline, plain
from archdsl.draw.picture import Box, Frame, Panel, Picture
from archdsl.draw.render import form_of, render
from archdsl.draw.summary import splits
from archdsl.draw.ushape import shaped_like_a_u
from archdsl.draw.wiring import Naming
from archdsl.graph.graph import Graph

__all__ = ["compose", "draw", "to_dot"]

FEWEST_BOXES = 10
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


def default_depth(items: Sequence[Item], deepest: int) -> int:
    """As shallow as tells something, as deep as fits."""
    depth = 0
    while depth < deepest and boxes_at(items, depth) < FEWEST_BOXES:
        if boxes_at(items, depth + 1) > MOST_BOXES:
            break
        depth += 1
    return depth


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
    """The blocks that stay closed and branch inside, the most used ones opened once."""
    found: dict[str, list[Part]] = {}
    for part, count in closed_parts(items, depth, 1):
        part, count = innermost(part, count)
        if part.scope.block and splits(graph, part):
            found.setdefault(part.scope.block, []).extend([part] * count)
    ranked = sorted(found.values(), key=len, reverse=True)[:MOST_INSETS]
    return tuple(filter(None, (smallest_example(graph, parts, naming) for parts in ranked)))


def smallest_example(graph: Graph, parts: Sequence[Part], naming: Naming) -> Panel | None:
    """The first use of a block, or the first with the fewest operators if that is too large."""
    first = example(graph, parts[0], naming)
    return first or example(graph, min(parts, key=lambda part: part.count), naming)


def innermost(part: Part, count: int) -> tuple[Part, int]:
    """What a block repeats, where it is nothing but a repeat: that is the better example."""
    while len(part.children) == 1:
        child = part.children[0]
        if isinstance(child, Run) and len(child.copies[0]) == 1:
            count *= len(child.copies)
            child = child.copies[0][0]
        if not isinstance(child, Part):
            break
        part = child
    return part, count


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
        drawn = panel(graph, part.children, depth, naming, title=title, around=part.scope.name)
        if len(drawn.boxes) > MOST_INSET_U:
            continue
        drawn = arranged(drawn)
        if len(drawn.boxes) <= (MOST_INSET_U if drawn.rows else MOST_INSET_BOXES):
            return replace(drawn, tooltip=part.scope.name)
    return None
