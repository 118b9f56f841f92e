"""A picture as DOT, written by the graphviz package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from archdsl.draw import styles
from archdsl.draw.escape import hover, plain, text
from archdsl.draw.flow import Flow
from archdsl.draw.page import FRAME_MARGIN, SMALL, TITLE, Page, laid_out, title_lines
from archdsl.draw.picture import Box, Edge, Frame, Kind, Panel, Picture, boxes_in
from archdsl.draw.titles import TITLE_SIZE, Title, Titles

if TYPE_CHECKING:
    import graphviz

__all__ = ["write_dot"]

NARROW = "\u00a0"
"""A space that keeps words apart, and a label off its line."""

POINTS = 72
"""In an inch, which is what Graphviz measures boxes in."""


def write_dot(picture: Picture) -> str:
    """The DOT source of a picture; any Graphviz can lay it out with ``dot``."""
    import graphviz

    page = laid_out(picture)
    picture = page.picture
    dot = graphviz.Digraph(
        "archdsl",
        graph_attr=graph_attributes(page),
        node_attr={"shape": "box", "fontname": styles.FONT, "fontsize": str(TITLE), "height": "0.3",
                   "margin": "0.12,0.05", "fontcolor": styles.INK},
        edge_attr={"fontname": styles.FONT, "fontsize": str(SMALL), "arrowsize": "0.65",
                   "color": styles.EDGE, "fontcolor": styles.MUTED},
    )  # fmt: skip
    columns = write_main(dot, picture.main)
    for number, inset in enumerate(picture.insets, 1):
        write_inset(dot, inset, number, columns + number)
    if page.stacked:
        write_stack(dot, picture.insets)
    return str(dot.source)


def graph_attributes(page: Page) -> dict[str, str]:
    picture = page.picture
    title = f'<font point-size="17"><b>{text(picture.title)}</b></font>'
    below = f'<font point-size="10" color="{styles.MUTED}">{text(picture.subtitle)}</font>'
    rows = f"<tr><td>{title}</td></tr><tr><td>{below}</td></tr><tr><td>{NARROW}</td></tr>"
    attributes = {
        "label": f'<<table border="0" cellspacing="2" cellpadding="0">{rows}</table>>',
        "labelloc": "t",
        "fontname": styles.FONT,
        "fontcolor": styles.INK,
        "bgcolor": "white",
        "pad": "0.2",
        "ranksep": "0.13",
        "nodesep": "0.22",
        "tooltip": hover(picture.title),
    }
    if page.alone:
        # Ranks over all frames at once, which bends fewer edges.
        return attributes | {"newrank": "true"}
    # Columns and examples are components of their own: laid out one by one, set side by side, in
    # their order ("u" alone means by a number that all of them lack). Together with newrank
    # Graphviz 14 loses the frames, and crashes where a part falls into several.
    return attributes | {"pack": "26", "packmode": f"array_ut{page.across}"}


# -- panels ----------------------------------------------------------------------------------


def write_main(dot: graphviz.Digraph, panel: Panel) -> int:
    """The drawing of the model; returns the number of its columns."""
    if panel.columns:
        return write_columns(dot, panel)
    with column(dot, 1, panel.items) as part:
        write_items(part, panel.items, Look(groups(panel, 1), Titles(panel, panel.items)))
        write_edges(part, panel, panel.edges)
    return 1


@contextmanager
def column(
    dot: graphviz.Digraph, place: int, items: tuple[Box | Frame, ...]
) -> Iterator[graphviz.Digraph]:
    """A part of the page. Graphviz sets parts side by side in the order they come, as long as
    there is a cluster in each; an unseen one is put around what has no frames. Around frames
    it would bend the edges in them."""
    if any(isinstance(item, Frame) for item in items):
        yield dot
        return
    with dot.subgraph(name=f"cluster_column{place}") as part:
        part.attr(label="", peripheries="0", margin="0")
        yield part


def groups(panel: Panel, place: int) -> dict[str, str]:
    """Boxes of one group are drawn in one straight line: the spine, each arm of a U."""
    spine = Flow(panel).spine
    found = dict.fromkeys(spine, f"spine{place}")
    if panel.rows:
        found |= {box: f"up{place}" for box in spine if box in panel.upward}
        # The lowest box hangs free between the arms.
        lowest = next((a for a, b in pairwise(spine) if b in panel.upward), "")
        found.pop(lowest, None)
    return found


def write_inset(dot: graphviz.Digraph, panel: Panel, number: int, place: int) -> None:
    with dot.subgraph(name=f"cluster_inset{number}") as part:
        part.attr(
            label=inset_label(panel), fontname=styles.FONT, fontsize="11", margin="14",
            style="rounded,filled", fillcolor="#FAFBFC", color=styles.FRAME,
            tooltip=hover(panel.tooltip or panel.title), peripheries="1",
        )  # fmt: skip
        write_items(part, panel.items, Look(groups(panel, place), Titles(panel, panel.items)))
        write_edges(part, panel, panel.edges)


def inset_label(panel: Panel) -> str:
    """The call of the block, and below it where the one that is drawn stands."""
    where = f"{panel.note}, one of {panel.count}" if panel.count > 1 else panel.note
    return lines_label(f"<b>{text(panel.title)}</b>", (where,), styles.MUTED)


def write_stack(dot: graphviz.Digraph, insets: tuple[Panel, ...]) -> None:
    """One example under another: an unseen edge makes a single part of them."""
    for above, below in pairwise(insets):
        dot.edge(Flow(above).spine[-1], Flow(below).spine[0], style="invis", weight="1")


def write_columns(dot: graphviz.Digraph, panel: Panel) -> int:
    """Columns side by side; where an edge would lead from one to another it ends in a numbered
    circle and starts again from the same number."""
    place = {
        box.id: index for index, items in enumerate(panel.columns, 1) for box in boxes_in(items)
    }
    jumps: dict[tuple[str, str], int] = {}
    for index, items in enumerate(panel.columns, 1):
        inside = [e for e in panel.edges if place[e.tail] == place[e.head] == index]
        across = [e for e in panel.edges if place[e.tail] != place[e.head]]
        for edge in across:
            jumps.setdefault((edge.tail, edge.shape), len(jumps) + 1)
        with column(dot, index, items) as part:
            write_items(part, items, Look(groups(panel, index), Titles(panel, items)))
            write_edges(part, panel, tuple(inside))
            write_jumps(part, across, jumps, place, index)
    return len(panel.columns)


def write_jumps(
    dot: graphviz.Digraph,
    across: list[Edge],
    jumps: dict[tuple[str, str], int],
    place: dict[str, int],
    index: int,
) -> None:
    """The circles of one column: one for each value that leaves it or arrives."""
    left: set[int] = set()
    for edge in across:
        number = jumps[edge.tail, edge.shape]
        if place[edge.tail] == index and number not in left:
            left.add(number)
            dot.node(f"leave{number}", **jump_style(edge, number, index))
            dot.edge(edge.tail, f"leave{number}", **edge_style(replace(edge, via="", skip=False)))
        if place[edge.head] == index:
            start = f"arrive{number}_{index}"
            dot.node(start, **jump_style(edge, number, index))
            dot.edge(start, edge.head, **edge_style(replace(edge, quiet=True)))


def jump_style(edge: Edge, number: int, place: int) -> dict[str, str]:
    return {
        "label": str(number), "tooltip": hover(edge.tooltip), "group": f"spine{place}",
        "shape": "circle", "width": "0.22", "height": "0.22", "fixedsize": "true",
        "fontsize": str(SMALL), "color": styles.EDGE,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What boxes and frames owe to the rest of their panel: straight lines, titles beside them."""

    group: dict[str, str]
    titles: Titles


def write_items(dot: graphviz.Digraph, items: tuple[Box | Frame, ...], look: Look) -> None:
    for item in items:
        if isinstance(item, Box):
            straight = {"group": look.group[item.id]} if item.id in look.group else {}
            wide = look.titles.of_boxes.get(item.id)
            least = {"width": f"{wide / POINTS:.2f}"} if wide else {}
            dot.node(item.id, **straight, **least, **box_style(item))
            continue
        with dot.subgraph(name=item.id) as part:
            part.attr(**frame_style(item, look.titles.of_frames[item.id]))
            write_items(part, item.items, look)


# -- boxes -----------------------------------------------------------------------------------


def box_style(box: Box) -> dict[str, str]:
    look = styles.STYLES[box.kind]
    style = {
        "label": box_label(box),
        "tooltip": hover(box.tooltip or box.title),
        "style": look.style,
        "fillcolor": look.fill,
        "color": look.line,
        "penwidth": str(look.width),
    }
    if box.train_only:
        style |= {"style": "rounded,dashed,filled", "fillcolor": "#FFFFFF", "color": styles.TRAIN}
    return style


def box_label(box: Box) -> str:
    ink = styles.TRAIN if box.train_only else styles.INK
    muted = styles.TRAIN if box.train_only else styles.MUTED
    titles = [f'<font color="{ink}"><b>{text(line)}</b></font>' for line in title_lines(box)]
    if box.name:
        name = f'<font point-size="{SMALL}" color="{muted}">{text(box.name)}</font>'
        titles[0] = f"{name}{NARROW * 2}{titles[0]}"
    if box.count > 1:
        titles[-1] += NARROW * 2 + times(f"x {box.count}")
    first = "<br/>".join(titles)
    return lines_label(first, box.lines, muted) if box.lines else f"<{first}>"


def lines_label(first: str, lines: Sequence[str], ink: str) -> str:
    """A first line in markup, and smaller ones of text below it."""
    below = "".join(
        f'<tr><td><font point-size="{SMALL}" color="{ink}">{text(line)}</font></td></tr>'
        for line in lines
    )
    table = '<table border="0" cellborder="0" cellspacing="1" cellpadding="0">'
    return f"<{table}<tr><td>{first}</td></tr>{below}</table>>"


def times(count: str) -> str:
    return f'<font color="{styles.COUNT}"><b>{count}</b></font>'


def frame_style(frame: Frame, title: Title) -> dict[str, str]:
    ink = styles.TRAIN if frame.train_only else styles.MUTED
    return {
        "label": frame_label(title),
        "tooltip": hover(frame.tooltip or frame.title),
        "labeljust": "r" if title.right else "l",
        "fontsize": str(TITLE_SIZE),
        "fontname": styles.FONT,
        "fontcolor": ink,
        "color": styles.TRAIN if frame.train_only else styles.FRAME,
        "peripheries": "1",
        "style": "rounded,dashed" if frame.train_only else "rounded",
        "margin": str(FRAME_MARGIN),
        "penwidth": "1.6" if frame.count > 1 else "1",
    }


def frame_label(title: Title) -> str:
    if not title.lines:
        return ""
    end = '<br align="right"/>' if title.right else '<br align="left"/>'
    lines = [title_line(line, title.count) for line in title.lines]
    return f"<{end.join(lines)}{end if lines[1:] else ''}>"


def title_line(words: tuple[str, ...], count: str) -> str:
    counted = bool(count) and words[-1] == count
    plain = text(" ".join(words[:-1] if counted else words))
    return f"{plain}{NARROW * 2 if plain else ''}{times(count)}" if counted else plain


# -- edges -----------------------------------------------------------------------------------


def write_edges(dot: graphviz.Digraph, panel: Panel, edges: tuple[Edge, ...]) -> None:
    level = {box: number for number, row in enumerate(panel.rows) for box in row.boxes}
    for row in panel.rows:
        with dot.subgraph() as same:
            same.attr(rank="same")
            for box in row.boxes:
                same.node(box)
    for edge in edges:
        style = edge_style(edge)
        if edge.tail in level and level[edge.tail] == level.get(edge.head):
            dot.edge(edge.tail, edge.head, **{**style, "minlen": "1"})
        elif edge.head in panel.upward:
            # Turned round, so that ranks grow downwards while the data flows up.
            dot.edge(edge.head, edge.tail, **style, dir="back")
        else:
            dot.edge(edge.tail, edge.head, **style)


def edge_style(edge: Edge) -> dict[str, Any]:
    label = [part for part in ("" if edge.quiet else edge.shape, edge.via) if part]
    style = {
        "label": "".join(f"{NARROW * 2}{plain(part)}{NARROW}\\l" for part in label),
        "tooltip": hover(edge.tooltip),
        "labeltooltip": hover(edge.tooltip),
        "weight": "30",
        # Room for the label: of several components Graphviz makes none by itself.
        "minlen": "2",
    }
    if edge.skip:
        style |= {"color": styles.SKIP, "fontcolor": styles.SKIP, "penwidth": "1.5", "weight": "1"}
    if edge.pooled:
        style |= {"color": styles.STYLES[Kind.POOLING].line, "penwidth": "1.5"}
    if edge.train_only:
        style |= {
            "color": styles.TRAIN,
            "fontcolor": styles.TRAIN,
            "style": "dashed",
            "weight": "1",
        }
    return style
